package fhir

import (
	"math"
	"time"

	"onestory/internal/clock"
)

// Interval is the time that a FHIR date, dateTime or instant stands for, from
// low up to but not including high: 2026-03 is all of March 2026. Dates without
// a zone are taken in UTC. ok is false for what is no real date.
func Interval(s string) (low, high clock.Time, ok bool) {
	t, ok := scanTime(s)
	if !ok {
		return 0, 0, false
	}
	return t.interval()
}

// A moment is a date as written: how many digits of it were given, and what they say.
type moment struct {
	year, month, day, hour, minute, second int
	micros                                 int
	fraction                               int // digits of the fraction that were given
	zone                                   int // minutes east
	digits                                 int // 4, 6, 8 or 14
}

func (m moment) interval() (low, high clock.Time, ok bool) {
	at := func(year, month, day int) clock.Time {
		return clock.At(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
	}
	switch m.digits {
	case 4:
		return at(m.year, 1, 1), at(m.year+1, 1, 1), true
	case 6:
		return at(m.year, m.month, 1), at(m.year, m.month+1, 1), true
	case 8:
		low = at(m.year, m.month, m.day)
		return low, low + 24*3600*1e6, true
	case 12: // only in searches
		low = at(m.year, m.month, m.day) + clock.Time((m.hour*60+m.minute-m.zone)*60*1e6)
		return low, low + 60*1e6, true
	}
	low = at(m.year, m.month, m.day) + clock.Time(((m.hour*60+m.minute-m.zone)*60+m.second)*1e6+m.micros)
	width := clock.Time(1)
	for n := m.fraction; n < 6; n++ {
		width *= 10
	}
	return low, low + width, true
}

// scanTime reads YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss[.s…](Z|±hh:mm).
func scanTime(s string) (m moment, ok bool) {
	var ok1, ok2 bool
	if m.year, ok = number(s, 0, 4); !ok || m.year == 0 {
		return m, false
	}
	if m.digits = 4; len(s) == 4 {
		return m, true
	}
	if m.month, ok = number(s, 5, 2); !ok || s[4] != '-' || m.month < 1 || m.month > 12 {
		return m, false
	}
	if m.digits = 6; len(s) == 7 {
		return m, true
	}
	if m.day, ok = number(s, 8, 2); !ok || s[7] != '-' || m.day < 1 || m.day > days(m.year, m.month) {
		return m, false
	}
	if m.digits = 8; len(s) == 10 {
		return m, true
	}
	if s[10] != 'T' {
		return m, false
	}
	n, ok := scanClock(s[11:])
	if !ok {
		return m, false
	}
	m.digits = 14
	m.hour, _ = number(s, 11, 2)
	m.minute, _ = number(s, 14, 2)
	m.second, _ = number(s, 17, 2)
	m.fraction = max(0, n-9)
	for i, unit := 20, 100000; i < 11+n && unit > 0; i, unit = i+1, unit/10 {
		m.micros += int(s[i]-'0') * unit
	}
	zone := s[11+n:]
	if zone == "Z" {
		return m, true
	}
	if len(zone) != 6 || zone[0] != '+' && zone[0] != '-' || zone[3] != ':' {
		return m, false
	}
	hours, ok1 := number(zone, 1, 2)
	minutes, ok2 := number(zone, 4, 2)
	m.zone = hours*60 + minutes
	if !ok1 || !ok2 || minutes > 59 || m.zone > 14*60 {
		return m, false
	}
	if zone[0] == '-' {
		m.zone = -m.zone
	}
	return m, true
}

// scanClock reads hh:mm:ss[.s…] and returns how long it is.
func scanClock(s string) (n int, ok bool) {
	hour, ok1 := number(s, 0, 2)
	minute, ok2 := number(s, 3, 2)
	second, ok3 := number(s, 6, 2)
	if !ok1 || !ok2 || !ok3 || s[2] != ':' || s[5] != ':' || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	n = 8
	if n < len(s) && s[n] == '.' {
		for n++; n < len(s) && s[n]-'0' <= 9; n++ {
		}
		if n == 9 {
			return 0, false
		}
	}
	return n, true
}

// number reads exactly n digits at i.
func number(s string, i, n int) (v int, ok bool) {
	if len(s) < i+n {
		return 0, false
	}
	for _, c := range []byte(s[i : i+n]) {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func days(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

const (
	dawn = clock.Time(math.MinInt64) // before everything: a period without a beginning
	dusk = clock.Never
)
