package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/lending"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// lending.go lets somebody act for the reader: who, how far, how long; what follows;
// and the code. Nothing is kept before the last step.

// lendForm is the one list of questions about lending.
func (a *ask) lendForm(id string) *form.Form {
	var topics []form.Option
	for _, t := range sharing.Topics() {
		topics = append(topics, form.Option{Value: t.Code, Label: a.say(t.Name), Hint: a.say(t.Hint)})
	}
	option := func(value, id string) form.Option { return form.Option{Value: value, Label: a.say(id)} }
	f := form.Of(a.say("lending.title"),
		form.Field{Name: "name", Label: a.say("lending.name"), Hint: a.say("lending.name-hint"), Max: 80, Autocomplete: "off"},
		form.Field{Name: "relation", Label: a.say("lending.relation"), Hint: a.say("lending.relation-hint"), Max: 80, Autocomplete: "off"},
		form.Field{Name: "scope", Label: a.say("lending.scope"), As: form.Radios, Options: a.scopes("lending.scope.")},
		form.Field{Name: "topics", Label: a.say("lending.topics"), As: form.Checkboxes, Options: topics},
		form.Field{Name: "long", Label: a.say("lending.long"), As: form.Radios, Options: []form.Option{
			option(month, "web.share.month"), option(year, "web.share.year"), option(always, "lending.always"), option(chosen, "web.share.chosen"),
		}},
		form.Field{Name: "until", Label: a.say("web.share.until"), Hint: a.say("web.share.until-hint"), As: form.Date},
		form.Field{Name: "loan", As: form.Hidden, Value: id},
		form.Field{Name: "asked", As: form.Hidden},
	)
	f.Action, f.Button = a.to("/me/lending/check"), a.say("web.share.check")
	return f
}

// lendView asks for topics only once the person said that they want to choose: there
// are many, and most people do not.
func lendView(p ui.Page, a *ask, f *form.Form) templ.Component {
	if f.Value("scope") == lending.Choose {
		f.Set("asked", "topics")
		return lendFormView(p, a, f)
	}
	short := *f
	short.Fields = slices.DeleteFunc(slices.Clone(f.Fields), func(x form.Field) bool { return x.Name == "topics" })
	return lendFormView(p, a, &short)
}

func (a *ask) scopes(named string) (all []form.Option) {
	for _, s := range lending.Scopes() {
		if s.Code == lending.Choose && named != "lending.scope." {
			continue
		}
		all = append(all, form.Option{Value: s.Code, Label: a.say(named + s.Code), Hint: a.say("lending.scope." + s.Code + ".hint")})
	}
	return all
}

// labelsOf is how far was answered: a scope, or topics where they are chosen.
func labelsOf(f *form.Form) (l consent.Labels) {
	scope := lending.ScopeOf(f.Value("scope"))
	if scope.Code != lending.Choose {
		return scope.Labels
	}
	for _, t := range sharing.Topics() {
		if slices.Contains(f.Values("topics"), t.Code) {
			l |= t.Labels
		}
	}
	return l
}

// loanOf is what was answered, from an instant on.
func loanOf(f *form.Form, at clock.Time) (l lending.Loan, err error) {
	l = lending.Loan{
		ID: f.Value("loan"), Rule: f.Value("loan") + ".r", Name: tidy(f.Value("name")), Relation: tidy(f.Value("relation")),
		Labels: labelsOf(f), Code: lending.NewCode(),
	}
	var c fault.Check
	c.That(f.Value("scope") != lending.Choose || l.Labels != 0, "topics", "Choose at least one topic")
	l.Until, err = until(f, at)
	return l, both(c.Err(), err)
}

// askLend is GET /me/lending/new.
func (s *Site) askLend(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.lendForm(newID())
	return show(w, r, http.StatusOK, lendView(s.sharingFrame(r, a, f), a, f))
}

// readLoan reads the answers and asks the door whether they would do.
func (s *Site) readLoan(r *http.Request, a *ask) (f *form.Form, l lending.Loan, err error) {
	f = a.lendForm("")
	if err = f.Read(r); err != nil {
		return f, l, err
	}
	var own error
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		if l, own = loanOf(f, v.Now()); lent(v, l.ID) {
			return errAsked // it is there already: the page was sent twice
		}
		if err := lending.Lend(v, l); err != nil {
			return err
		}
		return errAsked
	})
	if errors.Is(err, errAsked) {
		err = nil
	}
	return f, l, both(own, err)
}

// lent reports whether there is a place of that id.
func lent(v record.View, id string) bool {
	return slices.ContainsFunc(v.Members(), func(m record.Member) bool { return m.ID == id })
}

// checkLend is POST /me/lending/check: what would follow, before anything is lent.
func (s *Site) checkLend(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, l, err := s.readLoan(r, a)
	if f.Value("scope") == lending.Choose && f.Value("asked") == "" && errors.Is(err, fault.Invalid) {
		return show(w, r, http.StatusOK, lendView(s.sharingFrame(r, a, f), a, f))
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, lendView(s.sharingFrame(r, a, f), a, f))
	}
	if err != nil {
		return err
	}
	p := checkPage{Action: a.to("/me/lending/new"), Again: a.to("/me/lending/new"), Hidden: again(f)}
	row := func(key, value string) { p.Rows = append(p.Rows, ui.Row{Key: a.say(key), Value: ui.Said(value)}) }
	row("lending.name", l.Name)
	row("lending.relation", l.Relation)
	row("lending.scope", a.topics(sharing.TopicsOf(l.Labels), false))
	row("web.check.until", a.lastDay(l.Until))
	for _, id := range []string{"lending.then.sees", "lending.then.own", "lending.then.looks", "lending.then.end"} {
		p.Then = append(p.Then, a.say(id, "Who", alone(l.Name)))
	}
	if lending.Private(l.Labels) {
		p.Then = append(p.Then, a.say("then.share.sensitive"))
	}
	if p.Diff, err = s.wouldLend(r, a, l); err != nil {
		return err
	}
	p.Page = s.sharingFrame(r, a, f)
	p.Title = a.say("web.check.title")
	return show(w, r, http.StatusOK, checkView(p, a))
}

// wouldLend counts what whoever takes it up would see.
func (s *Site) wouldLend(r *http.Request, a *ask, l lending.Loan) (d *wouldSee, err error) {
	party := record.Lent(l.ID)
	who := consent.Actor{Role: "carer", Individual: party, For: int64(a.whom)}
	rule := consent.Rule{ID: "asked", To: party, Labels: l.Labels}
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		as, _, err := v.As(who, consent.Carer, record.Supposing{Also: []consent.Rule{rule}, Joined: true})
		if err != nil {
			return err
		}
		d = &wouldSee{Says: a.say("as.somebody", "Who", alone(l.Name)), In: true}
		all := sees(as)
		for _, t := range topics {
			if n := len(all[t.Code]); n > 0 {
				d.Parts = append(d.Parts, seenPart{Name: a.say("web.section." + t.Code), Then: n})
			}
		}
		return nil
	})
	return d, err
}

type codePage struct {
	ui.Page
	Name, Code, Until string
	Where             string // where the code is entered
	Again             bool   // it was lent already, and the code is not known any more
	Back              string
}

// lend is POST /me/lending/new: it is lent, and the code is shown this once.
func (s *Site) lend(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, l, err := s.readLoan(r, a)
	there := false
	if err == nil {
		err = s.open(r, a, func(_ context.Context, v record.View) error {
			v.Doing("sharing")
			if there = lent(v, l.ID); there {
				return nil
			}
			return lending.Lend(v, l)
		})
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, lendView(s.sharingFrame(r, a, f), a, f))
	}
	if err != nil {
		return err
	}
	return s.showCode(w, r, a, codePage{Name: l.Name, Code: l.Code, Again: there, Back: "/me/sharing"})
}

// newCode is POST /me/lending/{id}/code: another code, for a place that waits.
func (s *Site) newCode(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := codePage{Code: lending.NewCode(), Back: "/me/sharing"}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		for _, m := range v.Members() {
			if m.ID == r.PathValue("id") {
				p.Name = m.Name
			}
		}
		return lending.Renew(v, r.PathValue("id"), p.Code)
	})
	if err != nil {
		return err
	}
	return s.showCode(w, r, a, p)
}

func (s *Site) showCode(w http.ResponseWriter, r *http.Request, a *ask, p codePage) error {
	back := p.Back
	p.Page = s.page(r, a, a.say("lending.done"))
	p.Page.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to(back)}
	p.Until, p.Back = a.Date(a.now.Add(14*24*time.Hour)), a.to(back)
	if p.Where = "/carer/code"; s.Ways != nil {
		p.Where = s.Ways.Origin() + p.Where
	}
	return show(w, r, http.StatusOK, codeView(p, a))
}

func (a *ask) codeForm() *form.Form {
	f := form.Of(a.say("lending.code.title"),
		form.Field{Name: "code", Label: a.say("lending.code"), Hint: a.say("lending.code-hint"), Max: 40, Autocomplete: "one-time-code"})
	f.Action, f.Button = a.to("/carer/code"), a.say("lending.code.button")
	return f
}

func (s *Site) codeFrame(r *http.Request, a *ask, f *form.Form) ui.Page {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("web.carer.title"), Href: a.to("/carer")}
	return p
}

// askCode is GET /carer/code.
func (s *Site) askCode(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.codeForm()
	return show(w, r, http.StatusOK, f.Page(s.codeFrame(r, a, f)))
}

// takeUp is POST /carer/code: whoever has the code acts for that person from then on.
func (s *Site) takeUp(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.codeForm()
	err := f.Read(r)
	if err == nil {
		if err := s.codes.take(a.who); err != nil {
			return err
		}
		place, took := s.Door.TakeUp(r.Context(), a.who, lending.Fold(f.Value("code")))
		if took == nil {
			s.tellLent(r, a, place)
			return on(w, r, a.to("/for/"+s.Door.Text(place.Person)))
		}
		if kind, answered := fault.Of(took); !answered || kind == fault.Busy {
			return took
		}
		err = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "code", Say: fault.Say(took)}}}
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, f.Page(s.codeFrame(r, a, f)))
	}
	return err
}

// How often somebody may try a code: typing it wrong a few times is human.
const (
	mostCodes   = 10
	codesWithin = 10 * time.Minute
)

// appointer is for those who record on what basis somebody acts for a person.
func (s *Site) appointer(r *http.Request, a *ask) error {
	if err := s.care(r, a); err != nil {
		return err
	}
	if !a.appoints() {
		return fault.NotFound
	}
	return nil
}

func (a *ask) appoints() bool {
	return slices.Contains([]string{"gp", "nurse", "social-worker"}, a.who.Role)
}

func (a *ask) appointForm(id string) *form.Form {
	var bases []form.Option
	for _, b := range consent.Bases() {
		if consent.OnRecord(b) {
			bases = append(bases, form.Option{Value: b, Label: a.say("lending.basis." + b), Hint: a.say("lending.basis." + b + ".hint")})
		}
	}
	f := form.Of(a.say("lending.appoint"),
		form.Field{Name: "name", Label: a.say("lending.appoint.name"), Max: 80, Autocomplete: "off"},
		form.Field{Name: "relation", Label: a.say("lending.appoint.relation"), Max: 80, Autocomplete: "off"},
		form.Field{Name: "basis", Label: a.say("lending.basis"), As: form.Radios, Options: bases},
		form.Field{Name: "seen", Path: "reason", Label: a.say("lending.seen"), Hint: a.say("lending.seen-hint"), As: form.Textarea, Max: 500},
		form.Field{Name: "scope", Path: "labels", Label: a.say("lending.appoint.scope"), As: form.Radios, Options: a.scopes("lending.of.")},
		form.Field{Name: "review", Label: a.say("lending.review"), Hint: a.say("lending.review-hint"), As: form.Date},
		form.Field{Name: "loan", As: form.Hidden, Value: id},
	)
	f.Action, f.Button = a.at("/acting"), a.say("lending.appoint.button")
	return f
}

func (s *Site) appointFrame(r *http.Request, a *ask, f *form.Form) ui.Page {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	return p
}

// askAppoint is GET /people/{person}/acting.
func (s *Site) askAppoint(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.open(r, a, func(context.Context, record.View) error { return nil })
	if err != nil {
		return err
	}
	f := a.appointForm(newID())
	return show(w, r, http.StatusOK, appointFormView(s.appointFrame(r, a, f), a, f))
}

// appoint is POST /people/{person}/acting: it is recorded, and the code shown this once.
func (s *Site) appoint(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.appointForm("")
	bad := f.Read(r)
	x := lending.Appointment{Basis: f.Value("basis"), Seen: tidy(f.Value("seen")), Loan: lending.Loan{
		ID: f.Value("loan"), Rule: f.Value("loan") + ".r", Name: tidy(f.Value("name")), Relation: tidy(f.Value("relation")),
		Labels: lending.ScopeOf(f.Value("scope")).Labels, Code: lending.NewCode(),
	}}
	if day, ok := dayOf(f, "review"); ok {
		x.Review = day.Add(24 * time.Hour) // through that day
	}
	there := false
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		if there = bad == nil && lent(v, x.ID); there || bad != nil {
			return nil
		}
		return lending.Appoint(v, x)
	})
	if f.Took(both(bad, err)) {
		return show(w, r, http.StatusUnprocessableEntity, appointFormView(s.appointFrame(r, a, f), a, f))
	}
	if err != nil {
		return err
	}
	return s.showCode(w, r, a, codePage{Name: x.Name, Code: x.Code, Again: there, Back: a.base})
}

// support is GET /help: where to turn, also in private. It is about nobody, leaves no
// line anywhere, and its name says nothing.
func (s *Site) support(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, supportView(s.page(r, a, a.say("support.title")), a))
}
