package script

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"onestory/internal/app"
)

// hostile is what is put into every place where something can be typed.
var hostile = []string{
	`'`, `"`, `\`, `' OR '1'='1' --`, `"); DROP TABLE look; --`, `1; SELECT pg_sleep(9)`, `%`, `_`, `*`, `%%%s%n`, "\x00", "a\x00b", "\xff\xfe", "\ufeff",
	"\r\nX-Injected: yes\r\n\r\n", "line\nlevel=ERROR msg=forged", "\x1b[31mred\x1b]0;title\a", "\u202eevil\u2066", `{"msg":"forged"}`,
	`<zzx onload=alert(1)>`, `"><zzx>`, `'-alert(1)-'`, `javascript:alert(1)`, `{{7*7}}`, `${jndi:ldap://x}`, `../../../../etc/passwd`, `/etc/passwd`,
	`-1`, `0`, `99999999999999999999999`, `1e400`, `NaN`, `2026-13-45`, `9999-12-31T23:59:60Z`, `0000`, `,`, `|`, `||`, `$`, `:`, `a|b|c|d`, `-`, `--`, `_sort`, `Patient/`, `/`, `#`, `?`, `&`,
	strings.Repeat("A", 3000), strings.Repeat("(", 500), strings.Repeat("a,", 700), strings.Repeat("é", 900),
}

// TestNothingThatIsTypedBreaksAnAnswer puts hostile text into every part of every
// address, every parameter of every form and search, and the headers that are read.
// Nothing fails, nothing comes back as markup or as a header, and the log has one line
// for each request, with nothing of what was typed.
func TestNothingThatIsTypedBreaksAnAnswer(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		asked, codes := 0, map[int]int{}
		v := map[string]*visitor{}
		for _, who := range []string{"amina", "leila", "priya"} {
			v[who] = w.visitor(t, who)
		}
		ask := func(who string, r request) {
			t.Helper()
			asked++
			a := v[who].ask(r)
			codes[a.Code]++
			body, kind := a.Body.String(), a.Header().Get("Content-Type")
			switch {
			case a.Code >= 500:
				t.Errorf("%d to %s: %.1000q\n%.300s", a.Code, who, r, body)
			case strings.Contains(kind, "html") && strings.Contains(body, "<zzx"):
				t.Errorf("markup came back to %s: %.300q", who, r)
			case kind == "" && len(body) > 0, a.Header().Get("X-Injected") != "":
				t.Errorf("odd headers to %.300q: %v", r, a.Header())
			}
		}
		pagesUnderAttack(t, w, ask)
		able := readAble(t, w)
		if able == nil {
			t.Fatal("there is no FHIR edge")
		}
		searchesUnderAttack(w, able, t, ask)
		t.Log("asked ", asked, ", answered ", codes)
		lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
		told := 0
		for _, line := range lines {
			if !strings.HasPrefix(line, "time=") || strings.ContainsAny(line, "\x00\x1b\r\u202e\u2066") {
				t.Errorf("a line of the log is not ours: %.300q", line)
			}
			if strings.Contains(line, "msg=request ") {
				told++
			}
		}
		if told != asked+1 { // one for the CapabilityStatement
			t.Errorf("%d requests have %d lines in the log", asked+1, told)
		}
		for _, word := range []string{"forged", "zzx", "DROP", "passwd", "AAAA"} {
			if strings.Contains(w.log.String(), word) {
				t.Errorf("the log has what was typed: %s", word)
			}
		}
	})
}

// pagesUnderAttack asks every route with something hostile in each of its places.
func pagesUnderAttack(t *testing.T, w *world, ask func(string, request)) {
	all, params := routes(t)
	random := rand.New(rand.NewPCG(3, 3))
	for _, r := range all {
		who := "amina"
		switch {
		case strings.HasSuffix(r.pattern, "/live"), strings.HasPrefix(r.pattern, "/sign-out"), strings.HasPrefix(r.pattern, "/demo"):
			continue
		case strings.HasPrefix(r.pattern, "/for"), strings.HasPrefix(r.pattern, "/carer"):
			who = "leila"
		case strings.HasPrefix(r.pattern, "/people"), strings.HasPrefix(r.pattern, "/staff"):
			who = "priya"
		}
		whole := w.filled(t, r.pattern, "amina", w.secrets[0])
		for range 4 { // in the path
			at := inPath.ReplaceAllStringFunc(r.pattern, func(string) string { return url.PathEscape(one(random, hostile)) })
			ask(who, request{method: r.method, path: strings.TrimSuffix(at, "{$}")})
		}
		for range 3 { // in the query and the form
			q := url.Values{}
			for _, p := range params {
				q.Set(p, one(random, hostile))
			}
			ask(who, request{method: r.method, path: whole + "?" + q.Encode(), body: q.Encode()})
		}
		bad := one(random, []string{`<zzx>`, `' OR 1=1`, "\u202e", strings.Repeat("A", 4000), "en;q=NaN", "*", "a,b,c;;;"})
		ask(who, request{method: r.method, path: whole, header: map[string]string{
			"User-Agent": bad, "Accept-Language": bad, "Accept": bad, "X-Request-Id": bad, "X-Forwarded-Host": bad, "Referer": bad, "Prefer": bad,
		}})
	}
}

// searchesUnderAttack asks every type for every parameter it has.
func searchesUnderAttack(w *world, able *able, t *testing.T, ask func(string, request)) {
	random := rand.New(rand.NewPCG(4, 4))
	patient := w.house.Door.Text(w.person(t, "amina"))
	special := []string{"_sort", "_count", "_include", "_revinclude", "_elements", "_summary", "_total", "_cursor", "_format", "_id", "_lastUpdated", "_has", "_since", "_at", "_type", "_security", "_tag"}
	for _, typ := range able.types {
		names := append([]string{}, special...)
		for _, p := range typ.params {
			names = append(names, p.name+one(random, modifiers[p.kind]))
		}
		for len(names) > 0 { // a few at a time: some are refused, and would shield others
			n := min(2, len(names))
			q := url.Values{}
			for _, name := range names[:n] {
				q.Set(name, one(random, hostile))
			}
			names = names[n:]
			path := "/fhir/" + typ.name + "?patient=" + patient + "&" + q.Encode()
			ask("amina", request{method: http.MethodGet, path: path, header: map[string]string{"Prefer": "handling=lenient"}})
		}
		bad := url.PathEscape(one(random, hostile))
		ask("amina", request{method: http.MethodGet, path: "/fhir/" + typ.name + "/" + bad})
		ask("amina", request{method: http.MethodGet, path: "/fhir/Patient/" + patient + "/" + typ.name + "?" + url.Values{one(random, hostile): {one(random, hostile)}}.Encode()})
		ask("amina", request{method: http.MethodPost, path: "/fhir/" + typ.name, header: map[string]string{
			"Content-Type": "application/fhir+json", "If-None-Exist": one(random, hostile),
		}, body: fmt.Sprintf(`{"resourceType":%q,"subject":{"reference":"Patient/%s"},"x":%q}`, typ.name, patient, one(random, hostile))})
		ask("amina", request{method: http.MethodPut, path: "/fhir/" + typ.name + "/" + bad, header: map[string]string{
			"Content-Type": "application/fhir+json", "If-Match": one(random, hostile),
		}, body: one(random, hostile)})
	}
}

func TestEveryInputHasALimit(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		v := w.visitor(t, "amina")
		patient := w.house.Door.Text(w.person(t, "amina"))
		for _, c := range []struct {
			name string
			r    request
			want []int
		}{
			{"a million results", get("/fhir/Observation?_count=1000000&patient=" + patient), []int{200}},
			{"a chain of ten", get("/fhir/Observation?" + strings.Repeat("subject.", 10) + "name=x"), []int{400}},
			{"two hundred _include", get("/fhir/Observation?patient=" + patient + strings.Repeat("&_include=Observation:subject", 200)), []int{400}},
			{"an address that never ends", get("/fhir/Observation?code=" + strings.Repeat("a", 9000)), []int{414}},
			{"a bundle of ten thousand", request{method: http.MethodPost, path: "/fhir", header: map[string]string{"Content-Type": "application/fhir+json"},
				body: `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Repeat(`{"request":{"method":"GET","url":"Patient"}},`, 10_000) + `{}]}`}, []int{400, 404, 405, 413, 422}},
			{"ten thousand deep", request{method: http.MethodPost, path: "/fhir/Observation", header: map[string]string{"Content-Type": "application/fhir+json"},
				body: strings.Repeat(`{"a":`, 10_000)}, []int{400}},
			{"five million bytes to FHIR", request{method: http.MethodPost, path: "/fhir/Observation", header: map[string]string{"Content-Type": "application/fhir+json"},
				body: strings.Repeat("x", 5_000_000)}, []int{413}},
			{"two million bytes to a page", request{method: http.MethodPost, path: "/me/sharing/new", body: "reason=" + strings.Repeat("x", 2_000_000)}, []int{400, 413, 422}},
			{"ten thousand fields", request{method: http.MethodPost, path: "/me/sharing/new", body: strings.Repeat("topic=x&", 10_000)}, []int{400, 413, 422}},
			{"something packed", request{method: http.MethodPost, path: "/fhir/Observation", header: map[string]string{"Content-Type": "application/fhir+json", "Content-Encoding": "gzip"}, body: "x"}, []int{415}},
			{"XML", request{method: http.MethodPost, path: "/fhir/Observation", header: map[string]string{"Content-Type": "application/fhir+xml"},
				body: `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Observation/>`}, []int{415}},
		} {
			a := v.ask(c.r)
			ok := false
			for _, want := range c.want {
				ok = ok || a.Code == want
			}
			if !ok {
				t.Errorf("%s: answered %d, not %v\n%.300s", c.name, a.Code, c.want, a.Body)
			}
			if c.name == "a million results" && strings.Count(a.Body.String(), `"fullUrl"`) > 1000 {
				t.Error("a page has more than a thousand results")
			}
		}
	})
}

func TestNoOtherSiteReadsAnythingAndNoHeaderChangesTheMethod(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		v := w.visitor(t, "amina")
		id := w.house.Door.EntryText(w.secrets[0].entry)
		for _, path := range []string{"/me", "/me/record", "/fhir/metadata", "/fhir/Condition/" + id, "/fhir/Condition", "/livez", "/me/access/journal"} {
			for _, origin := range []string{"https://evil.example", "null", "http://" + host + ".evil.example", "http://evil" + host} {
				for _, method := range []string{http.MethodGet, http.MethodOptions} {
					a := v.ask(request{method: method, path: path, header: map[string]string{"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}})
					for name := range a.Header() {
						if strings.HasPrefix(name, "Access-Control-") {
							t.Errorf("%s %s from %s: %s", method, path, origin, name)
						}
					}
				}
			}
			for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
				if a := v.ask(request{method: http.MethodGet, path: path + "?_method=DELETE", header: map[string]string{header: "DELETE"}}); a.Code >= 500 {
					t.Errorf("%s: %d", path, a.Code)
				}
			}
			if a := v.ask(get("/fhir/Condition/" + id)); a.Code != http.StatusOK {
				t.Fatal("the entry is gone after ", path)
			}
		}
		for _, origin := range []string{"https://evil.example", "null"} { // and no other site acts for anybody
			if a := v.ask(request{method: http.MethodPost, path: "/me/sharing/new", header: map[string]string{"Origin": origin}}); a.Code != http.StatusForbidden {
				t.Errorf("a form sent from %s: %d", origin, a.Code)
			}
		}
		// A browser sends the cookie along by itself; a bearer it does not. So FHIR takes no cookie.
		if a := v.ask(request{method: http.MethodGet, path: "/fhir/Condition/" + id, header: map[string]string{"Authorization": ""}}); a.Code != http.StatusUnauthorized {
			t.Errorf("FHIR let a cookie in: %d", a.Code)
		}
	})
}

func TestThereAreNoDoorsForDebuggingAndNoDefaultWayIn(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		v := w.visitor(t, "omar")
		for _, path := range []string{
			"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug", "/.git/config", "/.git/HEAD", "/.env", "/backup", "/backup.db", "/onestory.db", "/data/onestory.db",
			"/keys", "/admin", "/api", "/swagger.json", "/graphql", "/server-status", "/assets/", "/assets/style.css.map", "/assets/../web.go", "/fhir/$export", "/fhir/$graphql", "/fhir/Binary/1", "/ledger.jsonl",
		} {
			if a := v.ask(get(path)); a.Code < 400 && a.Code != http.StatusMovedPermanently {
				t.Errorf("%s: %d", path, a.Code)
			}
		}
		real := &world{house: w.house, log: w.log, handler: w.house.Handler(w.house.Pages(app.Edge{HTTPS: true}))}
		amina := &visitor{world: real, who: "amina", cookie: "onestory=x"}
		for _, r := range []request{
			{method: http.MethodPost, path: "/demo/sign-in", body: "who=amina", header: map[string]string{"Origin": "https://" + host}}, get("/demo"),
			get("/fhir/Patient"), get("/fhir/Condition/x"), {method: http.MethodGet, path: "/fhir/Patient", header: map[string]string{"Authorization": "Basic YWRtaW46YWRtaW4="}},
		} {
			if a := amina.ask(r); a.Code != http.StatusNotFound && a.Code != http.StatusUnauthorized && a.Code != http.StatusForbidden {
				t.Errorf("without the demo, %s: %d", r, a.Code)
			}
		}
	})
}

var stack = regexp.MustCompile(`goroutine \d+|\.go:\d+|onestory/internal|pq:|sqlite|SQLSTATE`)

func TestEveryAnswerKeepsOutOfCachesAndFrames(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		all, _ := routes(t)
		real := &world{house: w.house, log: w.log, handler: w.house.Handler(w.house.Pages(app.Edge{Demo: true, HTTPS: true}))}
		for _, who := range []string{"amina", "priya", "leila"} {
			plain := w.visitor(t, who)
			v := &visitor{world: real, who: who, cookie: "__Host-" + plain.cookie}
			paths := []string{"/fhir/metadata", "/fhir/Patient", "/fhir/Condition?_summary=count", "/fhir/nothing", "/fhir/Condition/x", "/fhir/AuditEvent"}
			for _, r := range all {
				if r.method == http.MethodGet {
					paths = append(paths, w.filled(t, r.pattern, "amina", w.secrets[0]))
				}
			}
			for _, path := range paths {
				a := v.ask(get(path))
				h := a.Header()
				if !strings.Contains(h.Get("Cache-Control"), "no-store") {
					t.Errorf("%s may be kept: %q", path, h.Get("Cache-Control"))
				}
				if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
					!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") && !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
					t.Errorf("%s lacks a header: %v", path, h)
				}
				if !strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=") {
					t.Errorf("%s may be asked for without TLS", path)
				}
				if h.Get("Referrer-Policy") != "no-referrer" {
					t.Errorf("%s tells its address to others", path)
				}
				if m := stack.FindString(a.Body.String()); m != "" {
					t.Errorf("%s tells how it is made: %s", path, m)
				}
			}
		}
		a := (&visitor{world: real}).ask(request{method: http.MethodPost, path: "/demo/sign-in", body: "who=amina", header: map[string]string{"Origin": "https://" + host}})
		cookie := a.Header().Get("Set-Cookie")
		for _, flag := range []string{"__Host-onestory=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, flag) {
				t.Errorf("the cookie has no %s: %d %q", flag, a.Code, cookie)
			}
		}
	})
}

// TestNobodyWritesTheJournal asks to change it as everybody, with every method.
func TestNobodyWritesTheJournal(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		for _, who := range append([]string{"amina"}, wanderers...) {
			v := w.visitor(t, who)
			for _, path := range []string{"/fhir/AuditEvent", "/fhir/AuditEvent/1", "/fhir/Provenance", "/fhir/AuditEvent/_search"} {
				for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
					if strings.HasSuffix(path, "_search") && method == http.MethodPost {
						continue
					}
					a := v.ask(request{method: method, path: path, header: map[string]string{"Content-Type": "application/fhir+json", "If-Match": `W/"1"`},
						body: `{"resourceType":"AuditEvent","id":"1"}`})
					if a.Code != http.StatusMethodNotAllowed && a.Code != http.StatusNotFound && a.Code != http.StatusUnauthorized {
						t.Errorf("%s %s as %s: %d", method, path, who, a.Code)
					}
				}
			}
		}
	})
}
