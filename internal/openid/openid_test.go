package openid

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

const origin = "https://onestory.example.org"

// A house is a running provider of testdata/provider.
type house struct {
	port, jwks, pem string
	stop            func()
}

func (h *house) issuer() string { return "http://127.0.0.1:" + h.port }

// open starts a provider. Without its modules the test is skipped, but fails in CI.
func open(t *testing.T) *house {
	t.Helper()
	if _, err := os.Stat("testdata/provider/node_modules"); err != nil {
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
	jwks, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "ours", Use: "sig", Algorithm: "RS512"}}})
	must(t, err)
	h := &house{port: port, jwks: string(jwks), pem: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
	h.start(t)
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *house) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command("node", "provider.mjs", h.port, h.jwks)
	cmd.Dir = "testdata/provider"
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	h.stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); h.stop = func() {} }
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the provider did not start")
}

func (h *house) client(t *testing.T, profile string) *Client {
	t.Helper()
	s := Settings{Name: profile, Label: profile, Profile: profile, Issuer: h.issuer(), ClientID: "with-key", PrivateKey: h.pem, KeyID: "ours"}
	if profile == "plain" {
		s.ClientID, s.PrivateKey, s.KeyID, s.Secret = "with-secret", "", "", "not-a-secret-of-anybody"
		s.Plain = &Plain{Roles: "jobs", Role: "post", Organisation: "org", Team: "team", Level: "proofs", Levels: []string{"otp", "hwk"}}
	}
	c, err := New(s, origin, clock.New())
	must(t, err)
	return c
}

var action = regexp.MustCompile(`action="([^"]+)"[\s\S]*?name="prompt" value="([^"]+)"`)

// signIn goes through the provider's own pages and returns what it sends us back with.
func signIn(t *testing.T, address, who string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), origin) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := browser.Get(address)
	for range 4 {
		must(t, err)
		page, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if to := answer.Header.Get("Location"); strings.HasPrefix(to, origin+"/sign-in/with/") {
			u, err := url.Parse(to)
			must(t, err)
			return u.Query()
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

func whole(t *testing.T, c *Client, who string) (Identity, error) {
	t.Helper()
	a, address, err := c.Begin(t.Context())
	must(t, err)
	return c.Finish(t.Context(), a, signIn(t, address, who))
}

func TestWhoIsProvenIsKnownAndWhoIsDoubtfulIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	a1, b2 := Role{Role: "R8001", Organisation: "A1"}, Role{Role: "R8003", Organisation: "B2"}
	for _, c := range []struct {
		profile, who string
		code         Code
		roles        []Role
	}{
		{"nhs-login", "p9", "", nil},
		{"nhs-login", "p5", "identity not proven", nil},
		{"nhs-login", "p0", "identity not proven", nil},
		{"nhs-login", "one-factor", "one factor", nil},
		{"nhs-login", "bad-number", "no NHS number or date of birth", nil},
		{"cis2", "staff", "", []Role{a1, b2}},
		{"cis2", "chosen", "", []Role{b2}},
		{"cis2", "gone-role", "no active role", nil},
		{"cis2", "no-role", "no active role", nil},
		{"cis2", "password", "one factor", nil},
		{"plain", "staff", "", []Role{{Role: "nurse", Organisation: "A1", Team: "T1"}}},
		{"plain", "no-role", "no active role", nil},
		{"plain", "password", "one factor", nil},
	} {
		t.Run(c.profile+" "+c.who, func(t *testing.T) {
			got, err := whole(t, h.client(t, c.profile), c.who)
			if c.code != "" {
				demand(t, err, fault.Refused, c.code)
				return
			}
			must(t, err)
			if got.Subject != c.who || got.Provider != c.profile || !got.TwoFactors || !slices.Equal(got.Roles, c.roles) {
				t.Errorf("got %+v", got)
			}
			if c.profile == "nhs-login" && (got.NHSNumber != "9990000018" || got.Born != "1953-04-02" || got.Level != "P9") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAnAnswerServesOnceForTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client(t, "nhs-login")
	a, address, err := c.Begin(t.Context())
	must(t, err)
	other, _, err := c.Begin(t.Context())
	must(t, err)
	came := signIn(t, address, "p9")
	change := func(do func(*Attempt, url.Values)) error {
		mine, values := a, url.Values{}
		for k, v := range came {
			values[k] = slices.Clone(v)
		}
		do(&mine, values)
		_, err := c.Finish(t.Context(), mine, values)
		return err
	}
	demand(t, change(func(m *Attempt, _ url.Values) { *m = other }), fault.Refused, "other state")
	demand(t, change(func(m *Attempt, _ url.Values) { *m = Attempt{} }), fault.Refused, "other state")
	demand(t, change(func(_ *Attempt, v url.Values) { v.Del("state") }), fault.Refused, "other state")
	demand(t, change(func(_ *Attempt, v url.Values) { v.Add("code", "x") }), fault.Refused, "parameter twice")
	demand(t, change(func(_ *Attempt, v url.Values) { v.Set("iss", "https://other.example.org") }), fault.Refused, "answer of another issuer")
	demand(t, change(func(m *Attempt, _ url.Values) { m.Until = 1 }), fault.Refused, "too late")
	demand(t, change(func(_ *Attempt, v url.Values) { v.Set("error", "access_denied") }), fault.Refused, "provider said no")
	must(t, change(func(*Attempt, url.Values) {}))
	demand(t, change(func(*Attempt, url.Values) {}), fault.Refused, "code refused")

	for code, spoil := range map[Code]func(*Attempt){
		"other nonce":  func(m *Attempt) { m.Nonce = other.Nonce },
		"code refused": func(m *Attempt) { m.Verifier = other.Verifier },
	} {
		a, address, err = c.Begin(t.Context())
		must(t, err)
		came = signIn(t, address, "p9")
		demand(t, change(func(m *Attempt, _ url.Values) { spoil(m) }), fault.Refused, code)
	}
}

func TestKeysMayChangeAndAProviderMayBeDown(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client(t, "plain")
	_, err := whole(t, c, "staff")
	must(t, err)
	h.stop()
	h.start(t) // with another key, at the same address
	_, err = whole(t, c, "staff")
	must(t, err)

	a, address, err := c.Begin(t.Context())
	must(t, err)
	came := signIn(t, address, "staff")
	h.stop()
	_, err = c.Finish(t.Context(), a, came)
	demand(t, err, fault.Busy, "token endpoint failed")
	_, _, err = h.client(t, "plain").Begin(t.Context())
	demand(t, err, fault.Busy, "discovery failed")
}

func TestAnotherIssuerIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.client(t, "plain")
	c.set.Issuer += "/"
	demand(t, c.Reach(t.Context()), fault.Refused, "other issuer")
}

func TestASlowALongAndAStrayProviderAreBusy(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and never answers
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	slow := (&house{port: fmt.Sprint(l.Addr().(*net.TCPAddr).Port)}).client(t, "plain")
	demand(t, slow.Reach(t.Context()), fault.Busy, "discovery failed")
	demand(t, slow.Reach(t.Context()), fault.Busy, "provider was down a moment ago")

	g := caller(Settings{Issuer: "https://a.example.org"})
	for _, address := range []string{"https://b.example.org/", "http://a.example.org/", "https://a.example.org:444/", "http://127.0.0.1:9/"} {
		if _, err := g.Get(address); err == nil || !strings.Contains(err.Error(), "not an endpoint of the provider") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := io.ReadAll(&short{io.NopCloser(strings.NewReader("abcd")), 3}); err == nil {
		t.Error("a long answer was read")
	}
}

func TestSettingsThatCannotWorkStopTheStart(t *testing.T) {
	t.Parallel()
	good := Settings{Name: "work", Label: "Work", Profile: "cis2", Issuer: "https://a.example.org", ClientID: "x", Secret: "y"}
	if _, err := New(good, origin, clock.New()); err != nil {
		t.Fatal(err)
	}
	for say, spoil := range map[string]func(*Settings){
		"small letters":  func(s *Settings) { s.Name = "../x" },
		"either secret":  func(s *Settings) { s.Secret = "" },
		"https address":  func(s *Settings) { s.Issuer = "http://a.example.org" },
		"profile must":   func(s *Settings) { s.Profile = "other" },
		"plain must":     func(s *Settings) { s.Profile = "plain" },
		"private_key":    func(s *Settings) { s.Secret, s.PrivateKey = "", "x" },
		"label and clie": func(s *Settings) { s.ClientID = "" },
	} {
		s := good
		spoil(&s)
		if _, err := New(s, origin, clock.New()); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", say, err)
		}
	}
}

func demand(t *testing.T, err error, kind fault.Kind, code Code) {
	t.Helper()
	var c Code
	if !errors.Is(err, kind) || !errors.As(err, &c) || c != code {
		t.Errorf("got %v, want %s for %q", err, kind, code)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
