package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/chart"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// around.go shows who is around a person: who is who, whom to ask first, what each does
// in the plan and how to reach them. reach.go finds the last.

type aroundPage struct {
	ui.Page
	Picture string // as SVG; "" when nobody is around them
	How     string // how to read it
	Groups  []aroundGroup
	Does    []string // what the person does themselves
	First   string   // whom to ask first, as a sentence; "" when nobody said
	By      string   // who said so
	Ask     string   // where that is said; "" for those who do not see it
	Leave   string   // where the reader leaves the circle; "" when they are not in it so
	Refused []said   // what the person shares with somebody not; for them alone
	Asks    *ui.Link // who asks to join, likewise
}

// An aroundGroup is those of the circle who are of one kind.
type aroundGroup struct {
	Title string
	All   []around
}

// An around is one place in the circle, with what is open in the plan for it to do.
type around struct {
	circle.Person
	reach
	N     int // in the picture and the list
	First bool
	Does  []string
	Sees  string // where the person sees what they see; "" to others
	ring  int    // of the picture
}

// around is GET …/circle. Those of whom the reader may not know are not in it.
func (s *Site) around(w http.ResponseWriter, r *http.Request, a *ask) error {
	var p aroundPage
	var members []circle.Person
	var all *plan.Plan
	var first plan.First
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("plan")
		p, members = aroundPage{Asks: a.asksLink(v)}, circle.Of(v)
		if all, err = plan.Read(v, s.Door.EntryText); err != nil {
			return err
		}
		if _, found := a.membership(v); found && a.why == consent.Care {
			p.Leave = a.at("/leave")
		}
		if first, err = plan.AskFirst(v); err != nil {
			return err
		}
		p.Refused, err = s.refused(ctx, a, v)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.aroundOf(r.Context(), a, &p, members, all, first); err != nil {
		return err
	}
	p.Page = s.page(r, a, a.hers("circle.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, aroundView(p, a))
}

// refused is what the person has refused somebody, with where they end it. Others have
// no rules to read, and so nothing here.
func (s *Site) refused(ctx context.Context, a *ask, v record.View) (all []said, err error) {
	who, err := s.parties(ctx, a, v)
	if err != nil {
		return nil, err
	}
	for _, x := range sharing.List(v) {
		if !x.Refuse || x.State == sharing.Ended || x.Choice != "" {
			continue // what was chosen for all is on its own page
		}
		line := a.said(v, x, who)
		line.End = a.to("/me/sharing/" + x.ID + "/end")
		all = append(all, line)
	}
	return all, nil
}

// aroundOf puts the circle into groups, the nearest first: who acts for the person and
// who is close to them, single people, then teams and organisations by sector.
func (s *Site) aroundOf(ctx context.Context, a *ask, page *aroundPage, members []circle.Person, p *plan.Plan, first plan.First) error {
	find, err := s.reaches(ctx)
	if err != nil {
		return err
	}
	var all []around
	for _, m := range members {
		if m.Past {
			continue
		}
		x := around{Person: m, Does: doesIn(p, m.ID), First: m.ID == first.Who, ring: chart.Body}
		switch {
		case m.Acts() || m.Relation != "":
			x.ring = chart.Near
		case m.Party.Level == consent.Individual:
			x.ring = chart.Known
		}
		if x.reach, err = find(m.Member); err != nil {
			return err
		}
		if a.mine() {
			x.Sees = a.to("/me/circle/" + m.ID + "/as")
		}
		if x.First {
			page.First = a.say("circle.first.is", "Who", alone(m.Name))
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b around) int {
		return cmp.Or(cmp.Compare(a.ring, b.ring), cmp.Compare(slices.Index(sectors, a.Sector), slices.Index(sectors, b.Sector)))
	})
	titles := []string{chart.Near: "circle.close", chart.Known: "circle.people", chart.Body: "circle.teams"}
	for i, x := range all {
		if i == 0 || x.ring != all[i-1].ring {
			page.Groups = append(page.Groups, aroundGroup{Title: a.say(titles[x.ring])})
		}
		x.N = i + 1
		g := &page.Groups[len(page.Groups)-1]
		g.All = append(g.All, x)
	}
	if first.Who == plan.ThePerson {
		page.First = a.hers("circle.first.self", "Name", alone(a.subject.Name))
	}
	if page.First != "" {
		page.By = a.say("circle.first.by", "Who", alone(first.By), "Date", a.Date(first.At))
	}
	if a.asksFirst() {
		page.Ask = a.at("/circle/first")
	}
	page.Does = doesIn(p, plan.ThePerson)
	page.Picture, page.How = a.aroundPicture(page.Groups, all), a.say("circle.picture.how")
	if slices.ContainsFunc(all, func(x around) bool { return x.First }) {
		page.How += " " + a.say("circle.picture.first")
	}
	return nil
}

// sectors are those there are, in the order of the page; "" is of none.
var sectors = []string{"", consent.NHS, consent.Council, consent.Private, consent.Voluntary}

// aroundPicture is the circle as a picture; the list beside it says the same.
func (a *ask) aroundPicture(groups []aroundGroup, all []around) string {
	if len(all) == 0 {
		return ""
	}
	c := chart.Around{
		ID: "around", Title: a.N("circle.picture", len(all), nil), Name: a.subject.Name,
	}
	for _, g := range groups {
		c.Desc += g.Title + ": " + a.Number(len(g.All)) + ". "
	}
	if a.mine() {
		c.Name = a.say("circle.middle")
	}
	for _, x := range all {
		c.Places = append(c.Places, chart.Place{Ring: x.ring, First: x.First})
	}
	if n := len(all) - chart.MostAround; n > 0 {
		c.More = a.N("circle.more", n, nil)
	}
	return c.SVG()
}

// asksFirst reports whether the reader's role has to do with who leads.
func (a *ask) asksFirst() bool {
	return a.mine() || consent.ReachOf(a.who.Role, a.why).Has("CareTeam", "")
}

// firstForm asks whom to ask first.
func (a *ask) firstForm(v record.View, f plan.First) *form.Form {
	values, names := a.doers(v)
	one := form.Field{Name: "who", As: form.Radios}
	for i, x := range values {
		one.Options = append(one.Options, form.Option{Value: x, Label: names[i]})
	}
	one.Options = append(one.Options, form.Option{Value: "none", Label: a.say("circle.first.none")})
	one.Value = "none"
	if slices.Contains(values, f.Who) {
		one.Value = f.Who
	}
	x := form.Of(a.say("circle.first.title"), one, form.Field{Name: "stamp", As: form.Hidden, Value: f.Stamp()})
	x.Button, x.Action = a.say("plan.save"), a.at("/circle/first")
	return x
}

// askFirst is GET …/circle/first.
func (s *Site) askFirst(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f *form.Form
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		first, err := plan.AskFirst(v)
		f = a.firstForm(v, first)
		return err
	})
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, firstView(a.firstPage(s, r, f), f, a))
}

func (a *ask) firstPage(s *Site, r *http.Request, f *form.Form) ui.Page {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.hers("circle.title", "Name", alone(a.subject.Name)), Href: a.at("/circle")}
	return p
}

// setFirst is POST …/circle/first.
func (s *Site) setFirst(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f *form.Form
	var bad error
	made, nobody := id.New(int64(a.whom)), newID() // not within the work, which may run twice
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		if f == nil { // the body is read once, and this may run twice
			f = a.firstForm(v, plan.First{})
			if bad = f.Read(r); bad == nil && f.Value("who") == "" {
				bad = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "who", Say: "Choose who to ask first"}}}
			}
		}
		if bad != nil {
			return bad
		}
		who := f.Value("who")
		if who == "none" {
			who = nobody
		}
		return plan.SetFirst(v, s.Door.EntryText, made, s.Door.Text(a.whom), a.say("circle.first.title"), who, f.Value("stamp"))
	})
	switch {
	case bad != nil && f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, firstView(a.firstPage(s, r, f), f, a))
	case err != nil:
		return err
	}
	return on(w, r, a.at("/circle"))
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
