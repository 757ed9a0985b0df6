// Package importer takes records in from files: FHIR R4 Bundles, single resources
// and NDJSON, in folders, compressed or from standard input.
//
// It promises that nothing is lost or mixed up on the way. What is about a person
// goes through the door's [record.Door.Receive], what is about nobody to the
// directory, and whatever can be neither is refused with file, entry, path and
// reason. A transaction goes in whole or not at all; of every other Bundle and of
// NDJSON each entry by itself. Importing again changes nothing, so an import that
// was interrupted is finished by starting it again; older news never replaces
// newer, and no file can speak for another source. Two entries are one only when
// source, type and id there agree: never because they look alike.
//
// The source of all that a file says is Options.Source. Without one it is the
// Bundle's meta.source, and without that "import". The operator's word comes first,
// since a file that named its own source could speak for another. The meta.source
// of single resources is kept but not used: systems put a new value there each time.
//
// When a resource was last changed is its meta.lastUpdated, or else its Bundle's
// timestamp, its Bundle's meta.lastUpdated, or the file's time.
//
// Bundles of up to 16 MB, and transactions, are held in memory, one read while one
// is saved. Larger ones, NDJSON and single resources are sorted by person into
// unnamed temporary files first, so that memory does not grow with them and each
// person is saved once.
//
// It owns no tables.
package importer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// Options say how to import. The zero value is usable.
type Options struct {
	Source string        // who sent what is imported; "": see the package's words
	Kinds  *record.Kinds // the kinds of the door; nil: every R4 type of a person's

	// Progress is told how far things are, after each file and each save, one call at
	// a time but not always from the same goroutine. May be nil.
	Progress func(Progress)

	// Report gets one line of JSON for each refusal and each warning; see Line.
	// May be nil.
	Report io.Writer

	// Stdin is what the path "-" reads. Nil: there is none.
	Stdin io.Reader

	// Temp is the folder for temporary files, "" for the system's. They have no
	// name and are gone when the import ends, however it ends.
	Temp string
}

// Progress is how far an import is.
type Progress struct {
	File        string // the one being read
	Done, Total int64  // bytes of the files, as they lie on disk; Total leaves out standard input
	Counts      Counts // so far
}

// A Tally counts resources. Read is the sum of the others once all is done.
type Tally struct {
	Read      int `json:"read"`
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

// Counts are what became of an import. Its JSON is what the command prints.
type Counts struct {
	Types        map[string]Tally `json:"types"` // by resource type; "unknown" for what has none
	Total        Tally            `json:"total"`
	Files        int              `json:"files"`        // read to the end
	FilesRefused int              `json:"filesRefused"` // broken, or too large to be one
	FilesSkipped int              `json:"filesSkipped"` // in a folder, and by their names not FHIR JSON
	Warnings     int              `json:"warnings"`
}

// A Line is one line of the report: a refusal, with a reason, or a warning.
type Line struct {
	File    string    `json:"file"`
	Line    int       `json:"line,omitempty"`  // of NDJSON, from 1
	Entry   *int      `json:"entry,omitempty"` // of a Bundle, from 0 as in Bundle.entry[0]; absent when it is about the whole
	Type    string    `json:"type,omitempty"`
	Path    string    `json:"path,omitempty"` // where in the resource
	Reason  string    `json:"reason,omitempty"`
	Warning string    `json:"warning,omitempty"`
	More    []problem `json:"more,omitempty"` // what else is wrong with the same entry
}

type problem struct {
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
}

// An importer is one import.
type importer struct {
	door  *record.Door
	dir   *directory.Directory
	spec  *fhir.Spec
	kinds *record.Kinds
	o     Options

	lots    chan *lot // from the goroutine that reads to the one that saves
	singles *spool    // resources without a Bundle, from all files
	docs    sync.Pool

	mu     sync.Mutex // for what follows: both goroutines count and report
	counts Counts
	done   int64
	total  int64
	name   string
	report *json.Encoder
	later  map[string]map[place]bool // what is to be tried again at the end, by file
	bad    error                     // of the report

	telling sync.Mutex // one call of Progress at a time
}

// A place is where an entry stands in its file.
type place struct{ line, n int }

// Import reads the paths and saves what they hold. Refusals are counted and
// reported and are no error; an error says that the import did not finish, and
// that it is to be started again once the cause is gone.
func Import(ctx context.Context, door *record.Door, dir *directory.Directory, spec *fhir.Spec, o Options, paths ...string) (Counts, error) {
	im := &importer{
		door: door, dir: dir, spec: spec, kinds: o.Kinds, o: o,
		lots: make(chan *lot, 1), later: map[string]map[place]bool{},
		counts: Counts{Types: map[string]Tally{}},
	}
	im.docs.New = func() any { return new(fhir.Doc) }
	if im.kinds == nil {
		im.kinds = record.NewKinds()
	}
	if o.Report != nil {
		im.report = json.NewEncoder(o.Report)
		im.report.SetEscapeHTML(false)
	}
	im.singles = newSpool(im)
	im.singles.final = true
	defer im.singles.close()

	files, err := im.find(paths)
	if err == nil {
		err = im.run(ctx, func(ctx context.Context) error { return im.readAll(ctx, files) })
	}
	if err == nil { // only now, since these cannot be tried again
		err = im.run(ctx, im.singles.drain)
	}
	if err == nil && len(im.later) > 0 {
		later := im.later
		im.later = nil // what fails now is refused
		err = im.run(ctx, func(ctx context.Context) error { return im.again(ctx, files, later) })
	}
	im.tell()
	return im.snapshot(), errors.Join(err, im.bad)
}

// run reads in this goroutine and saves in another, until both are done.
func (im *importer) run(ctx context.Context, read func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	im.lots = make(chan *lot, 1)
	saved := make(chan struct{})
	go func() {
		defer close(saved)
		for l := range im.lots {
			if context.Cause(ctx) != nil {
				continue
			}
			if err := l.save(ctx); err != nil {
				stop(err)
			}
		}
	}()
	err := read(ctx)
	close(im.lots)
	<-saved
	if cause := context.Cause(ctx); cause != nil {
		return cause // what stopped the saving, rather than that reading was stopped
	}
	return err
}

// readAll reads every file once.
func (im *importer) readAll(ctx context.Context, files []found) error {
	for _, f := range files {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := im.file(ctx, f, nil); err != nil {
			return err
		}
	}
	return nil
}

// again reads files a second time, for entries that led to something which came in
// a later file.
func (im *importer) again(ctx context.Context, files []found, later map[string]map[place]bool) error {
	for _, f := range files {
		if only := later[f.path]; only != nil {
			if err := im.file(ctx, f, only); err != nil {
				return err
			}
		}
	}
	return nil
}

// hand gives a lot to the goroutine that saves.
func (im *importer) hand(ctx context.Context, l *lot) error {
	select {
	case im.lots <- l:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// refuseFile notes that nothing more of a file can be read.
func (im *importer) refuseFile(f *origin, err error) {
	line := Line{File: f.path, Line: f.line, Reason: plain(err)}
	if p := fault.Problems(err); len(p) > 0 {
		line.Path = p[0].Path
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	im.counts.FilesRefused++
	im.write(line)
}

// plain is the sentence of an error for who reads the report.
func plain(err error) string {
	if say := fault.Say(err); say != "" {
		return say
	}
	return "This could not be read: " + err.Error()
}

// count adds what became of a resource.
func (im *importer) count(kind string, add Tally) {
	im.mu.Lock()
	defer im.mu.Unlock()
	kind = im.known(kind)
	t := im.counts.Types[kind]
	for _, sum := range []*Tally{&t, &im.counts.Total} {
		sum.Read += add.Read
		sum.New += add.New
		sum.Changed += add.Changed
		sum.Unchanged += add.Unchanged
		sum.Refused += add.Refused
	}
	im.counts.Types[kind] = t
}

// known is the definitions' own copy of a type's name, "unknown" where it is none.
func (im *importer) known(kind string) string {
	if t := im.spec.Type(kind); t != nil && t.Resource() {
		return t.Name
	}
	return "unknown"
}

// write adds a line to the report. The caller holds mu.
func (im *importer) write(l Line) {
	if l.Warning != "" {
		im.counts.Warnings++
	}
	if im.report != nil && im.bad == nil {
		im.bad = im.report.Encode(l)
	}
}

func (im *importer) snapshot() Counts {
	im.mu.Lock()
	defer im.mu.Unlock()
	c := im.counts
	c.Types = make(map[string]Tally, len(im.counts.Types))
	for kind, t := range im.counts.Types {
		c.Types[kind] = t
	}
	return c
}

func (im *importer) tell() {
	if im.o.Progress == nil {
		return
	}
	im.telling.Lock()
	defer im.telling.Unlock()
	c := im.snapshot()
	im.mu.Lock()
	p := Progress{File: im.name, Done: im.done, Total: im.total, Counts: c}
	im.mu.Unlock()
	im.o.Progress(p)
}
