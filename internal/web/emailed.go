package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// emailed.go signs in with a code by e-mail. What is answered does not depend on whether
// anybody has the address.

// How often one place on the network may ask for messages, and answer with codes.
const (
	mostAsked    = 30
	mostAnswered = 50
	placesWithin = 10 * time.Minute
)

// mails reports whether messages go out.
func (s *Site) mails() bool { return s.Ways != nil && s.Ways.Mails() }

// byMail is the gate of pages that are there only when messages go out.
func (s *Site) byMail(who gate) gate {
	return func(r *http.Request, a *ask) error {
		if !s.mails() {
			return fault.NotFound
		}
		return who(r, a)
	}
}

// holds is what the browser keeps beside the session, under a name: the ticket of a
// code, or the holder of a recovery.
func (s *Site) holds(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookie() + "-" + name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Site) hold(w http.ResponseWriter, name, value string, long time.Duration) {
	c := &http.Cookie{
		Name: s.cookie() + "-" + name, Value: value, Path: "/", HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode,
		MaxAge: int(long.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

const (
	codeTicket = "code" // a cookie
	codeWaits  = 10 * time.Minute
)

func (a *ask) addressForm(title, action string) *form.Form {
	f := form.Of(a.say(title),
		form.Field{Name: "address", Label: a.say("email.address"), Hint: a.say(title + ".hint"), Max: 254, Autocomplete: "email", Inputmode: "email"})
	f.Action, f.Button = a.to(action), a.say(title+".button")
	return f
}

func (a *ask) digitsForm(action string) *form.Form {
	f := form.Of(a.say("email.code.title"),
		form.Field{Name: "code", Label: a.say("email.code"), Hint: a.say("email.code.hint"), Max: 40, Short: true, Autocomplete: "one-time-code", Inputmode: "numeric"})
	f.Action, f.Button = a.to(action), a.say("email.code.button")
	return f
}

// took shows a form again beside what is to be put right, or passes the error on.
func took(f *form.Form, err error, page func() error) error {
	if f.Took(err) {
		return page()
	}
	return err
}

// wrongCode lays what is wrong with a code beside its field.
func wrongCode(err error) error {
	if kind, _ := fault.Of(err); kind == fault.Refused {
		return &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "code", Say: fault.Say(err)}}}
	}
	return err
}

// askEmailed is GET /sign-in/email: for an address, or for the code that was sent there.
func (s *Site) askEmailed(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.holds(r, codeTicket) == "" || r.URL.Query().Has("new") {
		return s.showAddress(w, r, a, http.StatusOK, a.addressForm("email", "/sign-in/email"))
	}
	return s.showDigits(w, r, a, http.StatusOK, a.digitsForm("/sign-in/email/code"))
}

func (s *Site) showAddress(w http.ResponseWriter, r *http.Request, a *ask, status int, f *form.Form) error {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("frame.sign-in"), Href: a.to("/sign-in")}
	return show(w, r, status, askedView(p, a, f, "email.what"))
}

func (s *Site) showDigits(w http.ResponseWriter, r *http.Request, a *ask, status int, f *form.Form) error {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("frame.sign-in"), Href: a.to("/sign-in")}
	return show(w, r, status, digitsView(p, a, f, "email.sent", ui.Link{Text: a.say("email.again"), Href: a.to("/sign-in/email?new=1")}))
}

// sendEmailed is POST /sign-in/email: an address that a code may go to.
func (s *Site) sendEmailed(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.addressForm("email", "/sign-in/email")
	err := f.Read(r)
	if err == nil {
		err = s.askedFrom.take(s.from(r))
	}
	var ticket string
	if err == nil {
		ticket, err = s.Ways.AskCode(r.Context(), f.Value("address"), a.Tag())
	}
	if err != nil {
		return took(f, err, func() error { return s.showAddress(w, r, a, http.StatusUnprocessableEntity, f) })
	}
	s.hold(w, codeTicket, ticket, codeWaits)
	return on(w, r, a.to("/sign-in/email"))
}

// useEmailed is POST /sign-in/email/code.
func (s *Site) useEmailed(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.digitsForm("/sign-in/email/code")
	err := f.Read(r)
	if err == nil {
		err = s.answeredFrom.take(s.from(r))
	}
	var who string
	if err == nil {
		who, err = s.Ways.ProveEmailed(r.Context(), s.holds(r, codeTicket), f.Value("code"))
	}
	if err != nil {
		return took(f, wrongCode(err), func() error { return s.showDigits(w, r, a, http.StatusUnprocessableEntity, f) })
	}
	// Whoever reads the mail sees the pages, and can make no passkey: as with paper.
	token, err := s.Accounts.Begin(r.Context(), who, account.How{Device: deviceOf(r), Paper: true})
	if err != nil {
		return err
	}
	s.hold(w, codeTicket, "", 0)
	return s.began(w, r, a, token)
}

type mailPage struct {
	ui.Page
	All []mailRow
}

type mailRow struct {
	To, Subject, At string
	Lines           []mailLine
}

type mailLine struct{ Text, Link string }

// mailbox is GET /demo/mail: what the demo would have sent.
func (s *Site) mailbox(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := mailPage{Page: s.page(r, a, a.say("email.demo.title"))}
	all, err := s.Mailbox(r.Context())
	if err != nil {
		return err
	}
	for _, m := range all {
		x := mailRow{To: m.To, Subject: m.Subject, At: a.DateTime(clock.At(m.At))}
		for line := range strings.Lines(m.Text) {
			l := mailLine{Text: strings.TrimSpace(line)}
			// A link leads to this server by whatever name it is called by.
			if u, err := url.Parse(l.Text); err == nil && u.Scheme != "" && u.Host != "" && u.Path != "" {
				l.Link = a.to(u.Path)
			}
			if l.Text != "" {
				x.Lines = append(x.Lines, l)
			}
		}
		p.All = append(p.All, x)
	}
	return show(w, r, http.StatusOK, mailView(p, a))
}
