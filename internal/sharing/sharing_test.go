package sharing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/sharing"
)

var ctx = context.Background()

var (
	nurse = consent.Party{Level: consent.Individual, ID: "nurse"}
	team  = consent.Party{Level: consent.Team, ID: "district"}
	nhs   = consent.Party{Level: consent.Sector, ID: consent.NHS}
)

// A home is one person who says things.
type home struct {
	*testing.T
	door *record.Door
	who  person.ID
}

func each(t *testing.T, body func(h *home)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		keys, err := id.NewKeys('a', make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		spec, err := fhir.Load()
		if err != nil {
			t.Fatal(err)
		}
		h := &home{T: t}
		h.door, err = record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec, Clock: clock.New()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.door.Close() })
		_, people, err := h.door.Receive(ctx, record.Arrival{Source: "test", People: []record.Newcomer{{Foreign: "p", Known: true}},
			Items: []record.Item{{Foreign: "p", Doc: fhir.New("Patient").Add("name", fhir.Obj{"text", "Amina"}).Doc()}}})
		if err != nil {
			t.Fatal(err)
		}
		h.who = people[0]
		body(h)
	})
}

func (h *home) try(work func(record.View) error) error {
	who := consent.Actor{Account: "amina", Role: "resident", Person: int64(h.who), Individual: consent.Party{Level: consent.Individual, ID: "amina"}}
	return h.door.With(ctx, who, consent.Own, h.who, work)
}

func (h *home) own(work func(record.View) error) {
	h.Helper()
	if err := h.try(work); err != nil {
		h.Fatalf("%v: %s", err, fault.Say(err))
	}
}

func (h *home) add(s sharing.Sharing) {
	h.Helper()
	h.own(func(v record.View) error { return sharing.Add(v, s) })
}

func TestThePageListsWhatWasSaid(t *testing.T) {
	each(t, func(h *home) {
		later := clock.At(time.Now().AddDate(0, 1, 0))
		h.add(sharing.Sharing{ID: "sector", To: nhs, Topics: []string{"general", "medicines"}})
		h.add(sharing.Sharing{ID: "over", To: nurse, Topics: []string{"plan"}})
		h.add(sharing.Sharing{ID: "team", To: team, Topics: []string{"contacts"}, Refuse: true, Reason: " They rang my brother "})
		h.add(sharing.Sharing{ID: "later", To: nurse, Topics: []string{"dates"}, From: later, Until: later + 1})
		h.add(sharing.Sharing{ID: "one", To: nurse, Entry: 12})
		h.own(func(v record.View) error { // as package circle does
			return v.Share(consent.Rule{ID: "quiet", To: nurse, Labels: consent.Everything, Refuse: true, Reason: "quiet:m-1"})
		})
		h.own(func(v record.View) error { return sharing.End(v, "over") })
		var all []sharing.Said
		h.own(func(v record.View) error {
			all = sharing.List(v)
			return nil
		})
		var order []string
		for _, s := range all {
			order = append(order, s.ID+" "+string(s.State))
			if s.By != "amina" {
				t.Errorf("%s was said by %q", s.ID, s.By)
			}
		}
		want := []string{"quiet counts", "one counts", "team counts", "sector counts", "later later", "over ended"}
		if !slices.Equal(order, want) {
			t.Fatalf("the page has %v, not %v", order, want)
		}
		if q := all[0]; !q.Quiet || q.Member != "m-1" || q.Reason != "" || !q.All {
			t.Errorf("the quiet stop is %+v", q)
		}
		if x := all[2]; x.Reason != "They rang my brother" || !slices.Equal(x.Topics, []string{"contacts"}) || !x.Refuse {
			t.Errorf("the refusal is %+v", x)
		}
		for _, id := range []string{"over", "nothing"} {
			if err := h.try(func(v record.View) error { return sharing.End(v, id) }); !errors.Is(err, fault.NotFound) {
				t.Errorf("ending %q: %v", id, err)
			}
		}
	})
}

func TestWhatToPutRight(t *testing.T) {
	each(t, func(h *home) {
		for name, row := range map[string]struct {
			path string
			s    sharing.Sharing
		}{
			"nobody":                          {"to", sharing.Sharing{Topics: []string{"plan"}}},
			"an unknown sector":               {"to", sharing.Sharing{To: consent.Party{Level: consent.Sector, ID: "banks"}, Topics: []string{"plan"}}},
			"everyone":                        {"to", sharing.Sharing{To: consent.Anyone, Topics: []string{"plan"}}},
			"no topic":                        {"topics", sharing.Sharing{To: nurse}},
			"an unknown topic":                {"topics", sharing.Sharing{To: nurse, Topics: []string{"plan", "money"}}},
			"what is not the person's":        {"topics", sharing.Sharing{To: nurse, Topics: []string{"serious-harm"}}},
			"sharing more in an emergency":    {"purpose", sharing.Sharing{To: nurse, Topics: []string{"plan"}, Purpose: consent.Emergency}},
			"an unknown purpose":              {"purpose", sharing.Sharing{To: nurse, Topics: []string{"plan"}, Purpose: "research"}},
			"an end in the past":              {"until", sharing.Sharing{To: nurse, Topics: []string{"plan"}, Until: 5}},
			"an end before the beginning":     {"until", sharing.Sharing{To: nurse, Topics: []string{"plan"}, From: clock.Never - 1, Until: clock.Never - 2}},
			"a reason without end":            {"reason", sharing.Sharing{To: nurse, Topics: []string{"plan"}, Reason: strings.Repeat("é", 501)}},
			"a reason that looks like a code": {"reason", sharing.Sharing{To: nurse, Topics: []string{"plan"}, Reason: "circle:x"}},
		} {
			row.s.ID = "x"
			err := h.try(func(v record.View) error { return sharing.Add(v, row.s) })
			if p := fault.Problems(err); !errors.Is(err, fault.Invalid) || len(p) != 1 || p[0].Path != row.path {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.add(sharing.Sharing{ID: "seal", To: consent.Anyone, Topics: []string{"abuse"}, Refuse: true, Purpose: consent.Emergency, Reason: strings.Repeat("é", 500)})
	})
}

func TestTopicsAreEveryLabelThatIsThePersons(t *testing.T) {
	t.Parallel()
	var all consent.Labels
	for _, x := range sharing.Topics() {
		if all&x.Labels != 0 {
			t.Errorf("%s is in two topics", x.Code)
		}
		all |= x.Labels
	}
	var missing []string
	for _, name := range (consent.Everything &^ all).Names() {
		if _, named := consent.LabelNamed(name); named {
			missing = append(missing, name)
		}
	}
	if !slices.Equal(missing, []string{"third-party", "serious-harm"}) {
		t.Errorf("no topic has %v: a new label needs one", missing)
	}
	if len(sharing.TopicsOf(consent.Everything)) != len(sharing.Topics()) {
		t.Error("everything is not all topics")
	}
}

func TestTheCircleIsOfferedFirst(t *testing.T) {
	each(t, func(h *home) {
		h.own(func(v record.View) error {
			return v.Join(record.Member{ID: "m", Party: nurse, Name: "Nia", Role: "nurse"})
		})
		h.own(func(v record.View) error {
			all := sharing.Offer(v, []sharing.Choice{{Party: team, Name: "District nurses"}, {Party: nurse, Name: "again"}}, true)
			if len(all) != 7 || all[0].Name != "Nia" || !all[0].Circle || all[1].Party != team || all[6].Party != consent.Anyone {
				t.Errorf("the choices are %+v", all)
			}
			if n := len(sharing.Offer(v, nil, false)); n != 5 {
				t.Errorf("%d choices to share with", n)
			}
			return nil
		})
	})
}
