package app_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
)

// priyaSees is how many entries of Amina's her GP is shown; none when she is refused.
func priyaSees(t *testing.T, h *app.House) (n int) {
	t.Helper()
	amina, err := h.Accounts.Get(t.Context(), "amina")
	if err != nil {
		t.Fatal(err)
	}
	priya, err := h.Accounts.As(t.Context(), "priya")
	if err != nil {
		t.Fatal(err)
	}
	err = h.Door.With(t.Context(), priya, consent.Care, amina.Person, func(v record.View) error {
		return v.Every(func(record.Entry) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func refusePriya(t *testing.T, h *app.House) {
	t.Helper()
	amina, err := h.Accounts.As(t.Context(), "amina")
	if err != nil {
		t.Fatal(err)
	}
	err = h.Door.With(t.Context(), amina, consent.Own, person.ID(amina.Person), func(v record.View) error {
		return v.Share(consent.Rule{ID: "no", To: consent.Party{Level: consent.Individual, ID: "priya"}, Labels: consent.Everything, Refuse: true})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, c app.Config) *app.House {
	t.Helper()
	h, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWhatIsRefusedAfterABackupIsRefusedAfterItsRestore(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		from := app.Config{Data: t.TempDir()}
		to := app.Config{Data: t.TempDir()}
		if filepath.Ext(where) == "" { // PostgreSQL
			from.Database, to.Database = where, dbtest.Postgres(t)
		}
		h := open(t, from)
		if err := h.Populate(t.Context(), 30, nil); err != nil {
			t.Fatal(err)
		}
		token, err := h.Accounts.Begin(t.Context(), "amina", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		// Somebody is getting back in without a passkey, which may be stopped later on.
		err = h.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO recovery (account, holder, stop, begun, opens) VALUES ('amina', $1, $1, 1, 2)`, []byte("x"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		before := priyaSees(t, h)
		if before == 0 {
			t.Fatal("Priya sees nothing before: this tests nothing")
		}
		if err := h.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "one.backup")
		made, err := app.Backup(t.Context(), from, file, nil)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != made.Bytes {
			t.Errorf("the file is %v, %v", info, err)
		}
		refusePriya(t, h)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}

		// The operator has kept the checkpoints, over lines that the backup does not have;
		// and an earlier restore was interrupted.
		for from, name := range map[string]string{filepath.Join(from.Data, "checkpoints.txt"): "checkpoints.txt", file: "onestory.db.restoring"} {
			b, err := os.ReadFile(from)
			if err == nil {
				err = os.WriteFile(filepath.Join(to.Data, name), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		done, err := app.Restore(t.Context(), to, app.Restoring{
			From: file, Keys: filepath.Join(from.Data, "keys"), Ledger: filepath.Join(from.Data, "ledger.jsonl"),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if done.Again != 1 || done.Epoch != 2 || done.Lines == 0 || done.Findings != 0 || done.Lost == 0 {
			t.Errorf("restored: %+v", done)
		}
		again := open(t, to)
		defer again.Close()
		if n := priyaSees(t, again); n != 0 {
			t.Errorf("Priya, who was refused after the backup, sees %d entries", n)
		}
		if _, err := again.Accounts.Actor(t.Context(), token); !errors.Is(err, fault.NotFound) {
			t.Errorf("a session outlived the restore: %v", err)
		}
		var n int
		if err := again.DB.Row(t.Context(), `SELECT COUNT(*) FROM recovery`).Scan(&n); n != 0 || err != nil {
			t.Errorf("%d who were getting back in still are: %v", n, err)
		}
		if err := again.Settle(t.Context()); err != nil {
			t.Error("the journal does not go on:", err)
		}
		if _, err := app.Restore(t.Context(), to, app.Restoring{From: file}, nil); err == nil {
			t.Error("a place with data was restored over")
		}
	})
}

func TestABackupThatIsNotWholeIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	from := app.Config{Data: t.TempDir()}
	h := open(t, from)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.backup")
	if _, err := app.Backup(context.Background(), from, file, nil); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(from.Data, "keys")
	other := t.TempDir()
	if _, err := app.OpenKeys(other); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "journal.key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[len(whole)/2] ^= 1
	for says, row := range map[string]struct {
		content []byte
		with    app.Restoring
	}{
		"cut short":           {whole[:len(whole)-1], app.Restoring{Keys: keys, WithoutLedger: true}},
		"one bit changed":     {changed, app.Restoring{Keys: keys, WithoutLedger: true}},
		"something else":      {[]byte("hello"), app.Restoring{Keys: keys, WithoutLedger: true}},
		"other keys":          {whole, app.Restoring{Keys: other, WithoutLedger: true}},
		"no keys":             {whole, app.Restoring{WithoutLedger: true}},
		"no word of a ledger": {whole, app.Restoring{Keys: keys}},
	} {
		bad := filepath.Join(t.TempDir(), "bad.backup")
		if err := os.WriteFile(bad, row.content, 0o600); err != nil {
			t.Fatal(err)
		}
		row.with.From = bad
		to := app.Config{Data: t.TempDir()}
		_, err := app.Restore(t.Context(), to, row.with, nil)
		if kind, _ := fault.Of(err); kind != fault.Invalid {
			t.Errorf("%s: answered %v", says, err)
		}
		if _, err := os.Stat(filepath.Join(to.Data, "onestory.db")); err == nil {
			t.Errorf("%s: something was written", says)
		}
	}
}

// Keys on another disk are in no copy of the data folder, and a ledger there outlives
// it. A disk that is not mounted is not taken for a new installation.
func TestKeysAndLedgerMayLiveOnAnotherDisk(t *testing.T) {
	t.Parallel()
	there := func() app.Config {
		disk := t.TempDir()
		return app.Config{Data: filepath.Join(t.TempDir(), "data"), Keys: filepath.Join(disk, "keys"), Ledger: filepath.Join(disk, "said"), Quiet: true}
	}
	from, to := there(), there()
	if h, err := app.Open(t.Context(), from); !errors.Is(err, fault.Invalid) {
		t.Errorf("a folder for keys that is not there: %v, %v", h, err)
	}
	if err := os.Mkdir(from.Keys, 0o700); err != nil {
		t.Fatal(err)
	}
	h := open(t, from)
	if err := h.Populate(t.Context(), 14, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.backup")
	if _, err := app.Backup(t.Context(), from, file, nil); err != nil {
		t.Fatal(err)
	}
	refusePriya(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keys", "ledger.jsonl"} {
		if _, err := os.Stat(filepath.Join(from.Data, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is among the data all the same: %v", name, err)
		}
	}
	done, err := app.Restore(t.Context(), to, app.Restoring{From: file, Keys: from.Keys, Ledger: from.Ledger}, nil)
	if err != nil || done.Again != 1 || done.Findings != 0 {
		t.Errorf("restored: %+v, %v", done, err)
	}
}

// Without their disk the folder of the keys is there, and empty: the house would make new
// ones, with which nothing can be found, and go on writing.
func TestOtherKeysThanThoseOfTheDatabaseAreRefused(t *testing.T) {
	t.Parallel()
	c := app.Config{Data: t.TempDir(), Keys: t.TempDir(), Quiet: true}
	h, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	empty := c
	empty.Keys = t.TempDir()
	if _, err := app.Open(t.Context(), empty); !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Say(err), "not those of this database") {
		t.Errorf("with an empty folder for keys: %v", err)
	}
	if h, err = app.Open(t.Context(), c); err != nil {
		t.Fatalf("with its own keys: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}
