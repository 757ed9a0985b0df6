package app

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"log/slog"
)

func TestWhoAsksForVeryManyThingsThatAreNotThereIsShutOut(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := &House{Log: slog.New(slog.NewTextHandler(&log, nil))}
	h.metrics = newMetrics(h)
	served := h.Limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	ask := func(path, cookie string) int {
		r := httptest.NewRequest("GET", path, nil)
		if cookie != "" {
			r.Header.Set("Cookie", "onestory="+cookie)
			r.Header.Set("Authorization", "Bearer "+rand.Text())
		}
		w := httptest.NewRecorder()
		served.ServeHTTP(w, r)
		return w.Code
	}
	for i := range mostMisses { // each with another cookie beside it, and another program's token
		if got := ask("/guess", "a; other="+strconv.Itoa(i)); got != http.StatusNotFound {
			t.Fatalf("guess %d was answered %d", i, got)
		}
	}
	for path, want := range map[string]int{"/guess": http.StatusTooManyRequests, "/there": http.StatusTooManyRequests} {
		if got := ask(path, "a"); got != want {
			t.Errorf("after the limit %s answers %d", path, got)
		}
	}
	if got := ask("/there", "b"); got != http.StatusOK {
		t.Errorf("somebody else is answered %d", got)
	}
	if got := ask("/there", ""); got != http.StatusOK {
		t.Errorf("somebody who is not signed in is answered %d", got)
	}
	if n := strings.Count(log.String(), "very many things"); n != 1 || strings.Contains(log.String(), "onestory=a") {
		t.Errorf("the log says %d times: %s", n, log.String())
	}
}
