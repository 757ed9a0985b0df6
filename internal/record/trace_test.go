package record_test

import (
	"errors"
	"slices"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
)

func sought(t *testing.T, number, given, family, born string) (s record.Sought) {
	t.Helper()
	s.Given, s.Family = given, family
	var err error
	if number != "" {
		if s.NHS, err = person.ParseNHS(number); err != nil {
			t.Fatal(err)
		}
	}
	if born != "" {
		if s.Born, err = person.ParseDate(born); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// journal is what Amina's page says was done, and how it was answered, the last first.
func (w *world) journal() (all []string) {
	w.Helper()
	w.as(w.own, consent.Own, nil, func(v record.View) error {
		return v.Journal(ctx, 50, func(l record.Line) error {
			all = append(all, l.What+" "+l.Judged)
			return nil
		})
	})
	return all
}

func TestSomebodyOutsideTheCircleIsFoundOnlyExactlyAndIsToldOfIt(t *testing.T) {
	each(t, func(w *world) {
		for _, row := range []struct {
			says                        string
			number, given, family, born string
			found                       bool
		}{
			{"by number", "9990000018", "", "", "", true},
			{"by number and birth date", "9990000018", "", "", "1951-03-02", true},
			{"not by number and another birth date", "9990000018", "", "", "1951-03-03", false},
			{"by name and birth date, however it is typed", "", " amina", "YUSUF ", "1951-03-02", true},
			{"not by a name that is near", "", "Amna", "Yusuf", "1951-03-02", false},
			{"not with another birth date", "", "Amina", "Yusuf", "1951-03-20", false},
			{"not by another number", "9990000026", "", "", "", false},
		} {
			all, err := w.door.Trace(ctx, nurse, sought(w.T, row.number, row.given, row.family, row.born))
			if err != nil {
				w.Fatal(row.says, err)
			}
			if found := len(all) == 1; found != row.found {
				w.Errorf("%s: found %v", row.says, all)
			}
		}
		if n := len(slices.DeleteFunc(w.journal(), func(s string) bool { return s != "trace shown" })); n != 3 {
			w.Errorf("her journal has %d lines of being found, not 3", n)
		}
		for _, role := range []string{"resident", "planner", "operator", "link-worker", "privacy-officer"} {
			who := nurse
			who.Role = role
			if _, err := w.door.Trace(ctx, who, sought(w.T, "9990000018", "", "", "")); !errors.Is(err, fault.Refused) {
				w.Errorf("a %s who looks for people is answered %v", role, err)
			}
		}
		if _, err := w.door.Trace(ctx, nurse, sought(w.T, "", "Amina", "Yusuf", "1951-03")); !errors.Is(err, fault.Invalid) {
			w.Errorf("a month of birth is answered %v", err)
		}
	})
}

func TestWhoDoesNotWantToBeFoundIsNot(t *testing.T) {
	each(t, func(w *world) {
		say := func(r consent.Rule) {
			w.as(w.own, consent.Own, nil, func(v record.View) error { return v.Share(r) })
		}
		find := func() int {
			all, err := w.door.Trace(ctx, nurse, sought(w.T, "9990000018", "", "", ""))
			if err != nil {
				w.Fatal(err)
			}
			return len(all)
		}
		say(consent.Rule{ID: "f1", To: consent.Anyone, Labels: consent.Everything, Refuse: true, Purpose: consent.Finding})
		if find() != 0 {
			w.Error("she was found, and had refused everyone")
		}
		if got := w.journal(); !slices.Contains(got, "trace withheld") {
			w.Errorf("the attempt is not in her journal: %v", got)
		}
		say(consent.Rule{ID: "f2", To: nurse.Team, Labels: consent.Everything, Purpose: consent.Finding})
		if find() != 1 {
			w.Error("she was not found by the team that she excepted")
		}
	})
	t.Run("marked at a source", func(t *testing.T) {
		each(t, func(w *world) {
			hidden := `{"resourceType":"Patient","id":"9","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"name":[{"family":"Safe","given":["Sue"]}],"birthDate":"1980-01-01"}`
			w.receive("refuge", hidden)
			all, err := w.door.Trace(ctx, nurse, sought(w.T, "", "Sue", "Safe", "1980-01-01"))
			if err != nil || len(all) != 0 {
				w.Errorf("found %v, %v", all, err)
			}
		})
	})
}

func ask(id string) record.Asking {
	return record.Asking{
		ID: id, Party: nurse.Team, Name: "District nurses", Role: "nurse", Reason: "Dressings twice a week",
		Standing: consent.Rule{ID: id + "r", Labels: consent.General | consent.Medicines | consent.MentalHealth},
	}
}

func TestAskingToJoinWaitsForThePersonAndTheirAnswerHolds(t *testing.T) {
	each(t, func(w *world) {
		ticket := w.ticket()
		stranger := nurse
		stranger.Account = "other"
		if _, err := w.door.Ask(ctx, stranger, ticket, ask("a1")); !errors.Is(err, fault.NotFound) {
			w.Errorf("another account's ticket is answered %v", err)
		}
		if _, err := w.door.Ask(ctx, nurse, w.door.Text(w.amina)+".zzzzzzzzz.x", ask("a1")); !errors.Is(err, fault.NotFound) {
			w.Errorf("a ticket that was made up is answered %v", err)
		}
		joined, err := w.door.Ask(ctx, nurse, ticket, ask("a1"))
		if err != nil || joined {
			w.Fatal(joined, err)
		}
		w.as(nurse, consent.Care, fault.Withheld, func(record.View) error { return nil })
		if all, err := w.door.Circles(ctx, nurse); err != nil || len(all) != 0 {
			w.Errorf("who asks holds %v, %v", all, err)
		}
		if _, err := w.door.Ask(ctx, nurse, ticket, ask("a2")); !errors.Is(err, fault.Refused) {
			w.Errorf("asking twice is answered %v", err)
		}
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			asks := v.Asks()
			if len(asks) != 1 || asks[0].Reason != "Dressings twice a week" || asks[0].Sector != consent.NHS || len(v.Members()) != 0 {
				w.Errorf("she is asked %+v, and her circle is %+v", asks, v.Members())
			}
			if err := v.Join(record.Member{ID: "m1", Party: asks[0].Party, Name: asks[0].Name, Role: asks[0].Role}); err != nil {
				return err
			}
			return v.End(asks[0].ID)
		})
		w.as(nurse, consent.Care, nil, func(record.View) error { return nil })
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			if len(v.Asks()) != 0 {
				w.Error("she is still asked")
			}
			return nil
		})
		if got := w.journal(); !slices.Contains(got, "ask changed") {
			w.Errorf("her journal does not say that somebody asked: %v", got)
		}
		if _, err := w.door.Ask(ctx, nurse, ticket, ask("a3")); !errors.Is(err, fault.Invalid) {
			w.Errorf("asking as a member is answered %v", err)
		}
	})
}

func (w *world) ticket() string {
	w.Helper()
	all, err := w.door.Trace(ctx, nurse, sought(w.T, "9990000018", "", "", ""))
	if err != nil || len(all) != 1 {
		w.Fatal(all, err)
	}
	return all[0].Ticket
}

func TestAnAskCanBeTakenBackAndATicketGrowsOld(t *testing.T) {
	each(t, func(w *world) {
		ticket := w.ticket()
		if _, err := w.door.Ask(ctx, nurse, ticket, ask("a1")); err != nil {
			w.Fatal(err)
		}
		all, err := w.door.Trace(ctx, nurse, sought(w.T, "9990000018", "", "", ""))
		if err != nil || all[0].Asked == 0 {
			w.Errorf("the nurse is not told that she asked: %v, %v", all, err)
		}
		if err := w.door.Withdraw(ctx, nurse, ticket); err != nil {
			w.Fatal(err)
		}
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			if len(v.Asks()) != 0 {
				w.Error("she is still asked")
			}
			return nil
		})
	})
}

func TestARuleOfThePersonLetsInWithoutAskingAgainAndNoFurther(t *testing.T) {
	each(t, func(w *world) {
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.Share(consent.Rule{ID: "j", To: nurse.Organisation, Labels: consent.General | consent.Medicines, Purpose: consent.Joining})
		})
		joined, err := w.door.Ask(ctx, nurse, w.ticket(), ask("a1"))
		if err != nil || !joined {
			w.Fatal(joined, err)
		}
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			rules := v.Rules()
			if last := rules[len(rules)-1]; last.Labels != consent.General|consent.Medicines || last.To != nurse.Team {
				w.Errorf("joining made the rule %+v", last)
			}
			return nil
		})
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		other := nurse
		other.Organisation.ID, other.Team.ID, other.Account = "elsewhere", "elsewhere", "elsewhere"
		all, err := w.door.Trace(ctx, other, sought(w.T, "9990000018", "", "", ""))
		if err != nil {
			w.Fatal(err)
		}
		a := ask("a2")
		a.Party = other.Team
		if joined, err := w.door.Ask(ctx, other, all[0].Ticket, a); err != nil || joined {
			w.Errorf("another organisation was let in: %v, %v", joined, err)
		}
	})
}

func TestThePersonSeesTheirRecordAsOthersWouldAndNeverMore(t *testing.T) {
	each(t, func(w *world) {
		glimpse := func(s record.Supposing, wantOK bool, want ...string) {
			w.Helper()
			w.as(w.own, consent.Own, nil, func(v record.View) error {
				as, ok, err := v.As(nurse, consent.Care, s)
				if err != nil {
					return err
				}
				got, err := kinds(as)
				if ok != wantOK || !slices.Equal(got, want) {
					w.Errorf("supposing %+v the nurse would see %v (%v), not %v", s, got, ok, want)
				}
				if as.Rules() != nil || as.Own() {
					w.Error("a glimpse tells what was said about sharing")
				}
				if as.Share(consent.Rule{ID: "x", To: nurse.Team, Labels: 1}) == nil || as.End("r1") == nil {
					w.Error("a glimpse changed something")
				}
				return err
			})
		}
		glimpse(record.Supposing{}, false)
		all := consent.Rule{ID: "n", To: nurse.Team, Labels: consent.General}
		glimpse(record.Supposing{Also: []consent.Rule{all}, Joined: true}, true, "AllergyIntolerance", "Patient")
		w.joins(consent.General)
		glimpse(record.Supposing{}, true, "AllergyIntolerance", "Patient")
		glimpse(record.Supposing{Without: []string{"r1"}}, true)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient") // nothing changed
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			_, _, err := v.As(w.own, consent.Own, record.Supposing{})
			if !errors.Is(err, fault.Refused) {
				w.Errorf("the nurse looks through her eyes: %v", err)
			}
			return nil
		})
		var kept record.View
		w.as(w.own, consent.Own, nil, func(v record.View) (err error) {
			kept, _, err = v.As(nurse, consent.Care, record.Supposing{})
			return err
		})
		if _, err := kinds(kept); err == nil {
			w.Error("a glimpse outlived the view")
		}
	})
}
