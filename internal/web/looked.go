package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/record"
	"onestory/internal/text"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

type lookedPage struct {
	ui.Page
	Others   []lookedAt // by others
	Mine     []lookedAt // by the person
	Machines []lookedAt
	Nothing  bool
	Filters  []string // what the list is narrowed to, in words
	Narrow   string   // where it can be narrowed
	All      string   // where all of it is, when it is narrowed
	Older    string   // where older lines are, or ""
	Journal  string   // where it can be had for checking, or ""
}

// A lookedAt is what one person did with the record in one way on one day.
type lookedAt struct {
	Day      string
	First    stroke // the latest of them
	Sentence string
	Why      []because
	Things   []thing
	Times    []stroke
	More     string // where the rest of them are, when there are many
	Tag      string // the id of a word that stands out, or ""
}

// A stroke is one line of the journal in a list: when, and its page.
type stroke struct{ ISO, When, Href string }

// A because is why somebody could look, and where what the person said is.
type because struct{ Text, Href string }

// A thing is how many of a kind were looked at.
type thing struct {
	Kind string
	N    int
}

const (
	linesAPage = 150  // lines of the journal on one page
	mostTimes  = 8    // times told one by one
	toChoose   = 2000 // lines from which to choose who looked
)

// A narrowing is which lines of the journal are asked for. It stands in the address,
// so it names nobody: people and organisations stand there as short hashes.
type narrowing struct {
	By, At, What, Why string
	From, Until       string // days
	After             string
}

func narrowingOf(q url.Values) narrowing {
	return narrowing{q.Get("by"), q.Get("at"), q.Get("what"), q.Get("why"), q.Get("from"), q.Get("until"), q.Get("after")}
}

// path is the address of the list narrowed so.
func (n narrowing) path() string {
	q := url.Values{}
	for name, value := range map[string]string{"by": n.By, "at": n.At, "what": n.What, "why": n.Why, "from": n.From, "until": n.Until, "after": n.After} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/me/access"
	}
	return "/me/access?" + q.Encode()
}

// veiled stands for a name in an address.
func veiled(name string) string {
	sum := sha256.Sum256([]byte("who has looked " + name))
	return hex.EncodeToString(sum[:6])
}

// startOf is the first instant of a day in the UK, as the list writes its days.
func startOf(day string) (clock.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, day, time.UTC)
	start := clock.At(t)
	if summer := start.Add(-time.Hour); dayAt(summer) == day {
		start = summer
	}
	return start, err == nil
}

// dayAt is the day in the UK of an instant, as an address has it.
func dayAt(t clock.Time) string {
	y, m, d := text.Day(t)
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// search is what a narrowing asks of the journal. kinds are the sections of entries.
func (n narrowing) search(kinds map[id.Entry]string) record.Search {
	s := record.Search{After: n.After}
	if t, ok := startOf(n.From); ok {
		s.From = t
	}
	if t, ok := startOf(n.Until); ok {
		s.Until = t.Add(24 * time.Hour)
	}
	s.Keep = func(l record.Line) bool {
		return (n.By == "" || veiled(l.Who.Account) == n.By) && (n.At == "" || veiled(l.Who.Organisation) == n.At) &&
			(n.Why == "" || string(l.Purpose) == n.Why) && (n.What == "" || slices.ContainsFunc(append(slices.Clone(l.Seen), l.Wrote...), func(e id.Entry) bool {
			return kinds[e] == n.What
		}))
	}
	return s
}

// whoLooked is GET /me/access: who has looked, at what, and why they could.
func (s *Site) whoLooked(w http.ResponseWriter, r *http.Request, a *ask) error {
	n := narrowingOf(r.URL.Query())
	var p lookedPage
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("journal")
		t, err := s.telling(ctx, a, v)
		if err != nil {
			return err
		}
		var lines []record.Line
		more, err := v.Lines(ctx, n.search(t.kinds), linesAPage, func(l record.Line) error {
			lines = append(lines, l)
			return nil
		})
		if err != nil {
			return err
		}
		p = lookedPage{Filters: t.filters(n, lines), Nothing: len(lines) == 0}
		if more != "" {
			older := n
			older.After = more
			p.Older = a.to(older.path())
		}
		t.group(&p, n, lines)
		return nil
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.looked.title"))
	p.Narrow = a.to("/me/access/narrow")
	if n != (narrowing{}) {
		p.All = a.to("/me/access")
	}
	if s.Journal != nil {
		p.Journal = a.to("/me/access/journal")
	}
	return show(w, r, http.StatusOK, lookedView(p, a))
}

// filters are what a narrowing leaves, in words.
func (t *teller) filters(n narrowing, lines []record.Line) (all []string) {
	add := func(key, value string) {
		all = append(all, t.say("looked.filter", "What", t.say(key), "Value", alone(value)))
	}
	if len(lines) > 0 && n.By != "" {
		add("looked.by", lines[0].Who.Name)
	}
	if len(lines) > 0 && n.At != "" {
		add("looked.at", lines[0].Who.Organisation)
	}
	if slices.ContainsFunc(topics[:], func(x topic) bool { return x.Code == n.What }) {
		add("looked.what", t.say("web.section."+n.What))
	}
	if slices.Contains(reasons(), n.Why) {
		add("looked.why", t.say("looked.why."+n.Why))
	}
	if at, ok := startOf(n.From); ok {
		add("looked.from", t.Date(at))
	}
	if at, ok := startOf(n.Until); ok {
		add("looked.until", t.Date(at))
	}
	return all
}

// reasons are the purposes that a list can be narrowed to.
func reasons() []string {
	return []string{
		string(consent.Care), string(consent.Carer), string(consent.Emergency), string(consent.Finding), string(consent.Joining),
		string(consent.Administration), string(consent.Own), string(consent.Helping),
	}
}

// group puts lines together that one person left in one way on one day, the latest
// first, and sorts them by who it was.
func (t *teller) group(p *lookedPage, n narrowing, lines []record.Line) {
	type key struct {
		day, account, sentence string
		purpose                consent.Purpose
	}
	var order []key
	sets := map[key][]record.Line{}
	for _, l := range lines {
		k := key{t.Date(l.At), l.Who.Account + "\n" + l.Who.Name, t.act(&l), l.Purpose}
		if sets[k] == nil {
			order = append(order, k)
		}
		sets[k] = append(sets[k], l)
	}
	for _, k := range order {
		set := sets[k]
		x := t.together(n, set)
		switch first := set[0]; {
		case first.Machine:
			p.Machines = append(p.Machines, x)
		case first.Who.Account == t.ask.who.Account:
			p.Mine = append(p.Mine, x)
		default:
			p.Others = append(p.Others, x)
		}
	}
}

// together tells of lines that belong together.
func (t *teller) together(n narrowing, set []record.Line) lookedAt {
	first := set[0]
	x := lookedAt{Day: t.Date(first.At), Tag: t.tag(&first)}
	at := map[id.Entry]bool{}
	for _, l := range set {
		for _, e := range append(slices.Clone(l.Seen), l.Wrote...) {
			at[e] = true
		}
		for _, b := range t.because(&l) {
			if !slices.Contains(x.Why, b) {
				x.Why = append(x.Why, b)
			}
		}
		x.Times = append(x.Times, stroke{l.At.Std().Format("2006-01-02T15:04:05Z"), t.Time(l.At), t.to("/me/access/line/" + l.ID)})
	}
	var entries []id.Entry
	for e := range at {
		entries = append(entries, e)
	}
	x.Things = t.things(entries)
	x.First = x.Times[0]
	x.Sentence = t.N(t.act(&first), len(set), values("Who", t.person(first.Who), "Things", t.N("web.look.things", len(entries), nil)))
	if len(x.Times) > mostTimes && n.By == "" {
		day := dayAt(first.At)
		x.Times, x.More = x.Times[:mostTimes], t.to(narrowing{By: veiled(first.Who.Account), From: day, Until: day}.path())
	}
	return x
}

// narrowForm asks what to narrow the list to. Who can be chosen is who is in the
// journal, as far as its latest lines go.
func (s *Site) narrowForm(r *http.Request, a *ask) (f *form.Form, err error) {
	var whom, kinds, why []form.Option
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("journal")
		people, bodies := map[string]string{}, map[string]string{}
		err := v.Journal(ctx, toChoose, func(l record.Line) error {
			people["by."+veiled(l.Who.Account)] = l.Who.Name
			if l.Who.Organisation != "" {
				bodies["at."+veiled(l.Who.Organisation)] = l.Who.Organisation
			}
			return nil
		})
		whom = append(byName(people), byName(bodies)...)
		return err
	})
	for _, t := range topics {
		kinds = append(kinds, form.Option{Value: t.Code, Label: a.say("web.section." + t.Code)})
	}
	for _, p := range reasons() {
		why = append(why, form.Option{Value: p, Label: a.say("looked.why." + p)})
	}
	f = form.Of(a.say("looked.narrow"),
		form.Field{Name: "who", Label: a.say("looked.by"), As: form.Select, Options: whom},
		form.Field{Name: "what", Label: a.say("looked.what"), As: form.Select, Options: kinds},
		form.Field{Name: "why", Label: a.say("looked.why"), As: form.Select, Options: why},
		form.Field{Name: "from", Label: a.say("looked.from"), As: form.Date},
		form.Field{Name: "until", Label: a.say("looked.until"), As: form.Date})
	f.Action, f.Button = a.to("/me/access/narrow"), a.say("looked.button")
	return f, err
}

// byName are options by their names.
func byName(all map[string]string) (options []form.Option) {
	for value, name := range all {
		if name != "" {
			options = append(options, form.Option{Value: value, Label: name})
		}
	}
	slices.SortFunc(options, func(a, b form.Option) int { return strings.Compare(a.Label, b.Label) })
	return options
}

// askNarrow is GET /me/access/narrow.
func (s *Site) askNarrow(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, err := s.narrowForm(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, f.Page(s.lookedFrame(r, a)))
}

func (s *Site) lookedFrame(r *http.Request, a *ask) ui.Page {
	p := s.page(r, a, a.say("web.looked.title"))
	p.Back = &ui.Link{Text: a.say("web.looked.title"), Href: a.to("/me/access")}
	return p
}

// narrow is POST /me/access/narrow: to the list narrowed so. What was chosen comes in
// the body, and goes on without names.
func (s *Site) narrow(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, err := s.narrowForm(r, a)
	if err != nil {
		return err
	}
	if err := f.Read(r); err != nil {
		if f.Took(err) {
			return show(w, r, http.StatusUnprocessableEntity, f.Page(s.lookedFrame(r, a)))
		}
		return err
	}
	n := narrowing{What: f.Value("what"), Why: f.Value("why"), From: f.Value("from"), Until: f.Value("until")}
	switch way, who, _ := strings.Cut(f.Value("who"), "."); way {
	case "by":
		n.By = who
	case "at":
		n.At = who
	}
	return on(w, r, a.to(n.path()))
}
