package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// rows is a table of bytes, for counterparts that write.
type rows struct{ db *db.DB }

func newRows(ctx context.Context, d *db.DB) (*rows, error) {
	return &rows{db: d}, d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS bench_row (id BIGINT NOT NULL PRIMARY KEY, bytes BYTEA NOT NULL)`)
		return err
	})
}

func (r *rows) insert(ctx context.Context, size int) error {
	n := id.Random() // as scattered as people are
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * int(n))
	}
	return r.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO bench_row (id, bytes) VALUES ($1, $2)`, n, b)
		return err
	})
}

// changes measures changes by one writer, and by sixteen.
func (b *bench) changes(ctx context.Context, kind, dir string, w *world, door *record.Door) error {
	if !b.wants("change") {
		return nil
	}
	f, err := os.Create(filepath.Join(dir, "sync-"+kind))
	if err != nil {
		return err
	}
	defer f.Close()
	page := make([]byte, 4096)
	end := int64(0)
	s, err := inTurns(b.pick(400, 120), func() error { return nil },
		timed(func(i int) error { return w.note(ctx, door, i%len(w.people), i) }),
		timed(func(i int) error {
			if _, err := f.WriteAt(page, end); err != nil {
				return err
			}
			end += int64(len(page))
			return syscall.Fdatasync(int(f.Fd()))
		}))
	if err != nil {
		return err
	}
	ratio := s[0].at(.5) / s[1].at(.5)
	b.add(figure{
		Name: "change, one writer", On: kind, Unit: "us", P50: s[0].at(.5), P99: s[0].at(.99), Raw: "append 4 kB to a file and fdatasync it",
		RawP50: s[1].at(.5), RawP99: s[1].at(.99), Ratio: ratio, Goal: "2x", Ceiling: "3x", Met: judge(ratio, 2, 3),
	})
	return b.manyChanges(ctx, kind, w, door)
}

// note changes an entry of one person, as somebody who has the present version.
func (w *world) note(ctx context.Context, door *record.Door, p, i int) error {
	return door.With(ctx, nurse, consent.Care, w.people[p], func(v record.View) error {
		e, err := v.Get(w.notes[p])
		if err != nil {
			return err
		}
		d := new(fhir.Doc)
		text := `[{"text":"Seen at home, visit ` + strconv.Itoa(i) + `"}]`
		if err := fhir.Parse(fhir.Splice(nil, e.Doc, []fhir.Edit{fhir.Set(e.Doc.Root(), "note", []byte(text))}), d); err != nil {
			return err
		}
		e.Doc = d
		return v.Put(e)
	})
}

// manyChanges sets sixteen writers on sixteen people each beside the same where
// nothing is synced: an SQLite file in memory, whose syncs do nothing. What is left
// of a change there is what the processor has to do for it.
func (b *bench) manyChanges(ctx context.Context, kind string, w *world, door *record.Door) error {
	const writers = 16
	change := func(w *world, door *record.Door) func(writer, i int) error {
		each := max(len(w.people)/writers, 1)
		return func(writer, i int) error { return w.note(ctx, door, (writer*each+i%each)%len(w.people), i) }
	}
	what := []func(writer, i int) error{change(w, door)}
	f := figure{Name: "changes, 16 writers", On: kind, Unit: "/s"}
	if kind == "SQLite" {
		memory, done, err := b.unsynced(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, "Without the counterpart that does not sync:", err)
		} else {
			defer done()
			what = append(what, change(memory, memory.door))
			f.Raw, f.Goal, f.Ceiling = "the same on a file in memory, where syncs cost nothing", "0.5x", "0.5x"
		}
	} else {
		rows, err := newRows(ctx, w.db)
		if err != nil {
			return err
		}
		what = append(what, func(int, int) error { return rows.insert(ctx, 700) })
		f.Raw = "insert one row of as many bytes in a transaction each"
	}
	r, err := rates(b.pick(4, 2), writers, time.Duration(b.pick(500, 200))*time.Millisecond, what...)
	if err != nil {
		return err
	}
	f.P50, f.CPU = r[0].often, r[0].cpu
	if len(r) > 1 {
		f.RawP50, f.RawCPU, f.Ratio = r[1].often, r[1].cpu, r[0].often/r[1].often
	}
	if f.Goal != "" {
		f.Met = judge(-f.Ratio, -0.5, -0.5)
	}
	b.add(f)
	return nil
}

// unsynced is a world on a file in memory.
func (b *bench) unsynced(ctx context.Context) (*world, func(), error) {
	dir, err := os.MkdirTemp("/dev/shm", "onestory-bench-")
	if err != nil {
		return nil, nil, err
	}
	w, err := newWorld(ctx, filepath.Join(dir, "people.db"), cacheAll)
	if err == nil {
		err = w.settle(ctx, 0, b.pick(200, 40), manyEntries)
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return w, sync.OnceFunc(func() { w.close(); os.RemoveAll(dir) }), nil
}
