package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
)

// What is held in memory, and what is refused early.
const (
	heldBytes = 16 << 20 // of a Bundle other than a transaction, or of what is sorted by person
	wholeMost = 64 << 20 // bytes of a transaction
	manyMost  = 100_000  // entries of one
)

var held = fhir.Limits{Bytes: wholeMost, Nodes: 8 << 20}

var (
	errWhole = fault.New(fault.Invalid, "The transaction is too large to be taken in as a whole. Send at most 64 MB and 100,000 entries, or send a collection.")
	errType  = fault.New(fault.Invalid, "This type of Bundle cannot be imported. Send a transaction, batch, collection, document or searchset.")
)

// read reads one file of any form.
func (im *importer) read(ctx context.Context, r *bufio.Reader, o *origin, only map[place]bool) error {
	if mark, _ := r.Peek(3); string(mark) == "\xEF\xBB\xBF" {
		return errBOM
	}
	if form(o.path) == "lines" {
		return im.lines(ctx, r, o, only)
	}
	head, err := io.ReadAll(io.LimitReader(r, heldBytes+1))
	if err != nil {
		return err
	}
	if lined(head) {
		return im.lines(ctx, bufio.NewReader(io.MultiReader(bytes.NewReader(head), r)), o, only)
	}
	if len(head) > heldBytes {
		return im.large(ctx, before(head), io.MultiReader(bytes.NewReader(head), r), o, only)
	}
	d := im.docs.Get().(*fhir.Doc)
	defer im.docs.Put(d)
	if err := held.Parse(head, d); err != nil {
		return err
	}
	if d.Type() == "Bundle" {
		return im.bundle(ctx, d, o, only)
	}
	if only == nil {
		return ours(im.singles.add(&entry{from: o, raw: head}))
	}
	return nil
}

// ours marks an error that is no fault of the file's.
func ours(err error) error {
	if err == nil {
		return nil
	}
	return &failure{err}
}

// lines reads NDJSON. A broken line is refused and the others go in.
func (im *importer) lines(ctx context.Context, r *bufio.Reader, o *origin, only map[place]bool) error {
	var d fhir.Doc
	var buf []byte
	o.lines = true
	for n := 1; ; n++ {
		b, long, err := line(r, buf[:0], heldBytes)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		buf = b
		if len(b) == 0 && !long {
			continue
		}
		e := &entry{from: o, line: n, raw: b}
		if long {
			err = errPart
		} else {
			err = held.Parse(b, &d)
		}
		switch {
		case err != nil && only == nil:
			e.problems = asProblems(err)
			im.refuse(e)
		case err != nil:
		case d.Type() == "Bundle":
			err := im.bundleLine(ctx, bytes.Clone(b), &origin{path: o.path, line: n, updated: o.updated}, only)
			if err != nil {
				return err
			}
		case only == nil:
			if err := im.singles.add(e); err != nil {
				return ours(err)
			}
		}
		if n%1000 == 0 {
			if context.Cause(ctx) != nil {
				return context.Cause(ctx)
			}
			im.tell()
		}
	}
}

// bundleLine takes a Bundle that is one line of a file.
func (im *importer) bundleLine(ctx context.Context, b []byte, o *origin, only map[place]bool) error {
	d := new(fhir.Doc)
	err := held.Parse(b, d)
	if err == nil {
		err = im.bundle(ctx, d, o, only)
	}
	var stop *failure
	if err == nil || errors.As(err, &stop) {
		return err
	}
	if only == nil {
		im.refuseFile(o, err)
	}
	return nil
}

// A header is what a Bundle says of all its entries.
type header struct{ kind, source, timestamp, updated string }

// take fills the header from one member of a Bundle.
func (h *header) take(name string, v fhir.Value) {
	switch name {
	case "type":
		h.kind = strings.Clone(v.Str())
	case "timestamp":
		h.timestamp = strings.Clone(v.Str())
	case "meta":
		h.source = strings.Clone(v.Get("source").Str())
		h.updated = strings.Clone(v.Get("lastUpdated").Str())
	}
}

// apply puts the Bundle's own time in the place of the file's.
func (h *header) apply(o *origin) {
	for _, said := range []string{h.updated, h.timestamp} {
		if low, _, ok := fhir.Interval(said); ok {
			o.updated = low
		}
	}
}

func (h *header) check() error {
	switch h.kind {
	case "transaction", "batch", "collection", "document", "searchset":
		return nil
	}
	return errType
}

// source is who is taken to have sent what a Bundle holds.
func (im *importer) source(said string) string {
	said, _, _ = strings.Cut(said, "#")
	switch {
	case im.o.Source != "":
		return im.o.Source
	case said != "":
		return said
	}
	return "import"
}

// bundle takes a Bundle that is held whole.
func (im *importer) bundle(ctx context.Context, d *fhir.Doc, o *origin, only map[place]bool) error {
	var h header
	for name, v := range d.Root().All() {
		h.take(name, v)
	}
	if err := h.check(); err != nil {
		return err
	}
	h.apply(o)
	o.bundle = true
	all := d.Root().Get("entry")
	if all.Exists() && all.Kind() != fhir.Array {
		return fault.New(fault.Invalid, "The Bundle's entry is no list. Send a list of entries.")
	}
	if h.kind == "transaction" && all.Len() > manyMost {
		return errWhole
	}
	l := im.newLot(im.source(h.source), h.kind == "transaction")
	n := 0
	for v := range all.Elems() {
		if e := entryOf(v, o, n); e != nil {
			e.idle = only != nil && !only[e.place()]
			l.items = append(l.items, e)
		}
		n++
	}
	l.prepare(ctx)
	return im.handOver(ctx, l)
}

func (im *importer) handOver(ctx context.Context, l *lot) error {
	if l.broken != nil {
		return ours(l.broken)
	}
	return ours(im.hand(ctx, l))
}

// entryOf reads one element of Bundle.entry; nil for what is only about a search.
func entryOf(v fhir.Value, o *origin, n int) *entry {
	if v.Get("search").Get("mode").Str() == "outcome" {
		return nil
	}
	request := v.Get("request")
	return &entry{
		from: o, n: n, raw: v.Get("resource").Raw(), url: v.Get("fullUrl").Str(),
		method: request.Get("method").Str(), request: request.Get("url").Str(), none: request.Get("ifNoneExist").Str(),
	}
}

// large takes a Bundle that is not to be held whole, unless it is a transaction,
// which cannot be taken in otherwise. kind is its type if that is known already.
func (im *importer) large(ctx context.Context, kind string, r io.Reader, o *origin, only map[place]bool) error {
	var d fhir.Doc
	n, size := 0, 0
	o.bundle = true
	sorted := newSpool(im)
	defer sorted.close()
	rest, err := fhir.EachEntry(r, held, func(i int, raw []byte) error {
		n, size = i+1, size+len(raw)
		if kind == "transaction" && (size > wholeMost || n > manyMost) {
			return errWhole
		}
		if err := held.Parse(raw, &d); err != nil {
			return err
		}
		if e := entryOf(d.Root(), o, i); e != nil {
			e.idle = only != nil && !only[e.place()]
			if err := sorted.add(e); err != nil {
				return ours(err)
			}
		}
		return context.Cause(ctx)
	})
	if err != nil {
		return err
	}
	var h header
	for name, v := range rest.Root().All() {
		h.take(name, v)
	}
	if err := h.check(); err != nil {
		return err
	}
	if h.kind == "transaction" && (size > wholeMost || n > manyMost) {
		return errWhole
	}
	h.apply(o)
	sorted.source = im.source(h.source)
	if h.kind == "transaction" {
		return sorted.whole(ctx)
	}
	return ours(sorted.drain(ctx))
}
