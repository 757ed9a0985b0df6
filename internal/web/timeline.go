package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/text"
	"onestory/internal/web/ui"
)

// timeline.go is what happened to somebody, the latest first: by year, with what was
// measured on one day as one event, and long silences as one line.

// chapters are the sections that have a place in time, as the timeline can be
// narrowed to.
var chapters = [...]string{"visits", "letters", "results", "medicines", "conditions", "treatments", "immunisations", "plans", "social-care"}

const (
	eventsPage = 40                   // events on a page
	silence    = 180 * 24 * time.Hour // without anything, that is worth a line
	mostOfADay = 6                    // results of one day that are named
)

type timelinePage struct {
	ui.Page
	Years []yearPart
	Kinds []ui.Link
	Pages ui.Pages
}

// A yearPart is the events of one year, under its number.
type yearPart struct {
	Title  string
	Events []event
}

// An event is one thing on the timeline, or a silence.
type event struct {
	At        clock.Time
	ISO, When string
	What      string
	Href      string
	Says      string
	By        string
	Tags      []ui.Tag
	Quiet     string // what is said of a silence before this event; "" for none
}

// timeline is GET /people/{person}/timeline.
func (s *Site) timeline(w http.ResponseWriter, r *http.Request, a *ask) error {
	kind := r.URL.Query().Get("kind")
	if kind != "" && !slices.Contains(chapters[:], kind) {
		return fault.NotFound
	}
	var all []fact
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("timeline")
		in := chapters[:]
		if kind != "" {
			in = []string{kind}
		}
		all, err = s.facts(ctx, v, in...)
		return err
	})
	if err != nil {
		return err
	}
	events := a.events(united(all))
	n, _ := strconv.Atoi(r.URL.Query().Get("page")) // what is no number is the first
	last := max(1, (len(events)+eventsPage-1)/eventsPage)
	n = min(max(n, 1), last)
	p := timelinePage{Page: s.page(r, a, a.say("web.timeline.title"))}
	p.Back = &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	p.Years = a.years(events[(n-1)*eventsPage : min(n*eventsPage, len(events))])
	at := func(kind string, n int) string {
		path := "/timeline"
		if kind != "" {
			path += "?kind=" + kind
		}
		if n > 1 {
			path += map[bool]string{true: "?", false: "&"}[kind == ""] + "page=" + strconv.Itoa(n)
		}
		return a.at(path)
	}
	p.Kinds = []ui.Link{{Text: a.say("web.timeline.all"), Href: at("", 1), Current: kind == ""}}
	for _, c := range chapters {
		p.Kinds = append(p.Kinds, ui.Link{Text: a.say("web.section." + c), Href: at(c, 1), Current: kind == c})
	}
	where := func(n int) *ui.Link {
		return &ui.Link{Text: a.say("web.page-of", "N", n, "All", last), Href: at(kind, n)}
	}
	if n > 1 {
		p.Pages.Prev = where(n - 1)
	}
	if n < last {
		p.Pages.Next = where(n + 1)
	}
	return show(w, r, http.StatusOK, timelineView(p, a))
}

// events are facts in the order of time, the latest first. What has no date comes
// last.
func (a *ask) events(all []fact) (events []event) {
	all = slices.DeleteFunc(all, func(f fact) bool { return f.None || f.Mistake })
	slices.SortStableFunc(all, func(x, y fact) int {
		return cmp.Or(strings.Compare(day(y.On), day(x.On)), strings.Compare(x.Topic, y.Topic), cmp.Compare(low(y.On), low(x.On)))
	})
	for i := 0; i < len(all); {
		n := i + 1
		if all[i].Topic == "results" {
			for n < len(all) && all[n].Topic == "results" && day(all[n].On) == day(all[i].On) {
				n++
			}
		}
		e := a.event(all[i:n])
		if len(events) > 0 {
			later := events[len(events)-1].At
			if e.At != 0 && later.Sub(e.At) > silence {
				e.Quiet = a.say("web.timeline.quiet", "From", a.monthOf(e.At), "To", a.monthOf(later))
			}
		}
		events = append(events, e)
		i = n
	}
	return events
}

// event is one fact, or the results of one day.
func (a *ask) event(some []fact) event {
	f := some[0]
	e := event{At: low(f.On), ISO: day(f.On), When: a.day(f.On), What: a.title(f), Href: a.where(f), By: a.from(f), Tags: a.tags(f)}
	if f.Topic == "visits" {
		e.When = a.moment(f.On)
	}
	if f.Status == "finished" || f.Status == "fulfilled" {
		e.Tags = nil // that it has been is plain from the date
	}
	if e.When == "" {
		e.When, e.ISO = a.say("web.timeline.no-date"), ""
	}
	if f.Topic != "results" || len(some) == 1 {
		e.Says = f.gist().Value
		if f.Result != "" {
			e.Says = f.Result
		}
		return e
	}
	e.What, e.Tags, e.Href = a.N("web.timeline.results", len(some), nil), nil, a.at("/record/results")
	var names []string
	for _, x := range some { // what is not as usual is named first, whatever else there is
		if len(a.outside(x)) > 0 {
			names = append(names, a.title(x)+" "+x.Result+" ("+a.outside(x)[0].Text+")")
		}
	}
	for _, x := range some {
		if len(a.outside(x)) == 0 && len(names) < mostOfADay {
			names = append(names, a.title(x)+" "+x.Result)
		}
	}
	e.Says = strings.Join(names, ", ")
	if len(names) < len(some) {
		e.Says += ", …"
	}
	return e
}

// from is whence a fact came, without when: that stands above it.
func (a *ask) from(f fact) string {
	f.On = ""
	return a.brief(f)
}

func (a *ask) monthOf(t clock.Time) string {
	y, m, _ := text.Day(t)
	return a.Partial(y, m, 0)
}

// years puts events under their years.
func (a *ask) years(events []event) (all []yearPart) {
	for _, e := range events {
		title := a.say("web.timeline.no-date")
		if len(e.ISO) >= 4 {
			title = e.ISO[:4]
		}
		if len(all) == 0 || all[len(all)-1].Title != title {
			all = append(all, yearPart{Title: title})
		}
		y := &all[len(all)-1]
		y.Events = append(y.Events, e)
	}
	return all
}
