package openid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

// A forger stands at the network's edge where a provider would be, and signs whatever it
// is told: no certified provider can be made to sign what is wrong.
type forger struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any // of the next ID token
	info   map[string]any // of the next userinfo
	alg    jose.SignatureAlgorithm
	with   any // the key that signs; nil is key
}

func forge(t *testing.T) *forger {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	f := &forger{t: t, key: key}
	mux := http.NewServeMux()
	answer := func(path string, make func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(make())
		})
	}
	answer("/.well-known/openid-configuration", func() any {
		return map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/jwks",
			"userinfo_endpoint": f.URL + "/me", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		}
	})
	answer("/jwks", func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Use: "sig", Algorithm: "RS256"}}}
	})
	answer("/token", func() any {
		return map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": f.sign()}
	})
	answer("/me", func() any { return f.info })
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *forger) sign() string {
	if f.alg == "none" {
		head, _ := json.Marshal(map[string]any{"alg": "none", "kid": "1"})
		body, _ := json.Marshal(f.claims)
		return base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
	}
	var with any = f.key
	if f.with != nil {
		with = f.with
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: f.alg, Key: with}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	must(f.t, err)
	body, err := json.Marshal(f.claims)
	must(f.t, err)
	signed, err := signer.Sign(body)
	must(f.t, err)
	text, err := signed.CompactSerialize()
	must(f.t, err)
	return text
}

func (f *forger) client() *Client {
	c, err := New(Settings{
		Name: "plain", Label: "Work", Profile: "plain", Issuer: f.URL, ClientID: "us", Secret: "s",
		Plain: &Plain{Roles: "jobs", Role: "post", Organisation: "org", Level: "acr", Levels: []string{"two"}},
	}, origin, clock.New())
	must(f.t, err)
	return c
}

// sam begins a sign-in, to which the next tokens are the right answer.
func (f *forger) sam(c *Client) Attempt {
	a, _, err := c.Begin(f.t.Context())
	must(f.t, err)
	now := time.Now().Unix()
	f.alg, f.with = jose.RS256, nil
	f.info = map[string]any{"sub": "sam", "jobs": []any{map[string]any{"post": "nurse", "org": "A1"}}}
	f.claims = map[string]any{"iss": f.URL, "sub": "sam", "aud": "us", "exp": now + 60, "iat": now, "nonce": a.Nonce, "acr": "two"}
	return a
}

func TestWhoSignedInThereLongAgoIsKnownToHave(t *testing.T) {
	t.Parallel()
	f := forge(t)
	c := f.client()
	for _, x := range []struct{ said, least, most time.Duration }{{-1, 0, 0}, {0, 0, time.Minute}, {time.Hour, time.Hour, time.Hour + time.Minute}} {
		a := f.sam(c)
		if x.said >= 0 {
			f.claims["auth_time"] = time.Now().Add(-x.said).Unix()
		}
		who, err := c.Finish(t.Context(), a, url.Values{"state": {a.State}, "code": {"code"}})
		if err != nil || who.Age < x.least || who.Age > x.most {
			t.Errorf("said %v, known %v: %v", x.said, who.Age, err)
		}
	}
}

func TestATokenThatIsSignedAndWrongIsRefused(t *testing.T) {
	t.Parallel()
	f := forge(t)
	c := f.client()
	hashed := func(token string) string {
		h := sha256.Sum256([]byte(token))
		return base64.RawURLEncoding.EncodeToString(h[:16])
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	const broken = Code("ID token does not hold")
	for name, x := range map[string]struct {
		spoil func(claims map[string]any)
		code  Code
	}{
		"as it should be":                      {func(map[string]any) {}, ""},
		"with the hash of its access token":    {func(m map[string]any) { m["at_hash"] = hashed("access") }, ""},
		"with that of another":                 {func(m map[string]any) { m["at_hash"] = hashed("other") }, "other access token"},
		"for us, and said so":                  {func(m map[string]any) { m["azp"] = "us" }, ""},
		"for two, of whom we asked":            {func(m map[string]any) { m["aud"], m["azp"] = []string{"us", "them"}, "us" }, ""},
		"for two, and not said who asked":      {func(m map[string]any) { m["aud"] = []string{"us", "them"} }, "for another party"},
		"for us, and others asked":             {func(m map[string]any) { m["azp"] = "them" }, "for another party"},
		"for nobody in particular":             {func(m map[string]any) { m["azp"] = "" }, "for another party"},
		"for a party that is no text":          {func(m map[string]any) { m["azp"] = 7 }, "ID token is no object"},
		"for others":                           {func(m map[string]any) { m["aud"] = "them" }, broken},
		"from another issuer":                  {func(m map[string]any) { m["iss"] = "https://other.example.org" }, broken},
		"over":                                 {func(m map[string]any) { m["exp"] = at(-time.Minute) }, broken},
		"without an end":                       {func(m map[string]any) { delete(m, "exp") }, broken},
		"issued after now":                     {func(m map[string]any) { m["iat"] = at(5 * time.Minute) }, "issued at another time"},
		"issued long ago":                      {func(m map[string]any) { m["iat"] = at(-time.Hour) }, "issued at another time"},
		"issued at no time":                    {func(m map[string]any) { delete(m, "iat") }, "issued at another time"},
		"signed in after now":                  {func(m map[string]any) { m["auth_time"] = at(time.Hour) }, "signed in after now"},
		"of nobody":                            {func(m map[string]any) { delete(m, "sub") }, "ID token is no object"},
		"with another nonce":                   {func(m map[string]any) { m["nonce"] = "x" }, "other nonce"},
		"without a nonce":                      {func(m map[string]any) { delete(m, "nonce") }, "other nonce"},
		"with userinfo of another":             {func(map[string]any) { f.info["sub"] = "mallory" }, "userinfo of another subject"},
		"with a level beside it only":          {func(m map[string]any) { delete(m, "acr"); f.info["acr"] = "two" }, "one factor"},
		"signed by nobody":                     {func(map[string]any) { f.alg = "none" }, broken},
		"signed with what everybody knows":     {func(map[string]any) { f.alg, f.with = jose.HS256, make([]byte, 64) }, broken},
		"signed with a key that is not theirs": {func(map[string]any) { f.with = other }, broken},
	} {
		a := f.sam(c)
		x.spoil(f.claims)
		who, err := c.Finish(t.Context(), a, url.Values{"state": {a.State}, "code": {"code"}})
		if x.code == "" {
			if err != nil || who.Subject != "sam" {
				t.Errorf("%s: %+v %v", name, who, err)
			}
			continue
		}
		t.Run(name, func(t *testing.T) { demand(t, err, fault.Refused, x.code) })
		if who.Subject != "" {
			t.Errorf("%s: refused, and still %+v", name, who)
		}
	}
}
