package outbox_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/outbox"
)

var ctx = context.Background()

func add(t *testing.T, d *db.DB, rows ...outbox.Row) {
	t.Helper()
	err := d.Tx(ctx, func(tx *db.Tx) error {
		for _, r := range rows {
			if err := outbox.Add(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func waiting(t *testing.T, d *db.DB) int64 {
	t.Helper()
	n, _, err := outbox.Waiting(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestIsDoneWhenDueAndNotForAChangeThatNeverWas(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		var now atomic.Int64
		now.Store(int64(clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))))
		d := dbtest.Open(t, where, db.Options{Clock: clock.Fake(func() time.Time { return clock.Time(now.Load()).Std() })})
		later := d.Now().Add(time.Hour)
		add(t, d, outbox.Row{Person: 1, Seq: 1, Topic: "tell", Payload: []byte("team")}, outbox.Row{Person: 1, Seq: 1, N: 1, Topic: "tell", Due: later},
			outbox.Row{Person: 1, Seq: 1, N: 2, Topic: "nobody knows"})
		gone := errors.New("the change did not come about")
		d.Tx(ctx, func(tx *db.Tx) error {
			outbox.Add(ctx, tx, outbox.Row{Person: 1, Seq: 2, Topic: "tell"})
			return gone
		})
		err := d.Tx(ctx, func(tx *db.Tx) error { return outbox.Add(ctx, tx, outbox.Row{Person: 1, Seq: 1, Topic: "tell"}) })
		if !errors.Is(err, db.Taken) {
			t.Errorf("a key that is in use: %v", err)
		}
		var told []string
		handlers := outbox.Handlers{"tell": func(_ context.Context, r outbox.Row) error {
			told = append(told, r.Key()+string(r.Payload))
			return nil
		}}
		for _, want := range []int{1, 0} {
			if n, err := outbox.Drain(ctx, d, handlers); n != want || err != nil {
				t.Errorf("did %d, %v; want %d", n, err, want)
			}
		}
		now.Store(int64(later))
		if n, err := outbox.Drain(ctx, d, handlers); n != 1 || err != nil || len(told) != 2 || told[0] != "1-1-0team" || told[1] != "1-1-1" {
			t.Errorf("did %d, %v: %q", n, err, told)
		}
		if n := waiting(t, d); n != 1 {
			t.Errorf("%d rows are left, not the one without a handler", n)
		}
	})
}

func TestIsTriedAgainAfterAFailureAndAfterACrash(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		var now atomic.Int64
		now.Store(int64(clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))))
		c := clock.Fake(func() time.Time { return clock.Time(now.Load()).Std() })
		d := dbtest.Open(t, where, db.Options{Clock: c})
		add(t, d, outbox.Row{Person: 1, Seq: 1, Topic: "tell"})
		tries := 0
		handlers := outbox.Handlers{"tell": func(_ context.Context, r outbox.Row) error {
			tries++
			switch r.Tries {
			case 1:
				return errors.New("nobody answers")
			case 2:
				panic("a mistake")
			case 3: // it is done, and then the server is gone before that is noted
				return d.Close()
			}
			return nil
		}}
		for _, step := range []struct {
			what  string
			wait  time.Duration
			tries int
			fails bool
		}{
			{"the first fails", 0, 1, true},
			{"it is not yet tried again", time.Second, 1, false},
			{"the second panics", 5 * time.Second, 2, true},
			{"the third is done, and not noted", 10 * time.Second, 3, true},
			{"another server waits for the lease to end", time.Minute, 3, false},
			{"and does it again", 2 * time.Minute, 4, false},
			{"then it is done", time.Hour, 4, false},
		} {
			now.Add(step.wait.Microseconds())
			if _, err := outbox.Drain(ctx, d, handlers); tries != step.tries || (err != nil) != step.fails {
				t.Errorf("%s: %d tries, %v", step.what, tries, err)
			}
			if tries == 3 {
				d = dbtest.Open(t, where, db.Options{Clock: c})
			}
		}
		if n := waiting(t, d); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestTwoServersDoEachThingOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		servers := []*db.DB{dbtest.Open(t, where, db.Options{}), dbtest.Open(t, where, db.Options{})}
		var rows []outbox.Row
		for i := range 100 {
			rows = append(rows, outbox.Row{Person: int64(i % 9), Seq: int64(i), Topic: "tell"})
		}
		add(t, servers[0], rows...)
		var mu sync.Mutex
		done := map[string]int{}
		handlers := outbox.Handlers{"tell": func(_ context.Context, r outbox.Row) error {
			mu.Lock()
			defer mu.Unlock()
			done[r.Key()]++
			return nil
		}}
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				if _, err := outbox.Drain(ctx, servers[i%2], handlers); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for key, n := range done {
			if n != 1 {
				t.Errorf("%s was done %d times", key, n)
			}
		}
		if n := waiting(t, servers[0]); n != 0 || len(done) != 100 {
			t.Errorf("%d done, %d left", len(done), n)
		}
	})
}
