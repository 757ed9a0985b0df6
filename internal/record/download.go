package record

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// A downloaded journal is lines of JSON: a beginning, each line of the journal with
// its proof, and an end. With the verifier's key alone, anybody can check it.
type journalLine struct {
	Journal string       `json:"journal,omitempty"` // first line: the person
	Key     string       `json:"key,omitempty"`     // first line: the verifier's key
	End     int          `json:"end,omitempty"`     // last line: how many lines came before
	J       int64        `json:"j,omitempty"`
	At      string       `json:"at,omitempty"` // for people to read; the hash covers Row
	Row     *journalRow  `json:"row,omitempty"`
	Leaf    *chain.Leaf  `json:"leaf,omitempty"`  // absent while the line has no number
	Proof   *chain.Proof `json:"proof,omitempty"` // absent while no checkpoint covers it
}

// A journalRow is all that the hash of a line is made from.
type journalRow struct {
	Kind    string       `json:"kind"` // change or look
	Person  int64        `json:"person"`
	Writer  int64        `json:"writer,omitempty"`
	N       int64        `json:"n"` // of a change, its place in the log
	At      clock.Time   `json:"at"`
	Actor   string       `json:"actor"`
	Behalf  int64        `json:"behalf,omitempty"`
	Purpose string       `json:"purpose"`
	What    string       `json:"what,omitempty"`
	Because []string     `json:"because,omitempty"`
	Judged  string       `json:"judged,omitempty"`
	Seen    []byte       `json:"seen,omitempty"`
	Seed    []byte       `json:"seed,omitempty"`
	Parts   []chain.Hash `json:"parts,omitempty"` // of a change: commitments to what was written
	Prev    chain.Hash   `json:"prev"`
}

func (c *change) journalRow() *journalRow {
	r := &journalRow{Kind: "change", Person: c.person, N: c.seq, At: c.at, Actor: c.actor, Purpose: string(c.purpose), Prev: c.prev}
	for i, p := range c.parts {
		r.Parts = append(r.Parts, c.commitment(i, p))
	}
	return r
}

func (l *look) journalRow() *journalRow {
	return &journalRow{
		Kind: "look", Person: l.person, Writer: l.writer, N: l.n, At: l.at, Actor: l.actor, Behalf: l.behalf,
		Purpose: string(l.purpose), What: l.what, Because: l.because, Judged: l.judged, Seen: l.seen, Seed: l.seed[:], Prev: l.prev,
	}
}

// link computes the hash of the line from what was downloaded.
func (r *journalRow) link() chain.Hash {
	if r.Kind == "look" {
		l := look{
			person: r.Person, writer: r.Writer, n: r.N, at: r.At, actor: r.Actor, behalf: r.Behalf, what: r.What,
			because: r.Because, judged: r.Judged, seen: r.Seen, prev: r.Prev, purpose: consent.Purpose(r.Purpose),
		}
		copy(l.seed[:], r.Seed)
		return l.link()
	}
	c := change{person: r.Person, seq: r.N, at: r.At, actor: r.Actor, purpose: consent.Purpose(r.Purpose), prev: r.Prev}
	for _, h := range r.Parts {
		c.parts = append(c.parts, part{commit: &h})
	}
	return c.link()
}

// Download writes the person's journal with its proofs, oldest first. key is the
// verifier's, for whoever checks it. Nobody else has one: fault.Refused.
func (v View) Download(ctx context.Context, key string, w io.Writer) error {
	if !v.o.own {
		return fault.New(fault.Refused, "Only the person can download who has looked at their record.")
	}
	v.o.what = "journal"
	d, log := v.o.door, chain.Log{Stream: Stream}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	if err := enc.Encode(journalLine{Journal: d.Text(v.ID()), Key: key}); err != nil {
		return err
	}
	lines := 0
	for _, x := range v.o.wholes {
		err := d.db.Read(ctx, func(tx *db.Tx) error {
			all, err := d.proven(ctx, tx, log, x.person)
			if err != nil {
				return err
			}
			rest, err := d.unproven(ctx, tx, x.person)
			if err != nil {
				return err
			}
			for _, l := range append(all, rest...) {
				lines++
				if err := enc.Encode(l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := enc.Encode(journalLine{End: lines}); err != nil {
		return err
	}
	return out.Flush()
}

// proven are the person's lines that have a number.
func (d *Door) proven(ctx context.Context, tx *db.Tx, log chain.Log, person int64) (all []journalLine, err error) {
	for from := int64(1); ; {
		leaves, err := log.Of(ctx, tx, person, from, 500)
		if err != nil || len(leaves) == 0 {
			return all, err
		}
		for _, leaf := range leaves {
			from = leaf.J + 1
			c, k, err := d.row(ctx, tx, leaf)
			if err != nil {
				return nil, fmt.Errorf("record: line %d of a journal: %w", leaf.J, err)
			}
			l := journalLine{J: leaf.J, Leaf: &leaf}
			if c != nil {
				l.Row = c.journalRow()
			} else {
				l.Row = k.journalRow()
			}
			l.At = l.Row.At.FHIR()
			proof, err := log.Prove(ctx, tx, leaf)
			switch {
			case err == nil:
				l.Proof = &proof
			case !errors.Is(err, chain.ErrUncovered):
				return nil, err
			}
			all = append(all, l)
		}
	}
}

// unproven are the person's lines that wait for their number, oldest first.
func (d *Door) unproven(ctx context.Context, tx *db.Tx, person int64) (all []journalLine, err error) {
	waiting, err := d.waiting(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	for c, err := range d.changes(ctx, tx, `ORDER BY seq`, person) {
		if err != nil {
			return nil, err
		}
		if waiting[c.seq] {
			all = append(all, journalLine{At: c.at.FHIR(), Row: c.journalRow()})
		}
	}
	upTo, err := d.streams(ctx, tx)
	if err != nil {
		return nil, err
	}
	for rows, err := range tx.Each(ctx, `SELECT `+lookColumns+` FROM look WHERE person = $1`, person) {
		if err != nil {
			return nil, err
		}
		l, err := scanLook(rows)
		if err != nil {
			return nil, err
		}
		if l.n > upTo[l.writer] {
			all = append(all, journalLine{At: l.at.FHIR(), Row: l.journalRow()})
		}
	}
	slices.SortStableFunc(all, func(a, b journalLine) int { return int(min(max(a.Row.At-b.Row.At, -1), 1)) })
	return all, nil
}
