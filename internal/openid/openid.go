// Package openid asks another service who somebody is, by OpenID Connect: NHS login for
// residents, CIS2 or any other provider for staff.
//
// It promises that whatever is doubtful is refused in plain words, with a [Code] for the
// log and never a claim; that it speaks with the configured provider alone, over https,
// for five seconds and one megabyte at most; and that a provider that is slow or down is
// [fault.Busy], so that other ways to sign in stay. It begins no session and links no
// account. The flow is that of OpenID Connect Core 1.0 with a code, PKCE (RFC 7636,
// S256), state and nonce. What differs between providers is data: see [Settings].
//
// This package owns no tables.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

const (
	attemptLasts = 10 * time.Minute // from leaving for the provider to coming back
	knownFor     = time.Hour        // how long a provider's addresses and keys are believed
	downFor      = 10 * time.Second // how long a provider that failed is not asked again
	skew         = time.Minute      // how far its clock may be before ours
)

// A Code says in the log why nobody was signed in. It holds nothing about a person.
type Code string

// Error is the code itself.
func (c Code) Error() string { return "openid: " + string(c) }

func refused(c Code, say string) error {
	return &fault.Error{Kind: fault.Refused, Say: say, Cause: c}
}

func busy(c Code) error {
	return &fault.Error{Kind: fault.Busy, Say: "That service does not answer now. Try again in a minute, or sign in another way.", Cause: c}
}

const again = "That sign-in could not be checked. Go back to the sign-in page and start again."

// An Attempt is one sign-in under way. Whoever keeps it binds it to one browser and
// takes it out of its store before [Client.Finish], so that it serves once.
type Attempt struct {
	State, Nonce, Verifier string
	Until                  clock.Time // ten minutes from its beginning
}

// A Role is what somebody is at work, in the provider's own codes.
type Role struct{ Role, Organisation, Team string }

// An Identity is what a provider vouches for. Provider and Subject together name one
// account there for good. Nothing else does: an e-mail address is never asked for.
type Identity struct {
	Provider, Subject string
	Name              string
	NHSNumber         string // ten digits, checked; only of residents
	Born              string // YYYY-MM-DD; only of residents
	Level             string // as the provider names it: P9, 3
	Roles             []Role // one at least, of staff
	TwoFactors        bool
	AuthTime          time.Time // zero when the provider does not say

	// Age is how long ago that was: a provider may remember somebody who left their
	// browser open. 0 when it does not say.
	Age time.Duration
}

// A Client signs people in with one provider. Safe for concurrent use.
type Client struct {
	set     Settings
	profile profile
	key     *jose.SigningKey
	back    string
	clock   *clock.Clock
	http    *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
	asked    time.Time // when provider was learnt, or could not be
}

// New makes the client of one provider for a service that browsers reach at origin,
// such as https://onestory.example.org. It asks the provider nothing yet; an error says
// which setting to change.
func New(set Settings, origin string, c *clock.Clock) (*Client, error) {
	p, key, err := set.check()
	if err != nil {
		return nil, err
	}
	// A server on this machine is reached by name, since passkeys want one.
	at, err := safe(strings.Replace(origin, "http://localhost", "http://127.0.0.1", 1))
	if err != nil || at.Path != "" {
		return nil, errors.New("openid: the public address " + origin + " is not an https address without a path")
	}
	return &Client{set: set, profile: p, key: key, back: origin + "/sign-in/with/" + set.Name + "/back", clock: c, http: caller(set)}, nil
}

// Name is how addresses name the provider.
func (c *Client) Name() string { return c.set.Name }

// Label is how people know the provider.
func (c *Client) Label() string { return c.set.Label }

// Origins are where a browser may be sent on its way to the provider.
func (c *Client) Origins() (all []string) {
	u, err := url.Parse(c.set.Issuer)
	if err != nil {
		return nil // New has parsed it
	}
	for _, host := range append([]string{u.Host}, c.set.Hosts...) {
		all = append(all, u.Scheme+"://"+host)
	}
	return all
}

// Staff tells whether the provider vouches for people at work.
func (c *Client) Staff() bool { return c.profile.staff }

// Reach tells whether the provider answers, and as who it should be.
func (c *Client) Reach(ctx context.Context) error {
	_, err := c.learn(ctx)
	return err
}

func (c *Client) now() time.Time { return time.UnixMicro(int64(c.clock.Now())) }

// learn returns the provider's addresses and keys, of an hour ago at most. Those who
// wait while one asks share the answer, also that there is none.
func (c *Client) learn(ctx context.Context) (*oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := c.now().Sub(c.asked)
	if c.provider != nil && age < knownFor {
		return c.provider, nil
	}
	if c.provider == nil && !c.asked.IsZero() && age < downFor {
		return nil, busy("provider was down a moment ago")
	}
	// One caller who leaves must not spoil the answer for the others.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http), c.set.Issuer)
	c.provider, c.asked = nil, c.now()
	if other := (*oidc.IssuerMismatchError)(nil); errors.As(err, &other) {
		return nil, refused("other issuer", "That service is not the one that was set up here. Sign in another way, and tell whoever runs Onestory.")
	}
	if err != nil {
		return nil, busy("discovery failed")
	}
	c.provider = p
	return p, nil
}

// Begin starts a sign-in and returns the address at the provider to send the browser to.
func (c *Client) Begin(ctx context.Context) (Attempt, string, error) {
	p, err := c.learn(ctx)
	if err != nil {
		return Attempt{}, "", err
	}
	a := Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: clock.At(c.now().Add(attemptLasts))}
	more := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	for _, ask := range c.profile.ask {
		more = append(more, oauth2.SetAuthURLParam(ask[0], ask[1]))
	}
	return a, c.oauth(p).AuthCodeURL(a.State, more...), nil
}

// Finish takes what the browser came back with and returns who it is.
func (c *Client) Finish(ctx context.Context, a Attempt, came url.Values) (Identity, error) {
	for _, values := range came {
		if len(values) != 1 {
			return Identity{}, refused("parameter twice", again)
		}
	}
	if a.State == "" || a.Nonce == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(came.Get("state"))) != 1 {
		return Identity{}, refused("other state", again)
	}
	if c.clock.Now() >= a.Until {
		return Identity{}, refused("too late", "That took longer than ten minutes. Go back to the sign-in page and start again.")
	}
	if came.Has("iss") && came.Get("iss") != c.set.Issuer { // RFC 9207
		return Identity{}, refused("answer of another issuer", again)
	}
	if came.Has("error") {
		return Identity{}, refused("provider said no", "You were not signed in there. Start again, or sign in another way.")
	}
	p, err := c.learn(ctx)
	if err != nil {
		return Identity{}, err
	}
	said, err := c.redeem(ctx, p, a, came.Get("code"))
	if err != nil {
		return Identity{}, err
	}
	who, err := c.identity(said)
	if err == nil && !who.AuthTime.IsZero() {
		who.Age = max(0, c.now().Sub(who.AuthTime))
	}
	return who, err
}

func (c *Client) oauth(p *oidc.Provider) *oauth2.Config {
	o := &oauth2.Config{ClientID: c.set.ClientID, ClientSecret: c.set.Secret, Endpoint: p.Endpoint(), RedirectURL: c.back, Scopes: c.profile.scopes}
	o.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if c.key != nil {
		o.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return o
}

// redeem changes a code for claims whose every proof holds.
func (c *Client) redeem(ctx context.Context, p *oidc.Provider, a Attempt, code string) (said claims, err error) {
	ctx = oidc.ClientContext(ctx, c.http)
	more := []oauth2.AuthCodeOption{oauth2.VerifierOption(a.Verifier)}
	if c.key != nil {
		signed, err := c.assertion(p.Endpoint().TokenURL)
		if err != nil {
			return said, err
		}
		more = append(more, oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), oauth2.SetAuthURLParam("client_assertion", signed))
	}
	token, err := c.oauth(p).Exchange(ctx, code, more...)
	if no := (*oauth2.RetrieveError)(nil); errors.As(err, &no) && no.Response.StatusCode < 500 {
		return said, refused("code refused", again)
	} else if err != nil {
		return said, busy("token endpoint failed")
	}
	raw, _ := token.Extra("id_token").(string)
	// Not VerifierContext, which would fetch the keys anew for each sign-in.
	id, err := p.Verifier(&oidc.Config{ClientID: c.set.ClientID, SupportedSigningAlgs: algorithms, Now: c.now}).Verify(ctx, raw)
	if err != nil && strings.Contains(err.Error(), "fetching keys") { // the library keeps no error for it
		return said, busy("keys could not be fetched")
	} else if err != nil {
		return said, refused("ID token does not hold", again)
	}
	if err := c.hold(id, a, token.AccessToken, &said); err != nil {
		return said, err
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return said, busy("userinfo failed")
	}
	if info.Subject != id.Subject {
		return said, refused("userinfo of another subject", again)
	}
	if info.Claims(&said.info) != nil {
		return said, refused("userinfo is no object", again)
	}
	return said, nil
}

// hold checks what the library leaves to its callers: OpenID Connect Core 3.1.3.7.
func (c *Client) hold(id *oidc.IDToken, a Attempt, access string, said *claims) error {
	var more struct {
		Party    *string  `json:"azp"`
		AuthTime *float64 `json:"auth_time"`
	}
	if id.Claims(&said.token) != nil || id.Claims(&more) != nil || id.Subject == "" || len(id.Subject) > 255 {
		return refused("ID token is no object", again)
	}
	said.subject = id.Subject
	now := c.now()
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1:
		return refused("other nonce", again)
	case len(id.Audience) != 1 && more.Party == nil, more.Party != nil && *more.Party != c.set.ClientID:
		return refused("for another party", again)
	case id.IssuedAt.After(now.Add(skew)), id.IssuedAt.Before(now.Add(-attemptLasts)):
		return refused("issued at another time", again)
	case id.AccessTokenHash != "" && id.VerifyAccessToken(access) != nil:
		return refused("other access token", again)
	}
	if more.AuthTime != nil {
		said.at = time.Unix(int64(*more.AuthTime), 0)
		if said.at.After(now.Add(skew)) {
			return refused("signed in after now", again)
		}
	}
	return nil
}

// algorithms sign an ID token with a key of which only the provider has the private half.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// assertion proves to the token endpoint that we are the client: RFC 7523, five minutes.
func (c *Client) assertion(audience string) (string, error) {
	signer, err := jose.NewSigner(*c.key, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", c.set.KeyID))
	if err != nil {
		return "", err
	}
	now := c.now()
	body, err := json.Marshal(map[string]any{"iss": c.set.ClientID, "sub": c.set.ClientID, "aud": audience, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// claims are what a provider said: in the signed token, and beside it.
type claims struct {
	subject     string
	at          time.Time
	token, info map[string]any
}

// signed returns what the ID token says: whatever opens a door is taken from here.
func (c claims) signed(name string) string { s, _ := c.token[name].(string); return s }

// text returns a claim of either, or nothing when the two disagree.
func (c claims) text(name string) string {
	a, b := c.signed(name), ""
	b, _ = c.info[name].(string)
	if a != "" && b != "" && a != b {
		return ""
	}
	if a == "" {
		return b
	}
	return a
}

func (c claims) has(name string, want []string) bool {
	if all, ok := c.token[name].([]any); ok {
		return slices.ContainsFunc(all, func(v any) bool { s, _ := v.(string); return slices.Contains(want, s) })
	}
	return slices.Contains(want, c.signed(name))
}
