package web

import (
	"context"
	"net/http"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// around.go shows who is around a person: who is who, and what each does in the plan.

type aroundPage struct {
	ui.Page
	Groups []aroundGroup
	Does   []string // what the person does themselves
}

// An aroundGroup is those of the circle who are of one kind.
type aroundGroup struct {
	Title string
	All   []around
}

// An around is one place in the circle, with what is open in the plan for it to do.
type around struct {
	circle.Person
	Does []string
	Sees string // where the person sees what they see; "" to others
}

// around is GET …/circle. Those of whom the reader may not know are not in it.
func (s *Site) around(w http.ResponseWriter, r *http.Request, a *ask) error {
	var p aroundPage
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		all, err := plan.Read(v, s.Door.EntryText)
		if err != nil {
			return err
		}
		p = a.aroundOf(circle.Of(v), all)
		return nil
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.hers("circle.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, aroundView(p, a))
}

// aroundOf puts the circle into groups: who acts for the person and who is close to them,
// single people, then teams and organisations.
func (a *ask) aroundOf(members []circle.Person, p *plan.Plan) (page aroundPage) {
	near, people, teams := aroundGroup{Title: a.say("circle.close")}, aroundGroup{Title: a.say("circle.people")}, aroundGroup{Title: a.say("circle.teams")}
	for _, m := range members {
		if m.Past {
			continue
		}
		x := around{Person: m, Does: doesIn(p, m.ID)}
		if a.mine() {
			x.Sees = a.to("/me/circle/" + m.ID + "/as")
		}
		switch {
		case m.Acts() || m.Relation != "":
			near.All = append(near.All, x)
		case m.Party.Level == consent.Individual:
			people.All = append(people.All, x)
		default:
			teams.All = append(teams.All, x)
		}
	}
	for _, g := range []aroundGroup{near, people, teams} {
		if len(g.All) > 0 {
			page.Groups = append(page.Groups, g)
		}
	}
	page.Does = doesIn(p, plan.ThePerson)
	return page
}

// doesIn is what is open in the plan for somebody to do.
func doesIn(p *plan.Plan, who string) (all []string) {
	for _, x := range p.Of("action") {
		if s := x.Said["status"]; x.Said["who"] == who && s != "completed" && s != "cancelled" {
			all = append(all, clip(tidy(x.Said["words"]), 120))
		}
	}
	return all
}
