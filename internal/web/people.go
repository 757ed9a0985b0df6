package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/text"
	"onestory/internal/web/ui"
)

// people.go is the list of those whom a professional cares for: sorted, filtered and
// split into pages on the server. An address of it never has a name in it: what was
// typed to find one is posted.

// listPage is how many people a page of the list shows: more would weigh more than a
// first view may.
const listPage = 30

type peoplePage struct {
	ui.Page
	People []opened
	Table  ui.Table
	Pages  ui.Pages
	Filter peopleFilter
	Find   string // where people outside the list are found; "" for roles that do not
	More   bool   // a name fits more people than are shown
}

// A peopleFilter is which of the people are shown.
type peopleFilter struct {
	Name  string // as typed
	Flag  string // key of a flag, "" for any
	Flags []flagOption
}

// on reports whether anything is left out.
func (f peopleFilter) on() bool { return f.Name != "" || f.Flag != "" }

type flagOption struct {
	Key, Words string
}

// people is GET /people: the people one cares for.
func (s *Site) people(w http.ResponseWriter, r *http.Request, a *ask) error {
	q := r.URL.Query()
	return s.listPeople(w, r, a, q.Get("sort"), peopleFilter{Flag: q.Get("flag")}, q.Get("page"))
}

// filterPeople is POST /people: those of them whose name is like what was typed.
func (s *Site) filterPeople(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := peopleFilter{Name: clip(tidy(r.PostFormValue("name")), 100), Flag: r.PostFormValue("flag")}
	if f.Name == "" {
		return on(w, r, a.to(peopleAt("", f.Flag, 1)))
	}
	return s.listPeople(w, r, a, "", f, "")
}

func (s *Site) listPeople(w http.ResponseWriter, r *http.Request, a *ask, sort string, f peopleFilter, page string) error {
	all, err := s.mine(r, a, consent.Care, "/people/")
	if err != nil {
		return err
	}
	whole := len(all)
	f.Flags = flagOptions(all)
	if !slices.ContainsFunc(f.Flags, func(o flagOption) bool { return o.Key == f.Flag }) {
		f.Flag = ""
	}
	all = slices.DeleteFunc(all, func(o opened) bool { return f.Flag != "" && !o.flagged(f.Flag) })
	order := orderOf(sort)
	slices.SortStableFunc(all, order.compare)
	if f.Name != "" {
		all = likeName(all, f.Name)
	}
	p := peoplePage{Filter: f}
	n, _ := strconv.Atoi(page) // what is no number is the first
	last := max(1, (len(all)+listPage-1)/listPage)
	n = min(max(n, 1), last)
	p.People = all[(n-1)*listPage : min(n*listPage, len(all))]
	p.Table = a.peopleTable(p.People, order, f, len(all), whole)
	if p.More = f.Name != "" && last > 1; !p.More {
		where := func(n int) *ui.Link {
			return &ui.Link{Text: a.say("web.page-of", "N", n, "All", last), Href: a.to(peopleAt(order.code, f.Flag, n))}
		}
		if n > 1 {
			p.Pages.Prev = where(n - 1)
		}
		if n < last {
			p.Pages.Next = where(n + 1)
		}
	}
	if !consent.ReachOf(a.who.Role, consent.Finding).Nothing() {
		p.Find = a.to("/people/find")
	}
	p.Page = s.page(r, a, a.say("web.people.title"))
	return show(w, r, http.StatusOK, peopleView(p, a))
}

// peopleAt is where the list is, in an order, with a flag, at a page.
func peopleAt(sort, flag string, page int) string {
	q := url.Values{}
	if sort != "" && sort != "next" {
		q.Set("sort", sort)
	}
	if flag != "" {
		q.Set("flag", flag)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/people"
	}
	return "/people?" + q.Encode()
}

// An order of the list. The first is by the next visit: whoever comes next stands on
// top, one step from what to know about them.
type order struct {
	code string // as in addresses, with - before it when turned round
	by   string
	down bool
}

func orderOf(code string) order {
	by, down := strings.CutPrefix(code, "-")
	switch by {
	case "name", "age", "new":
		return order{code, by, down}
	case "next":
		return order{code, by, down}
	}
	return order{"next", "next", false}
}

// compare orders two people. Whoever lacks what is sorted by comes last, either way,
// and the name decides between those who are alike.
func (o order) compare(a, b opened) int {
	turned := func(n int) int {
		if o.down {
			return -n
		}
		return n
	}
	first := 0
	switch o.by {
	case "name":
		return turned(strings.Compare(a.sortsAs, b.sortsAs))
	case "age": // the youngest first
		first = cmp.Or(after(a.Subject.Born == "", b.Subject.Born == ""), turned(strings.Compare(b.Subject.Born, a.Subject.Born)))
	case "new": // the latest change first
		first = cmp.Or(after(a.Changed == 0, b.Changed == 0), turned(cmp.Compare(b.Changed, a.Changed)))
	default:
		first = cmp.Or(after(a.Next == "", b.Next == ""), turned(cmp.Compare(low(a.Next), low(b.Next))))
	}
	return cmp.Or(first, strings.Compare(a.sortsAs, b.sortsAs))
}

// column is a heading that sorts, unless the list is of a name that was typed.
func (a *ask) column(id, by string, now order, f peopleFilter) ui.Column {
	c := ui.Column{Text: a.say(id)}
	if f.Name != "" {
		return c
	}
	to := by
	if now.by == by {
		c.Sorted = ui.Ascending
		if to = "-" + by; now.down {
			c.Sorted, to = ui.Descending, by
		}
	}
	c.Sort = a.to(peopleAt(to, f.Flag, 1))
	return c
}

// flagOptions are the flags that there are among some people, by their words.
func flagOptions(all []opened) (options []flagOption) {
	for _, o := range all {
		for _, words := range o.Flags {
			if x := (flagOption{flagKey(words), words}); !slices.ContainsFunc(options, func(y flagOption) bool { return y.Key == x.Key }) {
				options = append(options, x)
			}
		}
	}
	slices.SortFunc(options, func(a, b flagOption) int { return strings.Compare(a.Words, b.Words) })
	return options
}

// likeName leaves those in whose name each word that was typed has its like: first
// those where it begins a word of the name, then those where it nearly is one.
func likeName(all []opened, typed string) []opened {
	words := strings.Fields(person.Fold(typed))
	var exact, near []opened
	for _, o := range all {
		best := 2
		for _, w := range words {
			best = min(best, likeness(strings.Fields(o.folded), w))
		}
		switch best {
		case 2:
			exact = append(exact, o)
		case 1:
			near = append(near, o)
		}
	}
	if len(words) == 0 {
		return nil
	}
	return append(exact, near...)
}

// likeness is 2 when a word begins one of the names, 1 when it nearly is one, else 0.
func likeness(names []string, word string) (best int) {
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, word):
			return 2
		case nearly([]rune(n), []rune(word)):
			best = 1
		}
	}
	return best
}

// nearly reports whether two words are one slip of the finger apart: a letter more,
// less, other, or two changed about. Short words are too many others' neighbours.
func nearly(a, b []rune) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) < 4 || len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return slices.Equal(a[i+1:], b[i:])
	}
	if i == len(b) || slices.Equal(a[i+1:], b[i+1:]) {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
}

// peopleTable lists some of the people. A column that is empty for everybody, since
// the reader's role does not need it, is left out.
func (a *ask) peopleTable(all []opened, now order, f peopleFilter, matching, whole int) ui.Table {
	t := ui.Table{ID: "people", Caption: a.N("count.people", whole, nil)}
	if f.on() {
		t.Caption = a.N("web.people.matching", matching, nil)
	}
	has := func(it func(opened) bool) bool { return slices.ContainsFunc(all, it) }
	age := has(func(o opened) bool { return o.Subject.Born != "" })
	number := has(func(o opened) bool { return o.Subject.NHS != "" })
	change := has(func(o opened) bool { return o.Changed != 0 })
	flags := has(func(o opened) bool { return o.Flags != nil || o.New })
	t.Head = append(t.Head, a.column("web.people.name", "name", now, f))
	if age {
		t.Head = append(t.Head, a.column("web.people.age", "age", now, f))
	}
	if number {
		t.Head = append(t.Head, ui.Column{Text: a.say("ui.nhs-number")})
	}
	t.Head = append(t.Head, a.column("web.people.next", "next", now, f))
	if change {
		t.Head = append(t.Head, a.column("web.people.latest", "new", now, f))
	}
	if flags {
		t.Head = append(t.Head, ui.Column{Text: a.say("web.people.flags")})
	}
	for _, o := range all {
		row := []templ.Component{personLink(o)}
		if age {
			row = append(row, ui.Text(o.Age))
		}
		if number {
			row = append(row, ui.NHSNumber(o.Subject.NHS))
		}
		row = append(row, nextCell(o, a))
		if change {
			row = append(row, ui.Text(a.changed(o)))
		}
		if flags {
			row = append(row, flagCell(o, a))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// changed is what changed last, and when.
func (a *ask) changed(o opened) string {
	if o.Changed == 0 {
		return ""
	}
	return a.say("web.people.on", "What", a.say("web.section."+o.Topic), "Date", alone(a.Date(o.Changed)))
}

// ageAt is how old somebody born on a FHIR date is at an instant, and "" when that is
// not certain.
func (a *ask) ageAt(born string, now clock.Time) string {
	y, m, d := text.Day(now)
	date, err := person.ParseDate(born)
	least, most, ok := person.AgeOn(date, person.Date{Year: y, Month: m, Day: d})
	if err != nil || !ok || least != most {
		return ""
	}
	return strconv.Itoa(least)
}
