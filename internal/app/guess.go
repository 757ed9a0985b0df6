package app

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
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
	g := &guesses{most: mostMisses, within: missesIn, now: time.Now, done: map[[32]byte]int{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/live") { // open for hours, and read from each second
			r = r.WithContext(db.Within(r.Context(), mostTime))
		}
		who, known := credential(r)
		if !known {
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
		if s.code == http.StatusNotFound && g.missed(who) {
			h.metrics.guess.Inc()
			h.Log.Warn("somebody asks for very many things that are not there", "session-sha256", hex.EncodeToString(who[:8]), "limit", g.most)
		}
	})
}

// credential stands for a session or a program, and tells nothing of it.
func credential(r *http.Request) (who [32]byte, known bool) {
	what := r.Header.Get("Authorization") + "\x00" + r.Header.Get("Cookie")
	return sha256.Sum256([]byte("onestory guesses " + what)), len(what) > 1
}

// guesses counts what was asked for and is not there.
type guesses struct {
	most   int
	within time.Duration
	now    func() time.Time

	mu    sync.Mutex
	until time.Time // then all begin anew
	done  map[[32]byte]int
}

// shut is for how long somebody is answered nothing any more; 0: they are answered.
func (g *guesses) shut(who [32]byte) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if !now.Before(g.until) {
		g.until = now.Add(g.within)
		clear(g.done)
	}
	if g.done[who] < g.most {
		return 0
	}
	return g.until.Sub(now)
}

// missed counts one more, and reports whether it was the last that is allowed.
func (g *guesses) missed(who [32]byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done[who]++
	return g.done[who] == g.most
}
