package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// key gives an account a passkey, as far as it is counted, and answers its ID.
func (w *Ways) key(t *testing.T, who, name string) string {
	t.Helper()
	err := w.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO passkey (id, account, credential, name, made, used) VALUES ($1, $2, '{}', $3, $4, 0)`, []byte(name), who, name, tx.At)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(name))
}

func TestTheLastWayInGoesOnlyWhenItsOwnerSaysSo(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		only := w.key(t, "amina", "phone")
		if err := w.Bind(ctx, "amina", "gone", "s"); err != nil { // with a service that is not offered any more
			t.Fatal(err)
		}
		if err := w.Remove(ctx, "amina", only, false); !errors.Is(err, ErrLast) {
			t.Error("her only passkey:", err)
		}
		if _, err := w.Sheet(ctx, "amina"); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, "amina", only, false); err != nil {
			t.Error("with codes on paper:", err)
		}
		other := w.key(t, "marcus", "tablet")
		if err := w.Remove(ctx, "marcus", other, true); err != nil {
			t.Error("who knows what follows:", err)
		}
	})
}

func TestWhoWorksHereKeepsAWayInAlsoWhenTwoAreRemovedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		for i := range 8 {
			who := string(rune('a'+i)) + "-nurse"
			if err := w.accounts.Put(ctx, account.Account{ID: who, Name: who, Role: "nurse", Organisation: "trust"}); err != nil {
				t.Fatal(err)
			}
			keys := []string{w.key(t, who, who+"1"), w.key(t, who, who+"2")}
			var gone atomic.Int64
			var all sync.WaitGroup
			for _, k := range keys {
				all.Go(func() {
					err := w.Remove(ctx, who, k, true)
					if err == nil {
						gone.Add(1)
					} else if !errors.Is(err, fault.Refused) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if gone.Load() != 1 {
				t.Errorf("%d of two were removed", gone.Load())
			}
		}
	})
}

func TestANewcomersAccountAndWayInAreMadeTogether(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		if err := w.Bind(ctx, "marcus", "nhs-login", "s"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Newcomer(ctx, "Ida", 99, "nhs-login", "s"); !errors.Is(err, fault.Refused) {
			t.Error("an identity of two accounts:", err)
		}
		if all, err := w.accounts.Of(ctx, 99); err != nil || len(all) != 0 {
			t.Error("an account is left without a way in:", all, err)
		}
		id, err := w.Newcomer(ctx, "Ida", 99, "nhs-login", "other")
		if err != nil {
			t.Fatal(err)
		}
		if who, err := w.Known(ctx, "nhs-login", "other"); who != id || err != nil {
			t.Error(who, err)
		}
	})
}
