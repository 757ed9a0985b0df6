package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"onestory/internal/account"
	"onestory/internal/chain"
	"onestory/internal/record"
)

// Where checkpoints are kept outside the database, under the data folder.
const checkpoints = "checkpoints.txt"

// sequence starts numbering the journal, in the background unless quiet.
func (h *House) sequence(ctx context.Context, c Config) (err error) {
	epoch, err := epochOf(ctx, h.Accounts)
	if err != nil {
		return err
	}
	if h.Signer, err = chain.OpenSigner(filepath.Join(h.Keys.Dir, "journal.key"), "onestory"); err != nil {
		return err
	}
	o := chain.Options{
		Stream: record.Stream, Epoch: epoch, Signer: h.Signer, File: filepath.Join(h.Data, checkpoints),
		Report: func(err error) { h.Log.Error("journal", "error", err) },
	}
	if c.Witness != "" {
		o.Witnesses = append(o.Witnesses, chain.DirWitness(c.Witness, h.Signer.Key()))
	}
	if c.Quiet {
		h.sequencer = chain.New(h.DB, h.Door, o)
		return nil
	}
	h.sequencer = chain.Start(h.DB, h.Door, o)
	return nil
}

// Settle numbers every journal line that waits and signs a checkpoint over them:
// for commands, which end before the next minute.
func (h *House) Settle(ctx context.Context) error {
	for {
		n, err := h.sequencer.RunOnce(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	_, err := h.sequencer.Checkpoint(ctx)
	return err
}

// Notes are the checkpoints that are kept outside the database.
func (h *House) Notes() ([]string, error) {
	text, err := os.ReadFile(filepath.Join(h.Data, checkpoints))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return chain.SplitNotes(string(text)), err
}

// LastCheckpoint is the newest that is kept outside the database; its Size is 0 when
// there is none.
func (h *House) LastCheckpoint() (c chain.Checkpoint, err error) {
	f, err := os.Open(filepath.Join(h.Data, checkpoints))
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return c, err
	}
	end := make([]byte, min(info.Size(), 4096)) // there is one for each minute of years
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return c, err
	}
	notes := chain.SplitNotes(string(end))
	if len(notes) == 0 {
		return c, nil
	}
	return chain.VerifyCheckpoint(notes[len(notes)-1], h.Signer.Key())
}

// Close closes the house, in the order in which nothing is lost: what is packed,
// what is numbered, and the database last. It may be called on a house that did
// not open to the end.
func (h *House) Close() error {
	var errs []error
	for _, end := range h.before {
		end()
	}
	h.before = nil
	if h.Door != nil {
		errs = append(errs, h.Door.Close())
	}
	if h.sequencer != nil {
		errs = append(errs, h.sequencer.Close(context.Background()))
	}
	if h.DB != nil {
		errs = append(errs, h.DB.Close())
	}
	return errors.Join(errs...)
}

// epochFact is the fact that says which epoch of the journal it is: one more after
// each restore, since what is signed then need not continue what was signed before.
const epochFact = "journal epoch"

func epochOf(ctx context.Context, a *account.Accounts) (int64, error) {
	is, err := a.Fact(ctx, epochFact, "1")
	if err != nil || is == "" {
		return 1, err
	}
	return strconv.ParseInt(is, 10, 64)
}
