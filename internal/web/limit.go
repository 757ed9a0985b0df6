package web

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"time"

	"onestory/internal/consent"
)

// A limiter lets an account do something so many times within a while. It counts on
// this server alone.
type limiter struct {
	what   string // what an account does that comes to the limit, for the log
	most   int
	within time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	done map[string][]time.Time // by account, within the while
}

func newLimiter(what string, most int, within time.Duration, log *slog.Logger) *limiter {
	return &limiter{what: what, most: most, within: within, now: time.Now, log: log, done: map[string][]time.Time{}}
}

// A tooMany says when to try again.
type tooMany struct{ again time.Time }

// Error tells whoever reads the log, and nobody else.
func (*tooMany) Error() string { return "web: too many tries" }

// take counts one more, or answers tooMany. The first refusal in a row is an alarm.
func (l *limiter) take(who consent.Actor) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	old := func(t time.Time) bool { return now.Sub(t) >= l.within }
	for account, times := range l.done {
		if times = slices.DeleteFunc(times, old); len(times) == 0 {
			delete(l.done, account)
		} else {
			l.done[account] = times
		}
	}
	times := l.done[who.Account]
	if len(times) > l.most { // the one over the limit is kept, to raise the alarm once
		return &tooMany{times[1].Add(l.within)}
	}
	l.done[who.Account] = append(times, now)
	if len(times) == l.most {
		mark := sha256.Sum256([]byte(who.Account))
		l.log.Warn("web: one account "+l.what, "role", who.Role, "account-sha256", hex.EncodeToString(mark[:8]), "limit", l.most)
		return &tooMany{times[0].Add(l.within)}
	}
	return nil
}
