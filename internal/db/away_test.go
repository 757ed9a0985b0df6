package db_test

import (
	"errors"
	"testing"

	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
)

// A server that ends a connection, as it does when it stops, is away: whoever asked
// hears Busy, and the next who asks is answered.
func TestADatabaseThatIsAwayIsBusyAndComesBack(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.Postgres(t), db.Options{Conns: 2})
	for _, within := range []func(func(*db.Tx) error) error{
		func(fn func(*db.Tx) error) error { return d.Tx(ctx, fn) },
		func(fn func(*db.Tx) error) error { return d.Read(ctx, fn) },
	} {
		err := within(func(tx *db.Tx) error {
			return tx.Row(ctx, `SELECT 1 FROM (SELECT pg_terminate_backend(pg_backend_pid())) x`).Scan(new(int64))
		})
		if !errors.Is(err, db.Again) || !errors.Is(err, fault.Busy) {
			t.Errorf("cut off, it answers %v, want Again and Busy", err)
		}
		if fault.Say(err) == "" {
			t.Error("there is no sentence for who asked")
		}
		if err := d.Row(ctx, `SELECT 1`).Scan(new(int64)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}
