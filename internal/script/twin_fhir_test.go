package script

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"onestory/internal/db/dbtest"
	identity "onestory/internal/id"
)

var (
	sealedVersion = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	sealedPage    = regexp.MustCompile(`_cursor=[A-Za-z0-9_-]+`)
	entryAddress  = regexp.MustCompile(`"fullUrl":"[^"]*/fhir/([A-Za-z]+/a[0-9a-z]{52})"`)
)

// A program asks one of the twins with somebody's token.
type program struct {
	*visitor
	who string
}

// ask answers everything that a response tells, with what is sealed by order of meeting.
func (p *program) ask(t *testing.T, method, path, body string, headers ...string) (told, raw string) {
	t.Helper()
	r, err := http.NewRequest(method, p.twin.server.URL+"/fhir"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer demo-"+p.who)
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	raw = string(b)
	answer.Header.Del("X-Request-Id")
	answer.Header.Del("Date")
	told = fmt.Sprintf("%d %v\n%s", answer.StatusCode, answer.Header, raw)
	told = strings.ReplaceAll(told, p.twin.server.URL, "")
	told = sealedPage.ReplaceAllString(told, "_cursor=#")
	met := func(s string) string {
		if _, known := p.ids[s]; !known {
			p.ids[s] = len(p.ids)
		}
		return "#" + strconv.Itoa(p.ids[s])
	}
	return ours.ReplaceAllStringFunc(sealedVersion.ReplaceAllStringFunc(told, met), met), raw
}

// programRounds is how many requests each program makes; ONESTORY_TWINS asks for more.
func programRounds(t *testing.T) int { return 2 * rounds(t) }

func TestTwinWorldsAnswerProgramsAlike(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, where func() string) {
		t.Parallel()
		with, without := makeTwin(t, where(), true), makeTwin(t, where(), false)
		if len(with.hidden) == 0 {
			t.Fatal("nothing is hidden: this tests nothing")
		}
		for _, who := range []string{"priya", "tom", "sam", "grace", "leila", "jo", "nadia", "chen", "omar"} {
			programsAlike(t, who, with, without)
		}
		for _, w := range []*twin{with, without} {
			w.log.mu.Lock()
			if log := w.log.b.String(); strings.Contains(log, canary) || ours.MatchString(log) || strings.Contains(log, "Yusuf") {
				t.Error("the log says something about people")
			}
			w.log.mu.Unlock()
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, func() string { return "" }) })
	t.Run("postgres", func(t *testing.T) { run(t, func() string { return dbtest.Postgres(t) }) })
}

// programsAlike asks both worlds the same, at random, as one actor.
func programsAlike(t *testing.T, who string, a, b *twin) {
	t.Helper()
	x := &program{&visitor{twin: a, ids: map[string]int{}, client: http.DefaultClient}, who}
	y := &program{&visitor{twin: b, ids: map[string]int{}, client: http.DefaultClient}, who}
	type pair struct{ a, b string }
	var people []pair
	entries := []pair{{"Observation/none", "Observation/none"}}
	random := rand.New(rand.NewPCG(11, uint64(who[0])<<8|uint64(who[1])))
	for _, name := range []string{"amina", "leila", "marcus", "dee"} {
		p := pair{mine(t, a, name), mine(t, b, name)}
		people = append(people, p)
		if hidden := a.hidden[p.a]; hidden != "" && name != who { // the hidden entry, and one that never was
			whose, err := b.house.Door.ID(p.b)
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, pair{strings.TrimPrefix(hidden, "/record/"), "Condition/" + b.house.Door.EntryText(identity.New(int64(whose)))})
		}
	}
	kinds := []string{"Observation", "Condition", "MedicationRequest", "DocumentReference", "Encounter", "Patient", "CarePlan", "Goal", "RelatedPerson", "Appointment", "Provenance"}
	terms := []string{
		"code=86406008", "code:not=86406008", "code:text=" + canary, "code=20447-9", "value-string=" + canary, "date=ge2026-11-01", "_lastUpdated=gt2020",
		"_security:missing=true", "status=active", "category:missing=false", "encounter:missing=true", "description=" + canary, "intent=order", "_tag=x",
		"medication=Medication/1", "_has:Condition:patient:code=86406008", "subject:Patient.name=x",
	}
	results := []string{
		"_summary=count", "_count=3", "_count=0", "_sort=-date", "_sort=code,-_lastUpdated", "_include=*", "_revinclude=*", "_elements=code,reasonReference",
		"_summary=text", "_summary=data", "_total=none", "_include=MedicationRequest:reason-reference", "_revinclude=MedicationRequest:reason-reference", "_count=1000",
	}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	for n := range programRounds(t) {
		p := people[random.IntN(len(people))]
		e := entries[random.IntN(len(entries))]
		if strings.HasPrefix(p.a, mine(t, a, who)) && who != "jo" && a.hidden[p.a] != "" {
			continue // their own hidden entries are theirs to see
		}
		kind := pick(kinds)
		about := "patient"
		if kind == "Patient" {
			about = "_id"
		}
		var at pair
		switch random.IntN(9) {
		case 0, 1, 2:
			q := pick(terms) + "&" + pick(results) + "&" + pick(results)
			q = (&url.URL{RawQuery: q}).String()
			at = pair{"/" + kind + "?" + about + "=" + p.a + "&" + q[1:], "/" + kind + "?" + about + "=" + p.b + "&" + q[1:]}
		case 3:
			at = pair{"/" + kind + "?" + about + "=" + p.a + "&" + pick(results), ""}
			at.b = strings.Replace(at.a, p.a, p.b, 1)
		case 4:
			at = pair{"/" + e.a, "/" + e.b}
		case 5:
			at = pair{"/" + e.a + "/_history", "/" + e.b + "/_history"}
		case 6:
			id := func(s string) string { return s[strings.IndexByte(s, '/')+1:] }
			q := pick([]string{"_id=", "reason-reference=Condition/", "focus=", "encounter=", "based-on=MedicationRequest/"})
			at = pair{"/" + kind + "?" + about + "=" + p.a + "&" + q + id(e.a), "/" + kind + "?" + about + "=" + p.b + "&" + q + id(e.b)}
		case 7:
			at = pair{"/Patient/" + p.a + "/$everything?_count=40", "/Patient/" + p.b + "/$everything?_count=40"}
		case 8:
			at = pair{"/_history?patient=" + p.a, "/_history?patient=" + p.b}
			if random.IntN(2) == 0 {
				at = pair{"/Patient/" + p.a + "/" + kind, "/Patient/" + p.b + "/" + kind}
			}
		}
		if n%10 == 9 { // also what is written after the hidden came
			body := `{"resourceType":"Observation","status":"final","code":{"text":"seen"},"subject":{"reference":"Patient/%s"}}`
			toldA, _ := x.ask(t, "POST", "/Observation", fmt.Sprintf(body, p.a))
			toldB, _ := y.ask(t, "POST", "/Observation", fmt.Sprintf(body, p.b))
			if toldA != toldB {
				t.Fatalf("%s is told two things who writes:\n%s", who, difference(toldA, toldB))
			}
		}
		toldA, raw := x.ask(t, "GET", at.a, "")
		toldB, other := y.ask(t, "GET", at.b, "")
		if _, found, _ := strings.Cut(raw, `"entry":`); strings.Contains(found, canary) {
			t.Fatalf("%s sees what is hidden, at %s", who, at.a)
		}
		toldA, toldB = strings.ReplaceAll(toldA, url.QueryEscape(p.a), "P"), strings.ReplaceAll(toldB, url.QueryEscape(p.b), "P")
		if toldA != toldB {
			t.Fatalf("%s is told two things at %s:\n%s", who, at.a, difference(toldA, toldB))
		}
		metA, metB := entryAddress.FindAllStringSubmatch(raw, 20), entryAddress.FindAllStringSubmatch(other, 20)
		for i := range metA {
			if len(entries) < 200 {
				entries = append(entries, pair{metA[i][1], metB[i][1]})
			}
		}
	}
}
