package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/openid"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/text"
	"onestory/internal/web/ui"
)

// oidc.go is signing in with another service, such as NHS login or CIS2, and adding one
// to how one signs in.

// An offer is a service to sign in with, or to add.
type offer struct{ Label, Action string }

// services are those to sign in with.
func (s *Site) services(a *ask) (all []offer) {
	if s.Providers == nil {
		return nil
	}
	for _, x := range s.Providers.Offers() {
		all = append(all, offer{x.Label, a.to("/sign-in/with/" + x.Name)})
	}
	return all
}

// beginWith is POST /sign-in/with/{provider}.
func (s *Site) beginWith(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.depart(w, r, a, "")
}

// beginAdd is POST /account/with/{provider}: to add the service to one's account.
func (s *Site) beginAdd(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.mayAdd(r, a); err != nil {
		return err
	}
	return s.depart(w, r, a, a.who.Account)
}

// mayAdd refuses who signed in too long ago, or for their work with one factor.
func (s *Site) mayAdd(r *http.Request, a *ask) error {
	if err := s.fresh(r); err != nil {
		return err
	}
	if a.who.Role == "" {
		return fault.New(fault.Refused, "Say first for which work you are here. If you signed in with a link, make a passkey first and sign in with it.")
	}
	return nil
}

type leavingPage struct {
	ui.Page
	Label, To string
}

// depart sends the browser to a provider, by a page and not by a redirect: what follows
// from a form is held to our own pages by the policy that browsers are given, and no
// provider says to which of its hosts it will send people on.
func (s *Site) depart(w http.ResponseWriter, r *http.Request, a *ask, account string) error {
	if s.Providers == nil {
		return fault.NotFound
	}
	name := r.PathValue("provider")
	ticket, to, err := s.Providers.Begin(r.Context(), name, account)
	if kind, _ := fault.Of(err); kind == fault.Busy || kind == fault.Refused {
		return s.notWith(w, r, a, account, err)
	}
	if err != nil {
		return err
	}
	s.bind(w, ticket+"."+a.lang)
	p := leavingPage{s.page(r, a, a.say("oidc.leaving", "Name", s.labelOf(name))), s.labelOf(name), to}
	w.Header().Set("Refresh", "0; url="+to)
	return show(w, r, http.StatusOK, leavingView(p, a))
}

func (s *Site) labelOf(name string) string {
	for _, x := range s.Providers.Offers() {
		if x.Name == name {
			return x.Label
		}
	}
	return ""
}

func (s *Site) withCookie() string { return s.cookie() + "-with" }

// bind ties an attempt to this browser, or unties it with "".
func (s *Site) bind(w http.ResponseWriter, ticket string) {
	c := &http.Cookie{
		Name: s.withCookie(), Value: ticket, Path: "/", HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode, MaxAge: 600,
	}
	if ticket == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// finishWith is GET /sign-in/with/{provider}/back. It is a GET that does something, as
// the protocol has it; what it needs is in a cookie that only our own form gives.
func (s *Site) finishWith(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Providers == nil {
		return fault.NotFound
	}
	ticket := ""
	if c, err := r.Cookie(s.withCookie()); err == nil {
		var lang string
		ticket, lang, _ = strings.Cut(c.Value, ".")
		if l := text.For("", lang); lang != "" && a.lang == "" && l.Tag() == lang {
			a.Lang, a.lang = l, lang
		}
	}
	s.bind(w, "")
	adding, who, err := s.Providers.Finish(r.Context(), r.PathValue("provider"), ticket, r.URL.Query())
	if err == nil && adding != "" {
		err = s.add(r, a, adding, who)
		if err == nil {
			return on(w, r, a.to("/account"))
		}
	}
	var token string
	if err == nil {
		token, err = s.came(r, who)
	}
	if kind, _ := fault.Of(err); kind == fault.Busy || kind == fault.Refused {
		return s.notWith(w, r, a, adding, err)
	}
	if err != nil {
		return err
	}
	return s.began(w, r, a, token)
}

// notWith says why nothing came of it, where the other ways to sign in are.
func (s *Site) notWith(w http.ResponseWriter, r *http.Request, a *ask, adding string, err error) error {
	code := openid.Code("refused here")
	_ = errors.As(err, &code)
	s.Log.Info("web: a sign-in with another service came to nothing", "provider", r.PathValue("provider"), "why", string(code))
	status := http.StatusForbidden
	if kind, _ := fault.Of(err); kind == fault.Busy {
		status = http.StatusServiceUnavailable
	}
	if adding != "" && a.in && a.who.Account == adding {
		return s.showAccount(w, r, a, status, fault.Say(err))
	}
	return s.showSignIn(w, r, a, status, fault.Say(err))
}

// came begins a session for whoever proved at a provider to be the owner of an account.
func (s *Site) came(r *http.Request, who openid.Identity) (token string, err error) {
	id, err := s.Providers.Whose(r.Context(), who)
	if errors.Is(err, fault.NotFound) {
		return "", fault.New(fault.Refused, "Nobody here has added this sign-in yet. Sign in the way you did before, then add it under “How you sign in”. If you never signed in here, ask the people who gave you this address.")
	}
	if err != nil {
		return "", err
	}
	posts, err := s.admit(r.Context(), id, who)
	if err != nil {
		return "", err
	}
	if err := s.Providers.Used(r.Context(), who); err != nil {
		return "", err
	}
	return s.Accounts.Begin(r.Context(), id, account.How{Device: deviceOf(r), Strong: true, Posts: posts})
}

// add adds an identity that was proved now to the account that is signed in now.
func (s *Site) add(r *http.Request, a *ask, adding string, who openid.Identity) error {
	if !a.in || a.who.Account != adding {
		return fault.New(fault.Refused, "You are not signed in here any more as who you were. Sign in the way you did before, and start again.")
	}
	if err := s.mayAdd(r, a); err != nil {
		return err
	}
	if _, err := s.admit(r.Context(), adding, who); err != nil {
		return err
	}
	return s.Providers.Tie(r.Context(), adding, who.Provider, who.Subject)
}

// admit decides whether who was proved at a provider may come in as an account: for
// their work, in posts that the provider vouches for; otherwise to the record that their
// NHS number says is theirs.
func (s *Site) admit(ctx context.Context, id string, who openid.Identity) (posts []int64, err error) {
	x, err := s.Accounts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	work := account.Strong(x.Role)
	switch {
	case x.Suspended:
		return nil, fault.New(fault.Refused, "This account is suspended. Ask whoever looks after accounts in your organisation.")
	case work != (who.NHSNumber == ""):
		return nil, fault.New(fault.Refused, "That sign-in is not for this kind of account. Sign in for your work with your work sign-in, and to your own record with your own.")
	case work:
		return s.Providers.Vouched(ctx, who, id)
	case x.Person == 0: // a carer without a record of their own
		return nil, nil
	}
	return nil, s.proves(ctx, x, who)
}

// errOther is said when the number proved is not that of the record.
var errOther = fault.New(fault.Refused, "The NHS number and date of birth that you proved there are not those of the record that belongs to this account. Nothing was opened. Ask the people who gave you this address.")

// proves opens the record that belongs to an account, as its owner, and compares. Either
// way it is a line in the journal.
func (s *Site) proves(ctx context.Context, x account.Account, who openid.Identity) error {
	claim := person.Facts{NHSVerified: true}
	var err error
	if claim.NHS, err = person.ParseNHS(who.NHSNumber); err != nil {
		return errOther
	}
	if claim.Born, err = person.ParseDate(who.Born); err != nil {
		return errOther
	}
	own, err := s.Accounts.As(ctx, x.ID)
	if err != nil {
		return err
	}
	err = s.Door.With(ctx, own, consent.Own, x.Person, func(v record.View) error {
		v.Doing("sign-in")
		same := false
		err := v.All("Patient", func(e record.Entry) error {
			same = same || person.Match(record.FactsOf(e.Doc), claim).Finding == person.Same
			return nil
		})
		if err == nil && !same {
			err = errOther
		}
		return err
	})
	if kind, _ := fault.Of(err); kind == fault.NotFound || kind == fault.Withheld {
		return errOther
	}
	return err
}

type withPart struct {
	Has   []withRow
	Offer []offer // what may still be added
}

type withRow struct {
	signin.Identity
	Made, Used, Remove string
}

// tied is what one has added, and may.
func (s *Site) tied(r *http.Request, a *ask) (p withPart, err error) {
	if s.Providers == nil {
		return p, nil
	}
	has, err := s.Providers.Of(r.Context(), a.who.Account)
	if err != nil {
		return p, err
	}
	added := map[string]bool{}
	for _, x := range has {
		row := withRow{Identity: x, Made: a.Date(x.Made), Remove: a.to("/account/with/" + x.ID + "/remove")}
		if x.Used != 0 {
			row.Used = a.DateTime(x.Used)
		}
		if x.Label == "" {
			row.Label = x.Provider
		}
		p.Has, added[x.Provider] = append(p.Has, row), true
	}
	for _, x := range s.Providers.Offers() {
		if !added[x.Name] && a.who.Role != "" && x.Staff == account.Strong(a.who.Role) {
			p.Offer = append(p.Offer, offer{x.Label, a.to("/account/with/" + x.Name)})
		}
	}
	return p, nil
}

// askUntie is GET /account/with/{id}/remove: what follows.
func (s *Site) askUntie(w http.ResponseWriter, r *http.Request, a *ask) error {
	has, err := s.tied(r, a)
	if err != nil {
		return err
	}
	for _, x := range has.Has {
		if x.ID == r.PathValue("id") {
			p := removePage{Page: s.page(r, a, a.say("oidc.remove-title")), Name: x.Label}
			p.Back = &ui.Link{Text: a.say("account.title"), Href: a.to("/account")}
			return show(w, r, http.StatusOK, untieView(p, a))
		}
	}
	return fault.NotFound
}

// untie is POST /account/with/{id}/remove.
func (s *Site) untie(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Providers == nil {
		return fault.NotFound
	}
	if err := s.fresh(r); err != nil {
		return err
	}
	if err := s.Providers.Untie(r.Context(), a.who.Account, r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/account"))
}
