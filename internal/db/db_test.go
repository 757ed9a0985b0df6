package db_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
)

var ctx = context.Background()

// exec runs one statement in a Tx of its own.
func exec(t testing.TB, d *db.DB, sql string, args ...any) {
	t.Helper()
	if err := put(d, sql, args...); err != nil {
		t.Fatal(err)
	}
}

func put(d *db.DB, sql string, args ...any) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

func number(t testing.TB, d *db.DB, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.Row(ctx, sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const table = `CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`

func TestWhatGoesInComesOut(t *testing.T) {
	t.Parallel()
	type level int8
	type name string
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE sample (id BIGINT NOT NULL PRIMARY KEY, t TEXT NOT NULL, b BYTEA NOT NULL, yes BOOLEAN NOT NULL, f DOUBLE PRECISION NOT NULL, at BIGINT NOT NULL, l BIGINT NOT NULL, s TEXT NOT NULL, h BYTEA NOT NULL)`)
		var hash [32]byte
		hash[31] = 7
		for i, b := range [][]byte{{0, 1, 255}, {}, nil} {
			at := clock.At(d.Now().Std())
			exec(t, d, `INSERT INTO sample (t, id, b, yes, f, at, l, s, h) VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9)`,
				i, "1.50 é ’", b, i == 0, 0.25, at, level(3), name("short"), hash)
			var (
				n       int
				text    string
				raw     []byte
				yes     bool
				f       float64
				read    clock.Time
				l       level
				s       name
				h       [32]byte
				hashRaw []byte
			)
			err := d.Row(ctx, `SELECT id, t, b, yes, f, at, l, s, h, h FROM sample WHERE id = $1`, i).Scan(&n, &text, &raw, &yes, &f, &read, &l, &s, &h, &hashRaw)
			if err != nil {
				t.Fatal(err)
			}
			if n != i || text != "1.50 é ’" || !bytes.Equal(raw, b) || raw == nil || yes != (i == 0) || f != 0.25 || read != at || l != 3 || s != "short" || h != hash || !bytes.Equal(hashRaw, hash[:]) {
				t.Errorf("other than it went in: %v %q %v %v %v %v %v %q %v", n, text, raw, yes, f, read, l, s, h)
			}
		}
		for _, bad := range []any{"a\x00b", "\xff", uint64(1 << 63), struct{}{}} {
			if err := put(d, `UPDATE sample SET t = $1`, bad); err == nil {
				t.Errorf("%T %q was kept", bad, bad)
			}
		}
		if err := d.Row(ctx, `SELECT MAX(id) FROM sample WHERE id = $1`, -1).Scan(new(int64)); err == nil || errors.Is(err, db.NotFound) {
			t.Errorf("a NULL was scanned: %v", err)
		}
	})
}

func TestOutcomesHaveWords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, table)
		exec(t, d, `INSERT INTO thing (id, n) VALUES ($1, $2)`, 1, 10)
		if err := put(d, `INSERT INTO thing (id, n) VALUES ($1, $2)`, 1, 11); !errors.Is(err, db.Taken) {
			t.Errorf("a second row of one key: %v, want Taken", err)
		}
		if err := d.Row(ctx, `SELECT n FROM thing WHERE id = $1`, 2).Scan(new(int64)); !errors.Is(err, db.NotFound) {
			t.Errorf("no row: %v, want NotFound", err)
		}
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := tx.Row(ctx, `SELECT n FROM thing WHERE id = $1`, 2).Scan(new(int64)); !errors.Is(err, db.NotFound) {
				t.Errorf("no row: %v, want NotFound", err)
			}
			n, err := tx.Exec(ctx, `UPDATE thing SET n = n + 1`)
			if n != 1 {
				t.Errorf("rows changed: %d, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Errorf("NotFound ended the Tx: %v", err)
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			tx.Exec(ctx, `UPDATE thing SET n = 0`)
			tx.Exec(ctx, `INSERT INTO thing (id, n) VALUES (1, 1)`)
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, n) VALUES (2, 2)`); !errors.Is(err, db.Taken) {
				t.Errorf("after Taken: %v, want Taken again", err)
			}
			return nil // takes no notice
		})
		if !errors.Is(err, db.Taken) {
			t.Errorf("a Tx that took no notice of Taken: %v", err)
		}
		if n := number(t, d, `SELECT n FROM thing WHERE id = 1`); n != 11 {
			t.Errorf("something of a failed Tx stayed: %d, want 11", n)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE thing SET n = 0`)
			return err
		})
		if err == nil {
			t.Error("a Read wrote")
		}
	})
}

func TestRowsAreReadOneQueryAtATime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, table)
		err := d.Tx(ctx, func(tx *db.Tx) error {
			return tx.ExecMany(ctx, `INSERT INTO thing (id, n) VALUES ($1, $2)`, [][]any{{1, 2}, {2, 4}, {3, 6}})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			for range 2 { // the same statement twice
				rows, err := tx.Query(ctx, `SELECT id, n FROM thing ORDER BY id`)
				if err != nil {
					return err
				}
				var ids, sum int64
				for rows.Next() {
					var id, n int64
					if err := rows.Scan(&id, &n); err != nil {
						return err
					}
					ids, sum = ids*10+id, sum+n
				}
				if rows.Err() != nil || ids != 123 || sum != 12 {
					t.Errorf("read %d and %d, %v", ids, sum, rows.Err())
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id FROM thing`)
			if err != nil {
				return err
			}
			rows.Next()
			return tx.Row(ctx, `SELECT n FROM thing WHERE id = 1`).Scan(new(int64))
		})
		if err == nil {
			t.Error("a statement ran while rows were open")
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			return tx.ExecMany(ctx, `INSERT INTO thing (id, n) VALUES ($1, $2)`, [][]any{{4, 2}, {1, 4}})
		})
		if !errors.Is(err, db.Taken) || number(t, d, `SELECT COUNT(*) FROM thing`) != 3 {
			t.Errorf("many, one of them taken: %v", err)
		}
	})
}

func TestEachTxHasItsOwnOutcome(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, table)
		own := errors.New("changed my mind")
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				defer func() {
					if r := recover(); (r != nil) != (i%5 == 2) {
						t.Errorf("%d: panic %v", i, r)
					}
				}()
				insert := func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO thing (id, n) VALUES ($1, $2)`, i, int64(tx.At))
					return err
				}
				switch i % 5 {
				case 0:
					if err := d.Tx(ctx, insert); err != nil {
						t.Errorf("%d: %v", i, err)
					}
				case 1:
					if err := d.Tx(ctx, func(tx *db.Tx) error { insert(tx); return own }); !errors.Is(err, own) {
						t.Errorf("%d: %v", i, err)
					}
				case 2:
					d.Tx(ctx, func(tx *db.Tx) error { insert(tx); panic("dropped it") })
				case 3:
					gone, leave := context.WithCancel(ctx)
					leave()
					if err := d.Tx(gone, insert); !errors.Is(err, context.Canceled) {
						t.Errorf("%d: %v", i, err)
					}
				case 4: // its goroutine ends inside, as t.FailNow does
					done := make(chan struct{})
					go func() {
						defer close(done)
						d.Tx(ctx, func(tx *db.Tx) error { insert(tx); <-quit(); return nil })
					}()
					<-done
				}
			})
		}
		all.Wait()
		if n, wrong := number(t, d, `SELECT COUNT(*) FROM thing`), number(t, d, `SELECT COUNT(*) FROM thing WHERE id % 5 <> 0`); n != 12 || wrong != 0 {
			t.Errorf("%d rows stayed, %d of them wrong; want 12 and none", n, wrong)
		}
	})
}

func TestAReadSeesOneSnapshot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, table)
		exec(t, d, `INSERT INTO thing (id, n) VALUES (1, 1)`)
		err := d.Read(ctx, func(tx *db.Tx) error {
			var before, after int64
			if err := tx.Row(ctx, `SELECT n FROM thing WHERE id = 1`).Scan(&before); err != nil {
				return err
			}
			exec(t, d, `UPDATE thing SET n = 2`)
			if err := tx.Row(ctx, `SELECT n FROM thing WHERE id = 1`).Scan(&after); err != nil {
				return err
			}
			if before != 1 || after != 1 {
				t.Errorf("read %d, then %d", before, after)
			}
			return nil
		})
		if err != nil || number(t, d, `SELECT n FROM thing WHERE id = 1`) != 2 {
			t.Error("the write is not there afterwards", err)
		}
	})
}

func TestTwoHandlesLoseNoIncrement(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		handles := make([]*db.DB, 2)
		var opening sync.WaitGroup
		for i := range handles { // at once: both want to migrate
			opening.Go(func() {
				d, err := db.Open(ctx, where, db.Options{Conns: 8})
				if err != nil {
					t.Error(err)
					return
				}
				handles[i] = d
				t.Cleanup(func() { d.Close() })
			})
		}
		opening.Wait()
		if t.Failed() {
			return
		}
		exec(t, handles[0], table)
		exec(t, handles[0], `INSERT INTO thing (id, n) VALUES (1, 0)`)
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				err := handles[i%2].Tx(ctx, func(tx *db.Tx) error {
					var n int64
					if err := tx.Row(ctx, `SELECT n FROM thing WHERE id = 1`).Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE thing SET n = $1 WHERE id = 1`, n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := number(t, handles[1], `SELECT n FROM thing WHERE id = 1`); n != 200 {
			t.Errorf("200 increments made %d", n)
		}
	})
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		if _, err := db.Open(ctx, where, db.Options{ReadOnly: true}); err == nil {
			t.Fatal("a database that is not there was opened for reading")
		}
		d := dbtest.Open(t, where, db.Options{})
		again := dbtest.Open(t, where, db.Options{ReadOnly: true})
		if err := put(again, `DELETE FROM outbox`); err == nil {
			t.Error("a database opened for reading was written")
		}
		exec(t, d, `INSERT INTO schema_version (version, name, at) VALUES (9999, 'later', 0)`)
		for _, o := range []db.Options{{}, {ReadOnly: true}} {
			if _, err := db.Open(ctx, where, o); err == nil {
				t.Error("a newer database was opened", o)
			}
		}
		if err := d.Durable(ctx); err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := put(d, `DELETE FROM outbox`); err == nil {
			t.Error("a closed database was written")
		}
	})
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	where := dbtest.SQLite(t)
	d := dbtest.Open(t, where, db.Options{})
	exec(t, d, table)
	for _, end := range []string{"", "-wal"} {
		s, err := os.Stat(where + end)
		if err != nil || s.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", end, s.Mode(), err)
		}
	}
}

func TestClosingAnswersEveryone(t *testing.T) {
	t.Parallel()
	where := dbtest.SQLite(t)
	d := dbtest.Open(t, where, db.Options{})
	exec(t, d, table)
	var all sync.WaitGroup
	kept := make([]bool, 100)
	for i := range kept {
		all.Go(func() {
			err := put(d, `INSERT INTO thing (id, n) VALUES ($1, 0)`, i)
			if kept[i] = err == nil; err != nil && !errors.Is(err, db.Closed) {
				t.Error(err)
			}
		})
	}
	d.Close()
	all.Wait()
	again := dbtest.Open(t, where, db.Options{})
	for i, want := range kept {
		if there := number(t, again, `SELECT COUNT(*) FROM thing WHERE id = $1`, i) == 1; there != want {
			t.Errorf("%d: told %v, and there is %v", i, want, there)
		}
	}
}

// quit ends the goroutine that asks.
func quit() chan struct{} {
	runtime.Goexit()
	return nil
}

func TestARequestHasSoMuchOfTheDatabasesTimeAndNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// Counts to a number that nobody waits for.
		forever := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT i FROM n`
		count := func(ctx context.Context) error {
			return d.Read(ctx, func(tx *db.Tx) error {
				for _, err := range tx.Each(ctx, forever) {
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := count(db.Within(ctx, 100*time.Millisecond)); !errors.Is(err, fault.Busy) {
			t.Errorf("answered %v", err)
		}
		spent := db.Within(ctx, 500*time.Millisecond)
		if err := d.Read(spent, func(*db.Tx) error { time.Sleep(600 * time.Millisecond); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := count(spent); !errors.Is(err, fault.Busy) {
			t.Errorf("when the time was used up already: %v", err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error { _, err := tx.Query(ctx, `SELECT name FROM fact`); return err }); err != nil {
			t.Errorf("afterwards nothing works: %v", err)
		}
	})
}
