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
	bears   []*allergen // what they do not bear
	strange *allergen   // what the hospital alone believes that they do not bear, or nil
	needs   needs
	kin     *resident // somebody of the household, or nil
	kinIs   string    // what they are to them
	mother  *resident // of a child, where she is of the household; or nil
	father  *resident // the same
	gp      string    // whose list they are on
	teams   teams     // who looks after them
	listed  bool      // nothing is known of them but that they are on a list, and what they have
	courses []course  // what they are prescribed, once worked out
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
	alone  *resident // whom the link worker helps
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
	for i, p := range a.people {
		p.n, p.seed = i, seed*1_000_003+uint64(i)
		if n, ok := rare[i]; ok && p.who == "" {
			p.name, p.woman = n.name, n.woman
		}
		if p.who == "" {
			a.live(p)
		}
	}
	a.lists()
	a.assign()
	a.alone = a.lonely()
	return a
}

// adult reports whether somebody lives, and is of an age to say for themselves who
// may see what.
func (p *resident) adult(today time.Time) bool { return p.died.IsZero() && p.ageOn(today) >= 16 }

// live decides what has happened to somebody: habits, conditions, needs, and, of the
// old, whether they have died.
func (a *area) live(p *resident) {
	r := p.rand(1)
	age := p.ageOn(a.today)
	p.smokes = "never"
	if age >= 18 {
		p.smokes = pick(r, []string{"never", "never", "never", "ex", "ex", "now"})
	}
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
	if p.woman && age >= 19 && age <= 43 && r.IntN(100) < 5 {
		p.ills = append(p.ills, illness{&expecting, weekday(a.today.AddDate(0, 0, -5-r.IntN(230)))})
	}
	p.bears = p.allergies(age, r)
	if r.IntN(100) < 3 && age >= 16 && !p.allergic(penicillin) {
		p.strange = &allergens[0]
	}
	if r.IntN(100) < 6 {
		p.other = misspelt(p.name, r)
	}
	frail := p.has(frailty) || age >= 80 && p.lasting() >= 3 || p.has(dementia) || p.has(stroke) && age >= 70
	p.needs.social = frail && r.IntN(4) > 0 || p.has(learningDisability) || age >= 75 && r.IntN(6) == 0 ||
		age >= 18 && (p.has(schizophrenia) || p.has(stroke) || p.has(parkinsons)) && r.IntN(2) == 0
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
