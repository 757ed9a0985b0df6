package script

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"onestory/internal/consent"
	identity "onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A deed is something that somebody does, with how many lines it is to leave in the
// journal of whom it is about, and in all journals.
type deed struct {
	what   string
	who    string
	r      request
	whose  string
	theirs int
	all    int
}

// lines are how many lines of journal there are: in one person's, and in all.
func (w *world) lines(t testing.TB, whose person.ID) (theirs, all int) {
	t.Helper()
	for _, table := range []string{"look", "change"} {
		var a, b int
		err := w.house.DB.Row(context.Background(), `SELECT COUNT(*), COALESCE(SUM(CASE WHEN person = $1 THEN 1 ELSE 0 END), 0) FROM `+table, int64(whose)).Scan(&a, &b)
		if err != nil {
			t.Fatal(err)
		}
		all, theirs = all+a, theirs+b
	}
	return theirs, all
}

func TestEveryActionIsOneLineInTheJournalOfEachPersonConcerned(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		visitors := map[string]*visitor{}
		random := rand.New(rand.NewPCG(50, 50))
		wrong := map[string]bool{}
		actions := 1_000
		if testing.Short() {
			actions = 150
		}
		for n := range actions {
			d := w.deed(t, random, n)
			v := visitors[d.who]
			if v == nil {
				v = w.visitor(t, d.who)
				visitors[d.who] = v
			}
			whose := person.ID(0)
			if d.whose != "" {
				whose = w.person(t, d.whose)
			}
			w.since.Add(500_000) // all of them within the ten minutes of a sign-in that is fresh
			theirs, all := w.lines(t, whose)
			a := v.ask(d.r)
			theirs2, all2 := w.lines(t, whose)
			if got, others := theirs2-theirs, all2-all; (got != d.theirs || others != d.all) && !wrong[d.what] {
				wrong[d.what] = true
				t.Errorf("%s by %q left %d lines with %s and %d in all, not %d and %d (answer %d)\n%s", d.what, d.who, got, d.whose, others, d.theirs, d.all, a.Code, d.r)
			}
			if a.Code >= 500 {
				t.Errorf("%s: %d", d.what, a.Code)
			}
		}
		saysNothing(t, w)
	})
}

// deed makes up the nth thing that is done.
func (w *world) deed(t testing.TB, random *rand.Rand, n int) deed {
	s := w.secrets[random.IntN(len(w.secrets))]
	whose := s.whose
	id, entry := w.house.Door.Text(w.person(t, whose)), w.house.Door.EntryText(s.entry)
	absent := w.house.Door.EntryText(identity.New(int64(w.person(t, whose))))
	staff := one(random, []string{"priya", "tom", "sam", "grace", "jo", "ruth", "reception-acton"})
	anyone := one(random, []string{"priya", "tom", "jo", "nadia", "chen", "omar", "gwen", "marcus", "leila"})
	json := map[string]string{"Content-Type": "application/fhir+json"}
	own := "amina"
	her := w.house.Door.Text(w.person(t, own))
	note := fmt.Sprintf(`{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/%s"},"code":{"text":"walked"},"valueString":"n %d"}`, her, n)
	all := []deed{
		{"a page about a person", staff, get("/people/" + id), whose, 1, 1},
		{"a page with their record", staff, get("/people/" + id + "/record"), whose, 1, 1},
		{"a hidden entry", staff, get("/people/" + id + "/record/" + s.kind + "/" + entry), whose, 1, 1},
		{"an entry that never was", staff, get("/people/" + id + "/record/" + s.kind + "/" + absent), whose, 1, 1},
		{"a page for a carer", "leila", get("/for/" + id), whose, 1, 1},
		{"a page of a role that has none", one(random, []string{"chen", "omar", "gwen"}), get("/people/" + id), whose, 0, 0},
		{"a page without an account", "", get("/people/" + id), whose, 0, 0},
		{"an id that is none", staff, get("/people/" + strings.Repeat("a", 53)), whose, 0, 0},
		{"an entry over FHIR", anyone, get("/fhir/" + s.kind + "/" + entry), whose, 1, 1},
		{"one that never was, over FHIR", anyone, get("/fhir/" + s.kind + "/" + absent), whose, 1, 1},
		{"its history", anyone, get("/fhir/" + s.kind + "/" + entry + "/_history"), whose, 1, 1},
		{"a search", anyone, get("/fhir/Condition?patient=" + id), whose, 1, 1},
		{"a posted search", anyone, request{method: http.MethodPost, path: "/fhir/Observation/_search", body: "patient=" + id}, whose, 1, 1},
		{"a compartment", anyone, get("/fhir/Patient/" + id + "/Observation"), whose, 1, 1},
		{"everything", anyone, get("/fhir/Patient/" + id + "/$everything"), whose, 1, 1},
		{"a search that is not understood", anyone, request{method: http.MethodGet, path: "/fhir/Condition?patient=" + id + "&onset-date=x"}, whose, 0, 0},
		{"a change of another version", anyone, request{method: http.MethodPut, path: "/fhir/" + s.kind + "/" + entry, header: map[string]string{"Content-Type": "application/fhir+json", "If-Match": `W/"00000000000000000000000000000000"`},
			body: fmt.Sprintf(`{"resourceType":%q,"id":%q,"status":"final","subject":{"reference":"Patient/%s"},"code":{"text":"x"}}`, s.kind, entry, id)}, whose, 1, 1},
		{"taking out another version", anyone, request{method: http.MethodDelete, path: "/fhir/" + s.kind + "/" + entry, header: map[string]string{"If-Match": `W/"00000000000000000000000000000000"`}}, whose, 1, 1},
		{"a change without saying of what", anyone, request{method: http.MethodPut, path: "/fhir/" + s.kind + "/" + entry, header: json, body: `{}`}, whose, 0, 0},
		{"one's own record", own, get("/me/record"), own, 1, 1},
		{"one's own journal", own, get("/me/access"), own, 1, 1},
		{"one's own sharing", own, get("/me/sharing"), own, 1, 1},
		{"a file with everything", own, get("/me/download"), own, 1, 1},
		{"a journal with proofs", own, get("/me/access/journal"), own, 1, 1},
		{"a new entry", own, request{method: http.MethodPost, path: "/fhir/Observation", header: map[string]string{"Content-Type": "application/fhir+json", "Prefer": "return=minimal"}, body: note}, own, 1, 1},
		{"a new entry that comes back", own, request{method: http.MethodPost, path: "/fhir/Observation", header: json, body: note}, own, 1, 1},
		{"a new entry that does not hold", own, request{method: http.MethodPost, path: "/fhir/Observation", header: json, body: strings.Replace(note, "final", "no such", 1)}, own, 1, 1},
		{"an entry about somebody else", staff, request{method: http.MethodPost, path: "/fhir/Observation", header: json, body: strings.Replace(note, her, w.house.Door.Text(w.person(t, "rita")), 1)}, "rita", 1, 1},
		{"looking for somebody who is not there", one(random, []string{"priya", "tom", "sam", "ruth", "jo"}), request{method: http.MethodPost, path: "/people/find", body: url.Values{"family": {"Nobody"}, "given": {"Never"}, "born-year": {"1950"}, "born-month": {"1"}, "born-day": {"2"}}.Encode()}, "", 0, 1}, // a line that is nobody's, so that it takes as long
	}
	d := all[n%len(all)]
	return d
}

// saysNothing reads every line of the journal of everybody who has a secret, as it
// leaves the house, for words of what was looked at.
func saysNothing(t *testing.T, w *world) {
	t.Helper()
	for _, who := range []string{"amina", "marcus", "rita"} {
		actor := w.actor(t, who)
		var all bytes.Buffer
		n := 0
		err := w.house.Door.With(context.Background(), actor, consent.Own, person.ID(actor.Person), func(v record.View) error {
			return v.Journal(context.Background(), 10_000, func(l record.Line) error {
				n++
				return json.NewEncoder(&all).Encode(l)
			})
		})
		if err != nil || n == 0 {
			t.Fatalf("the journal of %s has %d lines: %v", who, n, err)
		}
		if m := content.FindString(all.String()); m != "" {
			t.Errorf("the journal of %s says %q", who, m)
		}
		if m := regexp.MustCompile(`onestory=|Bearer|demo-|86406008|\b\d{3} ?\d{3} ?\d{4}\b`).FindString(all.String()); m != "" {
			t.Errorf("the journal of %s holds %q", who, m)
		}
	}
	quiet(t, w)
}

var content = regexp.MustCompile(`zyzzyva\w+`)
