// Package openidtest starts a certified OpenID provider with made-up accounts, and goes
// through its pages as a browser would. It is for tests.
//
// It promises that nothing of the provider is ours but its accounts, in
// ../testdata/provider, and that it is gone when the test ends.
//
// This package owns no tables.
package openidtest

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Origin is the only service to which the provider sends people back.
const Origin = "https://onestory.example.org"

// What its clients are called, and with what they prove it.
const (
	WithKey    = "with-key" // by House.PEM, under the key id KeyID
	KeyID      = "ours"
	WithSecret = "with-secret" // by Secret
	Secret     = "not-a-secret-of-anybody"
)

// A House is a running provider.
type House struct {
	Port string
	PEM  string // the private key of the client WithKey, PKCS #8
	jwks string
	stop func()
}

// Issuer is its address.
func (h *House) Issuer() string { return "http://127.0.0.1:" + h.Port }

// Open starts a provider until the end of the test. Without its modules the test is
// skipped, but fails in CI.
func Open(t testing.TB) *House {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder(), "node_modules")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the provider's modules are not installed: make provider")
		}
		t.Skip("no provider to test against: make provider installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	must(t, l.Close())
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: KeyID, Use: "sig", Algorithm: "RS512"}}})
	must(t, err)
	h := &House{Port: port, PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), jwks: string(jwks), stop: func() {}}
	h.Start(t)
	t.Cleanup(h.Stop)
	return h
}

// folder is where the provider is, as this file is beside it.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "../testdata/provider")
}

// Start starts it once more after Stop, at the same address and with another key.
func (h *House) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command("node", "provider.mjs", h.Port, h.jwks)
	cmd.Dir = folder()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	h.stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the provider did not start")
}

// Stop makes it be down.
func (h *House) Stop() {
	h.stop()
	h.stop = func() {}
}

var action = regexp.MustCompile(`action="([^"]+)"[\s\S]*?name="prompt" value="([^"]+)"`)

// SignIn goes through the provider's own pages from an address there, as one of its
// accounts, and returns the address at Origin that it sends the browser back to.
func SignIn(t testing.TB, address, who string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), Origin) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := browser.Get(address)
	for range 4 {
		must(t, err)
		page, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if to := answer.Header.Get("Location"); strings.HasPrefix(to, Origin+"/sign-in/with/") {
			u, err := url.Parse(to)
			must(t, err)
			return u
		}
		form := action.FindSubmatch(page)
		if form == nil {
			t.Fatalf("no form at %s: %d %s", answer.Request.URL.Path, answer.StatusCode, page)
		}
		answer, err = browser.PostForm(string(form[1]), url.Values{"prompt": {string(form[2])}, "login": {who}, "password": {"any"}})
	}
	t.Fatal("the provider does not let go")
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
