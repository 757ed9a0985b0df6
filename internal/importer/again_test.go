package importer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fhir"
	"onestory/internal/importer"
	"onestory/internal/record"
)

func TestWhatWasCorrectedHereStays(t *testing.T) {
	each(t, func(w *world) {
		is := func(text string) string {
			return bundle("collection", `"timestamp":"`+text+`-01-01T00:00:00Z",`, patient("p", "9990000018", "1951-03-02", true), condition("c", "urn:uuid:p", text))
		}
		w.imports(importer.Options{}, [4]int{2, 0, 0, 0}, w.file("1.json", is("2021")))
		w.own(w.everyone()[0], func(v record.View) error {
			return v.All("Condition", func(e record.Entry) error {
				e.Doc = edited(t, e.Doc)
				return v.Put(e)
			})
		})
		w.imports(importer.Options{}, [4]int{0, 0, 2, 0}, w.file("2.json", is("2023")))
		if text := w.one("Condition").Text("code.text"); text != "Corrected" {
			t.Errorf("the condition is of %s", text)
		}
	})
}

// edited is a document with other words.
func edited(t *testing.T, d *fhir.Doc) *fhir.Doc {
	t.Helper()
	e := new(fhir.Doc)
	b := fhir.Splice(nil, d, []fhir.Edit{fhir.Replace(d.Root().Get("code").Get("text"), []byte(`"Corrected"`))})
	if err := fhir.Parse(b, e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnInterruptedImportIsFinishedByStartingItAgain(t *testing.T) {
	each(t, func(w *world) {
		for i := range 20 {
			id := fmt.Sprintf("p%02d", i)
			w.file(id+".json", bundle("transaction", "", patient(id, "999000001"+fmt.Sprint(i%10), "1951-03-02", false), condition("c"+id, "urn:uuid:"+id, "x")))
		}
		stopping, stop := context.WithCancel(ctx)
		o := importer.Options{Progress: func(p importer.Progress) {
			if p.Counts.Total.New >= 6 {
				stop()
			}
		}}
		c, err := importer.Import(stopping, w.door, w.dir, w.spec, o, w.folder)
		if !errors.Is(err, context.Canceled) || c.Total.New < 6 || c.Total.New == 40 {
			t.Fatalf("%+v, %v", c.Total, err)
		}
		w.imports(importer.Options{}, [4]int{40 - c.Total.New, 0, c.Total.New, 0}, w.folder)
	})
}

func TestAPersonMayComeInALaterFile(t *testing.T) {
	each(t, func(w *world) {
		w.file("a.json", bundle("transaction", "", clinic, condition("c", "Patient/p", "x")))
		w.file("b.json", bundle("batch", "", condition("d", "Patient/p", "x"), condition("e", "Patient/nobody", "x")))
		w.file("c.json", bundle("batch", "", patient("p", "9990000018", "1951-03-02", true)))
		lines := w.imports(importer.Options{}, [4]int{4, 0, 0, 1}, w.folder)
		if len(lines) != 1 || !strings.HasSuffix(lines[0].File, "b.json") || *lines[0].Entry != 1 {
			t.Errorf("the report is %+v", lines)
		}
	})
}

func TestATransactionOfTooManyIsRefusedEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "one.db"), db.Options{}))
	var b bytes.Buffer
	b.WriteString(`{"resourceType":"Bundle","type":"transaction","entry":[{}`)
	for range 100_000 {
		b.WriteString(`,{"resource":{"resourceType":"Basic","code":{"text":"` + "one of a great many that are all the same and say nothing at all, not one of them" + `"},"subject":{"reference":"Patient/somebody"}}}`)
	}
	b.WriteString("] and here it is broken, which nobody finds out")
	c, lines := w.tries(importer.Options{}, w.file("many.json", b.String()))
	if c.Total.Read != 0 || c.FilesRefused != 1 || len(lines) != 1 || !strings.Contains(lines[0].Reason, "100,000 entries") {
		t.Errorf("%+v, %+v", c, lines)
	}
}

// Whatever a file holds, it is read without a failure of ours, and everything that
// was read is accounted for.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		bundle("transaction", "", patient("p", "9990000018", "1951-03-02", true), clinic, condition("c", "urn:uuid:p", "x")),
		bundle("batch", `"timestamp":"2020-01-01T00:00:00Z",`, patient("p", "1", "1951", false), condition("c", "Patient?identifier=a|b", "x")),
		patient("p", "9990000018", "1951-03-02", true) + "\n" + condition("c", "Patient/p", "x") + "\n{",
		`{"resourceType":"Provenance","id":"v","target":[{"reference":"Provenance/v"}]}`, "\x1f\x8b\x08\x00", "[]", "{}", "",
	} {
		f.Add([]byte(seed))
	}
	w := newWorld(f, dbtest.Open(f, filepath.Join(f.TempDir(), "one.db"), db.Options{}))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := importer.Import(ctx, w.door, w.dir, w.spec, importer.Options{Stdin: bytes.NewReader(text)}, "-")
		if err != nil {
			t.Fatal(err)
		}
		if n := c.Total; n.Read != n.New+n.Changed+n.Unchanged+n.Refused {
			t.Errorf("%+v", n)
		}
	})
}
