package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/record"
)

// Least room on the disk. Below the first nothing is begun any more, since no look
// could be written; below the second the operator should act.
const (
	noRoom   = 64 << 20
	goodRoom = 1 << 30
)

// behind is how long a line of the journal may wait for its number before somebody
// should look: it is a second as a rule.
const behind = time.Minute

// Health says whether what is asked now would be answered, part by part in words.
// "ok" is well.
type Health struct {
	Ready      bool   `json:"ready"`
	Database   string `json:"database"`
	Migrations string `json:"migrations"`
	Ledger     string `json:"ledger"`
	Disk       string `json:"disk"`
	Journal    string `json:"journal"` // lines that wait do no harm to anybody yet: it does not count for Ready
	Stopping   bool   `json:"stopping"`
}

// A vital keeps what was found for a moment: whoever asks often costs nothing.
type vital struct {
	mu    sync.Mutex
	until time.Time
	last  Health
}

// Stop says that the house is about to close: it is not ready from now on, though
// what is asked is still answered.
func (h *House) Stop() { h.stopping.Store(true) }

// Health looks after everything that a request needs.
func (h *House) Health(ctx context.Context) Health {
	h.vital.mu.Lock()
	defer h.vital.mu.Unlock()
	if now := time.Now(); now.After(h.vital.until) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		h.vital.last, h.vital.until = h.examine(ctx), now.Add(time.Second)
	}
	now := h.vital.last
	now.Stopping = h.stopping.Load()
	now.Ready = now.Ready && !now.Stopping
	return now
}

func (h *House) examine(ctx context.Context) Health {
	s := Health{Database: "ok", Migrations: "ok", Ledger: "ok", Disk: "ok", Journal: "ok"}
	have, newest, err := h.DB.Version(ctx)
	switch {
	case err != nil:
		s.Database, s.Migrations, s.Journal = "does not answer", "not known", "not known"
	case have < newest:
		s.Migrations = fmt.Sprintf("at %d, where %d is needed", have, newest)
	}
	if f, err := os.OpenFile(h.ledger, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		s.Ledger = "cannot be written"
	} else {
		_ = f.Close()
	}
	if left, _, err := free(h.Data); err == nil && left < noRoom {
		s.Disk = "full"
	}
	s.Ready = s.Database == "ok" && s.Migrations == "ok" && s.Ledger == "ok" && s.Disk == "ok"
	if err == nil {
		since, err := h.waiting(ctx)
		switch {
		case err != nil:
			s.Journal = "not known"
		case since > behind:
			s.Journal = fmt.Sprintf("lines have waited for their number for %s", since.Round(time.Second))
		}
	}
	return s
}

// waiting is how long lines of the journal have been waiting for their number, about.
func (h *House) waiting(ctx context.Context) (since time.Duration, err error) {
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		lines, err := h.Door.Unsequenced(ctx, tx, 64)
		oldest := clock.Time(0)
		for _, l := range lines {
			if oldest == 0 || l.At < oldest {
				oldest = l.At
			}
		}
		if oldest > 0 {
			since = max(0, tx.At.Std().Sub(oldest.Std()))
		}
		return err
	})
	return since, err
}

// ready is GET /readyz: 503 with the reasons when it is not.
func (h *House) ready(w http.ResponseWriter, r *http.Request) {
	s := h.Health(r.Context())
	code := http.StatusOK
	if !s.Ready {
		code = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	answer(w, code, s)
}

// Low reports whether there is so little room that somebody should act.
func Low(left uint64) (soon, now bool) { return left < goodRoom, left < noRoom }

// RoomIn says how much is left on the disk of a folder, of how much.
func RoomIn(dir string) (left, of uint64, err error) { return free(dir) }

// A JournalState says how the journal is, without reading all of it.
type JournalState struct {
	Lines   int64            // that have their number
	Waiting time.Duration    // how long others have been waiting for theirs
	Signed  chain.Checkpoint // the last one kept outside the database
	Broken  string           // in words; "" when the tree agrees with what was signed last
}

// JournalState compares the tree with the last checkpoint: quick, where Verify is whole.
func (h *House) JournalState(ctx context.Context) (j JournalState, err error) {
	if j.Waiting, err = h.waiting(ctx); err != nil {
		return j, err
	}
	if j.Signed, err = h.LastCheckpoint(); err != nil {
		j.Broken = "the last checkpoint is not signed with this key"
		return j, nil
	}
	log := chain.Log{Stream: record.Stream}
	err = h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if j.Lines, err = log.Size(ctx, tx); err != nil || j.Signed.Size == 0 {
			return err
		}
		if j.Lines < j.Signed.Size {
			j.Broken = fmt.Sprintf("%d lines were signed, and %d are there", j.Signed.Size, j.Lines)
			return nil
		}
		root, err := log.Root(ctx, tx, j.Signed.Size)
		if err == nil && root != j.Signed.Root {
			j.Broken = "the tree is not the one that was signed"
		}
		return err
	})
	return j, err
}
