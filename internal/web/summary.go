package web

import (
	"context"
	"net/http"
	"slices"

	"onestory/internal/record"
	"onestory/internal/web/ui"
)

type summaryPage struct {
	ui.Page
	First                          []sectionPart // what to know before anything is done
	Medicines, Conditions, Results sectionPart   // what is so now, and the latest results
	Next                           *fact
	Team                           []teammate
	More                           string
}

// summary is GET /people/{person}: what to know, on one screen.
func (s *Site) summary(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := summaryPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("summary")
		p = summaryPage{Team: team(v)}
		all, err := s.facts(ctx, v, "know", "allergies", "medicines", "conditions", "results")
		if err != nil {
			return err
		}
		part := func(code string, most int) sectionPart { return a.part(code, now(of(all, code)), most) }
		p.First = []sectionPart{part("allergies", 20)}
		if know := part("know", 20); len(know.Facts) > 0 {
			p.First = slices.Insert(p.First, 0, know)
		}
		p.Medicines, p.Conditions, p.Results = part("medicines", 30), part("conditions", 20), part("results", 8)
		p.Next, err = s.next(ctx, v)
		return err
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.summary.title"))
	p.Back = &ui.Link{Text: a.say("web.people.title"), Href: a.to("/people")}
	p.More = a.at("/record")
	return show(w, r, http.StatusOK, summaryView(p, a))
}
