package text

import (
	"strconv"
	"sync"
	"time"
	_ "time/tzdata" // so that the machine need not know where London is

	"onestory/internal/clock"
)

// london is the time that people here live by.
var london = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // cannot be: the data is embedded
	}
	return l
})

// Day is the day that an instant falls on in the UK.
func Day(t clock.Time) (year, month, day int) {
	y, m, d := t.Std().In(london()).Date()
	return y, int(m), d
}

// Date is the day of an instant, in UK time: 3 November 2026. Of the zero Time and
// of clock.Never it is "".
func (l *Lang) Date(t clock.Time) string {
	if t == 0 || t == clock.Never {
		return ""
	}
	return l.Partial(Day(t))
}

// Time is the time of day of an instant, in UK time: 2:30pm, 9am, midday, midnight.
func (l *Lang) Time(t clock.Time) string {
	if t == 0 || t == clock.Never {
		return ""
	}
	at := t.Std().In(london())
	hour, minute := at.Hour(), at.Minute()
	switch {
	case hour == 0 && minute == 0:
		return l.T("time.midnight", nil)
	case hour == 12 && minute == 0:
		return l.T("time.midday", nil)
	}
	digits := strconv.Itoa((hour+11)%12 + 1)
	if minute != 0 {
		digits += ":" + strconv.Itoa(minute/10) + strconv.Itoa(minute%10)
	}
	if hour < 12 {
		return l.T("time.am", map[string]any{"Time": digits})
	}
	return l.T("time.pm", map[string]any{"Time": digits})
}

// DateTime is the day and time of an instant, in UK time: 3 November 2026, 2:30pm.
func (l *Lang) DateTime(t clock.Time) string {
	if t == 0 || t == clock.Never {
		return ""
	}
	return l.T("time.at", map[string]any{"Date": l.Date(t), "Time": l.Time(t)})
}

// Partial is a day, a month or a year, where what is not known is 0: 3 November
// 2026, November 2026, 2026. Without a year it is "".
func (l *Lang) Partial(year, month, day int) string {
	data := map[string]any{"Year": strconv.Itoa(year), "Month": l.Month(month), "Day": strconv.Itoa(day)}
	switch {
	case year <= 0:
		return ""
	case month < 1 || month > 12:
		return strconv.Itoa(year)
	case day <= 0:
		return l.T("date.month", data)
	}
	return l.T("date.day", data)
}

// Month is the name of a month, from 1 to 12.
func (l *Lang) Month(month int) string {
	if month < 1 || month > 12 {
		return ""
	}
	return l.T("month."+strconv.Itoa(month), nil)
}
