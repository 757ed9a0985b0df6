package openid

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/openid/openidtest"
)

const origin = openidtest.Origin

// A house is a running provider.
type house struct{ *openidtest.House }

func open(t *testing.T) *house { t.Helper(); return &house{openidtest.Open(t)} }

func (h *house) client(t *testing.T, profile string) *Client {
	t.Helper()
	s := Settings{Name: profile, Label: profile, Profile: profile, Issuer: h.Issuer(), ClientID: openidtest.WithKey, PrivateKey: h.PEM, KeyID: openidtest.KeyID}
	if profile == "plain" {
		s.ClientID, s.PrivateKey, s.KeyID, s.Secret = openidtest.WithSecret, "", "", openidtest.Secret
		s.Plain = &Plain{Roles: "jobs", Role: "post", Organisation: "org", Team: "team", Level: "proofs", Levels: []string{"otp", "hwk"}}
	}
	c, err := New(s, origin, clock.New())
	must(t, err)
	return c
}

func signIn(t *testing.T, address, who string) url.Values {
	t.Helper()
	return openidtest.SignIn(t, address, who).Query()
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
	h.Stop()
	h.Start(t) // with another key, at the same address
	_, err = whole(t, c, "staff")
	must(t, err)

	a, address, err := c.Begin(t.Context())
	must(t, err)
	came := signIn(t, address, "staff")
	h.Stop()
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
	slow := (&house{&openidtest.House{Port: fmt.Sprint(l.Addr().(*net.TCPAddr).Port)}}).client(t, "plain")
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
