package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// away.go hands over what somebody does in their own name, while they are away or for
// good. What their team does needs no handing over. Each person is asked, and answers on
// the page where they answer who asks to join.

type awayPage struct {
	ui.Page
	Asked   []awayAsk
	Team    int // of how many people the team or the organisation is in the circle besides
	Nobody  bool
	NoHeirs bool
	Passed  []string // who could not be asked again so soon
}

// An awayAsk is one question that waits for an answer.
type awayAsk struct{ Whose, Person, Heir, On, ID string }

// An ownPlace is somebody in whose circle the reader is in their own name.
type ownPlace struct {
	id      person.ID
	subject record.Subject
	team    bool // their team is in it as well, or in place of them
	own     bool
	asks    []record.Member
}

// ownPlaces are the people of the reader.
func (s *Site) ownPlaces(r *http.Request, a *ask) (all []ownPlace, err error) {
	circles, err := s.Door.Circles(r.Context(), a.who)
	if err != nil {
		return nil, err
	}
	var ids []person.ID
	for _, c := range circles {
		if c.Role != "carer" && !slices.Contains(ids, c.Person) {
			ids = append(ids, c.Person)
		}
	}
	found := make([]ownPlace, len(ids))
	answers, err := s.Door.Together(r.Context(), a.who, consent.Care, ids, func(i int, v record.View) (err error) {
		v.Doing("list")
		x := ownPlace{id: ids[i], asks: v.Asks()}
		for _, m := range v.Members() {
			x.own = x.own || m.Party == a.who.Individual && m.From <= v.Now() && v.Now() < m.Until
			x.team = x.team || m.Party != a.who.Individual && a.who.Is(m.Party)
		}
		x.subject, err = v.Subject()
		found[i] = x
		return err
	})
	for i := range ids {
		if err == nil && answers[i] == nil {
			all = append(all, found[i])
		}
	}
	slices.SortFunc(all, func(x, y ownPlace) int {
		return cmp.Or(cmp.Compare(x.subject.Family, y.subject.Family), cmp.Compare(x.subject.Name, y.subject.Name))
	})
	return all, err
}

// heirs are who may take over: the reader's team, and who works for the same organisation.
func (s *Site) heirs(ctx context.Context, a *ask) (all map[string]record.Asking, options []form.Option, err error) {
	all = map[string]record.Asking{}
	if a.who.Team.ID != "" {
		team, err := s.Accounts.Team(ctx, a.who.Team.ID)
		if err != nil {
			return nil, nil, err
		}
		all["team"] = record.Asking{Party: a.who.Team, Name: team.Name, Role: a.role(a.who.Role)}
		options = append(options, form.Option{Value: "team", Label: team.Name, Hint: a.say("away.to.team")})
	}
	staff, err := s.Accounts.Staff(ctx, a.who.Organisation.ID)
	for _, x := range staff {
		if x.Suspended || x.ID == a.who.Account || consent.ReachOf(x.Role, consent.Care).Nothing() || x.Role == consent.Invited {
			continue
		}
		all[x.ID] = record.Asking{Party: consent.Party{Level: consent.Individual, ID: x.ID}, Name: x.Name, Role: a.role(x.Role)}
		options = append(options, form.Option{Value: x.ID, Label: x.Name, Hint: a.role(x.Role)})
	}
	return all, options, err
}

// awayForm asks who takes over, until when and for whom.
func (s *Site) awayForm(r *http.Request, a *ask) (f *form.Form, p awayPage, heirs map[string]record.Asking, err error) {
	places, err := s.ownPlaces(r, a)
	if err != nil {
		return nil, p, nil, err
	}
	heirs, options, err := s.heirs(r.Context(), a)
	if err != nil {
		return nil, p, nil, err
	}
	whose := form.Field{Name: "people", Label: a.say("away.people"), Hint: a.say("away.people.hint"), As: form.Checkboxes}
	for _, x := range places {
		if x.team {
			p.Team++
		}
		if !x.own {
			continue
		}
		for _, m := range x.asks {
			p.Asked = append(p.Asked, awayAsk{Whose: x.subject.Name, Person: x.subject.ID, Heir: m.Name, On: a.Date(m.From), ID: m.ID})
		}
		whose.Options = append(whose.Options, form.Option{Value: x.subject.ID, Label: x.subject.Name})
		if len(x.asks) == 0 {
			whose.Values = append(whose.Values, x.subject.ID)
		}
	}
	p.Nobody, p.NoHeirs = len(whose.Options) == 0, len(options) == 0
	f = form.Of(a.say("away.title"),
		form.Field{Name: "to", Label: a.say("away.to"), As: form.Radios, Options: options},
		form.Field{Name: "until", Label: a.say("answer.optional", "Question", a.say("away.until")), Hint: a.say("away.until.hint"), As: form.Date},
		form.Field{Name: "reason", Label: a.say("away.reason"), Hint: a.say("away.reason.hint"), As: form.Textarea, Max: 500},
		whose)
	f.Button, f.Action = a.say("away.button"), a.to("/work/away")
	p.Page = s.page(r, a, f.Title)
	p.Page.Back = &ui.Link{Text: a.say("work.mine"), Href: a.to("/work")}
	return f, p, heirs, nil
}

// askAway is GET /work/away: for whom the reader works in their own name, what was asked
// already, and who might take over.
func (s *Site) askAway(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, p, _, err := s.awayForm(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, awayView(p, f, a))
}

// away is POST /work/away: each of these people is asked. Who was asked before, or has
// the other already, is passed over.
func (s *Site) away(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, p, heirs, err := s.awayForm(r, a)
	if err != nil {
		return err
	}
	bad := f.Read(r)
	var c fault.Check
	c.That(f.Value("to") != "", "to", "Choose who takes over")
	c.That(f.Value("reason") != "", "reason", "Say why, for the people to read")
	c.That(len(f.Values("people")) > 0, "people", "Choose at least one person")
	until := clock.Time(0)
	if f.Value("until") != "" {
		day, ok := dayOf(f, "until")
		until = day.Add(24 * time.Hour) // through that day
		c.That(ok, "until", "Enter the last day")
	}
	if bad = both(bad, c.Err()); f.Took(bad) {
		return show(w, r, http.StatusUnprocessableEntity, awayView(p, f, a))
	}
	if bad != nil {
		return bad
	}
	x := heirs[f.Value("to")]
	x.Reason = tidy(f.Value("reason"))
	var passed []string
	for _, address := range f.Values("people") {
		whom, err := s.Door.ID(address)
		if err != nil {
			return err
		}
		x.ID = newID()
		err = s.Door.With(r.Context(), a.who, consent.Care, whom, func(v record.View) error {
			v.Doing("hand-over")
			return v.HandOver(x, until)
		})
		if f.Took(err) {
			return show(w, r, http.StatusUnprocessableEntity, awayView(p, f, a))
		}
		switch kind, _ := fault.Of(err); {
		case kind == fault.Refused:
			passed = append(passed, address)
		case err != nil && kind != fault.NotFound && kind != fault.Withheld:
			return err
		}
	}
	if len(passed) == 0 {
		return on(w, r, a.to("/work/away"))
	}
	if f, p, _, err = s.awayForm(r, a); err != nil {
		return err
	}
	for _, x := range f.Field("people").Options {
		if slices.Contains(passed, x.Value) {
			p.Passed = append(p.Passed, x.Label)
		}
	}
	return show(w, r, http.StatusOK, awayView(p, f, a))
}

// awayBack is POST /work/away/back: a question is taken back.
func (s *Site) awayBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	whom, err := s.Door.ID(r.PostFormValue("person"))
	if err != nil {
		return fault.NotFound
	}
	err = s.Door.With(r.Context(), a.who, consent.Care, whom, func(v record.View) error {
		v.Doing("hand-over")
		for _, m := range v.Asks() {
			if m.ID == r.PostFormValue("ask") {
				return v.End(m.ID)
			}
		}
		return fault.NotFound
	})
	if err != nil {
		return err
	}
	return on(w, r, a.to("/work/away"))
}
