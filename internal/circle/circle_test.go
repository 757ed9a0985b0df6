package circle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

var ctx = context.Background()

// A home is one person with a plan, a condition, a key safe and something private.
type home struct {
	*testing.T
	door  *record.Door
	who   person.ID
	keyAt int64 // the number of the key safe's entry
}

func actor(account, role, org, sector string) consent.Actor {
	return consent.Actor{
		Account: account, Role: role, Individual: consent.Party{Level: consent.Individual, ID: account},
		Organisation: consent.Party{Level: consent.Organisation, ID: org}, Sector: consent.Party{Level: consent.Sector, ID: sector},
	}
}

var (
	nurse  = actor("nurse", "nurse", "trust", consent.NHS)
	worker = actor("worker", "social-worker", "council", consent.Council)
	helper = actor("helper", "care-coordinator", "agency", consent.Private)
	friend = actor("friend", "link-worker", "charity", consent.Voluntary)
)

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
		subject := fhir.Obj{"reference", "Patient/p"}
		topic := func(code string) fhir.List {
			return fhir.List{fhir.Obj{"coding", fhir.List{fhir.Obj{"system", "urn:onestory:topic", "code", code}}}}
		}
		a := record.Arrival{Source: "test", People: []record.Newcomer{{Foreign: "p", Known: true}}}
		for i, b := range []*fhir.Builder{
			fhir.New("Patient").Add("name", fhir.Obj{"text", "Amina Yusuf"}),
			fhir.New("CarePlan").Set("subject", subject).Set("status", "active").Set("intent", "plan"),
			fhir.New("Condition").Set("subject", subject).Set("code.text", "Heart failure"),
			fhir.New("Flag").Set("subject", subject).Set("status", "active").Set("category", topic("home-entry")).Set("code.text", "Key safe"),
			fhir.New("Flag").Set("subject", subject).Set("status", "active").Set("category", topic("mental-health")).Set("code.text", "Private"),
		} {
			a.Items = append(a.Items, record.Item{Foreign: []string{"p", "plan", "condition", "key", "private"}[i], Doc: b.Doc()})
		}
		_, people, err := h.door.Receive(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		h.who = people[0]
		h.own(func(v record.View) error {
			v.Headers(func(x record.Header) {
				if x.Labels&consent.HomeEntry != 0 {
					h.keyAt = x.ID.N
				}
			})
			return nil
		})
		body(h)
	})
}

// own does something as the person.
func (h *home) own(work func(record.View) error) {
	h.Helper()
	if err := h.try(work); err != nil {
		h.Fatalf("%v: %s", err, fault.Say(err))
	}
}

func (h *home) try(work func(record.View) error) error {
	who := consent.Actor{Account: "amina", Role: "resident", Person: int64(h.who), Individual: consent.Party{Level: consent.Individual, ID: "amina"}}
	return h.door.With(ctx, who, consent.Own, h.who, work)
}

// sees is the labels of everything that somebody sees; it reports false when there is
// no such person to them.
func (h *home) sees(who consent.Actor) (all consent.Labels, there bool) {
	h.Helper()
	err := h.door.With(ctx, who, consent.Care, h.who, func(v record.View) error {
		all = 0
		v.Headers(func(x record.Header) { all |= x.Labels })
		return nil
	})
	if err != nil && !errors.Is(err, fault.Withheld) {
		h.Fatal(err)
	}
	return all, err == nil
}

func (h *home) join(name string, p consent.Party, way string) {
	h.Helper()
	h.own(func(v record.View) error {
		return circle.Join(v, circle.Usual(), circle.Newcomer{ID: name, Rule: name + "-rule", Party: p, Name: name, Role: name, Way: way})
	})
}

func (h *home) want(who consent.Actor, want consent.Labels) {
	h.Helper()
	if got, there := h.sees(who); !there || got != want {
		h.Errorf("%s sees %v (there: %v), not %v", who.Account, got, there, want)
	}
}

func TestJoiningSharesWhatTheirWorkNeeds(t *testing.T) {
	each(t, func(h *home) {
		if _, there := h.sees(nurse); there {
			h.Error("there is somebody to a nurse outside the circle")
		}
		h.join("nurse", nurse.Individual, consent.NHS)
		h.join("worker", worker.Organisation, consent.Council)
		h.join("helper", helper.Organisation, circle.HomeCare)
		h.join("friend", friend.Individual, consent.Voluntary)
		h.want(nurse, consent.General|consent.Plan)
		h.want(worker, consent.Plan)
		h.want(helper, consent.Plan|consent.HomeEntry)
		h.want(friend, consent.Plan)
	})
}

func TestStoppingQuietlyLeavesAnEmptyPage(t *testing.T) {
	each(t, func(h *home) {
		h.join("helper", helper.Organisation, circle.HomeCare)
		h.own(func(v record.View) error { // by name, which is closer than any label
			return v.Share(consent.Rule{ID: "key", To: helper.Organisation, Entry: h.keyAt})
		})
		for range 2 { // twice is once
			h.own(func(v record.View) error { return circle.Stop(v, "helper", true, "stop") })
		}
		h.want(helper, 0)
		h.own(func(v record.View) error {
			if all := circle.Of(v); len(all) != 1 || !all[0].Quiet || all[0].Past || all[0].Shares != 0 {
				t.Errorf("the person's page has %+v", all)
			}
			return nil
		})
		h.own(func(v record.View) error { return circle.Resume(v, "helper") })
		h.want(helper, consent.Plan|consent.HomeEntry)
	})
}

func TestStoppingLoudlyEndsEverythingShared(t *testing.T) {
	each(t, func(h *home) {
		h.join("nurse", nurse.Individual, consent.NHS)
		h.own(func(v record.View) error {
			return v.Share(consent.Rule{ID: "more", To: nurse.Individual, Labels: consent.MentalHealth})
		})
		h.want(nurse, consent.General|consent.Plan|consent.MentalHealth)
		h.own(func(v record.View) error { return circle.Stop(v, "nurse", false, "") })
		if _, there := h.sees(nurse); there {
			h.Error("there still is somebody to them")
		}
		h.own(func(v record.View) error {
			return circle.Join(v, circle.Usual(), circle.Newcomer{ID: "again", Rule: "again-rule", Party: nurse.Individual, Name: "N", Role: "nurse", Way: consent.NHS})
		})
		h.want(nurse, consent.General|consent.Plan)
		h.own(func(v record.View) error {
			all := circle.Of(v)
			if len(all) != 2 || all[0].ID != "again" || !all[1].Past {
				t.Errorf("the person's page has %+v", all)
			}
			return nil
		})
	})
}

func TestAMemberMayLeaveButNotStay(t *testing.T) {
	each(t, func(h *home) {
		h.join("nurse", nurse.Individual, consent.NHS)
		h.join("friend", friend.Individual, consent.Voluntary)
		leave := func(member string) error {
			return h.door.With(ctx, nurse, consent.Care, h.who, func(v record.View) error { return circle.Leave(v, member) })
		}
		if err := leave("friend"); !errors.Is(err, fault.NotFound) {
			h.Errorf("ending somebody else's place: %v", err)
		}
		if err := leave("nurse"); err != nil {
			h.Error(err)
		}
		if _, there := h.sees(nurse); there {
			h.Error("they left, and there still is somebody to them")
		}
		// Coming back with less does not bring back what the first place shared.
		h.own(func(v record.View) error {
			return circle.Join(v, circle.Usual(), circle.Newcomer{ID: "less", Rule: "less-rule", Party: nurse.Individual, Name: "N", Role: "nurse", Shares: consent.Plan})
		})
		h.want(nurse, consent.Plan)
	})
}

func TestJoiningSaysWhatToPutRight(t *testing.T) {
	each(t, func(h *home) {
		h.join("nurse", nurse.Individual, consent.NHS)
		good := circle.Newcomer{ID: "x", Rule: "y", Party: friend.Individual, Name: "Hana", Role: "befriender", Way: consent.Voluntary}
		for name, row := range map[string]struct {
			path   string
			change func(*circle.Newcomer)
		}{
			"a sector cannot join":           {"party", func(n *circle.Newcomer) { n.Party = consent.Party{Level: consent.Sector, ID: consent.NHS} }},
			"a name is needed":               {"name", func(n *circle.Newcomer) { n.Name = " " }},
			"a role is needed":               {"role", func(n *circle.Newcomer) { n.Role = "" }},
			"an end in the past is none":     {"until", func(n *circle.Newcomer) { n.Until = 5 }},
			"an organisation cannot act":     {"party", func(n *circle.Newcomer) { n.Party, n.Role = helper.Organisation, "carer" }},
			"who is there cannot join again": {"party", func(n *circle.Newcomer) { n.Party = nurse.Individual }},
			"an unknown way shares nothing":  {"party", func(n *circle.Newcomer) { n.Way = "banks" }},
		} {
			n := good
			row.change(&n)
			err := h.try(func(v record.View) error { return circle.Join(v, circle.Usual(), n) })
			if !errors.Is(err, fault.Invalid) || !slices.ContainsFunc(fault.Problems(err), func(p fault.Problem) bool { return p.Path == row.path }) {
				h.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestNoUsualSharingHasASensitiveTopic(t *testing.T) {
	t.Parallel()
	const sensitive = consent.SexualHealth | consent.SubstanceUse | consent.MentalHealth | consent.Abuse | consent.Gender |
		consent.Genetics | consent.Adoption | consent.Safeguarding | consent.ThirdParty | consent.SeriousHarm | consent.CarersOwn
	for way, l := range circle.Usual() {
		if l&sensitive != 0 || way != circle.HomeCare && l&consent.HomeEntry != 0 {
			t.Errorf("%s: %v", way, l)
		}
	}
}

func TestWhoJoinsWhenThereIsNoSharedRecordSeesNothing(t *testing.T) {
	each(t, func(h *home) {
		h.own(func(v record.View) error { // as package sharing does
			return v.Share(consent.Rule{ID: "out", To: consent.Anyone, Labels: consent.Everything, Refuse: true, Purpose: consent.Care, Reason: "choice:shared-record"})
		})
		h.join("nurse", nurse.Individual, consent.NHS)
		h.want(nurse, 0)
		h.own(func(v record.View) error {
			return errors.Join(v.End("out"), v.End("nurse-rule.care"), v.End("nurse-rule.administration"))
		})
		h.want(nurse, consent.General|consent.Plan)
	})
}
