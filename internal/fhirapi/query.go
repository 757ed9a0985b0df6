package fhirapi

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

const (
	usualCount = 50   // results on a page, when nobody says
	mostCount  = 1000 // and at most
	mostLinks  = 20   // _include and _revinclude in one request
)

// results are the parameters of a search, read.
type results struct {
	typ      string
	terms    url.Values // what an entry must answer, for the door
	updated  *fhir.Query
	whom     [][]string // about whom it is: each must name the person, by one of its ids
	named    bool       // somebody is named, whether or not that leads anywhere
	self     url.Values // all that was understood
	problems []fault.Problem

	count     int
	countOnly bool
	noTotal   bool
	summary   string
	elements  map[string]bool
	sort      []sortBy
	include   []link
	back      []link // _revinclude
}

type sortBy struct {
	code string
	down bool
}

// A link is an _include or a _revinclude.
type link struct {
	typ, param string // param "*": any
	target     string // the type that it leads to, "" for any
	again      bool   // also from what came along
}

func (q *results) wrong(param, say string) {
	q.problems = append(q.problems, fault.Problem{Path: param, Say: say})
}

// unknown notes a parameter that is not understood: refused if the asker wants that,
// otherwise as if it were not there.
func (q *results) unknown(a *ask, name string) {
	if a.strict {
		q.wrong(name, "Leave this parameter out: it is not known here.")
	}
}

// never are parameters that are refused even when unknown ones are passed over: to
// leave them out would answer another question, with more than was asked for.
var never = []string{"_has", "_filter", "_text", "_content", "_query", "_list", "_type"}

// parse reads the parameters of a search of the type in the address.
func (s *API) parse(a *ask, typ string) (*results, error) {
	q := &results{typ: typ, terms: url.Values{}, self: url.Values{}, count: usualCount}
	for _, name := range slices.Sorted(maps.Keys(a.query)) {
		base, mod, _ := strings.Cut(name, ":")
		for _, value := range a.query[name] {
			switch {
			case value == "": // as R4 has it: nothing was asked
			case strings.Contains(name, ".") || slices.Contains(never, base):
				q.wrong(base, "Leave this parameter out: this server does not search through what an entry leads to, nor by filters or text.")
			case fhir.ForResults(name):
				s.result(a, q, name, base, mod, value)
			case a.rule.access == personal && slices.Contains(a.rule.naming, base) && (mod == "" || mod == "Patient"):
				q.names(a, name, base, mod, value)
			default:
				q.terms.Add(name, value)
			}
		}
	}
	q.lastUpdated(s, a)
	_, ignored, err := s.Spec.ParseQuery(typ, q.terms, false)
	for _, p := range fault.Problems(err) {
		q.wrong(p.Path, p.Say)
	}
	for _, name := range ignored {
		delete(q.terms, name)
		q.unknown(a, name)
	}
	if err := refuse(q.problems); err != nil {
		return nil, err
	}
	for name, values := range q.terms {
		q.self[name] = append(q.self[name], values...)
	}
	return q, nil
}

// names notes about whom a search is.
func (q *results) names(a *ask, name, base, mod, value string) {
	var ids []string
	for alternative := range strings.SplitSeq(value, ",") {
		if id := a.patient(alternative); id != "" {
			ids = append(ids, id)
		}
	}
	q.named = true
	q.whom = append(q.whom, ids)
	q.self.Add(name, value)
	if base == "_id" && mod == "" { // of Patients: these, unless it was the person's own id
		q.terms.Add(name, value)
	}
}

// lastUpdated takes out the parameter that is about what the server says of an entry:
// it is not in the document.
func (q *results) lastUpdated(s *API, a *ask) {
	values := url.Values{}
	for name := range q.terms {
		if base, _, _ := strings.Cut(name, ":"); base == "_lastUpdated" {
			values[name] = q.terms[name]
			q.self[name] = q.terms[name]
			delete(q.terms, name)
		}
	}
	if len(values) == 0 {
		return
	}
	var err error
	q.updated, _, err = s.Spec.ParseQuery(q.typ, values, true)
	for _, p := range fault.Problems(err) {
		q.wrong(p.Path, p.Say)
	}
}

// fits reports whether an entry was changed when it should have been.
func (q *results) fits(s *API, h record.Header) bool {
	if q.updated == nil {
		return true
	}
	d := fhir.New(q.typ).Set("meta.lastUpdated", h.At.FHIR()).Doc()
	return s.Spec.Match(d, q.updated)
}

// result reads a parameter that says how results are given.
func (s *API) result(a *ask, q *results, name, base, mod, value string) {
	known := true
	switch base {
	case "_count":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			q.wrong(name, "Give a whole number of results for a page, such as 50.")
			return
		}
		q.count = min(n, mostCount)
		q.countOnly = q.countOnly || n == 0
		value = strconv.Itoa(q.count)
	case "_total":
		q.noTotal = value == "none"
		known = value == "none" || value == "estimate" || value == "accurate"
	case "_summary":
		q.summary = value
		known = slices.Contains([]string{"true", "text", "data", "count", "false"}, value)
		q.countOnly = q.countOnly || value == "count"
	case "_elements":
		q.elements = map[string]bool{}
		for e := range strings.SplitSeq(value, ",") {
			e = strings.TrimPrefix(e, q.typ+".")
			head, _, _ := strings.Cut(e, ".")
			q.elements[head] = true
		}
	case "_sort":
		value, known = q.sorted(s, value)
	case "_include", "_revinclude":
		known = s.link(q, base, mod, value)
	case "_format", "_pretty":
	default:
		known = false
	}
	if !known {
		q.unknown(a, name)
		return
	}
	q.self.Add(name, value)
}

// sorted reads _sort. What cannot be sorted by is left out.
func (q *results) sorted(s *API, value string) (understood string, all bool) {
	all = true
	var kept []string
	for part := range strings.SplitSeq(value, ",") {
		code, down := strings.CutPrefix(part, "-")
		if s.Spec.Param(q.typ, code) == nil {
			all = false
			continue
		}
		kept = append(kept, part)
		q.sort = append(q.sort, sortBy{code, down})
	}
	return strings.Join(kept, ","), all && len(kept) > 0
}

// link reads an _include or a _revinclude: Type:parameter, with a type that it leads to
// if need be, or *.
func (s *API) link(q *results, base, mod, value string) bool {
	if len(q.include)+len(q.back) >= mostLinks {
		q.wrong(base, "Ask for fewer things to come along: "+strconv.Itoa(mostLinks)+" at most.")
		return true
	}
	l := link{again: mod == "iterate" || mod == "recurse"}
	if mod != "" && !l.again {
		return false
	}
	parts := strings.Split(value, ":")
	switch {
	case value == "*":
		l.param = "*"
	case len(parts) < 2 || len(parts) > 3 || !s.Spec.IsResource(parts[0]):
		return false
	default:
		l.typ, l.param = parts[0], parts[1]
		if len(parts) == 3 {
			l.target = parts[2]
		}
		if p := s.Spec.Param(l.typ, l.param); l.param != "*" && (p == nil || p.Kind != "reference") {
			return false
		}
	}
	if base == "_include" {
		q.include = append(q.include, l)
	} else {
		q.back = append(q.back, l)
	}
	return true
}

// whose is the one person that a search is about. found is false when what it names
// leads to nobody: the answer is then as if they had nothing.
func (s *API) whose(a *ask, q *results) (whom person.ID, found bool, err error) {
	var all []person.ID
	add := func(text string) {
		if p, _, ok := s.person(text); ok && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, ids := range q.whom {
		for _, text := range ids {
			add(text)
		}
	}
	own := person.ID(a.who.Person)
	isLay := lay(a.who) && own != 0
	if !q.named && !isLay { // an id of an entry says whose it is
		for _, value := range q.terms["_id"] {
			for text := range strings.SplitSeq(value, ",") {
				add(text)
				q.named = true
			}
		}
	}
	switch {
	case isLay && (!q.named || slices.Contains(all, own)):
		return own, true, nil
	case len(all) == 1:
		return all[0], true, nil
	case len(all) > 1:
		return 0, false, refuse([]fault.Problem{{Path: a.rule.naming[0], Say: "Name one person: a search is about one person at a time."}})
	case q.named:
		return 0, false, nil
	}
	return 0, false, refuse([]fault.Problem{{Path: a.rule.naming[0], Say: "Name the person whose record you search: add " + a.rule.naming[0] + "= and their id. Nothing searches across people."}})
}

// holds reports whether what a search names is the person a view is of.
func (q *results) holds(s *API, v record.View) bool {
	for _, ids := range q.whom {
		if !slices.ContainsFunc(ids, func(text string) bool { return s.isHere(v, text) }) {
			return false
		}
	}
	return true
}
