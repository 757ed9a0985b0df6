package web

import (
	"context"
	"net/http"
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// A lookAs is a party as somebody who looks: with a role and for a purpose.
type lookAs struct {
	who   consent.Actor
	why   consent.Purpose
	says  string // whose eyes these are, in words
	usual bool   // the role is the usual one of their sector, not known of anybody
}

// eyes are those of a party, for the person's care or in an emergency. An individual
// has the role they sign in with. Of a team, an organisation or a sector nobody is
// meant in particular, so they have the role that is usual there. ok is false for
// whom nobody looks as.
func (s *Site) eyes(ctx context.Context, a *ask, v record.View, p consent.Party, why consent.Purpose, name string) (l lookAs, ok bool, err error) {
	l.why = why
	switch p.Level {
	case consent.Individual:
		if l.who, err = s.Accounts.As(ctx, p.ID); err != nil {
			if kind, _ := fault.Of(err); kind == fault.NotFound {
				return l, false, nil
			}
			return l, false, err
		}
		if why == consent.Care && slices.ContainsFunc(v.Members(), func(m record.Member) bool { return m.Party == p && m.Role == "carer" && v.Now() < m.Until }) {
			l.why, l.who.For = consent.Carer, int64(v.ID())
		}
	case consent.Team:
		l.who.Team = p
		team, err := s.Accounts.Team(ctx, p.ID)
		if kind, _ := fault.Of(err); err != nil && kind != fault.NotFound {
			return l, false, err
		}
		if err := s.within(ctx, &l.who, team.Organisation); err != nil {
			return l, false, err
		}
	case consent.Organisation:
		if err := s.within(ctx, &l.who, p.ID); err != nil {
			return l, false, err
		}
	case consent.Sector:
		if l.who.Sector = p; p == consent.Anyone {
			if why != consent.Emergency {
				return l, false, nil
			}
			l.who.Sector = consent.Party{Level: consent.Sector, ID: consent.NHS}
		}
	}
	l.usual = l.who.Role == ""
	switch {
	case why == consent.Emergency && consent.ReachOf(l.who.Role, why).Nothing():
		l.who.Role, l.usual = "paramedic", true
	case l.usual:
		l.who.Role = map[string]string{
			consent.NHS: "nurse", consent.Council: "social-worker", consent.Private: "care-coordinator", consent.Voluntary: "link-worker",
		}[l.who.Sector.ID]
		if l.who.Role == "" { // a team of nobody knows which sector
			l.who.Role = "nurse"
		}
	}
	l.says = a.say("as.somebody", "Who", alone(name))
	if l.usual {
		l.says = a.say("as.usual", "Who", alone(name), "Role", a.role(l.who.Role))
	}
	return l, true, nil
}

// within makes an actor one of an organisation, and so of its sector.
func (s *Site) within(ctx context.Context, who *consent.Actor, organisation string) error {
	all, err := s.Accounts.Organisations(ctx)
	for _, o := range all {
		if o.ID == organisation {
			who.Organisation, who.Sector = consent.Party{Level: consent.Organisation, ID: o.ID}, consent.Party{Level: consent.Sector, ID: o.Sector}
		}
	}
	return err
}

// A seenPart is what somebody sees of one section, now and as is considered.
type seenPart struct {
	Name      string
	Now, Then int
	Facts     []string // what they see now, by name
	More      int      // and so many besides
}

// mostNamed is how many facts of a section are told by name.
const mostNamed = 8

type asPage struct {
	ui.Page
	Says  string
	In    bool // they are in the circle
	Parts []seenPart
	Ways  *form.Form // to look as somebody else
}

// sees counts what a view shows by section, in the order of the page.
func sees(v record.View) map[string]map[id.Entry]bool {
	all := map[string]map[id.Entry]bool{}
	v.Headers(func(h record.Header) {
		section := topicOf(h)
		if all[section] == nil {
			all[section] = map[id.Entry]bool{}
		}
		all[section][h.ID] = true
	})
	return all
}

// asForm asks whose eyes to look through.
func (s *Site) asForm(ctx context.Context, a *ask, v record.View) (*form.Form, map[string]sharing.Choice, error) {
	offered, order, err := s.offers(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	var whom []form.Option
	for _, key := range order {
		if c := offered[key]; c.Party != consent.Anyone {
			whom = append(whom, form.Option{Value: key, Label: a.called(c)})
		}
	}
	f := form.Of(a.say("as.title"), form.Field{Name: "to", Label: a.say("as.who"), As: form.Select, Options: whom})
	f.Action, f.Button = a.to("/me/sharing/as"), a.say("as.button")
	return f, offered, nil
}

// called is the name of a choice.
func (a *ask) called(c sharing.Choice) string {
	if c.Name == "" && c.NameID != "" {
		return a.say(c.NameID)
	}
	return c.Name
}

// askAs is GET /me/sharing/as.
func (s *Site) askAs(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f *form.Form
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("sharing")
		f, _, err = s.asForm(ctx, a, v)
		return err
	})
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, asFormView(s.sharingFrame(r, a, f), a, f))
}

// seeAs is POST /me/sharing/as: the record through the eyes that were chosen. It
// changes nothing; it is a POST so that no address names anybody.
func (s *Site) seeAs(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, bad := asPage{}, error(nil)
	var f *form.Form
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("sharing")
		var offered map[string]sharing.Choice
		if f, offered, err = s.asForm(ctx, a, v); err != nil {
			return err
		}
		if bad = f.Read(r); bad != nil {
			return nil
		}
		c, known := offered[f.Value("to")]
		if !known || c.Party == consent.Anyone {
			bad = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "to", Say: "Choose whose view you want to see"}}}
			return nil
		}
		p, err = s.asParty(ctx, a, v, c.Party, a.called(c))
		return err
	})
	switch {
	case err != nil:
		return err
	case f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, asFormView(s.sharingFrame(r, a, f), a, f))
	case bad != nil:
		return bad
	}
	return s.showAs(w, r, a, p)
}

// memberAs is GET /me/circle/{id}/as: the record as somebody of the circle sees it.
func (s *Site) memberAs(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := asPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("sharing")
		for _, m := range v.Members() {
			if m.ID == r.PathValue("id") && v.Now() < m.Until {
				p, err = s.asParty(ctx, a, v, m.Party, m.Name)
				return err
			}
		}
		return fault.NotFound
	})
	if err != nil {
		return err
	}
	return s.showAs(w, r, a, p)
}

func (s *Site) showAs(w http.ResponseWriter, r *http.Request, a *ask, p asPage) error {
	p.Page = s.page(r, a, p.Says)
	p.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to("/me/sharing")}
	return show(w, r, http.StatusOK, asView(p, a))
}

// asParty is the record by section as a party would see it now.
func (s *Site) asParty(ctx context.Context, a *ask, v record.View, party consent.Party, name string) (p asPage, err error) {
	l, ok, err := s.eyes(ctx, a, v, party, consent.Care, name)
	if err != nil || !ok {
		return asPage{Says: a.say("as.nobody", "Who", alone(name))}, err
	}
	p.Says = l.says
	as, in, err := v.As(l.who, l.why, record.Supposing{})
	if err != nil {
		return p, err
	}
	if p.In = in; !in {
		return p, nil
	}
	all := sees(as)
	for _, t := range topics {
		if len(all[t.Code]) == 0 {
			continue
		}
		facts, err := s.facts(ctx, as, t.Code)
		if err != nil {
			return p, err
		}
		p.Parts = append(p.Parts, a.seenPart(t.Code, len(all[t.Code]), facts))
	}
	return p, nil
}

func (a *ask) seenPart(section string, n int, facts []fact) seenPart {
	x := seenPart{Name: a.say("web.section." + section), Now: n}
	for _, f := range facts {
		if t := a.title(f); !slices.Contains(x.Facts, t) && len(x.Facts) < mostNamed {
			x.Facts = append(x.Facts, t)
		} else {
			x.More++
		}
	}
	return x
}

// A wouldSee is what something considered would change in what somebody sees.
type wouldSee struct {
	Says  string // whose eyes
	In    bool   // they are in the circle, so that it counts at once
	Parts []seenPart
	New   []string // what they would newly see, by name
	Lost  []string // what they would see no more
}

// considered tells what would change for a party if it were so. It is nil where
// nobody can be looked as.
func (s *Site) considered(ctx context.Context, a *ask, v record.View, p consent.Party, why consent.Purpose, name string, whatIf record.Supposing) (*wouldSee, error) {
	l, ok, err := s.eyes(ctx, a, v, p, why, name)
	if err != nil || !ok {
		return nil, err
	}
	_, in, err := v.As(l.who, l.why, record.Supposing{})
	if err != nil {
		return nil, err
	}
	before, _, err := v.As(l.who, l.why, record.Supposing{Joined: true})
	if err != nil {
		return nil, err
	}
	whatIf.Joined = true
	after, _, err := v.As(l.who, l.why, whatIf)
	if err != nil {
		return nil, err
	}
	d := &wouldSee{Says: l.says, In: in || why == consent.Emergency}
	now, then := sees(before), sees(after)
	for _, t := range topics {
		if len(now[t.Code]) == 0 && len(then[t.Code]) == 0 {
			continue
		}
		d.Parts = append(d.Parts, seenPart{Name: a.say("web.section." + t.Code), Now: len(now[t.Code]), Then: len(then[t.Code])})
		if d.New, err = s.apart(ctx, a, v, then[t.Code], now[t.Code], d.New); err != nil {
			return nil, err
		}
		if d.Lost, err = s.apart(ctx, a, v, now[t.Code], then[t.Code], d.Lost); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// apart adds the names of what is in one and not in the other, each once.
func (s *Site) apart(ctx context.Context, a *ask, v record.View, in, not map[id.Entry]bool, all []string) ([]string, error) {
	for e := range in {
		if not[e] {
			continue
		}
		f, err := s.factOf(ctx, v, e)
		if err != nil {
			return nil, err
		}
		if t := a.title(f); !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	slices.Sort(all)
	return all, nil
}

// nowThen are the sections of which somebody would see more or less, now and then.
func (a *ask) nowThen(d *wouldSee) (rows []ui.Row) {
	for _, p := range d.Parts {
		if p.Now != p.Then {
			rows = append(rows, ui.Row{Key: p.Name, Value: ui.Text(a.say("as.now-then", "Now", a.Number(p.Now), "Then", a.Number(p.Then)))})
		}
	}
	return rows
}
