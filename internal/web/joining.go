package web

import (
	"context"
	"errors"
	"net/http"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// joining.go is how somebody comes into a circle who is not in it, and how they leave:
// they find the person, and ask; the person, or a rule of theirs, answers.

// parties are as what somebody may join: in their own name, or better as their team,
// so that who leaves the team leaves no hole.
func (s *Site) partiesOf(ctx context.Context, a *ask) (map[string]circle.Newcomer, []form.Option, error) {
	all, options := map[string]circle.Newcomer{}, []form.Option(nil)
	add := func(key string, p consent.Party, name string) {
		if p.ID == "" || name == "" {
			return
		}
		all[key] = circle.Newcomer{Party: p, Name: name}
		options = append(options, form.Option{Value: key, Label: name, Hint: a.say("web.join.as." + key)})
	}
	team, err := s.Accounts.Team(ctx, a.who.Team.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, nil, err
	}
	add("team", a.who.Team, team.Name)
	add("me", a.who.Individual, a.who.Name)
	add("organisation", a.who.Organisation, a.who.OrganisationName)
	return all, options, nil
}

func (a *ask) joinForm(ticket string, as []form.Option) *form.Form {
	f := form.Of(a.say("web.join.title"),
		form.Field{Name: "as", Path: "party", Label: a.say("web.join.as"), As: form.Radios, Options: as},
		form.Field{Name: "role", Label: a.say("web.join.role"), Hint: a.say("web.join.role-hint"), Value: a.role(a.who.Role), Max: 80},
		form.Field{Name: "reason", Label: a.say("web.join.reason"), Hint: a.say("web.join.reason-hint"), As: form.Textarea, Max: 500},
		form.Field{Name: "ticket", As: form.Hidden, Value: ticket},
	)
	if len(as) > 0 {
		f.Set("as", as[0].Value)
	}
	f.Button, f.Action = a.say("web.join.button"), a.to("/people/find/join")
	return f
}

// askJoin is POST /people/find/ask: what to say to somebody who was found. It is
// posted so that no address holds the ticket, and changes nothing.
func (s *Site) askJoin(w http.ResponseWriter, r *http.Request, a *ask) error {
	_, as, err := s.partiesOf(r.Context(), a)
	if err != nil {
		return err
	}
	f := a.joinForm(r.PostFormValue("ticket"), as)
	return show(w, r, http.StatusOK, joinFormView(s.findFrame(r, a), f, a))
}

// join is POST /people/find/join: the question is put, or a rule of the person answers.
func (s *Site) join(w http.ResponseWriter, r *http.Request, a *ask) error {
	parties, as, err := s.partiesOf(r.Context(), a)
	if err != nil {
		return err
	}
	f := a.joinForm("", as)
	err = f.Read(r)
	joined := false
	if err == nil {
		x := parties[f.Value("as")]
		labels, _ := circle.Usual().For(a.who.Sector.ID)
		joined, err = s.Door.Ask(r.Context(), a.who, f.Value("ticket"), record.Asking{
			ID: newID(), Party: x.Party, Name: x.Name, Role: tidy(f.Value("role")), Reason: tidy(f.Value("reason")),
			Standing: consent.Rule{ID: newID(), Labels: labels},
		})
	}
	switch {
	case f.Took(err):
		return show(w, r, http.StatusUnprocessableEntity, joinFormView(s.findFrame(r, a), f, a))
	case errors.Is(err, fault.NotFound):
		return errOldTicket
	case err != nil:
		return err
	case joined:
		return on(w, r, a.to("/people/find/joined"))
	}
	return on(w, r, a.to("/people/find/asked"))
}

var errOldTicket = fault.New(fault.Refused, "It is too long since you found this person. Find them again, and then ask.")

// withdraw is POST /people/find/withdraw: the question is taken back.
func (s *Site) withdraw(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.Door.Withdraw(r.Context(), a.who, r.PostFormValue("ticket"))
	if errors.Is(err, fault.NotFound) {
		return errOldTicket
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/people/find/withdrawn"))
}

// joinDone is GET /people/find/asked, and the same for joined and withdrawn: what
// happens next. It is about nobody, so that it can be opened by anybody.
func (s *Site) joinDone(what string) handler {
	return func(w http.ResponseWriter, r *http.Request, a *ask) error {
		p := s.findFrame(r, a)
		p.NoHeading = true
		p.Title = a.say("web.join." + what)
		return show(w, r, http.StatusOK, joinDoneView(p, what, a))
	}
}

type asksPage struct {
	ui.Page
	Asks []asking
}

// An asking is somebody who asks the person to be let in.
type asking struct {
	record.Member
	On, Topics    string
	Last          string // until when they would be in the circle
	Accept, Close string
}

// asks is GET /me/circle/asks: who asks to come into the circle, and what they would
// see.
func (s *Site) asks(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := asksPage{}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		p.Asks = nil
		for _, m := range v.Asks() {
			labels, _ := circle.Usual().For(m.Sector)
			at := "/me/circle/asks/" + m.ID
			p.Asks = append(p.Asks, asking{
				Member: m, On: a.Date(m.From), Last: a.lastDay(m.Last), Topics: a.topics(sharing.TopicsOf(labels), false),
				Accept: a.to(at + "/accept"), Close: a.to(at + "/decline"),
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.asks.title"))
	p.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to("/me/sharing")}
	return show(w, r, http.StatusOK, asksView(p, a))
}

// accept is POST /me/circle/asks/{id}/accept: they join, with what is usual for them.
func (s *Site) accept(w http.ResponseWriter, r *http.Request, a *ask) error {
	member, rule := newID(), newID() // not below: that may run twice
	err := s.answering(r, a, func(v record.View, m record.Member) error {
		err := circle.Join(v, circle.Usual(), circle.Newcomer{
			ID: member, Rule: rule, Party: m.Party, Name: m.Name, Role: m.Role, Way: m.Sector, Until: m.Last, For: m.For,
		})
		if err != nil {
			return err
		}
		return v.End(m.ID)
	})
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// decline is POST /me/circle/asks/{id}/decline: they are not let in, and not told why.
func (s *Site) decline(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.answering(r, a, func(v record.View, m record.Member) error { return v.End(m.ID) })
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/circle/asks"))
}

// answering opens the person's own record for the answer to one who asks.
func (s *Site) answering(r *http.Request, a *ask, work func(record.View, record.Member) error) error {
	return s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		for _, m := range v.Asks() {
			if m.ID == r.PathValue("id") {
				return work(v, m)
			}
		}
		return fault.NotFound
	})
}

// asksLink is a link to who asks to join, for the person's own pages; nil when nobody
// does.
func (a *ask) asksLink(v record.View) *ui.Link {
	n := len(v.Asks())
	if n == 0 || !v.Own() {
		return nil
	}
	return &ui.Link{Text: a.N("web.asks.link", n, nil), Href: a.to("/me/circle/asks")}
}

type leavePage struct {
	ui.Page
	Team string // the name of the team that leaves, "" for the reader alone
}

// membership is that by which the reader is in the circle: their own, or their team's.
func (a *ask) membership(v record.View) (m record.Member, found bool) {
	for _, x := range v.Members() {
		if a.who.Is(x.Party) && x.Role != "carer" && (!found || x.Party.Level > m.Party.Level) {
			m, found = x, true
		}
	}
	return m, found
}

// askLeave is GET /people/{person}/leave: what leaving the circle means.
func (s *Site) askLeave(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := leavePage{}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		m, found := a.membership(v)
		if !found {
			return fault.NotFound
		}
		if p.Team = ""; m.Party.Level != consent.Individual {
			p.Team = m.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.leave.title"))
	p.Back = &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	return show(w, r, http.StatusOK, leaveView(p, a))
}

// leave is POST /people/{person}/leave.
func (s *Site) leave(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("leave")
		m, found := a.membership(v)
		if !found {
			return fault.NotFound
		}
		return circle.Leave(v, m.ID)
	})
	if err != nil {
		return err
	}
	return on(w, r, a.to("/people"))
}
