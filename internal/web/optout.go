package web

import (
	"context"
	"net/http"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/ui"
)

type choicesPage struct {
	ui.Page
	Choices []optOut
}

// An optOut is one of the three choices, as the page tells of it.
type optOut struct {
	sharing.OptOut
	Title, State string
	Change       string
	Does, Not    []string // what opting out does, and what it does not do
	Tag          ui.Tag
}

// optOutOf puts a choice into words.
func (a *ask) optOutOf(x sharing.OptOut, who func(consent.Party) string) optOut {
	id := "optout." + x.Code
	out := optOut{
		OptOut: x, Title: a.say(id + ".title"), Change: a.to("/me/choices/" + x.Code),
		Does: []string{a.say(id + ".does.1"), a.say(id + ".does.2")},
		Not:  []string{a.say(id + ".not.1"), a.say(id + ".not.2"), a.say(id + ".not.3")},
		Tag:  ui.Tag{Text: a.say("optout.in"), Colour: ui.Good}, State: a.say(id + ".is-in"),
	}
	if x.Out {
		out.Tag = ui.Tag{Text: a.say("optout.out"), Colour: ui.Notice}
		by := a.say("web.rule.by-you", "Date", a.Date(x.Since))
		if x.By != a.who.Account {
			by = a.say("web.rule.by", "Who", alone(who(consent.Party{Level: consent.Individual, ID: x.By})), "Date", a.Date(x.Since))
		}
		out.State = a.say(id+".is-out") + " " + by
	}
	return out
}

// optOuts are the three choices as they stand.
func (s *Site) optOuts(r *http.Request, a *ask) (all []optOut, err error) {
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		all = nil
		who, err := s.parties(ctx, a, v)
		if err != nil {
			return err
		}
		for _, x := range sharing.OptOuts(v) {
			all = append(all, a.optOutOf(x, who))
		}
		return nil
	})
	return all, err
}

// choices is GET /me/sharing/choices: the three choices to opt out, each by itself.
func (s *Site) choices(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.optOuts(r, a)
	if err != nil {
		return err
	}
	p := choicesPage{Page: s.page(r, a, a.say("optout.title")), Choices: all}
	p.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to("/me/sharing")}
	return show(w, r, http.StatusOK, choicesView(p, a))
}

type choicePage struct {
	ui.Page
	Choice optOut
	Then   []string
	Button string
}

// askChoice is GET /me/choices/{choice}: what changes, before it does.
func (s *Site) askChoice(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.optOuts(r, a)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Code != r.PathValue("choice") {
			continue
		}
		p := choicePage{Page: s.page(r, a, a.say("optout."+x.Code+".ask")), Choice: x, Button: a.say("optout.button")}
		if x.Out {
			p.Title, p.Button = a.say("optout."+x.Code+".ask-in"), a.say("optout.button-in")
			p.Then = []string{a.say("optout." + x.Code + ".then-in"), a.say("optout.then")}
		} else {
			p.Then = append(append(p.Then, x.Does...), a.say("optout.then"))
		}
		p.Back = &ui.Link{Text: a.say("optout.title"), Href: a.to("/me/sharing/choices")}
		return show(w, r, http.StatusOK, choiceView(p, a))
	}
	return fault.NotFound
}

// choose is POST /me/choices/{choice}: out, or in again, as the button said;
// what it is already it stays.
func (s *Site) choose(w http.ResponseWriter, r *http.Request, a *ask) error {
	code, id, want := r.PathValue("choice"), newID(), r.PostFormValue("want")
	if want != "out" && want != "in" {
		return fault.New(fault.Invalid, "Choose whether you want to opt out or not.")
	}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		if want == "in" {
			return sharing.In(v, code)
		}
		return sharing.Out(v, code, id, func(p consent.Party) bool { return s.works(ctx, p) })
	})
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/sharing/choices"))
}

// works reports whether an individual works for an organisation. In doubt they do:
// what is refused to staff is then refused to them.
func (s *Site) works(ctx context.Context, p consent.Party) bool {
	x, err := s.Accounts.Get(ctx, p.ID)
	return err != nil || x.Organisation != ""
}
