package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

// A found file is one to be read.
type found struct {
	path string // "-" for standard input
	size int64
	when clock.Time
}

// An origin is where entries were found: a file, or a Bundle in a line of one.
type origin struct {
	path    string
	line    int        // of the Bundle, 0 when it is the file
	updated clock.Time // when what says nothing of its own was last changed
	lines   bool       // NDJSON: each entry is a line
	bundle  bool       // each is an entry of a Bundle
}

// find lists the files that paths name: themselves, and in folders those whose
// names say FHIR JSON, in the order of their names. Links in folders are not
// followed, and names are for opening files and for the report alone.
func (im *importer) find(paths []string) ([]found, error) {
	var all []found
	for _, path := range paths {
		if path == "-" {
			all = append(all, found{path: "-"})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		if !info.IsDir() {
			all = append(all, found{path, info.Size(), clock.At(info.ModTime())})
			continue
		}
		from := len(all)
		err = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() || !d.Type().IsRegular():
				return nil
			case strings.HasPrefix(d.Name(), ".") || form(d.Name()) == "":
				im.counts.FilesSkipped++
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			all = append(all, found{path, info.Size(), clock.At(info.ModTime())})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		slices.SortStableFunc(all[from:], func(a, b found) int { return rank(a.path) - rank(b.path) })
	}
	for _, f := range all {
		im.total += f.size
	}
	return all, nil
}

// rank puts files first that by common naming hold organisations and staff, which
// others refer to by identifier. It saves reading the others twice, and no more.
func rank(path string) int {
	name := strings.ToLower(filepath.Base(path))
	for _, first := range []string{"hospital", "practitioner", "organization", "location"} {
		if strings.HasPrefix(name, first) {
			return 0
		}
	}
	return 1
}

// form is what a file's name says it is: "json", "lines", or "" for neither.
func form(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".json":
		return "json"
	case ".ndjson", ".jsonl":
		return "lines"
	}
	return ""
}

// counting passes on what it reads and tells how much that was.
type counting struct {
	io.Reader
	n    int64
	each func(int64)
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	if c.each != nil {
		c.each(int64(n))
	}
	return n, err
}

// A compressed file may grow to this many times what was read of it, beyond a start.
const (
	ratio      = 200
	ratioStart = 16 << 20
)

var errBomb = fault.New(fault.Invalid, "This compressed file grows more than records do. Check where it comes from, and send it uncompressed.")

// limited stops a compressed file that grows out of all proportion.
type limited struct {
	from *counting
	*gzip.Reader
	n int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	l.n += int64(n)
	if l.n > ratioStart && l.n > ratio*l.from.n {
		return 0, errBomb
	}
	return n, err
}

// open opens a file, undoing compression, which is told by its first bytes.
func (im *importer) open(f found, count bool) (*bufio.Reader, io.Closer, error) {
	var in io.Reader = im.o.Stdin
	var closer io.Closer = io.NopCloser(nil)
	if f.path != "-" {
		file, err := os.Open(f.path)
		if err != nil {
			return nil, nil, err
		}
		in, closer = file, file
	} else if in == nil {
		return nil, nil, errors.New("there is no standard input")
	}
	counted := &counting{Reader: in}
	if count && f.path != "-" {
		counted.each = func(n int64) {
			im.mu.Lock()
			im.done += n
			im.mu.Unlock()
		}
	}
	r := bufio.NewReaderSize(counted, 64<<10)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			closer.Close()
			return nil, nil, err
		}
		r = bufio.NewReaderSize(&limited{from: counted, Reader: z}, 64<<10)
	}
	return r, closer, nil
}

// file reads one file. only, when not nil, names the entries that are to be tried
// again; the rest then only helps to understand them. The error is one that ends
// the import: what is wrong with the file is reported.
func (im *importer) file(ctx context.Context, f found, only map[place]bool) error {
	im.mu.Lock()
	im.name = f.path
	im.mu.Unlock()
	o := &origin{path: f.path, updated: f.when}
	if f.path == "-" {
		if only != nil {
			return nil // it cannot be read twice
		}
		o.updated = clock.New().Now()
	}
	r, closer, err := im.open(f, only == nil)
	if err == nil {
		defer closer.Close()
		err = im.read(ctx, r, o, only)
	}
	if err != nil && context.Cause(ctx) != nil {
		return context.Cause(ctx)
	}
	var ours *failure
	switch {
	case errors.As(err, &ours):
		return ours.error
	case err != nil && only == nil:
		im.refuseFile(o, sayable(err))
	case err == nil && only == nil:
		im.mu.Lock()
		im.counts.Files++
		im.mu.Unlock()
	}
	im.tell()
	return nil
}

// A failure is no fault of the file's: it ends the import.
type failure struct{ error }

// sayable puts what compression, and the end of a file, have to say in plain words.
func sayable(err error) error {
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		return &fault.Error{Kind: fault.Invalid, Say: "The file is damaged or was cut short. Send it again.", Cause: err}
	}
	if _, known := fault.Of(err); !known && strings.HasPrefix(err.Error(), "flate:") {
		return &fault.Error{Kind: fault.Invalid, Say: "The compressed file is damaged. Send it again.", Cause: err}
	}
	return err
}
