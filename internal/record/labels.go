package record

import (
	"strings"

	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

// topics are labels that say what an entry is as a whole: with one of these it is
// no longer general, so that sharing social care does not need sharing all else.
const topics = consent.Plan | consent.AboutMe | consent.Medicines | consent.Dates |
	consent.SocialCare | consent.HomeEntry | consent.CarersOwn | consent.Contacts | consent.Wishes

// Unrecognised is the label of what claims to be sensitive in a way that the code
// table does not know. It has no name, so no rule shares it: doubt denies.
const Unrecognised consent.Labels = 1 << 62

// label derives what a document is about from every code in it, wherever it
// stands: a code in an extension or a contained resource gives away as much as
// one in its proper place.
func (f *folding) label(e *entry, d *fhir.Doc) {
	kind := f.kinds.Of(e.Kind)
	if kind == nil {
		e.own = 0 // no rule for it: shown to no one
		return
	}
	found := f.codes.security(d)
	d.Coded(func(system, code string) {
		labels, _, known := f.codes.Of(system, code)
		if !known {
			f.stranger(system)
		}
		found |= labels
	})
	if kind.Labels != nil {
		found |= kind.Labels(d)
	}
	e.own = kind.Base | found
	if kind.Base == consent.General && found&topics != 0 {
		e.own &^= consent.General
	}
	e.from, e.to = f.references(e.Source, d)
	if e.Kind == "Observation" {
		for c := range d.Codes("category") {
			e.Category = f.name([]byte(c.Code))
			break
		}
	}
}

// stranger raises an alert, once for each, about a code system that the table does
// not know: its codes are general until somebody has looked at them. The address of
// a system says nothing about anybody; one that is too long to be one is left out.
func (l *law) stranger(system string) {
	if l.strangers == nil || len(system) > 200 {
		return
	}
	if _, met := l.strangers.LoadOrStore(strings.Clone(system), true); !met {
		l.alert("a code system that the code table does not know", system)
	}
}

// security reads the security labels of a document: one that is not in the table
// hides the entry from everyone, until somebody has looked at what it means.
func (c *Codes) security(d *fhir.Doc) (found consent.Labels) {
	for s := range d.At("meta.security") {
		if _, listed, _ := c.Of(s.Get("system").Str(), s.Get("code").Str()); !listed {
			found |= Unrecognised
		}
	}
	return found
}

// apart are the members whose references do not carry labels: they say where and
// with whom, and are hidden by themselves when what they lead to is.
var apart = []string{"encounter", "context", "subject", "patient", "beneficiary", "for"}

// downward are the members that lead to a part of what the document says: the
// results of a report are about what the report is about.
var downward = []string{"result", "hasMember"}

// references sorts the entries of this person that a document leads to into those
// whose labels it inherits, and those that inherit its own.
func (f *folding) references(source string, d *fhir.Doc) (from, to []int64) {
	for r := range d.References() {
		e, _ := f.leads(f.w.person, source, r.Ref)
		if e.Person != f.w.person || e.N == 0 || r.Ref.Type == "Patient" {
			continue
		}
		switch member := r.Object.Member(); {
		case among(member, apart):
		case among(member, downward):
			from, to = append(from, e.N), append(to, e.N)
		default:
			from = append(from, e.N)
		}
	}
	return from, to
}

// leads is the entry that a reference in an entry of a source leads to, and whether it
// is written as it was sent: then what it leads to came later, or has not come yet. It
// is found by its id at the source, so that a medicine which comes before what it is
// for is about that all the same. The zero Entry is no entry of a person's.
func (by *law) leads(person int64, source string, r fhir.Ref) (to id.Entry, asSent bool) {
	if r.Kind != fhir.RefRelative && r.Kind != fhir.RefAbsolute || Public(r.Type) {
		return id.Entry{}, false
	}
	if e, err := by.keys.Parse(r.ID); err == nil && r.Kind == fhir.RefRelative {
		return e, false
	}
	if source == "" || r.ID == "" || by.kinds.Of(r.Type) == nil {
		return id.Entry{}, false
	}
	return id.Entry{Person: person, N: by.alias(person, source, r.Type, r.ID)}, true
}

func among(name string, list []string) bool {
	for _, l := range list {
		if l == name {
			return true
		}
	}
	return false
}

// inherit completes the labels of every entry: its own, those set by people, and
// those of what it leads to, as far as that goes. A medicine for a condition is
// about what the condition is about; so is the claim for the medicine.
//
// own returns the entry at a place as one that may be changed.
func inherit(w *whole, own func(i int) *entry) {
	for i, e := range w.entries {
		if all := e.own | e.set; all != e.Labels {
			own(i).Labels = all
		}
	}
	for changed := true; changed; { // labels only grow, so this ends
		changed = false
		for i, e := range w.entries {
			all := e.Labels
			for _, n := range e.from {
				all |= w.sensitive(n)
			}
			if all != e.Labels {
				own(i).Labels, changed = all, true
			}
			for _, n := range e.to {
				if j, ok := w.at[n]; ok && e.Labels&^topicsAndGeneral&^w.entries[j].Labels != 0 {
					own(j).Labels |= e.Labels &^ topicsAndGeneral
					changed = true
				}
			}
		}
	}
}

const topicsAndGeneral = topics | consent.General

// sensitive is what an entry hands on to those that lead to it: that a medicine
// is listed in a plan does not make the plan a medicine.
func (w *whole) sensitive(n int64) consent.Labels {
	if i, ok := w.at[n]; ok { // removed or not
		return w.entries[i].Labels &^ topicsAndGeneral
	}
	return 0
}
