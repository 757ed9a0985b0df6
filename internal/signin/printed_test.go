package signin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/fault"
)

func TestACodeOnPaperWorksOnceForOneOfMany(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		codes, err := w.Sheet(ctx, "amina")
		if err != nil || len(codes) != 10 {
			t.Fatal(codes, err)
		}
		typed := " " + strings.ToLower(strings.ReplaceAll(codes[0], "-", " "))
		var in atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				who, err := w.ProveCode(ctx, typed)
				switch {
				case err == nil && who == "amina":
					in.Add(1)
				case !errors.Is(err, ErrWrong):
					t.Error(who, err)
				}
			})
		}
		all.Wait()
		if n, err := w.Left(ctx, "amina"); in.Load() != 1 || n != 9 || err != nil {
			t.Errorf("%d came in, %d codes are left: %v", in.Load(), n, err)
		}
		for _, wrong := range []string{"", "-", codes[0], codes[1][:18], codes[1] + "A"} {
			if who, err := w.ProveCode(ctx, wrong); who != "" || !errors.Is(err, ErrWrong) {
				t.Errorf("%q proves %q: %v", wrong, who, err)
			}
		}
	})
}

func TestNewCodesEndTheOldAndNobodyWorksWithPaper(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		ctx := context.Background()
		old, err := w.Sheet(ctx, "amina")
		if err != nil {
			t.Fatal(err)
		}
		other, err := w.Sheet(ctx, "marcus")
		if err != nil {
			t.Fatal(err)
		}
		codes, err := w.Sheet(ctx, "amina")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ProveCode(ctx, old[3]); !errors.Is(err, ErrWrong) {
			t.Error("an old code:", err)
		}
		if who, err := w.ProveCode(ctx, other[0]); who != "marcus" || err != nil {
			t.Error("somebody else's code:", who, err)
		}
		if err := w.accounts.Put(ctx, account.Account{ID: "amina", Name: "amina", Role: "nurse"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ProveCode(ctx, codes[0]); !errors.Is(err, ErrWrong) {
			t.Error("a nurse came in with paper:", err)
		}
		if _, err := w.Sheet(ctx, "amina"); !errors.Is(err, fault.Refused) {
			t.Error("a nurse has a sheet:", err)
		}
	})
}

func TestWhoCameInWithPaperOrWasRememberedElsewhereIsNotFresh(t *testing.T) {
	each(t, func(t *testing.T, w *Ways, _ func(time.Duration)) {
		for _, x := range []struct {
			how  account.How
			want bool
		}{{account.How{}, true}, {account.How{Paper: true}, false}, {account.How{Ago: time.Second}, true}, {account.How{Ago: time.Hour}, false}} {
			token, err := w.accounts.Begin(t.Context(), "amina", x.how)
			if err != nil {
				t.Fatal(err)
			}
			if fresh, err := w.accounts.Fresh(t.Context(), token, time.Minute); fresh != x.want || err != nil {
				t.Error(x.how, fresh, err)
			}
		}
	})
}
