package chain_test

import (
	"testing"

	"onestory/internal/chain"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
)

// BenchmarkSequence tells how many lines a second get their numbers, and how many
// are verified, the source's own statements included.
func BenchmarkSequence(b *testing.B) {
	for _, place := range []struct {
		kind string
		make func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(place.kind, func(b *testing.B) {
			d := dbtest.Open(b, place.make(b), db.Options{})
			exec(b, d, saidTable)
			s := signer(b)
			seq := chain.New(d, said{}, chain.Options{Stream: "journal", Signer: s})
			var n int64
			for b.Loop() {
				b.StopTimer()
				err := d.Tx(ctx, func(tx *db.Tx) error {
					var rows [][]any
					for range 256 {
						rows = append(rows, []any{n % 1000, n, "a line", false})
						n++
					}
					return tx.ExecMany(ctx, `INSERT INTO said (subject, ref, words, done) VALUES ($1, $2, $3, $4)`, rows)
				})
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				must[int](b)(seq.RunOnce(ctx))
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
