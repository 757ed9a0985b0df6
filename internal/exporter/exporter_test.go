package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/directory"
	"onestory/internal/exporter"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

var ctx = context.Background()

type world struct {
	*testing.T
	door *record.Door
	dir  *directory.Directory
	spec *fhir.Spec
}

func newWorld(t *testing.T, d *db.DB) *world {
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
	return &world{t, door, directory.New(d, keys, make([]byte, 32)), spec}
}

func (w *world) imports(source string, paths ...string) importer.Counts {
	w.Helper()
	var report bytes.Buffer
	c, err := importer.Import(ctx, w.door, w.dir, w.spec, importer.Options{Source: source, Report: &report}, paths...)
	if err != nil {
		w.Fatal(err)
	}
	if c.Total.Refused > 0 || c.FilesRefused > 0 {
		w.Fatalf("%+v: %s", c, report.String())
	}
	return c
}

func (w *world) everyone() (all []person.ID) {
	w.Helper()
	err := w.door.Everyone(ctx, func(p person.ID) error { all = append(all, p); return nil })
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func self(p person.ID) consent.Actor {
	return consent.Actor{Account: "self", Name: "Self", Role: "resident", Person: int64(p), Individual: consent.Party{Level: consent.Individual, ID: "self"}}
}

// exported are all people's Bundles, parsed.
func (w *world) exported(o exporter.Options) (all []*fhir.Doc, counts exporter.Counts) {
	w.Helper()
	counts = exporter.Counts{}
	for _, p := range w.everyone() {
		var b bytes.Buffer
		c, err := exporter.Person(ctx, w.dir, w.as(self(p), consent.Own), p, o, &b)
		if err != nil {
			w.Fatal(err)
		}
		for kind, n := range c {
			counts[kind] += n
		}
		d := new(fhir.Doc)
		if err := (fhir.Limits{Nodes: 1 << 22}).Parse(b.Bytes(), d); err != nil {
			w.Fatalf("the export cannot be read: %v: %.300s", err, b.String())
		}
		all = append(all, d)
	}
	return all, counts
}

// resources are the resources of Bundles by type and id.
func resources(docs ...*fhir.Doc) map[string][]byte {
	all := map[string][]byte{}
	for _, d := range docs {
		for e := range d.Root().Get("entry").Elems() {
			r := e.Get("resource")
			name := r.Get("resourceType").Str() + "/" + r.Get("id").Str()
			if r.Get("id").Str() == "" {
				name += e.Get("fullUrl").Str()
			}
			all[name] = r.Raw()
		}
	}
	return all
}

// same fails the test unless both hold the same resources.
func same(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	for name, w := range want {
		g, there := got[name]
		switch {
		case !there:
			t.Errorf("%s did not come back", name)
		case !fhir.EqualJSON(g, w):
			t.Fatalf("%s came back as\n%.2000s\nand was\n%.2000s", name, fhir.Compact(nil, g), fhir.Compact(nil, w))
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			t.Errorf("%s came from nowhere", name)
		}
	}
}

func parsed(t *testing.T, b []byte) *fhir.Doc {
	t.Helper()
	d := new(fhir.Doc)
	if err := (fhir.Limits{Nodes: 1 << 22}).Parse(b, d); err != nil {
		t.Fatal(err)
	}
	return d
}

var mixed = `{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"https://gp.example/fhir/Patient/p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Yusuf"}],"generalPractitioner":[{"reference":"https://gp.example/fhir/Organization/o"}]},"request":{"method":"PUT","url":"Patient/p"}},
 {"fullUrl":"https://gp.example/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:ods","value":"E1"}],"name":"Acton Surgery","partOf":{"reference":"Organization/elsewhere"}},"request":{"method":"PUT","url":"Organization/o"}},
 {"fullUrl":"urn:uuid:0b0c8a30-0000-4000-8000-000000000001","resource":{"resourceType":"Condition","subject":{"reference":"Patient/p"},"recorder":{"reference":"Practitioner/unknown"},"asserter":{"reference":"#me"},"contained":[{"resourceType":"Practitioner","id":"me"}],"onsetAge":{"value":3.10},"extension":[{"url":"urn:x","valueDecimal":1.0E+2}]},"request":{"method":"POST","url":"Condition"}},
 {"fullUrl":"https://gp.example/fhir/Encounter/e","resource":{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p/_history/3"},"serviceProvider":{"reference":"Organization?identifier=urn:ods|E1"},"diagnosis":[{"condition":{"reference":"urn:uuid:0b0c8a30-0000-4000-8000-000000000001"}}],"partOf":{"reference":"https://other.example/fhir/Encounter/9"}},"request":{"method":"PUT","url":"Encounter/e"}},
 {"fullUrl":"https://gp.example/fhir/DocumentReference/d","resource":{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/p"},"content":[{"attachment":{"contentType":"text/plain","data":"` + strings.Repeat("QUJD", 5000) + `"}}]},"request":{"method":"PUT","url":"DocumentReference/d"}}
]}`

func TestWhatCameInComesOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		path := filepath.Join(t.TempDir(), "mixed.json")
		if err := os.WriteFile(path, []byte(mixed), 0o600); err != nil {
			t.Fatal(err)
		}
		if c := w.imports("gp", path); c.Total.New != 5 {
			t.Fatalf("%+v", c)
		}
		docs, counts := w.exported(exporter.Options{References: exporter.Original})
		want := resources(parsed(t, []byte(mixed)))
		same(t, resources(docs...), want)
		if !maps.Equal(counts, exporter.Counts{"Patient": 1, "Organization": 1, "Condition": 1, "Encounter": 1, "DocumentReference": 1}) {
			t.Errorf("%v went out", counts)
		}
		docs, _ = w.exported(exporter.Options{Base: "https://onestory.example/fhir"})
		ours := docs[0]
		if ours.Text("entry.resource.meta.versionId") == "" || !strings.HasPrefix(ours.Text("entry.fullUrl"), "https://onestory.example/fhir/Patient/a") {
			t.Errorf("our own form is %.300s", ours.Bytes())
		}
		if all := string(ours.Bytes()); !strings.Contains(all, "3.10") || !strings.Contains(all, "1.0E+2") || !strings.Contains(all, strings.Repeat("QUJD", 5000)) || strings.Contains(all, `"Patient/p"`) {
			t.Errorf("our own form is %.3000s", all)
		}
	})
}

func TestNothingLeavesUnlessTheDoorOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "one.db"), db.Options{}))
	path := filepath.Join(t.TempDir(), "mixed.json")
	if err := os.WriteFile(path, []byte(mixed), 0o600); err != nil {
		t.Fatal(err)
	}
	w.imports("gp", path)
	var b bytes.Buffer
	stranger := self(1)
	_, err := exporter.Person(ctx, w.dir, w.as(stranger, consent.Own), w.everyone()[0], exporter.Options{}, &b)
	if !errors.Is(err, fault.Withheld) || b.Len() != 0 {
		t.Errorf("a stranger got %d bytes and %v", b.Len(), err)
	}
	open := func(p person.ID, work func(record.View) error) error { return w.door.Export(ctx, "a test", p, work) }
	c, err := exporter.All(ctx, w.door, w.dir, open, exporter.Options{References: exporter.Original}, &b)
	if err != nil || c["Patient"] != 1 || c["Organization"] != 1 || strings.Count(b.String(), "\n") != 5 {
		t.Errorf("everyone is %v, %v:\n%.2000s", c, err, b.String())
	}
	for line := range strings.Lines(b.String()) {
		parsed(t, []byte(line))
	}
}

// A folder of Bundles, when there is one: what came in comes out.
func TestAFolderComesBack(t *testing.T) {
	folder := os.Getenv("ONESTORY_FHIR_DIR")
	if folder == "" {
		t.Skip("set ONESTORY_FHIR_DIR to a folder of FHIR Bundles to run this")
	}
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, "there are no files")
	}
	want := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(want, resources(parsed(t, b)))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first := w.imports("folder", folder)
		docs, counts := w.exported(exporter.Options{References: exporter.Original})
		same(t, resources(docs...), want)
		for kind, c := range first.Types {
			if record.Public(kind) { // several files name the same ones, and several people lead to them
				c.New, counts[kind] = c.New+c.Unchanged, c.Read
			}
			if c.New != c.Read || counts[kind] != c.Read {
				t.Errorf("%s: %+v came in, %d went out", kind, c, counts[kind])
			}
		}
		if again := w.imports("folder", folder); again.Total.Unchanged != first.Total.Read {
			t.Errorf("again: %+v", again.Total)
		}
	})
}

// as opens people as an actor.
func (w *world) as(who consent.Actor, why consent.Purpose) exporter.Opener {
	return func(p person.ID, work func(record.View) error) error { return w.door.With(ctx, who, why, p, work) }
}
