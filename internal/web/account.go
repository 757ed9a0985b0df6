package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/signin"
	"onestory/internal/web/assets"
	"onestory/internal/web/ui"
)

// account.go is how one signs in: with a passkey, and what one has to sign in with and
// where one is signed in.

type signInPage struct {
	ui.Page
	Wrong  string
	Origin string // where passkeys work; "" where there are none
	Mails  bool   // codes go out by e-mail
	Demo   bool
	With   []providerRow
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request, a *ask, status int, wrong string) error {
	p := signInPage{Page: s.page(r, a, a.say("web.sign-in.title")), Wrong: wrong, Demo: s.Demo, Mails: s.mails()}
	if s.Ways != nil {
		p.Origin, p.Passkey = s.Ways.Origin(), assets.Passkey()
		p.With = s.signInWith(a)
		s.leaving(w)
	}
	return show(w, r, status, signInView(p, a))
}

// A put is what a browser is asked, with the ticket that goes with the answer.
type put struct {
	Ticket  string          `json:"ticket"`
	Options json.RawMessage `json:"options"`
}

func sendPut(w http.ResponseWriter, options []byte, ticket string) error {
	b, err := json.Marshal(put{ticket, options})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // an error here is a browser that has gone
	return nil
}

// askPasskey is POST /sign-in/passkey/ask, by our script.
func (s *Site) askPasskey(w http.ResponseWriter, r *http.Request, _ *ask) error {
	if s.Ways == nil {
		return fault.NotFound
	}
	options, ticket, err := s.Ways.Ask(r.Context())
	if err != nil {
		return err
	}
	return sendPut(w, options, ticket)
}

// usePasskey is POST /sign-in/passkey: what the browser answered. Without our script,
// or when the person stopped, it is empty.
func (s *Site) usePasskey(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Ways == nil {
		return fault.NotFound
	}
	if r.PostFormValue("answer") == "" {
		return s.showSignIn(w, r, a, http.StatusUnprocessableEntity, a.say("account.passkey.not", "Origin", s.Ways.Origin()))
	}
	who, err := s.Ways.Prove(r.Context(), r.PostFormValue("ticket"), []byte(r.PostFormValue("answer")))
	if kind, _ := fault.Of(err); kind == fault.Refused {
		return s.showSignIn(w, r, a, http.StatusForbidden, fault.Say(err))
	}
	if err != nil {
		return err
	}
	token, err := s.Accounts.Begin(r.Context(), who, account.How{Device: deviceOf(r), Strong: true})
	if err != nil {
		return err
	}
	return s.began(w, r, a, token)
}

type accountPage struct {
	ui.Page
	Weak     bool // a role is waiting for a second factor
	Fresh    bool
	Origin   string
	Wrong    string
	Passkeys []passkeyRow
	Sessions []sessionRow
	Paper    bool // may have codes on paper
	Left     int  // of those

	Reachable  bool // may be written to
	Contacts   []contactRow
	Recovering string // when somebody who is getting back in will be in; "": nobody is
	With       []providerRow
}

type passkeyRow struct {
	signin.Passkey
	Made, Used, Remove string
}

type sessionRow struct {
	account.Session
	Started, Used, End string
}

// account is GET /account: what one has to sign in with, and where one is signed in.
func (s *Site) account(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showAccount(w, r, a, http.StatusOK, "")
}

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request, a *ask, status int, wrong string) error {
	p := accountPage{Page: s.page(r, a, a.say("account.title")), Weak: a.who.Role == "" && len(a.posts) == 0, Wrong: wrong}
	var err error
	if p.Fresh, err = s.Accounts.Fresh(r.Context(), s.token(r), freshFor); err != nil {
		return err
	}
	if s.Ways != nil {
		keys, err := s.Ways.Passkeys(r.Context(), a.who.Account)
		if err != nil {
			return err
		}
		for _, k := range keys {
			x := passkeyRow{Passkey: k, Made: a.Date(k.Made), Remove: a.to("/account/passkeys/" + k.ID + "/remove")}
			if k.Used != 0 {
				x.Used = a.DateTime(k.Used)
			}
			p.Passkeys = append(p.Passkeys, x)
		}
		p.Origin, p.Page.Passkey = s.Ways.Origin(), assets.Passkey()
		if p.With, err = s.linked(r, a); err != nil {
			return err
		}
		s.leaving(w)
		if p.Paper = a.who.Role != "" && !account.Strong(a.who.Role); p.Paper {
			if p.Left, err = s.Ways.Left(r.Context(), a.who.Account); err != nil {
				return err
			}
		}
	}
	if err := s.reachable(r, a, &p); err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), s.token(r))
	if err != nil {
		return err
	}
	for _, x := range sessions {
		p.Sessions = append(p.Sessions, sessionRow{x, a.DateTime(x.Started), a.DateTime(x.Used), a.to("/account/sessions/" + x.ID + "/end")})
	}
	return show(w, r, status, accountView(p, a))
}

// fresh is for what changes how one signs in: a session that was left open must not
// become a way in for somebody else.
func (s *Site) fresh(r *http.Request) error {
	if s.Ways == nil {
		return fault.NotFound
	}
	return s.proven(r)
}

// offerPasskey is POST /account/passkeys/offer, by our script.
func (s *Site) offerPasskey(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	options, ticket, err := s.Ways.Offer(r.Context(), a.who.Account)
	if err != nil {
		return err
	}
	return sendPut(w, options, ticket)
}

// keepPasskey is POST /account/passkeys: a passkey that the browser made.
func (s *Site) keepPasskey(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	if r.PostFormValue("answer") == "" {
		return s.showAccount(w, r, a, http.StatusUnprocessableEntity, a.say("account.passkey.not", "Origin", s.Ways.Origin()))
	}
	name := tidy(r.PostFormValue("name"))
	if name == "" {
		name = deviceOf(r)
	}
	err := s.Ways.Keep(r.Context(), a.who.Account, r.PostFormValue("ticket"), []byte(r.PostFormValue("answer")), name)
	if kind, _ := fault.Of(err); kind == fault.Refused || kind == fault.Invalid {
		return s.showAccount(w, r, a, http.StatusUnprocessableEntity, sentence(err))
	}
	if err != nil {
		return err
	}
	if err := s.renew(w, r, false); err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}

type removePage struct {
	ui.Page
	Name string
}

// askRemovePasskey is GET /account/passkeys/{id}/remove: what follows.
func (s *Site) askRemovePasskey(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Ways == nil {
		return fault.NotFound
	}
	keys, err := s.Ways.Passkeys(r.Context(), a.who.Account)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == r.PathValue("id") {
			p := removePage{Page: s.page(r, a, a.say("account.passkey.remove-title")), Name: k.Name}
			p.Back = &ui.Link{Text: a.say("account.title"), Href: a.to("/account")}
			return show(w, r, http.StatusOK, removePasskeyView(p, a))
		}
	}
	return fault.NotFound
}

// removePasskey is POST /account/passkeys/{id}/remove.
func (s *Site) removePasskey(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	return s.removed(w, r, a, s.Ways.Remove(r.Context(), a.who.Account, r.PathValue("id"), sure(r)))
}

// endOther is POST /account/sessions/{id}/end.
func (s *Site) endOther(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Accounts.EndOther(r.Context(), s.token(r), r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}

// endOthers is POST /account/sessions/end: all but this one.
func (s *Site) endOthers(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Accounts.EndOther(r.Context(), s.token(r), ""); err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}

// deviceOf says in two words what somebody uses, as its browser calls itself: enough
// to know one's own again, and nothing that tells two of a kind apart.
func deviceOf(r *http.Request) string {
	ua := r.UserAgent()
	first := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(ua, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := first("Edg", "Edge", "Firefox", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "SamsungBrowser", "Samsung Internet", "Chrome", "Chrome", "Safari", "Safari")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS", "Mac", "CrOS", "Chromebook", "Linux", "Linux")
	return strings.Trim(browser+", "+system, ", ")
}
