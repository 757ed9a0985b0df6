package web

import (
	"errors"
	"net/http"
	"time"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// recover.go gets somebody back in who lost their passkey: a link by e-mail, a day in
// which it can be stopped and nothing is shown, and then a session that may make a new
// passkey. Until then the browser holds no session at all.

const (
	backHolder = "back" // a cookie
	backKept   = 9 * 24 * time.Hour
)

// askBack is GET /recover.
func (s *Site) askBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showBack(w, r, a, http.StatusOK, a.addressForm("recover", "/recover"))
}

func (s *Site) showBack(w http.ResponseWriter, r *http.Request, a *ask, status int, f *form.Form) error {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("frame.sign-in"), Href: a.to("/sign-in")}
	return show(w, r, status, askedView(p, a, f, "recover.what", "recover.day", "recover.staff"))
}

// sendBack is POST /recover: an address that a link may go to.
func (s *Site) sendBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.addressForm("recover", "/recover")
	err := f.Read(r)
	if err == nil {
		err = s.askedFrom.take(s.from(r))
	}
	if err == nil {
		err = s.Ways.AskBack(r.Context(), f.Value("address"), a.Tag())
	}
	if err != nil {
		return took(f, err, func() error { return s.showBack(w, r, a, http.StatusUnprocessableEntity, f) })
	}
	return on(w, r, a.to("/recover/sent"))
}

// backSent is GET /recover/sent.
func (s *Site) backSent(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, plainView(s.page(r, a, a.say("recover.sent")), a, "recover.sent.what", "recover.sent.not"))
}

// backLink is GET /recover/link/{token}. It does not look at the token: programs that
// open every link in a message would use it up. The same with the link that stops it.
func (s *Site) backLink(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, pressView(s.page(r, a, a.say("recover.link")), a, "recover.link.button", "recover.day", "recover.tells"))
}

// useBack is POST /recover/link/{token}.
func (s *Site) useBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.answeredFrom.take(s.from(r)); err != nil {
		return err
	}
	holder, err := s.Ways.Recover(r.Context(), r.PathValue("token"))
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	s.hold(w, backHolder, holder, backKept)
	return on(w, r, a.to("/recover/wait"))
}

type backPage struct {
	ui.Page
	Name, When string
	Open       bool
}

// waitBack is GET /recover/wait: from when they are in, and how to stop it.
func (s *Site) waitBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	is, err := s.Ways.Recovery(r.Context(), s.holds(r, backHolder))
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	title := "recover.wait"
	if is.Open {
		title = "recover.open"
	}
	return show(w, r, http.StatusOK, waitView(backPage{s.page(r, a, a.say(title)), is.Name, a.DateTime(is.Opens), is.Open}, a))
}

// finishBack is POST /recover/finish: they are in, and may make a passkey.
func (s *Site) finishBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	who, err := s.Ways.Recovered(r.Context(), s.holds(r, backHolder))
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	token, err := s.Accounts.Begin(r.Context(), who, account.How{Device: deviceOf(r)})
	if err != nil {
		return err
	}
	if old := s.token(r); old != "" {
		if err := s.Accounts.End(r.Context(), old); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	s.hold(w, backHolder, "", 0)
	s.keep(w, token)
	return on(w, r, a.to("/account"))
}

// cancelBack is POST /recover/cancel, by whoever began it.
func (s *Site) cancelBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.stopBack(w, r, a, s.holds(r, backHolder))
}

// askStopBack is GET /recover/stop/{token}, from a message.
func (s *Site) askStopBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, pressView(s.page(r, a, a.say("recover.stop")), a, "recover.stop.button", "recover.stop.what"))
}

// useStopBack is POST /recover/stop/{token}.
func (s *Site) useStopBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.stopBack(w, r, a, r.PathValue("token"))
}

func (s *Site) stopBack(w http.ResponseWriter, r *http.Request, a *ask, by string) error {
	err := s.Ways.StopRecovery(r.Context(), by)
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	s.hold(w, backHolder, "", 0)
	return on(w, r, a.to("/recover/stopped"))
}

// backStopped is GET /recover/stopped.
func (s *Site) backStopped(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, plainView(s.page(r, a, a.say("recover.stopped")), a, "recover.stopped.what"))
}

// stopOwnBack is POST /account/recovery/stop, by somebody who is signed in.
func (s *Site) stopOwnBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Ways.StopRecovering(r.Context(), a.who.Account); err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	return on(w, r, a.to("/account"))
}
