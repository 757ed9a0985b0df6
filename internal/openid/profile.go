package openid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Settings are what an operator says about one provider. A client proves itself with
// Secret or with PrivateKey (PEM, PKCS #8), never both.
type Settings struct {
	Name       string   `json:"name"`    // in addresses: small letters, digits, hyphens
	Label      string   `json:"label"`   // on the button
	Profile    string   `json:"profile"` // nhs-login, cis2 or plain
	Issuer     string   `json:"issuer"`  // exactly as the provider's discovery document has it
	ClientID   string   `json:"client_id"`
	Secret     string   `json:"secret,omitempty"`
	PrivateKey string   `json:"private_key,omitempty"`
	KeyID      string   `json:"key_id,omitempty"` // the kid under which the provider knows the key
	Hosts      []string `json:"hosts,omitempty"`  // where it has endpoints besides its issuer's: host or host:port
	Plain      *Plain   `json:"plain,omitempty"`
}

// Plain says how a provider that is neither NHS login nor CIS2 tells what staff are. Of
// Level's claim (acr or amr, say) one value of Levels has to be in the ID token.
type Plain struct {
	Roles        string   `json:"roles"`        // the claim: an object, or a list of them, with the three below
	Role         string   `json:"role"`         // its member for the role
	Organisation string   `json:"organisation"` // for the organisation
	Team         string   `json:"team,omitempty"`
	Level        string   `json:"level"`
	Levels       []string `json:"levels"` // each of them means two factors
	Scopes       []string `json:"scopes,omitempty"`
}

// A profile is what differs between providers.
type profile struct {
	staff    bool
	scopes   []string
	ask      [][2]string // what the address to the provider says besides
	level    string      // the claim of the ID token that says how sure the provider is
	levels   []string    // what it may say
	twice    string      // the claim of the ID token that says with how many factors, when it is another
	twices   []string    // what it may say
	roles    Plain       // where roles are
	roleID   string      // the member of a role that selected names
	selected string      // the claim of the ID token that says which role was chosen there
}

// The first is of nhsconnect.github.io/nhslogin (vectors of trust; scopes and claims),
// the second of NHS England's CIS2 guide (scopes and claims; role selection).
var (
	nhsLogin = profile{
		scopes: []string{"openid", "profile", "profile_extended"},
		ask:    [][2]string{{"vtr", `["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]`}},
		level:  "identity_proofing_level", levels: []string{"P9"},
		twice: "vot", twices: []string{"P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"},
	}
	cis2 = profile{
		staff:  true,
		scopes: []string{"openid", "profile", "nationalrbacaccess", "selectedrole"},
		ask:    [][2]string{{"prompt", "login"}},
		level:  "authentication_assurance_level", levels: []string{"2", "3"},
		roles:  Plain{Roles: "nhsid_nrbac_roles", Role: "role_code", Organisation: "org_code"},
		roleID: "person_roleid", selected: "selected_roleid",
	}
)

var nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check returns what the settings come to, or which of them to change.
func (s Settings) check() (p profile, key *jose.SigningKey, err error) {
	wrong := func(say string) (profile, *jose.SigningKey, error) {
		return p, nil, errors.New("openid: provider " + s.Name + ": " + say)
	}
	switch {
	case !nameForm.MatchString(s.Name) || len(s.Name) > 40:
		return wrong("name must be small letters, digits and hyphens")
	case s.Label == "" || s.ClientID == "":
		return wrong("label and client_id must be given")
	case (s.Secret == "") == (s.PrivateKey == ""):
		return wrong("give either secret or private_key")
	}
	if _, err := safe(s.Issuer); err != nil {
		return wrong("issuer must be an https address")
	}
	switch s.Profile {
	case "nhs-login":
		p = nhsLogin
	case "cis2":
		p = cis2
	case "plain":
		if s.Plain == nil || s.Plain.Roles == "" || s.Plain.Role == "" || s.Plain.Organisation == "" || s.Plain.Level == "" || len(s.Plain.Levels) == 0 {
			return wrong("plain must name roles, role, organisation, level and levels")
		}
		// As with CIS2: who comes back has just shown who they are, not that a screen was left open.
		p = profile{staff: true, ask: [][2]string{{"prompt", "login"}}, scopes: append([]string{"openid", "profile"}, s.Plain.Scopes...), level: s.Plain.Level, levels: s.Plain.Levels, roles: *s.Plain}
	default:
		return wrong("profile must be nhs-login, cis2 or plain")
	}
	if s.PrivateKey != "" {
		if key = signing(s.PrivateKey); key == nil {
			return wrong("private_key must be an RSA key of 2048 bits or more, or one on P-256, in PEM (PKCS #8)")
		}
	}
	return p, key, nil
}

// signing returns the key with its algorithm: NHS login and CIS2 take RS512.
func signing(text string) *jose.SigningKey {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() >= 2048 {
			return &jose.SigningKey{Algorithm: jose.RS512, Key: crypto.PrivateKey(k)}
		}
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return &jose.SigningKey{Algorithm: jose.ES256, Key: crypto.PrivateKey(k)}
		}
	}
	return nil
}

// identity turns claims whose proofs hold into who it is, if that is enough.
func (c *Client) identity(said claims) (Identity, error) {
	p := c.profile
	who := Identity{Provider: c.set.Name, Subject: said.subject, Name: name(said), AuthTime: said.at, Level: said.signed(p.level)}
	if !said.has(p.level, p.levels) {
		if p.staff {
			return Identity{}, refused("one factor", "Work needs two proofs of who you are. Sign in there with your card, security key or app.")
		}
		return Identity{}, refused("identity not proven", "Your identity is not proven there yet, so no record can open. Prove it there first, or sign in another way.")
	}
	if p.twice != "" && !said.has(p.twice, p.twices) {
		return Identity{}, refused("one factor", "You signed in there with one proof only. Start again and use your phone too.")
	}
	who.TwoFactors = true
	if p.staff {
		return c.atWork(who, said)
	}
	who.NHSNumber, who.Born = said.text("nhs_number"), said.text("birthdate")
	if _, err := time.Parse(time.DateOnly, who.Born); err != nil || !nhsNumber(who.NHSNumber) {
		return Identity{}, refused("no NHS number or date of birth", "That service did not say who you are in a way that we can check. Sign in another way.")
	}
	return who, nil
}

// atWork adds the roles: the one that was chosen there, or all.
func (c *Client) atWork(who Identity, said claims) (Identity, error) {
	at := c.profile.roles
	list, ok := said.info[at.Roles].([]any)
	if one, single := said.info[at.Roles].(map[string]any); single && !ok {
		list = []any{one}
	}
	chosen := said.signed(c.profile.selected)
	for _, entry := range list {
		o, _ := entry.(map[string]any)
		text := func(member string) string { s, _ := o[member].(string); return strings.TrimSpace(s) }
		r := Role{Role: text(at.Role), Organisation: text(at.Organisation), Team: text(at.Team)}
		if r.Role != "" && r.Organisation != "" && (chosen == "" || text(c.profile.roleID) == chosen) {
			who.Roles = append(who.Roles, r)
		}
	}
	if len(who.Roles) == 0 {
		return Identity{}, refused("no active role", "You have no role at work there now. Ask whoever gives out roles in your organisation.")
	}
	return who, nil
}

func name(said claims) string {
	if n := said.text("name"); n != "" {
		return n
	}
	return strings.TrimSpace(said.text("given_name") + " " + said.text("family_name"))
}

// nhsNumber tells whether s is ten digits of which the last checks the others (modulus 11).
func nhsNumber(s string) bool {
	if len(s) != 10 {
		return false
	}
	sum := 0
	for i, d := range []byte(s) {
		if d < '0' || d > '9' {
			return false
		}
		if i < 9 {
			sum += int(d-'0') * (10 - i)
		}
	}
	return (11-sum%11)%11 == int(s[9]-'0')
}
