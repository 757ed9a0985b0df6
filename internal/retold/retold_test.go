package retold_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/outbox"
	"onestory/internal/retold"
)

func TestAUseCountsOnceForItsTeamItsOrganisationAndItsPlaceInItsYear(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		ctx := context.Background()
		var now atomic.Int64
		now.Store(int64(clock.At(time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC))))
		d := dbtest.Open(t, where, db.Options{Clock: clock.Fake(func() time.Time { return clock.Time(now.Load()).Std() })})
		c, seq := retold.New(d), int64(0)
		come := func(u retold.Use) {
			t.Helper()
			seq++
			err := d.Tx(ctx, func(tx *db.Tx) error {
				return outbox.Add(ctx, tx, outbox.Row{Person: 1, Seq: seq, Topic: u.Telling().Topic, Payload: u.Telling().Payload})
			})
			if err == nil {
				_, err = outbox.Drain(ctx, d, c.Handlers())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		is := func(organisation, team string, want int) {
			t.Helper()
			if n, err := c.Of(ctx, organisation, team); n != want || err != nil {
				t.Errorf("%s %s: %d, %v; not %d", organisation, team, n, err, want)
			}
		}
		come(retold.Use{Token: "a", Area: "Ealing", Organisation: "council", Team: "access", N: 2})
		come(retold.Use{Token: "a", Area: "Ealing", Organisation: "council", Team: "access", N: 2}) // once more, as the outbox may
		come(retold.Use{Token: "b", Area: "Ealing", Organisation: "council", Team: "hospital", N: 3})
		come(retold.Use{Token: "c", Organisation: "charity", N: 4})
		is("council", "access", 2)
		is("council", "", 5)
		is("charity", "", 4)
		is("nobody", "", 0)
		if all, err := c.Areas(ctx); err != nil || len(all) != 2 || all["Ealing"] != 5 || all[""] != 4 {
			t.Errorf("by place %v, %v", all, err)
		}
		now.Add((24 * time.Hour).Microseconds())
		is("council", "", 0)
		if all, err := c.Areas(ctx); err != nil || len(all) != 0 {
			t.Errorf("in the new year %v, %v", all, err)
		}
	})
}
