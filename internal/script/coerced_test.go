package script

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// coerce adds Cora, whom Kit makes lend everything to him. Where she has something to
// show, she does as she is told, and stops it as Stop says; where she has nothing, she
// only lends.
func (w *world) coerce(t *testing.T, something bool, stop func(v record.View) error) (cora person.ID) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	texts := []string{`{"resourceType":"Patient","id":"cora","name":[{"family":"Vane","given":["Cora"]}],"birthDate":"1990-03-04"}`}
	if something {
		texts[0] = strings.Replace(texts[0], `"birthDate"`, `"address":[{"line":["Where she is now"],"postalCode":"W3 9XX"}],"telecom":[{"system":"phone","value":"07700 900199"}],"birthDate"`, 1)
		for i := range 30 {
			texts = append(texts,
				fmt.Sprintf(`{"resourceType":"Condition","id":"c%d","subject":{"reference":"Patient/cora"},"code":{"text":"Bruise %d"},"recordedDate":"2026-10-%02d"}`, i, i, i%28+1),
				fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","subject":{"reference":"Patient/cora"},"code":{"text":"Weight"},"valueQuantity":{"value":%d,"unit":"kg"},"effectiveDateTime":"2026-10-%02d"}`, i, 50+i, i%28+1))
		}
	}
	a := record.Arrival{Source: "Cora's practice"}
	for i, text := range texts {
		d := new(fhir.Doc)
		must(fhir.Parse([]byte(text), d))
		item := record.Item{Foreign: d.ID(), Doc: d, Updated: 1}
		if i == 0 {
			a.People = append(a.People, record.Newcomer{Foreign: d.ID(), Facts: record.FactsOf(d), Known: true})
		}
		for r := range d.References() {
			item.Refs = append(item.Refs, record.Ref{Value: r.Value, Item: 0, Type: r.Ref.Type, ID: r.Ref.ID})
		}
		a.Items = append(a.Items, item)
	}
	_, all, err := w.house.Door.Receive(ctx, a)
	must(err)
	cora = all[0]
	must(w.house.Accounts.Put(ctx, account.Account{ID: "cora", Name: "Cora Vane", Person: cora, Role: "resident"}))
	must(w.house.Accounts.Put(ctx, account.Account{ID: "kit", Name: "Kit Vane", Role: "carer"}))
	own := func(work func(v record.View) error) {
		t.Helper()
		must(w.house.Door.With(ctx, w.actor(t, "cora"), consent.Own, cora, work))
	}
	own(func(v record.View) error {
		return circle.Join(v, circle.Usual(), circle.Newcomer{
			ID: "mkit", Rule: "rkit", Party: consent.Party{Level: consent.Individual, ID: "kit"}, Name: "Kit", Role: "carer", Shares: consent.General | consent.Plan | consent.AboutMe | consent.Medicines | consent.Dates | consent.SocialCare,
		})
	})
	w.since.Add((72 * time.Hour).Microseconds())
	kit := w.visitor(t, "kit")
	if something {
		at := "/for/" + w.house.Door.Text(cora) + "/record/conditions"
		if page := kit.ask(get(at)).Body.String(); !strings.Contains(page, "Bruise") {
			t.Fatal("there is nothing that could be hidden from Kit")
		}
		own(stop)
	} else {
		kit.ask(get("/for/" + w.house.Door.Text(cora) + "/record/conditions"))
	}
	must(w.house.Accounts.End(ctx, strings.TrimPrefix(kit.cookie, "onestory=")))
	return cora
}

func quietly(v record.View) error { return circle.Stop(v, "mkit", true, "qkit") }

// coerced are Cora's two worlds, with Kit in each, who knows the addresses.
func coerced(t *testing.T, place func() string, stop func(v record.View) error) *pair {
	t.Helper()
	with, less := makeWorld(t, place(), true), makeWorld(t, place(), true)
	a, b := with.coerce(t, true, stop), less.coerce(t, false, nil)
	p := makePair(t, "kit", with, less)
	p.alone = true
	i, j := p.with.meet(with.house.Door.Text(a)), p.less.meet(less.house.Door.Text(b))
	if i != j {
		t.Fatal("Cora has two places")
	}
	return p
}

func TestWhoIsStoppedQuietlyMeetsAPersonWithNothingToShow(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		p := coerced(t, place, quietly)
		made := new(came)
		w := wander(p, 11, readAble(t, p.with.world))
		w.came = made
		w.mind(t)
		if err := walk(w, requests(t)/20+50); err != nil {
			t.Error(err)
		}
		t.Log(made.all)
		if made.all["page 200"] < 20 || made.all["FHIR 200"] < 5 {
			t.Errorf("too little was answered: %v", made.all)
		}
		for _, at := range []string{"/carer", "/kept", "/account", "/demo/mail"} {
			if _, err := p.ask(get(at)); err != nil {
				t.Error(err)
			}
		}
	})
}

// mind puts Kit's mind to Cora: her pages and what programs ask about her, in place of
// everybody else's.
func (w *wanderer) mind(t *testing.T) {
	t.Helper()
	cora := told(w.with.meet(w.with.house.Door.Text(w.with.person(t, "cora"))))
	base := "/for/" + cora
	w.pages = []string{"/carer"}
	for _, at := range []string{"", "/record", "/print", "/tell", "/told", "/live", "/record/conditions", "/record/results", "/record/medicines", "/record/allergies",
		"/record/immunisations", "/record/encounters", "/record/letters", "/record/social-care", "/record/nonsense", "/sharing", "/copy"} {
		w.pages = append(w.pages, base+at)
	}
	for _, q := range []string{"Patient/" + cora, "Patient/" + cora + "/$everything", "Condition?patient=" + cora, "Observation?patient=" + cora + "&_count=3",
		"Observation?patient=" + cora + "&_summary=count", "Condition?patient=" + cora + "&_total=accurate", "Patient/" + cora + "/_history", "Consent?patient=" + cora, "AuditEvent?patient=" + cora} {
		w.pages = append(w.pages, "/fhir/"+q)
	}
	w.ids = []string{"Patient/" + cora}
}

func TestTheCoercedTwinsSeeAStopThatIsNotQuiet(t *testing.T) {
	t.Parallel()
	p := coerced(t, func() string { return "" }, func(v record.View) error { return circle.Stop(v, "mkit", false, "") })
	w := wander(p, 11, readAble(t, p.with.world))
	w.mind(t)
	if walk(w, 60) == nil {
		t.Error("nobody noticed that Kit was shut out")
	}
	q := coerced(t, func() string { return "" }, func(record.View) error { return nil })
	w = wander(q, 11, readAble(t, q.with.world))
	w.mind(t)
	if walk(w, 60) == nil {
		t.Error("nobody noticed that Kit still sees everything")
	}
}

// TestStoppedQuietlyTakesAsLong prints how long Kit waits in the two worlds, side by
// side. It fails nothing, for a machine that does other work as well would make it fail
// for no reason.
func TestStoppedQuietlyTakesAsLong(t *testing.T) {
	p := coerced(t, func() string { return "" }, quietly)
	cora := told(p.with.meet(p.with.house.Door.Text(p.with.person(t, "cora"))))
	var with, less []time.Duration
	for i := range 200 {
		for _, at := range []string{"", "/record", "/record/results"} {
			r := get("/for/" + cora + at)
			if i%2 == 0 {
				with = append(with, p.with.ask(r).took)
				less = append(less, p.less.ask(r).took)
			} else {
				less = append(less, p.less.ask(r).took)
				with = append(with, p.with.ask(r).took)
			}
		}
	}
	slices.Sort(with)
	slices.Sort(less)
	for _, of := range []int{50, 90} {
		a, b := with[len(with)*of/100], less[len(less)*of/100]
		t.Logf("%d%% within: stopped quietly %v, nothing to show %v, ratio %.3f", of, a, b, float64(a)/float64(b))
	}
}
