package person

import (
	"fmt"
	"strconv"
	"time"

	"onestory/internal/fault"
)

// A Date is a day, a month or a year, as FHIR's date: what is not known is 0. The
// zero Date is not known at all.
type Date struct{ Year, Month, Day int }

// ParseDate reads 1948, 1948-07 or 1948-07-05. A day that no calendar has is
// fault.Invalid; "" is the zero Date.
func ParseDate(text string) (Date, error) {
	var d Date
	if text == "" {
		return d, nil
	}
	wrong := fault.New(fault.Invalid, "Date must be a real date, such as 1948-07-05")
	parts := []struct {
		into        *int
		from, until int
	}{{&d.Year, 0, 4}, {&d.Month, 5, 7}, {&d.Day, 8, 10}}
	for _, p := range parts {
		if len(text) < p.until || p.from > 0 && text[p.from-1] != '-' {
			return Date{}, wrong
		}
		n, err := strconv.ParseUint(text[p.from:p.until], 10, 16)
		if err != nil || n == 0 {
			return Date{}, wrong
		}
		*p.into = int(n)
		if len(text) == p.until {
			if !d.real() {
				return Date{}, wrong
			}
			return d, nil
		}
	}
	return Date{}, wrong
}

// real reports whether a calendar has the date.
func (d Date) real() bool {
	month, day := max(d.Month, 1), max(d.Day, 1)
	t := time.Date(d.Year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return int(t.Month()) == month && t.Day() == day
}

// Whole reports whether the day is known.
func (d Date) Whole() bool { return d.Day != 0 }

// String is the date as FHIR writes it, and "" for the zero Date.
func (d Date) String() string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// AgeOn is how old somebody is on a day, in whole years: at least and at most,
// which are the same when their birth date is whole. It reports false when the
// birth year is not known, the day is not whole, or they were not born by then.
//
// A birthday begins an age at its first moment (Family Law Reform Act 1969, section
// 9). Somebody born on 29 February has no birthday in a common year; the Act does
// not say which day it is then, and the usual reading in England, which is ours, is
// that the year is complete when 28 February is over: on 1 March.
func AgeOn(born, on Date) (least, most int, ok bool) {
	if born.Year == 0 || !on.Whole() {
		return 0, 0, false
	}
	first, last := born, born
	if born.Month == 0 {
		first.Month, last.Month = 1, 12
	}
	if born.Day == 0 {
		first.Day, last.Day = 1, 31 // later than any birthday in the month, which is all that counts
	}
	least, most = years(last, on), years(first, on)
	if most < 0 {
		return 0, 0, false
	}
	return max(least, 0), most, true
}

// years is how many birthdays there have been.
func years(born, on Date) int {
	n := on.Year - born.Year
	if on.Month < born.Month || on.Month == born.Month && on.Day < born.Day {
		n--
	}
	return n
}
