package record_test

import (
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

func TestWhatAChangeWroteIsReadUnderItsOwnLine(t *testing.T) {
	each(t, func(w *world) {
		note := id.New(int64(w.amina))
		d := new(fhir.Doc)
		text := `{"resourceType":"Condition","subject":{"reference":"Patient/` + w.door.Text(w.amina) + `"},"code":{"text":"Sore knee"}}`
		if err := fhir.Parse([]byte(text), d); err != nil {
			w.Fatal(err)
		}
		var kept record.Entry
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			v.Kept(func(v record.View) (err error) {
				kept, err = v.Get(note)
				return err
			})
			return v.Put(record.Entry{Header: record.Header{ID: note, Kind: "Condition"}, Doc: d})
		})
		if kept.Version == 0 || kept.Doc.Text("code.text") != "Sore knee" || kept.Author != (record.Author{Account: record.ThePerson, Name: "Amina Yusuf"}) {
			w.Errorf("what was kept is read as %+v", kept.Header)
		}
		lines := 0
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.Journal(ctx, 100, func(l record.Line) error {
				if l.Who.Account == "amina" {
					lines++
				}
				return nil
			})
		})
		if lines != 1 {
			w.Errorf("writing and reading what was written left %d lines, not one", lines)
		}
		// What the change did not write is not under its line.
		err := w.door.With(ctx, w.own, consent.Own, w.amina, func(v record.View) error {
			v.Kept(func(v record.View) error {
				return v.All("AllergyIntolerance", func(record.Entry) error { return nil })
			})
			kept.Doc = d
			return v.Put(kept)
		})
		if _, answered := fault.Of(err); err == nil || answered {
			w.Error("reading anything else under it:", err)
		}
	})
}
