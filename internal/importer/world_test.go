package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/directory"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

var ctx = context.Background()

// A world is a database with a door and a directory, and a folder for files.
type world struct {
	testing.TB
	door   *record.Door
	dir    *directory.Directory
	spec   *fhir.Spec
	folder string
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	keys, err := id.NewKeys('a', make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	door, err := record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := door.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{TB: t, door: door, dir: directory.New(d, keys, make([]byte, 32)), spec: spec, folder: t.TempDir()}
}

// each runs body in a fresh world on both databases.
func each(t *testing.T, body func(w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { body(newWorld(t, d)) })
}

// file writes a file into the world's folder, as of 1 January 2020.
func (w *world) file(name, text string) string {
	w.Helper()
	path := filepath.Join(w.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	when := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, when, when); err != nil {
		w.Fatal(err)
	}
	return path
}

// imports imports paths and fails the test unless the totals are as wanted: new,
// changed, unchanged, refused. It returns the report.
func (w *world) imports(o importer.Options, want [4]int, paths ...string) []importer.Line {
	w.Helper()
	c, lines := w.tries(o, paths...)
	if got := [4]int{c.Total.New, c.Total.Changed, c.Total.Unchanged, c.Total.Refused}; got != want {
		w.Errorf("new, changed, unchanged and refused are %v, not %v: %+v", got, want, lines)
	}
	if sum := c.Total.New + c.Total.Changed + c.Total.Unchanged + c.Total.Refused; sum != c.Total.Read {
		w.Errorf("%d were read, and %d of them accounted for", c.Total.Read, sum)
	}
	return lines
}

func (w *world) tries(o importer.Options, paths ...string) (importer.Counts, []importer.Line) {
	w.Helper()
	var report bytes.Buffer
	o.Report = &report
	c, err := importer.Import(ctx, w.door, w.dir, w.spec, o, paths...)
	if err != nil {
		w.Fatal(err)
	}
	var lines []importer.Line
	for d := json.NewDecoder(&report); d.More(); {
		var l importer.Line
		if err := d.Decode(&l); err != nil {
			w.Fatal(err)
		}
		lines = append(lines, l)
	}
	return c, lines
}

// everyone lists the people there are.
func (w *world) everyone() (all []person.ID) {
	w.Helper()
	err := w.door.Everyone(ctx, func(p person.ID) error { all = append(all, p); return nil })
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// self is the person themselves.
func self(p person.ID) consent.Actor {
	return consent.Actor{Account: "self", Name: "Self", Role: "resident", Person: int64(p), Individual: consent.Party{Level: consent.Individual, ID: "self"}}
}

// own opens a person to themselves.
func (w *world) own(p person.ID, work func(record.View) error) {
	w.Helper()
	if err := w.door.With(ctx, self(p), consent.Own, p, work); err != nil {
		w.Fatal(err)
	}
}

// one is the only entry of a kind that anybody has.
func (w *world) one(kind string) (found *fhir.Doc) {
	w.Helper()
	for _, p := range w.everyone() {
		w.own(p, func(v record.View) error {
			return v.All(kind, func(e record.Entry) error {
				if found != nil {
					w.Errorf("there is more than one %s", kind)
				}
				found = e.Doc
				return nil
			})
		})
	}
	if found == nil {
		w.Fatalf("there is no %s", kind)
	}
	return found
}

// zipped is text compressed.
func zipped(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The people and things of the tests.
const (
	verified = `"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"number-present-and-verified"}]}}],`
	clinic   = `{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:ods","value":"E1"}],"name":"Acton Surgery"}`
)

// patient is a Patient with an NHS number, which is verified or not.
func patient(id, nhs, born string, proved bool) string {
	status := ""
	if proved {
		status = verified
	}
	return `{"resourceType":"Patient","id":"` + id + `","identifier":[{` + status + `"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + nhs + `"}],"name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"` + born + `"}`
}

// condition is a Condition about somebody.
func condition(id, subject, text string) string {
	return `{"resourceType":"Condition","id":"` + id + `","subject":{"reference":"` + subject + `"},"code":{"text":"` + text + `"},"extension":[{"url":"urn:weight","valueDecimal":107.50}]}`
}

// bundle puts resources into a Bundle with fullUrls of urn:uuid: and their ids.
func bundle(kind, more string, resources ...string) string {
	var entries []string
	for _, r := range resources {
		var d fhir.Doc
		request := ""
		if fhir.Parse([]byte(r), &d) == nil && d.Type() != "" {
			if kind == "transaction" || kind == "batch" {
				request = `,"request":{"method":"POST","url":"` + d.Type() + `"}`
			}
			entries = append(entries, `{"fullUrl":"urn:uuid:`+d.ID()+`","resource":`+r+request+`}`)
		} else {
			entries = append(entries, r)
		}
	}
	return `{"resourceType":"Bundle","type":"` + kind + `",` + more + `"entry":[` + strings.Join(entries, ",") + `]}`
}
