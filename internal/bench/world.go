package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// all runs every figure that was asked for.
func (b *bench) all(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "onestory-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := b.onDatabases(ctx, dir); err != nil {
		return err
	}
	if err := b.observation(); err != nil {
		return err
	}
	if err := b.imports(ctx, dir); err != nil {
		return err
	}
	if err := b.services(ctx, dir); err != nil {
		return err
	}
	if err := b.signins(ctx, dir); err != nil {
		return err
	}
	return b.pages(ctx, dir)
}

// onDatabases runs on SQLite, and on PostgreSQL where there is one, what runs on both.
func (b *bench) onDatabases(ctx context.Context, dir string) error {
	if !b.wants("open") && !b.wants("look") && !b.wants("change") && !b.wants("fhir") {
		return nil
	}
	server, stop := os.Getenv("ONESTORY_TEST_POSTGRES"), func() {}
	if server == "" || server == "required" {
		var err error
		if server, stop, err = dbtest.StartCluster(); err != nil {
			fmt.Fprintln(os.Stderr, "Without PostgreSQL:", err)
			server, stop = "", func() {}
		}
	}
	defer stop()
	for _, kind := range []string{"SQLite", "Postgres"} {
		place := func(name string) (string, error) { return filepath.Join(dir, name+".db"), nil }
		if kind == "Postgres" {
			if server == "" {
				continue
			}
			place = func(string) (string, error) { return schema(ctx, server) }
		}
		if err := b.onDatabase(ctx, kind, dir, place); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// schema makes a fresh schema of a server. The throw-away server takes it away again.
func schema(ctx context.Context, server string) (string, error) {
	name := fmt.Sprintf("bench_%x", id.Random())
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	_, err = c.Exec(ctx, "CREATE SCHEMA "+name)
	if err = errors.Join(err, c.Close(ctx)); err != nil {
		return "", err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// A world is a database with a door and people behind it.
type world struct {
	where string
	db    *db.DB
	door  *record.Door
	spec  *fhir.Spec
	keys  *id.Keys

	people []person.ID // whose entries are many
	notes  []id.Entry  // for each, an entry that can be changed
}

// newWorld opens a database. A cache of one byte keeps nobody.
func newWorld(ctx context.Context, where string, cache uint64) (*world, error) {
	w := &world{where: where}
	var err error
	if w.db, err = db.Open(ctx, where, db.Options{}); err != nil {
		return nil, err
	}
	if w.spec, err = fhir.Load(); err != nil {
		return nil, err
	}
	if w.keys, err = id.NewKeys('a', make([]byte, 32)); err != nil {
		return nil, err
	}
	w.door, err = w.newDoor(ctx, cache)
	return w, err
}

func (w *world) newDoor(ctx context.Context, cache uint64) (*record.Door, error) {
	return record.Open(ctx, record.Options{
		DB: w.db, IDs: w.keys, Index: make([]byte, 32), Spec: w.spec, Clock: clock.New(), Cache: cache,
	})
}

func (w *world) close() error { return errors.Join(w.door.Close(), w.db.Close()) }

// nurse is who looks, in every figure.
var nurse = consent.Actor{
	Account: "nurse", Name: "Nia Jones", Role: "nurse", OrganisationName: "Community trust",
	Individual:   consent.Party{Level: consent.Individual, ID: "nurse"},
	Team:         consent.Party{Level: consent.Team, ID: "district"},
	Organisation: consent.Party{Level: consent.Organisation, ID: "trust"},
	Sector:       consent.Party{Level: consent.Sector, ID: consent.NHS},
}

// settle receives people of so many entries each, and lets the nurse into their circles.
func (w *world) settle(ctx context.Context, from, people, entries int) error {
	for n := range people {
		a, err := arrival("practice", made(uint64(from+n), entries))
		if err != nil {
			return err
		}
		_, ids, err := w.door.Receive(ctx, a)
		if err != nil {
			return err
		}
		own := consent.Actor{Account: "own", Name: "Somebody", Role: "resident", Person: int64(ids[0])}
		err = w.door.With(ctx, own, consent.Own, ids[0], func(v record.View) error {
			return errors.Join(
				v.Join(record.Member{ID: "m1", Party: nurse.Team, Name: "District nurses", Role: "nurse"}),
				v.Share(consent.Rule{ID: "r1", To: nurse.Team, Labels: consent.Everything}),
			)
		})
		if err != nil {
			return err
		}
		w.people = append(w.people, ids[0])
		err = w.door.With(ctx, nurse, consent.Care, ids[0], func(v record.View) error {
			var last id.Entry
			err := v.All("Condition", func(e record.Entry) error { last = e.ID; return nil })
			w.notes = append(w.notes, last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// arrival is resources as an importer hands them over. The first is their Patient.
func arrival(source string, resources [][]byte) (record.Arrival, error) {
	a := record.Arrival{Source: source}
	at := map[string]int{}
	for i, b := range resources {
		d := new(fhir.Doc)
		if err := fhir.Parse(b, d); err != nil {
			return a, err
		}
		if i == 0 {
			a.People = []record.Newcomer{{Foreign: d.ID(), Facts: record.FactsOf(d), Known: true}}
		}
		a.Items = append(a.Items, record.Item{Foreign: d.ID(), Doc: d, Updated: 1})
		at[d.Type()+"/"+d.ID()] = i
	}
	for i := range a.Items {
		it := &a.Items[i]
		for r := range it.Doc.References() {
			if to, ok := at[r.Ref.Text]; ok {
				it.Refs = append(it.Refs, record.Ref{Value: r.Value, Item: to})
			}
		}
	}
	return a, nil
}
