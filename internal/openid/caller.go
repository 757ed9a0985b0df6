package openid

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	answerWithin = 5 * time.Second
	answerBytes  = 1 << 20
	callsAMinute = 600 // to one provider: three for each sign-in
	keysAMinute  = 6   // fetches of one address without a body that may be of keys or discovery
)

// safe parses an address that we may call: https, or http on this very machine.
func safe(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !allowed(u) {
		return nil, errors.New("openid: not an https address")
	}
	return u, nil
}

func allowed(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// hostPort names the port also where it is the usual one: CIS2 writes :443.
func hostPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	if scheme == "http" {
		return host + ":80"
	}
	return host + ":443"
}

// A gate lets calls out to one provider only, not too many, and reads short answers.
type gate struct {
	hosts []string
	next  http.RoundTripper

	mu    sync.Mutex
	since time.Time
	calls int
	keys  map[string]int
}

// caller makes the client for all calls to a provider. It follows no redirect, since
// none of the endpoints has reason to send us elsewhere.
func caller(s Settings) *http.Client {
	u, _ := url.Parse(s.Issuer)
	g := &gate{hosts: []string{hostPort(u.Host, u.Scheme)}, next: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: answerWithin,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}}
	for _, h := range s.Hosts {
		g.hosts = append(g.hosts, hostPort(h, u.Scheme))
	}
	return &http.Client{Transport: g, Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RoundTrip refuses what is not for the provider, or too often. Tokens that name made-up
// keys would otherwise make us ask for its keys without end.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if !allowed(r.URL) || !slices.Contains(g.hosts, hostPort(r.URL.Host, r.URL.Scheme)) {
		return nil, errors.New("openid: not an endpoint of the provider")
	}
	if !g.may(r) {
		return nil, errors.New("openid: too many calls")
	}
	answer, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &short{answer.Body, answerBytes}
	return answer, nil
}

func (g *gate) may(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.since) >= time.Minute {
		g.since, g.calls, g.keys = now, 0, map[string]int{}
	}
	if g.calls++; g.calls > callsAMinute {
		return false
	}
	if r.Method == http.MethodGet && r.Header.Get("Authorization") == "" {
		g.keys[r.URL.Path]++
		return g.keys[r.URL.Path] <= keysAMinute
	}
	return true
}

// short fails where an answer is longer than it may be: half a document is none.
type short struct {
	io.ReadCloser
	left int64
}

// Read reads as the body does, up to the limit.
func (s *short) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if s.left -= int64(n); s.left < 0 {
		return 0, errors.New("openid: answer too long")
	}
	return n, err
}
