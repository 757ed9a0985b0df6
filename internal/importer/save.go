package importer

import (
	"context"
	"errors"
	"time"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// save puts a lot where it belongs, counts it and reports what was refused. The
// error is a failure of ours, which ends the import.
func (l *lot) save(ctx context.Context) error {
	defer l.free()
	if l.all {
		l.allOrNothing()
	}
	if err := l.receive(ctx); err != nil {
		return err
	}
	if err := l.list(ctx); err != nil {
		return err
	}
	for _, e := range l.items {
		switch {
		case e.idle:
		case len(e.problems) > 0:
			l.im.refuse(e)
		case e.later:
			l.im.wait(e)
		case e.settled:
			l.im.count(e.kind, Tally{Read: 1, Unchanged: 1})
		case !e.saved: // whatever the reason, it is not lost without a word
			e.refuse("", "This entry could not be understood together with the others. Send it by itself.")
			l.im.refuse(e)
		}
	}
	l.im.tell()
	return nil
}

// allOrNothing refuses every entry of a transaction when one is refused, and tries
// all of them again when one has to wait.
func (l *lot) allOrNothing() {
	var bad, later bool
	for _, e := range l.items {
		bad = bad || len(e.problems) > 0
		later = later || e.later
	}
	for _, e := range l.items {
		switch {
		case bad && len(e.problems) == 0:
			e.refuse("", together)
		case later && !bad:
			e.later = true
		}
	}
}

const together = "The transaction was refused because of another of its entries. Put that right and send it again."

// refuse counts and reports an entry that does not go in. What only goes down with
// its transaction is counted without a line of its own.
func (im *importer) refuse(e *entry) {
	im.count(e.kind, Tally{Read: 1, Refused: 1})
	if e.problems[0].Reason == together {
		return
	}
	line := e.reported()
	line.Path, line.Reason, line.More = e.problems[0].Path, e.problems[0].Reason, e.problems[1:]
	im.mu.Lock()
	defer im.mu.Unlock()
	line.Type = im.known(e.kind)
	im.write(line)
}

// reported is the line of the report that names an entry.
func (e *entry) reported() Line {
	line := Line{File: e.from.path, Line: e.line + e.from.line}
	if e.from.bundle {
		line.Entry = &e.n
	}
	return line
}

// wait notes an entry for the second reading.
func (im *importer) wait(e *entry) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.later[e.from.path] == nil {
		im.later[e.from.path] = map[place]bool{}
	}
	im.later[e.from.path][e.place()] = true
}

// free gives the tapes back for the next lot.
func (l *lot) free() {
	for _, e := range l.items {
		if e.doc != nil {
			l.im.docs.Put(e.doc)
			e.doc = nil
		}
	}
}

// receive hands what is about people to the door: together if that can be, and
// otherwise each person by themselves, so that one does not hold up the others.
func (l *lot) receive(ctx context.Context) error {
	var order []*human
	of := map[*human][]*entry{}
	for _, e := range l.items {
		if e.who == nil || !e.fine() || e.idle {
			continue
		}
		if of[e.who] == nil {
			order = append(order, e.who)
		}
		of[e.who] = append(of[e.who], e)
	}
	if l.all {
		return l.arrive(ctx, order, of, true)
	}
	const most = 64 // people in one transaction of the database
	for len(order) > 0 {
		n := min(most, len(order))
		if err := l.arrive(ctx, order[:n], of, false); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

// arrive saves some people. When that is refused and they are not to go in
// together, it is tried with each of them alone.
func (l *lot) arrive(ctx context.Context, people []*human, of map[*human][]*entry, whole bool) error {
	if len(people) == 0 {
		return nil
	}
	a := record.Arrival{Source: l.source}
	place := map[*entry]int{}
	var items []*entry
	for _, h := range people {
		for _, e := range of[h] {
			place[e] = len(items)
			items = append(items, e)
		}
	}
	newcomers := map[*human]int{}
	newcomer := func(h *human) int {
		n, there := newcomers[h]
		if !there {
			n = len(a.People)
			newcomers[h] = n
			c := record.Newcomer{Foreign: h.foreign}
			if p := h.patient; p != nil && p.doc != nil && len(p.problems) == 0 {
				c.Facts, c.Known = record.FactsOf(p.doc), true
			}
			a.People = append(a.People, c)
		}
		return n
	}
	for _, e := range items {
		it := record.Item{Person: newcomer(e.who), Foreign: e.foreign, Doc: e.doc, Updated: e.updated, Began: e.sent.String()}
		for _, r := range e.refs {
			it.Refs = append(it.Refs, r.ref(place))
		}
		a.Items = append(a.Items, it)
	}
	fates, err := l.send(ctx, a)
	kind, answered := fault.Of(err)
	switch {
	case err == nil:
		for i, e := range items {
			e.saved = true
			l.im.count(e.kind, tallyOf(string(fates[i])))
		}
		return nil
	case !answered || kind == fault.Busy:
		return err
	case len(people) > 1 && !whole:
		for _, h := range people {
			if err := l.arrive(ctx, []*human{h}, of, false); err != nil {
				return err
			}
		}
		return nil
	}
	said := false
	waits := false // for somebody whom a later file may tell of
	for _, h := range people {
		waits = waits || h.patient == nil
	}
	waits = waits && !l.final
	for _, e := range l.items {
		if e.who == nil && !whole || !e.fine() || e.idle || !whole && e.who != people[0] {
			continue
		}
		switch {
		case waits:
			e.later = true
		case whole && said:
			e.refuse("", together)
		default:
			e.problems, said = asProblems(err), true
		}
	}
	return nil
}

// ref is a lead as the record takes it.
func (r lead) ref(place map[*entry]int) record.Ref {
	if r.to == nil {
		return record.Ref{Value: r.value, Item: -1, Type: r.kind, ID: r.id, Text: r.text}
	}
	if n, with := place[r.to]; with {
		return record.Ref{Value: r.value, Item: n}
	}
	return record.Ref{Value: r.value, Item: -1, Type: r.to.kind, ID: r.to.foreign}
}

// send receives, and waits a little when the database is busy.
func (l *lot) send(ctx context.Context, a record.Arrival) (fates []record.Fate, err error) {
	for try := range 4 {
		fates, _, err = l.im.door.Receive(ctx, a)
		if !errors.Is(err, fault.Busy) {
			return fates, err
		}
		select {
		case <-time.After(time.Duration(50<<(2*try)) * time.Millisecond):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return nil, err
}

// list hands what is about nobody to the directory. It comes after the people, so
// that a transaction that is refused there leaves nothing behind.
func (l *lot) list(ctx context.Context) error {
	var all []directory.Listing
	var items []*entry
	for _, e := range l.items {
		if !e.public() || !e.fine() || e.idle || e.doc == nil {
			continue
		}
		x := directory.Listing{Foreign: e.foreign, Doc: e.doc, Updated: e.updated, Began: e.sent.String()}
		for _, r := range e.refs {
			if r.text != "" {
				x.Refs = append(x.Refs, directory.Ref{Value: r.value, Text: r.text})
			}
		}
		all, items = append(all, x), append(items, e)
	}
	if len(all) == 0 {
		return nil
	}
	fates, err := l.im.dir.Keep(ctx, l.source, all)
	if err != nil {
		return err
	}
	for i, e := range items {
		e.saved = true
		l.im.count(e.kind, tallyOf(string(fates[i])))
	}
	return nil
}

func tallyOf(fate string) Tally {
	t := Tally{Read: 1}
	switch fate {
	case string(record.New):
		t.New = 1
	case string(record.Changed):
		t.Changed = 1
	default:
		t.Unchanged = 1
	}
	return t
}
