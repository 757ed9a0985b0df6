package demo

import (
	"math/rand/v2"
	"slices"
	"time"

	"onestory/internal/person"
)

// A resident is one person of the area, and what is true of them. Each source knows
// some of it, and not always rightly.
type resident struct {
	n       int
	who     string // the name in the cast, or ""
	name    name
	other   name // as some other source writes it, or the zero name
	woman   bool
	born    time.Time
	died    time.Time // zero for the living
	home    address
	mobile  string
	nhs     person.NHS
	from    int    // origin
	speaks  string // language needed for appointments, or ""
	smokes  string // never, ex, now
	ills    []illness
	penAllg bool // a penicillin allergy
	needs   needs
	kin     *resident // somebody of the household, or nil
	kinIs   string    // what they are to them
	gp      string    // whose list they are on
	seed    uint64
}

// needs are what somebody needs besides medicine.
type needs struct {
	social  bool // council support
	home    bool // home care
	nurse   bool // district nurses
	housing bool // housebound
}

// An illness is a condition that somebody has.
type illness struct {
	kind  *condition
	since time.Time
}

// rand is a stream of chance of its own for each matter, so that more of one does not
// change another.
func (p *resident) rand(matter uint64) *rand.Rand { return rand.New(rand.NewPCG(p.seed, matter)) }

func (p *resident) ageOn(day time.Time) int {
	age := day.Year() - p.born.Year()
	if day.Month() < p.born.Month() || day.Month() == p.born.Month() && day.Day() < p.born.Day() {
		age--
	}
	return age
}

func (p *resident) has(code string) bool { return p.illness(code) != nil }

func (p *resident) illness(code string) *illness {
	for i := range p.ills {
		if p.ills[i].kind.code == code {
			return &p.ills[i]
		}
	}
	return nil
}

// last is the last day on which anything happened to them.
func (p *resident) last(today time.Time) time.Time {
	if p.died.IsZero() {
		return today
	}
	return p.died
}

func (p *resident) gender() string {
	if p.woman {
		return "female"
	}
	return "male"
}

// An area is everybody there is.
type area struct {
	seed   uint64
	today  time.Time
	people []*resident
}

// newArea makes the cast and as many others as there is room for, household by
// household.
func newArea(seed uint64, people int, today time.Time) *area {
	y, m, d := today.UTC().Date()
	a := &area{seed: seed, today: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	r := rand.New(rand.NewPCG(seed, 1))
	a.cast(r)
	for len(a.people) < people {
		a.household(r, people)
	}
	numbers(a.people, seed)
	lists := 0
	for i, p := range a.people {
		p.n, p.seed = i, seed*1_000_003+uint64(i)
		if n, ok := rare[i]; ok && p.who == "" {
			p.name, p.woman = n.name, n.woman
		}
		if p.who == "" {
			a.live(p)
		}
		p.gp = p.practice().staff[p.seed%2]
		if p.home.borough == ealing {
			p.gp = organisations[actonPractice].staff[1]
			if lists < caseload && p.adult(a.today) {
				p.gp = organisations[actonPractice].staff[0]
				lists++
			}
		}
	}
	return a
}

// caseload is how many people are on Dr Nair's list, where the area is large enough.
const caseload = 60

// adult reports whether somebody lives, and is of an age to say for themselves who
// may see what.
func (p *resident) adult(today time.Time) bool { return p.died.IsZero() && p.ageOn(today) >= 16 }

// household makes a home and who lives there.
func (a *area) household(r *rand.Rand, most int) {
	home := anAddress(r, pick(r, []int{0, 1, 1, 1, 2, 3, 4, 5, 6, 7})) // more where most of the cast is
	from := anOrigin(r)
	family := r.IntN(len(origins[from].family))
	add := func(woman bool, age int) *resident {
		if len(a.people) >= most {
			return nil
		}
		p := &resident{home: home, from: from, woman: woman, name: aName(r, from, woman, family), mobile: aMobile(r)}
		p.born = a.today.AddDate(-age, 0, -r.IntN(365))
		for range 8 { // two of one name in a home are nobody's wish
			if slices.ContainsFunc(a.people, func(o *resident) bool { return o.home == home && o.name.given == p.name.given }) {
				p.name = aName(r, from, woman, family)
			}
		}
		if lang := origins[from].language; lang != "en" && age >= 50 && r.IntN(3) == 0 {
			p.speaks = lang
		}
		a.people = append(a.people, p)
		return p
	}
	woman := r.IntN(2) == 0
	switch n := r.IntN(100); {
	case n < 20: // one older person
		add(r.IntN(3) > 0, 66+r.IntN(30))
	case n < 36: // an older couple
		age := 65 + r.IntN(22)
		kin(add(woman, age), add(!woman, age-3+r.IntN(6)), "spouse")
	case n < 56: // one person of working age
		add(woman, 19+r.IntN(46))
	case n < 66: // a couple without children at home
		age := 24 + r.IntN(40)
		kin(add(woman, age), add(!woman, age-3+r.IntN(7)), "spouse")
	case n < 86: // a family
		age := 28 + r.IntN(20)
		mother := add(true, age)
		if r.IntN(4) > 0 {
			kin(mother, add(false, age+r.IntN(6)), "spouse")
		}
		for range 1 + r.IntN(3) {
			child := add(r.IntN(2) == 0, r.IntN(min(18, age-19)))
			if child != nil {
				child.kin, child.kinIs = mother, "mother"
			}
		}
	default: // three generations
		age := 32 + r.IntN(14)
		mother := add(true, age)
		old := add(r.IntN(3) > 0, age+24+r.IntN(10))
		if old != nil {
			old.kin, old.kinIs = mother, "daughter"
		}
		child := add(r.IntN(2) == 0, r.IntN(12))
		if child != nil {
			child.kin, child.kinIs = mother, "mother"
		}
	}
}

// kin makes two people one another's next of kin.
func kin(a, b *resident, is string) {
	if a != nil && b != nil {
		a.kin, a.kinIs, b.kin, b.kinIs = b, is, a, is
	}
}

// live decides what has happened to somebody: habits, conditions, needs, and, of the
// old, whether they have died.
func (a *area) live(p *resident) {
	r := p.rand(1)
	age := p.ageOn(a.today)
	p.smokes = "never"
	if age >= 18 {
		p.smokes = pick(r, []string{"never", "never", "never", "ex", "ex", "now"})
	}
	p.penAllg = r.IntN(100) < 6
	if age >= 72 && r.IntN(100) < 4 {
		p.died = a.today.AddDate(0, 0, -20-r.IntN(600))
		p.died = p.died.Add(time.Duration(r.IntN(24)) * time.Hour)
	}
	chance := map[string]float64{}
	for i := range conditions {
		c := &conditions[i]
		odds := c.odds(age, p) * (1 + chance[c.code])
		if r.Float64() >= odds {
			continue
		}
		since := p.onset(c, a.today, r)
		if since.IsZero() || slices.ContainsFunc(c.not, p.has) {
			continue
		}
		p.ills = append(p.ills, illness{c, since})
		for _, raised := range c.raises {
			chance[raised] += 0.8
		}
	}
	frail := age >= 80 && len(p.ills) >= 3 || p.has(dementia) || p.has(stroke) && age >= 70
	p.needs.social = frail && r.IntN(2) == 0 || p.has(learningDisability) || age >= 75 && r.IntN(10) == 0
	p.needs.home = p.needs.social && age >= 70 && r.IntN(3) > 0
	p.needs.nurse = age >= 70 && (frail || p.has(heartFailure)) && r.IntN(2) == 0
	p.needs.housing = frail && r.IntN(3) == 0
}

// onset is the day on which a condition was found: zero when they are too young for it.
func (p *resident) onset(c *condition, today time.Time, r *rand.Rand) time.Time {
	last := p.last(today).AddDate(0, -4, 0)
	first := p.born.AddDate(c.from, 0, 0)
	if c.atBirth {
		first = p.born
	} else if c.from >= 18 && first.Before(last.AddDate(-20, 0, 0)) {
		first = last.AddDate(-20, 0, 0)
	}
	days := int(last.Sub(first).Hours() / 24)
	if days <= 0 {
		return time.Time{}
	}
	if c.atBirth {
		return p.born.AddDate(0, 0, r.IntN(min(days, 400)))
	}
	return weekday(first.AddDate(0, 0, r.IntN(days)))
}

// weekday moves a Saturday or Sunday to the Friday before, when practices are open.
func weekday(day time.Time) time.Time {
	switch day.Weekday() {
	case time.Saturday:
		return day.AddDate(0, 0, -1)
	case time.Sunday:
		return day.AddDate(0, 0, -2)
	}
	return day
}

// numbers gives everybody an NHS number that nobody is ever given, and that passes
// the check: 999 000 0000 to 999 999 9999.
func numbers(people []*resident, seed uint64) {
	const million, step = 1_000_000, 7919 // the step meets every place once
	at := seed * 104_729 % million
	for _, p := range people {
		for {
			at = (at + step) % million
			if n, ok := checked(999_000_000 + int64(at)); ok {
				p.nhs = n
				break
			}
		}
	}
}

// checked adds the tenth digit to nine, when there is one.
func checked(nine int64) (person.NHS, bool) {
	sum := int64(0)
	for n, weight := nine, int64(2); n > 0; n, weight = n/10, weight+1 {
		sum += n % 10 * weight
	}
	switch digit := 11 - sum%11; digit {
	case 10:
		return 0, false
	case 11:
		return person.NHS(nine * 10), true
	default:
		return person.NHS(nine*10 + digit), true
	}
}
