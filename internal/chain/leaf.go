package chain

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"onestory/internal/clock"
	"onestory/internal/db"
)

// A Line is a row of somebody's that has no number yet.
type Line struct {
	Subject int64      // the person whose line it is
	Kind    byte       // which table of the source holds it, as the source says
	Writer  int64      // where in that table: with Kind and Ref unique for the subject
	Ref     int64      // its number there
	At      clock.Time // when; the tree does not keep it
	Hash    Hash       // what [Link] made of it
}

// A Leaf is a line with its numbers. Its fields are all in the tree.
type Leaf struct {
	Subject int64 `json:"subject"`
	J       int64 `json:"j"` // its number within the subject, from 1
	N       int64 `json:"n"` // its number in the tree, from 0
	Kind    byte  `json:"kind"`
	Writer  int64 `json:"writer"`
	Ref     int64 `json:"ref"`
	Hash    Hash  `json:"hash"` // of the line
}

// Record is the hash that the tree keeps of the leaf.
func (l Leaf) Record() Hash {
	s := begin("onestory leaf 1")
	for _, n := range []int64{l.Subject, l.J, int64(l.Kind), l.Writer, l.Ref} {
		writeInt(s, uint64(n))
	}
	s.Write(l.Hash[:])
	return Hash(tlog.RecordHash(s.Sum(nil)))
}

// A Source has the lines that are to be numbered, and is told when they are.
type Source interface {
	// Unsequenced answers lines without a number, in the order they are to have, at
	// most about limit.
	Unsequenced(ctx context.Context, tx *db.Tx, limit int) ([]Line, error)
	// Sequenced notes, in the transaction that numbers them, that they are not to
	// be answered again.
	Sequenced(ctx context.Context, tx *db.Tx, lines []Line) error
}
