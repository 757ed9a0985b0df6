package fhirapi

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// rounds is how often what came along may bring more along.
const rounds = 4

// along writes what the matches lead to and what leads to them, as far as it was asked
// for. It is all within the same view: what the lens hides and what is another person's
// are not there.
func (w *writer) along(matches []record.Entry) error {
	if len(w.q.include)+len(w.q.back) == 0 || len(matches) == 0 {
		return nil
	}
	from := matches
	var brought []record.Entry
	for round := range rounds {
		var next []record.Entry
		for _, l := range w.q.include {
			if round > 0 && !l.again {
				continue
			}
			found, err := w.forward(l, from)
			if err != nil {
				return err
			}
			next = append(next, found...)
		}
		for _, l := range w.q.back {
			if round > 0 && !l.again {
				continue
			}
			found, err := w.backward(l, from)
			if err != nil {
				return err
			}
			next = append(next, found...)
		}
		brought = append(brought, next...)
		if from = next; len(from) == 0 {
			break
		}
	}
	if len(w.q.back) == 0 {
		return nil
	}
	// A search forgets, for the journal, what it looked at and did not find: what is
	// shown is named again.
	for _, e := range slices.Concat(matches, brought) {
		if _, err := w.v.Get(e.ID); err != nil {
			return err
		}
	}
	return nil
}

// forward brings along what entries lead to by a parameter.
func (w *writer) forward(l link, from []record.Entry) (brought []record.Entry, err error) {
	for _, e := range from {
		if l.typ != "" && l.typ != e.Kind {
			continue
		}
		w.s.Spec.Index(e.Doc, func(h fhir.Hit) {
			if err != nil || h.Param.Kind != "reference" || l.param != "*" && h.Param.Code != l.param {
				return
			}
			var found *record.Entry
			if found, err = w.follow(l, h.Value.Get("reference").Str()); found != nil {
				brought = append(brought, *found)
			}
		})
	}
	return brought, err
}

// follow writes what a reference leads to, and returns it when it is the person's.
func (w *writer) follow(l link, to string) (*record.Entry, error) {
	ref := fhir.ParseReference(to)
	if ref.Kind != fhir.RefRelative || l.target != "" && l.target != ref.Type {
		return nil, nil
	}
	if record.Public(ref.Type) {
		listed, err := w.s.lookUp(w.a, ref.Type+"/"+ref.ID)
		if err == nil && listed.Kind == ref.Type {
			w.listed(to, listed.Updated, listed.Doc, "include")
		}
		if errors.Is(err, fault.NotFound) {
			err = nil
		}
		return nil, err
	}
	n, err := w.s.Door.EntryID(ref.ID)
	if err != nil || w.there[n] {
		return nil, nil
	}
	e, err := w.v.Get(n)
	if errors.Is(err, fault.NotFound) || errors.Is(err, fault.Withheld) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if e.Kind != ref.Type {
		return nil, nil
	}
	return &e, w.entry(e, "include")
}

// backward brings along what leads to entries by a parameter.
func (w *writer) backward(l link, to []record.Entry) (brought []record.Entry, err error) {
	kinds := []string{l.typ}
	if l.param == "*" && l.typ == "" {
		kinds = w.kinds()
	}
	var refs []string
	for _, e := range to {
		if l.target == "" || l.target == e.Kind {
			refs = append(refs, e.Kind+"/"+w.s.Door.EntryText(e.ID))
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	for _, kind := range kinds {
		if w.s.rules[kind].access != personal {
			continue
		}
		for _, p := range w.s.Spec.Params(kind) {
			if p.Kind != "reference" || l.param != "*" && p.Code != l.param {
				continue
			}
			var found []record.Entry
			err := w.v.Find(kind, url.Values{p.Code: {strings.Join(refs, ",")}}, func(e record.Entry) error {
				found = append(found, e)
				return nil
			})
			if err != nil {
				return nil, err
			}
			for _, e := range found {
				if w.there[e.ID] {
					continue
				}
				brought = append(brought, e)
				if err := w.entry(e, "include"); err != nil {
					return nil, err
				}
			}
		}
	}
	return brought, nil
}

// kinds are those of the entries that the view shows.
func (w *writer) kinds() (all []string) {
	w.v.Headers(func(h record.Header) {
		if !slices.Contains(all, h.Kind) {
			all = append(all, h.Kind)
		}
	})
	return all
}
