package db

import (
	"context"
	"errors"
	"iter"

	"onestory/internal/clock"
)

// A Tx is one transaction, or one snapshot to read. It is good until the
// function that was given it returns, for one goroutine at a time.
type Tx struct {
	// At is the instant of everything this Tx writes.
	At clock.Time

	s       session
	open    *Rows // not closed yet: one at a time, as PostgreSQL has it
	spoilt  error // after a failure nothing more is done, nor after the end
	failed  error // the first failure
	reading bool
	ends    context.Context // ends rows when the request's time is up; nil: they do not
}

// session runs statements on the one connection a Tx has.
type session interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	execAll(ctx context.Context, all []Statement) error
	query(ctx context.Context, sql string, args []any) (cursor, error)
	row(ctx context.Context, sql string, args []any) Row
}

// cursor steps through what a query found.
type cursor interface {
	next() bool
	scan(dest []any) error
	close() error // answers the error that ended next, if one did
}

var (
	errOpenRows = errors.New("db: close the rows before the next statement")
	errOver     = errors.New("db: this Tx is over")
)

func (t *Tx) ready(ctx context.Context) error {
	switch {
	case t.spoilt != nil:
		return t.spoilt
	case t.open != nil:
		return t.spoil(errOpenRows)
	}
	if err := ctx.Err(); err != nil {
		return t.spoil(err)
	}
	return nil
}

func (t *Tx) spoil(err error) error {
	if err != nil && t.spoilt == nil {
		t.spoilt, t.failed = err, err
	}
	return err
}

// Exec runs a statement that changes rows, and tells how many.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := t.ready(ctx); err != nil {
		return 0, err
	}
	if t.reading {
		return 0, t.spoil(errors.New("db: a Read cannot write"))
	}
	vals, err := values(args)
	if err != nil {
		return 0, t.spoil(err)
	}
	n, err := t.s.exec(ctx, sql, vals)
	return n, t.spoil(err)
}

// A Statement is an SQL text with its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// ExecAll runs statements that change rows, in order. On PostgreSQL they go out with
// the next statement or the commit, which then answers what is wrong with them.
func (t *Tx) ExecAll(ctx context.Context, all ...Statement) error {
	if err := t.ready(ctx); err != nil || len(all) == 0 {
		return err
	}
	if t.reading {
		return t.spoil(errors.New("db: a Read cannot write"))
	}
	ready := make([]Statement, len(all))
	for i, s := range all {
		vals, err := values(s.Args)
		if err != nil {
			return t.spoil(err)
		}
		ready[i] = Statement{s.SQL, vals}
	}
	return t.spoil(t.s.execAll(ctx, ready))
}

// ExecMany is ExecAll of one statement, once for each row of arguments.
func (t *Tx) ExecMany(ctx context.Context, sql string, rows [][]any) error {
	all := make([]Statement, len(rows))
	for i, args := range rows {
		all[i] = Statement{sql, args}
	}
	return t.ExecAll(ctx, all...)
}

// Query runs a statement that answers rows. They are closed before the next
// statement of this Tx: reading them to the end does that too.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	vals, err := values(args)
	if err != nil {
		return nil, t.spoil(err)
	}
	if t.ends != nil {
		ctx = t.ends // which ends no later than ctx
	}
	c, err := t.s.query(ctx, sql, vals)
	if err != nil {
		return nil, t.spoil(err)
	}
	t.open = &Rows{tx: t, c: c}
	return t.open, nil
}

// Each runs a statement that answers rows and yields them one by one, to be
// scanned; a failure comes last, with no rows. Leaving the loop closes them.
func (t *Tx) Each(ctx context.Context, sql string, args ...any) iter.Seq2[*Rows, error] {
	return func(yield func(*Rows, error) bool) {
		rows, err := t.Query(ctx, sql, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(rows, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// Row runs a statement that answers one row. Its Scan must be called.
func (t *Tx) Row(ctx context.Context, sql string, args ...any) Row {
	if err := t.ready(ctx); err != nil {
		return Row{err: err}
	}
	vals, err := values(args)
	if err != nil {
		return Row{err: t.spoil(err)}
	}
	r := t.s.row(ctx, sql, vals)
	r.tx = t
	if r.err != nil && !errors.Is(r.err, NotFound) {
		t.spoil(r.err)
	}
	return r
}

// end closes what fn left open and says how it went: a statement that failed
// fails the Tx, even when fn took no notice.
func (t *Tx) end(err error) error {
	if t.open != nil {
		t.open.Close()
	}
	if err == nil {
		err = t.failed
	}
	t.spoilt = errOver
	return err
}

// Rows steps through what a query found: Next, Scan, Next, Scan, then Err.
type Rows struct {
	tx   *Tx
	c    cursor
	err  error
	done bool
}

// Next goes to the next row, and reports whether there is one.
func (r *Rows) Next() bool {
	if r.done {
		return false
	}
	if r.c.next() {
		return true
	}
	r.Close()
	return false
}

// Scan puts the columns of the row into dest: pointers to string, []byte,
// int64, int, bool, float64, clock.Time, or types made of these. A NULL is an error.
func (r *Rows) Scan(dest ...any) error {
	if r.done {
		return errors.New("db: Scan without a row")
	}
	return r.tx.spoil(r.c.scan(dest))
}

// Err is the error that ended the rows early, if one did.
func (r *Rows) Err() error { return r.err }

// Close ends the rows. It may be called twice.
func (r *Rows) Close() error {
	if r.done {
		return r.err
	}
	r.done = true
	r.err = r.tx.spoil(r.c.close())
	r.tx.open = nil
	return r.err
}

// A Row is one row, or NotFound.
type Row struct {
	tx   *Tx
	err  error
	scan func(dest []any) error
}

// Scan puts the columns of the row into dest, as [Rows.Scan] does. It answers
// NotFound when there is no row, which leaves the Tx as it was.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.scan(dest)
	if err != nil && r.tx != nil && !errors.Is(err, NotFound) {
		r.tx.spoil(err)
	}
	return err
}
