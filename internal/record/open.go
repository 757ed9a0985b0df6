package record

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// An opening is one person, opened once, to one actor.
type opening struct {
	door    *Door
	subject int64
	who     consent.Actor
	why     consent.Purpose
	now     clock.Time
	lens    Lens
	own     bool
	wholes  []*whole   // the person's logs as they are: cached, shared, never handed out
	refused error      // set when the person is none of the actor's
	over    bool       // work has returned: the view shows nothing more
	glimpse bool       // a view as somebody else, which changes nothing: see View.As
	others  []*opening // the glimpses made of it, which end with it

	supposed []consent.Rule // in a glimpse: the rules as they are supposed to be

	seen    map[id.Entry]bool // what the journal line will name
	what    string            // what was done, for the journal
	edits   []edited          // what will be one change
	blobs   []blobRow         // what is large in it
	told    []Telling         // what is to be done once it is kept
	invites []invitation      // codes that go with it
	then    func(View) error  // what is to be read of it once it is kept: see View.Kept
	only    map[id.Entry]bool // when reading that: what the change wrote, and so its line names
}

// open reads the person as they are now and judges what the actor may see.
func (d *Door) open(ctx context.Context, who consent.Actor, why consent.Purpose, subject int64) (*opening, error) {
	o := &opening{door: d, subject: subject, who: who, why: why, now: d.clock.Now(), seen: map[id.Entry]bool{}}
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		if d.standing != nil {
			if err := d.standing(ctx, tx, who); err != nil {
				return err
			}
		}
		o.wholes, err = d.gather(ctx, tx, subject)
		return err
	})
	switch {
	case errors.Is(err, fault.NotFound):
		o.refused = fault.NotFound // still a line in the journal, at the same cost
		return o, nil
	case err != nil:
		return nil, err
	}
	for _, w := range o.wholes {
		if w.due() {
			d.pack(w)
		}
	}
	o.judge()
	return o, nil
}

// gather loads a person and every log that is linked to theirs.
func (d *Door) gather(ctx context.Context, tx *db.Tx, subject int64) ([]*whole, error) {
	var all []*whole
	for waiting := []int64{subject}; len(waiting) > 0; waiting = waiting[1:] {
		next := waiting[0]
		if slices.ContainsFunc(all, func(w *whole) bool { return w.person == next }) {
			continue
		}
		w, err := d.load(ctx, tx, next)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
		waiting = append(waiting, w.links...)
	}
	return all, nil
}

// load returns the person's log, folded: the cached fold when the log's head is
// still the same, and otherwise the snapshot and the changes after it.
func (d *Door) load(ctx context.Context, tx *db.Tx, person int64) (*whole, error) {
	w := d.cache.get(person)
	if w != nil {
		var head int64
		err := tx.Row(ctx, `SELECT seq FROM change WHERE person = $1 ORDER BY seq DESC LIMIT 1`, person).Scan(&head)
		if err != nil && !errors.Is(err, db.NotFound) {
			return nil, err
		}
		if w.seq == head && w.codes == d.codes.Version {
			d.stats.hits.Add(1)
			return w, nil
		}
		if w.seq > head {
			w = nil // the database is not the one that it was
		}
	}
	var err error
	if w == nil {
		if w, err = d.snapshot(ctx, tx, person); errors.Is(err, errPacked) {
			d.trouble("falling back on the log", err)
		} else if err != nil {
			return nil, err
		}
	}
	if w, err = d.tail(ctx, tx, w); err != nil {
		return nil, err
	}
	if w.seq == 0 {
		return nil, fault.NotFound
	}
	d.stats.misses.Add(1)
	d.cache.put(w)
	return w, nil
}

// snapshot reads the packed person, or an empty one where there is none. The header
// comes with the blocks, as the block without a number: one question, not two.
func (d *Door) snapshot(ctx context.Context, tx *db.Tx, person int64) (*whole, error) {
	var seq, codes int64
	var head []byte
	blocks := map[int64]*block{}
	for rows, err := range tx.Each(ctx, `
		SELECT n, bytes, 0 AS seq, 0 AS codes FROM block WHERE person = $1
		UNION ALL SELECT 0, head, seq, codes FROM header WHERE person = $1`, person) {
		if err != nil {
			return nil, err
		}
		b := new(block)
		var itsSeq, itsCodes int64
		if err := rows.Scan(&b.no, &b.packed, &itsSeq, &itsCodes); err != nil {
			return nil, err
		}
		if b.no == 0 {
			head, seq, codes = b.packed, itsSeq, itsCodes
		} else {
			blocks[b.no] = b
		}
	}
	if head == nil {
		return newWhole(person), nil
	}
	plain, err := d.packer.unpack(head)
	var w *whole
	if err == nil {
		w, err = decodeHeader(person, seq, codes, plain, blocks, d.kinds)
	}
	if err != nil {
		w = newWhole(person)
		w.stored = seq
		for no := range blocks {
			w.blocks = max(w.blocks, no)
		}
		return w, fmt.Errorf("%w: %w", errPacked, err)
	}
	return w, nil
}

// errPacked says that the packed person cannot be read. The log can: with it comes
// an empty person, to fold all of the log into and to pack anew.
var errPacked = errors.New("record: a packed person cannot be read")

// tail folds in the changes after w.
func (d *Door) tail(ctx context.Context, tx *db.Tx, w *whole) (*whole, error) {
	f := w.fold(&d.law)
	for rows, err := range tx.Each(ctx, changesOf+`AND seq > $2 ORDER BY seq`, w.person, w.seq) {
		if err != nil {
			return nil, err
		}
		c, stored, err := d.scan(rows, w.person)
		if err != nil {
			return nil, err
		}
		if err := f.add(c, stored); err != nil {
			return nil, err
		}
	}
	return f.done(d.packer)
}

// changesOf begins every question for changes of one person, $1, as scan reads them.
const changesOf = `SELECT seq, at, actor, purpose, parts, prev, hash FROM change WHERE person = $1 `

// changes yields those changes of a person that the rest of the question picks.
func (d *Door) changes(ctx context.Context, tx *db.Tx, rest string, person int64, args ...any) iter.Seq2[*change, error] {
	return func(yield func(*change, error) bool) {
		for rows, err := range tx.Each(ctx, changesOf+rest, append([]any{person}, args...)...) {
			var c *change
			if err == nil {
				c, _, err = d.scan(rows, person)
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// scan reads one row of change. stored is how many bytes its parts take.
func (d *Door) scan(rows *db.Rows, person int64) (c *change, stored int, err error) {
	c = &change{person: person}
	var packed, prev, hash []byte
	if err := rows.Scan(&c.seq, &c.at, &c.actor, (*string)(&c.purpose), &packed, &prev, &hash); err != nil {
		return nil, 0, err
	}
	c.prev, c.hash = asHash(prev), asHash(hash)
	plain, err := d.packer.unpack(packed)
	if err != nil {
		return nil, 0, err
	}
	return c, len(packed), c.decodeParts(plain)
}

// asHash is the hash in a column; one of another length is none, and matches nothing.
func asHash(b []byte) (h chain.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}
