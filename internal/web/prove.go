package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/assets"
	"onestory/internal/web/ui"
)

// prove.go asks again who it is, before what would hurt most if a screen was left open:
// how one signs in, who works here, who may act for somebody, and whole lists to take
// away. What was filled in waits on the page meanwhile, and is sent with a press.

// freshFor is how long after proving who one is one may do such a thing.
const freshFor = 10 * time.Minute

var errProve = errors.New("web: it is too long ago that this session proved who it is")

// proven refuses a session that proved too long ago who it is.
func (s *Site) proven(r *http.Request) error {
	fresh, err := s.Accounts.Fresh(r.Context(), s.token(r), freshFor)
	if err == nil && !fresh {
		err = errProve
	}
	return err
}

// careful is a gate that asks staff again who they are, once it has let them through.
func (s *Site) careful(who gate) gate {
	return func(r *http.Request, a *ask) error {
		if err := who(r, a); err != nil || !account.Strong(a.who.Role) {
			return err
		}
		return s.proven(r)
	}
}

// recently is a gate for taking a whole record away, which asks again who it is whom it
// has let through, unless they have only just come.
func (s *Site) recently(who gate) gate {
	return func(r *http.Request, a *ask) error {
		if err := who(r, a); err != nil {
			return err
		}
		recent, err := s.Accounts.Recent(r.Context(), s.token(r), freshFor)
		if err == nil && !recent {
			err = errProve
		}
		return err
	}
}

// An attempt is what somebody was about to do.
type attempt struct {
	To    string // the path and query
	Sent  bool   // a form, which is sent again; otherwise a page to open
	Typed string // the form, encoded
}

// attemptOf is the attempt that a request is. A file that came along has to be chosen
// again, on the page that asked for it.
func attemptOf(r *http.Request) attempt {
	to := *r.URL
	q := to.Query()
	q.Del("lang")
	to.RawQuery = q.Encode()
	x := attempt{To: to.RequestURI()}
	if r.Method == http.MethodPost && r.ParseForm() == nil && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		x.Sent, x.Typed = true, r.PostForm.Encode()
	}
	return x
}

// within reports whether it leads somewhere on this site.
func (x attempt) within() bool {
	u, err := url.Parse(x.To)
	return err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(x.To, "/") && !strings.HasPrefix(x.To, "//") &&
		!strings.ContainsFunc(x.To, func(c rune) bool { return c == '\\' || unicode.IsControl(c) })
}

type provePage struct {
	ui.Page
	attempt
	Wrong  string
	Origin string // where passkeys work; "" where they have none
	Demo   bool
	With   []providerRow
	Fields [][2]string // of the form that is to be sent, once proven
	Words  []string    // what of them is words
}

func (s *Site) showProve(w http.ResponseWriter, r *http.Request, a *ask, status int, x attempt, wrong string) error {
	p := provePage{Page: s.page(r, a, a.say("prove.title")), attempt: x, Wrong: wrong, Demo: s.Demo}
	if s.Ways != nil {
		keys, err := s.Ways.Passkeys(r.Context(), a.who.Account)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			p.Origin, p.Passkey = s.Ways.Origin(), assets.Passkey()
		}
		all, err := s.linked(r, a)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Made != "" {
				x.Action = strings.Replace(x.Action, "/account/", "/prove/", 1)
				p.With = append(p.With, x)
			}
		}
		s.leaving(w)
	}
	return show(w, r, status, proveView(p, a))
}

// askProve is GET /prove: on the way to a page that asks for it.
func (s *Site) askProve(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := attempt{To: r.URL.Query().Get("to")}
	if !x.within() {
		return fault.NotFound
	}
	return s.showProve(w, r, a, http.StatusOK, x, "")
}

// prove is POST /prove: what the browser answered. In the demo a press is enough.
func (s *Site) prove(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := attempt{To: r.PostFormValue("to"), Sent: r.PostFormValue("sent") == "yes", Typed: r.PostFormValue("typed")}
	fields, err := url.ParseQuery(x.Typed)
	if err != nil || !x.within() {
		return fault.NotFound
	}
	if !s.Demo || r.PostFormValue("answer") != "" {
		if s.Ways == nil {
			return fault.NotFound
		}
		who, err := s.Ways.Prove(r.Context(), r.PostFormValue("ticket"), []byte(r.PostFormValue("answer")))
		if kind, _ := fault.Of(err); kind == fault.Refused || err == nil && who != a.who.Account {
			return s.showProve(w, r, a, http.StatusForbidden, x, a.say("prove.wrong"))
		}
		if err != nil {
			return err
		}
	}
	token, err := s.Accounts.Proved(r.Context(), s.token(r))
	if err != nil {
		return err
	}
	s.keep(w, token)
	if !x.Sent {
		return on(w, r, a.to(x.To))
	}
	p := provePage{Page: s.page(r, a, a.say("prove.done")), attempt: x}
	p.Fields, p.Words = typedIn(fields)
	return show(w, r, http.StatusOK, provenView(p, a))
}

// proveWith is POST /prove/with/{provider}: off to it, which asks again who it is.
func (s *Site) proveWith(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.leaves(w, r, a.who.Account, func(say string) error {
		return s.showProve(w, r, a, http.StatusServiceUnavailable, attempt{To: homeOf(a.who)}, say)
	})
}
