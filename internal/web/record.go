package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/media"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// perPage is how many facts a section's own page shows.
const perPage = 50

// mostInTable is how many results stand behind a picture, the latest first.
const mostInTable = 200

// few is how many facts of a section the record page shows, the latest first: of what
// keeps safe, all that anybody has.
func few(section string) int {
	switch section {
	case "know", "allergies":
		return 30
	case "medicines", "conditions":
		return 6
	}
	return 2
}

type recordPage struct {
	ui.Page
	Sections []sectionPart
	Print    string // where it can be put on paper, or ""
	Copy     string // where everything can be had as a file to read, or ""
	Download string // and as FHIR, or ""
}

// A sectionPart is one section of a page: its first facts, and how many there are.
type sectionPart struct {
	Code  string
	Facts []fact
	All   int
	More  string // where all of it is, or ""
	None  *fact  // what says that there is none of its kind, if somebody checked
	// Against is the same where others do know of one.
	Against *fact
}

// stands reports whether a section stands on the record page. Of four it is said also
// that there is nothing in them; the others are named together.
func (p sectionPart) stands() bool {
	return p.All > 0 || slices.Contains([]string{"allergies", "medicines", "conditions", "results"}, p.Code)
}

// record is GET /me/record, and the same for others.
func (s *Site) record(w http.ResponseWriter, r *http.Request, a *ask) error {
	var parts []sectionPart
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		all, err := s.facts(ctx, v)
		parts = parts[:0]
		for _, t := range topics {
			parts = append(parts, a.part(t.Code, of(all, t.Code), few(t.Code)))
		}
		return err
	})
	if err != nil {
		return err
	}
	p := recordPage{Page: s.page(r, a, a.hers("web.record.title")), Sections: parts}
	p.Back = &ui.Link{Text: a.say("frame.back"), Href: a.to(a.base)}
	if a.mine() {
		p.Copy = a.to("/me/copy")
		if s.Export != nil {
			p.Download = a.to("/me/download")
		}
	}
	if a.why != consent.Care {
		p.Print = a.at("/print")
	}
	return show(w, r, http.StatusOK, recordView(p, a))
}

// part is a section with at most so many facts. Of results it is the latest of each.
func (a *ask) part(code string, all []fact, most int) sectionPart {
	p := sectionPart{Code: code, All: len(all)}
	for i := range all {
		if all[i].None && !all[i].Over && p.None == nil {
			p.None = &all[i]
		}
	}
	shown := slices.DeleteFunc(slices.Clone(all), func(f fact) bool { return f.None })
	if len(shown) > 0 {
		p.None, p.Against = nil, p.None
	}
	shown = united(shown)
	if code == "results" {
		shown = latest(shown)
	}
	if p.Facts = shown; len(shown) > most {
		p.Facts = shown[:most]
	}
	if len(p.Facts) < len(all) && p.None == nil {
		p.More = a.at("/record/" + code)
	}
	return p
}

type sectionPage struct {
	ui.Page
	Part    sectionPart
	Figures []figure // of some results
	CSV     string   // where results can be had as a table, or ""
	Pages   ui.Pages
}

// pictures is how many results have their picture on the page of all results.
const pictures = 3

// section is GET /me/record/{section}.
func (s *Site) section(w http.ResponseWriter, r *http.Request, a *ask) error {
	code := r.PathValue("section")
	if !slices.ContainsFunc(topics[:], func(t topic) bool { return t.Code == code }) {
		return fault.NotFound
	}
	var all []fact
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		all, err = s.facts(ctx, v, code)
		return err
	})
	if err != nil {
		return err
	}
	every := all
	all = united(all)
	if code == "results" {
		all = latest(all)
	}
	n, _ := strconv.Atoi(r.URL.Query().Get("page")) // what is no number is the first
	last := max(1, (len(all)+perPage-1)/perPage)
	n = min(max(n, 1), last)
	p := sectionPage{Page: s.page(r, a, a.say("web.section."+code))}
	p.Part = sectionPart{Code: code, All: len(all), Facts: all[(n-1)*perPage : min(n*perPage, len(all))]}
	if code == "results" && a.mine() {
		p.CSV = a.to("/me/record/results.csv")
	}
	if code == "results" && n == 1 {
		p.Figures = a.latestFigures(every, pictures)
	}
	where := func(n int) *ui.Link {
		return &ui.Link{
			Text: a.say("web.page-of", "N", n, "All", last),
			Href: a.at("/record/" + code + "?page=" + strconv.Itoa(n)),
		}
	}
	if n > 1 {
		p.Pages.Prev = where(n - 1)
	}
	if n < last {
		p.Pages.Next = where(n + 1)
	}
	p.Back = &ui.Link{Text: a.hers("web.record.title"), Href: a.at("/record")}
	return show(w, r, http.StatusOK, sectionView(p, a))
}

type factPage struct {
	ui.Page
	Fact    fact
	Past    []fact // its earlier versions, the latest first
	Over    []fact // the same result at other times, the latest first
	Figures []figure
	Parts   []line
	FileDir string // where its files are
}

// fact is GET /me/record/{kind}/{id}.
func (s *Site) fact(w http.ResponseWriter, r *http.Request, a *ask) error {
	e, err := s.Door.EntryID(r.PathValue("id"))
	if err != nil {
		return err
	}
	p := factPage{}
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		p = factPage{}
		x, err := v.Get(e)
		if err != nil {
			return err
		}
		if x.Kind != r.PathValue("kind") {
			return fault.NotFound
		}
		p.Fact, p.Parts = s.named(ctx, v, read(x, s.Door.EntryText(e))), parts(x.Doc)
		if err := s.letter(ctx, v, x, p.Fact.Files); err != nil {
			return err
		}
		if err := s.beside(ctx, v, &p.Fact); err != nil {
			return err
		}
		if p.Fact.Series != "" {
			if p.Over, err = s.series(ctx, v, p.Fact); err != nil {
				return err
			}
		}
		return v.History(ctx, e, func(old record.Version) error {
			if !old.Now {
				p.Past = append(p.Past, s.named(ctx, v, read(old.Entry, "")))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	slices.Reverse(p.Past)
	p.Figures = a.figures(p.Over)
	p.Over = p.Over[:min(len(p.Over), mostInTable)]
	p.Page = s.page(r, a, a.title(p.Fact))
	p.Back = &ui.Link{Text: a.say("web.section." + p.Fact.Topic), Href: a.at("/record/" + p.Fact.Topic)}
	p.FileDir = a.base + "/record/" + p.Fact.Kind + "/" + p.Fact.ID + "/file/"
	return show(w, r, http.StatusOK, factView(p, a))
}

// beside puts with a fact what other sources say of the same.
func (s *Site) beside(ctx context.Context, v record.View, f *fact) error {
	switch f.Topic {
	case "allergies", "conditions", "medicines", "immunisations":
	default:
		return nil
	}
	all, err := s.facts(ctx, v, f.Topic)
	for _, x := range united(all) {
		group := append([]fact{x}, x.Same...)
		if len(group) == 1 || !slices.ContainsFunc(group, func(y fact) bool { return y.ID == f.ID }) {
			continue
		}
		f.Differ = x.Differ
		for _, y := range group {
			if y.ID != f.ID {
				y.Same, y.Also, y.Differ = nil, nil, nil
				f.Same = append(f.Same, y)
			}
		}
	}
	return err
}

// series are the results that are the same thing as f at other times, f among them;
// none when there are no others.
func (s *Site) series(ctx context.Context, v record.View, f fact) ([]fact, error) {
	var all []fact
	err := v.All("Observation", func(e record.Entry) error {
		if x := read(e, s.Door.EntryText(e.ID)); x.Series == f.Series && x.Result != "" {
			all = append(all, x)
		}
		return nil
	})
	if len(all) < 2 {
		all = nil
	}
	slices.SortStableFunc(all, func(a, b fact) int { return int(min(max(low(b.On)-low(a.On), -1), 1)) })
	return all, err
}

// letter puts the size of an entry's files into them, and the text of plain ones. Only what is text
// by its own account, and is well-formed, is ever shown.
func (s *Site) letter(ctx context.Context, v record.View, x record.Entry, all []file) error {
	if !slices.ContainsFunc(all, func(f file) bool { return f.There }) {
		return nil
	}
	whole, err := s.full(ctx, v, x)
	if err != nil {
		return err
	}
	for i, at := range attachments(whole) {
		if i >= len(all) {
			break
		}
		all[i].Size = sizeOf(at)
		if !isText(all[i].Type) {
			continue
		}
		if b, ok := content(at); ok {
			all[i].Text = clip(tidy(string(b)), mostText)
		}
	}
	return nil
}

// full is an entry's document with what is large in it.
func (s *Site) full(ctx context.Context, v record.View, x record.Entry) (*fhir.Doc, error) {
	b, err := v.Full(ctx, x)
	if err != nil {
		return nil, err
	}
	d := new(fhir.Doc)
	return d, fhir.Parse(b, d)
}

// file is GET /me/record/{kind}/{id}/file/{n}: for keeping, never for running. What
// the source says of its type is believed only where it can do no harm.
func (s *Site) file(w http.ResponseWriter, r *http.Request, a *ask) error {
	e, err := s.Door.EntryID(r.PathValue("id"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 {
		return fault.NotFound
	}
	var body []byte
	var kind string
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("file")
		x, err := v.Get(e)
		if err != nil {
			return err
		}
		if x.Kind != r.PathValue("kind") {
			return fault.NotFound
		}
		d, err := s.full(ctx, v, x)
		if err != nil {
			return err
		}
		all := attachments(d)
		if n >= len(all) {
			return fault.NotFound
		}
		b, ok := content(all[n])
		if !ok {
			return fault.NotFound
		}
		body, kind = b, all[n].Get("contentType").Str()
		return nil
	})
	if err != nil {
		return err
	}
	harmless, ending := harmless(kind)
	h := w.Header()
	h.Set("Content-Type", harmless)
	h.Set("Content-Security-Policy", "sandbox; "+policy)
	h.Set("Content-Disposition", `attachment; filename="onestory-`+strconv.Itoa(n+1)+ending+`"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
	return nil
}

// harmless is the type under which a file is sent, and how its name ends.
func harmless(kind string) (sent, ending string) {
	switch kind {
	case "application/pdf":
		return kind, ".pdf"
	}
	if ending := media.Ending(kind); ending != "" {
		return kind, ending
	}
	if isText(kind) {
		return "text/plain; charset=utf-8", ".txt"
	}
	return "application/octet-stream", ".bin"
}

// title is what a fact is called, and what kind of thing it is when it has no name.
func (a *ask) title(f fact) string {
	switch {
	case f.What != "":
		return f.What
	case f.Told && f.Author != "":
		return a.hers("carers.told.by", "Who", alone(f.Author))
	}
	return a.kind(f.Kind)
}

// kind is what a FHIR type is called.
func (a *ask) kind(name string) string {
	if id := "web.kind." + name; a.say(id) != id {
		return a.say(id)
	}
	return a.say("web.kind.other")
}
