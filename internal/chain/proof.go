package chain

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"onestory/internal/db"
)

// ErrUncovered says that a line has its number, but no checkpoint covers it yet:
// one will within a minute.
var ErrUncovered = errors.New("chain: no checkpoint covers this line yet")

// A Proof shows offline, with the verifier's key alone, that a line is in a tree
// that was signed: see [Proof.Verify]. As JSON it is what a person downloads.
type Proof struct {
	Leaf       Leaf   `json:"leaf"`
	Size       int64  `json:"size"`       // of the tree
	Path       []Hash `json:"path"`       // from the leaf to the root
	Checkpoint string `json:"checkpoint"` // the signed note
}

// A Growth shows that one tree is the beginning of another.
type Growth struct {
	Old  int64  `json:"old"` // sizes
	New  int64  `json:"new"`
	Path []Hash `json:"path"`
}

// ProveRecord answers the path from leaf n to the root of the tree of that size.
func (l Log) ProveRecord(ctx context.Context, tx *db.Tx, n, size int64) ([]Hash, error) {
	if n < 0 || n >= size {
		return nil, fmt.Errorf("chain: there is no line %d among %d", n, size)
	}
	p, err := tlog.ProveRecord(size, n, l.reader(ctx, tx))
	return ours(p), err
}

// ProveTree shows that the tree of size old is the beginning of that of size size.
func (l Log) ProveTree(ctx context.Context, tx *db.Tx, old, size int64) (Growth, error) {
	if old < 1 || old > size {
		return Growth{}, fmt.Errorf("chain: a tree of %d cannot grow to %d", old, size)
	}
	p, err := tlog.ProveTree(size, old, l.reader(ctx, tx))
	return Growth{Old: old, New: size, Path: ours(p)}, err
}

// Prove makes the proof of a leaf against the latest checkpoint, or ErrUncovered.
func (l Log) Prove(ctx context.Context, tx *db.Tx, leaf Leaf) (Proof, error) {
	var size int64
	var note string
	err := tx.Row(ctx, `
		SELECT size, note FROM checkpoint WHERE stream = $1 AND size > $2
		ORDER BY epoch DESC, size DESC LIMIT 1`, l.Stream, leaf.N).Scan(&size, &note)
	if errors.Is(err, db.NotFound) {
		return Proof{}, ErrUncovered
	}
	if err != nil {
		return Proof{}, err
	}
	path, err := l.ProveRecord(ctx, tx, leaf.N, size)
	return Proof{Leaf: leaf, Size: size, Path: path, Checkpoint: note}, err
}

// Verify checks the proof with the verifier's key, without a database, and
// answers the checkpoint that covers the line.
func (p Proof) Verify(key string) (Checkpoint, error) {
	c, err := VerifyCheckpoint(p.Checkpoint, key)
	if err != nil {
		return c, err
	}
	if c.Size != p.Size || p.Leaf.N < 0 || p.Leaf.N >= p.Size {
		return c, errors.New("chain: the proof is for another tree than the checkpoint")
	}
	return c, CheckRecord(p.Path, c.Size, c.Root, p.Leaf)
}

// CheckRecord checks that a leaf is in the tree of that size and root.
func CheckRecord(path []Hash, size int64, root Hash, leaf Leaf) error {
	if err := tlog.CheckRecord(theirs(path), size, tlog.Hash(root), leaf.N, tlog.Hash(leaf.Record())); err != nil {
		return fmt.Errorf("chain: the line is not in the tree as it is told: %w", err)
	}
	return nil
}

// Check checks that the tree with root old is the beginning of the one with root new.
func (g Growth) Check(old, new Hash) error {
	if err := tlog.CheckTree(theirs(g.Path), g.New, tlog.Hash(new), g.Old, tlog.Hash(old)); err != nil {
		return fmt.Errorf("chain: the one tree is not the beginning of the other: %w", err)
	}
	return nil
}

func ours(hashes []tlog.Hash) []Hash {
	out := make([]Hash, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out
}

func theirs(hashes []Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = tlog.Hash(h)
	}
	return out
}
