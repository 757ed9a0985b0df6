package record_test

import (
	"testing"

	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/record"
)

// watch opens Amina to an actor, and watches what they then have open, at a door that
// may be another server's.
func (w *world) watch(at *record.Door, who consent.Actor, why consent.Purpose) *record.Watch {
	w.Helper()
	stamp := ""
	w.as(who, why, nil, func(v record.View) error {
		stamp = v.Stamp()
		return nil
	})
	return at.Watch(who, why, w.amina, stamp)
}

func (w *world) turns(page *record.Watch, want record.Turn) {
	w.Helper()
	for _, want := range []record.Turn{want, record.AsWas} { // it is told once
		if want == record.AsWas && w.Failed() {
			return
		}
		got, err := page.Look(ctx)
		if err != nil || got != want {
			w.Errorf("the page is told %q, not %q: %v", got, want, err)
		}
		if want == record.Gone {
			return
		}
	}
}

func TestAnOpenPageIsToldWhatBecameOfIt(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General | consent.SexualHealth)
		other := openDoor(w.T, options(w.T, w.db)) // what one server changes, another tells
		pages := []*record.Watch{w.watch(w.door, nurse, consent.Care), w.watch(other, nurse, consent.Care)}
		own := w.watch(other, w.own, consent.Own)
		tell := func(want record.Turn) {
			w.Helper()
			for _, p := range pages {
				w.turns(p, want)
			}
		}
		before := len(w.journal())
		tell(record.AsWas)
		w.turns(own, record.AsWas)
		if after := len(w.journal()); after != before+1 { // the one that counted before
			w.Errorf("watching left %d lines in the journal", after-before-1)
		}
		do := func(work func(record.View) error) { w.Helper(); w.as(w.own, consent.Own, nil, work) }

		// What is hidden from her changes nothing on her page; the person's own says it.
		do(func(v record.View) error {
			return v.Share(consent.Rule{ID: "gone", To: nurse.Sector, Labels: consent.Genetics})
		})
		tell(record.AsWas)
		w.turns(own, record.More)

		w.receive("hospital", amina, `{"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"Patient/1"},"code":{"text":"Nuts"}}`)
		tell(record.More)
		do(func(v record.View) error {
			return v.Share(consent.Rule{ID: "r2", To: nurse.Individual, Labels: consent.SexualHealth, Refuse: true})
		})
		tell(record.Less)
		do(func(v record.View) error { return v.End("r2") })
		tell(record.More)
		do(func(v record.View) error { return v.End("m1") })
		tell(record.Gone)
		w.turns(own, record.More)
	})
}

func TestAStrangersPageAndOneThatNeverWasAreToldAlike(t *testing.T) {
	each(t, func(w *world) {
		for _, who := range []consent.Actor{nurse, {Account: "nobody", Role: "resident"}} {
			for _, subject := range []int64{int64(w.amina), 42} {
				got, err := w.door.Watch(who, consent.Care, person.ID(subject), "x").Look(ctx)
				if err != nil || got != record.Gone {
					w.Errorf("%s is told %q: %v", who.Account, got, err)
				}
			}
		}
		w.joins(consent.General)
		// A page that does not show what it showed when it was opened is done for.
		w.turns(w.door.Watch(nurse, consent.Care, w.amina, "another"), record.Less)
	})
}
