package db

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"onestory/internal/fault"
)

// A budget is how much of the database's time one request may still take for reading.
type budget struct{ left atomic.Int64 }

type budgetKey struct{}

// Within gives whatever is read in ctx so much of the database's time together. What
// takes longer is ended, and answered with fault.Busy: PostgreSQL's statements at once,
// SQLite's at their next row. Writing is not cut short: nobody could say then whether it
// was done.
func Within(ctx context.Context, most time.Duration) context.Context {
	b := new(budget)
	b.left.Store(int64(most))
	return context.WithValue(ctx, budgetKey{}, b)
}

var errLong = fault.New(fault.Busy, "This asks for too much at once. Ask for less, or try again in a moment.")

// within runs fn in a reading Tx as long as the budget of ctx lasts.
func (d *DB) within(ctx context.Context, b *budget, fn func(*Tx) error) error {
	begun := time.Now()
	until := begun.Add(time.Duration(b.left.Load()))
	defer func() { b.left.Add(-int64(time.Since(begun))) }()
	ends, cancel := context.WithDeadlineCause(ctx, until, errLong)
	defer cancel()
	err := d.engine.read(ends, func(t *Tx) error {
		t.ends = ends
		return fn(t)
	})
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(ends), errLong) {
		return errLong
	}
	return err
}
