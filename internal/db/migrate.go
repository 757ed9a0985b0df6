package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"onestory/internal/clock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A migration is one step forward. The code works before and after it.
type migration struct {
	version int64
	name    string
	text    string
}

// stepsTo reads the steps up to a version, in the words of one database; 0 is all.
func stepsTo(version int64, postgres bool) ([]migration, error) {
	all, err := migrationsFor(postgres)
	if err != nil || version == 0 {
		return all, err
	}
	for i, m := range all {
		if m.version == version {
			return all[:i+1], nil
		}
	}
	return nil, fmt.Errorf("this program does not know version %d of the tables: use the one that made the copy, or a newer one", version)
}

// migrationsFor reads the steps, in order, in the words of one database.
func migrationsFor(postgres bool) ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, name := range names { // sorted by name
		b, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimPrefix(name, "migrations/")
		number, _, _ := strings.Cut(base, "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil || v < 1 || (len(all) > 0 && v <= all[len(all)-1].version) {
			return nil, fmt.Errorf("db: migration %s needs a number of its own", base)
		}
		all = append(all, migration{v, base, translate(string(b), postgres)})
	}
	return all, nil
}

// translate puts a migration into the words of one database. The two differ in
// the type of a key that is the row itself, $KEY, and in lines that only
// PostgreSQL reads, which start with "-- postgres:".
func translate(text string, postgres bool) string {
	if !postgres {
		return strings.ReplaceAll(text, "$KEY", "INTEGER PRIMARY KEY NOT NULL")
	}
	text = strings.ReplaceAll(text, "$KEY", "BIGINT PRIMARY KEY NOT NULL")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "-- postgres:"); ok {
			lines[i] = rest
		}
	}
	return strings.Join(lines, "\n")
}

const versionTable = `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)`

// migrate takes the steps that s has not had. It runs under a lock, in one
// transaction with everything it does.
func migrate(ctx context.Context, s session, all []migration, run func(sql string) error, at clock.Time) error {
	if err := run(versionTable); err != nil {
		return err
	}
	had, err := applied(ctx, s)
	if err != nil {
		return err
	}
	missing, err := had.missing(all)
	if err != nil {
		return err
	}
	for _, m := range missing {
		if err := run(m.text); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
		_, err := s.exec(ctx, `INSERT INTO schema_version (version, name, at) VALUES ($1, $2, $3)`, []any{m.version, m.name, int64(at)})
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// steps are the numbers of the migrations that a database has had. They are compared
// one by one: a step with a lower number may come to main after one with a higher.
type steps map[int64]bool

func applied(ctx context.Context, s session) (had steps, err error) {
	c, err := s.query(ctx, `SELECT version FROM schema_version`, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	had = steps{}
	for c.next() {
		var v int64
		if err := c.scan([]any{&v}); err != nil {
			return nil, err
		}
		had[v] = true
	}
	return had, nil
}

// missing are those of all that a database has not had. It fails when a newer program
// has been there.
func (had steps) missing(all []migration) (not []migration, err error) {
	newest := all[len(all)-1].version
	for v := range had {
		if v > newest {
			return nil, newer(v, newest)
		}
	}
	for _, m := range all {
		if !had[m.version] {
			not = append(not, m)
		}
	}
	return not, nil
}

func newer(have, newest int64) error {
	return fmt.Errorf("the database is at version %d and this program knows only up to %d: start the newer program, which was here before", have, newest)
}

// checkVersion is for who may not migrate: the database must be as the program knows it.
func checkVersion(ctx context.Context, s session) error {
	all, err := migrationsFor(false)
	if err != nil {
		return err
	}
	had, err := applied(ctx, s)
	if err != nil {
		return fmt.Errorf("reading the version of the database: %w", err)
	}
	missing, err := had.missing(all)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("the database has not had %s, which this program needs: start the server once, which brings it up to date", missing[0].name)
	}
	return nil
}

func migrateSQLite(ctx context.Context, c *liteConn, version int64, at clock.Time) error {
	all, err := stepsTo(version, false)
	if err != nil {
		return err
	}
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := migrate(ctx, c, all, c.run, at); err != nil {
		return errors.Join(err, c.run("ROLLBACK"))
	}
	return c.run("COMMIT")
}

// Pending names the migrations that a database has not had, and changes nothing. All
// are, of one that is empty. It fails when a newer program has been there.
func Pending(ctx context.Context, where string) (names []string, err error) {
	pgs := isPostgres(where)
	all, err := migrationsFor(pgs)
	if err != nil {
		return nil, err
	}
	had, err := appliedAt(ctx, where)
	if err != nil {
		return nil, err
	}
	missing, err := had.missing(all)
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		names = append(names, m.name)
	}
	return names, nil
}

func isPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// appliedAt reads the steps without opening the database for good; none when there are
// no tables.
func appliedAt(ctx context.Context, where string) (had steps, err error) {
	if isPostgres(where) {
		p, err := dialPostgres(ctx, where, Options{Clock: clock.New()})
		if err != nil {
			return nil, err
		}
		defer p.pool.Close()
		var there bool
		if err := p.row(ctx, `SELECT to_regclass('schema_version') IS NOT NULL`, nil).Scan(&there); err != nil || !there {
			return nil, err
		}
		err = p.read(ctx, func(t *Tx) (err error) { had, err = applied(ctx, t.s); return err })
		return had, err
	}
	if _, err := os.Stat(where); err != nil {
		return nil, err
	}
	c, err := openConn(where, append(litePragmas[:len(litePragmas):len(litePragmas)], "query_only = ON")...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	var there int64
	if err := c.row(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'`, nil).Scan(&there); err != nil || there == 0 {
		return nil, err
	}
	return applied(ctx, c)
}
