package chain

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"onestory/internal/clock"
	"onestory/internal/db"
)

// What has happened to a line.
const (
	Changed   = "changed"   // it says something else than it did
	Dropped   = "dropped"   // it is gone
	Reordered = "reordered" // it is in another place
	Inserted  = "inserted"  // it was never put into the tree
	Cut       = "cut"       // the end is gone
)

// A Finding is one thing that is not as it was. Subject and J are zero when
// nobody can tell whose line it was, and when it is about many.
type Finding struct {
	Subject int64  `json:"subject"`
	J       int64  `json:"j"`
	N       int64  `json:"n"`  // the first line concerned, by its number in the tree
	To      int64  `json:"to"` // the last one: N, when it is about one line
	What    string `json:"what"`
	Why     string `json:"why"` // a sentence: how it was found
}

// A Report is what verifying found. All is well when Findings is empty.
type Report struct {
	Size     int64        `json:"size"` // how many lines the tree has
	Root     Hash         `json:"root"`
	Findings []Finding    `json:"findings"`
	Agree    []Checkpoint `json:"agree"`   // checkpoints that the tree agrees with, the smallest first
	Covered  int64        `json:"covered"` // so many lines these cover; those from this number on, none does yet
}

// Recompute answers, for each leaf, the hash of its row as the row is now; nil
// when the row is gone.
type Recompute func(ctx context.Context, tx *db.Tx, leaves []Leaf) ([]*Hash, error)

// Verify reads the whole stream and compares each line with the tree, and the
// tree with every checkpoint: those in the database, and the notes given, which
// come from outside it. Key is the verifier's; "" leaves checkpoints out.
//
// What it cannot see is a row that never had a number: the owner of the rows
// looks for those.
func (l Log) Verify(ctx context.Context, tx *db.Tx, recompute Recompute, key string, notes []string) (Report, error) {
	v := &verifier{log: l}
	if key != "" {
		if err := v.readCheckpoints(ctx, tx, key, notes); err != nil {
			return v.Report, err
		}
	}
	size, err := l.positions(ctx, tx)
	if err != nil {
		return v.Report, err
	}
	for v.tree.size < size {
		if err := v.page(ctx, tx, min(1000, size-v.tree.size), recompute); err != nil {
			return v.Report, err
		}
	}
	v.Size, v.Root = size, v.tree.root()
	if n := len(v.signed); n > 0 { // larger than what there is
		c := v.signed[n-1]
		v.find(Finding{N: size, To: c.Size - 1, What: Cut, Why: fmt.Sprintf("There were %d lines when it was signed at %s.", c.Size, c.At.FHIR())})
	}
	v.align()
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return cmp.Compare(a.N, b.N) })
	return v.Report, nil
}

// positions is how many numbers either lines or nodes have.
func (l Log) positions(ctx context.Context, tx *db.Tx) (int64, error) {
	size, err := l.Size(ctx, tx)
	if err != nil {
		return 0, err
	}
	var last int64
	err = tx.Row(ctx, `SELECT COALESCE(MAX(i), -1) FROM node WHERE stream = $1`, l.Stream).Scan(&last)
	for ; last >= 0; last-- {
		if level, n := tlog.SplitStoredHashIndex(last); level == 0 {
			return max(size, n+1), err
		}
	}
	return size, err
}

type verifier struct {
	Report
	log    Log
	signed []Checkpoint // not compared yet, the smallest first
	tree   edge         // of what the tree has, as far as it has been read
	broken bool         // a parent was found wrong: said once

	odd []place // those where line and tree differ, in order
}

// A place is a number in the tree, with what the lines and what the tree have there.
type place struct {
	n    int64
	leaf *Leaf // as it is told; its Hash is what the row says now. nil: none
	row  bool  // whether there is the row
	node *Hash // nil: none
	who  Leaf  // whose the node is, if a leaf tells so truthfully

	from   int64 // where the line was, or nowhere
	same   bool  // it was the very same there
	missed bool  // what the tree has here is no line now
}

// Past this many odd places the rest is summed up.
const maxOdd = 100_000

func (v *verifier) find(f Finding) {
	f.To = max(f.To, f.N)
	v.Findings = append(v.Findings, f)
}

// page goes on by some places.
func (v *verifier) page(ctx context.Context, tx *db.Tx, places int64, recompute Recompute) error {
	first := v.tree.size
	leaves, err := scanLeaves(tx.Each(ctx, `SELECT `+leafColumns+` FROM leaf WHERE stream = $1 AND n >= $2 AND n < $3 ORDER BY n`, v.log.Stream, first, first+places))
	if err != nil {
		return err
	}
	hashes, err := recompute(ctx, tx, leaves)
	if err != nil {
		return err
	}
	nodes, err := v.log.nodesFrom(ctx, tx, tlog.StoredHashIndex(0, first), tlog.StoredHashIndex(0, first+places))
	if err != nil {
		return err
	}
	for n := first; n < first+places; n++ {
		p := place{n: n}
		if len(leaves) > 0 && leaves[0].N == n {
			p.leaf, p.row = &leaves[0], hashes[0] != nil
			told := leaves[0].Record()
			if h, ok := nodes[tlog.StoredHashIndex(0, n)]; ok && h == told {
				p.who = leaves[0]
			}
			if p.row {
				p.leaf.Hash = *hashes[0]
			}
			leaves, hashes = leaves[1:], hashes[1:]
		}
		if h, ok := nodes[tlog.StoredHashIndex(0, n)]; ok {
			p.node = &h
		}
		v.place(p, nodes)
	}
	return nil
}

// place compares one place, and what the tree makes of it.
func (v *verifier) place(p place, nodes map[int64]Hash) {
	fits := p.row && p.node != nil && p.leaf.Record() == *p.node
	if !fits {
		if len(v.odd) == maxOdd {
			v.find(Finding{N: p.n, To: p.n, What: Changed, Why: "So much differs that the rest is not told line by line."})
		}
		if len(v.odd) <= maxOdd {
			v.odd = append(v.odd, p)
		}
	}
	// What the tree has is what was signed: it decides, so that checkpoints vouch
	// for the tree and the tree for the lines.
	var record Hash
	switch {
	case p.node != nil:
		record = *p.node
	case p.leaf != nil:
		record = p.leaf.Record()
	}
	at := tlog.StoredHashIndex(0, p.n)
	for i, h := range v.tree.add(record) {
		if i > 0 && nodes[at+int64(i)] != h && !v.broken {
			v.broken = true
			v.find(Finding{N: p.n, What: Changed, Why: "The tree does not fit its own lines: proofs of earlier lines would fail."})
		}
	}
	v.compare()
}

// compare compares the tree so far with the checkpoints of its size.
func (v *verifier) compare() {
	for len(v.signed) > 0 && v.signed[0].Size <= v.tree.size {
		c := v.signed[0]
		v.signed = v.signed[1:]
		if v.tree.root() == c.Root {
			v.Agree = append(v.Agree, c)
			v.Covered = c.Size
			continue
		}
		v.find(Finding{N: v.Covered, To: c.Size - 1, What: Changed, Why: fmt.Sprintf("The tree is not the one that was signed at %s.", c.At.FHIR())})
	}
}

// readCheckpoints reads what was signed, here and outside.
func (v *verifier) readCheckpoints(ctx context.Context, tx *db.Tx, key string, notes []string) error {
	for rows, err := range tx.Each(ctx, `SELECT note FROM checkpoint WHERE stream = $1 ORDER BY epoch, size`, v.log.Stream) {
		if err != nil {
			return err
		}
		var note string
		if err := rows.Scan(&note); err != nil {
			return err
		}
		if c, err := VerifyCheckpoint(note, key); err == nil && c.Stream == v.log.Stream {
			v.signed = append(v.signed, c)
		} else {
			v.find(Finding{What: Inserted, Why: "A checkpoint in the database is not signed with this key."})
		}
	}
	for _, note := range notes {
		c, err := VerifyCheckpoint(note, key)
		if err != nil {
			return fmt.Errorf("a checkpoint from outside the database: %w", err)
		}
		if c.Stream == v.log.Stream {
			v.signed = append(v.signed, c)
		}
	}
	v.signed = slices.DeleteFunc(v.signed, func(c Checkpoint) bool { return c.Size == 0 })
	slices.SortFunc(v.signed, func(a, b Checkpoint) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), slices.Compare(a.Root[:], b.Root[:]), cmp.Compare(a.At, b.At))
	})
	v.signed = slices.CompactFunc(v.signed, func(a, b Checkpoint) bool { return a.Size == b.Size && a.Root == b.Root })
	return nil
}

// nodesFrom reads the nodes stored from one place up to another.
func (l Log) nodesFrom(ctx context.Context, tx *db.Tx, from, to int64) (map[int64]Hash, error) {
	all := make(map[int64]Hash, to-from)
	for rows, err := range tx.Each(ctx, `SELECT i, hash FROM node WHERE stream = $1 AND i >= $2 AND i < $3`, l.Stream, from, to) {
		if err != nil {
			return nil, err
		}
		var i int64
		var h Hash
		if err := rows.Scan(&i, &h); err != nil {
			return nil, err
		}
		all[i] = h
	}
	return all, nil
}

// At is the instant of the last checkpoint that agrees, or 0.
func (r Report) At() clock.Time {
	if len(r.Agree) == 0 {
		return 0
	}
	return r.Agree[len(r.Agree)-1].At
}
