package chain

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"onestory/internal/db"
)

// A Log is one Merkle tree in the database: "journal" is one, "ballots" another.
// Its methods run in the caller's transaction.
type Log struct{ Stream string }

// edge is the right edge of a tree: the roots of the full subtrees it is made of,
// the largest first. It is all that is needed to go on, and to tell the root.
type edge struct {
	size  int64
	roots []Hash
}

// add appends a record and answers the nodes that this makes, in the order of
// their storage: itself, and the parents that became full.
func (e *edge) add(record Hash) []Hash {
	made := []Hash{record}
	for range bits.TrailingZeros64(^uint64(e.size)) { // as many full subtrees to its left as size has low ones
		last := len(e.roots) - 1
		record = Hash(tlog.NodeHash(tlog.Hash(e.roots[last]), tlog.Hash(record)))
		e.roots = e.roots[:last]
		made = append(made, record)
	}
	e.roots = append(e.roots, record)
	e.size++
	return made
}

// root is the hash of the whole tree; that of an empty one is zero.
func (e *edge) root() (h Hash) {
	for i := len(e.roots) - 1; i >= 0; i-- {
		if i == len(e.roots)-1 {
			h = e.roots[i]
		} else {
			h = Hash(tlog.NodeHash(tlog.Hash(e.roots[i]), tlog.Hash(h)))
		}
	}
	return h
}

// edgeAt reads the right edge of the tree as it was with size leaves.
func (l Log) edgeAt(ctx context.Context, tx *db.Tx, size int64) (*edge, error) {
	var at []int64
	var before int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size&(1<<level) != 0 {
			at = append(at, tlog.StoredHashIndex(level, before>>level))
			before += 1 << level
		}
	}
	roots, err := l.nodes(ctx, tx, at)
	return &edge{size: size, roots: roots}, err
}

// nodes reads hashes of the tree by their place in storage.
func (l Log) nodes(ctx context.Context, tx *db.Tx, at []int64) ([]Hash, error) {
	all := make([]Hash, len(at))
	for i, n := range at {
		err := tx.Row(ctx, `SELECT hash FROM node WHERE stream = $1 AND i = $2`, l.Stream, n).Scan(&all[i])
		if errors.Is(err, db.NotFound) {
			return nil, fmt.Errorf("chain: node %d of %s is missing: run verify", n, l.Stream)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// reader is the tree as tlog reads it.
func (l Log) reader(ctx context.Context, tx *db.Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		all, err := l.nodes(ctx, tx, at)
		if err != nil {
			return nil, err
		}
		out := make([]tlog.Hash, len(all))
		for i, h := range all {
			out[i] = tlog.Hash(h)
		}
		return out, nil
	})
}

// Size is how many leaves the tree has.
func (l Log) Size(ctx context.Context, tx *db.Tx) (int64, error) {
	var size int64
	err := tx.Row(ctx, `SELECT COALESCE(MAX(n) + 1, 0) FROM leaf WHERE stream = $1`, l.Stream).Scan(&size)
	return size, err
}

// Root is the hash of the tree as it was with size leaves.
func (l Log) Root(ctx context.Context, tx *db.Tx, size int64) (Hash, error) {
	e, err := l.edgeAt(ctx, tx, size)
	if err != nil {
		return Hash{}, err
	}
	return e.root(), nil
}

// Append numbers lines, in their order: each gets the next number of its subject
// and of the tree. It answers them as leaves. Two that append at once get
// db.Taken, or run again: see [db.DB.Tx].
func (l Log) Append(ctx context.Context, tx *db.Tx, lines []Line) ([]Leaf, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	size, err := l.Size(ctx, tx)
	if err != nil {
		return nil, err
	}
	e, err := l.edgeAt(ctx, tx, size)
	if err != nil {
		return nil, err
	}
	last, err := l.lastOf(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	leaves := make([]Leaf, len(lines))
	var leafRows, nodeRows [][]any
	place := tlog.StoredHashIndex(0, size)
	for i, line := range lines {
		last[line.Subject]++
		leaf := Leaf{
			Subject: line.Subject, J: last[line.Subject], N: size + int64(i),
			Kind: line.Kind, Writer: line.Writer, Ref: line.Ref, Hash: line.Hash,
		}
		leaves[i] = leaf
		leafRows = append(leafRows, []any{l.Stream, leaf.Subject, leaf.J, leaf.N, leaf.Kind, leaf.Writer, leaf.Ref, leaf.Hash})
		for _, h := range e.add(leaf.Record()) {
			nodeRows = append(nodeRows, []any{l.Stream, place, h})
			place++
		}
	}
	err = tx.ExecMany(ctx, `
		INSERT INTO leaf (stream, subject, j, n, kind, writer, ref, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, leafRows)
	if err != nil {
		return nil, err
	}
	return leaves, tx.ExecMany(ctx, `INSERT INTO node (stream, i, hash) VALUES ($1, $2, $3)`, nodeRows)
}

// How many subjects one statement asks for: always as many, so that there is one
// statement to prepare.
const together = 64

var lastJ = func() string {
	var b strings.Builder
	b.WriteString(`SELECT subject, MAX(j) FROM leaf WHERE stream = $1 AND subject IN (`)
	for i := range together {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+2))
	}
	return b.String() + `) GROUP BY subject`
}()

// lastOf reads the last number of each subject that has any.
func (l Log) lastOf(ctx context.Context, tx *db.Tx, lines []Line) (map[int64]int64, error) {
	last := map[int64]int64{}
	var subjects []int64
	for _, line := range lines {
		if _, have := last[line.Subject]; !have {
			last[line.Subject] = 0
			subjects = append(subjects, line.Subject)
		}
	}
	for len(subjects) > 0 {
		args := []any{l.Stream}
		for i := range together {
			args = append(args, subjects[min(i, len(subjects)-1)])
		}
		subjects = subjects[min(together, len(subjects)):]
		for rows, err := range tx.Each(ctx, lastJ, args...) {
			if err != nil {
				return nil, err
			}
			var subject, j int64
			if err := rows.Scan(&subject, &j); err != nil {
				return nil, err
			}
			last[subject] = j
		}
	}
	return last, nil
}

const leafColumns = `subject, j, n, kind, writer, ref, hash`

func scanLeaves(found iter.Seq2[*db.Rows, error]) (all []Leaf, _ error) {
	for rows, err := range found {
		if err != nil {
			return nil, err
		}
		var l Leaf
		if err := rows.Scan(&l.Subject, &l.J, &l.N, &l.Kind, &l.Writer, &l.Ref, &l.Hash); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// Leaves answers leaves in the order of the tree, from number n on, at most limit.
func (l Log) Leaves(ctx context.Context, tx *db.Tx, n int64, limit int) ([]Leaf, error) {
	return scanLeaves(tx.Each(ctx, `SELECT `+leafColumns+` FROM leaf WHERE stream = $1 AND n >= $2 ORDER BY n LIMIT $3`, l.Stream, n, limit))
}

// Of answers a subject's leaves in their order, from its number j on, at most limit.
func (l Log) Of(ctx context.Context, tx *db.Tx, subject, j int64, limit int) ([]Leaf, error) {
	return scanLeaves(tx.Each(ctx, `SELECT `+leafColumns+` FROM leaf WHERE stream = $1 AND subject = $2 AND j >= $3 ORDER BY j LIMIT $4`, l.Stream, subject, j, limit))
}
