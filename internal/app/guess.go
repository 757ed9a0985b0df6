package app

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"onestory/internal/db"
)

const (
	mostMisses = 300              // how often one session or program may ask for what is not there
	missesIn   = 10 * time.Minute // within which while
	mostTime   = 5 * time.Second  // of the database, for reading, of one request
)

// Limited puts the limits of a server around its handler: so much of the database's time
// for each request, and an end to guessing. It counts on this server alone, and only
// those who have signed in: to others nothing of anybody's is ever there.
func (h *House) Limited(next http.Handler) http.Handler {
	g := &guesses{most: mostMisses, within: missesIn, now: time.Now, done: map[mark]int{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/live") { // open for hours, and read from each second
			r = r.WithContext(db.Within(r.Context(), mostTime))
		}
		who := credentials(r)
		if len(who) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		if again := g.shut(who); again > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(again.Seconds())+1))
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "You asked for very many things that are not here. Wait ten minutes, then go back to the start page.", http.StatusTooManyRequests)
			return
		}
		s := &status{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(s, r)
		if s.code != http.StatusNotFound {
			return
		}
		for _, one := range g.missed(who) {
			h.metrics.guess.Inc()
			h.Log.Warn("somebody asks for very many things that are not there", "session-sha256", hex.EncodeToString(one[:8]), "limit", g.most)
		}
	})
}

// A mark stands for what somebody shows to be let in, and tells nothing of it.
type mark [32]byte

// credentials are the marks of a session and of a program's token, each by itself: what
// else a request brings, such as a cookie that was made up, makes nobody somebody else.
func credentials(r *http.Request) (all []mark) {
	add := func(kind, what string) {
		if what != "" {
			all = append(all, sha256.Sum256([]byte("onestory guesses "+kind+"\x00"+what)))
		}
	}
	if said := strings.Fields(r.Header.Get("Authorization")); len(said) > 0 {
		add("program", said[len(said)-1])
	}
	for _, name := range []string{"__Host-onestory", "onestory"} { // as package web names it, over https and not
		if c, err := r.Cookie(name); err == nil {
			add("session", c.Value)
		}
	}
	return all
}

// mostMarks are counted at a time. Who is first to be counted stays so: to fill it up
// with marks of nobody frees none that were counted before.
const mostMarks = 100_000

// guesses counts what was asked for and is not there.
type guesses struct {
	most   int
	within time.Duration
	now    func() time.Time

	mu    sync.Mutex
	until time.Time // then all begin anew
	done  map[mark]int
}

// shut is for how long somebody is answered nothing any more; 0: they are answered.
func (g *guesses) shut(who []mark) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if !now.Before(g.until) {
		g.until = now.Add(g.within)
		clear(g.done)
	}
	if !slices.ContainsFunc(who, func(m mark) bool { return g.done[m] >= g.most }) {
		return 0
	}
	return g.until.Sub(now)
}

// missed counts one more, and answers for whom it was the last that is allowed.
func (g *guesses) missed(who []mark) (last []mark) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range who {
		if _, known := g.done[m]; !known && len(g.done) >= mostMarks {
			continue
		}
		if g.done[m]++; g.done[m] == g.most {
			last = append(last, m)
		}
	}
	return last
}
