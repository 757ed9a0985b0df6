// Package plan is the one plan of a person: what matters to them, what they need and
// hope for, what is to be done and by whom, and what to do if things get worse.
//
// A plan is made of pieces, each an entry of the record of its own, so that two people
// who write in two places never get in each other's way. The parts, and what each asks,
// are the table Parts; their headings are those of two national standards (PRSB About
// Me 2.0, PRSB Personalised Care and Support Plan 1.4). Anyone who may see a piece may
// change it, but for what the person says in their own words, which they alone change,
// or whoever acts for them: see Rule, which the door asks whichever way a change comes.
//
// A version is the plan as it stood when somebody laid it before the person; they agree,
// agree with a note, or do not yet. Nobody who works for them can agree in their place.
//
// A check-in is how a hope is going, as somebody said it on a day: see [CheckIn]. Beside
// the words of About me may stand pictures, sound and film: see [Shown].
//
// This package owns no tables: it is words over record.View.
package plan

import (
	"strconv"

	"onestory/internal/fhir"
	"onestory/internal/record"
)

// System is the code system of what a piece is; [Part].Code is its code.
const System = "urn:onestory:plan"

const topicSystem = "urn:onestory:topic"

// An As is how a question is answered.
type As int

// The ways.
const (
	Words  As = iota // several lines
	Line             // one line
	Day              // a date
	Choice           // one of Options
	Under            // a piece of the part that Options names
	Who              // somebody of the circle, or a name
)

// An Ask is one question of a part.
type Ask struct {
	Code    string
	As      As
	Options []string
	Needed  bool
}

// A Part is one kind of thing in a plan.
type Part struct {
	Code   string
	Many   bool // there may be several
	Theirs bool // in their own words: they alone write it, or whoever acts for them
	Asks   []Ask
	kind   string // the FHIR type; "" is QuestionnaireResponse
	topic  string // what an entry of it is about
}

// Ask returns the question of that code, or nil.
func (p *Part) Ask(code string) *Ask {
	for i := range p.Asks {
		if p.Asks[i].Code == code {
			return &p.Asks[i]
		}
	}
	return nil
}

// Kind is the FHIR type that pieces of the part are.
func (p *Part) Kind() string {
	if p.kind == "" {
		return "QuestionnaireResponse"
	}
	return p.kind
}

// What "how much it matters", "how it goes" and "how sure" may say, the first as a rule.
var (
	matters  = []string{"high", "medium", "low"}
	going    = []string{"active", "completed", "cancelled"}
	doing    = []string{"requested", "in-progress", "completed", "cancelled"}
	sureness = []string{"very", "fairly", "not-very"}
)

// about are the seven headings of PRSB About Me, as parts.
func about(code string) *Part {
	return &Part{Code: code, Theirs: true, topic: "about-me", Asks: []Ask{{Code: "words", Needed: true}, {Code: "helped", As: Line}}}
}

var parts = []*Part{
	about("important"), about("people"), about("communicate"), about("wellness"), about("please"), about("support"), about("worth"),
	{Code: "strengths", topic: "plan", Asks: []Ask{{Code: "words", Needed: true}}},
	{Code: "need", Many: true, topic: "plan", Asks: []Ask{{Code: "words", Needed: true}, {Code: "matters", As: Choice, Options: matters}}},
	{Code: "goal", Many: true, Theirs: true, kind: "Goal", Asks: []Ask{
		{Code: "words", Needed: true}, {Code: "under", As: Under, Options: []string{"need"}},
		{Code: "matters", As: Choice, Options: matters}, {Code: "status", As: Choice, Options: going}, {Code: "how"},
	}},
	{Code: "action", Many: true, kind: "Task", Asks: []Ask{
		{Code: "words", Needed: true}, {Code: "under", As: Under, Options: []string{"goal"}}, {Code: "who", As: Who, Needed: true},
		{Code: "when", As: Day, Needed: true}, {Code: "sure", As: Choice, Options: sureness}, {Code: "status", As: Choice, Options: doing}, {Code: "how"},
	}},
	{Code: "worse", Many: true, topic: "plan", Asks: []Ask{
		{Code: "words", As: Line, Needed: true}, {Code: "signs"}, {Code: "do", Needed: true}, {Code: "call", Needed: true}, {Code: "cope"},
		{Code: "medicines"}, {Code: "review", As: Day},
	}},
	{Code: "wishes", Theirs: true, topic: "wishes", Asks: []Ask{{Code: "where"}, {Code: "want"}, {Code: "not"}, {Code: "speaks"}, {Code: "papers"}}},
	{Code: "other", Many: true, topic: "plan", Asks: []Ask{{Code: "title", As: Line, Needed: true}, {Code: "words", Needed: true}}},
}

// Parts are all parts, in the order in which a plan is read.
func Parts() []*Part { return parts }

// PartOf returns the part of that code, or nil.
func PartOf(code string) *Part {
	for _, p := range parts {
		if p.Code == code {
			return p
		}
	}
	return nil
}

// About reports whether a part is one of the headings of About me.
func (p *Part) About() bool { return p.topic == "about-me" }

// A Piece is one piece of a plan as it is, or as somebody would have it.
type Piece struct {
	Part  *Part
	Entry record.Entry      // zero when it is new
	Text  string            // its id in addresses
	Said  map[string]string // by question
}

// Stamp stands for what a writer had before them; "" for a new piece.
func (p *Piece) Stamp() string {
	if p.Entry.ID.N == 0 {
		return ""
	}
	return strconv.FormatInt(int64(p.Entry.At), 10)
}

// tagged is what of a plan a document is: the code of a part, or one of those below.
func tagged(d *fhir.Doc) string {
	if d == nil {
		return ""
	}
	for t := range d.At("meta.tag") {
		if t.Get("system").Str() == System {
			return t.Get("code").Str()
		}
	}
	return ""
}

// A Plan is all of it, as its reader may see it.
type Plan struct {
	Pieces  []Piece // by part, in the order of Parts, the first written first
	Version *Version
	Answers []Answer // of the person to versions, the latest first
	// CheckIns are how hopes are going, the latest first: of some, the hope may be gone.
	CheckIns []CheckIn
	Shown    []Shown // beside the words of About me, the first first
}

// Of are the pieces of a part.
func (p *Plan) Of(code string) (all []Piece) {
	for _, x := range p.Pieces {
		if x.Part.Code == code {
			all = append(all, x)
		}
	}
	return all
}

// Under are the pieces of a part that hang under a piece; of "", those under none that
// is there.
func (p *Plan) Under(code, text string) (all []Piece) {
	for _, x := range p.Of(code) {
		under := x.Said["under"]
		if under == text || text == "" && !p.Has(under) {
			all = append(all, x)
		}
	}
	return all
}

// Has reports whether a piece is there, by its id in addresses.
func (p *Plan) Has(text string) bool {
	for _, x := range p.Pieces {
		if x.Text == text {
			return true
		}
	}
	return false
}

// Empty reports whether nothing of the plan is written, About me aside.
func (p *Plan) Empty() bool {
	for _, x := range p.Pieces {
		if !x.Part.About() {
			return false
		}
	}
	return true
}

// Answer is what the person last said to the version, or nil.
func (p *Plan) Answer() *Answer {
	if p.Version == nil {
		return nil
	}
	for i := range p.Answers {
		if p.Answers[i].Version == p.Version.N {
			return &p.Answers[i]
		}
	}
	return nil
}

// Changed reports whether a piece was written since the version was made.
func (p *Plan) Changed(x Piece) bool { return p.Version != nil && x.Entry.At > p.Version.At }

// ChangedSince counts the pieces written since the version; what was removed counts too.
func (p *Plan) ChangedSince() (n int) {
	if p.Version == nil {
		return 0
	}
	for _, x := range p.Pieces {
		if p.Changed(x) {
			n++
		}
	}
	for _, text := range p.Version.Pieces {
		if !p.Has(text) {
			n++
		}
	}
	return n
}
