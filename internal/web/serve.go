package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/web/assets"
	"onestory/internal/web/ui"
)

// largest is how many bytes a request's body may have.
const largest = 1 << 20

// largestOf is largest, but where a file is put into About me. One that is too large is
// read past, so that whoever sends it hears why: see package form.
func largestOf(r *http.Request) int64 {
	if r.Method == http.MethodPost && strings.Contains(r.URL.Path, addShown) {
		return 72 << 20
	}
	return largest
}

// policy is for files, which hold no script; pages may run ours, and ask us whether
// they still stand.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const pagePolicy = policy + "; script-src 'self'; connect-src 'self'"

// guard puts around all pages what none may forget. It must not replace the request:
// the pattern that the mux notes in it is what the log is told.
func (s *Site) guard(mux *http.ServeMux) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.serve(s.anybody, func(http.ResponseWriter, *http.Request, *ask) error { return errCross }))
	inner := cross.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		if !strings.HasPrefix(r.URL.Path, assets.Prefix) {
			h.Set("Cache-Control", "no-store")
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, largestOf(r))
		}
		inner.ServeHTTP(w, r)
	})
}

// A handler makes one page, or answers an error that told makes into one.
type handler func(w http.ResponseWriter, r *http.Request, a *ask) error

func (s *Site) serve(who gate, h handler) http.HandlerFunc {
	return s.served(s.Accounts.Actor, who, h)
}

func (s *Site) served(in sessions, who gate, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := s.ask(r, in)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p) // a file that was cut short
				}
				// What panicked may hold words about people; where it did holds none.
				s.told(w, r, a, fmt.Errorf("web: a page panicked with a %T\n%s", p, debug.Stack()))
			}
		}()
		if err == nil {
			err = who(r, a)
		}
		if err == nil {
			if err = h(w, r, a); err == nil {
				if err := s.taken(r, a); err != nil {
					s.Log.Error("web: a draft could not be thrown away", "error", err)
				}
			}
		}
		if err != nil {
			s.told(w, r, a, err)
		}
	}
}

var (
	errCross  = errors.New("web: sent by another site")
	errMethod = errors.New("web: asked for in another way than it can be")
	errGone   = errors.New("web: a link that was used, or has ended")
)

// told answers for every handler that has an error instead of a page. An Invalid
// that no form took has nothing to show it beside, so its words stand alone.
func (s *Site) told(w http.ResponseWriter, r *http.Request, a *ask, err error) {
	p := s.plain(r, a)
	kind, answered := fault.Of(err)
	var page templ.Component
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errSignedOut):
		status, page = http.StatusUnauthorized, ui.SignedOutPage(p, ui.Link{Text: a.say("frame.sign-in"), Href: s.door(a)}, s.keptOf(r))
	case errors.Is(err, errProve):
		if err = s.showProve(w, r, a, http.StatusForbidden, attemptOf(r), ""); err == nil {
			return
		}
	case errors.Is(err, errGone):
		status, page = http.StatusGone, ui.ExpiredPage(p, &ui.Link{Text: a.say("frame.sign-in"), Href: s.door(a)})
	case errors.Is(err, errCross):
		status, page = http.StatusForbidden, ui.RefusedPage(p, "This came from another site, so we did not do it. Go back and try from here.", nil)
	case errors.Is(err, errMethod): // a person meets this who opens the address of a form
		status, page = http.StatusMethodNotAllowed, ui.NotFoundPage(p, nil)
	case kind == fault.NotFound, kind == fault.Withheld: // deliberately the same
		status, page = http.StatusNotFound, ui.NotFoundPage(p, nil)
	case kind == fault.Refused:
		status, page = http.StatusForbidden, ui.RefusedPage(p, fault.Say(err), nil)
	case kind == fault.Invalid:
		status, page = http.StatusUnprocessableEntity, ui.RefusedPage(p, sentence(err), nil)
	case kind == fault.Stale:
		status, page = http.StatusConflict, ui.RefusedPage(p, fault.Say(err), nil)
	case errors.Is(err, context.Canceled):
		return // nobody is there to read it
	}
	if many, is := errors.AsType[*tooMany](err); is {
		w.Header().Set("Retry-After", strconv.Itoa(int(time.Until(many.again).Seconds())+1))
		status, page = http.StatusTooManyRequests, ui.TooManyPage(p, a.Time(clock.At(many.again)))
	}
	if page == nil {
		if kind == fault.Busy {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "5")
		}
		reference := fmt.Sprintf("%010x", id.Random()>>24)
		if !answered {
			s.Log.Error("web: a page could not be made", "reference", reference, "pattern", r.Pattern, "error", err)
		}
		var saved *bool
		if r.Method == http.MethodPost {
			saved = new(bool)
		}
		page = ui.FaultPage(p, reference, saved)
	}
	if err := show(w, r, status, page); err != nil {
		s.Log.Error("web: the page of an error could not be made", "pattern", r.Pattern, "error", err)
		http.Error(w, "Sorry, there is a problem with the service.", http.StatusInternalServerError)
	}
}

// sentence is what to put right, when no form took it.
func sentence(err error) string {
	for _, p := range fault.Problems(err) {
		return p.Say
	}
	return fault.Say(err)
}

// show renders a page whole before any of it leaves.
func show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Accept-Encoding")
	if assets.Takes(r.Header.Get("Accept-Encoding"))["gzip"] {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		pack(w, b.Bytes())
		return nil
	}
	w.WriteHeader(status)
	_, _ = io.Copy(w, &b) // an error here is a browser that has gone
	return nil
}

// on leads on after something was done.
func on(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// nowhere answers where there is no page: 404, or 405 where there is one that is asked
// for in another way. That depends on the address alone, and not on who is asking or
// what is there.
func (s *Site) nowhere(mux *http.ServeMux) handler {
	return func(w http.ResponseWriter, r *http.Request, _ *ask) error {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := *r
			other.Method = method
			if _, pattern := mux.Handler(&other); strings.HasPrefix(pattern, method) {
				allowed = append(allowed, method)
			}
		}
		if allowed == nil {
			return fault.NotFound
		}
		if allowed[0] == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return errMethod
	}
}
