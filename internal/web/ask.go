package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/text"
)

// An ask is one request: who asks, why and about whom. All of it comes from the
// session and the address, never from what was typed.
type ask struct {
	*text.Lang
	lang string // the language that the address names, or ""

	in   bool // somebody is signed in
	who  consent.Actor
	why  consent.Purpose
	whom person.ID
	base string // where the pages about whom begin: /me, /for/… or /people/…

	posts []account.Post // for which the session could be, where there is a choice

	subject record.Subject // whom it is about, once open was asked
	now     clock.Time     // and the instant for which they were opened
	stamp   string         // and what stands for all that was shown of them
}

// errSignedOut sends people to sign in.
var errSignedOut = errors.New("web: nobody is signed in")

// A sessions turns a session's token into who it is.
type sessions func(ctx context.Context, token string) (consent.Actor, error)

// ask reads the session and the language of a request.
func (s *Site) ask(r *http.Request, in sessions) (*ask, error) {
	named := r.URL.Query().Get("lang")
	a := &ask{Lang: text.For(r.Header.Get("Accept-Language"), named)}
	if named != "" && a.Tag() == named {
		a.lang = named
	}
	token := s.token(r)
	if token == "" {
		return a, nil
	}
	who, err := in(r.Context(), token)
	if errors.Is(err, fault.NotFound) {
		return a, nil
	}
	if a.who, a.in = who, err == nil; a.in && account.Strong(who.Role) {
		a.posts, err = s.Accounts.Choice(r.Context(), token)
	}
	return a, err
}

// A gate decides whether a request may come to a page, and makes the ask whole.
type gate func(r *http.Request, a *ask) error

func (s *Site) anybody(*http.Request, *ask) error { return nil }

func (s *Site) signed(_ *http.Request, a *ask) error {
	if !a.in {
		return errSignedOut
	}
	return nil
}

// reach lets through whose role has something for a purpose. To others there is no
// such page.
func (s *Site) reach(a *ask, why consent.Purpose) error {
	switch {
	case !a.in:
		return errSignedOut
	case consent.ReachOf(a.who.Role, why).Nothing():
		return fault.NotFound
	}
	if a.why = why; why != consent.Helping && a.who.For != 0 && a.who.For == a.who.Person {
		a.who.Person, a.who.For = 0, 0 // these pages are the helper's own work
	}
	return nil
}

// own is for one's own record.
func (s *Site) own(r *http.Request, a *ask) error {
	if helped := helpedIn(r); helped != "" {
		return s.helping(a, helped)
	}
	if err := s.reach(a, consent.Own); err != nil {
		return err
	}
	if a.who.Person == 0 {
		return fault.NotFound
	}
	a.whom, a.base = person.ID(a.who.Person), "/me"
	return nil
}

// helping is for the own pages of whom the reader helps, who is named in the address:
// a page that was left open while somebody else is helped changes nothing of theirs.
func (s *Site) helping(a *ask, helped string) error {
	if err := s.reach(a, consent.Helping); err != nil {
		return err
	}
	whom, err := s.Door.ID(helped)
	if err != nil || a.who.For == 0 || a.who.For != int64(whom) || a.who.Person != a.who.For {
		return fault.NotFound
	}
	a.whom, a.base = whom, "/with/"+helped
	return nil
}

// lay is for pages of people who may act for others, about nobody yet.
func (s *Site) lay(_ *http.Request, a *ask) error { return s.reach(a, consent.Carer) }

// staff is for pages of those who care for people, about nobody yet.
func (s *Site) staff(_ *http.Request, a *ask) error { return s.reach(a, consent.Care) }

// acting is for somebody else's record, acting for them.
func (s *Site) acting(r *http.Request, a *ask) error {
	return s.about(r, a, consent.Carer, "/for/")
}

// care is for the record of somebody whom one cares for.
func (s *Site) care(r *http.Request, a *ask) error {
	return s.about(r, a, consent.Care, "/people/")
}

func (s *Site) about(r *http.Request, a *ask, why consent.Purpose, base string) error {
	if err := s.reach(a, why); err != nil {
		return err
	}
	whom, err := s.Door.ID(r.PathValue("person"))
	if err != nil {
		return err
	}
	a.whom, a.base = whom, base+r.PathValue("person")
	if why == consent.Carer {
		a.who.For = int64(whom)
	}
	return nil
}

// open opens whom the ask is about. What work leaves behind may be shown once open
// has returned, and not before.
func (s *Site) open(r *http.Request, a *ask, work func(ctx context.Context, v record.View) error) error {
	ctx := r.Context()
	return s.Door.With(ctx, a.who, a.why, a.whom, func(v record.View) error {
		var err error
		a.now, a.stamp = v.Now(), v.Stamp()
		if a.subject, err = v.Subject(); err != nil {
			return err
		}
		return work(ctx, v)
	})
}

// mine reports whether it is about the reader's own record.
func (a *ask) mine() bool { return a.why == consent.Own || a.helping() }

// helps reports whether the reader's role helps people with their own pages.
func (a *ask) helps() bool { return !consent.ReachOf(a.who.Role, consent.Helping).Nothing() }

// helping reports whether the reader does for somebody who is present what they ask.
func (a *ask) helping() bool { return a.why == consent.Helping }

// to is an address within the site, which keeps the language that was chosen.
func (a *ask) to(path string) string {
	if rest, own := strings.CutPrefix(path, "/me"); own && a.helping() && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
		path = a.base + rest
	}
	if a.lang == "" {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "lang=" + url.QueryEscape(a.lang)
}

// at is an address among the pages about whom the ask is.
func (a *ask) at(path string) string { return a.to(a.base + path) }

// values are what stands in the places of a message: name, value, name, value.
func values(pairs ...any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// say is the message of an id, with values in their places.
func (a *ask) say(id string, pairs ...any) string { return a.T(id, values(pairs...)) }

// hers is the message of an id, as said to the person themselves (id) or to others
// (id.other), since "your" is only right to one of them.
func (a *ask) hers(id string, pairs ...any) string {
	if !a.mine() {
		id += ".other"
	}
	return a.say(id, pairs...)
}

// alone keeps somebody's words together and in their own direction within a sentence.
func alone(s string) string { return "\u2068" + s + "\u2069" }
