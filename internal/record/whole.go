package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

// A Header is what is known of an entry without reading it. The lens judges headers.
type Header struct {
	ID      id.Entry
	Kind    string         // the FHIR type
	Version int64          // the place in the log of the change that last wrote it
	At      clock.Time     // when that was
	Labels  consent.Labels // all that it is about: from codes, set by people, inherited
	Source  string         // where it came from; "" is written here
	Author  Author         // who wrote it here, set by the server; nobody for what came from a source
	Updated clock.Time     // when the source last changed it, as far as it says

	// Category is the first code of an Observation's category: some roles see
	// only some. "" for other kinds.
	Category string

	foreign string         // its id at the source
	origin  [8]byte        // start of the SHA-256 of the original
	refs    string         // what its references began with there
	ours    bool           // last written here
	own     consent.Labels // from its own codes, by the table of the whole's codes version
	set     consent.Labels // set by people
	from    []int64        // entries whose labels it inherits
	to      []int64        // entries that inherit its labels
	gone    bool           // removed: a place that stays, with nothing at it
	blobs   []blobAt
}

// An Author is who wrote an entry here: the account, which is theirs alone, and the
// name it had then, which many have.
type Author struct{ Account, Name string }

// ThePerson is the account of an author who is the person themselves, whichever account
// they have, and if they have none.
const ThePerson = "the person"

// authorOf reads what a resource keeps of its author. One without an account was
// written before accounts were kept with names: it is nobody's to change.
func authorOf(text string) Author {
	account, name, both := strings.Cut(text, "\x00")
	if !both {
		return Author{Name: text}
	}
	return Author{account, name}
}

func (a Author) text() string {
	if a.Account == "" {
		return a.Name
	}
	return a.Account + "\x00" + a.Name
}

// An entry is a header and the document it speaks of, wherever that is.
// Everything but the parsed document is fixed once the whole is made.
type entry struct {
	Header
	raw    []byte // the document, or nil when it is in a block
	block  *block
	off, n int
	doc    atomic.Pointer[fhir.Doc]
}

// A block is a piece of the packed person, unpacked when first needed.
type block struct {
	no     int64
	packed []byte
	once   sync.Once
	plain  []byte
	err    error
}

// A whole is one person's log, folded: everything, before any lens. It is shared
// between requests and never changes; it never leaves this package.
type whole struct {
	person int64
	seq    int64 // the last change folded in
	hash   chain.Hash

	entries []*entry      // in the order of their first appearance, which never changes
	at      map[int64]int // entry number -> place in entries
	rules   []consent.Rule
	members []Member
	links   []int64
	codes   int64 // version of the code table that the labels were derived with

	stored int64 // the last change the stored snapshot has; 0: there is none
	tail   int   // bytes of changes after it
	size   int   // bytes it takes in the cache, about
	blocks int64 // the highest block number given out
}

func newWhole(person int64) *whole {
	return &whole{person: person, at: map[int64]int{}}
}

// bytes returns the document of e, unpacking its block if need be.
func (e *entry) bytes(p *packer) ([]byte, error) {
	if e.block == nil {
		return e.raw, nil
	}
	b := e.block
	b.once.Do(func() { b.plain, b.err = p.unpack(b.packed) })
	if b.err != nil {
		return nil, b.err
	}
	if e.off+e.n > len(b.plain) {
		return nil, fmt.Errorf("record: a block is shorter than its header says")
	}
	return b.plain[e.off : e.off+e.n : e.off+e.n], nil
}

// parsed returns the document of e with its tape, kept for the next who asks.
func (e *entry) parsed(p *packer) (*fhir.Doc, error) { return e.parsedInto(p, nil) }

// parsedInto is parsed for who needs the document but once: it is read into spare,
// and not kept. Nil keeps it.
func (e *entry) parsedInto(p *packer, spare *fhir.Doc) (*fhir.Doc, error) {
	if d := e.doc.Load(); d != nil {
		return d, nil
	}
	b, err := e.bytes(p)
	if err != nil {
		return nil, err
	}
	d := spare
	if d == nil {
		d = new(fhir.Doc)
	}
	if err := fhir.Parse(b, d); err != nil {
		return nil, fmt.Errorf("record: a stored entry cannot be read: %w", err)
	}
	if spare == nil {
		e.doc.Store(d)
	}
	return d, nil
}

// A folding adds changes to a whole, on a copy. The labels of the result are
// right only when done has been called.
type folding struct {
	w *whole
	*law
	mine  []bool            // by place: entries that this folding made, and may change
	fresh []bool            // by place: entries that this folding wrote
	alone bool              // w.at is this folding's own too
	names map[string]string // one copy of what many entries say
	spare *fhir.Doc         // if given, documents are read into it and not kept
}

// A law is what changes are folded by: the same for everyone, set at start-up.
type law struct {
	codes *Codes
	kinds *Kinds
	keys  *id.Keys
	alias func(person int64, source, kind, foreign string) int64 // see Door.number

	strangers *sync.Map // code systems met that the table does not know
	alert     func(what, system string)
}

func (w *whole) fold(by *law) *folding {
	c := *w
	c.entries = slices.Clone(w.entries)
	c.rules = slices.Clone(w.rules)
	c.members = slices.Clone(w.members)
	c.links = slices.Clone(w.links)
	n := len(w.entries)
	marks := make([]bool, 2*n)
	return &folding{w: &c, law: by, mine: marks[:n:n], fresh: marks[n:], names: map[string]string{}}
}

// own returns the entry at i as one that may be changed, copying it if it is shared.
func (f *folding) own(i int) *entry {
	if !f.mine[i] {
		f.w.entries[i] = f.w.entries[i].copy()
		f.mine[i] = true
	}
	return f.w.entries[i]
}

// place returns the place of entry n, a new one at the end if it has none yet.
func (f *folding) place(n int64) (i int, known bool) {
	if i, known = f.w.at[n]; known {
		return i, true
	}
	if !f.alone { // most changes bring no new entry, and share the map
		f.w.at, f.alone = maps.Clone(f.w.at), true
	}
	i = len(f.w.entries)
	f.w.at[n] = i
	f.w.entries = append(f.w.entries, nil)
	f.mine, f.fresh = append(f.mine, true), append(f.fresh, true)
	return i, false
}

// name returns a copy of a name that entries share, and that keeps no document alive.
func (f *folding) name(s []byte) string {
	if k := f.kinds.byName[string(s)]; k != nil {
		return k.Name
	}
	have, ok := f.names[string(s)]
	if !ok {
		have = string(s)
		f.names[have] = have
	}
	return have
}

// add folds one change in. It must be the next one.
func (f *folding) add(c *change, stored int) error {
	w := f.w
	if c.person != w.person || c.seq != w.seq+1 {
		return fmt.Errorf("record: change %d follows %d in a log", c.seq, w.seq)
	}
	w.seq, w.hash = c.seq, c.hash
	w.tail += stored
	for _, p := range c.parts {
		if p.content == nil {
			continue // erased
		}
		if err := f.part(c, p); err != nil {
			return err
		}
	}
	return nil
}

func (f *folding) part(c *change, p part) error {
	w := f.w
	switch p.kind {
	case partResource:
		return f.resource(c, p)
	case partRule:
		return into(p, func(r consent.Rule) { w.rules = append(w.rules, r) })
	case partMember:
		return into(p, func(m Member) { w.members = append(w.members, m) })
	case partTaken:
		return into(p, w.take)
	case partEnd:
		return into(p, w.end)
	case partLabels:
		return into(p, func(m marking) {
			if i, ok := w.at[m.N]; ok {
				f.own(i).set = m.Labels
			}
		})
	case partLink:
		return into(p, func(l link) {
			w.links = slices.DeleteFunc(w.links, func(n int64) bool { return n == l.Other })
			if !l.Undo {
				w.links = append(w.links, l.Other)
			}
		})
	case partNote:
		return nil
	}
	return fmt.Errorf("record: a change has a part of unknown kind %d", p.kind)
}

func (f *folding) resource(c *change, p part) error {
	r, err := decodeResource(p.content, f.name)
	if err != nil {
		return err
	}
	w := f.w
	e := &entry{
		Header: Header{
			ID: id.Entry{Person: w.person, N: r.n}, Kind: r.kind, Version: c.seq, At: c.at,
			Source: r.source, Author: authorOf(r.author), Updated: r.updated,
			foreign: r.foreign, origin: r.origin, refs: r.refs, ours: r.ours, gone: r.gone, blobs: r.blobs,
		},
		raw: r.json,
	}
	i, known := f.place(r.n)
	if known {
		e.set = w.entries[i].set
		if e.gone { // what led to it is still about what it was about
			e.own = w.entries[i].own
		}
		w.size -= w.entries[i].weight()
	}
	w.entries[i], f.mine[i], f.fresh[i] = e, true, true
	w.size += e.weight()
	return nil
}

func (w *whole) end(e end) {
	for i := range w.rules {
		if w.rules[i].ID == e.ID {
			w.rules[i].Until = e.At
		}
	}
	for i := range w.members {
		if w.members[i].ID == e.ID {
			w.members[i].Until = e.At
		}
	}
}

// done derives the labels and hands the whole over.
func (f *folding) done(p *packer) (*whole, error) {
	w := f.w
	all := w.codes != f.codes.Version // another table: everything is judged anew
	w.codes = f.codes.Version
	for i, e := range w.entries {
		if !all && !f.fresh[i] || e.gone {
			continue
		}
		d, err := e.parsedInto(p, f.spare)
		if err != nil {
			return nil, err
		}
		f.label(f.own(i), d)
	}
	inherit(w, f.own)
	return w, nil
}

// copy returns an entry that may be changed before it is shared.
func (e *entry) copy() *entry {
	c := &entry{Header: e.Header, raw: e.raw, block: e.block, off: e.off, n: e.n}
	c.doc.Store(e.doc.Load())
	return c
}

// weight is about how many bytes the entry takes in the cache, once it has been
// read: its tape is about twice the document.
func (e *entry) weight() int { return 400 + 3*(len(e.raw)+e.n) + len(e.foreign) }

// into decodes a part of JSON and hands it on.
func into[T any](p part, take func(T)) error {
	var v T
	if err := decodeJSON(p.content, &v); err != nil {
		return fmt.Errorf("record: a part of kind %d cannot be read: %w", p.kind, err)
	}
	take(v)
	return nil
}

// find returns the entry, or nil where there is none or it was removed.
func (w *whole) find(n int64) *entry {
	if i, ok := w.at[n]; ok && !w.entries[i].gone {
		return w.entries[i]
	}
	return nil
}
