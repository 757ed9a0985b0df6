package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"onestory/internal/account"
	"onestory/internal/chain"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// journalTable has a row for each numbered line of the journal.
const journalTable = "leaf"

// lostCheckpoints is the file with the checkpoints over lines that a restore lost.
const lostCheckpoints = "checkpoints-lost.txt"

// nextEpoch writes down that an epoch begins: one more than the database's and than any
// before it.
func nextEpoch(ctx context.Context, tx *db.Tx, before int64) (epoch int64, err error) {
	is, err := account.Noted(ctx, tx, epochFact)
	if err != nil {
		return 0, err
	}
	epoch = 1
	if is != "" {
		if epoch, err = strconv.ParseInt(is, 10, 64); err != nil {
			return 0, err
		}
	}
	epoch = max(epoch, before) + 1
	return epoch, account.Note(ctx, tx, epochFact, strconv.FormatInt(epoch, 10))
}

// setAside moves the kept checkpoints over more lines than a backup has to a file of
// their own: those lines are gone, and are known to be. Otherwise every check from now
// on would find that the end of the journal was cut. It answers the newest epoch that
// any of them is of, and how many lines are lost.
func (c Config) setAside(lines int64) (epoch, missing int64, err error) {
	signer, err := chain.OpenSigner(filepath.Join(c.KeysFolder(), "journal.key"), "onestory")
	if err != nil {
		return 0, 0, err
	}
	path, lost := filepath.Join(c.Data, checkpoints), filepath.Join(c.Data, lostCheckpoints)
	var kept, gone []string
	for _, file := range []string{path, lost} { // the second is of an earlier restore, or of one that was interrupted
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, 0, err
		}
		for _, note := range chain.SplitNotes(string(text)) {
			p, err := chain.VerifyCheckpoint(note, signer.Key())
			if err != nil {
				return 0, 0, &fault.Error{Kind: fault.Invalid, Cause: err, Say: "A checkpoint in " + file + " was not signed with these keys. Put checkpoints and keys there that belong together, or neither."}
			}
			epoch = max(epoch, p.Epoch)
			switch {
			case file == lost:
			case p.Size > lines:
				gone, missing = append(gone, note), max(missing, p.Size-lines)
			default:
				kept = append(kept, note)
			}
		}
	}
	for _, note := range gone {
		if err := chain.FileWitness(lost)(note); err != nil {
			return 0, 0, err
		}
	}
	if gone == nil {
		return epoch, 0, nil
	}
	if err := os.WriteFile(path+".new", []byte(strings.Join(kept, "\n")), 0o600); err != nil {
		return 0, 0, err
	}
	return epoch, missing, errors.Join(os.Rename(path+".new", path), syncDir(c.Data))
}
