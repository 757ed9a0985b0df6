package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/outbox"
)

// keep makes it last. A look goes to this server's own stream, where all who wait
// share one sync and nobody waits for a lock; so does an attempt that came to
// nothing. A change takes the next place in the person's log: it is its own line.
func (d *Door) keep(ctx context.Context, o *opening, outcome error) error {
	if outcome != nil || len(o.edits) == 0 {
		return d.looks.append(ctx, o.line(outcome))
	}
	var made []*change
	err := d.db.Tx(ctx, func(tx *db.Tx) error {
		made = made[:0]
		for _, w := range o.wholes {
			c := o.change(w, tx.At)
			if c == nil {
				continue
			}
			if err := d.insert(ctx, tx, w, c); err != nil {
				return err
			}
			made = append(made, c)
		}
		if err := writeBlobs(ctx, tx, o.blobs); err != nil {
			return err
		}
		if err := o.invite(ctx, tx); err != nil {
			return err
		}
		return o.tell(ctx, tx, made)
	})
	if errors.Is(err, db.Taken) {
		return err
	}
	if err != nil {
		return unsaved(err)
	}
	d.stats.changes.Add(int64(len(made)))
	for i, w := range o.wholes {
		for _, c := range made {
			if c.person == w.person {
				o.wholes[i] = d.advance(w, c)
			}
		}
	}
	if err := d.ledger.note(made); err != nil {
		return err
	}
	return o.after()
}

// after lets what was to be read of the change be read, of the person as it left them.
func (o *opening) after() error {
	if o.then == nil || slices.Contains(o.wholes, nil) {
		return nil
	}
	n := &opening{
		door: o.door, subject: o.subject, who: o.who, why: o.why, now: o.now, wholes: o.wholes,
		seen: map[id.Entry]bool{}, only: map[id.Entry]bool{},
	}
	for _, e := range o.edits {
		n.only[id.Entry{Person: e.log, N: e.n}] = true
	}
	n.judge()
	if err := n.run(o.then); err != nil || len(n.edits) == 0 {
		return err
	}
	return errKept
}

// tell leaves in the outbox what follows from the change, in its own transaction: it
// is neither forgotten nor done for a change that never was.
func (o *opening) tell(ctx context.Context, tx *db.Tx, made []*change) error {
	for n, t := range o.told {
		err := outbox.Add(ctx, tx, outbox.Row{Person: made[0].person, Seq: made[0].seq, N: n, Topic: t.Topic, Payload: t.Payload, Due: t.Due})
		if err != nil {
			return err
		}
	}
	return nil
}

// advance folds a change that is on disk into the cached person, so that the next who
// opens them need not read it. Whoever is ahead of us in the cache stays. It answers the
// person as they are then, or nil: the next to open them meets the same, and can say so.
func (d *Door) advance(w *whole, c *change) *whole {
	f := w.fold(&d.law)
	if f.add(c, c.stored) != nil {
		return nil
	}
	next, err := f.done(d.packer)
	if err != nil {
		return nil
	}
	d.cache.put(next)
	return next
}

// unsaved is what a person hears when the database could not keep something.
func unsaved(err error) error {
	if errors.Is(err, db.Full) {
		return &fault.Error{Kind: fault.Busy, Say: "There is no room to save this now. What you typed was not saved. Try again later.", Cause: err}
	}
	return &fault.Error{Kind: fault.Busy, Say: "This could not be saved now. Try again in a moment.", Cause: err}
}

// change gathers what work did to one log, or nil when that is nothing.
func (o *opening) change(w *whole, at clock.Time) *change {
	c := &change{person: w.person, seq: w.seq + 1, at: at, actor: o.actor(), purpose: o.why, prev: w.hash}
	for _, e := range o.edits {
		if e.log == w.person {
			c.parts = append(c.parts, e.part)
		}
	}
	if len(c.parts) == 0 {
		return nil
	}
	n := note{Say: o.what, For: o.who.For}
	if w.person == o.subject {
		n.Seen = o.bitmaps()
	}
	if n.Say != "" || n.Seen != nil || n.For != 0 {
		c.parts = append(c.parts, jsonPart(partNote, n))
	}
	c.seal()
	return c
}

// insert writes a change and everything that goes with it, in one transaction.
// db.Taken says that its place in the log is gone, on this server or another.
func (d *Door) insert(ctx context.Context, tx *db.Tx, w *whole, c *change) error {
	packed := d.packer.pack(nil, c.encodeParts())
	c.stored = len(packed)
	err := tx.ExecAll(ctx, db.Statement{SQL: `
		INSERT INTO change (person, seq, at, actor, purpose, parts, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, Args: []any{
		c.person, c.seq, c.at, c.actor, string(c.purpose), packed, c.prev[:], c.hash[:],
	}}, db.Statement{
		SQL: `INSERT INTO unsequenced (person, seq) VALUES ($1, $2)`, Args: []any{c.person, c.seq},
	})
	if err != nil {
		return err
	}
	return d.circles(ctx, tx, w, c)
}

// circles keeps the list of whose circles a party is in, across people.
func (d *Door) circles(ctx context.Context, tx *db.Tx, w *whole, c *change) error {
	for _, p := range c.parts {
		switch p.kind {
		case partMember:
			var m Member
			if err := decodeJSON(p.content, &m); err != nil {
				return err
			}
			if m.Asked {
				continue // who asks holds nothing
			}
			_, err := tx.Exec(ctx, `
				INSERT INTO held (party, person, id, role, until) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (party, person, id) DO UPDATE SET role = excluded.role, until = excluded.until`,
				partyKey(m.Party), c.person, m.ID, m.Role, m.last())
			if err != nil {
				return err
			}
		case partTaken:
			var t taking
			if err := decodeJSON(p.content, &t); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE held SET party = $1 WHERE party = $2 AND person = $3 AND id = $4`,
				partyKey(t.Party), partyKey(Lent(t.Member)), c.person, t.Member)
			if err != nil {
				return err
			}
		case partEnd:
			var e end
			if err := decodeJSON(p.content, &e); err != nil {
				return err
			}
			if slices.ContainsFunc(w.members, func(m Member) bool { return m.ID == e.ID }) {
				if _, err := tx.Exec(ctx, `UPDATE held SET until = $1 WHERE person = $2 AND id = $3`, e.At, c.person, e.ID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// partyKey is a party as a column holds it.
func partyKey(p consent.Party) string {
	return string('0'+byte(p.Level)) + p.ID
}

// actor is who asks, as the journal remembers them.
func (o *opening) actor() string {
	w := Who{
		Account: o.who.Account, Name: o.who.Name, Role: o.who.Role,
		Organisation: o.who.OrganisationName, Sector: o.who.Sector.ID,
	}
	b, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings only
	}
	return string(b)
}

// line is what the journal says of an opening that changed nothing.
func (o *opening) line(outcome error) *look {
	l := &look{
		person: o.subject, actor: o.actor(), purpose: o.why, what: o.what,
		because: o.lens.answer.Because, judged: "shown",
	}
	if o.who.For != 0 {
		l.behalf = o.who.For
	}
	if l.what == "" {
		l.what = "open"
	}
	if outcome != nil {
		kind, _ := fault.Of(outcome)
		l.judged = string(kind)
		return l // nothing was shown
	}
	l.seen = o.bitmaps()
	return l
}

// bitmaps writes which entries were seen: for each log, a bit for each place.
// Places never change, so a line stays readable for ever.
func (o *opening) bitmaps() []byte {
	if len(o.seen) == 0 {
		return nil
	}
	var b []byte
	for _, w := range o.wholes {
		bits := make([]byte, 0, len(w.entries)/8+1)
		for e := range o.seen {
			if e.Person != w.person {
				continue
			}
			i := w.at[e.N]
			for len(bits) <= i/8 {
				bits = append(bits, 0)
			}
			bits[i/8] |= 1 << (i % 8)
		}
		if len(bits) > 0 {
			b = appendBytes(appendInt(b, w.person), bits)
		}
	}
	return b
}
