package record

import (
	"errors"
	"fmt"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

// edited is one part of the change that is being made, in the log it belongs to.
type edited struct {
	log  int64
	part part
	n    int64 // the entry written, or 0
}

// Put makes an entry part of the change. Its Version is the one the writer had
// before them, from the form or If-Match; read inside work, it would always agree.
// Other entries of the person do not matter, so unrelated edits never conflict.
//
// It answers Stale when somebody wrote the entry since, Refused or Invalid as the
// kind's rule and the definitions have it.
func (v View) Put(e Entry) error {
	if e.Doc == nil {
		return fault.New(fault.Invalid, "There is nothing to save. Fill in the form and try again.")
	}
	return v.write(e)
}

// Remove takes an entry out of the record. Its history stays.
func (v View) Remove(e id.Entry, version int64) error {
	old, err := v.Get(e)
	if err != nil {
		return err
	}
	old.Version, old.Doc = version, nil
	return v.write(old)
}

// Kept leaves something to be read once the change is on disk: then is given a view of
// the entries that it wrote, as they have become and as the actor may see them. The line
// of the change names them, so reading them is no look of its own. It is left out when
// nothing was changed; its error is With's, and takes nothing back.
func (v View) Kept(then func(View) error) { v.o.then = then }

func (v View) write(e Entry) error {
	if v.o.glimpse {
		return errGlimpse
	}
	old, err := v.before(e)
	if err != nil {
		return err
	}
	kind := v.o.door.kinds.Of(e.Kind)
	if kind == nil {
		return fault.New(fault.Invalid, "This kind of entry is not kept in a person's record.")
	}
	if e.Doc != nil {
		if err := v.acceptable(kind, e); err != nil {
			return err
		}
	}
	if kind.Rule != nil {
		if err := kind.Rule(Edit{Old: old, New: e, Own: v.o.own, Who: v.o.who}); err != nil {
			return err
		}
	}
	r := resource{
		n: e.ID.N, kind: kind.Name, gone: e.Doc == nil, ours: true, author: v.o.author().text(),
		source: old.Source, foreign: old.foreign, origin: old.origin, updated: old.Updated, refs: old.refs,
	}
	if e.Doc != nil {
		var rows []blobRow
		r.json, r.blobs, rows = cut(e.ID.Person, fhir.Compact(nil, v.named(e)), "data") // words stay, to be written again from what was read
		v.o.blobs = append(v.o.blobs, rows...)
	}
	v.o.edits = append(v.o.edits, edited{e.ID.Person, r.encode(), e.ID.N})
	return nil
}

// author is who writes: what the person says through a helper is theirs.
func (o *opening) author() Author {
	if !o.own {
		return Author{o.who.Account, o.who.Name}
	}
	name := o.who.Name
	if s, err := (View{o}).Subject(); o.why == consent.Helping && err == nil {
		name = s.Name
	}
	return Author{ThePerson, name}
}

// before is what the writer may see of the entry, if they have the present version.
// An entry that they may not see is not theirs to find out about by writing it.
func (v View) before(e Entry) (Entry, error) {
	old, err := v.Get(e.ID)
	if errors.Is(err, fault.NotFound) && e.Version == 0 {
		if v.o.logOf(e.ID) == nil {
			return Entry{}, fault.NotFound
		}
		return Entry{}, nil // a new entry
	}
	if err != nil {
		return Entry{}, err
	}
	if old.Version != e.Version {
		return Entry{}, fault.New(fault.Stale, "Somebody else saved this first. Look at what they wrote and try again.")
	}
	return old, nil
}

// acceptable checks an entry's form, and that it says it is this person's.
func (v View) acceptable(kind *Kind, e Entry) error {
	if e.Doc.Type() != kind.Name {
		return fault.New(fault.Invalid, "This is a "+e.Doc.Type()+" where a "+kind.Name+" belongs.")
	}
	var out fhir.Outcome
	v.o.door.spec.Validate(e.Doc, &out)
	if err := out.Err(); err != nil {
		return err
	}
	if kind.Owner == "" {
		return nil
	}
	for ref := range e.Doc.At(kind.Owner + ".reference") {
		r := fhir.ParseReference(ref.Str())
		to, err := v.o.door.keys.Parse(r.ID)
		if err == nil && v.o.logOf(to) != nil {
			return nil
		}
		break
	}
	return errSubject
}

// named is the document with the id that the server gives it. Version and time are
// laid on where it goes out, from the header: what is stored is what was meant.
func (v View) named(e Entry) []byte {
	id := fhir.AppendString(nil, v.o.door.keys.Text(e.ID))
	return fhir.Splice(nil, e.Doc, []fhir.Edit{fhir.Set(e.Doc.Root(), "id", id)})
}

func (o *opening) logOf(e id.Entry) *whole {
	for _, w := range o.wholes {
		if w.person == e.Person {
			return w
		}
	}
	return nil
}

// Share adds something said about sharing. Only the person says it; Entry rules and
// label rules alike. The rule has its ID already, since work may run twice.
func (v View) Share(r consent.Rule) error {
	if !v.o.own {
		return fault.New(fault.Refused, "Only the person can decide who sees their record.")
	}
	var c fault.Check
	c.That(r.To.ID != "", "to", "Choose who this is about")
	c.That(r.Labels != 0 || r.Entry != 0, "labels", "Choose what this is about")
	c.That(r.Until == 0 || r.Until > v.o.now, "until", "The last day must be in the future")
	if err := c.Err(); err != nil {
		return err
	}
	if r.ID == "" {
		return fmt.Errorf("record: a rule needs an id")
	}
	r.By = v.o.who.Account
	if r.From == 0 {
		r.From = v.o.now
	}
	v.add(partRule, r)
	return nil
}

// End ends a rule or a membership, from now on. NotFound when there is none such.
func (v View) End(ruleOrMember string) error {
	if v.o.glimpse {
		return errGlimpse
	}
	return v.end(ruleOrMember)
}

func (v View) end(ruleOrMember string) error {
	for _, w := range v.o.wholes {
		for _, m := range w.members {
			if m.ID == ruleOrMember && (v.o.own || m.is(&v.o.who, v.o.why, v.o.now) || m.Asked && m.By == v.o.who.Account) {
				v.o.leaves(w, m.ID)
				return nil
			}
		}
		for _, r := range w.rules {
			if r.ID == ruleOrMember && v.o.own {
				v.o.edits = append(v.o.edits, edited{w.person, jsonPart(partEnd, end{r.ID, v.o.now, v.o.who.Account}), 0})
				return nil
			}
		}
	}
	return fault.NotFound
}

// leaves ends a membership with all that is shared by the rules that came with it:
// those whose reason ends with its id. What such rules refuse stays refused.
func (o *opening) leaves(w *whole, member string) {
	gone := []string{member}
	for _, r := range w.rules {
		if !r.Refuse && (r.Until == 0 || o.now < r.Until) && strings.HasSuffix(r.Reason, ":"+member) {
			gone = append(gone, r.ID)
		}
	}
	for _, x := range gone {
		o.edits = append(o.edits, edited{w.person, jsonPart(partEnd, end{x, o.now, o.who.Account}), 0})
	}
}

// Join brings somebody into the circle. Only the person does.
func (v View) Join(m Member) error {
	if !v.o.own {
		return fault.New(fault.Refused, "Only the person can bring somebody into their circle.")
	}
	if m.ID == "" {
		return fmt.Errorf("record: a member needs an id")
	}
	if m.From == 0 {
		m.From = v.o.now
	}
	if m.Until == 0 {
		m.Until = clock.Never
	}
	m.By = v.o.who.Account
	v.add(partMember, m)
	return nil
}

// Mark sets the labels that people give an entry beside those of its codes, in
// place of those set before. Serious harm and third party need a reason and, the
// first, a day on which it is looked at again; the person cannot set or lift them.
func (v View) Mark(e id.Entry, labels consent.Labels, reason string, review clock.Time) error {
	old, err := v.Get(e)
	if err != nil {
		return err
	}
	const clinical = consent.SeriousHarm | consent.ThirdParty
	if (old.set^labels)&clinical != 0 {
		if v.o.own || v.o.why != consent.Care {
			return fault.New(fault.Refused, "Only somebody who cares for the person can mark this.")
		}
		var c fault.Check
		c.That(reason != "", "reason", "Say why this is marked")
		c.That(labels&consent.SeriousHarm == 0 || review > v.o.now, "review", "Choose a day in the future to look at this again")
		if err := c.Err(); err != nil {
			return err
		}
	}
	m := jsonPart(partLabels, marking{e.N, labels, reason, review, v.o.who.Account})
	v.o.edits = append(v.o.edits, edited{e.Person, m, e.N})
	return nil
}

// add puts a part that is about the whole person into the log that was opened.
func (v View) add(kind partKind, what any) {
	v.o.edits = append(v.o.edits, edited{v.o.subject, jsonPart(kind, what), 0})
}

// A Telling is something to be done once a change is kept. Its payload names entries and
// accounts, and has no words of theirs.
type Telling struct {
	Topic   string // of the outbox
	Payload []byte
	Due     clock.Time // not before; 0: at once
}

// Tell leaves something to be done once the change is on disk, such as telling a
// team. It goes to the outbox with the change or not at all; a work that changes
// nothing tells nothing.
func (v View) Tell(t Telling) {
	v.o.told = append(v.o.told, t)
}
