// Package app puts the house together: database, keys, door, accounts, edges and
// limits become one http.Handler, the same for the command and for every script
// test.
//
// A House opens in this order and closes in the other: keys, database, door (with
// the restore ledger replayed before anyone asks), sequencer, edges.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"onestory/internal/account"
	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
	"onestory/internal/retold"
)

// Config says where things are. Every field has a usable zero.
type Config struct {
	Data     string // the folder for everything on disk; "": ./data
	Database string // "postgres://..."; "": an SQLite file in Data
	Keys     string // the folder with the keys, which is there; "": keys in Data, made when needed
	Ledger   string // the file that outlives a restore; "": ledger.jsonl in Data
	Cache    uint64 // bytes of persons in memory; 0: 256 MiB
	Clock    *clock.Clock
	Log      *slog.Logger
	Witness  string // a folder that another machine collects, for each signed checkpoint; "": none
	Quiet    bool   // no sequencer in the background: for commands that only read
}

// A House is everything, wired.
type House struct {
	DB        *db.DB
	Door      *record.Door
	Accounts  *account.Accounts
	Directory *directory.Directory
	Retold    *retold.Counts
	Spec      *fhir.Spec
	Keys      *Keys
	Clock     *clock.Clock
	Log       *slog.Logger
	Signer    *chain.Signer
	Data      string
	Replayed  int // how much was said again from the ledger: not 0 after a restore alone

	ledger    string // see LedgerFile
	sequencer *chain.Sequencer
	metrics   *metrics
	vital     vital
	stopping  atomic.Bool
	before    []func() // what ends before anything is closed
}

// Open opens the house.
func Open(ctx context.Context, c Config) (h *House, err error) {
	h = &House{Clock: c.Clock, Log: c.Log, Data: c.Data}
	if h.Data == "" {
		h.Data = "data"
	}
	if h.Clock == nil {
		h.Clock = clock.New()
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
			h = nil
		}
	}()
	if err := os.MkdirAll(h.Data, 0o700); err != nil {
		return h, fmt.Errorf("app: the data folder: %w", err)
	}
	c.Data = h.Data
	if err := c.keysThere(); err != nil {
		return h, err
	}
	if h.Keys, err = OpenKeys(c.KeysFolder()); err != nil {
		return h, err
	}
	h.ledger = c.LedgerFile()
	if h.DB, err = db.Open(ctx, c.where(), db.Options{Clock: h.Clock}); err != nil {
		return h, err
	}
	if h.Spec, err = fhir.Load(); err != nil {
		return h, err
	}
	h.Accounts = account.New(h.DB, h.Clock)
	if err := h.keysFit(ctx); err != nil {
		return h, err
	}
	h.Retold = retold.New(h.DB)
	h.Directory = directory.New(h.DB, h.Keys.IDs, h.Keys.Index)
	h.Door, err = record.Open(ctx, record.Options{
		DB: h.DB, Clock: h.Clock, IDs: h.Keys.IDs, Index: h.Keys.Index, Spec: h.Spec, Kinds: kinds(), Cache: c.Cache, Log: h.Log,
		Standing: h.Accounts.Standing, Ledger: h.ledger,
	})
	if err != nil {
		return h, err
	}
	if h.Replayed, err = h.Door.Replay(ctx); err != nil {
		return h, err
	}
	h.metrics = newMetrics(h)
	return h, h.sequence(ctx, c)
}

// KeysFolder is where the keys are.
func (c Config) KeysFolder() string {
	if c.Keys != "" {
		return c.Keys
	}
	return filepath.Join(c.Data, "keys")
}

// LedgerFile is what must outlive a restore.
func (c Config) LedgerFile() string {
	if c.Ledger != "" {
		return c.Ledger
	}
	return filepath.Join(c.Data, "ledger.jsonl")
}

// keysThere refuses a named folder that is not there: it is a disk that was not
// mounted, and new keys would open nothing of what is in the database.
func (c Config) keysThere() error {
	if c.Keys == "" {
		return nil
	}
	if info, err := os.Stat(c.Keys); err != nil || !info.IsDir() {
		return &fault.Error{Kind: fault.Invalid, Cause: err, Say: "There is no folder " + c.Keys + " for the keys. Mount its disk, or make it when this is a new installation."}
	}
	return nil
}

// keysFit refuses keys that are not those with which the database was made: every id and
// every search would come to nothing, and what is written with them would stay lost. A
// folder that is there but empty, as before its disk is mounted, has new ones.
func (h *House) keysFit(ctx context.Context) error {
	mark := h.Keys.mark()
	is, err := h.Accounts.Fact(ctx, "keys", mark)
	if err != nil || is == "" || is == mark {
		return err
	}
	return fault.New(fault.Invalid, "The keys in "+h.Keys.Dir+" are not those of this database. Mount their disk, or put back the copy that was kept of them.")
}

// where is the address of the database.
func (c Config) where() string {
	if c.Database != "" {
		return c.Database
	}
	return filepath.Join(c.Data, "onestory.db")
}
