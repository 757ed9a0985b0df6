package fhirapi

import (
	"context"
	"hash/fnv"
	"net/http"
	"slices"
	"sync"

	"onestory/internal/clock"
	"onestory/internal/directory"
	"onestory/internal/fhir"
)

// known are public resources that were looked up of late. They are about nobody; a
// source that changes one is heard within keepFor.
type known struct {
	mu   sync.Mutex
	byID map[string]knownAt
}

type knownAt struct {
	listed directory.Listed
	err    error
	until  clock.Time
}

const (
	keepFor  = 10 * 1_000_000 // microseconds
	keepMost = 5000
)

// lookUp returns a public resource by its id or a reference to it.
func (s *API) lookUp(ctx context.Context, text string) (directory.Listed, error) {
	now := s.Clock.Now()
	s.known.mu.Lock()
	k, ok := s.known.byID[text]
	s.known.mu.Unlock()
	if ok && now < k.until {
		return k.listed, k.err
	}
	l, err := s.Directory.Get(ctx, text)
	if err != nil {
		return l, err
	}
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if s.known.byID == nil || len(s.known.byID) >= keepMost {
		s.known.byID = map[string]knownAt{}
	}
	s.known.byID[text] = knownAt{l, err, now + keepFor}
	return l, err
}

// readPublic is one public resource.
func (s *API) readPublic(a *ask) (*reply, error) {
	l, err := s.lookUp(a, a.at.typ+"/"+a.at.id)
	if err != nil {
		return nil, err
	}
	if l.Kind != a.at.typ {
		return nil, errNothing
	}
	q, err := s.parse(a, a.at.typ)
	if err != nil {
		return nil, err
	}
	body := s.narrowed(look{}, l.Kind, q).append(nil, l.Doc, "", l.Updated)
	return &reply{status: http.StatusOK, modified: l.Updated, body: body}, nil
}

// searchPublic finds public resources of one type.
func (s *API) searchPublic(a *ask, q *results, mark *bookmark) (*reply, error) {
	if a.at.id != "" {
		return nil, errNothing
	}
	ask, _, err := s.Spec.ParseQuery(q.typ, q.terms, true)
	if err != nil {
		return nil, err
	}
	var all []directory.Listed
	err = s.Directory.Each(a, "", q.typ, func(l directory.Listed) error {
		updated := q.updated == nil || s.Spec.Match(fhir.New(q.typ).Set("meta.lastUpdated", l.Updated.FHIR()).Doc(), q.updated)
		if updated && s.Spec.Match(l.Doc, ask) {
			all = append(all, l)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	self := s.selfOf(a, q)
	if q.countOnly {
		return &reply{status: http.StatusOK, body: new(bundle).done("searchset", s.Clock.Now(), false, len(all), self, "")}, nil
	}
	slices.SortStableFunc(all, func(x, y directory.Listed) int {
		for _, b := range q.sort {
			c := s.Spec.SortKey(x.Doc, b.code, b.down).Compare(s.Spec.SortKey(y.Doc, b.code, b.down))
			if b.down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	numbers := make([]int64, len(all))
	for i := range all {
		h := fnv.New64a()
		h.Write([]byte(all[i].ID))
		numbers[i] = int64(h.Sum64() >> 1)
	}
	from := 0
	if mark != nil {
		from = mark.from(numbers)
	}
	end := min(from+q.count, len(all))
	w := writer{s: s, a: a, q: q, names: map[string]bool{}}
	for _, l := range all[from:end] {
		w.listed(l.ID, l.Updated, l.Doc, "match")
	}
	next, err := s.nextOf(a, a.path(), q.self, numbers, end)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, body: w.b.done("searchset", s.Clock.Now(), false, q.total(len(all)), self, next)}, nil
}
