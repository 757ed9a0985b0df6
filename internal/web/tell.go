package web

import (
	"context"
	"net/http"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/text"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// tell.go is for what a carer tells the team of whom they help. To tell is not to see:
// it works the same, and looks the same, when the person shares nothing with them. So
// what they told is shown to them from a copy in their own record, never from the
// person's.

// happened is where an entry says when what it tells of happened.
const happened = "urn:onestory:happened"

// How soon somebody must act on what is told.
const (
	canWait    = "no"
	cannotWait = "yes"
	haveCalled = "called"
)

type tellPage struct {
	ui.Page
	Now  bool // it cannot wait: whom to call
	Sent []sent
}

// A sent is something that the reader told, from their own copy.
type sent struct{ Words, On, At string }

func (a *ask) tellForm() *form.Form {
	f := form.Of(a.say("carers.tell.title", "Name", alone(a.subject.Name)),
		form.Field{Name: "words", Label: a.say("carers.tell.words"), Hint: a.say("carers.tell.words.hint"), As: form.Textarea, Max: 2000},
		form.Field{Name: "when", Label: a.say("carers.tell.when"), Hint: a.say("carers.tell.when.hint"), As: form.Date},
		form.Field{Name: "urgent", Label: a.say("carers.tell.urgent"), As: form.Radios, Options: []form.Option{
			{Value: canWait, Label: a.say("carers.tell.urgent.no")},
			{Value: cannotWait, Label: a.say("carers.tell.urgent.yes")},
			{Value: haveCalled, Label: a.say("carers.tell.urgent.called")},
		}},
	)
	f.Button, f.Action = a.say("carers.tell.button"), a.at("/tell")
	return f
}

func (s *Site) tellFrame(r *http.Request, a *ask) ui.Page {
	p := s.page(r, a, a.say("carers.tell.title", "Name", alone(a.subject.Name)))
	p.Back = &ui.Link{Text: a.subject.Name, Href: a.to(a.base)}
	return p
}

// askTell is GET /for/{person}/tell.
func (s *Site) askTell(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.open(r, a, func(context.Context, record.View) error { return nil }); err != nil {
		return err
	}
	return show(w, r, http.StatusOK, tellFormView(tellPage{Page: s.tellFrame(r, a)}, a.tellForm(), a))
}

// tell is POST /for/{person}/tell. What cannot wait is not sent: nobody may read it in
// time, so the page says whom to call, and keeps what was typed.
func (s *Site) tell(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.tellForm()
	bad := f.Read(r)
	var c fault.Check
	if bad == nil {
		c.That(f.Value("words") != "", "words", "Write what you want to tell them")
		c.That(f.Value("urgent") != "", "urgent", "Choose whether it is urgent")
		bad = c.Err()
	}
	send := bad == nil && f.Value("urgent") != cannotWait
	made := id.New(int64(a.whom)) // not within the work, which may run twice
	var at clock.Time
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		at = v.Now()
		if bad == nil && f.Value("when") != "" && low(f.Value("when")) > at {
			c.That(false, "when", "The day must be today or before")
			bad, send = c.Err(), false
		}
		if !send {
			return nil
		}
		v.Doing("tell")
		return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "Communication"}, Doc: a.told(f, s.Door.Text(a.whom), at).Doc()})
	})
	if err != nil {
		return err
	}
	title := a.say("carers.tell.title", "Name", alone(a.subject.Name)) // not known before it was opened
	f.Title = title
	switch {
	case f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, tellFormView(tellPage{Page: s.tellFrame(r, a)}, f, a))
	case bad != nil:
		return bad
	case !send:
		f.Set("urgent", "")
		return show(w, r, http.StatusOK, tellFormView(tellPage{Page: s.tellFrame(r, a), Now: true}, f, a))
	}
	if err := s.keepSent(r, a, f, at); err != nil {
		return err
	}
	return on(w, r, a.at("/told"))
}

// told is what was told, as FHIR has it. Who told it is the server's word.
func (a *ask) told(f *form.Form, whom string, at clock.Time) *fhir.Builder {
	b := fhir.New("Communication").
		Add("meta.tag", fhir.Obj{"system", caringSystem, "code", "told"})
	if day := f.Value("when"); day != "" {
		b.Add("extension", fhir.Obj{"url", happened, "valueDate", day})
	}
	b.Set("status", "completed")
	if f.Value("urgent") == haveCalled {
		b.Set("priority", "urgent")
	}
	return b.Set("subject", fhir.Obj{"reference", "Patient/" + whom}).Set("sent", at.FHIR()).
		Set("sender", fhir.Obj{"display", a.who.Name}).
		Add("payload", fhir.Obj{"contentString", f.Value("words")})
}

// ownAsk is the same reader with their own record, if they have one.
func (a *ask) ownAsk() (*ask, bool) {
	if a.who.Person == 0 || consent.ReachOf(a.who.Role, consent.Own).Nothing() {
		return nil, false
	}
	me := *a
	me.why, me.whom, me.base, me.subject = consent.Own, person.ID(a.who.Person), "/me", record.Subject{}
	me.who.For = 0
	return &me, true
}

// keepSent keeps the carer's own copy.
func (s *Site) keepSent(r *http.Request, a *ask, f *form.Form, at clock.Time) error {
	me, ok := a.ownAsk()
	if !ok {
		return nil
	}
	made := id.New(int64(me.whom))
	b := a.told(f, s.Door.Text(me.whom), at).
		Set("meta.security", fhir.List{fhir.Obj{"system", topicSystem, "code", "carers-own"}}).
		Set("meta.tag", fhir.List{fhir.Obj{"system", caringSystem, "code", "sent"}}).
		Set("topic", fhir.Obj{"text", a.say("carers.sent", "Name", a.subject.Name)}).
		Add("identifier", fhir.Obj{"system", caringSystem, "value", a.subject.ID})
	return s.open(r, me, func(_ context.Context, v record.View) error {
		v.Doing("tell")
		return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "Communication"}, Doc: b.Doc()})
	})
}

// toldAlready is GET /for/{person}/told: that it was sent, and what one told before.
func (s *Site) toldAlready(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.open(r, a, func(context.Context, record.View) error { return nil }); err != nil {
		return err
	}
	p := tellPage{}
	if me, ok := a.ownAsk(); ok {
		err := s.open(r, me, func(_ context.Context, v record.View) error {
			p.Sent = nil
			return v.All("Communication", func(e record.Entry) error {
				if !tagged(e.Doc, "sent") || e.Doc.Text("identifier.value") != a.subject.ID {
					return nil
				}
				one := sent{Words: tidy(e.Doc.Text("payload.contentString")), At: a.moment(e.Doc.Text("sent"))}
				if day := happenedOn(e.Doc); day != "" {
					one.On = a.day(day)
				}
				p.Sent = append([]sent{one}, p.Sent...)
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	p.Page = s.tellFrame(r, a)
	p.Page.Title = a.say("carers.told.title")
	return show(w, r, http.StatusOK, toldView(p, a))
}

// happenedOn is the day on which what was told of happened, where that was said.
func happenedOn(d *fhir.Doc) string {
	for x := range d.At("extension") {
		if x.Get("url").Str() == happened {
			return x.Get("valueDate").Str()
		}
	}
	return ""
}

// A caresPage is what staff meet who ask whether somebody looks after another.
type caresPage struct {
	ui.Page
	Young bool
	Known []fact // where it was written down before
}

// recordsCarers reports whether the reader's role writes down what to know of people.
func (a *ask) recordsCarers() bool { return consent.ReachOf(a.who.Role, consent.Care).Has("Flag", "") }

// askCares is GET /people/{person}/caring: do they look after someone?
func (s *Site) askCares(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.cares(r, a, nil)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, caresView(p, a.caresForm(), a))
}

func (a *ask) caresForm() *form.Form {
	f := form.Of(a.say("carers.ask.title"),
		form.Field{Name: "said", Label: a.say("carers.ask.said"), As: form.Checkboxes, Options: []form.Option{{Value: "yes", Label: a.say("carers.ask.yes")}}},
		form.Field{Name: "agreed", Label: a.say("carers.ask.agreed"), As: form.Checkboxes, Options: []form.Option{{Value: "yes", Label: a.say("carers.ask.agreed.yes")}}})
	f.Button, f.Action = a.say("carers.ask.button"), a.at("/caring")
	return f
}

func (s *Site) cares(r *http.Request, a *ask, write func(record.View) error) (p caresPage, err error) {
	if !a.recordsCarers() {
		return p, fault.NotFound
	}
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		p.Known = nil
		all, err := s.facts(ctx, v, "know")
		if err != nil {
			return err
		}
		for _, f := range all {
			if x, err := v.Get(f.Entry.ID); err == nil && hasCode(x.Doc, "category", "looks-after", "carers-own") && !f.Over {
				p.Known = append(p.Known, f)
			}
		}
		if write != nil && len(p.Known) == 0 {
			return write(v)
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	p.Young = a.young()
	p.Page = s.page(r, a, a.say("carers.ask.title"))
	p.Page.Back = &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	return p, nil
}

// writeCares is POST /people/{person}/caring: they said so, and it is written down.
func (s *Site) writeCares(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.caresForm()
	bad := f.Read(r)
	if bad == nil {
		var c fault.Check
		c.That(len(f.Values("said")) > 0, "said", "Tick this if they told you that they look after someone")
		c.That(len(f.Values("agreed")) > 0, "agreed", "Ask them first, and tick this when they say yes")
		bad = c.Err()
	}
	made := id.New(int64(a.whom))
	var write func(record.View) error
	if bad == nil {
		write = func(v record.View) error {
			y, m, d := text.Day(v.Now())
			b := fhir.New("Flag").Set("status", "active").
				Add("category", fhir.Obj{"coding", fhir.List{fhir.Obj{"system", caringSystem, "code", "looks-after"}}, "text", a.say("carers.flag.kind")}).
				Set("code", fhir.Obj{"text", a.say("carers.flag")}).
				Set("subject", fhir.Obj{"reference", "Patient/" + s.Door.Text(a.whom)}).
				Set("period", fhir.Obj{"start", person.Date{Year: y, Month: m, Day: d}.String()}).
				Set("author", fhir.Obj{"display", a.who.Name})
			v.Doing("caring")
			return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "Flag"}, Doc: b.Doc()})
		}
	}
	p, err := s.cares(r, a, write)
	switch {
	case err != nil:
		return err
	case f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, caresView(p, f, a))
	case bad != nil:
		return bad
	}
	return on(w, r, a.at("/caring"))
}
