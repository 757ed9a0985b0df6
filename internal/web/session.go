package web

import (
	"errors"
	"net/http"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// cookie is the name of the one cookie. The prefix makes browsers refuse it from
// anywhere but this host over https.
func (s *Site) cookie() string {
	if s.HTTPS {
		return "__Host-onestory"
	}
	return "onestory"
}

func (s *Site) token(r *http.Request) string {
	c, err := r.Cookie(s.cookie())
	if err != nil {
		return ""
	}
	return c.Value
}

// keep gives the browser a session's token, or takes it away when it is "".
func (s *Site) keep(w http.ResponseWriter, token string) {
	c := &http.Cookie{
		Name: s.cookie(), Value: token, Path: "/", HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// door is where one signs in.
func (s *Site) door(a *ask) string {
	if s.Demo {
		return a.to("/demo")
	}
	return a.to("/sign-in")
}

// began ends the session there was, and leads whoever signed in to their home.
func (s *Site) began(w http.ResponseWriter, r *http.Request, a *ask, token string) error {
	if old := s.token(r); old != "" {
		if err := s.Accounts.End(r.Context(), old); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	to, err := s.arrive(r, token)
	if err != nil {
		return err
	}
	s.keep(w, token)
	return on(w, r, a.to(to))
}

// signIn is GET /sign-in.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showSignIn(w, r, a, http.StatusOK, "")
}

// signInLink is GET /sign-in/link/{token}. It does not look at the token: programs that
// open every link in a message would use it up.
func (s *Site) signInLink(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, signInLinkView(s.page(r, a, a.say("web.sign-in.link.title")), account.Halved(r.PathValue("token")), "", a))
}

// redeem is POST /sign-in/link/{token}.
func (s *Site) redeem(w http.ResponseWriter, r *http.Request, a *ask) error {
	token, err := s.Accounts.Redeem(r.Context(), r.PathValue("token"), tidy(r.PostFormValue("code")), deviceOf(r))
	if errors.Is(err, account.ErrCode) {
		return show(w, r, http.StatusUnprocessableEntity, signInLinkView(s.page(r, a, a.say("web.sign-in.link.title")), true, sentence(err), a))
	}
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	return s.began(w, r, a, token)
}

// signOut is POST /sign-out.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request, a *ask) error {
	if token := s.token(r); token != "" {
		if err := s.Accounts.End(r.Context(), token); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	s.keep(w, "")
	return on(w, r, a.to("/"))
}

// cast is GET /demo.
func (s *Site) cast(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := demoPage{Page: s.page(r, a, a.say("web.demo.title"))}
	if s.People != nil {
		p.People = s.People()
	}
	return show(w, r, http.StatusOK, demoView(p, a))
}

type demoPage struct {
	ui.Page
	People []DemoPerson
}

// signInAs is POST /demo/sign-in.
func (s *Site) signInAs(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.People == nil {
		return fault.NotFound
	}
	who := r.PostFormValue("who")
	for _, p := range s.People() {
		if p.Who != who || who == "" {
			continue
		}
		name := p.Account
		if name == "" {
			name = p.Who
		}
		token, err := s.Accounts.Begin(r.Context(), name, account.How{Device: deviceOf(r), Strong: true})
		if err != nil {
			return err
		}
		return s.began(w, r, a, token)
	}
	return fault.NotFound
}

// start is GET /.
func (s *Site) start(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := startPage{Page: s.page(r, a, a.say("web.start.title")), SignIn: s.door(a), In: a.in, Demo: s.Demo}
	if a.in {
		p.Home = a.to(homeOf(a.who))
	}
	if s.Services != nil {
		p.Services = a.to("/services")
	}
	p.Told = s.toldAtAll(a)
	return show(w, r, http.StatusOK, startView(p, a))
}

type startPage struct {
	ui.Page
	SignIn, Home string
	Services     string // where to find support; "" is not offered
	Told         string // where it says how often what people told was used; "" is not counted
	In, Demo     bool
}

// accessibility is GET /accessibility.
func (s *Site) accessibility(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, accessibilityView(s.page(r, a, a.say("frame.accessibility")), a))
}

// privacy is GET /privacy.
func (s *Site) privacy(w http.ResponseWriter, r *http.Request, a *ask) error {
	return show(w, r, http.StatusOK, privacyView(s.page(r, a, a.say("frame.privacy")), a))
}

// staffHome is GET /staff: what this role can and cannot open.
func (s *Site) staffHome(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := staffPage{Page: s.page(r, a, a.say("web.staff.title")), Name: a.who.Name, Role: a.role(a.who.Role), Organisation: a.who.OrganisationName}
	p.People = s.reach(&ask{in: true, who: a.who}, "care") == nil
	switch a.who.Role {
	case "planner", "operator", "organisation-admin", "privacy-officer":
		if p.Says = "web.staff." + a.who.Role; a.who.Role == "planner" {
			p.Told = s.toldAtAll(a)
		}
	default:
		p.Says = "web.staff.care"
	}
	return show(w, r, http.StatusOK, staffView(p, a))
}

type staffPage struct {
	ui.Page
	Name, Role, Organisation string
	Says                     string // the id of what the role can and cannot open
	People                   bool
	Told                     string // as on the first page, for who plans
}
