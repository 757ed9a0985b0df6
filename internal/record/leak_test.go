package record_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
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

func TestACodeIsWhatItIsHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	codes, err := record.DefaultCodes()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ says, system, code string }{
		{"as the table has it", "http://snomed.info/sct", "86406008"},
		{"in capitals", "HTTP://SNOMED.INFO/SCT", "86406008"},
		{"with a last slash", "http://snomed.info/sct/", "86406008"},
		{"over https", "https://snomed.info/sct", "86406008"},
		{"of an edition", "http://snomed.info/sct/999000031000000106/version/20230101", "86406008"},
		{"by its OID", "urn:oid:2.16.840.1.113883.6.96", "86406008"},
		{"with its term", "http://snomed.info/sct", "86406008|Human immunodeficiency virus infection|"},
		{"within an expression", "http://snomed.info/sct", "417662000:246090004=86406008"},
		{"in small letters", "http://hl7.org/fhir/sid/icd-10", "b20"},
		{"of a national edition", "http://hl7.org/fhir/sid/icd-10-cm", "B20"},
	} {
		if labels, _, _ := codes.Of(c.system, c.code); labels != consent.SexualHealth {
			t.Errorf("%s: HIV is about %v", c.says, labels)
		}
	}
	if labels, listed, known := codes.Of("http://snomed.info/sct", "38341003"); labels != 0 || listed || !known {
		t.Error("high blood pressure is about something")
	}
}

func TestAnotherPersonUnderAKnownIdIsRefused(t *testing.T) {
	each(t, func(w *world) {
		stranger := strings.NewReplacer("1951-03-02", "1990-01-01", "9990000018", "9434765919").Replace(amina)
		if stranger == amina {
			w.Fatal("the stranger is Amina")
		}
		_, _, err := w.door.Receive(ctx, arrival(w.T, "practice", 9, stranger, hiv))
		if !errors.Is(err, fault.Invalid) {
			w.Errorf("somebody with another number and birth date became Amina: %v", err)
		}
	})
}
