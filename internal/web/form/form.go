// Package form asks questions and takes the answers.
//
// A [Form] is a list of fields made by one function, for asking (GET) and for
// taking the answer (POST). The rule that judges an answer lives behind the door
// and speaks once: [Form.Took] lays each of its problems beside the field that
// claims its path. The summary, the message at the field, what a screen reader
// hears and "Error:" in the title all come from that, so they cannot disagree. A
// problem that no field claims goes into the summary, never nowhere.
//
// What was typed is kept and shown again. A body over the limit is answered
// plainly, before it is taken in. The package owns no tables.
package form

import (
	"errors"
	"regexp"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// As is how a question is asked.
type As int

// The ways of asking.
const (
	Text       As = iota // one line
	Textarea             // several lines
	Radios               // one of several
	Checkboxes           // any of several; an answer is a list
	Date                 // day, month, year; an answer is 2026-11-03
	Select               // one of many
	Hidden               // not asked: sent back as it was, and not to be trusted
	File                 // something from the reader's machine; an answer is Data. It is asked last
)

// An Option is one answer to choose.
type Option struct {
	Value, Label, Hint string
	Picture            string // SVG of ours before the label of Radios, for show alone; "" is none
}

// An Offer is something that somebody told already, with a button that puts it into the
// answer. Then nothing is sent on: see Form.Pressed.
type Offer struct {
	Value     string // what Pressed says
	Of        string // what it is about
	Words, By string
	Name      string // what tells its button from the others, for who hears them alone
}

// A Field is one question.
type Field struct {
	Name  string // of the input, and the id a link leads to
	Path  string // what a rule calls it, such as description.text; "" claims none but Name
	Label string // "" when the form's title is the question
	Hint  string
	As    As

	Options []Option // of Radios, Checkboxes and Select; nothing else is taken
	Value   string   // what is shown and what was typed, but for Checkboxes
	Values  []string // the same for Checkboxes
	Error   string   // a full sentence that says what to do; "" when all is well

	Data   []byte // of File: what was sent
	Accept string // of File: what a browser offers, such as image/png,.png; it is not to be believed

	Max          int     // characters; 0 is 200 for Text and 10,000 for Textarea; of File, bytes
	Autocomplete string  // such as name, email, bday
	Inputmode    string  // such as numeric, tel
	Short        bool    // a narrow box, for a code or a number
	Offers       []Offer // what was told already, below a Textarea

	Lang string // of what is asked to be typed, when it is not the page's

	parts   [3]string // of Date: day, month, year as typed
	large   bool      // of File: what was sent has more bytes than it may
	wrong   string    // id of a sentence of ours, for Error in the reader's language
	because map[string]any
}

// A Form is a list of questions with one button.
type Form struct {
	Title  string
	Fields []Field
	Button string // "" is the catalogue's Continue
	Later  string // of a second button, which lays the answers aside; "" is none
	Action string // "" is the page's own address
	Limit  int64  // bytes of a body; 0 is 256 kB

	loose []problem // what no field claims
	aside string    // what was laid aside
	use   string    // the offer whose button was pressed
}

type problem struct {
	say, id string // id is of a sentence of ours
	because map[string]any
}

// Of is a form with that title, which is also the page's main heading.
func Of(title string, fields ...Field) *Form {
	f := &Form{Title: title, Fields: fields}
	for i := range f.Fields {
		if f.Fields[i].As == Date {
			f.Fields[i].parts = split(f.Fields[i].Value)
		}
	}
	return f
}

// Field returns the field of that name. A form has the fields its maker gave it,
// so a name that it does not have is a programmer's mistake: it panics.
func (f *Form) Field(name string) *Field {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			return &f.Fields[i]
		}
	}
	panic("form: no field " + name)
}

// Value is the answer to the question of that name: "" when there is none. A date
// that is whole is 2026-11-03; one that is not is what was typed, for a rule to refuse.
func (f *Form) Value(name string) string { return f.Field(name).Value }

// Values are the answers to Checkboxes, in the order they were offered.
func (f *Form) Values(name string) []string { return f.Field(name).Values }

// Set shows an answer there is already, for changing it.
func (f *Form) Set(name, value string) *Form {
	field := f.Field(name)
	field.Value = value
	if field.As == Date {
		field.parts = split(value)
	}
	return f
}

// Took reports whether err says what to put right (it is [fault.Invalid]), and lays
// each problem beside its field. Anything else, nil too, is for the caller.
func (f *Form) Took(err error) bool {
	if !errors.Is(err, fault.Invalid) {
		return false
	}
	problems := fault.Problems(err)
	if len(problems) == 0 {
		problems = []fault.Problem{{Say: fault.Say(err)}}
	}
	own, _ := errors.AsType[*unread](err)
	for _, p := range problems {
		said := problem{say: p.Say}
		if own != nil {
			said.id, said.because = own.id[p.Path], own.because[p.Path]
		}
		if said.say == "" {
			said.say, said.id = "Check your answers", "error.e1.title"
		}
		f.lay(p.Path, said)
	}
	return true
}

// lay puts a problem beside the first field that claims its path. A second problem
// of one field is not lost: it joins the summary.
func (f *Form) lay(path string, p problem) {
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.As == Hidden || !field.claims(path) {
			continue
		}
		if field.Error != "" {
			break
		}
		field.Error, field.wrong, field.because = p.say, p.id, p.because
		return
	}
	f.loose = append(f.loose, p)
}

var index = regexp.MustCompile(`\[\d+\]`)

// claims reports whether a path is this field's, with or without the type before
// it and the places in lists: Goal.description.text, target[0].dueDate.
func (f Field) claims(path string) bool {
	if path == "" {
		return false
	}
	if path == f.Path || path == f.Name {
		return true
	}
	plain := index.ReplaceAllString(path, "")
	if first, rest, ok := strings.Cut(plain, "."); ok && first != "" && first[0] >= 'A' && first[0] <= 'Z' {
		plain = rest
	}
	return f.Path != "" && plain == index.ReplaceAllString(f.Path, "")
}

// Wrong reports whether anything is to be put right.
func (f *Form) Wrong() bool { return len(f.loose) > 0 || len(f.summary(nil)) > 0 }

// In is the page that shows this form: the form holds its main heading.
func (f *Form) In(p ui.Page) ui.Page {
	p.Title, p.NoHeading, p.Error = f.Title, true, f.Wrong()
	return p
}

// summary is what to put right, in the order of the fields; w may be nil for English.
func (f *Form) summary(w ui.Words) (all []ui.Wrong) {
	for _, field := range f.Fields {
		if field.Error != "" {
			all = append(all, ui.Wrong{Say: say(w, problem{field.Error, field.wrong, field.because}), Href: "#" + field.first()})
		}
	}
	for _, p := range f.loose {
		all = append(all, ui.Wrong{Say: say(w, p)})
	}
	return all
}

func say(w ui.Words, p problem) string {
	if w != nil && p.id != "" && !w.Missing(p.id) {
		return w.T(p.id, p.because)
	}
	return p.say
}

// first is the id of the input where putting it right begins.
func (f Field) first() string {
	if f.As == Date {
		return f.Name + "-day"
	}
	return f.Name
}
