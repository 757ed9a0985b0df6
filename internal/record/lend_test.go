package record_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

const code = "7KQF-2MXA-94TD"

var daughter = consent.Actor{
	Account: "leila", Name: "Leila Yusuf", Role: "resident", Person: 4711,
	Individual: consent.Party{Level: consent.Individual, ID: "leila"},
}

// lend makes a place that waits, with what is shared with whoever takes it up.
func (w *world) lend(id string, m record.Member, labels consent.Labels) {
	w.Helper()
	w.as(w.own, consent.Own, nil, func(v record.View) error {
		m.ID, m.Party, m.Name, m.Role = id, record.Lent(id), "Leila", "carer"
		return errors.Join(v.Join(m),
			v.Share(consent.Rule{ID: id + ".r", To: m.Party, Labels: labels}),
			v.Invite(id, code, v.Now().Add(time.Hour)))
	})
}

func (w *world) takeUp(who consent.Actor, code string, want error) {
	w.Helper()
	if _, err := w.door.TakeUp(ctx, who, code); want == nil && err != nil || want != nil && !errors.Is(err, want) {
		w.Errorf("taking up answered %v, not %v", err, want)
	}
}

func TestWhoHasTheCodeActsAsFarAsItWasLent(t *testing.T) {
	each(t, func(w *world) {
		w.lend("loan", record.Member{}, consent.General)
		w.as(daughter, consent.Carer, fault.Withheld, nil)
		w.takeUp(daughter, "7KQF-2MXA-94TX", fault.NotFound)
		w.takeUp(nurse, code, fault.Refused)
		w.takeUp(w.own, code, fault.Invalid)
		w.takeUp(daughter, code, nil)
		w.shows(daughter, consent.Carer, "AllergyIntolerance", "Patient")
		w.takeUp(daughter, code, fault.NotFound) // it works once
		all, err := w.door.Circles(ctx, daughter)
		if err != nil || len(all) != 1 || all[0].Person != w.amina || all[0].Role != "carer" {
			w.Error("she acts for", all, err)
		}
		w.as(w.own, consent.Own, nil, func(v record.View) error { return v.End("loan") })
		w.as(daughter, consent.Carer, fault.Withheld, nil)
	})
}

func TestOfManyWhoTakeUpAPlaceOneDoes(t *testing.T) {
	each(t, func(w *world) {
		w.lend("loan", record.Member{}, consent.General)
		var all sync.WaitGroup
		var mu sync.Mutex
		took := 0
		for n := range 50 {
			all.Go(func() {
				who := daughter
				who.Account = string(rune('a'+n%26)) + string(rune('a'+n/26))
				who.Individual.ID = who.Account
				_, err := w.door.TakeUp(ctx, who, code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					took++
				} else if !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Busy) {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if took != 1 {
			w.Errorf("%d took it up", took)
		}
	})
}

func TestSomebodyElsesWordThatOneMayActIsLookedAtAgain(t *testing.T) {
	each(t, func(w *world) {
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		o := options(w.T, w.db)
		o.Clock = clock.Fake(func() time.Time { return now })
		w.door = openDoor(w.T, o)
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return errors.Join(v.Join(record.Member{ID: "n", Party: nurse.Individual, Name: "Nia", Role: "nurse"}),
				v.Share(consent.Rule{ID: "n.r", To: nurse.Individual, Labels: consent.General}))
		})
		review := clock.At(now.AddDate(0, 6, 0))
		appoint := func(want error, basis string, review clock.Time) {
			w.Helper()
			w.as(nurse, consent.Care, want, func(v record.View) error {
				m := record.Member{ID: "lpa" + basis, Party: record.Lent("lpa" + basis), Name: "Leila", Basis: basis, Reason: "Registered, 7000-1234", Review: review}
				err := v.Appoint(m, consent.Rule{ID: "lpa.r" + basis, To: m.Party, Labels: consent.General})
				if err != nil {
					return err
				}
				return v.Invite(m.ID, code+basis, v.Now().Add(time.Hour))
			})
		}
		appoint(fault.Invalid, consent.Consent, review) // that is the person's to give
		appoint(fault.Invalid, consent.Attorney, clock.Never)
		w.as(w.own, consent.Own, fault.Refused, func(v record.View) error {
			return v.Appoint(record.Member{ID: "x", Party: record.Lent("x"), Basis: consent.Attorney}, consent.Rule{})
		})
		appoint(nil, consent.Attorney, review)
		w.takeUp(daughter, code+consent.Attorney, nil)
		w.as(daughter, consent.Carer, nil, func(record.View) error { return nil })
		now = review.Std()
		w.as(daughter, consent.Carer, fault.Withheld, nil)
	})
}

func TestParentsSeeLessAsTheirChildGrows(t *testing.T) {
	each(t, func(w *world) {
		now := time.Date(2026, 2, 27, 9, 0, 0, 0, time.UTC)
		o := options(w.T, w.db)
		o.Clock = clock.Fake(func() time.Time { return now })
		w.door = openDoor(w.T, o)
		// Born on a leap day, and so eleven and sixteen on the first of March.
		w.amina = w.receive("school", `{"resourceType":"Patient","id":"1","name":[{"family":"Ali","given":["Sami"]}],"birthDate":"2016-02-29"}`,
			penicillin, `{"resourceType":"Appointment","id":"d","status":"booked","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"}]}`)[0]
		w.own.Person = int64(w.amina)
		w.lend("loan", record.Member{Basis: consent.Parental}, consent.General|consent.Dates)
		w.takeUp(daughter, code, nil)
		for _, step := range []struct {
			day  string
			sees []string
		}{
			{"2026-02-28", []string{"AllergyIntolerance", "Appointment", "Patient"}},
			{"2027-02-28", []string{"AllergyIntolerance", "Appointment", "Patient"}},
			{"2027-03-01", []string{"Appointment", "Patient"}},
			{"2032-02-28", []string{"Appointment", "Patient"}},
			{"2032-02-29", []string{"Patient"}},
		} {
			now, _ = time.Parse(time.DateOnly, step.day)
			w.shows(daughter, consent.Carer, step.sees...)
		}
	})
}

func TestWhoActsForSomebodyAlwaysLearnsWhoTheyAreAndWithoutMoreNothingElse(t *testing.T) {
	each(t, func(w *world) {
		w.amina = w.receive("gp", `{"resourceType":"Patient","id":"1","name":[{"family":"Vane"}],"birthDate":"1990-03-04","address":[{"postalCode":"W3 9XX"}],"telecom":[{"value":"07700 900199"}]}`)[0]
		w.own.Person = int64(w.amina)
		w.lend("loan", record.Member{}, consent.Dates)
		w.takeUp(daughter, code, nil)
		w.as(daughter, consent.Carer, nil, func(v record.View) error {
			return v.Every(func(e record.Entry) error {
				if text := string(e.Doc.Bytes()); !strings.Contains(text, "Vane") || strings.Contains(text, "W3 9XX") || strings.Contains(text, "900199") {
					w.Errorf("she is told %s", text)
				}
				return nil
			})
		})
	})
}
