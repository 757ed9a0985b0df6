package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
	"strings"

	"onestory/internal/fhir"
	"onestory/internal/record"
)

// A spool sorts entries by the person they are about, so that what belongs to one
// person is understood and saved together, however far apart it stood. Up to
// heldBytes stay in memory; more goes to temporary files without a name.
type spool struct {
	im     *importer
	source string
	final  bool // see lot
	doc    fhir.Doc

	held  []*entry
	bytes int

	disk    bool
	public  pile            // about nobody
	astray  pile            // about somebody whom only other entries tell of
	persons [piles]pile     // each some of the people
	origins []*origin       // of the entries on disk, by number
	number  map[*origin]int // and back
}

// piles is into how many parts people are sorted: a stream of 4 GB becomes parts
// of the size that is held anyway.
const piles = 256

// A pile is entries in a file, one after another.
type pile struct {
	file  *os.File
	w     *bufio.Writer
	bytes int
}

// A key tells an entry from those of all files.
type key struct {
	from *origin
	at   place
}

func newSpool(im *importer) *spool {
	return &spool{im: im, source: im.source(""), number: map[*origin]int{}}
}

// add puts an entry in. Its bytes are copied.
func (s *spool) add(e *entry) error {
	if !s.disk && s.bytes+len(e.raw) <= heldBytes {
		c := *e
		c.raw, c.url, c.method = bytes.Clone(e.raw), strings.Clone(e.url), strings.Clone(e.method)
		c.request, c.none = strings.Clone(e.request), strings.Clone(e.none)
		s.held = append(s.held, &c)
		s.bytes += len(e.raw) + 200
		return nil
	}
	if !s.disk {
		s.disk = true
		for _, h := range s.held {
			if err := s.put(h); err != nil {
				return err
			}
		}
		s.held = nil
	}
	return s.put(e)
}

// put writes an entry to the pile of its person.
func (s *spool) put(e *entry) error {
	p := &s.astray
	if fhir.Parse(e.raw, &s.doc) == nil {
		kind := s.doc.Type()
		if record.Public(kind) {
			p = &s.public
		} else if who := s.person(kind, e); who != "" {
			h := fnv.New32a()
			io.WriteString(h, who)
			p = &s.persons[h.Sum32()%piles]
		}
	}
	if p.file == nil {
		f, err := os.CreateTemp(s.im.o.Temp, "onestory-import-")
		if err != nil {
			return fmt.Errorf("importing: sorting by person: %w", err)
		}
		os.Remove(f.Name()) // it goes away with us, whatever happens
		p.file, p.w = f, bufio.NewWriterSize(f, 32<<10)
	}
	n, known := s.number[e.from]
	if !known {
		n = len(s.origins)
		s.origins = append(s.origins, e.from)
		s.number[e.from] = n
	}
	idle := byte(0)
	if e.idle {
		idle = 1
	}
	b := binary.AppendUvarint(nil, uint64(n))
	b = binary.AppendUvarint(b, uint64(e.line))
	b = append(binary.AppendUvarint(b, uint64(e.n)), idle)
	for _, text := range []string{e.url, e.method, e.request, e.none} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.raw)))
	p.bytes += len(b) + len(e.raw)
	p.w.Write(b)
	if _, err := p.w.Write(e.raw); err != nil {
		return fmt.Errorf("importing: sorting by person: %w", err)
	}
	return nil
}

// person is what tells people apart in the entry that was parsed last: the end of
// the address of their Patient. "" when it does not say.
func (s *spool) person(kind string, e *entry) string {
	k := s.im.kinds.Of(kind)
	switch {
	case k == nil:
		return ""
	case k.Owner == "":
		if id := s.doc.ID(); id != "" {
			return id
		}
		return last(e.url)
	}
	for v := range s.doc.At(k.Owner + ".reference") {
		switch r := fhir.ParseReference(v.Str()); {
		case r.Type == "Patient" && r.ID != "":
			return r.ID
		case r.Kind == fhir.RefURN && k.Name != "Provenance":
			return last(r.Text)
		}
	}
	return ""
}

// last is the end of an address: an id.
func last(url string) string { return url[strings.LastIndexAny(url, ":/")+1:] }

// all calls yield with the entries of a pile.
func (s *spool) all(p *pile, yield func(*entry) error) error {
	if p.file == nil {
		return nil
	}
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("importing: sorting by person: %w", err)
	}
	r := bufio.NewReaderSize(io.NewSectionReader(p.file, 0, int64(p.bytes)), 64<<10)
	for {
		n, err := binary.ReadUvarint(r)
		if err == io.EOF {
			return nil
		}
		e := &entry{}
		line, _ := binary.ReadUvarint(r)
		at, _ := binary.ReadUvarint(r)
		idle, err := r.ReadByte()
		if err != nil || n >= uint64(len(s.origins)) {
			return fmt.Errorf("importing: a temporary file cannot be read: %w", io.ErrUnexpectedEOF)
		}
		e.from, e.line, e.n, e.idle = s.origins[n], int(line), int(at), idle == 1
		for _, to := range []*string{&e.url, &e.method, &e.request, &e.none} {
			b, err := sized(r)
			if err != nil {
				return err
			}
			*to = string(b)
		}
		if e.raw, err = sized(r); err != nil {
			return err
		}
		if err := yield(e); err != nil {
			return err
		}
	}
}

func sized(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > wholeMost {
		return nil, fmt.Errorf("importing: a temporary file cannot be read: %w", io.ErrUnexpectedEOF)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return b, err
}

// whole saves everything as one transaction.
func (s *spool) whole(ctx context.Context) error {
	l := s.im.newLot(s.source, true)
	l.items = s.held
	take := func(e *entry) error { l.items = append(l.items, e); return nil }
	for _, p := range s.pilesInOrder() {
		if err := s.all(p, take); err != nil {
			return ours(err)
		}
	}
	slices.SortStableFunc(l.items, func(a, b *entry) int { return a.n - b.n })
	l.prepare(ctx)
	return s.im.handOver(ctx, l)
}

func (s *spool) pilesInOrder() []*pile {
	all := []*pile{&s.public}
	for i := range s.persons {
		all = append(all, &s.persons[i])
	}
	return append(all, &s.astray)
}

// drain saves what the spool holds: first what is about nobody, then some people
// after others, each with the entries that only lead to theirs.
func (s *spool) drain(ctx context.Context) error {
	save := func(l *lot) error {
		l.final = l.final || s.final
		l.prepare(ctx)
		if l.broken != nil {
			return l.broken
		}
		return s.im.hand(ctx, l)
	}
	if !s.disk {
		if len(s.held) == 0 {
			return nil
		}
		l := s.im.newLot(s.source, false)
		l.items, s.held = s.held, nil
		return save(l)
	}
	shared := newKnown()
	fill := func(l *lot, size *int, e *entry) {
		l.items = append(l.items, e)
		*size += len(e.raw)
	}
	// What is about nobody may be in parts of any size: it is remembered by name.
	l, size := s.im.newLot(s.source, false), 0
	l.shared = shared
	err := s.all(&s.public, func(e *entry) error {
		fill(l, &size, e)
		if size < heldBytes {
			return nil
		}
		full := l
		l, size = s.im.newLot(s.source, false), 0
		l.shared = shared
		return save(full)
	})
	if err == nil && len(l.items) > 0 {
		err = save(l)
	}
	taken := map[key]bool{}
	for i := range s.persons {
		if err != nil {
			return err
		}
		if s.persons[i].file != nil {
			err = s.some(ctx, &s.persons[i], shared, taken, save)
		}
	}
	if err != nil {
		return err
	}
	l = s.im.newLot(s.source, false)
	l.shared = shared
	err = s.all(&s.astray, func(e *entry) error {
		if !taken[key{e.from, e.place()}] {
			l.items = append(l.items, e)
		}
		return nil
	})
	if err == nil && len(l.items) > 0 {
		err = save(l)
	}
	return err
}

// some saves the people of one pile.
func (s *spool) some(ctx context.Context, p *pile, shared *known, taken map[key]bool, save func(*lot) error) error {
	l := s.im.newLot(s.source, false)
	l.shared = shared
	if err := s.all(p, func(e *entry) error { l.items = append(l.items, e); return nil }); err != nil {
		return err
	}
	if s.astray.file != nil {
		l.index()
		var found []*entry
		err := s.all(&s.astray, func(e *entry) error {
			if !taken[key{e.from, e.place()}] && fhir.Parse(e.raw, &s.doc) == nil && l.leadsHere(&s.doc, e) {
				taken[key{e.from, e.place()}] = true
				l.items = append(l.items, e)
				found = append(found, e)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range found {
			if l.read(e); e.doc != nil {
				l.learn(l.here, e)
			}
		}
	}
	p.drop()
	return save(l)
}

func (p *pile) drop() {
	if p.file != nil {
		p.file.Close()
		p.file, p.w = nil, nil
	}
}

// close gives the temporary files up.
func (s *spool) close() {
	for _, p := range s.pilesInOrder() {
		p.drop()
	}
}
