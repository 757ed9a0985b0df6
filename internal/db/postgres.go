package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"onestory/internal/clock"
)

// pg is a DB on PostgreSQL.
type pg struct {
	pool     *pgxpool.Pool
	clock    *clock.Clock
	readOnly bool
}

// How often a Tx that collided with others is run before the caller hears of it.
const pgTries = 50

func openPostgres(ctx context.Context, where string, o Options) (*pg, error) {
	p, err := dialPostgres(ctx, where, o)
	if err != nil {
		return nil, err
	}
	if err := p.migrate(ctx, o.Version); err != nil {
		p.pool.Close()
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return p, nil
}

// dialPostgres makes the pool and asks nothing yet.
func dialPostgres(ctx context.Context, where string, o Options) (*pg, error) {
	c, err := pgxpool.ParseConfig(where)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read: it has the form postgres://user@host/name")
	}
	switch {
	case o.Conns > 0:
		c.MaxConns = int32(o.Conns)
	case !strings.Contains(where, "pool_max_conns"):
		c.MaxConns = 16
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "onestory"
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", pgErr(err))
	}
	return &pg{pool: pool, clock: o.Clock, readOnly: o.ReadOnly}, nil
}

// The lock is the schema's, so that two servers on one database take turns.
const pgLock = `SELECT pg_advisory_xact_lock(hashtextextended('onestory migrations ' || current_schema(), 0))`

func (p *pg) migrate(ctx context.Context, version int64) error {
	if p.readOnly {
		return p.read(ctx, func(t *Tx) error { return checkVersion(ctx, t.s) })
	}
	all, err := stepsTo(version, true)
	if err != nil {
		return err
	}
	t, err := p.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return pgErr(err)
	}
	defer t.Rollback(context.WithoutCancel(ctx))
	run := func(sql string) error {
		if sql == versionTable { // a server that may not make tables may start where they are made
			sql = `DO $$ BEGIN IF to_regclass('schema_version') IS NULL THEN ` + versionTable + `; END IF; END $$`
		}
		_, err := t.Conn().PgConn().Exec(ctx, sql).ReadAll()
		return pgErr(err)
	}
	if err := run(pgLock); err != nil {
		return err
	}
	if err := migrate(ctx, &pgSession{q: t}, all, run, p.clock.Now()); err != nil {
		return err
	}
	return pgErr(t.Commit(ctx))
}

func (p *pg) tx(ctx context.Context, fn func(*Tx) error) error {
	if p.readOnly {
		return errReadOnly
	}
	for try := 1; ; try++ {
		var tx *Tx
		err := p.once(ctx, beginWrite, false, func(t *Tx) error {
			tx = t
			return fn(t)
		})
		if err == nil || try == pgTries || !collided(err, tx) {
			return err
		}
		// Those that collided come back apart.
		wait := time.Duration(rand.Int64N(int64(min(try, 10)) * int64(time.Millisecond)))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// collided reports whether the transaction ended only because of others, in
// whatever words fn told of it.
func collided(err error, tx *Tx) bool {
	if tx != nil && tx.failed != nil {
		err = tx.failed
	}
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

func (p *pg) read(ctx context.Context, fn func(*Tx) error) error {
	return p.once(ctx, beginRead, true, fn)
}

// How transactions begin.
const (
	beginWrite = "begin isolation level repeatable read"
	beginRead  = "begin isolation level repeatable read read only"
)

func (p *pg) once(ctx context.Context, begin string, reading bool, fn func(*Tx) error) error {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return pgErr(err)
	}
	s := &pgSession{q: c, waiting: []*pgx.QueuedQuery{{SQL: begin}}}
	ended := false
	defer func() {
		if !ended { // also when fn panicked, or ended its goroutine
			s.finish("rollback") // a connection that cannot even do this is not used again
			c.Release()
		}
	}()
	tx := &Tx{At: p.clock.Now(), s: s, reading: reading}
	if err := tx.end(fn(tx)); err != nil {
		return err
	}
	ended = true
	if reading { // what was read is read: nobody waits for the end of it
		go func() {
			s.finish("rollback")
			c.Release()
		}()
		return nil
	}
	defer c.Release()
	if err = s.finish("commit"); err != nil {
		s.finish("rollback") // what failed may have been before it; after it, this does nothing
	}
	return err
}

func (p *pg) row(ctx context.Context, sql string, args []any) Row {
	return pgRow(p.pool.QueryRow(ctx, sql, args...))
}

func (p *pg) durable(ctx context.Context) error {
	for _, name := range []string{"synchronous_commit", "fsync"} {
		var value string
		if err := p.row(ctx, "SHOW "+name, nil).Scan(&value); err != nil {
			return err
		}
		if value == "off" {
			return fmt.Errorf("the database may lose what it has acknowledged: set %s to on in PostgreSQL", name)
		}
	}
	return nil
}

func (p *pg) size(ctx context.Context) (int64, error) {
	var n int64
	err := p.row(ctx, `SELECT pg_database_size(current_database())`, nil).Scan(&n)
	return n, err
}

func (p *pg) checkpoint(context.Context) error { return nil }

func (p *pg) close() error {
	p.pool.Close()
	return nil
}

// pgSession runs statements in one transaction. What begins it, and statements whose
// answers nobody needs, go out with the next, or with the commit: each answer that is
// not waited for saves the way there and back.
type pgSession struct {
	q interface {
		Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
		SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	}
	waiting []*pgx.QueuedQuery // not sent yet
	began   bool               // something was
}

// send sends a batch, behind what waits. The results are those of the batch.
func (s *pgSession) send(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	before := len(s.waiting)
	b.QueuedQueries = append(s.waiting, b.QueuedQueries...)
	s.waiting, s.began = nil, true
	r := s.q.SendBatch(ctx, b)
	for range before {
		if _, err := r.Exec(); err != nil {
			break // it is the error of those after it, too
		}
	}
	return r
}

// finish ends the transaction, if it ever began. Its outcome is waited for: an end
// of ctx now would leave it unknown.
func (s *pgSession) finish(how string) error {
	if how == "rollback" {
		s.waiting = nil
	}
	if !s.began && len(s.waiting) < 2 { // nothing but the beginning
		return nil
	}
	tag, err := s.run(context.Background(), how, nil)
	if err == nil && how == "commit" && tag.String() != "COMMIT" {
		return errors.New("db: postgres: rolled back at commit")
	}
	return pgErr(err)
}

func one(sql string, args []any) *pgx.Batch {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	return b
}

func (s *pgSession) exec(ctx context.Context, sql string, args []any) (int64, error) {
	tag, err := s.run(ctx, sql, args)
	return tag.RowsAffected(), pgErr(err)
}

func (s *pgSession) run(ctx context.Context, sql string, args []any) (pgconn.CommandTag, error) {
	if len(s.waiting) == 0 {
		return s.q.Exec(ctx, sql, args...)
	}
	r := s.send(ctx, one(sql, args))
	tag, err := r.Exec()
	if end := r.Close(); err == nil {
		err = end
	}
	return tag, err
}

func (s *pgSession) execAll(_ context.Context, all []Statement) error {
	for _, one := range all {
		s.waiting = append(s.waiting, &pgx.QueuedQuery{SQL: one.SQL, Arguments: one.Args})
	}
	return nil
}

func (s *pgSession) query(ctx context.Context, sql string, args []any) (cursor, error) {
	if len(s.waiting) == 0 {
		rows, err := s.q.Query(ctx, sql, args...)
		if err != nil {
			return nil, pgErr(err)
		}
		return pgCursor{rows, nil}, nil
	}
	r := s.send(ctx, one(sql, args))
	rows, err := r.Query()
	if err != nil {
		r.Close()
		return nil, pgErr(err)
	}
	return pgCursor{rows, r}, nil
}

func (s *pgSession) row(ctx context.Context, sql string, args []any) Row {
	if len(s.waiting) == 0 {
		return pgRow(s.q.QueryRow(ctx, sql, args...))
	}
	r := s.send(ctx, one(sql, args))
	first := r.QueryRow()
	return Row{scan: func(dest []any) error {
		err := pgScan(first, dest)
		if end := r.Close(); err == nil {
			err = pgErr(end)
		}
		return err
	}}
}

func pgRow(r pgx.Row) Row {
	return Row{scan: func(dest []any) error { return pgScan(r, dest) }}
}

// pgScan does what pgx does not: it fills arrays of bytes, and refuses a NULL
// for bytes as it does for the others.
func pgScan(r pgx.Row, dest []any) error {
	for i, d := range dest {
		switch d.(type) {
		case *string, *int64, *int, *bool, *float64, *clock.Time, *[]byte:
			continue
		}
		if v := reflect.ValueOf(d); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Array {
			dest = append([]any{}, dest...)
			dest[i] = array{v.Elem()}
		}
	}
	if err := r.Scan(dest...); err != nil {
		return pgErr(err)
	}
	for _, d := range dest {
		if b, ok := d.(*[]byte); ok && *b == nil {
			return errors.New("db: Scan of a NULL")
		}
	}
	return nil
}

// array takes bytes into an array of as many.
type array struct{ to reflect.Value }

// ScanBytes implements pgtype.BytesScanner.
func (a array) ScanBytes(b []byte) error { return assignBytes(a.to, b) }

type pgCursor struct {
	rows pgx.Rows
	in   pgx.BatchResults // what the rows came in, or nil
}

func (c pgCursor) next() bool { return c.rows.Next() }

func (c pgCursor) scan(dest []any) error { return pgScan(c.rows, dest) }

func (c pgCursor) close() error {
	c.rows.Close()
	err := c.rows.Err()
	if c.in != nil {
		if end := c.in.Close(); err == nil {
			err = end
		}
	}
	return pgErr(err)
}

// pgErr puts PostgreSQL's codes into words. Messages about data hold values, so
// they are left out.
func pgErr(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return NotFound
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return away(err)
	}
	f := &failure{text: "postgres: " + e.Code, cause: err}
	if e.ConstraintName != "" {
		f.text += " " + e.ConstraintName
	}
	if strings.HasPrefix(e.Code, "42") || strings.HasPrefix(e.Code, "28") {
		f.text += " " + e.Message // about the statement or the login, not the data
	}
	switch e.Code {
	case "23505":
		f.word = Taken
	case "40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03": // the last four: it stops, starts or has no room for more
		f.word = Again
	case "53100":
		f.word = Full
	}
	return f
}

func (p *pg) catalogue() string {
	return `SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT)
		FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
}
