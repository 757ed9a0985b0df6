package app_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A journal of log lines that many requests write to.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write keeps a line.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// Whatever a request brings, neither the log nor the figures repeat a word of it, nor
// of what it was answered.
func TestLogsAndFiguresSayNothingOfAnybody(t *testing.T) {
	t.Parallel()
	var log lines
	h, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Quiet: true, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Populate(t.Context(), 14, nil); err != nil {
		t.Fatal(err)
	}
	handler := h.Handler(h.Pages(app.Edge{Demo: true}))
	const canary = "zyzzyvaquokka"
	const number = "9990000018"
	var in []*http.Cookie
	ask := func(method, path, body, kind string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("User-Agent", canary+"\r\n{\"level\":\"ERROR\"}\x1b[31m\u202e")
		r.Header.Set("Referer", "https://"+canary+"/")
		r.Header.Set("X-Request-Id", canary)
		for _, c := range in {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	const form = "application/x-www-form-urlencoded"
	asked := 0
	for _, who := range []string{"amina", "priya"} {
		in = ask("POST", "/demo/sign-in", "who="+who, form).Result().Cookies()
		for _, one := range [][3]string{
			{"GET", "/me", ""}, {"GET", "/me/record?q=" + canary, ""}, {"GET", "/me/access", ""}, {"GET", "/me/download", ""},
			{"GET", "/people", ""}, {"POST", "/people", "name=" + canary}, {"GET", "/people/" + canary, ""},
			{"GET", "/people/find?number=" + number, ""}, {"POST", "/people/find", "number=" + number + "&name=" + canary},
			{"GET", "/sign-in/link/" + canary, ""}, {"POST", "/sign-in/link/" + canary, ""}, {"GET", "/" + canary, ""},
			{strings.ToUpper(canary), "/me", ""}, {"DELETE", "/me/record", canary}, {"GET", "/debug/pprof/" + canary, ""},
			{"GET", "/fhir/Patient?identifier=" + number, ""}, {"GET", "/fhir/" + canary + "/1", ""}, {"GET", "/livez?" + canary, ""},
		} {
			ask(one[0], one[1], one[2], form)
			asked++
		}
		asked++
	}
	amina, err := h.Accounts.As(t.Context(), "amina")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Door.With(t.Context(), amina, consent.Care, person.ID(4711), func(record.View) error { return nil }); err == nil {
		t.Error("somebody who never was is shown")
	}
	refusePriya(t, h)
	figures := httptest.NewRecorder()
	h.MetricsHandler().ServeHTTP(figures, httptest.NewRequest("GET", "/metrics", nil))
	if figures.Code != http.StatusOK || !strings.Contains(figures.Body.String(), `onestory_request_seconds_count{method="GET",route="GET /me/record",status="200"} 1`) {
		t.Errorf("the figures answer %d and do not count the request", figures.Code)
	}
	for _, counted := range []string{"looks", "refusals", "changes", "cache_hits"} {
		if text := figures.Body.String(); !strings.Contains(text, "\nonestory_"+counted+"_total ") || strings.Contains(text, "\nonestory_"+counted+"_total 0\n") {
			t.Errorf("the figures count no %s", counted)
		}
	}
	for name, text := range map[string]string{"the log": log.b.String(), "the figures": figures.Body.String()} {
		never := []string{canary, strings.ToUpper(canary), number, "999 000 0018", "Amina", "Yusuf", "Heart failure", "Furosemide", `"ERROR"`}
		for _, c := range in {
			never = append(never, c.Value)
		}
		for _, word := range never {
			if strings.Contains(text, word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
	requests := 0
	for line := range strings.Lines(log.b.String()) {
		var e struct {
			Msg, Request, Method, Route string
			Status                      int
			Bytes                       *int64
			Took                        int64
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("a line is no event: %q", line)
		}
		if e.Msg != "request" {
			continue
		}
		requests++
		if len(e.Request) != 12 || e.Method == "" || e.Status == 0 || e.Bytes == nil || e.Took == 0 {
			t.Errorf("an event does not say what it should: %s", line)
		}
	}
	if requests != asked {
		t.Errorf("%d events for %d requests", requests, asked)
	}
}

func TestAServerIsReadyOnlyWhileItCanKeepItsWord(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ready := func(h *app.House) (int, app.Health) {
		w := httptest.NewRecorder()
		h.Handler(h.Pages(app.Edge{})).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		var s app.Health
		if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		return w.Code, s
	}
	h := open(t, app.Config{Data: data, Quiet: true})
	if code, s := ready(h); code != http.StatusOK || !s.Ready {
		t.Errorf("to begin with: %d %+v", code, s)
	}
	h.Stop()
	if code, s := ready(h); code != http.StatusServiceUnavailable || !s.Stopping {
		t.Errorf("told to stop, it is ready: %d %+v", code, s)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}

	h = open(t, app.Config{Data: data, Quiet: true})
	if err := os.Rename(filepath.Join(data, "ledger.jsonl"), filepath.Join(data, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if code, s := ready(h); code != http.StatusServiceUnavailable || s.Ledger == "ok" || s.Database != "ok" {
		t.Errorf("without a ledger: %d %+v", code, s)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}

	h = open(t, app.Config{Data: data, Quiet: true})
	if err := h.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if code, s := ready(h); code != http.StatusServiceUnavailable || s.Database == "ok" {
		t.Errorf("without a database: %d %+v", code, s)
	}
	_ = h.Close() // its database is closed already
}

// What a person is told by headers, and what nobody is told at all: SAFETY 86 and 87.
func TestAnswersCarryWhatKeepsThemSafe(t *testing.T) {
	t.Parallel()
	h := open(t, app.Config{Data: t.TempDir(), Quiet: true})
	defer h.Close()
	for _, https := range []bool{false, true} {
		handler := h.Handler(h.Pages(app.Edge{HTTPS: https}))
		for path, code := range map[string]int{
			"/": 200, "/me": 401, "/debug/pprof/": 404, "/debug/vars": 404, "/metrics": 404, "/.git/config": 404, "/onestory.db": 404,
			"/data/onestory.db": 404, "/backup.tar.gz": 404, "/static/style.css.map": 404, "/demo": 404, "/fhir/Patient": 401,
		} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != code {
				t.Errorf("%s answers %d, not %d", path, w.Code, code)
			}
			head := w.Header()
			if got := head.Get("Strict-Transport-Security"); (got != "") != https {
				t.Errorf("%s, https %v: Strict-Transport-Security is %q", path, https, got)
			}
			if head.Get("X-Content-Type-Options") != "nosniff" || head.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", path, head)
			}
			for _, bad := range []string{"goroutine", ".go:", "Server"} {
				if strings.Contains(w.Body.String(), bad) || head.Get("Server") != "" {
					t.Errorf("%s says %q", path, bad)
				}
			}
		}
		for path, allow := range map[string]string{"/me": "GET, HEAD", "/sign-out": "POST", "/sign-in/link/x": "GET, POST, HEAD"} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("DELETE", path, nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
				t.Errorf("DELETE %s answers %d, allowing %q", path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
}
