package clock

import (
	"fmt"
	"time"
)

// The first and the last year whose bank holidays are known.
const (
	firstYear = 2024
	lastYear  = 2028
)

// bankHolidays are those of England and Wales, with the day that stands in for one
// that falls on a weekend. They are a list and no rule, because a proclamation can move
// or add a day; a year is added here once it is announced.
var bankHolidays = [...]string{
	"2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26",
	"2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26",
	"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
	"2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
	"2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26",
}

// WorkingDay reports whether the calendar day of a time, in its own zone, is one on
// which offices in England and Wales work: no weekend and no bank holiday. It fails for
// a year whose bank holidays are not known, rather than promise a day that may be one.
func WorkingDay(day time.Time) (bool, error) {
	if y := day.Year(); y < firstYear || y > lastYear {
		return false, fmt.Errorf("the bank holidays of %d are not known, only those of %d to %d", y, firstYear, lastYear)
	}
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		return false, nil
	}
	written := day.Format(time.DateOnly)
	for _, h := range bankHolidays {
		if h == written {
			return false, nil
		}
	}
	return true, nil
}

// AfterWorkingDays is the n-th working day after a calendar day, which itself is not
// counted, as midnight UTC of that day: a date, not an instant, so that summer time
// cannot move it. With n = 0 it is the day itself, whether one works then or not. It
// fails when n is negative and where [WorkingDay] does.
func AfterWorkingDays(day time.Time, n int) (time.Time, error) {
	if n < 0 {
		return time.Time{}, fmt.Errorf("%d working days are less than none", n)
	}
	y, m, d := day.Date()
	at := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for n > 0 {
		at = at.AddDate(0, 0, 1)
		works, err := WorkingDay(at)
		if err != nil {
			return time.Time{}, err
		}
		if works {
			n--
		}
	}
	return at, nil
}
