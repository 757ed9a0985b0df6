package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// An opened is a person who was opened to the reader, for a list: no more than the
// list shows.
type opened struct {
	Href    string
	Subject record.Subject
	Age     string     // "" where not known or not for this role
	Next    string     // when the next appointment begins, a FHIR date; "" for none
	Changed clock.Time // when something was last written, 0 for never
	Topic   string     // the section that it is in
	New     bool       // that was in the last week
	Flags   []string   // what to know, in a word or two each

	sortsAs, folded string
	whom            person.ID
	logs            map[int64]bool // those of the person's records that were seen
	now             clock.Time
}

// flagged reports whether one of the flags has that key.
func (o opened) flagged(key string) bool {
	return slices.ContainsFunc(o.Flags, func(f string) bool { return flagKey(f) == key })
}

// flagKey stands for a flag in an address, which may hold no clinical words.
func flagKey(words string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(person.Fold(words)))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
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
	all, err := s.listed(r.Context(), a.who, why, ids)
	if err != nil {
		return nil, err
	}
	all = fold(all)
	for i := range all {
		o := &all[i]
		o.Href = a.to(base + o.Subject.ID)
		if !o.Subject.Dead {
			o.Age = a.ageAt(o.Subject.Born, o.now)
		}
		o.folded = person.Fold(o.Subject.Name)
		o.sortsAs = fhir.Fold(o.Subject.Family + " " + o.Subject.Name)
	}
	slices.SortFunc(all, func(a, b opened) int { return strings.Compare(a.sortsAs, b.sortsAs) })
	return all, nil
}

// fold leaves one row of a person who has several records that were linked.
func fold(all []opened) (some []opened) {
	for _, o := range all {
		i := slices.IndexFunc(some, func(x opened) bool { return x.logs[int64(o.whom)] || o.logs[int64(x.whom)] })
		if i < 0 {
			some = append(some, o)
		}
	}
	return some
}

// listed opens several people for a list, all under one commit of the journal. Who is
// not to be opened is not in it.
func (s *Site) listed(ctx context.Context, who consent.Actor, why consent.Purpose, ids []person.ID) (all []opened, err error) {
	found := make([]opened, len(ids))
	answers, err := s.Door.Together(ctx, who, why, ids, func(i int, v record.View) (err error) {
		defer func() {
			if p := recover(); p != nil { // here it would end the server, not the page
				err = fmt.Errorf("web: a list panicked with a %T\n%s", p, debug.Stack())
			}
		}()
		v.Doing("list")
		o := &found[i]
		*o = opened{whom: ids[i], now: v.Now(), logs: map[int64]bool{int64(ids[i]): true}}
		if o.Subject, err = v.Subject(); err == nil && why == consent.Care {
			err = o.read(v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, answer := range answers {
		switch kind, _ := fault.Of(answer); {
		case answer == nil:
			all = append(all, found[i])
		case kind != fault.NotFound && kind != fault.Withheld:
			return nil, answer
		}
	}
	return all, nil
}

// newsLasts is how long a change is called new.
const newsLasts = 7 * 24 * time.Hour

// read takes from a view what the list shows.
func (o *opened) read(v record.View) error {
	v.Headers(func(h record.Header) {
		o.logs[h.ID.Person] = true
		if at := clock.Time(written(h)); newsworthy(topicOf(h)) && at > o.Changed && at <= o.now {
			o.Changed, o.Topic = at, topicOf(h)
		}
	})
	o.New = o.Changed.Add(newsLasts) > o.now && o.Changed != 0
	err := v.All("Flag", func(e record.Entry) error {
		if f := planned(e.Doc); !f.Over && f.Status != "entered-in-error" {
			words := concepts(e.Doc.Root(), "category")
			if words == "" {
				words = f.What
			}
			if words = clip(words, 40); words != "" && !slices.Contains(o.Flags, words) {
				o.Flags = append(o.Flags, words)
			}
		}
		return nil
	})
	if err != nil || o.Subject.Dead {
		return err
	}
	soon := url.Values{"date": {"ge" + o.now.Std().UTC().Format(time.RFC3339)}}
	return v.Find("Appointment", soon, func(e record.Entry) error {
		f := appointment(e.Doc)
		if !f.Over && f.Status != "fulfilled" && f.Status != "entered-in-error" && (o.Next == "" || low(f.On) < low(o.Next)) {
			o.Next = f.On
		}
		return nil
	})
}

// newsworthy reports whether people would call a change in a section news.
func newsworthy(section string) bool {
	switch section {
	case "know", "results", "letters", "medicines", "conditions", "allergies", "plans", "social-care":
		return true
	}
	return false
}
