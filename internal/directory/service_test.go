package directory

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
)

func admin(account, organisation string) consent.Actor {
	return consent.Actor{Account: account, Name: "Name of " + account, Role: "organisation-admin", OrganisationName: "The " + organisation,
		Organisation: consent.Party{Level: consent.Organisation, ID: organisation}}
}

func aService(name, need, postcode string) Service {
	s := Service{
		ID: UUID("test", name), Organisation: "club", OfferedBy: "Larkmead Trust", Name: name, Summary: name + " for everybody", Needs: []string{need},
		Status: Active, Phone: "020 7946 0101", Referral: Referral{Address: "private@club.example.org"},
	}
	if postcode == "" {
		s.ByPhone = true
	} else {
		s.Places = []Place{{Address: "1 Larkmead Road", Town: "Acton", Postcode: postcode}}
	}
	return s
}

func names(r Result) (all []string) {
	for _, h := range r.Hits {
		all = append(all, h.Name)
	}
	return all
}

func TestSearchingUnderstandsPeoplesWords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, ctx := open(t, on), context.Background()
		gone := aService("Old tea club", "company", "W3 9ZA")
		gone.Status = Defunct
		err := d.AddServices(ctx, "test", []Service{
			aService("Tea club", "company", "W3 9ZA"), aService("Far club", "company", "UB8 9ZA"), aService("Steady feet", "falls", "W5 9ZA"),
			aService("Ring us", "money", ""), gone,
		})
		if err != nil {
			t.Fatal(err)
		}
		acton, _, _ := Near("acton")
		for _, c := range []struct {
			name string
			q    Query
			want []string
			lost []string
		}{
			{"a word that people say for a need", Query{Words: "I feel so LONELY"}, []string{"Far club", "Tea club"}, nil},
			{"another ending of it", Query{Words: "I keep falling"}, []string{"Steady feet"}, nil},
			{"a phrase", Query{Words: "someone to talk to"}, []string{"Far club", "Tea club"}, nil},
			{"a word of its name", Query{Words: "steady"}, []string{"Steady feet"}, nil},
			{"what nothing answers to is said", Query{Words: "falls xylophone"}, []string{"Steady feet"}, []string{"xylophone"}},
			{"nothing at all", Query{Words: "xylophone"}, nil, []string{"xylophone"}},
			{"the nearest first", Query{Words: "tea far", Near: &acton}, []string{"Tea club", "Far club"}, nil},
			{"and none that is further", Query{Words: "tea far", Near: &acton, Within: 3}, []string{"Tea club"}, nil},
			{"by phone is everywhere", Query{Words: "debts", Near: &acton, Within: 3}, []string{"Ring us"}, nil},
			{"a borough", Query{Borough: "Hillingdon"}, []string{"Far club", "Ring us"}, nil},
			{"what has ended is not found", Query{Words: "old"}, nil, []string{"old"}},
		} {
			r, err := d.Services(ctx, c.q)
			if err != nil || !slices.Equal(names(r), c.want) || !slices.Equal(r.Lost, c.lost) {
				t.Errorf("%s: %q, lost %q, %v", c.name, names(r), r.Lost, err)
			}
			for _, h := range r.Hits {
				if h.Referral.Address != "" {
					t.Errorf("%s: an address that is not public came with it", c.name)
				}
			}
		}
	})
}

func TestWhoeverLooksAfterAServiceChangesItAndAnotherServerFindsItSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, other, ctx := open(t, on), open(t, on), context.Background()
		first := aService("Tea club", "company", "W3 9ZA")
		if err := d.AddServices(ctx, "test", []Service{first}); err != nil {
			t.Fatal(err)
		}
		if r, err := other.Services(ctx, Query{Words: "tea"}); err != nil || r.All != 1 {
			t.Fatal(r, err)
		}
		s, err := d.Service(ctx, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.Name, s.Summary = "Coffee club", "Coffee"
		if _, _, err := d.SetService(ctx, admin("eve", "others"), s); !errors.Is(err, fault.NotFound) {
			t.Errorf("somebody else's organisation changed it: %v", err)
		}
		if _, waits, err := d.SetService(ctx, admin("ann", "club"), s); err != nil || waits {
			t.Fatal(waits, err)
		}
		if _, _, err := d.SetService(ctx, admin("bob", "club"), s); !errors.Is(err, fault.Stale) {
			t.Errorf("who was slower was not told: %v", err)
		}
		if r, _ := other.Services(ctx, Query{Words: "tea"}); r.All != 0 {
			t.Error("the other server still finds what it was")
		}
		if r, _ := other.Services(ctx, Query{Words: "coffee"}); r.All != 1 || r.Hits[0].CheckedBy != "The club" {
			t.Errorf("the other server does not find what it is: %+v", r)
		}
		if _, err := d.UndoService(ctx, admin("bob", "club"), s.ID, 2); err != nil {
			t.Fatal(err)
		}
		past, err := d.ServicePast(ctx, s.ID)
		if err != nil || len(past) != 3 || past[0].Service.Name != "Tea club" || past[0].By != "Name of bob" || past[1].Service.Name != "Coffee club" {
			t.Errorf("what was before: %+v, %v", past, err)
		}
		if now, _ := d.Service(ctx, s.ID); now.Name != "Tea club" || now.Version != 3 {
			t.Errorf("undone, it is %q in version %d", now.Name, now.Version)
		}
	})
}

func TestUrgentHelpIsChangedByTwo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, ctx := open(t, on), context.Background()
		if err := d.AddServices(ctx, "test", []Service{aService("Night line", "crisis", "")}); err != nil {
			t.Fatal(err)
		}
		ann, bob := admin("ann", "club"), admin("bob", "club")
		id := UUID("test", "Night line")
		s, _ := d.Service(ctx, id)
		// Taking the mark away is a change of urgent help as well.
		s.Needs, s.Status = []string{"mind"}, Defunct
		if _, waits, err := d.SetService(ctx, ann, s); err != nil || !waits {
			t.Fatal("one person closed it", waits, err)
		}
		if now, _ := d.Service(ctx, id); now.Status != Active {
			t.Fatal("it is closed before anybody confirmed")
		}
		if err := d.ConfirmService(ctx, ann, id); !errors.Is(err, fault.Refused) {
			t.Errorf("who asked confirmed it: %v", err)
		}
		if err := d.ConfirmService(ctx, admin("eve", "others"), id); !errors.Is(err, fault.NotFound) {
			t.Errorf("a stranger confirmed it: %v", err)
		}
		if err := d.CheckService(ctx, bob, id); err != nil {
			t.Fatal(err)
		}
		if err := d.ConfirmService(ctx, bob, id); !errors.Is(err, fault.Stale) {
			t.Errorf("it changed since: %v", err)
		}
		s, _ = d.Service(ctx, id)
		s.Status = Defunct
		if _, _, err := d.SetService(ctx, ann, s); err != nil {
			t.Fatal(err)
		}
		if err := d.ConfirmService(ctx, bob, id); err != nil {
			t.Fatal(err)
		}
		if now, _ := d.Service(ctx, id); now.Status != Defunct {
			t.Error("confirmed, it is not closed")
		}
		if _, err := d.PendingOf(ctx, id); !errors.Is(err, fault.NotFound) {
			t.Errorf("it still waits: %v", err)
		}
	})
}

func TestWhatIsSaidToBeWrongReachesWhoeverLooksAfterItAndIsThenForgotten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, ctx := open(t, on), context.Background()
		if err := d.AddServices(ctx, "test", []Service{aService("Tea club", "company", "W3 9ZA")}); err != nil {
			t.Fatal(err)
		}
		id := UUID("test", "Tea club")
		if err := d.ReportService(ctx, id, "nonsense", ""); !errors.Is(err, fault.Invalid) {
			t.Errorf("nonsense was kept: %v", err)
		}
		if err := d.ReportService(ctx, id, "else", " "); !errors.Is(err, fault.Invalid) {
			t.Errorf("nothing was kept: %v", err)
		}
		if err := d.ReportService(ctx, id, "closed", "Mrs Canary told me"); err != nil {
			t.Fatal(err)
		}
		if all, _ := d.ServiceReports(ctx, "others"); len(all) != 0 {
			t.Error("others see it")
		}
		all, err := d.ServiceReports(ctx, "club")
		if err != nil || len(all) != 1 || all[0].Words != "Mrs Canary told me" {
			t.Fatal(all, err)
		}
		if err := d.AnswerReport(ctx, admin("eve", "others"), id, all[0].ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("others answered it: %v", err)
		}
		if err := d.AnswerReport(ctx, admin("ann", "club"), id, all[0].ID); err != nil {
			t.Fatal(err)
		}
		var words string
		if err := on.Row(ctx, `SELECT words FROM service_report WHERE id = $1`, all[0].ID).Scan(&words); err != nil || words != "" {
			t.Errorf("its words are still there: %q, %v", words, err)
		}
	})
}

func TestPostcodesAndPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, is, part string
		trouble               Trouble
	}{
		{"a whole postcode", "W3 9ZA", "W3 9ZA", "", Found},
		{"without a blank, small", "w39za", "W3 9ZA", "", Found},
		{"an outward code", "UB10", "UB10", "", Found},
		{"with part of the rest", "W3 9", "W3 9", "", Found},
		{"a district within one", "W1T 9ZZ", "W1T 9ZZ", "", Found},
		{"a town", " shepherd’s BUSH ", "Shepherds Bush", "", Found},
		{"a borough", "Hammersmith & Fulham", "Hammersmith and Fulham", "", Found},
		{"the last piece that is a place", "12 Larkmead Road, Acton", "Acton", "", Found},
		{"away from here", "E8 3PN", "", "E8", OutOfArea},
		{"and its outward code", "E8", "", "E8", OutOfArea},
		{"a second part that is none", "W3 QQQ", "", "QQQ", Misspelled},
		{"no place", "Atlantis", "", "Atlantis", NotAPlace},
	} {
		p, part, trouble := Near(c.typed)
		if p.Name != c.is || part != c.part || trouble != c.trouble {
			t.Errorf("%s: %q is %q, %q, %q", c.name, c.typed, p.Name, part, trouble)
		}
	}
}

func TestProgramsReadTheStandardsFieldsAndNoPrivateAddress(t *testing.T) {
	t.Parallel()
	s := aService("Tea club", "company", "W3 9ZA")
	s.Capacity, s.Weeks, s.MinAge = Waiting, 3, 60
	b, err := json.Marshal(s.OpenReferral())
	if err != nil || strings.Contains(string(b), "private@") {
		t.Fatalf("%s, %v", b, err)
	}
	for _, has := range []string{
		`"id":"` + s.ID + `"`, `"status":"active"`, `"organization":{`, `"minimum_age":60`, `"onestory_wait_weeks":3`, `"number":"020 7946 0101"`,
		`"address_1":"1 Larkmead Road"`, `"city":"Acton"`, `"state_province":"Ealing"`, `"postal_code":"W3 9ZA"`, `"country":"GB"`, `"address_type":"physical"`, `"location_type":"physical"`,
	} {
		if !strings.Contains(string(b), has) {
			t.Errorf("%s is not in %s", has, b)
		}
	}
	s.Referral.Shown = true
	if b, _ := json.Marshal(s.OpenReferral()); !strings.Contains(string(b), "private@") {
		t.Error("an address that is public is not there")
	}
}

func TestTheListOfNeedsCanBeUsed(t *testing.T) {
	t.Parallel()
	all, version := Needs()
	seen := map[string]bool{}
	for _, n := range all {
		if seen[n.ID] || n.ID == "" || n.Name == "" || n.About == "" || len(n.Words) == 0 {
			t.Errorf("%q is there twice, or says too little", n.ID)
		}
		seen[n.ID] = true
		for _, w := range n.Words {
			got := terms(w)
			if len(got) != 1 || !slices.Contains(got[0].needs, n.ID) {
				t.Errorf("%q is not understood as %s: %v", w, n.ID, got)
			}
		}
	}
	if version < 1 || !seen["crisis"] {
		t.Error("no version, or no urgent help")
	}
}

func FuzzParsePostcode(f *testing.F) {
	for _, s := range []string{"E8 3PN", "w39za", "UB10", "W1T 4", "SW1A1AA", "", "É8 3PN", "W3-9ZA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, in, ok := ParsePostcode(s)
		if !ok {
			if out != "" || in != "" {
				t.Fatalf("%q is none, and %q %q", s, out, in)
			}
			return
		}
		again, in2, ok := ParsePostcode(strings.TrimSpace(out + " " + in))
		if !ok || again != out || in2 != in || len(out) > 4 || len(in) > 3 {
			t.Fatalf("%q is %q %q, and that is %q %q", s, out, in, again, in2)
		}
		Near(s)
	})
}
