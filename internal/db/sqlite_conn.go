package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteConn is one SQLite connection with its prepared statements. It speaks to
// the driver itself: database/sql would cost more than most statements do.
//
// The driver is given no context: stopping a statement half way costs a goroutine
// for each and can roll back a whole group. Contexts are looked at between
// statements and between rows.
type liteConn struct {
	c     driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue // used again: the driver copies
}

// Texts are few; past this many somebody builds them, and all are dropped.
const maxStmts = 512

func openConn(path string, pragmas ...string) (*liteConn, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: full}
	c, err := new(sqlite.Driver).Open(u.String())
	if err != nil {
		return nil, liteErr(err)
	}
	lc := &liteConn{c: c, stmts: map[string]driver.Stmt{}}
	for _, p := range pragmas {
		if err := lc.run("PRAGMA " + p); err != nil {
			lc.close()
			return nil, err
		}
	}
	return lc, nil
}

// makeFile makes an empty database file that only its owner can read, for good.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (c *liteConn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	c.stmts = nil
	return liteErr(c.c.Close())
}

// run runs a text of one or more statements, unprepared.
func (c *liteConn) run(sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return liteErr(err)
}

func (c *liteConn) prepare(sql string) (driver.Stmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for _, s := range c.stmts {
			s.Close()
		}
		clear(c.stmts)
	}
	s, err := c.c.Prepare(sql)
	if err != nil {
		return nil, liteErr(err)
	}
	c.stmts[sql] = s
	return s, nil
}

func (c *liteConn) named(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args
}

func (c *liteConn) exec(_ context.Context, sql string, args []any) (int64, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	res, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.named(args))
	if err != nil {
		return 0, liteErr(err)
	}
	return res.RowsAffected()
}

func (c *liteConn) execAll(ctx context.Context, all []Statement) error {
	for _, s := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := c.exec(ctx, s.SQL, s.Args); err != nil {
			return err
		}
	}
	return nil
}

func (c *liteConn) query(ctx context.Context, sql string, args []any) (cursor, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.named(args))
	if err != nil {
		return nil, liteErr(err)
	}
	return &liteCursor{ctx: ctx, rows: rows, vals: make([]driver.Value, len(rows.Columns()))}, nil
}

// row reads the row at once, so that the connection is free when it returns.
func (c *liteConn) row(ctx context.Context, sql string, args []any) Row {
	cur, err := c.query(ctx, sql, args)
	if err != nil {
		return Row{err: err}
	}
	lc := cur.(*liteCursor)
	there := lc.next()
	if err := lc.close(); err != nil {
		return Row{err: err}
	}
	if !there {
		return Row{err: NotFound}
	}
	return Row{scan: lc.scan}
}

// liteCursor steps through the rows of one statement.
type liteCursor struct {
	ctx  context.Context
	rows driver.Rows
	vals []driver.Value
	err  error
}

func (c *liteCursor) next() bool {
	if c.err = c.ctx.Err(); c.err != nil {
		return false
	}
	err := c.rows.Next(c.vals)
	if err != nil && err != io.EOF {
		c.err = liteErr(err)
	}
	return err == nil
}

func (c *liteCursor) scan(dest []any) error {
	if len(dest) != len(c.vals) {
		return errors.New("db: Scan into another number of values than there are columns")
	}
	for i, d := range dest {
		if err := assign(d, c.vals[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *liteCursor) close() error {
	if err := liteErr(c.rows.Close()); c.err == nil {
		c.err = err
	}
	return c.err
}

// liteErr puts SQLite's codes into words. Its messages name tables and columns, never values.
func liteErr(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	f := &failure{text: "sqlite: " + e.Error(), cause: err}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		f.word = Taken
		return f
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		f.word = Again
	case sqlite3.SQLITE_FULL:
		f.word = Full
	}
	return f
}
