package app

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"time"
)

// Version is what this program calls itself; the build puts it in.
var Version = "dev" // a variable only so that the linker can set it

// Handler is everything a server answers: the pages, and whether it is alive.
// hosts are the names it may be called by; none allows any.
func (h *House) Handler(pages http.Handler, hosts ...string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", h.ready)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"version": Version})
	})
	mux.Handle("/", pages)
	return h.logged(named(hosts, mux))
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// named refuses requests for another host than ours: a page elsewhere could
// otherwise reach a server on the reader's own machine under its own name.
func named(hosts []string, next http.Handler) http.Handler {
	if len(hosts) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !slices.Contains(hosts, host) {
			http.Error(w, "This server does not answer to that name.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// logged writes one line for each request, without a word about people: the
// pattern of the route, never the path. A handler that panics answers 500.
func (h *House) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID()
		w.Header().Set("X-Request-Id", id)
		if h.stopping.Load() {
			w.Header().Set("Connection", "close") // the next request goes to a server that stays
		}
		h.metrics.open.Inc()
		s := &status{ResponseWriter: w, code: http.StatusOK}
		begun := time.Now()
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				h.metrics.panic.Inc()
				h.Log.Error("panic", "request", id, "route", r.Pattern, "stack", string(debug.Stack()))
				if !s.wrote {
					http.Error(s, "Something went wrong on our side. Try again. Reference: "+id, http.StatusInternalServerError)
				}
			}
			took := time.Since(begun)
			h.metrics.open.Dec()
			h.metrics.done(r.Pattern, method(r.Method), s.code, s.bytes, took)
			h.Log.Info("request", "request", id, "method", method(r.Method), "route", r.Pattern, "status", s.code,
				"bytes", s.bytes, slog.Duration("took", took))
		}()
		next.ServeHTTP(s, r)
	})
}

// requestID names a request in the log and to whoever asked. Hexadecimal digits spell
// no words, so that a search of the log for one finds only what was said.
func requestID() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// method keeps what a client made up out of the log.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// A status remembers what was answered.
type status struct {
	http.ResponseWriter
	code  int
	wrote bool
	bytes int64
}

// WriteHeader notes the status and passes it on.
func (s *status) WriteHeader(code int) {
	if !s.wrote {
		s.code, s.wrote = code, true
	}
	s.ResponseWriter.WriteHeader(code)
}

// Write passes content on.
func (s *status) Write(b []byte) (int, error) {
	s.wrote = true
	n, err := s.ResponseWriter.Write(b)
	s.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Server is an HTTP server with limits, so that slow or endless requests cost little.
func Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}
