package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/web/chart"
	"onestory/internal/web/ui"
)

// This file puts a record on paper.

// The sizes of print, with how the style sheet calls each.
var prints = [...]struct{ Code, Class string }{
	{"standard", "one-sheet one-sheet--standard"},
	{"large", "one-sheet one-sheet--large"},
	{"extra", "one-sheet one-sheet--extra"},
}

// A printPage is a sheet, or the choice of one.
type printPage struct {
	ui.Page
	What, Size, Class string // "": to be chosen
	Made              string
	Parts             []sheetPart
	Sources           []string // that the letters in the parts stand for, as A, B and so on
}

// A sheetPart is one heading of a sheet and what stands under it.
type sheetPart struct {
	Code  string
	Title string
	Items []string
	More  int // how many did not fit
}

// print is GET /me/print and GET /for/{person}/print: what to print and how large, and
// with both said, the sheet.
func (s *Site) print(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := printPage{What: r.URL.Query().Get("what"), Size: r.URL.Query().Get("size")}
	for _, x := range prints {
		if x.Code == p.Size {
			p.Class = x.Class
		}
	}
	whole := p.What == "whole"
	if p.What != "" && (!whole && p.What != "summary" || p.Class == "") {
		return fault.NotFound
	}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		p.Made, p.Parts, p.Sources = a.Date(v.Now()), nil, nil
		if p.What == "" {
			return nil
		}
		v.Doing("print")
		var in []string
		if !whole {
			in = []string{"know", "allergies", "medicines", "conditions", "results", "visits"}
		}
		all, err := s.facts(ctx, v, in...)
		if err != nil {
			return err
		}
		if whole {
			p.Parts = a.wholeSheet(all)
			return nil
		}
		p.Parts, p.Sources = a.summarySheet(all, team(v), int64(v.Now()))
		return nil
	})
	if err != nil {
		return err
	}
	if p.What == "summary" && p.Size == "standard" {
		fit(p.Parts, oneSide-2-len(p.Sources))
	}
	p.Page = s.page(r, a, a.say("web.print.title"))
	p.Back = &ui.Link{Text: a.hers("web.record.title"), Href: a.at("/record")}
	if p.What != "" {
		p.Back = &ui.Link{Text: a.say("web.print.title"), Href: a.at("/print")}
		p.Page.Title = a.say("web.print." + p.What)
	}
	return show(w, r, http.StatusOK, printView(p, a))
}

// wholeSheet is every section with all that is in it.
func (a *ask) wholeSheet(all []fact) (parts []sheetPart) {
	for _, t := range topics {
		p := sheetPart{Code: t.Code, Title: a.say("web.section." + t.Code)}
		for _, f := range united(of(all, t.Code)) {
			p.Items = append(p.Items, a.item(f, a.whences)+". "+a.byline(f))
		}
		if len(p.Items) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// summarySheet is what somebody who helps must know, for one side of paper. Each
// thing names its sources by a letter.
func (a *ask) summarySheet(all []fact, circle []teammate, from int64) (parts []sheetPart, sources []string) {
	letters := func(from []string) string {
		var all []string
		for _, from := range from {
			i := slices.Index(sources, from)
			if i < 0 {
				i = len(sources)
				sources = append(sources, from)
			}
			all = append(all, letter(i))
		}
		return strings.Join(all, ", ")
	}
	by := func(all []fact) string { return letters(a.whence(all...)) }
	part := func(code string, facts []fact) {
		p := sheetPart{Code: code, Title: a.say("web.section." + code)}
		for _, f := range facts {
			p.Items = append(p.Items, a.item(f, by)+" ["+by(append([]fact{f}, f.Same...))+"]")
		}
		if len(p.Items) == 0 && (code == "allergies" || code == "medicines") {
			p.Items = []string{a.say("web.record.empty")}
		}
		if len(p.Items) > 0 {
			parts = append(parts, p)
		}
	}
	so := func(code string) []fact { return united(now(of(all, code))) }
	part("know", so("know"))
	part("allergies", so("allergies"))
	part("medicines", so("medicines"))
	part("conditions", so("conditions"))
	var next []fact
	for _, f := range of(all, "visits") {
		if f.Kind == "Appointment" && !f.Over && int64(low(f.On)) > from {
			next = append(next, f)
		}
	}
	slices.Reverse(next) // the first to come first
	part("visits", next)
	results := latest(so("results"))
	part("results", results[:min(len(results), 10)])
	p := sheetPart{Code: "team", Title: a.hers("web.team.title")}
	for _, m := range circle {
		one := m.Name
		if m.Role != "" {
			one += " (" + a.memberRole(m.Role) + ")"
		}
		p.Items = append(p.Items, one)
	}
	if len(p.Items) > 0 {
		parts = append(parts, p)
	}
	return parts, sources
}

func letter(i int) string {
	if i >= 26 {
		return letter(i/26-1) + letter(i%26)
	}
	return string(rune('A' + i))
}

// item is a fact in a line, for paper. by names the sources of some facts.
func (a *ask) item(f fact, by func([]fact) string) string {
	said := a.title(f)
	switch l := f.gist(); {
	case f.Topic == "visits":
		said += ", " + a.moment(f.On)
		if l.Key == "web.line.with" {
			said += ", " + l.Value
		}
	case f.Result != "":
		said += ": " + f.Result
		if d := a.day(f.On); d != "" {
			said += ", " + d
		}
		for _, t := range a.outside(f) {
			said += ". " + t.Text
		}
	default:
		for _, l := range f.Lines {
			switch l.Key {
			case "web.line.dose", "web.line.often", "web.line.reaction", "web.line.severity", "web.line.danger", "web.line.sure", "web.line.conclusion", "web.line.says":
				said += ". " + clip(a.lineWords(l), 300)
			}
		}
		if f.Topic == "conditions" && a.day(f.Began) != "" {
			said += ", " + a.say("web.print.since", "Date", a.day(f.Began))
		}
	}
	if t := a.status(f.Status); f.Over && f.Status != "" {
		said += " (" + t + ")"
	}
	for _, d := range f.Differ {
		said += ". " + a.say("web.differ.tag") + ": "
		for i, s := range d.Says {
			if i > 0 {
				said += "; "
			}
			said += a.sayingWords(s) + " (" + by(s.By) + ")"
		}
	}
	return said
}

// whence are where some facts are from, each once.
func (a *ask) whence(all ...fact) (from []string) {
	for _, f := range all {
		name := cmp.Or(f.Source, a.say("web.by.here-short"))
		if !slices.Contains(from, name) {
			from = append(from, name)
		}
	}
	return from
}

func (a *ask) whences(all []fact) string { return strings.Join(a.whence(all...), ", ") }

// lineWords is what a line says, as text.
func (a *ask) lineWords(l line) string {
	switch {
	case l.Count != 0:
		return a.N(l.Words, l.Count, nil)
	case l.Words != "":
		return a.T(l.Words, l.With)
	}
	return l.Value
}

func (a *ask) sayingWords(s saying) string {
	if s.Date != "" {
		return a.day(s.Date)
	}
	if code, ok := strings.CutPrefix(s.Line.Words, "web.status."); ok {
		return a.status(code)
	}
	return a.lineWords(s.Line)
}

// A side of A4 in two columns at 12 points holds so many lines of so many points,
// less what is lost where a column ends.
const (
	oneSide   = 88
	lineWidth = 236.0
)

// sparable are the parts that can do without, the first to lose something first: those of
// a summary, and those of a plan.
var sparable = [...]string{"results", "team", "visits", "conditions", "medicines", "action", "goal", "need"}

// fit leaves out what does not fit on one side, and says of each part how much. What
// keeps somebody safe is never left out, and medicines are the last that are. It
// reports whether anything was.
func fit(parts []sheetPart, lines int) (left bool) {
	for tallest(parts) > lines {
		spared := false
		for _, code := range sparable {
			i := slices.IndexFunc(parts, func(p sheetPart) bool { return p.Code == code && len(p.Items) > 1 })
			if i >= 0 {
				p := &parts[i]
				p.Items, p.More = p.Items[:len(p.Items)-1], p.More+1
				spared, left = true, true
				break
			}
		}
		if !spared {
			return left
		}
	}
	return left
}

// tallest is how many lines some parts take.
func tallest(parts []sheetPart) (n int) {
	for _, p := range parts {
		n += 2 // its heading, with the room above
		for _, i := range p.Items {
			n += len(chart.Wrap(i, 12, lineWidth, 1000))
		}
		if p.More > 0 {
			n++
		}
	}
	return n
}
