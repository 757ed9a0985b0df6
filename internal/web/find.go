package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// find.go finds people outside one's list: exactly, and no more of them than tells two
// people apart. What is looked for is posted, so that no address and no log has a name
// or a number in it; nothing that is found can be opened but what could be before.

type findPage struct {
	ui.Page
	Found []traced
	Near  [][2]string // what was typed of a name, to look for among one's own people
}

// A traced is somebody who was found.
type traced struct {
	record.Traced
	Says  []string // what tells them apart
	Open  string   // where their summary is, when they are in the reader's circle
	Asked string   // the day on which the reader asked to join
}

// finder is for those whose role looks for people.
func (s *Site) finder(_ *http.Request, a *ask) error {
	if err := s.reach(a, consent.Care); err != nil {
		return err
	}
	if consent.ReachOf(a.who.Role, consent.Finding).Nothing() {
		return fault.NotFound
	}
	return nil
}

func (a *ask) findForm() *form.Form {
	f := form.Of(a.say("web.find.title"),
		form.Field{Name: "nhs", Label: a.say("web.find.nhs"), Hint: a.say("web.find.nhs-hint"), Inputmode: "numeric", Short: true, Max: 20, Autocomplete: "off"},
		form.Field{Name: "given", Label: a.say("web.find.given"), Autocomplete: "off"},
		form.Field{Name: "family", Label: a.say("web.find.family"), Autocomplete: "off"},
		form.Field{Name: "born", Label: a.say("web.find.born"), Hint: a.say("web.find.born-hint"), As: form.Date, Autocomplete: "off"},
	)
	f.Button, f.Action = a.say("web.find.button"), a.to("/people/find")
	return f
}

func (s *Site) findFrame(r *http.Request, a *ask) ui.Page {
	p := s.page(r, a, a.say("web.find.title"))
	p.Back = &ui.Link{Text: a.say("web.people.title"), Href: a.to("/people")}
	return p
}

// askFind is GET /people/find.
func (s *Site) askFind(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, findFormView(s.findFrame(r, a), a.findForm(), a))
}

// find is POST /people/find: who it is, if anybody is just that.
func (s *Site) find(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.findForm()
	err := f.Read(r)
	var x record.Sought
	if err == nil {
		x, err = soughtOf(f)
	}
	var found []record.Traced
	if err == nil {
		if err := s.finds.take(a.who); err != nil {
			return err
		}
		found, err = s.Door.Trace(r.Context(), a.who, x)
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, findFormView(s.findFrame(r, a), f, a))
	}
	if err != nil {
		return err
	}
	p := findPage{Page: s.findFrame(r, a)}
	p.Title = a.say("web.find.found")
	if len(found) == 0 {
		p.Title = a.say("web.find.nobody")
		if x.NHS == 0 {
			p.Near = [][2]string{{"name", x.Given + " " + x.Family}}
		}
	}
	for _, t := range found {
		p.Found = append(p.Found, a.traced(t, s))
	}
	return show(w, r, http.StatusOK, findView(p, f, a))
}

// soughtOf is what was asked for: a number alone, or both names with a birth date.
func soughtOf(f *form.Form) (x record.Sought, err error) {
	var c fault.Check
	number, born := strings.TrimSpace(f.Value("nhs")), f.Value("born")
	x.Given, x.Family = tidy(f.Value("given")), tidy(f.Value("family"))
	if number == "" && x.Given == "" && x.Family == "" && born == "" {
		c.That(false, "nhs", "Enter an NHS number, or both names and a date of birth")
		return x, c.Err()
	}
	if number != "" {
		x.NHS, err = person.ParseNHS(number)
		c.That(err == nil, "nhs", "Enter an NHS number of 10 digits. One of these digits is not right")
	} else {
		c.That(x.Given != "", "given", "Enter the first name")
		c.That(x.Family != "", "family", "Enter the family name")
		c.That(born != "", "born", "Enter the whole date of birth")
	}
	if born != "" {
		x.Born, err = person.ParseDate(born)
		c.That(err == nil && x.Born.Whole(), "born", "Enter a day, a month and a year that are a date")
	}
	return x, c.Err()
}

func (a *ask) traced(t record.Traced, s *Site) traced {
	x := traced{Traced: t}
	if born := a.day(t.Born); born != "" {
		x.Says = append(x.Says, a.say("web.find.born-on", "Date", born))
	}
	if slices.Contains([]string{"female", "male", "other", "unknown"}, t.Gender) {
		x.Says = append(x.Says, a.say("web.gender."+t.Gender))
	}
	if t.Mine != 0 {
		x.Open = a.to("/people/" + s.Door.Text(t.Mine))
	}
	if t.Asked != 0 {
		x.Asked = a.Date(t.Asked)
	}
	return x
}

// How often somebody may look for people: so often that a busy front desk never
// notices, and too seldom for trying numbers one after another.
const (
	mostFinds   = 30
	findsWithin = 10 * time.Minute
)
