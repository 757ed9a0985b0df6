package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/fhirapi"
	"onestory/internal/id"
)

// programEntries is how many resources each person has whom programs ask about.
const programEntries = 21

// programs measures the FHIR edge as its handler answers, journalled, without a
// network: many at once, each about somebody else.
func (b *bench) programs(ctx context.Context, kind string, open func(string, uint64) (*world, error)) error {
	if !b.wants("fhir") {
		return nil
	}
	w, err := open("programs", cacheAll)
	if err != nil {
		return err
	}
	if err := w.settle(ctx, 0, b.pick(1000, 150), programEntries); err != nil {
		return err
	}
	api, err := fhirapi.New(fhirapi.Parts{
		Door: w.door, Directory: directory.New(w.db, w.keys, make([]byte, 32)), Spec: w.spec, Secret: make([]byte, 32),
		Who: func(context.Context, string) (consent.Actor, error) { return nurse, nil },
	})
	if err != nil {
		return err
	}
	rows, err := newRows(ctx, w.db)
	if err != nil {
		return err
	}
	const writers = 64
	readers := make([]*rawReader, writers)
	for i := range readers {
		if readers[i], err = newRawReader(ctx, w.db); err != nil {
			return err
		}
	}
	patient := func(i int) string { return w.keys.Text(id.Entry{Person: int64(w.at(i))}) }
	for _, f := range []struct {
		name string
		path func(i int) string
		goal float64 // on SQLite; half of it on PostgreSQL
	}{
		{"read", func(i int) string { return "/fhir/Condition/" + w.keys.Text(w.notes[i*7%len(w.notes)]) }, 6000},
		{"search in a person", func(i int) string {
			return "/fhir/Observation?patient=" + patient(i) + "&code=http://loinc.org%7C8867-4"
		}, 3000},
		{"everything, 21 resources", func(i int) string { return "/fhir/Patient/" + patient(i) + "/$everything" }, 2000},
	} {
		ours := func(writer, i int) error {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, f.path(writer*31+i), nil)
			r.Header.Set("Authorization", "Bearer x")
			rec := httptest.NewRecorder()
			api.ServeHTTP(rec, r)
			if rec.Code != http.StatusOK {
				return fmt.Errorf("fhir %s: answered %d: %.200s", f.name, rec.Code, rec.Body)
			}
			return nil
		}
		raw := func(writer, i int) error {
			if err := readers[writer].person(ctx, w.at(writer*31+i)); err != nil {
				return err
			}
			return rows.insert(ctx, 420)
		}
		r, err := rates(b.pick(4, 2), writers, time.Duration(b.pick(500, 250))*time.Millisecond, ours, raw)
		if err != nil {
			return err
		}
		goal := f.goal
		if kind != "SQLite" {
			goal /= 2
		}
		b.add(figure{
			Name: "fhir " + f.name + ", 64 at once", On: kind, Unit: "/s", P50: r[0].often,
			Raw:    "select the person's rows and decompress them, and insert one row of as many bytes as a look in a transaction each",
			RawP50: r[1].often, Ratio: r[0].often / r[1].often, CPU: r[0].cpu, RawCPU: r[1].cpu,
			Goal: fmt.Sprintf("%.0f/s", goal), Ceiling: fmt.Sprintf("%.0f/s", goal), Met: judge(-r[0].often, -goal, -goal),
		})
	}
	return nil
}
