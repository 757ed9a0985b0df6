package record

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// A Search picks lines of a journal. The zero Search picks all.
type Search struct {
	From, Until clock.Time      // at From or later, and before Until; 0: without end
	Keep        func(Line) bool // asked of each line as the person is told of it; nil: all
	After       string          // goes on where Lines stopped, by what it answered; "": the latest first
}

// How many lines are read at once, and at most for one answer: a journal may be long,
// and what is looked for rare.
const (
	linesAtOnce = 500
	linesAtMost = 20_000
)

// Lines calls yield with the lines of the person's journal that a search picks, the
// latest first, up to limit. more says where to go on, and is "" when there is nothing
// after. It is the person's own page: for anybody else there is nothing. What is not
// a place to go on from is NotFound.
func (v View) Lines(ctx context.Context, s Search, limit int, yield func(Line) error) (more string, err error) {
	if !v.o.own {
		return "", nil
	}
	from, err := v.o.door.placeOf(s.After)
	if err != nil {
		return "", err
	}
	top := from.at
	if s.Until != 0 {
		top = min(top, s.Until-1)
	}
	given, read := 0, 0
	last := from
	for size := linesAtOnce; ; {
		lines, rest, err := v.between(ctx, s.From, top, size)
		if err != nil {
			return "", err
		}
		for _, l := range lines {
			if l.place().compare(from) >= 0 {
				continue // before the place to go on from
			}
			if given == limit || read == linesAtMost {
				return v.o.door.placeText(last), nil
			}
			read++
			last = l.place()
			mine := l.Who.Account == v.o.who.Account
			l.Seen, l.Wrote = v.told(l.Seen, mine), v.told(l.Wrote, mine)
			l.ID = v.o.door.lineText(l.ref)
			if s.Keep != nil && !s.Keep(l) {
				continue
			}
			if err := yield(l); err != nil {
				return "", err
			}
			given++
		}
		if rest == none {
			return "", nil
		}
		if rest == top {
			size *= 2 // more lines than that have the same instant
		}
		top = rest
	}
}

// none says that there is nothing more to read.
const none clock.Time = -1

// between reads lines from the latest at or before top on, size of each sort, and in
// order. Those at rest or before may not all be among them, and are left out; none:
// all are there.
func (v View) between(ctx context.Context, from, top clock.Time, size int) (all []Line, rest clock.Time, err error) {
	rest = none
	err = v.o.door.db.Read(ctx, func(tx *db.Tx) error {
		all, rest = nil, none
		for _, w := range v.o.wholes {
			looks, err := v.o.door.looksBetween(ctx, tx, w, from, top, size)
			if err != nil {
				return err
			}
			changes, err := v.o.door.changesBetween(ctx, tx, w, from, top, size)
			if err != nil {
				return err
			}
			for _, lines := range [][]Line{looks, changes} {
				if len(lines) == size {
					rest = max(rest, lines[size-1].At)
				}
				all = append(all, lines...)
			}
		}
		return nil
	})
	all = slices.DeleteFunc(all, func(l Line) bool { return l.At <= rest })
	slices.SortFunc(all, func(a, b Line) int { return b.place().compare(a.place()) })
	return all, rest, err
}

func (d *Door) looksBetween(ctx context.Context, tx *db.Tx, w *whole, from, top clock.Time, size int) (all []Line, err error) {
	for rows, err := range tx.Each(ctx, `SELECT `+lookColumns+` FROM look WHERE person = $1 AND at >= $2 AND at <= $3 ORDER BY at DESC LIMIT $4`, w.person, from, top, size) {
		if err != nil {
			return nil, err
		}
		l, err := scanLook(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, l.line(w))
	}
	return all, nil
}

func (d *Door) changesBetween(ctx context.Context, tx *db.Tx, w *whole, from, top clock.Time, size int) (all []Line, err error) {
	for c, err := range d.changes(ctx, tx, `AND at >= $2 AND at <= $3 ORDER BY at DESC LIMIT $4`, w.person, from, top, size) {
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

// Line is one line of the person's journal, by its ID. NotFound when there is none,
// and to anybody else.
func (v View) Line(ctx context.Context, text string) (l Line, err error) {
	ref, ok := v.o.door.lineOf(text)
	if !v.o.own || !ok {
		return l, fault.NotFound
	}
	found := false
	err = v.o.door.db.Read(ctx, func(tx *db.Tx) error {
		for _, w := range v.o.wholes {
			if ref.kind == lineLook {
				for rows, err := range tx.Each(ctx, `SELECT `+lookColumns+` FROM look WHERE person = $1 AND writer = $2 AND n = $3`, w.person, ref.a, ref.b) {
					if err != nil {
						return err
					}
					k, err := scanLook(rows)
					if err != nil {
						return err
					}
					l, found = k.line(w), true
				}
				continue
			}
			for c, err := range v.o.door.changes(ctx, tx, `AND seq = $2 AND at = $3`, w.person, ref.b, ref.a) {
				if err != nil {
					return err
				}
				if l, err = c.line(w); err != nil {
					return err
				}
				found = true
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fault.NotFound
	}
	mine := l.Who.Account == v.o.who.Account
	l.Seen, l.Wrote = v.told(l.Seen, mine), v.told(l.Wrote, mine)
	l.ID = text
	return l, err
}

// A lineRef is where a line is kept: a look's server and place in its stream, or a
// change's instant and place in the log.
type lineRef struct {
	kind byte
	a, b int64
}

// lineText names a line within a journal. It is sealed, as ids are: the place in a
// stream would tell how much was opened in between, of everybody's.
func (d *Door) lineText(r lineRef) string {
	return string(r.kind) + d.keys.Text(id.Entry{Person: r.a, N: r.b})
}

func (d *Door) lineOf(text string) (r lineRef, ok bool) {
	if text == "" || text[0] != lineLook && text[0] != lineChange {
		return r, false
	}
	e, err := d.keys.Parse(text[1:])
	return lineRef{text[0], e.Person, e.N}, err == nil
}

// A place is where a line stands among the lines of a journal: by its instant, and
// among those of one instant by where it is kept.
type place struct {
	at  clock.Time
	ref lineRef
}

func (l *Line) place() place { return place{l.At, l.ref} }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.ref.kind, q.ref.kind), cmp.Compare(p.ref.a, q.ref.a), cmp.Compare(p.ref.b, q.ref.b))
}

// placeText is the form in which a place goes out; placeOf reads it.
func (d *Door) placeText(p place) string {
	return strconv.FormatInt(int64(p.at), 36) + "." + d.lineText(p.ref)
}

var errPlace = errors.New("record: not a place in a journal")

// placeOf is the place in a text, and of "" the one after the latest.
func (d *Door) placeOf(text string) (place, error) {
	if text == "" {
		return place{at: clock.Never}, nil
	}
	at, line, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 36, 64)
	ref, ok := d.lineOf(line)
	if err != nil || !ok {
		return place{}, &fault.Error{Kind: fault.NotFound, Cause: errPlace}
	}
	return place{clock.Time(n), ref}, nil
}
