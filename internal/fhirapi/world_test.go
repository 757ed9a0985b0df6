package fhirapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/db/dbtest"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A world is a house with an area, and a program that asks it.
type world struct {
	*testing.T
	house   *app.House
	handler http.Handler
	log     *strings.Builder
}

// each runs body in an area on SQLite and in one on PostgreSQL.
func each(t *testing.T, body func(w *world)) {
	t.Helper()
	run := func(t *testing.T, where string) {
		w := &world{T: t, log: new(strings.Builder)}
		var err error
		w.house, err = app.Open(context.Background(), app.Config{
			Data: t.TempDir(), Database: where, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := w.house.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := w.house.Populate(context.Background(), 14, nil); err != nil {
			t.Fatal(err)
		}
		w.handler = w.house.Handler(w.house.Pages(app.Edge{Demo: true, Base: "https://onestory.test"}))
		body(w)
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, "") })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, dbtest.Postgres(t)) })
}

// A got is an answer.
type got struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// ask sends a request as one of the cast, "" for nobody. headers are name, value in turns.
func (w *world) ask(who, method, path, body string, headers ...string) got {
	w.Helper()
	r := httptest.NewRequest(method, "https://onestory.test/fhir"+path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer demo-"+who)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.send("", r)
}

// A neverRead is a body that nobody may read.
type neverRead struct{ *testing.T }

// Read fails the test.
func (n neverRead) Read([]byte) (int, error) {
	n.Error("what is too large was read")
	return 0, io.EOF
}

func (w *world) send(who string, r *http.Request) got {
	w.Helper()
	if who != "" {
		r.Header.Set("Authorization", "Bearer demo-"+who)
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	method, path := r.Method, r.URL.Path
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	g := got{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
	g.header.Del("X-Request-Id")
	if strings.Contains(g.header.Get("Content-Type"), "json") && method != http.MethodHead && g.body != "" {
		if err := json.Unmarshal([]byte(g.body), &g.json); err != nil {
			w.Errorf("%s %s: not JSON: %v\n%.300s", method, path, err, g.body)
		}
	}
	if g.header.Get("Cache-Control") != "no-store" {
		w.Errorf("%s %s may be kept by a cache", method, path)
	}
	if g.status >= 500 {
		w.Errorf("%s %s: %d %s", method, path, g.status, g.body)
	}
	return g
}

func (w *world) get(who, path string, headers ...string) got {
	w.Helper()
	return w.ask(who, http.MethodGet, path, "", headers...)
}

// want checks a status.
func (w *world) want(g got, status int, what string) got {
	w.Helper()
	if g.status != status {
		w.Errorf("%s: answered %d, not %d\n%.400s", what, g.status, status, g.body)
	}
	return g
}

// same checks that two answers cannot be told apart, but for what was asked for.
func (w *world) same(what string, a, b got, names ...string) {
	w.Helper()
	clean := func(g got) string {
		s := fmt.Sprint(g.status, g.header, g.body)
		for i := 0; i+1 < len(names); i += 2 {
			s = strings.ReplaceAll(s, names[i], names[i+1])
		}
		return dates.ReplaceAllString(s, "DATE")
	}
	if x, y := clean(a), clean(b); x != y {
		w.Errorf("%s: told apart\n%.600s\n--\n%.600s", what, x, y)
	}
}

// id is the outer form of the record of one of the cast.
func (w *world) id(who string) string { return w.house.Door.Text(w.person(who)) }

func (w *world) person(who string) person.ID {
	w.Helper()
	x, err := w.house.Accounts.Get(context.Background(), who)
	if err != nil {
		w.Fatal(err)
	}
	return x.Person
}

// entries are what the door keeps of somebody, whoever may see it.
func (w *world) entries(who string, yield func(record.Entry)) {
	w.Helper()
	err := w.house.Door.Export(context.Background(), "test", w.person(who), func(v record.View) error {
		return v.Every(func(e record.Entry) error { yield(e); return nil })
	})
	if err != nil {
		w.Fatal(err)
	}
}

// one is an entry of a type of somebody's.
func (w *world) one(who, kind string) (id string) {
	w.Helper()
	w.entries(who, func(e record.Entry) {
		if e.Kind == kind && id == "" {
			id = w.house.Door.EntryText(e.ID)
		}
	})
	if id == "" {
		w.Fatalf("%s has no %s", who, kind)
	}
	return id
}

// journal counts the lines of somebody's journal that were judged so.
func (w *world) journal(who, judged string) (n int) {
	w.Helper()
	actor, err := w.house.Accounts.As(context.Background(), who)
	if err != nil {
		w.Fatal(err)
	}
	err = w.house.Door.With(context.Background(), actor, consent.Own, w.person(who), func(v record.View) error {
		n = 0
		return v.Journal(context.Background(), 1000, func(l record.Line) error {
			if l.Judged == judged {
				n++
			}
			return nil
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func list(m map[string]any, name string) []any {
	l, _ := m[name].([]any)
	return l
}

func resources(g got) (all []map[string]any) {
	for _, e := range list(g.json, "entry") {
		r, _ := e.(map[string]any)["resource"].(map[string]any)
		all = append(all, r)
	}
	return all
}

func link(g got, relation string) string {
	for _, l := range list(g.json, "link") {
		if l := l.(map[string]any); l["relation"] == relation {
			return strings.TrimPrefix(l["url"].(string), "https://onestory.test/fhir")
		}
	}
	return ""
}
