package record_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/record"
)

func TestAMedicineThatCameBeforeItsConditionIsAboutItAllTheSame(t *testing.T) {
	each(t, func(w *world) {
		medicine := func(id, reason string) string {
			return `{"resourceType":"MedicationRequest","id":"` + id + `","status":"active","intent":"order","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"` + id + `"},"reasonReference":[{"reference":"` + reason + `","display":"canary"}]}`
		}
		w.receive("practice", amina, medicine("near", "Condition/late"), medicine("far", "https://practice.example/Condition/late"), medicine("never", "Condition/never"))
		w.receive("practice", amina, strings.Replace(hiv, `"id":"h"`, `"id":"late"`, 1))
		w.joins(consent.General | consent.Medicines)
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			return v.All("MedicationRequest", func(e record.Entry) error {
				text := string(e.Doc.Bytes())
				if !strings.Contains(text, `"never"`) || strings.Contains(text, "canary") {
					w.Errorf("the nurse sees %s", text)
				}
				return nil
			})
		})
		n := 0
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("MedicationRequest", func(e record.Entry) error {
				n += strings.Count(string(e.Doc.Bytes()), "canary")
				return nil
			})
		})
		if n != 3 {
			w.Errorf("Amina is told what %d of 3 medicines are for", n)
		}
	})
}

func TestAnOldVersionIsAboutWhatItLedToThen(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General | consent.Medicines)
		now := strings.Replace(truvada, `,"reasonReference":[{"reference":"Condition/h"}]`, "", 1)
		if _, _, err := w.door.Receive(ctx, arrival(w.T, "practice", 9, amina, now)); err != nil {
			w.Fatal(err)
		}
		n := 0
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			var e id.Entry
			if err := v.Find("MedicationRequest", url.Values{}, func(x record.Entry) error { e = x.ID; return nil }); err != nil {
				return err
			}
			n = 0
			return v.History(ctx, e, func(record.Version) error { n++; return nil })
		})
		if n != 1 {
			w.Errorf("the nurse sees %d versions", n)
		}
	})
}

func TestTheJournalDoesNotCountWhatIsKeptFromThePerson(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		var seen [][]id.Entry
		journal := func() {
			w.as(w.own, consent.Own, nil, func(v record.View) error {
				seen = nil
				return v.Journal(ctx, 100, func(l record.Line) error {
					if l.Who.Account == nurse.Account && len(l.Seen) > 0 || len(l.Wrote) > 0 {
						seen = append(seen, slices.Concat(l.Seen, l.Wrote))
					}
					return nil
				})
			})
		}
		journal()
		before := len(slices.Concat(seen...))
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			return v.All("AllergyIntolerance", func(e record.Entry) error {
				return v.Mark(e.ID, consent.SeriousHarm, "she would be hurt", v.Now()+1e12)
			})
		})
		journal()
		if after := len(slices.Concat(seen...)); after != before-2 { // in what arrived, and in what the nurse saw
			w.Errorf("the journal counted %d entries before one was hidden, and %d after", before, after)
		}
	})
}
