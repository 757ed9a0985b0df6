package demo

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
	"time"

	"onestory/internal/fhir"
	"onestory/internal/person"
)

var day = time.Date(2026, time.November, 22, 9, 30, 0, 0, time.UTC)

func TestOneSeedMakesOneArea(t *testing.T) {
	t.Parallel()
	one, two := slices.Collect(Area(7, 40, day)), slices.Collect(Area(7, 40, day))
	if len(one) != len(two) {
		t.Fatalf("%d bundles and then %d", len(one), len(two))
	}
	for i := range one {
		if one[i].Source != two[i].Source || !bytes.Equal(one[i].JSON, two[i].JSON) {
			t.Fatalf("bundle %d of %s differs", i, one[i].Source)
		}
	}
	if other := slices.Collect(Area(8, 40, day)); bytes.Equal(one[len(one)-1].JSON, other[len(other)-1].JSON) {
		t.Error("another seed makes the same area")
	}
}

// Everything is valid, about the bundle's own person, and not from the future.
func TestEveryResourceIsSound(t *testing.T) {
	t.Parallel()
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen, types := map[string]bool{}, map[string]int{}
	for b := range Area(1, 250, day) {
		var d fhir.Doc
		if err := fhir.Parse(b.JSON, &d); err != nil {
			t.Fatal(err)
		}
		var out fhir.Outcome
		if spec.Validate(&d, &out); out.Err() != nil {
			t.Fatalf("%s, %s: %v", b.Source, b.Who, out.Err())
		}
		inside := map[string]bool{}
		for e := range d.At("entry.fullUrl") {
			inside[e.Str()] = true
		}
		for e := range d.At("entry") {
			var x fhir.Doc
			if err := fhir.Parse(e.Get("resource").Raw(), &x); err != nil {
				t.Fatal(err)
			}
			types[x.Type()]++
			if id := x.Text("id"); seen[id] {
				t.Errorf("two resources are %s", id)
			} else {
				seen[id] = true
			}
			for r := range x.References() {
				if !inside[r.Value.Str()] {
					t.Errorf("%s of %s leads nowhere", x.Type(), b.Source)
				}
			}
			sound(t, b, &x)
		}
	}
	t.Log(types)
	for _, kind := range []string{"AllergyIntolerance", "Appointment", "CarePlan", "Communication", "Condition", "DocumentReference",
		"Encounter", "EpisodeOfCare", "Flag", "Goal", "Immunization", "MedicationRequest", "MedicationStatement",
		"Observation", "Patient", "Procedure", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest"} {
		if types[kind] == 0 {
			t.Errorf("there is no %s", kind)
		}
	}
}

// sound checks that nothing happened after today or before birth, and that every fact
// has somebody who wrote it down.
func sound(t *testing.T, b Bundle, x *fhir.Doc) {
	t.Helper()
	for _, path := range []string{"effectiveDateTime", "recordedDate", "onsetDateTime", "authoredOn", "occurrenceDateTime", "issued", "date", "created", "period.start", "sent", "meta.lastUpdated"} {
		if at := x.Text(path); at != "" && at[:10] > day.Format(dayOnly) {
			t.Errorf("%s of %s: %s is %s", x.Type(), b.Source, path, at)
		}
	}
	if onset := x.Text("onsetDateTime"); onset > x.Text("recordedDate") {
		t.Errorf("%s of %s was written down before it was", x.Type(), b.Source)
	}
	authored := slices.ContainsFunc([]string{"performer.display", "recorder.display", "requester.display", "author.display", "author.reference",
		"participant.individual.display", "performer.actor.display", "informationSource.display", "sender.display", "careManager.display", "expressedBy.reference"},
		func(path string) bool { return x.Text(path) != "" })
	if !authored && !slices.Contains([]string{"Patient", "RelatedPerson", "Appointment"}, x.Type()) {
		t.Errorf("nobody wrote down this %s of %s", x.Type(), b.Source)
	}
}

func TestNumbersBelongToNobody(t *testing.T) {
	t.Parallel()
	a := newArea(3, 1000, day)
	if len(a.people) != 1000 {
		t.Errorf("%d people", len(a.people))
	}
	seen := map[person.NHS]bool{}
	phone := regexp.MustCompile(`^(07700 900\d{3}|020 7946 0\d{3})$`)
	longest := 0
	for _, p := range a.people {
		n, err := person.ParseNHS(p.nhs.Digits())
		if err != nil || !n.Synthetic() || seen[n] {
			t.Errorf("person %d: number refused, real, or somebody else's", p.n)
		}
		seen[n] = true
		if !phone.MatchString(p.mobile) || !phone.MatchString(p.home.landline) {
			t.Errorf("person %d: a telephone number that may be somebody's", p.n)
		}
		longest = max(longest, len([]rune(p.name.call())))
	}
	if longest < 60 {
		t.Errorf("the longest name has %d letters", longest)
	}
}

// What would make a clinician laugh, or worse.
func TestWhatGoesTogether(t *testing.T) {
	t.Parallel()
	a := newArea(5, 1000, day)
	for _, p := range a.people {
		age := p.ageOn(p.last(a.today))
		if age < 0 || age > 112 || !p.died.IsZero() && (p.died.After(a.today) || p.died.Before(p.born)) {
			t.Errorf("person %d: aged %d", p.n, age)
		}
		for _, ill := range p.ills {
			if ill.since.Before(p.born) || ill.since.After(p.last(a.today)) {
				t.Errorf("person %d: %s in %s", p.n, ill.kind.name, ill.since)
			}
			if p.ageOn(ill.since) < ill.kind.from-1 {
				t.Errorf("person %d: %s at %d", p.n, ill.kind.name, p.ageOn(ill.since))
			}
		}
		had := map[string]bool{}
		for _, c := range p.taking(a.today) {
			if had[c.atc] {
				t.Errorf("person %d takes %s twice", p.n, c.atc)
			}
			had[c.atc] = true
			if c.since.After(p.last(a.today)) || !c.since.After(c.why.start(p)) {
				t.Errorf("person %d: %s begins before there is a reason", p.n, c.text)
			}
		}
		if had["C07AB07"] && p.has(asthma) {
			t.Errorf("person %d: a beta blocker with asthma", p.n)
		}
		if had["B01AF02"] && (had["B01AC06"] || had["B01AC04"]) {
			t.Errorf("person %d: two things against clotting", p.n)
		}
		b := p.body(a.today)
		if age >= 18 && (b.weight < 40 || b.weight > 160 || b.height < 145 || b.height > 195) {
			t.Errorf("person %d: %.0f kg and %.0f cm", p.n, b.weight, b.height)
		}
		if c := creatinineFor(b.filter, max(age, 18), p.woman); c < 35 || c > 260 {
			t.Errorf("person %d: creatinine %.0f for a rate of %.0f", p.n, c, b.filter)
		}
	}
}

// Sixty people are on Dr Nair's list, and no team has more than it can look after.
func TestListsAreAsLongAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	for _, people := range []int{1000, 4000} {
		listed, of := 0, map[string]int{}
		for _, p := range newArea(2014, people, day).people {
			if p.teams.gp.id == priyasTeam {
				listed++
			}
			for _, t := range []team{p.teams.nurses, p.teams.social, p.teams.home} {
				of[t.id]++
			}
		}
		if listed != caseload {
			t.Errorf("of %d people, %d are on her list", people, listed)
		}
		delete(of, "")
		for id, n := range of {
			if n > full {
				t.Errorf("of %d people, team %s looks after %d", people, id, n)
			}
		}
		if of[tomsTeam] < 8 || of[samsTeam] < 8 || of[ruthsTeam] < 4 {
			t.Errorf("of %d people, the teams of the cast have next to nobody: %v", people, of)
		}
	}
}

// start is when somebody was found to have a condition.
func (c *condition) start(p *resident) time.Time { return p.illness(c.code).since }

// Everybody whom a visitor can be has an account to be.
func TestTheCastIsThere(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, p := range newArea(1, 5, day).people {
		there[p.who] = true
	}
	for _, s := range colleagues() {
		if there[s.id] {
			t.Errorf("%s is there twice", s.id)
		}
		there[s.id] = true
	}
	for _, r := range Cast() {
		if !there[r.Who] {
			t.Errorf("%s is not there", r.Who)
		}
	}
	if len(Cast()) != 18 {
		t.Errorf("%d in the cast", len(Cast()))
	}
}
