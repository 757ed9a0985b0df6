package script

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A route is one address of the pages, as package web declares it.
type route struct{ method, pattern string }

var (
	declared   = regexp.MustCompile(`(?:page|still)\("(GET|POST) (/[^"]*)"(\+what)?`)
	underBase  = regexp.MustCompile(`(?:page|HandleFunc)\("(GET|POST) "\s*\+\s*base\s*\+\s*"([^"]*)"`)
	bases      = regexp.MustCompile(`shared\("([^"]+)"`)
	whats      = regexp.MustCompile(`what := range \[\]string\{([^}]*)\}`)
	typedNames = regexp.MustCompile(`(?:FormValue|PostFormValue|Get|Has)\("([a-z][a-z-]*)"\)`)
)

// routes reads all of them from the source: none can be forgotten here.
func routes(t testing.TB) (all []route, params []string) {
	t.Helper()
	files, err := filepath.Glob("../web/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	text := source.String()
	add := func(r route) {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for _, m := range declared.FindAllStringSubmatch(text, -1) {
		if m[3] != "" {
			for _, list := range whats.FindAllStringSubmatch(text, -1) {
				for what := range strings.SplitSeq(list[1], ",") {
					add(route{m[1], m[2] + strings.Trim(what, `" `)})
				}
			}
			continue
		}
		add(route{m[1], m[2]})
	}
	for _, b := range bases.FindAllStringSubmatch(text, -1) {
		for _, m := range underBase.FindAllStringSubmatch(text, -1) {
			add(route{m[1], b[1] + m[2]})
		}
	}
	for _, m := range typedNames.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(params, m[1]) {
			params = append(params, m[1])
		}
	}
	if len(all) < 50 || len(params) < 5 {
		t.Fatalf("only %d routes and %d parameters were read from the source", len(all), len(params))
	}
	return all, params
}

var inPath = regexp.MustCompile(`\{([a-z]+)\}`)

// filled is the address of a route about somebody, with what kind and id say.
func (w *world) filled(t testing.TB, pattern, whose string, s *secret) string {
	whom := w.house.Door.Text(w.person(t, whose))
	return strings.TrimSuffix(inPath.ReplaceAllStringFunc(pattern, func(name string) string {
		switch name {
		case "{person}":
			return whom
		case "{kind}":
			return s.kind
		case "{id}":
			return w.house.Door.EntryText(s.entry)
		case "{section}":
			return "conditions"
		case "{choice}":
			return "research"
		case "{n}":
			return "0"
		}
		return "x"
	}), "{$}")
}

// mayOpen says who may come to a page about somebody at all, by the beginning of its
// address: the rest depends on whose record it is.
func mayOpen(pattern, role string, hasRecord bool) bool {
	has := func(roles ...string) bool { return slices.Contains(roles, role) }
	switch {
	case strings.HasPrefix(pattern, "/me"):
		return hasRecord
	case strings.HasPrefix(pattern, "/for"), strings.HasPrefix(pattern, "/carer"):
		return has("resident", "carer")
	case strings.HasPrefix(pattern, "/people/find"):
		return has("gp", "nurse", "social-worker", "care-coordinator", "paramedic", "pharmacist", "reception")
	case strings.HasPrefix(pattern, "/people"):
		return has("gp", "nurse", "social-worker", "care-coordinator", "link-worker", "paramedic", "pharmacist", "reception")
	case strings.HasPrefix(pattern, "/organisation"):
		return false // of those who wander, the administrator has no organisation
	case strings.HasPrefix(pattern, "/staff"):
		return true
	}
	return true // about nobody: the way in, and what is said of the service
}

// TestEveryRouteIsShutToRolesThatHaveNoBusinessThere asks every address of the pages as
// everybody, with each method, about somebody who is not theirs. A new address is in it
// by itself; one that begins otherwise than mayOpen knows is open to all, and shows.
func TestEveryRouteIsShutToRolesThatHaveNoBusinessThere(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		all, _ := routes(t)
		for _, who := range append([]string{""}, wanderers...) {
			v := w.visitor(t, who)
			role, hasRecord := "", false
			if who != "" {
				x := w.actor(t, who)
				role, hasRecord = x.Role, x.Person != 0
			}
			for _, r := range all {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "TRACE", "PROPFIND"} {
					at := w.filled(t, r.pattern, "rita", w.secrets[8])
					a := v.ask(request{method: method, path: at})
					known := method == r.method || slices.Contains(all, route{method, r.pattern})
					about := strings.HasPrefix(r.pattern, "/me") || strings.HasPrefix(r.pattern, "/for") || strings.HasPrefix(r.pattern, "/people") || strings.HasPrefix(r.pattern, "/carer") || strings.HasPrefix(r.pattern, "/staff") || strings.HasPrefix(r.pattern, "/organisation")
					live := strings.HasSuffix(r.pattern, "/live") // answers everybody alike, and says only that it is gone
					place := fmt.Sprintf("%s %s as %q: %d", method, r.pattern, who, a.Code)
					switch {
					case a.Code >= 500:
						t.Error("failed:", place)
					case !known && a.Code < 400:
						t.Error("a method that is not there was answered:", place)
					case live && a.Code == http.StatusOK && strings.Contains(a.Body.String(), "event: less"):
						t.Error("watched:", place)
					case about && !live && who == "" && a.Code < 400:
						t.Error("open to nobody in particular:", place)
					case about && !live && who != "" && a.Code < 300 && !mayOpen(r.pattern, role, hasRecord):
						t.Error("open to a role without business there:", place)
					}
					if strings.Contains(a.Body.String(), "Malik") && method == http.MethodGet && strings.Contains(r.pattern, "{person}") {
						t.Error("names somebody who is not theirs:", place)
					}
				}
			}
		}
	})
}
