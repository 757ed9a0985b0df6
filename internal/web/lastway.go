package web

import (
	"errors"
	"net/http"

	"onestory/internal/fault"
	"onestory/internal/signin"
	"onestory/internal/web/ui"
)

// lastway.go asks before somebody takes away the last way in that they have, and ends
// what was begun with a way that is gone.

// sureField says in the address of a form that its sender knows what follows.
const sureField = "no-way-in"

func sure(r *http.Request) bool { return r.URL.Query().Get(sureField) == "yes" }

type lastPage struct {
	ui.Page
	Action string
	Again  [][2]string // what was sent, to be sent again
}

// askLast shows what would happen, in place of doing it.
func (s *Site) askLast(w http.ResponseWriter, r *http.Request, a *ask, sent ...[2]string) error {
	p := lastPage{Page: s.page(r, a, a.say("account.last.title")), Action: a.to(r.URL.EscapedPath() + "?" + sureField + "=yes"), Again: sent}
	p.Back = &ui.Link{Text: a.say("account.title"), Href: a.to("/account")}
	return show(w, r, http.StatusOK, lastView(p, a))
}

// removed goes on after a way in was taken away: all other sessions are over, since some
// may have been begun with it, and this one has another token.
func (s *Site) removed(w http.ResponseWriter, r *http.Request, a *ask, err error) error {
	if errors.Is(err, signin.ErrLast) {
		return s.askLast(w, r, a)
	}
	if kind, _ := fault.Of(err); kind == fault.Refused {
		return s.showAccount(w, r, a, http.StatusForbidden, fault.Say(err))
	}
	if err != nil {
		return err
	}
	if err := s.renew(w, r, true); err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}

// renew gives the browser another token for its session, once how its owner signs in was
// changed: whoever has seen the old one has nothing.
func (s *Site) renew(w http.ResponseWriter, r *http.Request, alone bool) error {
	token, err := s.Accounts.Renew(r.Context(), s.token(r), alone)
	if err != nil {
		return err
	}
	s.keep(w, token)
	return nil
}
