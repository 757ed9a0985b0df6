package script

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	identity "onestory/internal/id"
)

// A pair is one actor in two worlds that differ in what is hidden from them. What is
// told is compared with ids written by the order in which they were met, since they
// differ between the worlds: «0», «1» and so on.
type pair struct {
	who  string
	with *side
	less *side
	made int // requests
	// Whether nobody else asks, so that time may go on with each request.
	alone bool
}

// A side is the actor in one of the worlds.
type side struct {
	*visitor
	met   []string
	place map[string]int
}

// cast whose ids every pair knows from the start, as somebody might who was told them.
var knownPeople = []string{"amina", "marcus", "rita", "leila", "dee", "nobody"}

func makePair(t testing.TB, who string, with, less *world) *pair {
	t.Helper()
	p := &pair{
		who:  who,
		with: &side{visitor: with.visitor(t, who), place: map[string]int{}},
		less: &side{visitor: less.visitor(t, who), place: map[string]int{}},
	}
	for _, name := range knownPeople {
		for _, s := range []*side{p.with, p.less} {
			id := identity.New(0).N // somebody who never was
			if name != "nobody" {
				id = int64(s.person(t, name))
			}
			s.meet(s.house.Door.Text(personID(id)))
		}
	}
	for i, secret := range with.secrets {
		e := secret.entry
		if e.N == 0 {
			t.Fatal("no entry is known of the secret ", secret.name)
		}
		p.with.meet(with.house.Door.EntryText(e))
		if e = less.secrets[i].entry; e.N == 0 {
			e = identity.New(int64(less.person(t, secret.whose)))
		}
		p.less.meet(less.house.Door.EntryText(e))
	}
	return p
}

// aPerson and aSecret are how told writes the ids that a pair knows from the start.
func aPerson(i int) string { return told(i % len(knownPeople)) }
func aSecret(i int) string { return told(len(knownPeople) + i%len(secrets())) }

func told(i int) string { return "«" + strconv.Itoa(i) + "»" }

// handed are what a world hands out that means nothing outside it: ids, sealed
// versions, lines of a journal, and links to further pages.
var (
	handed   = regexp.MustCompile(`a[0-9a-hjkmnp-tv-z]{52}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|_cursor=[A-Za-z0-9_-]+|\b[lc][0-9a-z]{11,14}-[0-9a-z]+\b|(?:name="(?:ticket|loan)" value=")[^"]+`)
	writtenN = regexp.MustCompile(`«(\d+)»`)
)

func (s *side) meet(id string) int {
	if _, met := s.place[id]; !met {
		s.place[id] = len(s.met)
		s.met = append(s.met, id)
	}
	return s.place[id]
}

// told is a text as it is the same in both worlds.
func (s *side) told(text string) string {
	return handed.ReplaceAllStringFunc(text, func(id string) string { return told(s.meet(id)) })
}

// real is a text with this world's ids.
func (s *side) real(text string) string {
	return writtenN.ReplaceAllStringFunc(text, func(m string) string {
		n, err := strconv.Atoi(strings.Trim(m, "«»"))
		if err != nil || n >= len(s.met) {
			return "nothing"
		}
		return s.met[n]
	})
}

// An answer is everything that a response tells, with ids by order of meeting.
type answer struct {
	status int
	header string
	body   string
	raw    string
	took   time.Duration
}

func (a *answer) String() string { return fmt.Sprintf("%d\n%s\n%s", a.status, a.header, a.body) }

func (s *side) ask(r request) *answer {
	r.path, r.body = s.real(r.path), s.real(r.body)
	if r.header != nil {
		r.header = maps.Clone(r.header)
		for k, v := range r.header {
			r.header[k] = s.real(v)
		}
	}
	begun := time.Now()
	w := s.visitor.ask(r)
	a := &answer{status: w.Code, took: time.Since(begun), raw: w.Body.String()}
	var header strings.Builder
	for _, k := range slices.Sorted(maps.Keys(w.Header())) {
		switch k {
		case "X-Request-Id", "Date": // of the request, not of the answer
		case "Content-Length": // of the body, which is compared
		default:
			fmt.Fprintln(&header, k, s.told(strings.Join(w.Header().Values(k), ", ")))
		}
	}
	a.header, a.body = header.String(), s.told(a.raw)
	return a
}

// ask makes a request in both worlds, and says what is wrong with the answers.
func (p *pair) ask(r request) (*answer, error) {
	if p.alone {
		p.with.since.Add(1_000_000)
		p.less.since.Add(1_000_000)
	}
	first, second := p.with, p.less
	if p.made%2 == 1 { // neither world is always the warm one
		first, second = second, first
	}
	x, y := first.ask(r), second.ask(r)
	if p.made%2 == 1 {
		x, y = y, x
	}
	p.made++
	for _, s := range []*side{p.with, p.less} {
		text := x.raw + x.header
		if s == p.less {
			text = y.raw + y.header
		}
		if names := s.spilled(p.who, text); names != nil && !strings.Contains(r.path+r.body, "zyzzyva") {
			return x, fmt.Errorf("%s meets %v, by %s", p.who, names, r)
		}
	}
	if x.status >= http.StatusInternalServerError {
		return x, fmt.Errorf("%s is answered %d, by %s\n%.600s", p.who, x.status, r, x.body)
	}
	if a, b := x.String(), y.String(); a != b {
		return x, fmt.Errorf("%s is told two things, by %s:\n%s", p.who, r, difference(a, b))
	}
	return x, nil
}

// difference is where two texts part.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			k := 0
			for k < min(len(x[i]), len(y[i])) && x[i][k] == y[i][k] {
				k++
			}
			from := max(0, k-200)
			return fmt.Sprintf("line %d\n%.500s\n--\n%.500s", i, x[i][from:], y[i][from:])
		}
	}
	return "one goes on where the other ends"
}

var address = regexp.MustCompile(`(?:href|action)="(/[^"#]*)`)

// linksOn are the addresses on a page.
func linksOn(body string) (all []string) {
	for _, m := range address.FindAllStringSubmatch(body, -1) {
		to := html.UnescapeString(m[1])
		if !strings.HasPrefix(to, "/sign-out") && !strings.HasPrefix(to, "/assets") && !strings.HasPrefix(to, "/demo") {
			all = append(all, to)
		}
	}
	return all
}
