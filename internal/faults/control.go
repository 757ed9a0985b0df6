package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver that package db uses as well
)

// A control inserts rows one by one into a plain table of a database that does not
// sync them: it has to lose some, or the cut was none.

// file is where an SQLite control keeps its rows.
func file(data, kind string) string { return filepath.Join(data, "control-"+kind+".db") }

// controlled is the worker of a control. It does not return until it is killed.
func controlled(kind, data, database string) error {
	ctx := context.Background()
	insert, err := inserter(ctx, kind, data, database)
	if err != nil {
		return err
	}
	line("ready 0 control")
	for n, body := 1, make([]byte, 600); ; n++ {
		if err := insert(n, body); err != nil {
			select {} // the power has gone: wait for the end
		}
		line("row %d", n)
	}
}

func inserter(ctx context.Context, kind, data, database string) (func(int, []byte) error, error) {
	const table, row = `CREATE TABLE control (n BIGINT PRIMARY KEY, b BYTEA)`, `INSERT INTO control (n, b) VALUES ($1, $2)`
	if kind == "async" {
		c, err := pgx.Connect(ctx, database+"&synchronous_commit=off")
		if err != nil {
			return nil, err
		}
		if _, err := c.Exec(ctx, table); err != nil {
			return nil, err
		}
		return func(n int, b []byte) error { _, err := c.Exec(ctx, row, n, b); return err }, nil
	}
	d, err := openControl(file(data, kind), kind)
	if err != nil {
		return nil, err
	}
	if _, err := d.Exec(table); err != nil {
		return nil, err
	}
	return func(n int, b []byte) error { _, err := d.Exec(row, n, b); return err }, nil
}

func openControl(path, kind string) (*sql.DB, error) {
	d, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+strings.ToUpper(kind)+")")
	if err == nil {
		d.SetMaxOpenConns(1)
	}
	return d, err
}

// lostOf counts the rows that a control acknowledged and that are not there.
func lostOf(ctx context.Context, kind, data, database string, acknowledged []int64) (lost int) {
	const all = `SELECT n FROM control`
	have := map[int64]bool{}
	if kind == "async" {
		c, err := pgx.Connect(ctx, database)
		if err != nil {
			return len(acknowledged)
		}
		defer c.Close(ctx)
		rows, err := c.Query(ctx, all)
		if err != nil {
			return len(acknowledged)
		}
		numbers, _ := pgx.CollectRows(rows, pgx.RowTo[int64]) // what cannot be read is lost
		for _, n := range numbers {
			have[n] = true
		}
	} else if d, err := openControl(file(data, kind), kind); err == nil {
		defer d.Close()
		if rows, err := d.Query(all); err == nil { // there may not even be a table
			defer rows.Close()
			for rows.Next() {
				var n int64
				if rows.Scan(&n) == nil {
					have[n] = true
				}
			}
			_ = rows.Err() // what cannot be read is lost
		}
	}
	for _, n := range acknowledged {
		if !have[n] {
			lost++
		}
	}
	return lost
}
