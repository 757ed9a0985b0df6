// Package db is the one way to the database, and makes SQLite and PostgreSQL one.
//
// It promises that one SQL text does the same on both: the same arguments go
// in, the same types come out, and the few driver codes that matter to a caller
// are words here ([NotFound], [Taken], [Again], [Full]). When [DB.Tx] returns
// nil, what it wrote is on disk. When a statement fails inside a Tx, the Tx is
// over, on both.
//
// On SQLite there is one writer, which runs the writes that wait in one
// transaction, a savepoint each and one sync for all, and a few readers. On
// PostgreSQL each Tx is a transaction of its own.
//
// It owns the table schema_version and the migrations, which are one file for
// both databases and go forward only.
package db

import (
	"context"
	"errors"
	"fmt"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

// What the drivers say in codes, said once in words. Test with errors.Is.
var (
	// NotFound: a Row was asked for and there is none.
	NotFound = errors.New("db: no such row")
	// Taken: a unique key is in use. The Tx is over; the caller returns it.
	Taken = errors.New("db: that key is taken")
	// Again: others were at it, or the database is busy or away. The same may work later.
	Again = errors.New("db: busy, try again")
	// Full: there is no room on the disk.
	Full = errors.New("db: the disk is full")
	// Closed: the DB was closed.
	Closed = errors.New("db: closed")
)

// Options tell how to open a database. Every field has a usable zero.
type Options struct {
	Clock    *clock.Clock // tells Tx.At; nil: the machine's time
	Readers  int          // SQLite: connections for reading; 0: 4
	Conns    int          // PostgreSQL: connections in all; 0: pool_max_conns of the URL, or 16
	Group    int          // SQLite: how many Tx share one sync at most; 0: 128
	ReadOnly bool         // refuse every Tx, and neither make nor migrate anything
	Version  int64        // bring a new database up to this version only, to Fill it; 0: the newest
}

// A DB is an open database. Safe for concurrent use. Make it with [Open].
type DB struct {
	engine engine
	clock  *clock.Clock
	kind   string
}

// engine is what the two databases do differently.
type engine interface {
	tx(ctx context.Context, fn func(*Tx) error) error
	read(ctx context.Context, fn func(*Tx) error) error
	row(ctx context.Context, sql string, args []any) Row
	durable(ctx context.Context) error
	size(ctx context.Context) (int64, error)
	checkpoint(ctx context.Context) error
	catalogue() string // asks for table, column and declared type, in their order
	busy() (taken, of int)
	settings(ctx context.Context) ([]Setting, error)
	close() error
}

// Open opens a database and brings its tables up to date, under a lock. Where is
// a "postgres://" or "postgresql://" URL, or the path of an SQLite file, which is
// made if it is not there, readable by its owner alone.
//
// A database that a newer program has migrated is refused.
func Open(ctx context.Context, where string, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	d := &DB{clock: o.Clock}
	var err error
	if isPostgres(where) {
		d.kind = "postgres"
		d.engine, err = openPostgres(ctx, where, o)
	} else {
		d.kind = "sqlite"
		d.engine, err = openSQLite(ctx, where, o)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Kind is "sqlite" or "postgres", for words only: no code decides by it.
func (d *DB) Kind() string { return d.kind }

// Tx runs fn in a transaction that can write, and returns nil once that is on
// disk. When fn returns an error or panics, or a statement in it failed, nothing
// of it stays, and the error is returned or the panic goes on.
//
// Fn may run twice (PostgreSQL, when transactions collided): it makes no ids, no
// times and sends nothing; its time is tx.At. It must not call Tx, and must not
// keep its Tx. It sees one snapshot; a row that another Tx changed since makes it
// run again, so what was read and then written is never lost. But two Tx may each
// read what the other writes (write skew): what must not be done twice is
// decided by a unique key.
//
// When ctx ends while fn waits for its turn, fn does not run. Once fn has run,
// its outcome is waited for.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	return d.engine.tx(ctx, fn)
}

// Read runs fn on one snapshot of the database. Fn cannot write.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if b, limited := ctx.Value(budgetKey{}).(*budget); limited {
		return d.within(ctx, b, fn)
	}
	return d.engine.read(ctx, fn)
}

// Row reads one row by itself: the cheapest way. Its Scan must be called.
func (d *DB) Row(ctx context.Context, sql string, args ...any) Row {
	vals, err := values(args)
	if err != nil {
		return Row{err: err}
	}
	if err := ctx.Err(); err != nil {
		return Row{err: err}
	}
	return d.engine.row(ctx, sql, vals)
}

// Now is the present instant by the database's clock.
func (d *DB) Now() clock.Time { return d.clock.Now() }

// Durable answers an error, in plain words, when the database is set so that a
// commit may be lost after it was acknowledged. Serving checks it first.
func (d *DB) Durable(ctx context.Context) error { return d.engine.durable(ctx) }

// Size is how many bytes the database takes on disk, about.
func (d *DB) Size(ctx context.Context) (int64, error) { return d.engine.size(ctx) }

// Checkpoint moves what is in SQLite's log into its file. PostgreSQL does so by itself.
func (d *DB) Checkpoint(ctx context.Context) error { return d.engine.checkpoint(ctx) }

// Close waits for the work under way, and closes the database.
func (d *DB) Close() error { return d.engine.close() }

// errReadOnly is the answer to a Tx on a database opened to be read.
var errReadOnly = errors.New("db: opened for reading only")

// A failure is a driver's error under one of our words, or under none. Its text
// holds no values.
type failure struct {
	word  error
	text  string
	cause error
}

func (f *failure) Error() string {
	if f.word != nil {
		return fmt.Sprintf("%v (%s)", f.word, f.text)
	}
	return "db: " + f.text
}

func (f *failure) Unwrap() []error {
	switch f.word {
	case nil:
		return []error{f.cause}
	case Again, Full: // an answer to whoever asked, wherever it came up
		return []error{f.word, errBusy, f.cause}
	}
	return []error{f.word, f.cause}
}

var errBusy = fault.New(fault.Busy, "The service is busy. Try again in a moment.")
