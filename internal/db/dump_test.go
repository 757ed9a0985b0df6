package db_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"onestory/internal/db"
	"onestory/internal/db/dbtest"
)

// some is a database at an early version of the tables, with something in it.
func some(t *testing.T, where string) *db.DB {
	t.Helper()
	d := dbtest.Open(t, where, db.Options{})
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for i := range 4500 {
			_, err := tx.Exec(t.Context(), `INSERT INTO blob (person, sha256, n, bytes) VALUES ($1, $2, $3, $4)`, i-7, []byte("é\x00\xff"), -i, bytes.Repeat([]byte{byte(i)}, i%97))
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO account (id, name, person, role, team, organisation, suspended, version) VALUES ('a', 'Ó ''x''', 0, 'gp', '', '', $1, 3)`, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func copied(t *testing.T, d *db.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := d.Dump(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fill reads a copy into an empty database of the version that it has.
func fill(t *testing.T, where string, b []byte) (*db.DB, error) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(b))
	all, err := db.ReadDump(r)
	if err != nil {
		return nil, err
	}
	d := dbtest.Open(t, where, db.Options{Version: all.Version})
	return d, d.Fill(context.Background(), all, r, nil, nil)
}

func TestACopyGoesIntoEitherDatabaseAndIsTheSameThere(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		first := copied(t, some(t, where))
		lite, err := fill(t, filepath.Join(t.TempDir(), "copy.db"), first)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		var suspended bool
		if err := lite.Row(t.Context(), `SELECT name, suspended FROM account`).Scan(&name, &suspended); err != nil || name != "Ó 'x'" || !suspended {
			t.Errorf("%q, %v, %v", name, suspended, err)
		}
		again, err := fill(t, filepath.Join(t.TempDir(), "again.db"), copied(t, lite))
		if err != nil {
			t.Fatal(err)
		}
		_, one, _ := bytes.Cut(copied(t, lite), []byte("]}\n"))
		_, two, _ := bytes.Cut(copied(t, again), []byte("]}\n"))
		if len(one) < 200_000 || !bytes.Equal(one, two) {
			t.Error("a copy of a copy is another")
		}
	})
	t.Run("into PostgreSQL", func(t *testing.T) {
		lite := some(t, filepath.Join(t.TempDir(), "one.db"))
		pg, err := fill(t, dbtest.Postgres(t), copied(t, lite))
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := pg.Row(t.Context(), `SELECT COUNT(*) FROM blob WHERE person < 0`).Scan(&n); err != nil || n != 7 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

func TestACopyOfAnOlderVersionIsFilledAndThenBroughtUpToDate(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		old := dbtest.Open(t, where, db.Options{Version: 3})
		b := copied(t, old)
		if steps, err := db.Pending(t.Context(), where); err != nil || len(steps) == 0 || steps[0] != "0004_directory.sql" {
			t.Errorf("these steps are missing: %v, %v", steps, err)
		}
		place := filepath.Join(t.TempDir(), "copy.db")
		d, err := fill(t, place, b)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d = dbtest.Open(t, place, db.Options{})
		var n int
		if err := d.Row(t.Context(), `SELECT COUNT(*) FROM listed`).Scan(&n); err != nil {
			t.Error("the tables of version 4 are not there:", err)
		}
	})
}

// Two people may each have written a step; the one with the lower number may come last.
func TestAStepThatCameLateIsTakenThoughALaterOneWas(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		old := dbtest.Open(t, where, db.Options{Version: 3})
		exec(t, old, `INSERT INTO schema_version (version, name, at) VALUES ($1, $2, $3)`, 5, "0005_other.sql", 1)
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		if names, err := db.Pending(t.Context(), where); err != nil || len(names) < 2 || names[0] != "0004_directory.sql" || names[1] == "0005_team.sql" {
			t.Errorf("these steps are missing: %v, %v", names, err)
		}
		d := dbtest.Open(t, where, db.Options{Version: 5})
		if n := number(t, d, `SELECT COUNT(*) FROM listed`); n != 0 {
			t.Errorf("%d rows in a new table", n)
		}
		if n := number(t, d, `SELECT COUNT(*) FROM schema_version`); n != 5 {
			t.Errorf("%d steps were taken", n)
		}
	})
}

func TestADamagedCopyAndAFullDatabaseAreRefused(t *testing.T) {
	t.Parallel()
	d := some(t, filepath.Join(t.TempDir(), "one.db"))
	whole := copied(t, d)
	for _, cut := range []int{0, 5, 40, len(whole) / 2, len(whole) - 1} {
		dbtest.EachPlace(t, func(t *testing.T, place string) {
			part, err := fill(t, place, whole[:cut])
			if !errors.Is(err, db.ErrDump) {
				t.Errorf("cut at %d it is answered %v", cut, err)
			}
			if part == nil {
				return
			}
			var n int
			if err := part.Row(t.Context(), `SELECT COUNT(*) FROM account`).Scan(&n); err != nil || n > 0 {
				t.Errorf("cut at %d, %d rows are there: %v", cut, n, err)
			}
		})
	}
	r := bufio.NewReader(bytes.NewReader(whole))
	all, err := db.ReadDump(r)
	if err != nil {
		t.Fatal(err)
	}
	if d.Fill(t.Context(), all, r, nil, nil) == nil {
		t.Error("a database with something in it was filled")
	}
}

func FuzzReadDump(f *testing.F) {
	f.Add([]byte("onestory copy 1\n{\"version\":1}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		if _, err := db.ReadDump(r); err != nil && !errors.Is(err, db.ErrDump) {
			t.Error(err)
		}
	})
}
