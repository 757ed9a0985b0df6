package web

import (
	"context"
	"errors"
	"net/http"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// contacts.go is where one may be written to, as its owner sees and changes it.

type contactRow struct {
	signin.Contact
	Change, Remove string
}

// reachable adds to the page of ways to sign in where the reader may be written to, and
// whether somebody is getting back in. Whoever works here is reached through their
// organisation.
func (s *Site) reachable(r *http.Request, a *ask, p *accountPage) error {
	if !s.mails() || a.who.Role == "" || account.Strong(a.who.Role) {
		return nil
	}
	p.Reachable = true
	opens, err := s.Ways.Recovering(r.Context(), a.who.Account)
	switch {
	case err == nil:
		p.Recovering = a.DateTime(opens)
	case !errors.Is(err, fault.NotFound):
		return err
	}
	all, err := s.Ways.Contacts(r.Context(), a.who.Account)
	for _, c := range all {
		at := "/account/contacts/" + c.ID
		p.Contacts = append(p.Contacts, contactRow{c, a.to(at), a.to(at + "/remove")})
	}
	return err
}

// tellLent tells a person that there is something new, once somebody took up what they
// lent, and leaves word for the days on which it grows less. Nothing tells them when it
// is over: who stops it quietly wants no word of it.
func (s *Site) tellLent(r *http.Request, a *ask, x record.Place) {
	if s.Ways == nil {
		return
	}
	ctx := context.WithoutCancel(r.Context())
	if err := errors.Join(s.Ways.Lent(ctx, x.Person), s.Ways.Grows(ctx, a.who.Account, x.Person, x.Less)); err != nil {
		s.Log.Error("web: somebody was not told that a code was used", "error", err)
	}
}

func (s *Site) contactFrame(r *http.Request, a *ask, title string) ui.Page {
	p := s.page(r, a, title)
	p.Back = &ui.Link{Text: a.say("account.title"), Href: a.to("/account")}
	return p
}

// askContact is GET /account/contacts/new.
func (s *Site) askContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.addressForm("contact", "/account/contacts/new")
	return show(w, r, http.StatusOK, askedView(s.contactFrame(r, a, f.Title), a, f, "contact.new"))
}

// sendContact is POST /account/contacts/new: a code goes to the address.
func (s *Site) sendContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	f := a.addressForm("contact", "/account/contacts/new")
	err := f.Read(r)
	var ticket string
	if err == nil {
		ticket, err = s.Ways.AskContact(r.Context(), a.who.Account, f.Value("address"), a.Tag())
	}
	if err != nil {
		return took(f, err, func() error {
			return show(w, r, http.StatusUnprocessableEntity, askedView(s.contactFrame(r, a, f.Title), a, f, "contact.new"))
		})
	}
	s.hold(w, codeTicket, ticket, codeWaits)
	return on(w, r, a.to("/account/contacts/check"))
}

// askContactCode is GET /account/contacts/check.
func (s *Site) askContactCode(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showContactCode(w, r, a, http.StatusOK, a.digitsForm("/account/contacts/check"))
}

func (s *Site) showContactCode(w http.ResponseWriter, r *http.Request, a *ask, status int, f *form.Form) error {
	again := ui.Link{Text: a.say("email.again"), Href: a.to("/account/contacts/new")}
	return show(w, r, status, digitsView(s.contactFrame(r, a, f.Title), a, f, "contact.sent", again))
}

// addContact is POST /account/contacts/check: the code shows that it is theirs.
func (s *Site) addContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	f := a.digitsForm("/account/contacts/check")
	err := f.Read(r)
	if err == nil {
		err = s.answeredFrom.take(s.from(r))
	}
	var id string
	if err == nil {
		id, err = s.Ways.AddContact(r.Context(), a.who.Account, s.holds(r, codeTicket), f.Value("code"), a.Tag())
	}
	if err != nil {
		return took(f, wrongCode(err), func() error { return s.showContactCode(w, r, a, http.StatusUnprocessableEntity, f) })
	}
	s.hold(w, codeTicket, "", 0)
	return on(w, r, a.to("/account/contacts/"+id))
}

// What an address may be used for, in its form.
const (
	safeYes   = "yes"
	safeAlone = "alone"
	safeNo    = "no"
)

func (a *ask) contactForm(c signin.Contact) *form.Form {
	option := func(field, value string) form.Option {
		return form.Option{Value: value, Label: a.say("contact." + field + "." + value), Hint: a.say("contact." + field + "." + value + ".hint")}
	}
	f := form.Of(a.say("contact.choose"),
		form.Field{Name: "safe", Label: a.say("contact.safe"), As: form.Radios, Options: []form.Option{option("safe", safeYes), option("safe", safeAlone), option("safe", safeNo)}},
		form.Field{Name: "also", Label: a.say("contact.also"), As: form.Checkboxes, Options: []form.Option{option("also", "discreet"), option("also", "enters")}})
	f.Action, f.Button = a.to("/account/contacts/"+c.ID), a.say("contact.save")
	switch {
	case !c.Safe:
		f.Set("safe", safeNo)
	case c.Alone:
		f.Set("safe", safeAlone)
	default:
		f.Set("safe", safeYes)
	}
	also := f.Field("also")
	if c.Discreet {
		also.Values = append(also.Values, "discreet")
	}
	if c.Enters {
		also.Values = append(also.Values, "enters")
	}
	return f
}

// contact is GET /account/contacts/{id}: what it may be used for.
func (s *Site) contact(w http.ResponseWriter, r *http.Request, a *ask) error {
	c, err := s.Ways.Contact(r.Context(), a.who.Account, r.PathValue("id"))
	if err != nil {
		return err
	}
	f := a.contactForm(c)
	return show(w, r, http.StatusOK, contactView(s.contactFrame(r, a, f.Title), a, f, c.Address))
}

// setContact is POST /account/contacts/{id}.
func (s *Site) setContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	c, err := s.Ways.Contact(r.Context(), a.who.Account, r.PathValue("id"))
	if err != nil {
		return err
	}
	f := a.contactForm(c)
	if err = f.Read(r); err == nil {
		is := f.Value("safe")
		c.Safe, c.Alone, c.Discreet, c.Enters = is == safeYes || is == safeAlone, is == safeAlone, false, false
		for _, v := range f.Values("also") {
			c.Discreet, c.Enters = c.Discreet || v == "discreet", c.Enters || v == "enters"
		}
		err = s.Ways.SetContact(r.Context(), a.who.Account, c, sure(r))
	}
	if errors.Is(err, signin.ErrLast) {
		sent := [][2]string{{"safe", f.Value("safe")}}
		for _, v := range f.Values("also") {
			sent = append(sent, [2]string{"also", v})
		}
		return s.askLast(w, r, a, sent...)
	}
	if err != nil {
		return took(f, err, func() error {
			return show(w, r, http.StatusUnprocessableEntity, contactView(s.contactFrame(r, a, f.Title), a, f, c.Address))
		})
	}
	return on(w, r, a.to("/account"))
}

// askRemoveContact is GET /account/contacts/{id}/remove.
func (s *Site) askRemoveContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	c, err := s.Ways.Contact(r.Context(), a.who.Account, r.PathValue("id"))
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, removeContactView(s.contactFrame(r, a, a.say("contact.remove-title")), a, c))
}

// removeContact is POST /account/contacts/{id}/remove.
func (s *Site) removeContact(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	err := s.Ways.RemoveContact(r.Context(), a.who.Account, r.PathValue("id"), sure(r))
	if errors.Is(err, signin.ErrLast) {
		return s.askLast(w, r, a)
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}
