package consent

import (
	"slices"
	"time"
	_ "time/tzdata" // a server may have no time zones of its own

	"onestory/internal/clock"
)

// The bases on which somebody may act for another.
const (
	Consent      = "consent"           // the person lends it, and takes it back
	Attorney     = "power-of-attorney" // a lasting power of attorney that is registered
	Deputy       = "deputy"            // appointed by the Court of Protection
	BestInterest = "best-interests"    // decided for somebody who cannot decide this, and written down
	Parental     = "parental"          // parental responsibility for a child
)

// Bases are the bases there are; the first is the only one that the person gives.
func Bases() []string { return []string{Consent, Attorney, Deputy, BestInterest, Parental} }

// OnRecord reports whether a basis is one that somebody else records, having seen what
// it rests on, with a day on which it is looked at again.
func OnRecord(basis string) bool { return basis != Consent && slices.Contains(Bases(), basis) }

// The ages at which what a parent sees grows less: many children of eleven can decide
// some things about their own care, and at sixteen they are presumed to (Family Law
// Reform Act 1969, section 8).
const (
	Growing = 11
	Grown   = 16
)

// whileGrowing is what parents still see from the eleventh birthday on.
const whileGrowing = Dates | Medicines

// Acting is an answer made less by the basis on which somebody acts: parents see less
// as their child grows. born is zero when that is not known; they then see the least
// that they could see at any age below sixteen, since doubt denies.
func Acting(a Answer, basis string, born time.Time, now clock.Time) Answer {
	if basis != Parental {
		return a
	}
	var hidden Labels
	switch at11, at16 := Birthday(born, Growing), Birthday(born, Grown); {
	case born.IsZero():
		hidden = ^whileGrowing
	case now >= at16:
		hidden = everyBit
	case now >= at11:
		hidden, a.Until = ^whileGrowing, min(a.Until, at16)
	default:
		a.Until = min(a.Until, at11)
	}
	a.Withheld |= hidden
	a.Barred |= hidden
	return a
}

// Steps are the instants, after now, at which what somebody may see grows less by itself:
// for parents the birthdays of their child. None are known without a day of birth.
func Steps(basis string, born time.Time, now clock.Time) (all []clock.Time) {
	if basis != Parental || born.IsZero() {
		return nil
	}
	for _, age := range []int{Growing, Grown} {
		if at := Birthday(born, age); at > now {
			all = append(all, at)
		}
	}
	return all
}

var london = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // it is in the program
	}
	return l
}()

// Birthday is the instant at which somebody born on a day attains an age: the first
// moment of the anniversary, in London (Family Law Reform Act 1969, section 9). Born
// on 29 February, that is 1 March in a year without one.
func Birthday(born time.Time, age int) clock.Time {
	return clock.At(time.Date(born.Year()+age, born.Month(), born.Day(), 0, 0, 0, 0, london))
}
