package script

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"onestory/internal/app"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db/dbtest"
	"onestory/internal/demo"
	"onestory/internal/fhir"
	identity "onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// canary is in every hidden entry, and may be nowhere else.
const canary = "zyzzyvaquokka"

// A twin is one of two worlds that differ in what is hidden, and in nothing else.
type twin struct {
	house  *app.House
	server *httptest.Server
	log    *locked
	hidden map[string]string // address below /people/ or /for/ of a hidden entry, by person
}

// A locked buffer takes the log lines of many requests.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// makeTwin builds a world, with hidden entries for everyone when secrets is set.
func makeTwin(t *testing.T, where string, secrets bool) *twin {
	t.Helper()
	w := &twin{log: &locked{}, hidden: map[string]string{}}
	house, err := app.Open(context.Background(), app.Config{
		Data: t.TempDir(), Database: where, Clock: clock.Fake(func() time.Time { return noon }),
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.house = house
	if err := house.Populate(context.Background(), people, nil); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for b := range demo.Area(app.DemoSeed, people, noon) {
		if b.Who == "" || seen[b.Who] || !secrets {
			continue
		}
		seen[b.Who] = true
		w.hide(t, b)
	}
	w.server = httptest.NewServer(house.Handler(house.Pages(app.Edge{Demo: true})))
	t.Cleanup(func() {
		w.server.Close()
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// hide gives a person a condition, its medicine, a result and a letter that nobody
// shares with anybody, from the practice they are known to.
func (w *twin) hide(t *testing.T, b demo.Bundle) {
	t.Helper()
	a := record.Arrival{Source: b.Source, People: []record.Newcomer{{Foreign: b.Patient}}}
	for i, text := range []string{
		`{"resourceType":"Condition","id":"%s0","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008","display":"` + canary + `"}],"text":"` + canary + `"},"note":[{"text":"` + canary + `"}]}`,
		`{"resourceType":"MedicationRequest","id":"%s1","status":"active","intent":"order","subject":{"reference":"Patient/p"},"medicationCodeableConcept":{"text":"` + canary + ` tablets"},"reasonReference":[{"reference":"Condition/%[1]s0"}]}`,
		`{"resourceType":"Observation","id":"%s2","status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"20447-9","display":"` + canary + `"}]},"valueString":"` + canary + `","effectiveDateTime":"2026-11-21"}`,
		`{"resourceType":"DocumentReference","id":"%s3","status":"current","subject":{"reference":"Patient/p"},"description":"` + canary + `","category":[{"coding":[{"system":"urn:onestory:topic","code":"sexual-health"}]}],"date":"2026-11-21T10:00:00Z","content":[{"attachment":{"contentType":"text/plain","data":"eno="}}]}`,
	} {
		d := new(fhir.Doc)
		if err := fhir.Parse([]byte(fmt.Sprintf(text, "secret-"+b.Who+"-")), d); err != nil {
			t.Fatal(err)
		}
		item := record.Item{Foreign: d.ID(), Doc: d, Updated: 1}
		for r := range d.References() {
			ref := record.Ref{Value: r.Value, Item: -1, Type: r.Ref.Type, ID: r.Ref.ID}
			if r.Ref.Type == "Patient" {
				ref.ID = b.Patient
			} else {
				ref.Item = i - 1
			}
			item.Refs = append(item.Refs, ref)
		}
		a.Items = append(a.Items, item)
	}
	_, whose, err := w.house.Door.Receive(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	err = w.house.Door.Export(context.Background(), "test", whose[0], func(v record.View) error {
		return v.All("Condition", func(e record.Entry) error {
			if strings.Contains(e.Doc.Text("code.text"), canary) {
				w.hidden[w.house.Door.Text(whose[0])] = "/record/Condition/" + w.house.Door.EntryText(e.ID)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A visitor is one actor in one of the twins.
type visitor struct {
	twin   *twin
	client *http.Client
	ids    map[string]int // what ids were met, in order: they differ between the twins
}

func (w *twin) visitor(t *testing.T, who string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{twin: w, ids: map[string]int{}, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	r, err := http.NewRequest(http.MethodPost, w.server.URL+"/demo/sign-in", strings.NewReader(url.Values{"who": {who}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.server.URL)
	answer, err := v.client.Do(r)
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatal(answer, err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return v
}

var (
	ours    = regexp.MustCompile(`\ba[0-9a-hjkmnp-tv-z]{52}\b|\bstamp=[0-9a-f]{32}\b`)
	address = regexp.MustCompile(`href="(/[^"]*)"`)
)

// get answers everything that a response tells, with ids by order of meeting, and
// the addresses on it as they are.
func (v *visitor) get(t *testing.T, path string) (told string, links []string, raw string) {
	t.Helper()
	answer, err := v.client.Get(v.twin.server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	raw = string(body)
	h := answer.Header
	h.Del("X-Request-Id")
	h.Del("Date")
	told = fmt.Sprintf("%d %v\n%s", answer.StatusCode, h, raw)
	told = ours.ReplaceAllStringFunc(told, func(id string) string {
		if _, met := v.ids[id]; !met {
			v.ids[id] = len(v.ids)
		}
		return "#" + strconv.Itoa(v.ids[id])
	})
	for _, m := range address.FindAllStringSubmatch(raw, -1) {
		links = append(links, m[1])
	}
	return told, links, raw
}

// rounds is how many requests each actor makes; ONESTORY_TWINS asks for more.
func rounds(t *testing.T) int {
	if s := os.Getenv("ONESTORY_TWINS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 60
}

func TestTwinWorldsAnswerAlike(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, where func() string) {
		t.Parallel()
		with, without := makeTwin(t, where(), true), makeTwin(t, where(), false)
		if len(with.hidden) == 0 {
			t.Fatal("nothing is hidden: this tests nothing")
		}
		for _, who := range []string{"priya", "tom", "sam", "grace", "leila", "jo", "nadia", "chen", "omar", "marcus"} {
			compare(t, who, with.visitor(t, who), without.visitor(t, who))
		}
		for _, w := range []*twin{with, without} {
			w.log.mu.Lock()
			if log := w.log.b.String(); strings.Contains(log, canary) || ours.MatchString(log) || strings.Contains(log, "Yusuf") {
				t.Error("the log says something about people")
			}
			w.log.mu.Unlock()
		}
		seesOwn(t, with)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, func() string { return "" }) })
	t.Run("postgres", func(t *testing.T) { run(t, func() string { return dbtest.Postgres(t) }) })
}

// compare walks both worlds as one actor, along the same links.
func compare(t *testing.T, who string, a, b *visitor) {
	t.Helper()
	type pair struct{ a, b string }
	todo := []pair{{"/", "/"}, {"/people", "/people"}, {"/carer", "/carer"}, {"/staff", "/staff"}, {"/me", "/me"}}
	for id, below := range a.twin.hidden { // the hidden entry, and one that never was
		for _, base := range []string{"/people/", "/for/"} {
			theirs := twinOf(t, a.twin, b.twin, id)
			whose, err := b.twin.house.Door.ID(theirs)
			if err != nil {
				t.Fatal(err)
			}
			other := b.twin.house.Door.EntryText(identity.New(int64(whose)))
			todo = append(todo, pair{base + id + below, base + theirs + "/record/Condition/" + other}, pair{base + id, base + theirs}, pair{base + id + "/record", base + theirs + "/record"})
		}
	}
	random := rand.New(rand.NewPCG(7, uint64(len(who))))
	for n := 0; n < rounds(t) && len(todo) > 0; n++ {
		i := random.IntN(len(todo))
		at := todo[i]
		todo[i] = todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if strings.HasPrefix(at.a, "/me") && who != "jo" && a.twin.hidden[mine(t, a.twin, who)] != "" {
			continue // their own hidden entries are theirs to see
		}
		toldA, linksA, raw := a.get(t, at.a)
		toldB, linksB, _ := b.get(t, at.b)
		if strings.Contains(raw, canary) {
			t.Fatalf("%s sees what is hidden, at %s", who, at.a)
		}
		if toldA != toldB {
			t.Fatalf("%s is told two things at %s:\n%s", who, at.a, difference(toldA, toldB))
		}
		for j := range linksA {
			if !strings.HasPrefix(linksA[j], "/sign-out") && !strings.HasPrefix(linksA[j], "/assets") {
				todo = append(todo, pair{linksA[j], linksB[j]})
			}
		}
	}
}

// mine is the outer form of the record of one of the cast, or "".
func mine(t *testing.T, w *twin, who string) string {
	t.Helper()
	x, err := w.house.Accounts.Get(context.Background(), who)
	if err != nil {
		t.Fatal(err)
	}
	return w.house.Door.Text(x.Person)
}

// twinOf is the same person's id in the other world.
func twinOf(t *testing.T, from, to *twin, id string) string {
	t.Helper()
	for _, r := range demo.Cast() {
		if mine(t, from, r.Who) == id {
			return mine(t, to, r.Who)
		}
	}
	t.Fatal("nobody has that record")
	return ""
}

// difference is where two texts part.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			k := 0
			for k < min(len(x[i]), len(y[i])) && x[i][k] == y[i][k] {
				k++
			}
			from := max(0, k-200)
			return fmt.Sprintf("line %d\n%.500s\n--\n%.500s", i, x[i][from:], y[i][from:])
		}
	}
	return "one goes on where the other ends"
}

// seesOwn shows that what is hidden from all others is there: otherwise the twins
// would be alike for want of a difference.
func seesOwn(t *testing.T, w *twin) {
	t.Helper()
	who, err := w.house.Accounts.As(context.Background(), "amina")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = w.house.Door.With(context.Background(), who, consent.Own, person.ID(who.Person), func(v record.View) error {
		return v.Every(func(e record.Entry) error {
			if bytes.Contains(e.Doc.Bytes(), []byte(canary)) {
				n++
			}
			return nil
		})
	})
	if err != nil || n != 4 {
		t.Errorf("Amina sees %d of her 4 entries: %v", n, err)
	}
}
