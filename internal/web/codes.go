package web

import (
	"net/http"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// codes.go is codes on paper, for whoever has no passkey at hand.

type codesPage struct {
	ui.Page
	Codes []string
}

// makeSheet is POST /account/sheet: new codes, shown this once.
func (s *Site) makeSheet(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	codes, err := s.Ways.Sheet(r.Context(), a.who.Account)
	if err != nil {
		return err
	}
	page := codesView(codesPage{s.page(r, a, a.say("account.sheet.title")), codes}, a)
	if err := s.renew(w, r, false); err != nil {
		return err
	}
	return show(w, r, http.StatusOK, page)
}

// useCode is POST /sign-in/code.
func (s *Site) useCode(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Ways == nil {
		return fault.NotFound
	}
	who, err := s.Ways.ProveCode(r.Context(), r.PostFormValue("code"))
	if kind, _ := fault.Of(err); kind == fault.Refused {
		return s.showSignIn(w, r, a, http.StatusForbidden, fault.Say(err))
	}
	if err != nil {
		return err
	}
	token, err := s.Accounts.Begin(r.Context(), who, account.How{Device: deviceOf(r), Paper: true})
	if err != nil {
		return err
	}
	return s.began(w, r, a, token)
}
