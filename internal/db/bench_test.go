package db_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onestory/internal/db"
	"onestory/internal/db/dbtest"
)

func p50(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}

// BenchmarkTx tells what a durable Tx of one row of 600 bytes takes, alone and
// among 16 that wait, as a multiple of writing and syncing 4 kB to a file,
// measured in turn with it. One in eight rounds is the file's.
func BenchmarkTx(b *testing.B) {
	for _, place := range []struct {
		kind string
		make func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, together := range []int{1, 16} {
			b.Run(place.kind+map[int]string{1: "/alone", 16: "/of16"}[together], func(b *testing.B) {
				d := dbtest.Open(b, place.make(b), db.Options{Conns: 16})
				exec(b, d, `CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, b BYTEA NOT NULL)`)
				f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
				if err != nil {
					b.Fatal(err)
				}
				defer f.Close()
				page, body := make([]byte, 4096), make([]byte, 600)
				var raw, tx []time.Duration
				var id atomic.Int64
				var busy time.Duration
				for b.Loop() {
					start := time.Now()
					if _, err := f.Write(page); err != nil {
						b.Fatal(err)
					}
					if err := syscall.Fdatasync(int(f.Fd())); err != nil {
						b.Fatal(err)
					}
					raw = append(raw, time.Since(start))
					start = time.Now()
					var all sync.WaitGroup
					for range together {
						all.Go(func() {
							for range 7 {
								if err := put(d, `INSERT INTO thing (id, b) VALUES ($1, $2)`, id.Add(1), body); err != nil {
									b.Error(err)
								}
							}
						})
					}
					all.Wait()
					took := time.Since(start)
					busy += took
					tx = append(tx, took/7)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(p50(tx).Microseconds()), "p50-us")
				b.ReportMetric(float64(p50(raw).Microseconds()), "raw-us")
				b.ReportMetric(float64(p50(tx))/float64(p50(raw)), "x-raw")
				b.ReportMetric(float64(id.Load())/busy.Seconds(), "tx/s")
			})
		}
	}
}

// BenchmarkRead tells what reading one row by its key takes, by itself and in a snapshot.
func BenchmarkRead(b *testing.B) {
	for _, place := range []struct {
		kind string
		make func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		d := dbtest.Open(b, place.make(b), db.Options{})
		exec(b, d, table)
		exec(b, d, `INSERT INTO thing (id, n) VALUES (1, 1)`)
		var n int64
		b.Run(place.kind+"/row", func(b *testing.B) {
			for b.Loop() {
				if err := d.Row(ctx, `SELECT n FROM thing WHERE id = $1`, 1).Scan(&n); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(place.kind+"/snapshot", func(b *testing.B) {
			for b.Loop() {
				err := d.Read(ctx, func(tx *db.Tx) error { return tx.Row(ctx, `SELECT n FROM thing WHERE id = $1`, 1).Scan(&n) })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFresh tells what a fresh database costs a test.
func BenchmarkFresh(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			dbtest.Open(b, dbtest.SQLite(b), db.Options{})
		}
	})
	b.Run("postgres", func(b *testing.B) {
		for b.Loop() {
			dbtest.Open(b, dbtest.Postgres(b), db.Options{})
		}
	})
}
