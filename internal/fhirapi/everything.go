package fhirapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// everything is all of a person's entries that may be seen, with the organisations and
// staff that they lead to. A page is as large as _count says; without it there is one.
func (s *API) everything(a *ask) (*reply, error) {
	whom, err := s.aboutPerson(a)
	if err != nil {
		return nil, err
	}
	mark, err := s.resume(a)
	if err != nil {
		return nil, err
	}
	q, kinds, since, err := s.allOf(a)
	if err != nil {
		return nil, err
	}
	path := "/Patient/" + a.at.id + "/$everything"
	if a.at.shape == compartmentAll {
		path = "/Patient/" + a.at.id + "/*"
	}
	var body []byte
	err = s.open(a, whom, func(v record.View) error {
		v.Doing("fhir everything")
		if !s.isHere(v, a.at.id) {
			return errNothing
		}
		var all []record.Header
		v.Headers(func(h record.Header) {
			if (kinds == nil || slices.Contains(kinds, h.Kind)) && h.At >= since {
				all = append(all, h)
			}
		})
		around := map[int64]record.Entry{}
		for _, kind := range []string{"CareTeam", "RelatedPerson"} {
			for _, e := range s.circleOf(a, v, kind) {
				if (kinds == nil || slices.Contains(kinds, kind)) && e.At >= since {
					around[e.ID.N], all = e, append(all, e.Header)
				}
			}
		}
		numbers := make([]int64, len(all))
		for i := range all {
			numbers[i] = all[i].ID.N
		}
		from := 0
		if mark != nil {
			from = mark.from(numbers)
		}
		end := len(all)
		if q.self.Has("_count") {
			end = min(from+q.count, end)
		}
		w, patient := s.writer(a, q, v), s.patientOf(v)
		for i, h := range all[from:end] {
			e, err := around[h.ID.N], error(nil)
			if !reflected(h) {
				e, err = v.Get(h.ID)
			}
			if err != nil {
				return err
			}
			// So that it leads to a Patient that is sent with it.
			if e.Doc, err = fhir.Redirect(e.Doc, "Patient/"+s.Door.Text(whom), patient); err != nil {
				return err
			}
			if err := w.entry(e, "match"); err != nil {
				return err
			}
			if err := w.public(e.Doc, kinds); err != nil {
				return err
			}
			if len(w.b.entries) > most {
				end = from + i + 1
				break
			}
		}
		if err := w.checked(); err != nil {
			return err
		}
		next, err := s.nextOf(a, path, q.self, numbers, end)
		if err != nil {
			return err
		}
		body = w.b.done("searchset", v.Now(), masked(a.why), len(all), a.link(path, q.self), next)
		return nil
	})
	return &reply{status: http.StatusOK, body: body}, err
}

// public writes the public resources that a document leads to.
func (w *writer) public(d *fhir.Doc, kinds []string) error {
	for r := range d.References() {
		if r.Ref.Kind == fhir.RefRelative && record.Public(r.Ref.Type) && (kinds == nil || slices.Contains(kinds, r.Ref.Type)) {
			if w.names[r.Ref.Text] {
				continue
			}
			if _, err := w.follow(link{}, r.Ref.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// allOf reads the parameters of $everything.
func (s *API) allOf(a *ask) (q *results, kinds []string, since clock.Time, err error) {
	q = &results{typ: "Patient", self: url.Values{}, count: usualCount}
	for name, values := range a.query {
		value := values[len(values)-1]
		switch name {
		case "_type":
			kinds = strings.Split(value, ",")
			q.self.Set(name, value)
		case "_since":
			var ok bool
			if since, _, ok = fhir.Interval(value); !ok {
				q.wrong(name, "Give an instant with its zone, such as 2026-03-29T10:00:00Z.")
			}
			q.self.Set(name, value)
		case "_count", "_format", "_pretty", "_elements", "_summary":
			s.result(a, q, name, name, "", value)
		default:
			q.unknown(a, name)
		}
	}
	if q.summary == "count" {
		q.wrong("_summary", "Ask for a count in a search of one type.")
	}
	return q, kinds, since, refuse(q.problems)
}

// validate says what is wrong with a resource, and keeps nothing.
func (s *API) validate(a *ask) (*reply, error) {
	d, err := a.document()
	if err != nil {
		return nil, err
	}
	if d.Type() == "Parameters" {
		for p := range d.At("parameter") {
			if p.Get("name").Str() == "resource" {
				inner := new(fhir.Doc)
				if err := fhir.Parse(p.Get("resource").Raw(), inner); err == nil {
					d = inner
				}
			}
		}
	}
	var out fhir.Outcome
	if d.Type() != a.at.typ {
		return nil, &fault.Error{Kind: fault.Invalid, Say: "This is not a " + a.at.typ + "."}
	}
	s.Spec.Validate(d, &out)
	if out.OK() {
		return &reply{status: http.StatusOK, body: wellDone("Nothing is wrong with it, as far as the definitions of R4 say.")}, nil
	}
	b := fhir.New("OperationOutcome")
	for _, i := range out.Issues {
		b.Add("issue", fhir.Obj{"severity", "error", "code", i.Code, "details", fhir.Obj{"text", i.Say}, "expression", fhir.List{i.Path}})
	}
	return &reply{status: http.StatusOK, body: b.Bytes()}, nil
}
