// Package dbtest gives tests fresh databases of both kinds.
//
// [Each] runs a test on SQLite and on PostgreSQL. PostgreSQL is the server that
// ONESTORY_TEST_POSTGRES names (a URL); without it, a throw-away cluster is
// started once for the test process from the server's programs on this machine,
// and goes away with the process. Without these programs the PostgreSQL half is
// skipped, unless ONESTORY_TEST_POSTGRES=required or CI=true: then it fails.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onestory/internal/db"
	"onestory/internal/id"
)

// Each runs body on a fresh SQLite database and on a fresh PostgreSQL one, as the
// subtests "sqlite" and "postgres", in parallel.
func Each(t *testing.T, body func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachPlace(t, func(t *testing.T, where string) { body(t, Open(t, where, db.Options{})) })
}

// EachPlace is Each for tests that open the database themselves: where goes to
// db.Open. Nothing is there yet.
func EachPlace(t *testing.T, body func(t *testing.T, where string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		body(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		body(t, Postgres(t))
	})
}

// Open opens a database until the end of the test.
func Open(t testing.TB, where string, o db.Options) *db.DB {
	t.Helper()
	if o.Conns == 0 {
		o.Conns = 8
	}
	if o.Readers == 0 {
		o.Readers = 2
	}
	d, err := db.Open(context.Background(), where, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil && !errors.Is(err, db.Closed) {
			t.Errorf("closing the database: %v", err)
		}
	})
	return d
}

// SQLite returns the path of an SQLite file that is not there yet.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "test.db") }

// Postgres returns the URL of a fresh, empty schema of PostgreSQL, which goes
// when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	if errors.Is(err, errNoPrograms) && os.Getenv("ONESTORY_TEST_POSTGRES") != "required" && os.Getenv("CI") != "true" {
		t.Skip("PostgreSQL is not tested here: install its server, or set ONESTORY_TEST_POSTGRES to a URL.")
	}
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("test_%x", id.Random())
	run(t, s, "CREATE SCHEMA "+schema)
	if s.stop == nil { // a throw-away cluster goes with all that is in it
		t.Cleanup(func() { run(t, s, "DROP SCHEMA "+schema+" CASCADE") })
	}
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func run(t testing.TB, s *server, sql string) {
	t.Helper()
	if _, err := s.admin.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

// A server is a PostgreSQL to test on. Stop is kept, though nobody calls it: when
// it is collected as garbage, the cluster stops.
type server struct {
	url   string
	admin *pgxpool.Pool
	stop  func()
}

// theServer is the one PostgreSQL of this process, started when first asked for.
var theServer = sync.OnceValues(func() (*server, error) {
	s := &server{url: os.Getenv("ONESTORY_TEST_POSTGRES")}
	var err error
	if s.url == "" || s.url == "required" {
		if s.url, s.stop, err = StartCluster(); err != nil {
			return nil, err
		}
	}
	s.admin, err = pgxpool.New(context.Background(), s.url)
	return s, err
})
