package fhirapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// mostHistory is how many entries one answer tells the history of: each is read from
// the log.
const mostHistory = 50

// entryOf is the entry in an address.
func (s *API) entryOf(a *ask) (id.Entry, error) {
	e, err := s.Door.EntryID(a.at.id)
	if err != nil || e.Person == 0 {
		return id.Entry{}, errNothing
	}
	return e, nil
}

// history is the versions of one entry that may be seen, the latest first.
func (s *API) history(a *ask) (*reply, error) {
	e, err := s.entryOf(a)
	if err != nil {
		return nil, err
	}
	h, err := s.chronicle(a)
	if err != nil {
		return nil, err
	}
	var body []byte
	err = s.open(a, person.ID(e.Person), func(v record.View) error {
		v.Doing("fhir history")
		x, err := s.get(a, v, e)
		if err != nil {
			return err
		}
		var b bundle
		n, err := s.versionsOf(a, v, x, h, &b)
		if err != nil {
			return err
		}
		body = b.done("history", v.Now(), masked(a.why), n, a.link("/"+a.at.typ+"/"+a.at.id+"/_history", h.self), "")
		return nil
	})
	return &reply{status: http.StatusOK, body: body}, err
}

// A chronicle is what the parameters of a history ask for.
type chronicle struct {
	since clock.Time
	count int
	self  url.Values
	whom  []string
}

// chronicle reads the parameters of a history.
func (s *API) chronicle(a *ask) (*chronicle, error) {
	h := &chronicle{count: mostHistory, self: url.Values{}}
	var problems []fault.Problem
	for name, values := range a.query {
		value := values[len(values)-1]
		switch {
		case value == "":
			continue
		case name == "_since":
			low, _, ok := fhir.Interval(value)
			if !ok {
				problems = append(problems, fault.Problem{Path: name, Say: "Give an instant with its zone, such as 2026-03-29T10:00:00Z."})
			}
			h.since = low
		case name == "_count":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				problems = append(problems, fault.Problem{Path: name, Say: "Give a whole number of results for a page, such as 50."})
			}
			h.count = min(n, mostHistory)
			value = strconv.Itoa(h.count)
		case name == "patient" && a.at.id == "":
			for _, v := range values {
				h.whom = append(h.whom, a.patient(v))
			}
		case name == "_format", name == "_pretty":
		default:
			if a.strict {
				problems = append(problems, fault.Problem{Path: name, Say: "Leave this parameter out: it is not known here."})
			}
			continue
		}
		h.self.Set(name, value)
	}
	return h, refuse(problems)
}

// versionsOf writes the versions of one entry, the latest first, and says how many.
func (s *API) versionsOf(a *ask, v record.View, x record.Entry, h *chronicle, b *bundle) (int, error) {
	var all []record.Version
	var err error
	if reflected(x.Header) {
		all = []record.Version{{Entry: x, Now: true}} // what it was before is kept nowhere
	} else {
		err = v.History(a, x.ID, func(o record.Version) error { all = append(all, o); return nil })
	}
	if err != nil {
		return 0, err
	}
	n := 0
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i]
		if o.At < h.since {
			break
		}
		n++
		if b.n >= h.count {
			continue
		}
		d := o.Doc
		if o.Now {
			if d, err = s.whole(a, v, x); err != nil {
				return n, err
			}
		}
		version, at := s.stamp(o.Header)
		b.begin(a.base, x.Kind, d.ID())
		b.entries = s.seen(a, x.Kind).append(b.entries, d, version, at)
		// The first that may be seen looks like the first there was.
		method, status, url := "PUT", "200 OK", x.Kind+"/"+d.ID()
		if i == 0 {
			method, status, url = "POST", "201 Created", x.Kind
		}
		b.entries = append(b.entries, `,"request":{"method":"`+method+`","url":"`+url+`"},"response":{"status":"`+status+
			`","etag":"W/\"`+version+`\"","lastModified":"`+at.FHIR()+`"}}`...)
	}
	return n, nil
}

// vread is one version of an entry. It is judged by what is shared now, and by what it
// was itself about.
func (s *API) vread(a *ask) (*reply, error) {
	e, err := s.entryOf(a)
	if err != nil {
		return nil, err
	}
	seq, err := s.version(e, a.at.version)
	if err != nil {
		return nil, err
	}
	var out *reply
	err = s.open(a, person.ID(e.Person), func(v record.View) error {
		v.Doing("fhir read")
		x, err := s.get(a, v, e)
		switch {
		case err != nil:
			return err
		case x.Version == seq:
			out, err = s.resource(a, v, x, s.seen(a, x.Kind))
			return err
		}
		out = nil
		err = v.History(a, e, func(o record.Version) error {
			if o.Version == seq {
				version, at := s.stamp(o.Header)
				body := s.seen(a, x.Kind).append(nil, o.Doc, version, at)
				out = &reply{status: http.StatusOK, etag: etag(version), modified: at, body: body}
			}
			return nil
		})
		if err == nil && out == nil {
			err = errNothing
		}
		return err
	})
	return out, err
}

// recentHistory is the history of what was changed last, of one person's entries of a
// type or of all types.
func (s *API) recentHistory(a *ask) (*reply, error) {
	h, err := s.chronicle(a)
	if err != nil {
		return nil, err
	}
	whom := person.ID(a.who.Person)
	switch {
	case len(h.whom) == 1:
		var ok bool
		if whom, _, ok = s.person(h.whom[0]); !ok {
			return nil, errNothing
		}
	case len(h.whom) > 1 || !lay(a.who) || whom == 0:
		return nil, refuse([]fault.Problem{{Path: "patient", Say: "Name the person whose history you ask for: add patient= and their id. Nothing searches across people."}})
	}
	path := "/_history"
	if a.at.typ != "" {
		path = "/" + a.at.typ + path
	}
	var body []byte
	err = s.open(a, whom, func(v record.View) error {
		v.Doing("fhir history")
		if len(h.whom) == 1 && !s.isHere(v, h.whom[0]) {
			return errNothing
		}
		var recent []record.Header
		v.Headers(func(x record.Header) {
			if (a.at.typ == "" || x.Kind == a.at.typ) && x.At >= h.since {
				recent = append(recent, x)
			}
		})
		slices.SortStableFunc(recent, func(x, y record.Header) int { return int(min(max(y.At-x.At, -1), 1)) })
		var b bundle
		for _, x := range recent[:min(len(recent), h.count)] {
			if b.n >= h.count {
				break
			}
			e, err := v.Get(x.ID)
			if err != nil {
				return err
			}
			if _, err := s.versionsOf(a, v, e, h, &b); err != nil {
				return err
			}
		}
		body = b.done("history", v.Now(), masked(a.why), -1, a.link(path, h.self), "")
		return nil
	})
	return &reply{status: http.StatusOK, body: body}, err
}
