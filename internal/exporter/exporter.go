// Package exporter gives records out as FHIR R4: one person as a Bundle, or
// everyone as NDJSON for the operator.
//
// It promises that an export is what the view shows and nothing else, with numbers
// and unknown members as they were written and attachments put back; and that no
// byte leaves before the journal has its line: what is written waits, in memory or
// in an unnamed temporary file, until the door has said that it is on disk. The
// public resources that entries lead to come along. References are ours, or, with
// Original, what they were at the source, and so are ids; what was written here
// keeps ours.
//
// It owns no tables.
package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// References say what ids and references are in an export.
type References string

const (
	Ours     References = "ours"     // those of this server, with its versions and times
	Original References = "original" // those of the source, where there is one
)

// Options say how to export. The zero value gives all with our references.
type Options struct {
	References References // "": Ours
	Source     string     // only what this source sent; "": everything
	Base       string     // the address of our FHIR server, for fullUrl; "": no fullUrl with our references
	Temp       string     // the folder for temporary files; "": the system's
}

// Counts are how many resources of each type went out.
type Counts map[string]int

// An Opener opens a person through the door, as whoever exports and for their purpose.
type Opener func(person.ID, func(record.View) error) error

// Person writes a collection Bundle of all that the opener may see of a person. The
// errors are those of the door, with nothing written, and those of w.
func Person(ctx context.Context, dir *directory.Directory, open Opener, subject person.ID, o Options, w io.Writer) (Counts, error) {
	var made *export
	h := &holder{temp: o.Temp}
	defer h.close()
	err := open(subject, func(v record.View) error {
		v.Doing("exported the record")
		if err := h.reset(); err != nil {
			return err
		}
		made = newExport(ctx, dir, o, h)
		return made.bundle(v)
	})
	if err != nil {
		return nil, err
	}
	return made.counts, h.copyTo(w)
}

// All writes everyone as NDJSON, person after person, and then the directory. open
// opens a person through the door, as whoever exports and for their purpose: each
// person is journalled, and one whom it does not open is left out, which is an
// error once all the others are written. Of linked records each is written as its
// own.
func All(ctx context.Context, door *record.Door, dir *directory.Directory, open Opener,
	o Options, w io.Writer) (Counts, error) {
	h := &holder{temp: o.Temp}
	defer h.close()
	all := Counts{}
	left := 0
	err := door.Everyone(ctx, func(p person.ID) error {
		var made *export
		err := open(p, func(v record.View) error {
			v.Doing("exported the record")
			if err := h.reset(); err != nil {
				return err
			}
			made = newExport(ctx, dir, o, h)
			made.lines, made.only = true, p
			return made.people(v)
		})
		if kind, answered := fault.Of(err); answered && kind != fault.Busy {
			left++
			return nil
		}
		if err != nil {
			return err
		}
		for kind, n := range made.counts {
			all[kind] += n
		}
		return h.copyTo(w)
	})
	if err != nil {
		return all, err
	}
	e := newExport(ctx, dir, o, w)
	e.lines, e.counts = true, all
	if err := dir.Each(ctx, o.Source, "", e.listed); err != nil {
		return all, err
	}
	if left > 0 {
		return all, fmt.Errorf("exporting: %d persons could not be opened and were left out", left)
	}
	return all, nil
}

// An export is one being written.
type export struct {
	ctx    context.Context
	dir    *directory.Directory
	o      Options
	w      io.Writer
	lines  bool      // NDJSON rather than a Bundle
	only   person.ID // of linked records, the one to write; 0 for all
	counts Counts

	subject string // the id of the person, outside
	patient string // that of the first Patient shown, "" for none

	began   map[string]string // how a source began its references
	told    map[string]*told  // what is known of public entries, by our reference
	waiting []string          // public entries to be written
}

// told is what the directory says of an entry.
type told struct {
	listed directory.Listed
	there  bool
}

func newExport(ctx context.Context, dir *directory.Directory, o Options, w io.Writer) *export {
	return &export{ctx: ctx, dir: dir, o: o, w: w, counts: Counts{}, began: map[string]string{}, told: map[string]*told{}}
}

// bundle writes a person and what their entries lead to.
func (e *export) bundle(v record.View) error {
	head := fhir.New("Bundle").Set("type", "collection").Set("timestamp", v.Now().FHIR())
	if e.o.References == Original && e.o.Source != "" {
		head.Set("meta.source", e.o.Source)
	}
	b := head.Bytes()
	if _, err := e.w.Write(b[:len(b)-1]); err != nil { // without its closing bracket
		return err
	}
	if err := e.people(v); err != nil {
		return err
	}
	for len(e.waiting) > 0 {
		next := e.waiting[0]
		e.waiting = e.waiting[1:]
		if t := e.told[next]; t.there && (e.o.Source == "" || e.o.Source == t.listed.Source) {
			if err := e.listed(t.listed); err != nil {
				return err
			}
		}
	}
	end := "}\n"
	if len(e.counts) > 0 {
		end = "]}\n"
	}
	_, err := io.WriteString(e.w, end)
	return err
}

// people writes every entry that the view shows.
func (e *export) people(v record.View) error {
	v.Headers(func(h record.Header) {
		source, _, sent := h.Origin()
		if e.began[source] == "" {
			e.began[source] = sent.Began
		}
	})
	subject, err := v.Subject()
	if err != nil {
		return err
	}
	e.subject, e.patient = subject.ID, ""
	err = v.All("Patient", func(x record.Entry) error {
		if e.patient == "" && (e.only == 0 || x.ID.Person == int64(e.only)) {
			e.patient = x.Doc.ID()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.Every(func(x record.Entry) error {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if e.only != 0 && x.ID.Person != int64(e.only) || e.o.Source != "" && x.Source != e.o.Source {
			return nil
		}
		b, err := v.Full(e.ctx, x)
		if err != nil {
			return err
		}
		d := x.Doc
		if len(b) != len(d.Bytes()) {
			d = new(fhir.Doc)
			if err := fhir.Parse(b, d); err != nil {
				return fmt.Errorf("exporting: an entry cannot be read: %w", err)
			}
		}
		source, foreign, sent := x.Origin()
		out := entry{kind: x.Kind, source: source, foreign: foreign, sent: sent, doc: d}
		out.version, out.at = strconv.FormatInt(x.Version, 10), x.At
		return e.write(&v, out)
	})
}

// listed writes an entry of the directory.
func (e *export) listed(l directory.Listed) error {
	return e.write(nil, entry{
		kind: l.Kind, source: l.Source, foreign: l.Foreign, sent: record.ParseSent(l.Began), doc: l.Doc, at: l.Updated,
	})
}

// lookUp asks the directory, once for each reference.
func (e *export) lookUp(ref string) (*told, error) {
	if t := e.told[ref]; t != nil {
		return t, nil
	}
	l, err := e.dir.Get(e.ctx, ref)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	t := &told{listed: l, there: err == nil}
	e.told[ref] = t
	if t.there {
		e.waiting = append(e.waiting, ref)
	}
	return t, nil
}
