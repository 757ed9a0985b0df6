package plan

import (
	"strings"
	"unicode"

	"onestory/internal/fhir"
)

// A Heading is a place in a plan as the national standards name it: a part, and of those
// with several questions, which of them.
type Heading struct {
	Part, Ask string
	Names     []string // the first is the standard's own, and what is sent; others are read too
}

// Headings are those of the PRSB Personalised Care and Support Plan, of its contingency
// plan and of its palliative and end of life standard. What is sent under each, and what
// is read, is written down in docs/plan-headings.md.
func Headings() []Heading {
	return []Heading{
		{"strengths", "", []string{"Strengths", "Strength", "Assets"}},
		{"need", "", []string{"Needs, concerns or problems", "Needs, concerns and problems", "Need, concern or problem", "Needs", "Need", "Concerns", "Problems"}},
		{"goal", "", []string{"Goals and hopes", "Goal and hope", "Goals", "Goal", "Hopes", "Hope"}},
		{"action", "", []string{"Actions and activities", "Action and activity", "Actions", "Action", "Activities", "Activity", "Planned actions"}},
		{"worse", "", []string{"Contingency plan", "Contingency plans", "Contingency safety plan", "Contingency safety plans", "Contingency planning", "Safety plan", "Safety plans", "Crisis plan", "Emergency plan"}},
		{"worse", "words", []string{"Trigger factors", "Trigger factor", "Triggers"}},
		{"worse", "signs", []string{"Early warning signs", "Early warning sign"}},
		{"worse", "do", []string{"What should happen", "Action to take"}},
		{"worse", "call", []string{"Who should be contacted", "Who to contact", "Whom to contact"}},
		{"worse", "cope", []string{"Coping strategies", "Coping strategy"}},
		{"worse", "medicines", []string{"Anticipatory medicines or equipment", "Anticipatory medicines and equipment", "Anticipatory medicines"}},
		{"wishes", "", []string{"End of life plan", "End of life plans", "End of life", "End of life care", "End of life care plan", "Palliative and end of life care", "Palliative and end of life", "Advance care plan", "Priorities of care"}},
		{"wishes", "where", []string{"Preferred place of care", "Preferred place of death", "Where I want to be cared for"}},
		{"wishes", "not", []string{"Advance decision to refuse treatment", "CPR decision", "Cardiopulmonary resuscitation decision"}},
		{"wishes", "speaks", []string{"Lasting power of attorney or deputy", "Lasting power of attorney"}},
		{"wishes", "papers", []string{"Advance statement", "Advance statements"}},
		{"other", "", []string{"Additional support plans", "Additional support plan", "Additional plans", "Additional plan", "Other care planning documents"}},
	}
}

// aside are headings of the same standards that are not about what a plan says, but about
// the person, the team and the document: what stands under them is read in the record.
var aside = []string{
	"About me", "Person demographics", "GP practice", "Professional contacts", "Personal contacts", "Formulation", "Care funding source",
	"Agreed with person or legitimate representative", "Date last updated", "Last updated", "Date of last update",
	"Planned review date or interval", "Responsibility for review", "Location", "Performing professional", "Person completing record",
}

// whole are what a section is called that holds the others.
var whole = []string{"Care and support plan", "Personalised care and support plan", "Care plan", "Plan"}

// sentAs is what a part is called in what is sent: the standard's own name for it.
func sentAs(part string) string {
	for _, h := range Headings() {
		if h.Part == part && h.Ask == "" {
			return h.Names[0]
		}
	}
	for name, code := range headings {
		if code == part {
			return name
		}
	}
	return ""
}

// asSent is what a question of a part is called in what is sent; "" when the standards
// have no name for it.
func asSent(part, ask string) string {
	for _, h := range Headings() {
		if h.Part == part && h.Ask == ask {
			return h.Names[0]
		}
	}
	return ""
}

// A lexicon finds headings by their names.
type lexicon map[string]Heading

func newLexicon() lexicon {
	all := lexicon{}
	for _, h := range Headings() {
		for _, name := range h.Names {
			all[plainly(name)] = h
		}
	}
	for name, code := range headings {
		all[plainly(name)] = Heading{Part: code}
	}
	for _, name := range aside {
		all[plainly(name)] = Heading{Part: "aside"}
	}
	for _, name := range whole {
		all[plainly(name)] = Heading{Part: "whole"}
	}
	return all
}

// of is the heading with one of these names, the first that is one.
func (l lexicon) of(names ...string) (h Heading, ok bool) {
	for _, name := range names {
		if h, ok = l[plainly(name)]; ok {
			return h, true
		}
	}
	return h, false
}

// plainly is a name without what systems write differently: case, accents and all that is
// neither letter nor digit.
func plainly(name string) string {
	return strings.Join(strings.FieldsFunc(fhir.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}
