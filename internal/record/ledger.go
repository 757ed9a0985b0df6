package record

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"onestory/internal/consent"
	"onestory/internal/fault"
)

// A ledger is a small file on a second path, with everything that must outlive a
// restore of an older backup: what was refused or ended, and what was linked or
// unlinked. A line is on disk before the change is acknowledged.
type ledger struct {
	mu   sync.Mutex
	file *os.File // nil: none is kept
}

// A ledgerLine is one change that must not be undone by a restore.
type ledgerLine struct {
	Person int64             `json:"person"`
	Seq    int64             `json:"seq"`
	Hash   string            `json:"hash"`
	Parts  []json.RawMessage `json:"parts"`
	Kinds  []partKind        `json:"kinds"`
}

func openLedger(path string) (*ledger, error) {
	if path == "" {
		return &ledger{}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record: the restore ledger: %w", err)
	}
	if err := trim(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return &ledger{file: f}, dir.Sync()
}

// trim drops a last line that a crash cut short: it was never acknowledged.
func trim(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	for b := make([]byte, 1); end > 0; end-- {
		if _, err := f.ReadAt(b, end-1); err != nil {
			return err
		}
		if b[0] == '\n' {
			break
		}
	}
	return f.Truncate(end)
}

// note writes down what of these changes must outlive a restore. When it cannot,
// the change stands but is not acknowledged: the person hears Busy, and saying it
// again is safe.
func (l *ledger) note(changes []*change) error {
	if l.file == nil {
		return nil
	}
	var b []byte
	for _, c := range changes {
		line := ledgerLine{Person: c.person, Seq: c.seq, Hash: hex.EncodeToString(c.hash[:])}
		for _, p := range c.parts {
			if lasting(p) {
				line.Parts = append(line.Parts, p.content)
				line.Kinds = append(line.Kinds, p.kind)
			}
		}
		if len(line.Parts) > 0 {
			j, err := json.Marshal(line)
			if err != nil {
				return err
			}
			b = append(append(b, j...), '\n')
		}
	}
	if b == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	end, err := l.file.Seek(0, io.SeekEnd)
	if err != nil {
		return unsaved(err)
	}
	if _, err := l.file.Write(b); err != nil {
		// On a full disk a part of it may be there, and would spoil the next line.
		return unsaved(errors.Join(err, l.file.Truncate(end)))
	}
	if err := l.file.Sync(); err != nil {
		return unsaved(err)
	}
	return nil
}

// lasting reports whether a part must outlive a restore. A sharing need not: a
// restore that forgets it withholds, which is the safe side.
func lasting(p part) bool {
	switch p.kind {
	case partEnd, partLink, partLabels, partErase:
		return true
	case partRule:
		var r consent.Rule
		return decodeJSON(p.content, &r) != nil || r.Refuse
	}
	return false
}

// lines reads the ledger from its start.
func (l *ledger) lines() (all []ledgerLine, err error) {
	if l.file == nil {
		return nil, nil
	}
	f, err := os.Open(l.file.Name())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line ledgerLine
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Say: "The restore ledger is damaged. Put back a whole copy of it.", Cause: err}
		}
		all = append(all, line)
	}
	return all, in.Err()
}

func (l *ledger) close() error {
	if l.file == nil {
		return nil
	}
	return errors.Join(l.file.Sync(), l.file.Close())
}
