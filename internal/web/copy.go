package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/record"
)

// This file gives a record to keep: as a document that people can read anywhere, and
// results as a table.

// A copyPage is a whole record in one document that asks for nothing else.
type copyPage struct {
	Sections []copySection
	Made     string // when
	All      int    // how many entries are in it
}

// A copySection is one section, with every entry on its own: in a copy nothing is
// made one.
type copySection struct {
	Code  string
	Facts []copied
}

// A copied is an entry and, where we have no words for its type, all of its parts.
type copied struct {
	fact
	Parts []line
}

// wholeCopy is GET /me/copy: everything that one may see of one's own record, to read.
func (s *Site) wholeCopy(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := copyPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("copy")
		p = copyPage{Made: a.DateTime(v.Now())}
		bySection := map[string][]copied{}
		all, err := s.facts(ctx, v)
		if err != nil {
			return err
		}
		for _, f := range all {
			x, err := v.Get(f.Entry.ID)
			if err != nil {
				return err
			}
			if err := s.letter(ctx, v, x, f.Files); err != nil {
				return err
			}
			c := copied{fact: f}
			if len(f.Lines) == 0 && len(f.Files) == 0 {
				c.Parts = parts(x.Doc)
			}
			bySection[f.Topic] = append(bySection[f.Topic], c)
			p.All++
		}
		for _, t := range topics {
			p.Sections = append(p.Sections, copySection{t.Code, bySection[t.Code]})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.send(w, r, a, "text/html; charset=utf-8", "onestory-record.html",
		func(ctx context.Context, _ consent.Actor, _ consent.Purpose, _ person.ID, to io.Writer) error {
			return copyView(p, a).Render(ctx, to)
		})
}

// table is GET /me/record/results.csv: every result, one number in a row.
func (s *Site) table(w http.ResponseWriter, r *http.Request, a *ask) error {
	var all []fact
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("copy")
		all, err = s.facts(ctx, v, "results")
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := a.csv(&b, all); err != nil {
		return err
	}
	return s.send(w, r, a, "text/csv; charset=utf-8", "onestory-results.csv",
		func(_ context.Context, _ consent.Actor, _ consent.Purpose, _ person.ID, to io.Writer) error {
			_, err := b.WriteTo(to)
			return err
		})
}

// csv writes results as a table. The mark at its beginning tells spreadsheets which
// characters it is in.
func (a *ask) csv(to io.Writer, all []fact) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	row := func(cells ...string) {
		for i := range cells {
			cells[i] = harmlessCell(cells[i])
		}
		_ = w.Write(cells) // the writer keeps its first error
	}
	var head []string
	for _, id := range []string{"web.fact.when", "web.csv.test", "web.csv.part", "web.line.result", "web.csv.unit", "web.csv.from", "web.csv.to",
		"web.line.means", "web.fact.status", "web.fact.who", "web.fact.source"} {
		head = append(head, a.say(id))
	}
	row(head...)
	for _, f := range all {
		means := ""
		for _, l := range f.Lines {
			if l.Key == "web.line.means" && l.Words != "" {
				means = a.say(l.Words)
			}
		}
		source := f.Source
		if source == "" {
			source = a.say("web.by.here-short")
		}
		read := f.Read
		if len(read) == 0 {
			read = []reading{{Text: f.Result}}
		}
		for _, r := range read {
			row(f.On, a.title(f), a.say(r.Name), r.Text, r.Unit, r.Low, r.High, means, a.status(f.Status), f.Who, source)
		}
	}
	w.Flush()
	return w.Error()
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// harmlessCell keeps a spreadsheet from taking what somebody wrote for a formula: an
// apostrophe before it makes it text. A number is a number, also one below nothing.
func harmlessCell(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if s == "" || plainNumber.MatchString(s) {
		return s
	}
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠|%", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

// sized is how big a file is, in words.
func (a *ask) sized(n int) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return a.say("web.file.bytes", "N", n)
	case n < 1_000_000:
		return a.say("web.file.kilobytes", "N", (n+500)/1000)
	}
	return a.say("web.file.megabytes", "N", strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64))
}

// what is a file's kind and size, as far as they are known.
func (a *ask) fileWhat(f file) string {
	kind := "web.file.kind.other"
	switch sent, _ := harmless(f.Type); {
	case isText(f.Type):
		kind = "web.file.kind.text"
	case sent == "application/pdf":
		kind = "web.file.kind.pdf"
	case strings.HasPrefix(sent, "image/"):
		kind = "web.file.kind.picture"
	}
	if size := a.sized(f.Size); size != "" {
		return a.say(kind) + ", " + size
	}
	return a.say(kind)
}
