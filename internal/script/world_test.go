package script

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/demo"
	"onestory/internal/fhir"
	"onestory/internal/fhirapi"
	identity "onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A world is a house with an area in it, as everybody in it meets it. What is kept
// from people in it has words that stand nowhere else, one for each secret.
type world struct {
	house   *app.House
	handler http.Handler
	log     *locked
	secrets []*secret
	since   atomic.Int64 // microseconds after noon
}

// A secret is an entry that hardly anybody may know of.
type secret struct {
	name  string
	word  string   // its canary
	whose string   // of the cast
	may   []string // who may meet the word
	entry identity.Entry
	kind  string
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

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// host is what the house is called in these tests.
const host = "onestory.test"

// secrets are the fixture of the safety contract. What a person keeps from others is
// Amina's; what is kept from the person is Marcus's; the key safe is Rita's, who has
// closed everything about her home. W stands for the word, P for the patient.
func secrets() []*secret {
	return []*secret{
		{name: "hiv-condition", whose: "amina", may: []string{"amina"}, kind: "Condition"},
		{name: "hiv-medicine", whose: "amina", may: []string{"amina"}, kind: "MedicationRequest"},
		{name: "hiv-result", whose: "amina", may: []string{"amina"}, kind: "Observation"},
		{name: "hiv-letter", whose: "amina", may: []string{"amina"}, kind: "DocumentReference"},
		{name: "once-sensitive", whose: "amina", may: []string{"amina"}, kind: "Observation"},
		{name: "deleted-note", whose: "amina", may: []string{"amina"}, kind: "Observation"},
		{name: "serious-harm", whose: "marcus", kind: "Observation"},
		{name: "third-party-letter", whose: "marcus", kind: "DocumentReference"},
		{name: "key-safe", whose: "rita", may: []string{"rita"}, kind: "Flag"},
		{name: "hidden-appointment", whose: "amina", may: []string{"amina"}, kind: "Appointment"},
	}
}

const topic = `"meta":{"security":[{"system":"urn:onestory:topic","code":"%s"}]}`

// written is each secret as its source sends it.
var written = map[string]string{
	"hiv-condition": `{"resourceType":"Condition","id":"I","subject":{"reference":"Patient/P"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
		"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008","display":"W"}],"text":"W"},"recordedDate":"2026-11-21","note":[{"text":"W"}]}`,
	"hiv-medicine": `{"resourceType":"MedicationRequest","id":"I","status":"active","intent":"order","subject":{"reference":"Patient/P"},"authoredOn":"2026-11-21",
		"medicationCodeableConcept":{"text":"W tablets"},"reasonReference":[{"reference":"Condition/Ihiv-condition"}]}`,
	"hiv-result": `{"resourceType":"Observation","id":"I","status":"final","subject":{"reference":"Patient/P"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],
		"code":{"coding":[{"system":"http://loinc.org","code":"20447-9","display":"W"}]},"valueQuantity":{"value":40,"unit":"copies/mL"},"note":[{"text":"W"}],"effectiveDateTime":"2026-11-21"}`,
	"hiv-letter": `{"resourceType":"DocumentReference","id":"I","status":"current","subject":{"reference":"Patient/P"},"description":"W","category":[{"coding":[{"system":"urn:onestory:topic","code":"sexual-health"}]}],
		"date":"2026-11-21T10:00:00Z","content":[{"attachment":{"contentType":"text/plain","title":"W","data":"eno="}}]}`,
	"once-sensitive": `{"resourceType":"Observation","id":"I",` + fmt.Sprintf(topic, "mental-health") + `,"status":"final","subject":{"reference":"Patient/P"},"code":{"text":"W"},"valueString":"W","effectiveDateTime":"2026-11-20"}`,
	"hidden-appointment": `{"resourceType":"Appointment","id":"I",` + fmt.Sprintf(topic, "sexual-health") + `,"status":"booked","description":"W","start":"2026-11-23T09:00:00Z","end":"2026-11-23T09:20:00Z",
		"participant":[{"actor":{"reference":"Patient/P"},"status":"accepted"}]}`,
	"serious-harm": `{"resourceType":"Observation","id":"I",` + fmt.Sprintf(topic, "serious-harm") + `,"status":"final","subject":{"reference":"Patient/P"},"code":{"text":"W"},"valueString":"W","effectiveDateTime":"2026-11-21"}`,
	"third-party-letter": `{"resourceType":"DocumentReference","id":"I",` + fmt.Sprintf(topic, "third-party") + `,"status":"current","subject":{"reference":"Patient/P"},"description":"W","date":"2026-11-21T10:00:00Z",
		"content":[{"attachment":{"contentType":"text/plain","title":"W","data":"eno="}}]}`,
	"key-safe": `{"resourceType":"Flag","id":"I",` + fmt.Sprintf(topic, "home-entry") + `,"status":"active","subject":{"reference":"Patient/P"},"code":{"text":"Key safe W"}}`,
}

const sleeps = "Sleeps through the night"

// plain is the entry once-sensitive as it is in both worlds: about nothing special.
const plain = `{"resourceType":"Observation","id":"I","status":"final","subject":{"reference":"Patient/P"},"code":{"text":"` + sleeps + `"},"valueString":"` + sleeps + `","effectiveDateTime":"2026-11-20"}`

// extras are people beside the cast: whose names are in the area, and one of each role
// that has no business with any one person.
var extras = []account.Account{{ID: "gwen", Name: "Gwen Ashby", Role: "organisation-admin"}}

// makeWorld builds a world, with the secrets in it when kept is set.
func makeWorld(t testing.TB, where string, kept bool) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{log: &locked{}, secrets: secrets()}
	house, err := app.Open(ctx, app.Config{
		Data: t.TempDir(), Database: where, Clock: clock.Fake(func() time.Time { return noon.Add(time.Duration(w.since.Load()) * time.Microsecond) }),
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	w.house = house
	if err := house.Populate(ctx, people, nil); err != nil {
		t.Fatal(err)
	}
	for _, x := range extras {
		if err := house.Accounts.Put(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for b := range demo.Area(app.DemoSeed, people, noon) {
		if b.Who != "" && !seen[b.Who] {
			seen[b.Who] = true
			w.keep(t, b, kept)
		}
	}
	w.removed(t, kept)
	w.find(t)
	w.handler = house.Handler(w.withAll(t, house.Pages(app.Edge{Demo: true})))
	return w
}

// withAll are the pages and the FHIR edge as they are served, and besides bearers of the
// form test-NAME for those in the area who are not of the cast.
func (w *world) withAll(t testing.TB, served http.Handler) http.Handler {
	t.Helper()
	api, err := fhirapi.New(fhirapi.Parts{
		Door: w.house.Door, Directory: w.house.Directory, Spec: w.house.Spec, Clock: w.house.Clock, Log: w.house.Log, Secret: make([]byte, 32),
		Who: func(ctx context.Context, token string) (consent.Actor, error) {
			return w.house.Accounts.As(ctx, strings.TrimPrefix(token, "test-"))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(rec http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fhir/") && strings.HasPrefix(r.Header.Get("Authorization"), "Bearer test-") {
			api.ServeHTTP(rec, r)
			return
		}
		served.ServeHTTP(rec, r)
	})
}

// bearer is what somebody shows to the FHIR edge.
func bearer(who string) string {
	for _, r := range demo.Cast() {
		if r.Who == who {
			return "Bearer demo-" + who
		}
	}
	return "Bearer test-" + who
}

// keep takes in what somebody's practice sends that is a secret, and what is there
// in both worlds.
func (w *world) keep(t testing.TB, b demo.Bundle, kept bool) {
	t.Helper()
	a := record.Arrival{Source: b.Source, People: []record.Newcomer{{Foreign: b.Patient}}}
	at := map[string]int{}
	add := func(s *secret, text string, updated clock.Time) {
		if s.kind != "" && text != plain {
			w.word(s)
		}
		d := parsed(t, text, b.Who+"-", s)
		item := record.Item{Foreign: d.ID(), Doc: d, Updated: updated}
		for r := range d.References() {
			ref := record.Ref{Value: r.Value, Item: -1, Type: r.Ref.Type, ID: r.Ref.ID}
			if r.Ref.Type == "Patient" {
				ref.ID = b.Patient
			} else if i, ok := at[r.Ref.ID]; ok {
				ref.Item = i
			}
			item.Refs = append(item.Refs, ref)
		}
		at[d.ID()] = len(a.Items)
		a.Items = append(a.Items, item)
	}
	// In both worlds something comes from the source: that it sent something is told.
	add(&secret{name: "known"}, strings.ReplaceAll(plain, sleeps, "Walks to the shop"), 1)
	for _, s := range w.secrets {
		if s.whose == b.Who && kept && written[s.name] != "" {
			add(s, written[s.name], 1)
		}
	}
	w.receive(t, a)
	a.Items, at = nil, map[string]int{}
	for _, s := range w.secrets {
		if s.whose == b.Who && s.name == "once-sensitive" {
			add(s, plain, 2)
		}
	}
	w.receive(t, a)
}

func parsed(t testing.TB, text, prefix string, s *secret) *fhir.Doc {
	t.Helper()
	text = strings.NewReplacer(`"I`, `"`+prefix, `/I`, `/`+prefix, "W", s.word, "Patient/P", "Patient/p").Replace(text)
	text = strings.Replace(text, `"id":"`+prefix+`"`, `"id":"`+prefix+s.name+`"`, 1)
	d := new(fhir.Doc)
	if err := fhir.Parse([]byte(text), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// word gives a secret its canary: letters only, so that no code or id has it.
func (w *world) word(s *secret) {
	if s.word == "" {
		s.word = "zyzzyva" + strings.ReplaceAll(s.name, "-", "") + "quokka"
	}
}

// receive takes an arrival in.
func (w *world) receive(t testing.TB, a record.Arrival) {
	t.Helper()
	if len(a.Items) == 0 {
		return
	}
	if _, _, err := w.house.Door.Receive(context.Background(), a); err != nil {
		t.Fatal(err)
	}
}

// find notes which entries the secrets became.
func (w *world) find(t testing.TB) {
	t.Helper()
	for _, who := range []string{"amina", "marcus", "rita"} {
		err := w.house.Door.Export(context.Background(), "test", w.person(t, who), func(v record.View) error {
			return v.Every(func(e record.Entry) error {
				for _, s := range w.secrets {
					mark := s.word
					if s.name == "once-sensitive" {
						mark = sleeps
					}
					if s.whose == who && mark != "" && bytes.Contains(e.Doc.Bytes(), []byte(mark)) {
						s.entry = e.ID
					}
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// removed lets Amina write a note about something sensitive and take it out again.
func (w *world) removed(t testing.TB, kept bool) {
	t.Helper()
	for _, s := range w.secrets {
		if s.name != "deleted-note" || !kept {
			continue
		}
		w.word(s)
		s.entry = identity.New(int64(w.person(t, s.whose)))
		d := fhir.New("Observation").Set("status", "final").Set("subject.reference", "Patient/"+w.house.Door.Text(w.person(t, s.whose))).
			Set("meta.security", fhir.List{fhir.Obj{"system", "urn:onestory:topic", "code", "sexual-health"}}).
			Set("code.text", s.word).Set("valueString", s.word).Doc()
		who := w.actor(t, s.whose)
		own := func(work func(v record.View) error) {
			t.Helper()
			if err := w.house.Door.With(context.Background(), who, consent.Own, person.ID(who.Person), work); err != nil {
				t.Fatal(err)
			}
		}
		own(func(v record.View) error {
			return v.Put(record.Entry{Header: record.Header{ID: s.entry, Kind: s.kind}, Doc: d})
		})
		own(func(v record.View) error {
			e, err := v.Get(s.entry)
			if err != nil {
				return err
			}
			return v.Remove(s.entry, e.Version)
		})
	}
}

func (w *world) actor(t testing.TB, who string) consent.Actor {
	t.Helper()
	a, err := w.house.Accounts.As(context.Background(), who)
	if err != nil {
		t.Fatal(who, err)
	}
	return a
}

// person is the record of one of the cast.
func (w *world) person(t testing.TB, who string) person.ID {
	t.Helper()
	return person.ID(w.actor(t, who).Person)
}

// spilled are the secrets whose word a text has, though who reads it may not meet it.
func (w *world) spilled(who, text string) (names []string) {
	for _, s := range w.secrets {
		if s.word != "" && strings.Contains(strings.ToLower(text), s.word) && !slices.Contains(s.may, who) {
			names = append(names, s.name)
		}
	}
	return names
}

// A visitor is one actor in one world.
type visitor struct {
	*world
	who    string // "" is nobody
	cookie string
}

func (w *world) visitor(t testing.TB, who string) *visitor {
	t.Helper()
	v := &visitor{world: w, who: who}
	if who != "" {
		token, err := w.house.Accounts.Begin(context.Background(), who, account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		v.cookie = "onestory=" + token
	}
	return v
}

// A request is one to be made in both worlds. Ids in it are written as told writes them.
type request struct {
	method, path string
	header       map[string]string
	body         string
}

func get(path string) request { return request{method: http.MethodGet, path: path} }

func (r request) String() string {
	return fmt.Sprintf("%s %s %v %.300s", r.method, r.path, r.header, r.body)
}

// ask makes a request as this visitor. FHIR asks for a bearer, pages for a cookie.
func (v *visitor) ask(r request) *httptest.ResponseRecorder {
	q := httptest.NewRequest(r.method, "http://"+host+"/", strings.NewReader(r.body))
	if at, err := q.URL.Parse(r.path); err == nil {
		q.URL, q.RequestURI = at, r.path
	}
	q.Host = host
	q.RemoteAddr = "192.0.2.7:4711"
	if v.cookie != "" {
		q.Header.Set("Cookie", v.cookie)
		q.Header.Set("Authorization", bearer(v.who))
	}
	if r.method != http.MethodGet {
		q.Header.Set("Origin", "http://"+host)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, x := range r.header {
		q.Header.Set(k, x)
	}
	if strings.Contains(r.path, "/live") { // open for as long as somebody listens
		ctx, leave := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer leave()
		q = q.WithContext(ctx)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, q)
	return w
}
