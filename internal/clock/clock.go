// Package clock tells the time, and never lets it go backwards.
//
// Time is microseconds since 1970, UTC: one ordered, exact type without a zone,
// which both databases keep as a BIGINT. A [Clock] never answers less than it
// has answered or been shown before ([Clock.Seen]), so what has expired stays
// expired when a server's clock is set back.
//
// Dates that are promised in working days are counted by [AfterWorkingDays], with the
// bank holidays of England and Wales.
package clock

import (
	"sync/atomic"
	"time"
)

// A Time is an instant: microseconds since 1970, UTC. The zero Time means "not said".
type Time int64

// Never is later than every instant; a period without an end ends then.
const Never Time = 1<<63 - 1

// At turns a standard time into an instant, rounding down to the microsecond.
func At(t time.Time) Time { return Time(t.UnixMicro()) }

// Std turns an instant into a standard time, in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Add moves an instant by d. Never stays Never.
func (t Time) Add(d time.Duration) Time {
	if t == Never {
		return Never
	}
	return t + Time(d.Microseconds())
}

// Sub is how long after u the instant t is.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// FHIR writes the instant as FHIR's instant type does, in UTC with microseconds.
func (t Time) FHIR() string { return t.Std().Format("2006-01-02T15:04:05.000000Z") }

// A Clock tells the time. Make one with [New] or [Fake]; the zero Clock tells the real time.
type Clock struct {
	now  func() time.Time
	high atomic.Int64
}

// New returns a clock that tells the machine's time.
func New() *Clock { return &Clock{} }

// Fake returns a clock for tests, which asks now for the time.
func Fake(now func() time.Time) *Clock { return &Clock{now: now} }

// Now is the present instant, or the latest instant known of, if the machine's
// clock has fallen behind it.
func (c *Clock) Now() Time {
	now := time.Now
	if c.now != nil {
		now = c.now
	}
	return c.Seen(At(now()))
}

// Seen tells the clock of an instant that has been, read from the database for
// instance, and returns the later of it and everything seen before.
func (c *Clock) Seen(t Time) Time {
	for {
		high := c.high.Load()
		if int64(t) <= high {
			return Time(high)
		}
		if c.high.CompareAndSwap(high, int64(t)) {
			return t
		}
	}
}
