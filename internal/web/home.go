package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

type homePage struct {
	ui.Page
	Name string
	Next *fact
	New  []fact
	Team []teammate
	Asks *ui.Link // who asks to join, for the person alone
	Plan *ui.Link // a version of the plan that waits for the person's answer
	Less string   // when a parent will see less, since their child grows up
	How  *ui.Link // a hope to say something of, once a month, for the person alone
}

// A teammate is somebody in the circle, as anybody who may open the record is told.
type teammate struct{ Name, Role string }

// newest is how many new things the home page shows.
const newest = 3

// home is GET /me and GET /for/{person}: what is next, what is new, and ways on.
func (s *Site) home(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := homePage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("home")
		p = homePage{Name: a.subject.Name, Team: team(v), Asks: a.asksLink(v), Less: a.growsLess(v)}
		if p.Next, err = s.next(ctx, v); err != nil {
			return err
		}
		if p.New, err = s.news(ctx, v); err != nil {
			return err
		}
		all, err := plan.Read(v, s.Door.EntryText)
		if err == nil {
			p.How = a.offered(all)
		}
		if err == nil && all.Version != nil && all.Answer() == nil {
			p.Plan = &ui.Link{Text: a.say("plan.waits"), Href: a.at("/plan/answer")}
		}
		return err
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.hers("web.home.title", "Name", alone(p.Name)))
	return show(w, r, http.StatusOK, homeView(p, a))
}

// growsLess tells a parent when what they see grows less by itself, and why.
func (a *ask) growsLess(v record.View) string {
	born, err := time.Parse(time.DateOnly, a.subject.Born)
	if err != nil || a.why != consent.Carer {
		return ""
	}
	for _, m := range v.Members() {
		if !a.who.Is(m.Party) {
			continue
		}
		for _, at := range consent.Steps(m.Basis, born, v.Now()) {
			id := "lending.less.grown"
			if at == consent.Birthday(born, consent.Growing) {
				id = "lending.less.growing"
			}
			return a.say(id, "On", a.Date(at), "Name", alone(a.subject.Name))
		}
	}
	return ""
}

// next is the first appointment that is still to come.
func (s *Site) next(ctx context.Context, v record.View) (next *fact, err error) {
	err = v.All("Appointment", func(e record.Entry) error {
		f := read(e, s.Door.EntryText(e.ID))
		if f.Over || f.Status == "fulfilled" || low(f.On) < v.Now() || next != nil && low(next.On) <= low(f.On) {
			return nil
		}
		f = s.named(ctx, v, f)
		next = &f
		return nil
	})
	return next, err
}

// news are the entries that others wrote last, as far as people would call it news.
// It chooses by headers, so that the journal names only what is shown.
func (s *Site) news(ctx context.Context, v record.View) (all []fact, err error) {
	var heads []record.Header
	v.Headers(func(h record.Header) {
		if h.Source == "" && topicOf(h) == "plans" {
			return // the plan says itself what is new in it
		}
		switch t := topicOf(h); t {
		case "know", "results", "letters", "medicines", "conditions", "allergies", "plans", "social-care":
			heads = append(heads, h)
		}
	})
	slices.SortStableFunc(heads, func(a, b record.Header) int { return cmp.Compare(written(b), written(a)) })
	seen := map[string]bool{} // one of each section, so that one visit is not all the news
	for _, h := range heads {
		if t := newsOf(h); seen[t] || len(all) == newest {
			continue
		}
		f, err := s.factOf(ctx, v, h.ID)
		if err != nil {
			return nil, err
		}
		seen[newsOf(h)] = true
		all = append(all, f)
	}
	return all, nil
}

// newsOf is the section of an entry, and apart from it what somebody told here: that is
// news beside any letter.
func newsOf(h record.Header) string {
	if h.Kind == "Communication" && h.Source == "" {
		return "told"
	}
	return topicOf(h)
}

func written(h record.Header) int64 {
	if h.Updated != 0 {
		return int64(h.Updated)
	}
	return int64(h.At)
}

// team are those in the circle now.
func team(v record.View) (all []teammate) {
	for _, m := range circle.Of(v) {
		if !m.Past {
			all = append(all, teammate{m.Name, m.Role})
		}
	}
	return all
}
