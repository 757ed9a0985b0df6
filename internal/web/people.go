package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// together is how many people are opened at once for a list: their lines in the
// journal then share a sync.
const together = 16

// A peoplePage lists whom somebody acts for, and whom somebody cares for.
type peoplePage struct {
	ui.Page
	People []opened
}

// An opened is a person who was opened to the reader, for a list.
type opened struct {
	Href    string
	Subject record.Subject
	Born    string
}

// people is GET /people: the people one cares for.
func (s *Site) people(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.mine(r, a, consent.Care, "/people/")
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, peopleView(peoplePage{s.page(r, a, a.say("web.people.title")), all}, a))
}

// mine opens each person in whose circle the reader is for a purpose, and lists those
// who may be opened, by family name. Nobody is listed or counted who was not opened.
func (s *Site) mine(r *http.Request, a *ask, why consent.Purpose, base string) ([]opened, error) {
	circles, err := s.Door.Circles(r.Context(), a.who)
	if err != nil {
		return nil, err
	}
	var ids []person.ID
	for _, c := range circles {
		if (c.Role == "carer") == (why == consent.Carer) && !slices.Contains(ids, c.Person) {
			ids = append(ids, c.Person)
		}
	}
	found, errs := make([]*opened, len(ids)), make([]error, len(ids))
	var wait sync.WaitGroup
	limit := make(chan struct{}, together)
	for i, whom := range ids {
		wait.Add(1)
		limit <- struct{}{}
		go func() {
			defer func() { <-limit; wait.Done() }()
			found[i], errs[i] = s.listed(r.Context(), a.who, why, whom)
		}()
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var all []opened
	for _, o := range found {
		if o != nil {
			o.Href, o.Born = a.to(base+o.Subject.ID), a.day(o.Subject.Born)
			all = append(all, *o)
		}
	}
	slices.SortFunc(all, func(a, b opened) int {
		return strings.Compare(fhir.Fold(a.Subject.Family+" "+a.Subject.Name), fhir.Fold(b.Subject.Family+" "+b.Subject.Name))
	})
	return all, nil
}

// listed opens one person for a list: nil when they are not to be opened.
func (s *Site) listed(ctx context.Context, who consent.Actor, why consent.Purpose, whom person.ID) (*opened, error) {
	if why == consent.Carer {
		who.For = int64(whom)
	}
	var o *opened
	err := s.Door.With(ctx, who, why, whom, func(v record.View) error {
		v.Doing("list")
		subject, err := v.Subject()
		o = &opened{Subject: subject}
		return err
	})
	if kind, _ := fault.Of(err); kind == fault.NotFound || kind == fault.Withheld {
		return nil, nil
	}
	return o, err
}
