package fhirapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// searchPosted is a search whose parameters are in the body.
func (s *API) searchPosted(a *ask) (*reply, error) {
	kind, _, _ := mime.ParseMediaType(a.r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || a.r.Header.Get("Content-Encoding") != "" {
		return nil, answered(http.StatusUnsupportedMediaType, "not-supported", "Send the parameters as application/x-www-form-urlencoded.")
	}
	body, err := a.body(longForm)
	if err != nil {
		return nil, err
	}
	more, err := url.ParseQuery(string(body))
	if err != nil || !clean(more) {
		return nil, answered(http.StatusBadRequest, "invalid", "The parameters cannot be read. Check how they are escaped.")
	}
	for name, values := range more {
		a.query[name] = append(a.query[name], values...)
	}
	return s.search(a)
}

// body reads at most so many bytes, and refuses before reading when it is said to have more.
func (a *ask) body(limit int64) ([]byte, error) {
	tooLarge := answered(http.StatusRequestEntityTooLarge, "too-long", "This is too large. Send at most "+strconv.FormatInt(limit>>10, 10)+" kB.")
	tooLarge.header("Connection", "close")
	if a.r.ContentLength > limit {
		return nil, tooLarge
	}
	b, err := io.ReadAll(io.LimitReader(a.r.Body, limit+1))
	if err != nil {
		return nil, answered(http.StatusBadRequest, "incomplete", "What you sent ended before its end. Send it again.")
	}
	if int64(len(b)) > limit {
		return nil, tooLarge
	}
	return b, nil
}

// acrossTypes is a search of everything, which there is not.
func (s *API) acrossTypes(*ask) (*reply, error) {
	return nil, answered(http.StatusBadRequest, "not-supported", "Search one type, such as Observation, or open Patient/{id}/$everything. What there is stands at metadata.")
}

// search finds entries of one type of one person.
func (s *API) search(a *ask) (*reply, error) {
	mark, err := s.resume(a)
	if err != nil {
		return nil, err
	}
	q, err := s.parse(a, a.at.typ)
	if err != nil {
		return nil, err
	}
	if a.rule.access == public {
		return s.searchPublic(a, q, mark)
	}
	inCompartment := a.at.id != ""
	var whom person.ID
	found := true
	if inCompartment {
		whom, err = s.aboutPerson(a)
	} else {
		whom, found, err = s.whose(a, q)
	}
	if err != nil {
		return nil, err
	}
	var body []byte
	if found {
		err = s.open(a, whom, func(v record.View) error {
			if inCompartment && !s.isHere(v, a.at.id) {
				return fault.NotFound
			}
			body, err = s.page(a, q, mark, v)
			return err
		})
	}
	switch {
	case !inCompartment && (!found || errors.Is(err, fault.NotFound) || errors.Is(err, fault.Withheld)):
		// Whoever is not theirs is somebody with nothing to show.
		body = new(bundle).done("searchset", s.Clock.Now(), true, q.total(0), s.selfOf(a, q), "")
	case err != nil:
		return nil, err
	}
	return &reply{status: http.StatusOK, body: body}, nil
}

func (q *results) total(n int) int {
	if q.noTotal && !q.countOnly {
		return -1
	}
	return n
}

// path is the address of a search, without its parameters.
func (a *ask) path() string {
	if a.at.id == "" {
		return "/" + a.at.typ
	}
	return "/Patient/" + a.at.id + "/" + a.at.typ
}

func (s *API) selfOf(a *ask, q *results) string { return a.link(a.path(), q.self) }

// resume takes a request for a further page back to the search that it belongs to.
func (s *API) resume(a *ask) (*bookmark, error) {
	text := a.query.Get("_cursor")
	if text == "" {
		delete(a.query, "_cursor")
		return nil, nil
	}
	b, err := s.unseal(text)
	if err != nil {
		return nil, err
	}
	if b.Type != a.at.typ || b.Whose != a.at.id {
		_, err := s.unseal("")
		return nil, err
	}
	a.query, err = url.ParseQuery(b.Query)
	return &b, err
}

// nextOf is the address of the page after these results, "" when there is none.
func (s *API) nextOf(a *ask, path string, self url.Values, all []int64, end int) (string, error) {
	if end >= len(all) {
		return "", nil
	}
	b := bookmark{Shape: a.at.shape, Type: a.at.typ, Whose: a.at.id, Query: self.Encode()}
	token, err := s.seal(b.next(all, end))
	return a.link(path, url.Values{"_cursor": {token}}), err
}

// page is one page of what a search finds, as the view has it.
func (s *API) page(a *ask, q *results, mark *bookmark, v record.View) ([]byte, error) {
	v.Doing("fhir search")
	var all []record.Entry
	if q.holds(s, v) {
		err := v.Find(q.typ, s.termsFor(q, v), func(e record.Entry) error {
			if q.fits(s, e.Header) {
				all = append(all, e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		more, err := s.circleFits(a, q, v)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	self := s.selfOf(a, q)
	if q.countOnly {
		return new(bundle).done("searchset", v.Now(), masked(a.why), len(all), self, ""), nil
	}
	s.sorted(all, q.sort)
	numbers := make([]int64, len(all))
	for i := range all {
		numbers[i] = all[i].ID.N
	}
	from := 0
	if mark != nil {
		from = mark.from(numbers)
	}
	end := min(from+q.count, len(all))
	w := s.writer(a, q, v)
	for i, e := range all[from:end] {
		if err := w.entry(e, "match"); err != nil {
			return nil, err
		}
		if len(w.b.entries) > most {
			end = from + i + 1
			break
		}
	}
	if err := w.along(all[from:end]); err != nil {
		return nil, err
	}
	if err := w.checked(); err != nil {
		return nil, err
	}
	next, err := s.nextOf(a, a.path(), q.self, numbers, end)
	if err != nil {
		return nil, err
	}
	return w.b.done("searchset", v.Now(), masked(a.why), q.total(len(all)), self, next), nil
}

// termsFor are the terms of a search without a person's own id among those of their
// Patients: a source's Patient has an id of its own.
func (s *API) termsFor(q *results, v record.View) url.Values {
	if q.typ != "Patient" || len(q.whom) == 0 {
		return q.terms
	}
	terms := url.Values{}
	for name, values := range q.terms {
		if name != "_id" {
			terms[name] = values
		}
	}
	for i, ids := range q.whom {
		own := slices.ContainsFunc(ids, func(text string) bool {
			p, err := s.Door.ID(text)
			return err == nil && p == v.ID()
		})
		if !own && i < len(q.terms["_id"]) {
			terms.Add("_id", q.terms["_id"][i])
		}
	}
	return terms
}

// sorted puts entries in the order asked for. Without one they stay as they came into
// the record.
func (s *API) sorted(all []record.Entry, by []sortBy) {
	if len(by) == 0 {
		return
	}
	type keyed struct {
		e    record.Entry
		keys []fhir.SortKey
	}
	items := make([]keyed, len(all))
	for i, e := range all {
		items[i].e = e
		for _, b := range by {
			key := fhir.SortKey{Exists: true, Time: e.At}
			if b.code != "_lastUpdated" {
				key = s.Spec.SortKey(e.Doc, b.code, b.down)
			}
			items[i].keys = append(items[i].keys, key)
		}
	}
	slices.SortStableFunc(items, func(x, y keyed) int {
		for i, b := range by {
			c := x.keys[i].Compare(y.keys[i])
			if b.down && x.keys[i].Exists && y.keys[i].Exists { // those without come last either way
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	for i := range items {
		all[i] = items[i].e
	}
}

// A writer writes entries of one view into a bundle.
type writer struct {
	s     *API
	a     *ask
	q     *results
	v     record.View
	b     bundle
	there map[id.Entry]bool
	names map[string]bool // public resources that are there
	looks map[string]look
}

func (s *API) writer(a *ask, q *results, v record.View) *writer {
	return &writer{s: s, a: a, q: q, v: v, there: map[id.Entry]bool{}, names: map[string]bool{}, looks: map[string]look{}}
}

// look is how entries of a type are written, for this asker.
func (w *writer) look(typ string) look {
	l, ok := w.looks[typ]
	if !ok {
		l = w.s.narrowed(w.s.seen(w.a, typ), typ, w.q)
		w.looks[typ] = l
	}
	return l
}

// seen is how a view shows entries of a type, by kind and purpose alone.
func (s *API) seen(a *ask, typ string) look {
	return look{masked: masked(a.why), partial: consent.ReachOf(a.who.Role, a.why).Mask(typ) != nil}
}

// entry writes one entry of the person's, unless it is there already.
func (w *writer) entry(e record.Entry, mode string) error {
	if w.there[e.ID] {
		return nil
	}
	if !reflected(e.Header) {
		w.there[e.ID] = true
	}
	d, err := w.s.whole(w.a, w.v, e)
	if err != nil {
		return err
	}
	version, at := w.s.stamp(e.Header)
	w.b.begin(w.a.base, e.Kind, d.ID())
	w.b.entries = w.look(e.Kind).append(w.b.entries, d, version, at)
	w.b.matched(mode)
	return nil
}

// errSpilled stops an answer that has what the view does not show. It cannot be, and
// if it is, it is an alarm.
var errSpilled = errors.New("fhirapi: an answer has an entry that the view does not show")

// checked asks the lens once more about everything that was written.
func (w *writer) checked() error {
	left := len(w.there)
	w.v.Headers(func(h record.Header) {
		if w.there[h.ID] {
			left--
		}
	})
	if left != 0 {
		return errSpilled
	}
	return nil
}

// listed writes a public resource, unless it is there already.
func (w *writer) listed(ref string, at clock.Time, d *fhir.Doc, mode string) {
	if w.names[ref] {
		return
	}
	w.names[ref] = true
	w.b.begin(w.a.base, d.Type(), d.ID())
	l := w.s.narrowed(look{}, d.Type(), w.q)
	w.b.entries = l.append(w.b.entries, d, "", at)
	w.b.matched(mode)
}

// whole is an entry's document with its attachments.
func (s *API) whole(a *ask, v record.View, e record.Entry) (*fhir.Doc, error) {
	if reflected(e.Header) {
		return e.Doc, nil
	}
	b, err := v.Full(a, e)
	if err != nil || len(b) == len(e.Doc.Bytes()) {
		return e.Doc, err
	}
	d := new(fhir.Doc)
	return d, fhir.Parse(b, d)
}
