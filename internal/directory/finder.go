package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"onestory/internal/db"
	"onestory/internal/person"
)

// A finder is what searches read: the services with their words turned round, in
// memory. It is asked for by words in any order, by distance and by six filters at
// once, which no index of a database answers; 20,000 services take some tens of MB.
type finder struct {
	mu    sync.RWMutex
	seq   int64              // up to which change it has come
	all   []*listedService   // nil where one was replaced
	at    map[string]int32   // by id
	said  map[string][]int32 // by stem, in ascending order
	dead  int                // how many are nil
	needs map[string][]int32 // by need
}

// A listedService is a service as a list shows it, with where it is.
type listedService struct {
	Service
	points   []Point // of each place
	name     string  // folded, for order
	boroughs boroughSet
}

// A boroughSet has a bit for each of Boroughs.
type boroughSet uint64

func boroughBit(name string) boroughSet {
	if i, ok := slices.BinarySearch(places().boroughs, name); ok {
		return 1 << i
	}
	return 0
}

// A found is what a search keeps of a service until it is in order.
type found struct {
	i            int32
	place        int32
	miles, order float64
}

// A Query is what somebody looks for. Every field may be empty.
type Query struct {
	Words   string
	Near    *Point
	Within  float64 // miles; 0: however far
	Borough string

	Free, Home, Carers, Young, Self, StepFree, TakesNow bool

	Need string // an id, in place of words

	Skip, Most int // which of what is found; Most 0 is 20
}

// A Hit is a service that was found.
type Hit struct {
	Service
	Miles float64 // to its nearest place; below 0: it has none, or no place was asked for
	Place int     // which that is; below 0: none
}

// A Result is what was found.
type Result struct {
	Hits  []Hit
	All   int      // how many there are in all
	Lost  []string // what was typed that nothing answers to
	Heard []Need   // what was understood
}

// How near what comes to people counts as, in miles: not above what is round the
// corner, nor below what is far away.
const (
	homeCounts  = 1
	phoneCounts = 2
)

// Services finds services: the nearest first, and otherwise those that answer to most of
// what was asked for.
func (d *Directory) Services(ctx context.Context, q Query) (Result, error) {
	if err := d.follow(ctx); err != nil {
		return Result{}, err
	}
	f := &d.found
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.find(q), nil
}

// Ready reads the services into memory, so that the first search is like any other. The
// first search does it otherwise.
func (d *Directory) Ready(ctx context.Context) error { return d.follow(ctx) }

// follow brings the finder up to what the database has. Mostly that is one row read.
func (d *Directory) follow(ctx context.Context) error {
	f := &d.found
	var n int64
	err := d.db.Row(ctx, `SELECT n FROM service_head WHERE id = 1`).Scan(&n)
	if err != nil && !errors.Is(err, db.NotFound) {
		return fmt.Errorf("directory: asking for changes to services: %w", err)
	}
	f.mu.RLock()
	have := f.seq
	f.mu.RUnlock()
	if n == have {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if n <= f.seq {
		return nil // somebody else was faster
	}
	return d.db.Read(ctx, func(tx *db.Tx) error {
		seq := f.seq
		for rows, err := range tx.Each(ctx, `SELECT seq, version, bytes FROM service WHERE seq > $1 ORDER BY seq, id`, f.seq) {
			if err != nil {
				return err
			}
			var s Service
			var version int64
			var b []byte
			if err := rows.Scan(&seq, &version, &b); err != nil {
				return err
			}
			if err := json.Unmarshal(b, &s); err != nil {
				return fmt.Errorf("directory: a service cannot be read: %w", err)
			}
			s.Version = version
			f.put(s)
		}
		f.seq = max(seq, n)
		return nil
	})
}

// put takes a service in, in place of what it was.
func (f *finder) put(s Service) {
	if f.at == nil {
		f.at, f.said, f.needs = map[string]int32{}, map[string][]int32{}, map[string][]int32{}
	}
	if i, ok := f.at[s.ID]; ok {
		f.all[i] = nil
		f.dead++
		delete(f.at, s.ID)
	}
	if s.There() {
		f.add(s)
	}
	if f.dead > 1000 && f.dead > len(f.all)/2 {
		old := f.all
		f.all, f.dead = nil, 0
		f.at, f.said, f.needs = map[string]int32{}, map[string][]int32{}, map[string][]int32{}
		for _, l := range old {
			if l != nil {
				f.add(l.Service)
			}
		}
	}
}

func (f *finder) add(s Service) {
	i := int32(len(f.all))
	seen := map[string]bool{}
	for _, text := range []string{s.Name, s.Summary, s.Description, s.OfferedBy, s.WhoFor, strings.Join(s.Languages, " ")} {
		for w := range strings.FieldsSeq(person.Fold(text)) {
			if w = stem(w); !seen[w] {
				seen[w] = true
				f.said[w] = append(f.said[w], i)
			}
		}
	}
	for _, n := range s.Needs {
		f.needs[n] = append(f.needs[n], i)
	}
	l := &listedService{Service: s.Public(), name: person.Fold(s.Name)}
	l.Description, l.When, l.NotFor, l.AccessSays = "", "", "", "" // its own page reads these
	for _, p := range s.Places {
		out, _, _ := ParsePostcode(p.Postcode)
		at, _ := pointOf(out)
		l.points = append(l.points, at)
		l.boroughs |= boroughBit(at.Borough)
	}
	for _, b := range s.Boroughs {
		l.boroughs |= boroughBit(b)
	}
	if len(s.Boroughs) == 0 && len(s.Places) == 0 {
		l.boroughs = ^boroughSet(0)
	}
	f.all = append(f.all, l)
	f.at[s.ID] = i
}

// find is the search itself.
func (f *finder) find(q Query) (r Result) {
	hits, asked := f.matching(q, &r)
	most := cmp.Or(q.Most, 20)
	all := make([]found, 0, 256)
	in, at, typed := boroughBit(q.Borough), boroughSet(0), person.Fold(q.Words)
	if q.Near != nil {
		at = boroughBit(q.Near.Borough)
	}
	for i, l := range f.all {
		if l == nil || asked > 0 && hits[i] == 0 || !l.fits(&q) || q.Borough != "" && l.boroughs&in == 0 {
			continue
		}
		x := found{int32(i), -1, -1, 0}
		if q.Near != nil {
			x.place, x.miles, x.order = l.from(q.Near, at)
			if q.Near.Whole {
				if l.boroughs&at == 0 {
					continue
				}
			} else if q.Within > 0 && x.order > q.Within {
				continue
			}
		}
		if l.Status == Closed {
			x.order += 1000 // it is of no use today
		}
		if typed != "" && strings.Contains(l.name, typed) {
			x.order -= 500 // they know what it is called
		}
		all = append(all, x)
	}
	best := uint8(0)
	for _, x := range all {
		if asked > 0 {
			best = max(best, hits[x.i]>>1)
		}
	}
	if asked > 1 { // those that answer to most of it, and none that answers to less
		all = slices.DeleteFunc(all, func(x found) bool { return hits[x.i]>>1 < best })
	}
	by := func(x, y found) int {
		a, b := f.all[x.i], f.all[y.i]
		need := 0
		if asked > 0 {
			need = cmp.Compare(hits[y.i]&1, hits[x.i]&1) // a need before a word, where distance says nothing
		}
		return cmp.Or(cmp.Compare(x.order, y.order), need, strings.Compare(a.name, b.name), strings.Compare(a.ID, b.ID))
	}
	r.All = len(all)
	skip := min(max(q.Skip, 0), len(all))
	for _, x := range least(all, min(skip+most, len(all)), by)[skip:] {
		r.Hits = append(r.Hits, Hit{f.all[x.i].Service, x.miles, int(x.place)})
	}
	return r
}

// least are the first n in order. To put all in order takes most of the time of a search
// that finds nearly everything, and people read the first page.
func least(all []found, n int, by func(x, y found) int) []found {
	if n > len(all)/16 {
		slices.SortFunc(all, by)
		return all[:n]
	}
	top := make([]found, 0, n+1)
	for _, x := range all {
		if len(top) == n && (n == 0 || by(x, top[n-1]) >= 0) {
			continue
		}
		i, _ := slices.BinarySearchFunc(top, x, by)
		if top = slices.Insert(top, i, x); len(top) > n {
			top = top[:n]
		}
	}
	return top
}

// matching counts for each service how many of the terms it answers to, times two, with
// one more where a need did; and how many terms there are that anything answers to.
func (f *finder) matching(q Query, r *Result) (hits []uint8, asked int) {
	all := terms(q.Words)
	if n := NeedOf(q.Need); n.ID != "" {
		all = append(all, term{n.Name, "", []string{n.ID}})
	}
	if len(all) == 0 {
		return nil, 0
	}
	hits = make([]uint8, len(f.all))
	last := make([]uint8, len(f.all)) // by which term it was counted last
	for n, t := range all {
		mark, any := uint8(n+1), false
		for _, need := range t.needs {
			for _, i := range f.needs[need] {
				if f.all[i] != nil && last[i] != mark {
					hits[i], last[i], any = (hits[i]+2)|1, mark, true
				}
			}
			if x := NeedOf(need); !slices.ContainsFunc(r.Heard, func(y Need) bool { return y.ID == x.ID }) {
				r.Heard = append(r.Heard, x)
			}
		}
		for _, i := range f.said[t.stem] {
			if f.all[i] != nil && last[i] != mark {
				hits[i], last[i], any = hits[i]+2, mark, true
			}
		}
		if any {
			asked++
		} else {
			r.Lost = append(r.Lost, t.typed)
		}
	}
	if asked == 0 {
		asked = 1 // and nothing answers
	}
	return hits, asked
}

// fits reports whether the filters let it through.
func (l *listedService) fits(q *Query) bool {
	switch {
	case q.Free && !l.Free, q.Home && !l.HomeVisits, q.Carers && !l.Carers, q.Young && !l.Young, q.Self && !l.SelfRefer,
		q.StepFree && !slices.Contains(l.Access, "step-free"), q.TakesNow && l.Capacity != Open:
		return false
	}
	return true
}

// from is its nearest place, how far that is, and how far it counts as; at is the borough
// of the point.
func (l *listedService) from(p *Point, at boroughSet) (place int32, far, counts float64) {
	place, far, counts = -1, -1, 1e6
	for i := range l.points {
		if l.points[i].Borough == "" {
			continue
		}
		if m := miles(p.Lat, p.Lon, l.points[i].Lat, l.points[i].Lon); place < 0 || m < far {
			place, far = int32(i), m
		}
	}
	if place >= 0 {
		counts = far
	}
	// What has no boroughs of its own serves those of its places.
	if l.boroughs&at != 0 {
		if l.HomeVisits {
			counts = min(counts, homeCounts)
		}
		if l.ByPhone || l.Online {
			counts = min(counts, phoneCounts)
		}
	}
	return place, far, counts
}
