package sharing_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/text"
)

var (
	nurseActor = consent.Actor{Account: "nurse", Role: "nurse", Individual: nurse, Team: team, Sector: nhs}
	daughter   = consent.Party{Level: consent.Individual, ID: "leila"}
	works      = func(p consent.Party) bool { return p != daughter }
)

// withheld is what somebody is not shown of these labels.
func (h *home) withheld(who consent.Actor, why consent.Purpose, l consent.Labels) (hidden consent.Labels) {
	h.Helper()
	h.own(func(v record.View) error {
		hidden = consent.For(false, v.Rules(), who, why, v.Now()).Withheld & l
		return nil
	})
	return hidden
}

func TestNarrowingLeavesNoMomentBetween(t *testing.T) {
	each(t, func(h *home) {
		day := clock.At(time.Now().AddDate(0, 1, 0))
		h.add(sharing.Sharing{ID: "a", To: nurse, Topics: []string{"plan", "medicines", "general"}, Until: day, Reason: "She asked"})
		h.add(sharing.Sharing{ID: "no", To: nurse, Topics: []string{"dates"}, Refuse: true})
		for path, l := range map[string]sharing.Less{
			"topics": {ID: "b", Topics: []string{"plan", "contacts"}},
			"until":  {ID: "b", Topics: []string{"plan"}, Until: day + 1},
		} {
			err := h.try(func(v record.View) error { return sharing.Narrow(v, "a", l) })
			if p := fault.Problems(err); !errors.Is(err, fault.Invalid) || len(p) != 1 || p[0].Path != path {
				t.Errorf("more than before: %v", err)
			}
		}
		for _, l := range []sharing.Less{{ID: "b"}, {ID: "b", Topics: []string{"general", "plan", "medicines"}}, {ID: "b", Topics: []string{"plan"}, Until: 5}} {
			if err := h.try(func(v record.View) error { return sharing.Narrow(v, "a", l) }); !errors.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", l, err)
			}
		}
		for _, id := range []string{"no", "nothing"} {
			if err := h.try(func(v record.View) error {
				return sharing.Narrow(v, id, sharing.Less{ID: "b", Topics: []string{"plan"}})
			}); !errors.Is(err, fault.NotFound) {
				t.Errorf("narrowing %q: %v", id, err)
			}
		}
		h.own(func(v record.View) error {
			return sharing.Narrow(v, "a", sharing.Less{ID: "b", Topics: []string{"plan"}})
		})
		all := consent.Plan | consent.Medicines | consent.General
		if got := h.withheld(nurseActor, consent.Care, all); got != consent.Medicines|consent.General {
			t.Errorf("the nurse is not shown %v", got)
		}
		h.own(func(v record.View) error {
			for _, x := range sharing.List(v) {
				if x.ID == "b" && (x.Reason != "She asked" || x.Until != day || x.State != sharing.Counts) {
					t.Errorf("what is left is %+v", x)
				}
			}
			return nil
		})
	})
}

func TestTheThreeChoicesNeverMix(t *testing.T) {
	each(t, func(h *home) {
		h.own(func(v record.View) error {
			return errors.Join(v.Join(record.Member{ID: "m", Party: nurse, Name: "Nia", Role: "nurse"}),
				v.Join(record.Member{ID: "l", Party: daughter, Name: "Leila", Role: "carer"}))
		})
		h.add(sharing.Sharing{ID: "n", To: nurse, Topics: []string{"plan"}})
		h.add(sharing.Sharing{ID: "e", To: team, Entry: 7})
		h.add(sharing.Sharing{ID: "d", To: daughter, Topics: []string{"plan"}})
		h.add(sharing.Sharing{ID: "p", To: nhs, Topics: []string{"general"}, Purpose: consent.Planning})
		state := func() (out [3]bool) {
			h.own(func(v record.View) error {
				for i, x := range sharing.OptOuts(v) {
					if out[i] = x.Out; x.Out && (x.Since == 0 || x.By != "amina") {
						t.Errorf("it stands as %+v", x)
					}
				}
				return nil
			})
			return out
		}
		carer := consent.Actor{Account: "leila", Role: "carer", Individual: daughter}
		for i, code := range []string{sharing.SharedRecord, sharing.Research, sharing.TypeOne} {
			for range 2 { // twice is once
				h.own(func(v record.View) error { return sharing.Out(v, code, "x"+code, works) })
			}
			want := [3]bool{}
			want[i] = true
			if got := state(); got != want {
				t.Errorf("%s: out of %v", code, got)
			}
			care, planning := h.withheld(nurseActor, consent.Care, consent.Plan), h.withheld(nurseActor, consent.Planning, consent.General)
			if (care != 0) != (code == sharing.SharedRecord) || (planning != 0) != (code != sharing.SharedRecord) {
				t.Errorf("%s: care without %v, planning without %v", code, care, planning)
			}
			if h.withheld(carer, consent.Carer, consent.Plan) != 0 {
				t.Errorf("%s: a daughter sees nothing", code)
			}
			if h.withheld(nurseActor, consent.Emergency, consent.Medicines) != 0 {
				t.Errorf("%s: it holds in an emergency", code)
			}
			if code == sharing.SharedRecord {
				h.pastTheChoice()
			}
			h.own(func(v record.View) error { return sharing.In(v, code) })
		}
		if got := state(); got != [3]bool{} {
			t.Errorf("after all, out of %v", got)
		}
		if h.withheld(nurseActor, consent.Care, consent.Plan) != 0 || h.withheld(nurseActor, consent.Planning, consent.General) != 0 {
			t.Error("what was said before does not count again")
		}
		if err := h.try(func(v record.View) error { return sharing.Out(v, "money", "x", works) }); !errors.Is(err, fault.NotFound) {
			t.Errorf("a fourth choice: %v", err)
		}
	})
}

// pastTheChoice tries to share with staff who have no shared record to look at.
func (h *home) pastTheChoice() {
	h.Helper()
	h.own(func(v record.View) error {
		if shown := consent.Named(v.Rules(), nurseActor, consent.Care, v.Now()); shown[7] {
			h.Error("an entry that was shared by name still is")
		}
		return nil
	})
	other := consent.Party{Level: consent.Individual, ID: "gp"}
	for _, to := range []consent.Party{nurse, team, nhs, other} {
		err := h.try(func(v record.View) error {
			return sharing.Add(v, sharing.Sharing{ID: "y", To: to, Topics: []string{"plan"}})
		})
		if !errors.Is(err, fault.Invalid) {
			h.Errorf("sharing with %v: %v", to, err)
		}
	}
	h.add(sharing.Sharing{ID: "z", To: daughter, Topics: []string{"dates"}})
	h.add(sharing.Sharing{ID: "w", To: nurse, Topics: []string{"dates"}, Refuse: true})
}

func TestEveryConsequenceHasASentence(t *testing.T) {
	t.Parallel()
	all := sharing.TopicsOf(consent.Everything)
	seal := sharing.Sharing{Topics: all, Refuse: true, Purpose: consent.Emergency}
	for _, s := range []sharing.Sharing{{Topics: all}, {Topics: all, Refuse: true}, seal} {
		ids := sharing.Consequences(s)
		if len(ids) == 0 {
			t.Errorf("nothing follows from %+v", s)
		}
		for _, id := range ids {
			if !slices.Contains(text.IDs(), id) {
				t.Errorf("there is no sentence %s", id)
			}
		}
	}
	seal.Topics = []string{"medicines"}
	if ids := sharing.Consequences(seal); len(ids) != 1 || ids[0] != "then.seal.medicines" {
		t.Errorf("sealing medicines means %v", ids)
	}
}
