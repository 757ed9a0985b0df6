// Package fhirapi is the FHIR R4 edge: the same records as the pages show, for
// programs.
//
// It promises that everything about a person is had through the door, for a purpose
// that follows from who asks and whose record it is, never from the request; that one
// request is about one person, and nothing searches across people; that what is hidden
// and what never was get the same answer; that a page of results is found again for
// whoever asks for it; and that a type or an address without a rule stops the program
// at its start. Nothing leaves before the door has said that the journal has its line.
//
// A request comes down this list of files and goes back up:
//
//	fhirapi.go   headers, limits, who asks, and the one place where an error is told
//	place.go     what an address leads to
//	routes.go    every address with its method and its rule
//	rules.go     every R4 type with its rule
//	ask.go       about whom, and why
//	read.go, search.go, history.go, everything.go, write.go, public.go   what is done
//	query.go, include.go, page.go      which entries, what comes along, and how many at once
//	lay.go, bundle.go, outcome.go      how it is written down
//	metadata.go                        what the edge says of itself
//
// It owns no tables.
package fhirapi

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode/utf8"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// Prefix is where the handler expects to be mounted, with and without a slash.
const Prefix = "/fhir"

// Parts are what the edge is made with. Door, Directory, Spec, Who and Secret must be
// given; every other field has a usable zero.
type Parts struct {
	Door      *record.Door
	Directory *directory.Directory
	Spec      *fhir.Spec
	Kinds     *record.Kinds // nil: every R4 type of a person's
	Clock     *clock.Clock
	Log       *slog.Logger
	Secret    []byte // what links to further pages and versions are sealed with, 32 bytes

	// Who tells whose a bearer token is. It answers fault.NotFound to a token that
	// is nobody's.
	Who func(ctx context.Context, token string) (consent.Actor, error)

	Base    string // the address of the server, such as https://onestory.example.org; "": as it was called
	HTTPS   bool   // whether it is reached over https
	Style   string // the address of a style sheet for the one page there is; "": none
	Version string // of the program
}

// An API is the edge. Make it with New. Safe for concurrent use.
type API struct {
	Parts
	rules    map[string]*rule
	routes   map[shape]map[string]*route
	told     capability
	pages    cipher.AEAD
	versions cipher.Block
	known    known
}

// New makes the edge. It is an error when a type or an address has no rule.
func New(p Parts) (*API, error) {
	if p.Door == nil || p.Directory == nil || p.Spec == nil || p.Who == nil || len(p.Secret) != 32 {
		return nil, errors.New("fhirapi: the door, the directory, the definitions, who asks and 32 secret bytes must be given")
	}
	if p.Kinds == nil {
		p.Kinds = record.NewKinds()
	}
	if p.Clock == nil {
		p.Clock = clock.New()
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	s := &API{Parts: p}
	var err error
	if s.rules, err = rulesOf(p.Spec, p.Kinds, p.Spec.Resources()); err != nil {
		return nil, err
	}
	if s.routes, err = routesOf(s.table()); err != nil {
		return nil, err
	}
	if s.pages, s.versions, err = ciphers(p.Secret); err != nil {
		return nil, err
	}
	s.told, err = s.capability()
	return s, err
}

// Limits of what a request may cost.
const (
	largest  = 4 << 20  // bytes of a resource
	longest  = 8 << 10  // bytes of an address
	longForm = 64 << 10 // bytes of a search that is posted
)

// An ask is one request.
type ask struct {
	context.Context
	r     *http.Request
	at    place
	rule  *rule // of the type in the address, if there is one
	who   consent.Actor
	why   consent.Purpose // once it is known about whom
	query url.Values
	base  string // such as https://onestory.example.org/fhir

	strict bool   // unknown parameters are refused
	want   string // what comes back of a change: "minimal", "representation" or "OperationOutcome"
	etag   string // the present version, for whoever had another
}

// A reply is an answer, whole: it leaves when everything is on disk.
type reply struct {
	status   int
	kind     string // the media type; "" is FHIR's
	etag     string
	modified clock.Time
	location string
	body     []byte
}

// ServeHTTP answers every request under Prefix.
func (s *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Vary", "Accept, Authorization, Prefer")
	if s.HTTPS {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	a := &ask{Context: r.Context(), r: r, base: s.base(r)}
	defer func() {
		if p := recover(); p != nil {
			// What panicked may hold words about people; where it did holds none.
			s.tell(w, a, fmt.Errorf("fhirapi: a request panicked with a %T\n%s", p, debug.Stack()))
		}
	}()
	out, err := s.answer(a)
	if err != nil {
		s.tell(w, a, err)
		return
	}
	s.write(w, a, out)
}

// base is the address of the edge.
func (s *API) base(r *http.Request) string {
	if s.Base != "" {
		return strings.TrimSuffix(s.Base, "/") + Prefix
	}
	if s.HTTPS {
		return "https://" + r.Host + Prefix
	}
	return "http://" + r.Host + Prefix
}

// answer finds the address, who asks, and lets the route do what it does.
func (s *API) answer(a *ask) (*reply, error) {
	if len(a.r.URL.RawQuery)+len(a.r.URL.Path) > longest {
		return nil, answered(http.StatusRequestURITooLong, "too-long", "This address is too long. Send the search as a POST to _search.")
	}
	at, ok := parsePlace(strings.TrimPrefix(a.r.URL.Path, Prefix))
	a.at = at
	route, err := s.route(a, ok)
	if err != nil {
		return nil, err
	}
	a.r.Pattern = route.method + " " + Prefix + route.shape.String() // for the log: never the address itself
	if route.gate != anyone {
		if err := s.identify(a); err != nil {
			return nil, err
		}
	}
	if a.at.typ != "" {
		if err := s.ruled(a, route); err != nil {
			return nil, err
		}
	}
	if a.query, err = url.ParseQuery(a.r.URL.RawQuery); err != nil || !clean(a.query) {
		return nil, answered(http.StatusBadRequest, "invalid", "The part of the address after the question mark cannot be read. Check how it is escaped.")
	}
	a.prefer()
	if err := a.acceptable(); err != nil {
		return nil, err
	}
	return route.do(a)
}

// clean reports whether parameters are text.
func clean(q url.Values) bool {
	for name, values := range q {
		for _, v := range append(values, name) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return false
			}
		}
	}
	return true
}

// route is what answers this method at this address. Whoever is nobody learns nothing
// about which addresses there are.
func (s *API) route(a *ask, ok bool) (*route, error) {
	method := a.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	all := s.routes[a.at.shape]
	if r := all[method]; ok && r != nil {
		return r, nil
	}
	if err := s.identify(a); err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.NotFound
	}
	return nil, notAllowed(all)
}

// identify finds out who asks.
func (s *API) identify(a *ask) error {
	scheme, token, _ := strings.Cut(a.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && token != "" && len(token) < 4096 {
		who, err := s.Who(a, strings.TrimSpace(token))
		if err == nil {
			a.who = who
			return nil
		}
		if !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return answered(http.StatusUnauthorized, "login", "Say who you are: send a bearer token that this server gave you.")
}

// prefer reads how the asker would like to be answered.
func (a *ask) prefer() {
	for _, line := range a.r.Header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			value = strings.Trim(value, `"`)
			switch {
			case name == "handling":
				a.strict = value == "strict"
			case name == "return":
				a.want = value
			}
		}
	}
}

// acceptable refuses whoever takes nothing that this edge writes. FHIR lets an address
// say so as well.
func (a *ask) acceptable() error {
	accept := a.r.Header.Get("Accept")
	if f := a.query.Get("_format"); f != "" {
		accept = strings.ReplaceAll(f, " ", "+")
	}
	if accept == "" {
		return nil
	}
	for part := range strings.SplitSeq(accept, ",") {
		kind, _, _ := mime.ParseMediaType(strings.TrimSpace(part))
		if kind == "" {
			kind = strings.TrimSpace(part)
		}
		if strings.Contains(kind, "json") || strings.Contains(kind, "*") || kind == "html" || kind == "text/html" {
			return nil
		}
	}
	return answered(http.StatusNotAcceptable, "not-supported", "This server writes JSON. Ask for application/fhir+json.")
}

// ruled finds the rule of the type in the address, and refuses what it does not allow.
func (s *API) ruled(a *ask, r *route) error {
	a.rule = s.rules[a.at.typ]
	if a.rule == nil || a.rule.access == unkept {
		return answered(http.StatusNotFound, "not-supported", "This server keeps no resources of that type.")
	}
	if r.gate == changes && !a.rule.writes {
		return notAllowed(s.routes[a.at.shape], changes)
	}
	if r.gate == persons && a.rule.access != personal {
		return fault.NotFound
	}
	return nil
}

// write lets an answer leave.
func (s *API) write(w http.ResponseWriter, a *ask, out *reply) {
	h := w.Header()
	if out.kind == "" {
		out.kind = "application/fhir+json; charset=utf-8"
	}
	if len(out.body) > 0 {
		h.Set("Content-Type", out.kind)
	}
	if out.etag != "" {
		h.Set("ETag", out.etag)
	}
	if out.modified != 0 {
		h.Set("Last-Modified", out.modified.Std().Format(http.TimeFormat))
	}
	if out.location != "" {
		h.Set("Location", out.location)
	}
	if out.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(out.body)))
	}
	w.WriteHeader(out.status)
	if a.r.Method != http.MethodHead {
		_, _ = w.Write(out.body) // an error here is somebody who has gone
	}
}

// reference is what somebody can quote about a failure of ours.
func reference() string { return fmt.Sprintf("%010x", id.Random()>>24) }
