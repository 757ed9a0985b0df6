package script

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// A wanderer makes up requests as one actor: it follows links, changes addresses,
// sends forms that do not hold, and searches as programs do, with whatever words and
// codes it has met and some that it has not. One seed makes the same requests.
type wanderer struct {
	*pair
	*rand.Rand
	came  *came // where it is counted; may be nil
	ready *able // what the FHIR edge says it can do; nil: there is none

	pages  []string // addresses met and not yet opened
	opened []string
	fields map[string][]string // of forms, by action
	values []string            // words and codes met
	ids    []string            // Type/«n» met
}

func wander(p *pair, seed uint64, ready *able) *wanderer {
	w := &wanderer{pair: p, Rand: rand.New(rand.NewPCG(seed, uint64(len(p.who))*977+uint64(p.who[0]))), ready: ready, fields: map[string][]string{}}
	w.values = []string{"86406008", "http://snomed.info/sct|86406008", "20447-9", "http://loinc.org|20447-9", "HIV", "sexual-health",
		"urn:onestory:topic|sexual-health", "R", "2026-11-21", "2026-11-20", "40", "booked", "final", "active", "Patient", "eno="}
	for _, s := range p.with.secrets {
		w.values = append(w.values, s.word)
	}
	w.pages = []string{"/", "/me", "/carer", "/people", "/staff", "/people/find", "/me/access", "/me/sharing"}
	for i := range knownPeople {
		for _, base := range []string{"/people/", "/for/"} {
			w.pages = append(w.pages, base+aPerson(i), base+aPerson(i)+"/record")
		}
	}
	for i, s := range p.with.secrets {
		for _, base := range []string{"/people/", "/for/"} {
			w.pages = append(w.pages, base+aPerson(w.placeOf(s.whose))+"/record/"+s.kind+"/"+aSecret(i))
		}
		w.pages = append(w.pages, "/me/record/"+s.kind+"/"+aSecret(i))
		w.ids = append(w.ids, s.kind+"/"+aSecret(i))
	}
	return w
}

func (w *wanderer) placeOf(who string) int {
	for i, name := range knownPeople {
		if name == who {
			return i
		}
	}
	return 0
}

func one[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// next makes up a request.
func (w *wanderer) next() request {
	n := w.IntN(100)
	if w.ready == nil && n >= 50 {
		n -= 50
	}
	switch {
	case n < 34 && len(w.pages) > 0:
		i := w.IntN(len(w.pages))
		at := w.pages[i]
		w.pages[i] = w.pages[len(w.pages)-1]
		w.pages = w.pages[:len(w.pages)-1]
		w.opened = append(w.opened, at)
		return get(at)
	case n < 45 && len(w.opened) > 0:
		return get(w.changed(one(w.Rand, w.opened)))
	case n < 50 && len(w.fields) > 0:
		return w.form()
	case w.ready == nil:
		return get(w.changed("/people/" + aPerson(w.IntN(6)) + "/record"))
	}
	return w.fhir()
}

// learn remembers what can be used in further requests.
func (w *wanderer) learn(r request, a *answer) {
	for _, to := range linksOn(a.body) {
		if strings.HasPrefix(to, "/me/access/journal") { // signed with a key of each world's own
			continue
		}
		if len(w.pages) < 3000 && !strings.Contains(to, "lang=") {
			w.pages = append(w.pages, to)
		}
	}
	for _, m := range formOn.FindAllStringSubmatch(a.body, -1) {
		var names []string
		for _, f := range named.FindAllStringSubmatch(m[2], -1) {
			names = append(names, f[1])
		}
		if to := action.FindStringSubmatch(m[1]); to != nil && !strings.HasPrefix(to[1], "/sign-out") && !strings.HasPrefix(to[1], "/demo") {
			w.fields[to[1]] = names
		}
	}
	for _, m := range jsonWord.FindAllStringSubmatch(a.body, 40) {
		if len(w.values) < 600 {
			w.values = append(w.values, m[2])
		}
	}
	for _, m := range typed.FindAllString(a.body, 60) {
		if len(w.ids) < 600 {
			w.ids = append(w.ids, m)
		}
	}
	for _, m := range nextPage.FindAllStringSubmatch(a.body, 2) {
		w.pages = append(w.pages, strings.ReplaceAll(m[1], `\/`, "/"))
	}
}

var (
	formOn   = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	jsonWord = regexp.MustCompile(`"(code|text|display|valueString|status|birthDate|family|authoredOn|system)":"([^"\\]{1,60})"`)
	typed    = regexp.MustCompile(`[A-Z][A-Za-z]{3,30}/«\d+»(?:/_history/«\d+»)?`)
	nextPage = regexp.MustCompile(`"http://` + host + `(/fhir/[^"]*«\d+»)"`)
)

// changed is an address with something in it changed.
func (w *wanderer) changed(at string) string {
	path, query, _ := strings.Cut(at, "?")
	parts := strings.Split(path, "/")
	i := w.IntN(len(parts))
	switch w.IntN(9) {
	case 0: // somebody or something else
		for j, part := range parts {
			if strings.HasPrefix(part, "«") {
				parts[j] = one(w.Rand, []string{aPerson(w.IntN(6)), aSecret(w.IntN(9)), told(w.IntN(len(w.with.met)))})
				if w.IntN(2) == 0 {
					break
				}
			}
		}
	case 1:
		parts = append(parts, one(w.Rand, []string{"record", "file", "0", "1", "access", "sharing", "end", "record/results", "live", "print"}))
	case 2:
		parts = parts[:i+1]
	case 3:
		parts[i] = one(w.Rand, []string{"Condition", "Observation", "conditions", "results", "medicines", "letters", "../..", "%2e%2e", "", "for", "people", "me"})
	case 4:
		parts[i] = strings.ToUpper(parts[i])
	case 5:
		query += "&lang=" + one(w.Rand, []string{"en", "ar-XB", "en-XA", "zz"})
	default:
		query += "&" + one(w.Rand, []string{"page", "sort", "q", "filter", "section", "from", "code", "by", "show", "as", "n"}) +
			"=" + url.QueryEscape(one(w.Rand, w.values))
	}
	path = "/" + strings.TrimPrefix(strings.Join(parts, "/"), "/")
	if query = strings.TrimPrefix(query, "&"); query != "" {
		path += "?" + query
	}
	return path
}

// form sends a form that was met, with fields that do not hold together: a mark in
// place of one of them makes sure that nothing is done.
func (w *wanderer) form() request {
	var to string
	n := w.IntN(len(w.fields))
	for _, k := range sorted(w.fields) {
		if n == 0 {
			to = k
		}
		n--
	}
	f := url.Values{}
	for _, name := range w.fields[to] {
		if w.IntN(3) > 0 {
			f.Add(name, one(w.Rand, append([]string{"", aPerson(w.IntN(6)), "31", "02", "1951"}, w.values...)))
		}
	}
	if !strings.Contains(to, "find") || strings.Contains(to, "ask") || strings.Contains(to, "join") {
		for _, name := range []string{"id", "to", "topic", "ticket", "reason", "confirm", "choice"} {
			f.Set(name, "")
		}
	}
	body := f.Encode()
	return request{method: http.MethodPost, path: to, body: strings.NewReplacer("%C2%AB", "«", "%C2%BB", "»").Replace(body)}
}

// fhir is one of the requests that programs make.
func (w *wanderer) fhir() request {
	whom := "Patient/" + aPerson(max(0, w.IntN(16)-10)) // mostly Amina
	id := one(w.Rand, w.ids)
	kind, _, _ := strings.Cut(id, "/")
	switch n := w.IntN(20); {
	case n < 9:
		typ := w.ready.some(w.Rand)
		r := get("/fhir/" + typ.name + "?" + w.query(typ, whom))
		switch w.IntN(8) {
		case 0:
			r = request{method: http.MethodPost, path: "/fhir/" + typ.name + "/_search", body: w.query(typ, whom)}
		case 1:
			r = get("/fhir/" + whom + "/" + typ.name + "?" + w.query(typ, ""))
		case 2:
			r.header = map[string]string{"Prefer": "handling=strict"}
		}
		return r
	case n < 11:
		return get("/fhir/" + id)
	case n < 12:
		return get("/fhir/" + one(w.Rand, []string{"Condition", "Patient", "Observation", kind}) + "/" + told(w.IntN(len(w.with.met))))
	case n < 13:
		return get("/fhir/" + id + "?" + one(w.Rand, []string{"_summary=text", "_summary=true", "_summary=data", "_elements=code,note", "_elements=id"}))
	case n < 15:
		return get("/fhir/" + strings.Split(id, "/_history")[0] + "/_history" + one(w.Rand, []string{"", "/1", "/2", "/" + told(w.IntN(len(w.with.met))), "?_since=2026-11-01T00:00:00Z", "?_count=1"}))
	case n < 16:
		return get("/fhir/" + one(w.Rand, []string{kind + "/_history?patient=" + aPerson(w.IntN(6)), "_history", "_history?patient=" + aPerson(w.IntN(6)), whom + "/_history"}))
	case n < 17:
		return get("/fhir/" + whom + one(w.Rand, []string{"/$everything", "/$everything?_count=3", "/*", "/$everything?_type=Condition,Observation", "/$everything?_since=2026-11-22T00:00:00Z", "/$everything?start=2026-11-21"}))
	}
	return w.refused(id, kind, whom)
}

// refused is a change that cannot be made: another version, another type, somebody
// who is not there, or a document that does not hold.
func (w *wanderer) refused(id, kind, whom string) request {
	id, _, _ = strings.Cut(id, "/_history")
	_, n, _ := strings.Cut(id, "/")
	header := map[string]string{"Content-Type": "application/fhir+json"}
	body := fmt.Sprintf(`{"resourceType":%q,"id":%q,"subject":{"reference":%q},"status":"final","code":{"text":"x"}}`, kind, n, whom)
	switch w.IntN(4) {
	case 0:
		header["If-Match"] = one(w.Rand, []string{`W/"1"`, `W/"00000000000000000000000000000000"`, "*"})
		return request{method: http.MethodPut, path: "/fhir/" + id, header: header, body: body}
	case 1:
		header["If-Match"] = `W/"00000000000000000000000000000000"`
		return request{method: http.MethodDelete, path: "/fhir/" + id, header: header}
	case 2: // somebody hidden from, or a document that says nothing of, whom it is about
		header["If-None-Exist"] = one(w.Rand, []string{"code=86406008", "_id=" + n, "identifier=x"})
		return request{method: http.MethodPost, path: "/fhir/" + kind, header: header, body: fmt.Sprintf(`{"resourceType":%q,"subject":{"reference":"Patient/%s"}}`, kind, aPerson(5))}
	}
	return request{method: one(w.Rand, []string{http.MethodPut, http.MethodDelete, http.MethodPatch}), path: "/fhir/" + id, header: header, body: body}
}
