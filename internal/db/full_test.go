package db

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

// A full disk makes SQLite roll back the whole transaction, and with it the work
// of others in the group: they must hear of it.
func TestAFullDiskIsToldToAllThatItConcerns(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d, err := Open(ctx, filepath.Join(t.TempDir(), "test.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	// The connection is the writer's alone: who was told that their turn is lost
	// hears it before the rollback is over.
	turn := func(sql string) {
		t.Helper()
		err := d.Tx(ctx, func(tx *Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	turn(`CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, b BYTEA NOT NULL)`)
	turn(`PRAGMA max_page_count = 400`)
	kept := make([]bool, 400)
	full := make([]bool, len(kept))
	var all sync.WaitGroup
	for i := range kept {
		all.Go(func() {
			err := d.Tx(ctx, func(tx *Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO thing (id, b) VALUES ($1, $2)`, i, make([]byte, 10_000))
				if i%3 == 0 {
					return nil // takes no notice
				}
				return err
			})
			kept[i], full[i] = err == nil, errors.Is(err, Full)
			if err != nil && !full[i] {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
	count := 0
	for i, want := range kept {
		err := d.Row(ctx, `SELECT id FROM thing WHERE id = $1`, i).Scan(new(int64))
		if errors.Is(err, NotFound) == want {
			t.Errorf("%d: told %v, and then %v", i, want, err)
		}
		if want {
			count++
		}
	}
	if count == 0 || count == len(kept) {
		t.Errorf("%d of %d were kept: the disk was never full, or always", count, len(kept))
	}
	turn(`PRAGMA max_page_count = 100000`)
	err = d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO thing (id, b) VALUES ($1, $2)`, 1000, []byte("room"))
		return err
	})
	if err != nil {
		t.Errorf("with room again: %v", err)
	}
}
