package web

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// kept.go is what becomes of what somebody was typing when their session ended: it waits
// for them. See docs/adr/0021-what-was-typed-waits.md.

// warnFor is how long before the end of an unused session an open page says so.
const warnFor = 2 * time.Minute

// mostTyped is how many bytes of one form are kept.
const mostTyped = 64 << 10

// never are parts of addresses whose forms are not kept: they hold what opens doors, or
// change who may see what. Whoever finds a screen could put such a form there for its
// owner to send.
var never = []string{"/sign-", "/demo", "/account", "/post", "/code", "/recover", "/kept", "/stay", "/prove",
	"/organisation", "/sharing", "/lending", "/choices", "/circle", "/acting", "/help", "/find"}

func keeps(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && len(path) <= 500 &&
		utf8.ValidString(path) && !strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || unicode.IsControl(c) }) && // browsers take \ for /
		!slices.ContainsFunc(never, func(part string) bool { return strings.Contains(path, part) })
}

// keptOf is lapsed for the page that says so: of what could not be kept it says nothing.
func (s *Site) keptOf(r *http.Request) bool {
	kept, err := s.lapsed(r)
	if err != nil {
		s.Log.Error("web: what was typed could not be kept", "error", err)
	}
	return kept && err == nil
}

// lapsed keeps the form that a request brings whose session ended because nobody used it,
// and reports whether it did. It answers nothing about a session that ended otherwise.
func (s *Site) lapsed(r *http.Request) (kept bool, err error) {
	if r.Method != http.MethodPost || s.token(r) == "" || !keeps(r.URL.Path) {
		return false, nil
	}
	who, err := s.Accounts.Lapsed(r.Context(), s.token(r))
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.ParseForm() != nil { // too long, or no form
		return false, nil
	}
	return s.keepTyped(r, who, account.Draft{Path: r.URL.Path, Sent: true}, r.PostForm)
}

func (s *Site) keepTyped(r *http.Request, who string, d account.Draft, fields url.Values) (bool, error) {
	if d.Fields = fields.Encode(); len(d.Fields) > mostTyped || len(fields) == 0 {
		return false, nil
	}
	return true, s.Accounts.Keep(r.Context(), who, d)
}

// draftField says in the address to which a form is sent from which draft it is.
const draftField = "kept-draft"

// taken throws a draft away whose form was sent again, and answered.
func (s *Site) taken(r *http.Request, a *ask) error {
	of := r.URL.Query().Get(draftField)
	if r.Method != http.MethodPost || !a.in || !keeps(of) {
		return nil
	}
	return s.Accounts.Drop(r.Context(), a.who.Account, of)
}

// left is GET /idle: for how many seconds the session lasts, and with how many to go a
// page says so. It is no use of the session.
func (s *Site) left(w http.ResponseWriter, r *http.Request, _ *ask) error {
	left, err := s.Accounts.Left(r.Context(), s.token(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]int{"left": int(left.Seconds()), "warn": int(warnFor.Seconds())})
}

// stay is POST /stay: somebody says that they are still there, which is a use of the
// session.
func (s *Site) stay(w http.ResponseWriter, _ *http.Request, _ *ask) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// keepOpen is POST /kept, by our script, when a session is about to end over an open
// page. It is no use of the session.
func (s *Site) keepOpen(w http.ResponseWriter, r *http.Request, a *ask) error {
	path := r.URL.Query().Get("at")
	if r.ParseForm() != nil || !keeps(path) {
		return fault.NotFound
	}
	if _, err := s.keepTyped(r, a.who.Account, account.Draft{Path: path}, r.PostForm); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type keptPage struct {
	ui.Page
	Drafts []draftCard
	Home   string
}

type draftCard struct {
	account.Draft
	When   string
	Send   string   // where it is sent to
	Typed  []string // what is words, as they typed it
	Hidden [][2]string
}

// kept is GET /kept: what waits for whoever is signed in.
func (s *Site) kept(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Accounts.Kept(r.Context(), a.who.Account)
	if err != nil {
		return err
	}
	p := keptPage{Page: s.page(r, a, a.say("kept.title")), Home: a.to(homeOf(a.who))}
	for _, d := range all {
		fields, err := url.ParseQuery(d.Fields)
		if err != nil {
			continue // written by Encode
		}
		c := draftCard{Draft: d, When: a.DateTime(d.At), Send: a.to(d.Path + "?" + draftField + "=" + url.QueryEscape(d.Path))}
		c.Hidden, c.Typed = typedIn(fields)
		p.Drafts = append(p.Drafts, c)
	}
	return show(w, r, http.StatusOK, keptView(p, a))
}

// typedIn are the fields of a form in their order, and which of the values are words.
func typedIn(fields url.Values) (pairs [][2]string, typed []string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, v := range fields[name] {
			pairs = append(pairs, [2]string{name, v})
			if isWords(v) {
				typed = append(typed, v)
			}
		}
	}
	return pairs, typed
}

// isWords tells what somebody wrote from what they chose: there is a space in it.
func isWords(v string) bool { return strings.ContainsFunc(strings.TrimSpace(v), unicode.IsSpace) }

// keptFields is GET /kept/fields: what was typed on a page, for our script to fill in.
func (s *Site) keptFields(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Accounts.Kept(r.Context(), a.who.Account)
	if err != nil {
		return err
	}
	fields := url.Values{}
	for _, d := range all {
		if d.Path == r.URL.Query().Get("at") && !d.Sent {
			if fields, err = url.ParseQuery(d.Fields); err != nil {
				return err
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(fields)
}

// drop is POST /kept/drop.
func (s *Site) drop(w http.ResponseWriter, r *http.Request, a *ask) error {
	if at := r.PostFormValue("at"); keeps(at) { // of anything else there is nothing to throw away
		if err := s.Accounts.Drop(r.Context(), a.who.Account, at); err != nil {
			return err
		}
	}
	return on(w, r, a.to("/kept"))
}

// arrive is where somebody goes who has just signed in, or chosen what they are here for.
func (s *Site) arrive(r *http.Request, token string) (path string, err error) {
	who, err := s.Accounts.Actor(r.Context(), token)
	if err != nil {
		return "", err
	}
	if who.Role == "" {
		posts, err := s.Accounts.Choice(r.Context(), token)
		if err != nil || len(posts) > 0 {
			return "/post", err
		}
		return homeOf(who), nil
	}
	kept, err := s.Accounts.Kept(r.Context(), who.Account)
	if err != nil || len(kept) > 0 {
		return "/kept", err
	}
	return homeOf(who), nil
}
