package clock

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestWorkingDaysPassOverWeekendsBankHolidaysAndTheDaysInTheirPlace(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why, from string
		n         int
		want      string
	}{
		{"none is the day itself", "2026-12-25", 0, "2026-12-25"},
		{"a leap day is worked", "2024-02-28", 1, "2024-02-29"},
		{"after a leap day", "2024-02-29", 1, "2024-03-01"},
		{"a leap day of 2028", "2028-02-28", 2, "2028-03-01"},
		{"no leap day", "2026-02-27", 1, "2026-03-02"},
		{"over the last Sunday of March", "2026-03-27", 1, "2026-03-30"},
		{"from the last Sunday of March", "2026-03-29", 1, "2026-03-30"},
		{"over the last Sunday of October", "2026-10-23", 1, "2026-10-26"},
		{"from the last Sunday of October", "2026-10-25", 2, "2026-10-27"},
		{"Easter", "2026-04-02", 1, "2026-04-07"},
		{"Boxing Day on a Saturday", "2026-12-24", 1, "2026-12-29"},
		{"Christmas on a Saturday", "2027-12-24", 1, "2027-12-29"},
		{"New Year on a Saturday", "2027-12-31", 1, "2028-01-04"},
		{"over a year's end", "2026-12-31", 1, "2027-01-04"},
	} {
		for _, hour := range []int{0, 23} {
			day, err := time.ParseInLocation(time.DateOnly, c.from, london)
			if err != nil {
				t.Fatal(err)
			}
			day = time.Date(day.Year(), day.Month(), day.Day(), hour, 30, 0, 0, london)
			got, err := AfterWorkingDays(day, c.n)
			if err != nil || got.Format(time.DateOnly) != c.want {
				t.Errorf("%s: %d working days after %s at %d:30 is %s, not %s (%v)", c.why, c.n, c.from, hour, got.Format(time.DateOnly), c.want, err)
			}
		}
	}
}

func TestEveryKnownYearHasEightBankHolidaysOnWeekdays(t *testing.T) {
	t.Parallel()
	of := map[int]int{}
	for _, h := range bankHolidays {
		day, err := time.Parse(time.DateOnly, h)
		if err != nil || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			t.Errorf("%s is no weekday (%v)", h, err)
		}
		of[day.Year()]++
	}
	for y := firstYear; y <= lastYear; y++ {
		if of[y] != 8 {
			t.Errorf("%d has %d bank holidays", y, of[y])
		}
	}
}

func TestAYearWhoseBankHolidaysAreNotKnownIsNotGuessed(t *testing.T) {
	t.Parallel()
	if _, err := WorkingDay(time.Date(lastYear+1, 1, 3, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("a year too late was answered")
	}
	if _, err := AfterWorkingDays(time.Date(lastYear, 12, 29, 0, 0, 0, 0, time.UTC), 1); err == nil {
		t.Error("a date in a year too late was promised")
	}
	if _, err := AfterWorkingDays(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), -1); err == nil {
		t.Error("less than no days were counted")
	}
}
