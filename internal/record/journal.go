package record

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/id"
)

// Stream is the name of the journal among the Merkle logs of the database.
const Stream = "journal"

// Rows of the journal are changes or looks.
const (
	lineChange byte = 'c'
	lineLook   byte = 'l'
)

// A Line is one line of a person's journal: something done at the door.
type Line struct {
	ID      string // names it within the journal: see View.Line
	J       int64  // its number in the person's journal; 0 while it has none yet
	At      clock.Time
	Who     Who
	Behalf  int64 // the person acted for, or 0
	Purpose consent.Purpose
	What    string     // a code of what was done: "open", "change" and others
	Judged  string     // "shown" or "changed", or the kind of the answer
	Because []string   // the rules that decided
	Seen    []id.Entry // which entries were shown
	Wrote   []id.Entry // which entries were written
	Said    []Said     // what was said about sharing, the circle and links
	Machine bool       // no human asked: an import, an export, a job

	ref lineRef
}

// Said is one thing in a change beside its entries.
type Said struct {
	Rule   *consent.Rule
	Member *Member
	Ended  string // the id of the rule or membership that was ended
	Taken  string // the id of the membership that somebody took up, by a code
	Linked bool
}

// Journal calls yield with the lines of the person's journal, the latest first, up
// to limit. It is the person's own page: for anybody else there is nothing.
func (v View) Journal(ctx context.Context, limit int, yield func(Line) error) error {
	if !v.o.own {
		return nil
	}
	var all []Line
	err := v.o.door.db.Read(ctx, func(tx *db.Tx) error {
		for _, w := range v.o.wholes {
			lines, err := v.o.door.lines(ctx, tx, w, limit)
			if err != nil {
				return err
			}
			all = append(all, lines...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b Line) int { return int(min(max(b.At-a.At, -1), 1)) })
	for i, l := range all {
		if i == limit {
			break
		}
		mine := l.Who.Account == v.o.who.Account
		l.Seen, l.Wrote = v.told(l.Seen, mine), v.told(l.Wrote, mine)
		if err := yield(l); err != nil {
			return err
		}
	}
	return nil
}

// told are those of the entries in a journal line that the person is told of: what is
// kept from them is not counted in what somebody else saw or wrote. What was removed
// since is told to who did it themselves.
func (v View) told(all []id.Entry, mine bool) []id.Entry {
	return slices.DeleteFunc(all, func(e id.Entry) bool {
		x := v.o.at(e)
		return x == nil && !mine || x != nil && !v.o.lens.Shows(&x.Header)
	})
}

// lines reads the latest lines of one log.
func (d *Door) lines(ctx context.Context, tx *db.Tx, w *whole, limit int) (all []Line, err error) {
	for rows, err := range tx.Each(ctx, `SELECT `+lookColumns+` FROM look WHERE person = $1 ORDER BY at DESC LIMIT $2`, w.person, limit) {
		if err != nil {
			return nil, err
		}
		l, err := scanLook(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, l.line(w))
	}
	for c, err := range d.changes(ctx, tx, `ORDER BY seq DESC LIMIT $2`, w.person, limit) {
		if err != nil {
			return nil, err
		}
		l, err := c.line(w)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func (l *look) line(w *whole) Line {
	out := Line{
		ref: lineRef{lineLook, l.writer, l.n}, Machine: l.purpose == consent.Administration && l.what == "export",
		At: l.at, Who: asWho(l.actor), Behalf: l.behalf, Purpose: l.purpose, What: l.what,
		Judged: l.judged, Because: l.because,
	}
	out.Seen = places(l.seen, w)
	return out
}

func (c *change) line(w *whole) (Line, error) {
	out := Line{ref: lineRef{lineChange, int64(c.at), c.seq}, At: c.at, Who: asWho(c.actor), Purpose: c.purpose, What: "change", Judged: "changed", Wrote: c.touched()}
	out.Machine = c.purpose == consent.Administration
	for _, p := range c.parts {
		if p.content == nil {
			continue
		}
		var err error
		switch p.kind {
		case partRule:
			err = into(p, func(r consent.Rule) { out.Said = append(out.Said, Said{Rule: &r}) })
		case partMember:
			err = into(p, func(m Member) { out.Said = append(out.Said, Said{Member: &m}) })
		case partTaken:
			err = into(p, func(t taking) { out.Said = append(out.Said, Said{Taken: t.Member}) })
		case partEnd:
			err = into(p, func(e end) { out.Said = append(out.Said, Said{Ended: e.ID}) })
		case partLink:
			err = into(p, func(link) { out.Said = append(out.Said, Said{Linked: true}) })
		case partLabels:
			err = into(p, func(m marking) { out.Wrote = append(out.Wrote, id.Entry{Person: c.person, N: m.N}) })
		case partNote:
			err = into(p, func(n note) {
				if n.Say != "" {
					out.What = n.Say
				}
				out.Behalf, out.Seen = n.For, places(n.Seen, w)
			})
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func asWho(s string) (w Who) {
	if json.Unmarshal([]byte(s), &w) != nil {
		w.Name = "not readable"
	}
	return w
}

// places turns the bits of a look back into entries, as far as they are in w.
func places(b []byte, w *whole) (all []id.Entry) {
	r := reader{b: b}
	for len(r.b) > 0 {
		person, bits := int64(r.uint64()), r.bytes()
		if person != w.person {
			continue
		}
		for i, e := range w.entries {
			if i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0 {
				all = append(all, e.ID)
			}
		}
	}
	return all
}

// A Version is an entry as it was at one time.
type Version struct {
	Entry
	Now bool // whether it still is so
}

// History calls yield with each version of an entry that may be seen, the first
// first. An old version is judged by today's rules and by what its own codes mean
// today: one that was about something withheld does not answer.
func (v View) History(ctx context.Context, e id.Entry, yield func(Version) error) error {
	if _, err := v.Get(e); err != nil {
		return err
	}
	d, w := v.o.door, v.o.logOf(e)
	present := w.find(e.N)
	return d.db.Read(ctx, func(tx *db.Tx) error {
		for c, err := range d.changes(ctx, tx, `AND seq <= $2 ORDER BY seq`, e.Person, w.seq) {
			if err != nil {
				return err
			}
			for _, p := range c.parts {
				if p.kind != partResource || p.content == nil || int64(binary.BigEndian.Uint64(p.content)) != e.N {
					continue
				}
				if err := v.version(c, p, present, yield); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// version judges one version of an entry and yields it if it may be seen.
func (v View) version(c *change, p part, present *entry, yield func(Version) error) error {
	r, err := decodeResource(p.content, plain)
	if err != nil || r.gone {
		return err
	}
	doc, err := reparse(r.json)
	if err != nil {
		return err
	}
	old := present.copy()
	old.Version, old.At, old.Author, old.Source, old.Updated, old.blobs = c.seq, c.at, authorOf(r.author), r.source, r.updated, r.blobs
	f := &folding{w: v.o.logOf(present.ID), law: &v.o.door.law, names: map[string]string{}}
	f.label(old, doc)
	old.Labels |= old.own // what it was about then, and what the entry is about now
	for _, n := range old.from {
		old.Labels |= f.w.sensitive(n)
	}
	if !v.o.lens.Shows(&old.Header) {
		return nil
	}
	if edits := v.o.mask(old, doc); len(edits) > 0 {
		if doc, err = reparse(splice(doc, edits)); err != nil {
			return err
		}
	}
	return yield(Version{Entry: Entry{Header: old.Header, Doc: doc}, Now: c.seq == present.Version})
}

// Unsequenced lists journal lines that have no number yet, oldest first; the
// sequencer asks.
func (d *Door) Unsequenced(ctx context.Context, tx *db.Tx, limit int) ([]chain.Line, error) {
	lines, err := d.newChanges(ctx, tx, limit)
	if err != nil {
		return nil, err
	}
	looks, err := d.newLooks(ctx, tx, limit)
	if err != nil {
		return nil, err
	}
	return merge(lines, looks), nil
}

// merge puts looks between changes by their time, and keeps the order of each: a
// person's changes are numbered in the order of their log, whatever the clocks of
// the servers said.
func merge(changes, looks []chain.Line) []chain.Line {
	all := make([]chain.Line, 0, len(changes)+len(looks))
	for len(changes) > 0 && len(looks) > 0 {
		if looks[0].At < changes[0].At {
			all, looks = append(all, looks[0]), looks[1:]
		} else {
			all, changes = append(all, changes[0]), changes[1:]
		}
	}
	return append(append(all, changes...), looks...)
}

func (d *Door) newChanges(ctx context.Context, tx *db.Tx, limit int) (all []chain.Line, err error) {
	// A cross join: SQLite takes it in the order in which it is written, and would
	// otherwise read every change there is for the few that wait.
	for rows, err := range tx.Each(ctx, `
		SELECT u.person, u.seq, c.at, c.hash FROM unsequenced u CROSS JOIN change c
		WHERE c.person = u.person AND c.seq = u.seq ORDER BY u.person, u.seq LIMIT $1`, limit) {
		if err != nil {
			return nil, err
		}
		l := chain.Line{Kind: lineChange}
		var hash []byte
		if err := rows.Scan(&l.Subject, &l.Ref, &l.At, &hash); err != nil {
			return nil, err
		}
		l.Hash = asHash(hash)
		all = append(all, l)
	}
	return all, nil
}

// newLooks reads each stream on from where it was numbered to. One server's lines
// become visible in their order, so no later line hides an earlier one.
func (d *Door) newLooks(ctx context.Context, tx *db.Tx, limit int) (all []chain.Line, err error) {
	for rows, err := range tx.Each(ctx, `
		SELECT l.person, l.writer, l.n, l.at, l.hash FROM stream s CROSS JOIN look l
		WHERE l.writer = s.writer AND l.n > s.sequenced
		ORDER BY l.writer, l.n LIMIT $1`, limit) {
		if err != nil {
			return nil, err
		}
		l := chain.Line{Kind: lineLook}
		var hash []byte
		if err := rows.Scan(&l.Subject, &l.Writer, &l.Ref, &l.At, &hash); err != nil {
			return nil, err
		}
		l.Hash = asHash(hash)
		all = append(all, l)
	}
	return all, nil
}

// Sequenced notes that lines have their numbers, in the transaction that gave them.
func (d *Door) Sequenced(ctx context.Context, tx *db.Tx, lines []chain.Line) error {
	upTo := map[int64]int64{}
	var done [][]any
	for _, l := range lines {
		switch l.Kind {
		case lineChange:
			done = append(done, []any{l.Subject, l.Ref})
		case lineLook:
			upTo[l.Writer] = max(upTo[l.Writer], l.Ref)
		default:
			return fmt.Errorf("record: a journal line of unknown kind %q", l.Kind)
		}
	}
	if err := tx.ExecMany(ctx, `DELETE FROM unsequenced WHERE person = $1 AND seq = $2`, done); err != nil {
		return err
	}
	for writer, n := range upTo {
		if _, err := tx.Exec(ctx, `UPDATE stream SET sequenced = $1 WHERE writer = $2`, n, writer); err != nil {
			return err
		}
	}
	return nil
}
