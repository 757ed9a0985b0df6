package clock

import (
	"testing"
	"time"
)

func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	c := Fake(func() time.Time { return now })
	first := c.Now()
	now = now.Add(-time.Hour) // set back
	if got := c.Now(); got != first {
		t.Errorf("an hour back the clock told %v, not %v", got, first)
	}
	now = now.Add(2 * time.Hour)
	if got := c.Now(); got.Sub(first) != time.Hour {
		t.Errorf("an hour on it told %v more", got.Sub(first))
	}
	later := c.Now().Add(time.Minute)
	if c.Seen(later); c.Now() != later {
		t.Error("an instant that has been is later than now")
	}
	if Never.Add(time.Hour) != Never {
		t.Error("never ended")
	}
}
