package db

import (
	"context"
	"fmt"
)

// Version is at which migration the database is, and which is the newest that this
// program knows.
func (d *DB) Version(ctx context.Context) (have, newest int64, err error) {
	all, err := migrationsFor(d.kind == "postgres")
	if err != nil {
		return 0, 0, err
	}
	err = d.Row(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&have)
	return have, all[len(all)-1].version, err
}

// Busy is how much of the way to the database is taken, and how much there is: on
// SQLite writes that wait for their turn, on PostgreSQL connections in use.
func (d *DB) Busy() (taken, of int) { return d.engine.busy() }

func (l *lite) busy() (taken, of int) { return len(l.jobs), cap(l.jobs) }

func (p *pg) busy() (taken, of int) {
	s := p.pool.Stat()
	return int(s.AcquiredConns()), int(s.MaxConns())
}

// A Setting is one of the database's that matters to what we promise.
type Setting struct {
	Name  string
	Value string
	Wrong string // what to do about it, in words; "" when it is as it should be
	Fatal bool   // whether what was acknowledged may be lost as it is
}

// Settings are those of the database that decide whether what is acknowledged lasts.
func (d *DB) Settings(ctx context.Context) ([]Setting, error) { return d.engine.settings(ctx) }

// oldestSQLite is the first without a fault that can damage a file with a log after
// it was checkpointed and written at once: see sqlite.org/wal.html.
var oldestSQLite = [3]int{3, 51, 3}

func (l *lite) settings(ctx context.Context) (all []Setting, err error) {
	ask := func(name, sql, want, wrong string, fatal bool) {
		if err != nil {
			return
		}
		s := Setting{Name: name}
		if err = l.row(ctx, sql, nil).Scan(&s.Value); err == nil {
			if want != "" && s.Value != want {
				s.Wrong, s.Fatal = wrong, fatal
			}
			all = append(all, s)
		}
	}
	ask("SQLite", `SELECT sqlite_version()`, "", "", true)
	if err == nil && olderThan(all[0].Value, oldestSQLite) {
		all[0].Wrong, all[0].Fatal = "is older than 3.51.3, which can damage a file: use a newer program", true
	}
	ask("journal_mode", `SELECT journal_mode FROM pragma_journal_mode`, "wal", "must be wal: another program has changed the file; PRAGMA journal_mode = WAL", true)
	ask("synchronous", `SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous`, "2", "must be 2 (FULL), or a loss of power loses what was acknowledged", true)
	ask("foreign_keys", `SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys`, "1", "should be 1", false)
	ask("quick_check", `SELECT quick_check FROM pragma_quick_check`, "ok", "the file is damaged: stop the server, keep the file, and restore the last backup", true)
	return all, err
}

func olderThan(version string, least [3]int) bool {
	var v [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return true
	}
	for i := range v {
		if v[i] != least[i] {
			return v[i] < least[i]
		}
	}
	return false
}

func (p *pg) settings(ctx context.Context) (all []Setting, err error) {
	for _, want := range []struct {
		name, bad, wrong string
		fatal            bool
	}{
		{"server_version", "", "", false},
		{"fsync", "off", "set fsync = on: a loss of power destroys the database as it is", true},
		{"full_page_writes", "off", "set full_page_writes = on: a loss of power can destroy pages as it is", true},
		{"synchronous_commit", "off", "set synchronous_commit = on: what was acknowledged is lost with the power as it is", true},
		{"data_checksums", "off", "damage on the disk goes unseen: pg_checksums --enable turns them on while PostgreSQL is stopped", false},
	} {
		s := Setting{Name: want.name}
		if err := p.row(ctx, "SHOW "+want.name, nil).Scan(&s.Value); err != nil {
			return all, err
		}
		if want.bad != "" && s.Value == want.bad {
			s.Wrong, s.Fatal = want.wrong, want.fatal
		}
		all = append(all, s)
	}
	var n int64
	if err := p.row(ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT)`, nil).Scan(&n); err != nil {
		return all, err
	}
	if n < 140000 {
		all[0].Wrong = "is older than 14, which is not tried any more: use a newer one"
	}
	return all, nil
}
