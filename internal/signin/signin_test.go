package signin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// What a real authenticator answers is tried in a browser, by e2e/passkey.mjs.

func each(t *testing.T, body func(t *testing.T, w *Ways, tick func(time.Duration))) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		var past atomic.Int64
		begin := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		c := clock.Fake(func() time.Time { return begin.Add(time.Duration(past.Load())) })
		d := dbtest.Open(t, where, db.Options{Clock: c})
		a := account.New(d, c)
		for i, id := range []string{"amina", "marcus"} {
			if err := a.Put(t.Context(), account.Account{ID: id, Name: id, Role: "resident", Person: person.ID(7 + i)}); err != nil {
				t.Fatal(err)
			}
		}
		w, err := New(d, c, a, "https://onestory.example")
		if err != nil {
			t.Fatal(err)
		}
		body(t, w, func(d time.Duration) { past.Add(int64(d)) })
	})
}

func TestAChallengeIsAnsweredOnceByWhomItWasPutTo(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, tick func(time.Duration)) {
		ctx := context.Background()
		asked := &webauthn.SessionData{Challenge: "c"}
		ticket, err := w.put(ctx, "amina", asked)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.take(ctx, "marcus", ticket); !errors.Is(err, fault.Refused) {
			t.Error("somebody else took it:", err)
		}
		var took atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if got, err := w.take(ctx, "amina", ticket); err == nil && got.Challenge == "c" {
					took.Add(1)
				}
			})
		}
		all.Wait()
		if took.Load() != 1 {
			t.Errorf("%d took it", took.Load())
		}
		if ticket, err = w.put(ctx, "amina", asked); err != nil {
			t.Fatal(err)
		}
		tick(5 * time.Minute)
		if _, err := w.take(ctx, "amina", ticket); !errors.Is(err, fault.Refused) {
			t.Error("five minutes later:", err)
		}
	})
}

func TestNonsenseProvesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		for _, answer := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, "\x00"} {
			_, ticket, err := w.Ask(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if who, err := w.Prove(ctx, ticket, []byte(answer)); !errors.Is(err, fault.Refused) || who != "" {
				t.Errorf("%q proves %q: %v", answer, who, err)
			}
			_, ticket, err = w.Offer(ctx, "amina")
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Keep(ctx, "amina", ticket, []byte(answer), "phone"); !errors.Is(err, fault.Refused) {
				t.Errorf("%q is kept: %v", answer, err)
			}
		}
		if keys, err := w.Passkeys(ctx, "amina"); err != nil || len(keys) != 0 {
			t.Error(keys, err)
		}
	})
}
