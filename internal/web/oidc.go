package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/openid"
	"onestory/internal/person"
	"onestory/internal/signin"
)

// oidc.go is signing in with another service, such as NHS login or CIS2.

// A providerRow is one such service on a page.
type providerRow struct {
	Label, Action, Value string
	Made, Remove         string // of one that is linked
}

// leaving lets a page's forms lead to providers: browsers hold a form's redirects to
// where forms may go.
func (s *Site) leaving(w http.ResponseWriter) {
	var to strings.Builder
	for _, p := range s.Ways.Providers() {
		for _, origin := range p.Origins() {
			to.WriteString(" " + origin)
		}
	}
	w.Header().Set("Content-Security-Policy", strings.Replace(pagePolicy, "form-action 'self'", "form-action 'self'"+to.String(), 1))
}

func (s *Site) signInWith(a *ask) (all []providerRow) {
	for _, p := range s.Ways.Providers() {
		all = append(all, providerRow{Label: a.say("oidc.with", "Provider", alone(p.Label())), Action: a.to("/sign-in/with/" + p.Name())})
	}
	return all
}

// attempt is the name of the cookie that binds a sign-in elsewhere to one browser.
func (s *Site) attempt() string { return s.cookie() + "-attempt" }

func (s *Site) keepAttempt(w http.ResponseWriter, ticket string) {
	c := &http.Cookie{Name: s.attempt(), Value: ticket, Path: "/", HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode, MaxAge: 600}
	if ticket == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func (s *Site) provider(r *http.Request) (signin.Provider, error) {
	if s.Ways == nil {
		return signin.Provider{}, fault.NotFound
	}
	return s.Ways.Provider(r.PathValue("provider"))
}

// leave is POST /sign-in/with/{provider}: off to the provider.
func (s *Site) leaveFor(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.leaves(w, r, "", func(say string) error { return s.showSignIn(w, r, a, http.StatusServiceUnavailable, say) })
}

// addProvider is POST /account/with/{provider}: off to it, to link it to this account.
func (s *Site) addProvider(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	return s.leaves(w, r, a.who.Account, func(say string) error { return s.showAccount(w, r, a, http.StatusServiceUnavailable, say) })
}

func (s *Site) leaves(w http.ResponseWriter, r *http.Request, whose string, sorry func(say string) error) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	to, ticket, err := s.Ways.Leave(r.Context(), p, whose)
	if kind, _ := fault.Of(err); kind == fault.Busy || kind == fault.Refused {
		s.Log.Warn("web: a provider could not be asked", "provider", p.Name(), "why", whyNot(err))
		return sorry(fault.Say(err))
	}
	if err != nil {
		return err
	}
	s.keepAttempt(w, ticket)
	return on(w, r, to)
}

// whyNot is why the client refused, for the log: it holds nothing about a person.
func whyNot(err error) string {
	if c, is := errors.AsType[openid.Code](err); is {
		return string(c)
	}
	return "another reason"
}

// back is GET /sign-in/with/{provider}/back: what the provider says.
func (s *Site) back(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	ticket := ""
	if c, err := r.Cookie(s.attempt()); err == nil {
		ticket = c.Value
	}
	came := r.URL.Query()
	came.Del("lang")
	s.keepAttempt(w, "")
	who, linking, err := s.Ways.Return(r.Context(), p, ticket, came)
	if err == nil && linking != "" {
		var to string
		if to, err = s.link(w, r, a, p, who, linking); err == nil {
			return on(w, r, a.to(to))
		}
	}
	var began account.How
	var name string
	if err == nil {
		name, began, err = s.whoIs(r, p, who)
	}
	switch kind, _ := fault.Of(err); {
	case kind == fault.Refused, kind == fault.Busy:
		s.Log.Warn("web: a sign-in elsewhere was refused", "provider", p.Name(), "why", whyNot(err))
		status := http.StatusForbidden
		if kind == fault.Busy {
			status = http.StatusServiceUnavailable
		}
		if linking != "" && a.in && a.who.Account == linking {
			return s.showAccount(w, r, a, status, fault.Say(err))
		}
		return s.showSignIn(w, r, a, status, fault.Say(err))
	case err != nil:
		return err
	}
	began.Device, began.Strong, began.Ago = deviceOf(r), true, who.Age
	token, err := s.Accounts.Begin(r.Context(), name, began)
	if err != nil {
		return err
	}
	return s.began(w, r, a, token)
}

var (
	errOther  = fault.New(fault.Refused, "That sign-in is not for the record that this account has here. Ask your practice to check your NHS number.")
	errNobody = fault.New(fault.Refused, "We have no record with your NHS number and date of birth. Ask your practice whether it is part of Onestory.")
	errNoRole = fault.New(fault.Refused, "You are known there, but have no role there that counts here now. Ask whoever looks after accounts in your organisation.")
	errOld    = fault.New(fault.Refused, "That service remembers you from earlier. Sign out there, then start again, so that we know that it is you.")
	errNew    = fault.New(fault.Refused, "That sign-in is not linked to an account here yet. Ask whoever looks after accounts in your organisation for a link. Sign in with it, then add this under How you sign in.")
)

// whoIs is the account of whom a provider vouches for, and for which of its posts.
func (s *Site) whoIs(r *http.Request, p signin.Provider, who openid.Identity) (name string, how account.How, err error) {
	ctx := r.Context()
	name, err = s.Ways.Known(ctx, who.Provider, who.Subject)
	unknown := errors.Is(err, fault.NotFound)
	switch {
	case err != nil && !unknown:
		return "", how, err
	case p.Staff() && unknown:
		return "", how, errNew
	case p.Staff():
		how.Only, err = s.vouched(r, p, who, name)
		return name, how, err
	case unknown:
		name, err = s.newcomer(r, who)
		return name, how, err
	}
	return name, how, s.proves(r, who, name)
}

// proves refuses an account whose record is not that of whom NHS login vouches for.
func (s *Site) proves(r *http.Request, who openid.Identity, name string) error {
	x, err := s.Accounts.Get(r.Context(), name)
	if err != nil {
		return err
	}
	if x.Role == "carer" && x.Person == 0 {
		return nil // they have no record here: who they are there is all there is to prove
	}
	if account.Strong(x.Role) || x.Person == 0 {
		return errOther
	}
	yes, err := s.Door.Proves(r.Context(), x.Person, who.NHSNumber, who.Born)
	if err == nil && !yes || errors.Is(err, fault.NotFound) {
		err = errOther
	}
	return err
}

// newcomer makes the account of somebody who comes for the first time and whose record is
// here.
func (s *Site) newcomer(r *http.Request, who openid.Identity) (name string, err error) {
	var own person.ID
	if own, err = s.Door.Proven(r.Context(), who.NHSNumber, who.Born); errors.Is(err, fault.NotFound) {
		return "", errNobody
	}
	if err != nil {
		return "", err
	}
	called := tidy(who.Name)
	if called == "" {
		called = "NHS login"
	}
	return s.Ways.Newcomer(r.Context(), called, own, who.Provider, who.Subject)
}

// vouched are the posts of an account for which a provider vouches today.
func (s *Site) vouched(r *http.Request, p signin.Provider, who openid.Identity, name string) (only []int64, err error) {
	posts, err := s.Accounts.Posts(r.Context(), name)
	if err != nil {
		return nil, err
	}
	work := p.Vouched(who)
	for _, x := range posts {
		if account.Strong(x.Role) && slices.Contains(work, signin.Work{Role: x.Role, Organisation: x.Organisation}) {
			only = append(only, x.N)
		}
	}
	if only == nil {
		return nil, errNoRole
	}
	return only, nil
}

// link makes an identity that was just proven the signed-in account's: that one too was
// proven within the last ten minutes. One that is theirs already proves that they are
// there. It answers where to go on.
func (s *Site) link(w http.ResponseWriter, r *http.Request, a *ask, p signin.Provider, who openid.Identity, linking string) (to string, err error) {
	if !a.in || a.who.Account != linking {
		return "", fault.New(fault.Refused, "You were signed out while you were away. Sign in, and add it again.")
	}
	if who.Age >= freshFor {
		return "", errOld
	}
	if p.Staff() {
		_, err = s.vouched(r, p, who, linking)
	} else {
		err = s.proves(r, who, linking)
	}
	if err != nil {
		return "", err
	}
	known, err := s.Ways.Known(r.Context(), who.Provider, who.Subject)
	if err == nil && known == linking {
		token, err := s.Accounts.Proved(r.Context(), s.token(r))
		if err == nil {
			s.keep(w, token)
		}
		return homeOf(a.who), err
	}
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", err
	}
	if err := s.fresh(r); err != nil {
		return "", err
	}
	return "/account", s.Ways.Bind(r.Context(), linking, who.Provider, who.Subject)
}

// removeProvider is POST /account/with/{provider}/remove.
func (s *Site) removeProvider(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	return s.removed(w, r, a, s.Ways.Unbind(r.Context(), a.who.Account, r.PathValue("provider"), sure(r)))
}

// linked is what the account page says of providers.
func (s *Site) linked(r *http.Request, a *ask) (all []providerRow, err error) {
	have, err := s.Ways.Identities(r.Context(), a.who.Account)
	if err != nil {
		return nil, err
	}
	x, err := s.Accounts.Get(r.Context(), a.who.Account)
	if err != nil {
		return nil, err
	}
	for _, p := range s.Ways.Providers() {
		if p.Staff() != account.Strong(x.Role) {
			continue
		}
		row := providerRow{Label: p.Label(), Action: a.to("/account/with/" + p.Name())}
		for _, x := range have {
			if x.Provider == p.Name() {
				row.Made, row.Remove = a.Date(x.Made), a.to("/account/with/"+p.Name()+"/remove")
			}
		}
		all = append(all, row)
	}
	return all, nil
}
