package record

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/id"
)

// A snapshot is the packed person: one header row, which lists the entries, and
// blocks of about blockSize that hold their documents. It can be made again from
// the log at any time, and is: it is written in the background, only the blocks
// that changed, and a reader who finds none folds the log instead.
const (
	blockSize    = 32 << 10
	formatHeader = 2
	tailBytes    = 16 << 10 // packed bytes of changes after which a person is packed anew
	tailChanges  = 32       // and changes
)

// due reports whether the person should be packed again.
func (w *whole) due() bool {
	return w.seq > w.stored && (w.tail >= tailBytes || w.seq-w.stored >= tailChanges)
}

// plan places every entry that is not in a block into one. Entries of a kind lie
// together, since a page mostly reads a kind. It returns the whole as it will be
// stored, the blocks to write and the numbers of those to delete.
func (w *whole) plan(p *packer) (*whole, []*block, []int64, error) {
	c := *w
	c.entries = slices.Clone(w.entries)
	loose := make([]int, 0, len(w.entries))
	dirty := w.dirty()
	for i, e := range w.entries {
		if !e.gone && (e.block == nil || dirty[e.block.no]) {
			loose = append(loose, i)
		}
	}
	slices.SortStableFunc(loose, func(a, b int) int {
		if w.entries[a].Kind < w.entries[b].Kind {
			return -1
		} else if w.entries[a].Kind > w.entries[b].Kind {
			return 1
		}
		return 0
	})
	var made []*block
	var b *block
	for _, i := range loose {
		raw, err := w.entries[i].bytes(p)
		if err != nil {
			return nil, nil, nil, err
		}
		if b == nil || len(b.plain)+len(raw) > blockSize && len(b.plain) > 0 {
			c.blocks++
			b = &block{no: c.blocks, plain: make([]byte, 0, blockSize)}
			made = append(made, b)
		}
		e := w.entries[i].copy()
		e.raw, e.block, e.off, e.n = nil, b, len(b.plain), len(raw)
		b.plain = append(b.plain, raw...)
		c.entries[i] = e
	}
	for _, b := range made {
		b.packed = p.pack(nil, b.plain)
		b.once.Do(func() {}) // plain is there already
	}
	var drop []int64
	for no := range dirty {
		drop = append(drop, no)
	}
	c.stored, c.tail = w.seq, 0
	return &c, made, drop, nil
}

// dirty are the blocks that hold something no longer so, and the last one when it
// is not yet full enough to be left alone.
func (w *whole) dirty() map[int64]bool {
	used := map[int64]int{}
	size := map[int64]int{}
	for _, e := range w.entries {
		if e.block != nil && !e.gone {
			used[e.block.no] += e.n
		}
		if e.block != nil {
			size[e.block.no] = max(size[e.block.no], e.off+e.n)
		}
	}
	dirty := map[int64]bool{}
	for no, n := range size {
		if n-used[no] > n/4 || used[no] < blockSize/2 {
			dirty[no] = true
		}
	}
	return dirty
}

// encodeHeader writes everything of the whole but the documents.
func (w *whole) encodeHeader() []byte {
	b := append(make([]byte, 0, 64+len(w.entries)*90), formatHeader)
	b = append(b, w.hash[:]...)
	b = binary.AppendVarint(b, w.blocks)
	names := map[string]uint64{}
	var table []string
	name := func(s string) uint64 {
		n, ok := names[s]
		if !ok {
			n = uint64(len(table))
			names[s], table = n, append(table, s)
		}
		return n
	}
	body := binary.AppendUvarint(nil, uint64(len(w.entries)))
	for _, e := range w.entries { // together, since nothing in it repeats
		body = binary.BigEndian.AppendUint64(body, uint64(e.ID.N))
		body = append(body, e.origin[:]...)
		body = appendAlias(body, e.foreign)
	}
	for _, e := range w.entries {
		body = e.append(body, name, w.at)
	}
	b = binary.AppendUvarint(b, uint64(len(table)))
	for _, s := range table {
		b = appendString(b, s)
	}
	b = append(b, body...)
	return appendString(b, string(jsonPart(0, sayings{w.rules, w.members, w.links}).content))
}

// sayings are the parts of a whole that are kept as JSON, being few.
type sayings struct {
	Rules   []consent.Rule `json:"rules,omitempty"`
	Members []Member       `json:"members,omitempty"`
	Links   []int64        `json:"links,omitempty"`
}

func (e *entry) append(b []byte, name func(string) uint64, at map[int64]int) []byte {
	b = binary.AppendUvarint(b, name(e.Kind))
	b = binary.AppendVarint(b, e.Version)
	b = binary.AppendVarint(b, int64(e.At))
	b = binary.AppendUvarint(b, uint64(e.own))
	b = binary.AppendUvarint(b, uint64(e.set))
	b = binary.AppendUvarint(b, name(e.Source))
	b = binary.AppendUvarint(b, name(e.Author.text()))
	b = binary.AppendVarint(b, int64(e.Updated))
	b = binary.AppendUvarint(b, name(e.refs))
	b = binary.AppendUvarint(b, name(e.Category))
	for _, list := range [][]int64{e.from, e.to} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, n := range list {
			if i, here := at[n]; here {
				b = binary.AppendUvarint(b, uint64(i)+1)
			} else {
				b = binary.BigEndian.AppendUint64(append(b, 0), uint64(n))
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(len(e.blobs)))
	for _, x := range e.blobs {
		b = binary.AppendUvarint(b, uint64(x.at))
		b = append(b, x.sha256[:]...)
		b = binary.AppendUvarint(b, uint64(x.size))
	}
	if e.gone || e.block == nil {
		return append(b, 0)
	}
	if e.ours {
		b = append(b, 2)
	} else {
		b = append(b, 1)
	}
	b = binary.AppendVarint(b, e.block.no)
	b = binary.AppendUvarint(b, uint64(e.off))
	return binary.AppendUvarint(b, uint64(e.n))
}

var errHeader = errors.New("record: a snapshot cannot be read")

// decodeHeader makes a whole from a header row and the blocks beside it.
func decodeHeader(person, seq, codes int64, b []byte, blocks map[int64]*block, kinds *Kinds) (*whole, error) {
	r := reader{b: b}
	if r.byte() != formatHeader {
		return nil, errHeader
	}
	w := newWhole(person)
	w.seq, w.stored, w.codes = seq, seq, codes
	copy(w.hash[:], r.take(32))
	w.blocks = r.varint()
	n := r.uvarint()
	if n > uint64(len(b)) {
		return nil, errHeader
	}
	table := make([]string, n)
	for i := range table {
		table[i] = kinds.intern(r.string())
	}
	n = r.uvarint()
	if n > uint64(len(b)) {
		return nil, errHeader
	}
	w.entries = make([]*entry, n)
	w.at = make(map[int64]int, n)
	store := make([]entry, n) // one allocation for all
	for i := range w.entries {
		e := &store[i]
		e.ID = id.Entry{Person: person, N: int64(r.uint64())}
		copy(e.origin[:], r.take(8))
		e.foreign = r.alias()
		w.entries[i], w.at[e.ID.N] = e, i
	}
	for _, e := range w.entries {
		if err := e.read(&r, table, blocks, w.entries); err != nil {
			return nil, err
		}
		w.size += e.weight()
	}
	var s sayings
	if err := decodeJSON(r.bytes(), &s); err != nil || r.bad || len(r.b) != 0 {
		return nil, errHeader
	}
	w.rules, w.members, w.links = s.Rules, s.Members, s.Links
	inherit(w, func(i int) *entry { return w.entries[i] })
	return w, nil
}

func (e *entry) read(r *reader, table []string, blocks map[int64]*block, all []*entry) error {
	name := func() string {
		if i := r.uvarint(); i < uint64(len(table)) {
			return table[i]
		}
		r.bad = true
		return ""
	}
	e.Kind = name()
	e.Version, e.At = r.varint(), clock.Time(r.varint())
	e.own, e.set = consent.Labels(r.uvarint()), consent.Labels(r.uvarint())
	e.Source, e.Author = name(), authorOf(name())
	e.Updated = clock.Time(r.varint())
	e.refs, e.Category = name(), name()
	for _, list := range []*[]int64{&e.from, &e.to} {
		for n := r.uvarint(); n > 0 && !r.bad; n-- {
			switch i := r.uvarint(); {
			case i == 0:
				*list = append(*list, int64(r.uint64()))
			case i <= uint64(len(all)):
				*list = append(*list, all[i-1].ID.N)
			default:
				r.bad = true
			}
		}
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		x := blobAt{at: int(r.uvarint())}
		copy(x.sha256[:], r.take(32))
		x.size = int(r.uvarint())
		e.blobs = append(e.blobs, x)
	}
	state := r.byte()
	e.ours = state == 2
	if e.gone = state == 0; !e.gone {
		no := r.varint()
		e.block, e.off, e.n = blocks[no], int(r.uvarint()), int(r.uvarint())
		if e.block == nil {
			return fmt.Errorf("%w: block %d is missing", errHeader, no)
		}
	}
	if r.bad {
		return errHeader
	}
	return nil
}

// store writes the snapshot of w and returns the whole as stored. Another server
// may have stored a later one, which then stays.
func (d *Door) store(ctx context.Context, w *whole) (*whole, error) {
	p, err := d.prepare(w)
	if err != nil {
		return nil, err
	}
	err = d.db.Tx(ctx, func(tx *db.Tx) error { return p.write(ctx, tx) })
	return p.whole, err
}

// A pack is a snapshot about to be written.
type pack struct {
	whole *whole // as it will be stored
	from  int64  // the stored snapshot it was made from
	head  []byte
	made  []*block
	drop  []int64
}

func (d *Door) prepare(w *whole) (*pack, error) {
	packed, made, drop, err := w.plan(d.packer)
	if err != nil {
		return nil, err
	}
	return &pack{packed, w.stored, d.packer.pack(nil, packed.encodeHeader()), made, drop}, nil
}

func (p *pack) write(ctx context.Context, tx *db.Tx) error {
	// Whoever began from the same stored snapshot first has won: blocks are
	// numbered within it.
	n, err := tx.Exec(ctx, `
		INSERT INTO header (person, seq, codes, head) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person) DO UPDATE SET seq = excluded.seq, codes = excluded.codes, head = excluded.head
		WHERE header.seq = $5`, p.whole.person, p.whole.seq, p.whole.codes, p.head, p.from)
	if err != nil {
		return err
	}
	if n == 0 {
		return errOvertaken
	}
	for _, no := range p.drop {
		if _, err := tx.Exec(ctx, `DELETE FROM block WHERE person = $1 AND n = $2`, p.whole.person, no); err != nil {
			return err
		}
	}
	rows := make([][]any, len(p.made))
	for i, b := range p.made {
		rows[i] = []any{p.whole.person, b.no, b.packed}
	}
	return tx.ExecMany(ctx, `INSERT INTO block (person, n, bytes) VALUES ($1, $2, $3)`, rows)
}

var errOvertaken = errors.New("record: another server packed this person first")

// A packingLine packs persons in the background, each at most once at a time.
type packingLine struct {
	mu      sync.Mutex
	waiting map[int64]*whole
	wake    chan struct{}
	done    chan struct{}
}

// packing runs until ctx ends, and then packs what is still waiting.
func (d *Door) packing(ctx context.Context) {
	defer close(d.line.done)
	for {
		select {
		case <-d.line.wake:
			d.packWaiting(context.WithoutCancel(ctx))
		case <-ctx.Done():
			d.packWaiting(context.WithoutCancel(ctx))
			return
		}
	}
}

func (d *Door) packWaiting(ctx context.Context) {
	for {
		w := d.line.next()
		if w == nil {
			return
		}
		stored, err := d.store(ctx, w)
		switch {
		case err == nil:
			d.cache.put(stored)
		case errors.Is(err, errOvertaken):
			d.cache.drop(w.person) // what is cached began from a snapshot that is no more
		default:
			d.trouble("packing a person", err) // the log is whole; the next change tries again
		}
	}
}

// pack asks for w to be packed soon. A later whole of the same person replaces it.
func (d *Door) pack(w *whole) {
	d.line.mu.Lock()
	d.line.waiting[w.person] = w
	d.line.mu.Unlock()
	select {
	case d.line.wake <- struct{}{}:
	default:
	}
}

func (l *packingLine) next() *whole {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, w := range l.waiting {
		delete(l.waiting, p)
		return w
	}
	return nil
}
