package web_test

import (
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/openid"
	"onestory/internal/openid/openidtest"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/web"
)

// An inn is the pages with a certified provider beside them, under three names as three
// kinds, and some who may come.
type inn struct {
	*testing.T
	house    *openidtest.House
	accounts *account.Accounts
	ways     *signin.Ways
	site     http.Handler
}

// atInn runs body at an inn on each database, with one provider for both.
func atInn(t *testing.T, body func(n *inn)) {
	t.Parallel()
	h := openidtest.Open(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) { body(newInn(t, h, d)) })
}

func newInn(t *testing.T, h *openidtest.House, d *db.DB) *inn {
	keys, err := id.NewKeys('a', make([]byte, 32))
	must(t, err)
	spec, err := fhir.Load()
	must(t, err)
	c := clock.New()
	n := &inn{T: t, house: h, accounts: account.New(d, c)}
	door, err := record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec, Clock: c, Standing: n.accounts.Standing})
	must(t, err)
	t.Cleanup(func() { must(t, door.Close()) })
	n.ways, err = signin.New(d, c, n.accounts, openidtest.Origin)
	must(t, err)
	n.ways.With(n.list(c)...)
	n.people(door)
	n.site = web.New(web.Parts{Door: door, Accounts: n.accounts, Ways: n.ways, HTTPS: true}).Handler()
	return n
}

func (n *inn) list(c *clock.Clock) (all []signin.Provider) {
	for _, kind := range []string{"nhs-login", "cis2", "plain"} {
		set := openid.Settings{
			Name: kind, Label: "The " + kind, Profile: kind, Issuer: n.house.Issuer(), ClientID: openidtest.WithKey, PrivateKey: n.house.PEM, KeyID: openidtest.KeyID,
		}
		var p signin.Provider
		switch kind {
		case "cis2":
			p.Roles = map[string]string{"R8001": "nurse", "R8003": "gp"}
		case "plain":
			p.Roles = map[string]string{"nurse": "nurse"}
			set.ClientID, set.PrivateKey, set.KeyID, set.Secret = openidtest.WithSecret, "", "", openidtest.Secret
			set.Plain = &openid.Plain{Roles: "jobs", Role: "post", Organisation: "org", Level: "proofs", Levels: []string{"otp", "hwk"}}
		}
		if kind != "nhs-login" {
			p.Organisations = map[string]string{"A1": "trust", "B2": "acton"}
		}
		var err error
		p.Client, err = openid.New(set, openidtest.Origin, c)
		must(n, err)
		all = append(all, p)
	}
	return all
}

// people are Amina, whose NHS number is verified and is that of the provider's p9, her
// neighbour, Ida, who has a record and no account, Leila, who has no record, and some staff.
func (n *inn) people(door *record.Door) {
	n.Helper()
	verified := func(number string) string {
		return `"identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"number-present-and-verified"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}]`
	}
	a := record.Arrival{Source: "Acton Practice"}
	for i, s := range []string{
		`{"resourceType":"Patient","id":"1",` + verified("9990000018") + `,"name":[{"family":"Rahman","given":["Amina"]}],"birthDate":"1953-04-02"}`,
		`{"resourceType":"Patient","id":"2",` + verified("9990000026") + `,"name":[{"family":"Stone","given":["Nell"]}],"birthDate":"1960-01-01"}`,
		`{"resourceType":"Patient","id":"3",` + verified("9990000034") + `,"name":[{"family":"Bell","given":["Ida"]}],"birthDate":"1953-04-02"}`,
	} {
		d := new(fhir.Doc)
		must(n, fhir.Parse([]byte(s), d))
		a.People = append(a.People, record.Newcomer{Foreign: d.ID(), Facts: record.FactsOf(d), Known: true})
		a.Items = append(a.Items, record.Item{Person: i, Foreign: d.ID(), Doc: d, Updated: 1})
	}
	_, people, err := door.Receive(ctx, a)
	must(n, err)
	for _, o := range []string{"trust", "acton"} {
		must(n, n.accounts.AddOrganisation(ctx, account.Organisation{ID: o, Name: o, Sector: consent.NHS}))
	}
	for _, x := range []account.Account{
		{ID: "amina", Name: "Amina Rahman", Person: people[0], Role: "resident"},
		{ID: "nell", Name: "Nell Stone", Person: people[1], Role: "resident"},
		{ID: "leila", Name: "Leila Rahman", Role: "carer"},
		{ID: "lost", Name: "Lost", Person: person.ID(12345), Role: "resident"},
		{ID: "nia", Name: "Nia Jones", Role: "nurse", Organisation: "trust"},
		{ID: "omar", Name: "Omar Said", Role: "operator", Organisation: "trust"},
		{ID: "rob", Name: "Rob", Role: "reception", Organisation: "trust"},
	} {
		must(n, n.accounts.Put(ctx, x))
	}
}

// A browser keeps cookies.
type browser struct {
	n    *inn
	jar  map[string]string
	last *httptest.ResponseRecorder
}

func (n *inn) browser(who string, how account.How) *browser {
	n.Helper()
	b := &browser{n: n, jar: map[string]string{}}
	if who != "" {
		token, err := n.accounts.Begin(ctx, who, how)
		must(n, err)
		b.jar["__Host-onestory"] = token
	}
	return b
}

func (b *browser) do(method, path, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, openidtest.Origin+path, nil)
	if from != "" {
		r.Header.Set("Origin", from)
		r.Header.Set("Sec-Fetch-Site", map[bool]string{true: "same-origin", false: "cross-site"}[from == openidtest.Origin])
	}
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	b.last = httptest.NewRecorder()
	b.n.site.ServeHTTP(b.last, r)
	for _, c := range b.last.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			b.n.Errorf("the cookie %s may be read or sent by others", c.Name)
		}
		if b.jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.jar, c.Name)
		}
	}
	return b.last
}

// leaves presses the button of a service, and answers where that leads.
func (b *browser) leaves(path string) (address string) {
	b.n.Helper()
	w := b.do("POST", path, openidtest.Origin)
	if address = w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(address, b.n.house.Issuer()) {
		b.n.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
	}
	return address
}

// goes there and back again as somebody, by a button of a page.
func (b *browser) goes(button, as string) *httptest.ResponseRecorder {
	b.n.Helper()
	return b.do("GET", openidtest.SignIn(b.n, b.leaves(button), as).RequestURI(), "")
}

// is who the browser is signed in as, in what role.
func (b *browser) is() string {
	b.n.Helper()
	who, err := b.n.accounts.Actor(ctx, b.jar["__Host-onestory"])
	if errors.Is(err, fault.NotFound) {
		return ""
	}
	must(b.n, err)
	return strings.TrimSpace(who.Account + " " + who.Role)
}

// refused fails the test unless the last answer says why nobody came in.
func (b *browser) refused(status int, says string) {
	b.n.Helper()
	if page := html.UnescapeString(b.last.Body.String()); b.last.Code != status || !strings.Contains(page, says) || !strings.Contains(page, "Sign in with a passkey") && !strings.Contains(page, "Your passkeys") {
		b.n.Errorf("answered %d, without “%s” or without other ways: %s", b.last.Code, says, page)
	}
}

func (b *browser) led(to string) {
	b.n.Helper()
	if at := b.last.Header().Get("Location"); b.last.Code != http.StatusSeeOther || at != to {
		b.n.Errorf("answered %d and led to %q, not %q: %s", b.last.Code, at, to, b.last.Body)
	}
}

const signInWith = "/sign-in/with/"

func TestWhoIsProvenOpensTheirOwnRecordAndNoOther(t *testing.T) {
	atInn(t, func(n *inn) {
		for _, x := range []struct{ account, subject string }{{"amina", "p9"}, {"amina", "p5"}, {"amina", "p0"}, {"amina", "one-factor"}, {"amina", "other"}, {"amina", "born"}, {"lost", "bad-number"}} {
			must(n, n.ways.Bind(ctx, x.account, "nhs-login", x.subject))
		}
		b := n.browser("", account.How{})
		b.goes(signInWith+"nhs-login", "p9")
		if b.led("/me"); b.is() != "amina resident" {
			n.Errorf("p9 is %q", b.is())
		}
		for who, says := range map[string]string{
			"p5": "not proven there", "p0": "not proven there", "one-factor": "one proof only", "bad-number": "did not say who you are",
			"other": "not for the record that this account has", "born": "not for the record that this account has",
		} {
			b := n.browser("", account.How{})
			b.goes(signInWith+"nhs-login", who)
			if b.refused(http.StatusForbidden, says); b.is() != "" {
				n.Errorf("%s is %q", who, b.is())
			}
		}
		must(n, n.accounts.Put(ctx, account.Account{ID: "amina", Name: "Amina", Person: 12345, Role: "resident"}))
		b = n.browser("", account.How{})
		b.goes(signInWith+"nhs-login", "p9")
		b.refused(http.StatusForbidden, "not for the record that this account has")
		must(n, n.accounts.Put(ctx, account.Account{ID: "amina", Name: "Amina", Role: "resident", Suspended: true}))
		b.goes(signInWith+"nhs-login", "p9")
		if b.last.Code != http.StatusForbidden || b.is() != "" {
			n.Errorf("suspended, and answered %d", b.last.Code)
		}
	})
}

func TestWhoComesForTheFirstTimeOpensTheRecordThatTheyProve(t *testing.T) {
	atInn(t, func(n *inn) {
		var first string
		for range 2 { // the first time an account is made, which is theirs from then on
			b := n.browser("", account.How{})
			b.goes(signInWith+"nhs-login", "newcomer")
			b.led("/me")
			if first == "" {
				first = b.is()
			}
			if b.is() != first || !strings.HasSuffix(first, " resident") {
				n.Errorf("%q came first, and now %q", first, b.is())
			}
		}
		for who, says := range map[string]string{"born": "no record with your NHS number", "other": "no record with your NHS number", "p9": "have an account here already"} {
			b := n.browser("", account.How{})
			b.goes(signInWith+"nhs-login", who)
			if b.refused(http.StatusForbidden, says); b.is() != "" {
				n.Errorf("%s is %q", who, b.is())
			}
		}
		all, err := n.accounts.All(ctx)
		if err != nil || len(all) != 8 {
			n.Error(len(all), "accounts:", err)
		}
		carer := n.browser("leila", account.How{})
		carer.goes("/account/with/nhs-login", "p9")
		carer.led("/account")
		carer = n.browser("", account.How{})
		carer.goes(signInWith+"nhs-login", "p9")
		if carer.is() != "leila carer" {
			n.Errorf("a carer without a record is %q", carer.is())
		}
	})
}

func TestWhoCameBackServesOnceInTheBrowserThatLeft(t *testing.T) {
	atInn(t, func(n *inn) {
		must(n, n.ways.Bind(ctx, "amina", "nhs-login", "p9"))
		mine, other := n.browser("", account.How{}), n.browser("", account.How{})
		back := openidtest.SignIn(n, mine.leaves(signInWith+"nhs-login"), "p9").RequestURI()
		other.do("GET", back, "")
		other.refused(http.StatusForbidden, "not begun here")
		other.leaves(signInWith + "nhs-login")
		other.do("GET", back, "") // somebody else's answer, in a browser that waits for one of its own
		other.refused(http.StatusForbidden, "could not be checked")
		ticket := mine.jar["__Host-onestory-attempt"]
		mine.do("GET", back, "")
		mine.led("/me")
		mine.jar["__Host-onestory-attempt"] = ticket
		mine.do("GET", back, "")
		if mine.refused(http.StatusForbidden, "not begun here"); other.is() != "" {
			n.Errorf("the other browser is %q", other.is())
		}

		mixed := n.browser("", account.How{})
		back = openidtest.SignIn(n, mixed.leaves(signInWith+"nhs-login"), "p9").RequestURI()
		mixed.do("GET", strings.Replace(back, "/nhs-login/", "/cis2/", 1), "")
		mixed.refused(http.StatusForbidden, "not begun here")
		mixed.do("GET", back, "")
		mixed.refused(http.StatusForbidden, "not begun here")

		for _, from := range []string{"https://evil.example", "null"} {
			if w := mixed.do("POST", signInWith+"nhs-login", from); w.Code != http.StatusForbidden || w.Header().Get("Location") != "" {
				n.Errorf("begun from %s it answers %d", from, w.Code)
			}
		}
		if w := mixed.do("POST", signInWith+"nobody", openidtest.Origin); w.Code != http.StatusNotFound {
			n.Errorf("a service that is not there answers %d", w.Code)
		}
	})
}

func TestASignInIsAddedOnlyToWhoProvesBothNow(t *testing.T) {
	atInn(t, func(n *inn) {
		stranger := n.browser("", account.How{})
		stranger.goes(signInWith+"nhs-login", "p9") // Amina's account and record are there: neither is merged
		if stranger.refused(http.StatusForbidden, "have an account here already"); stranger.is() != "" {
			n.Errorf("unknown, and %q", stranger.is())
		}
		add := "/account/with/nhs-login"
		for who, says := range map[string]string{"nell": "not for the record that this account has", "lost": "not for the record that this account has"} {
			b := n.browser(who, account.How{})
			b.goes(add, "p9")
			b.refused(http.StatusForbidden, says)
		}
		for who, how := range map[string]account.How{"nia": {Strong: true}, "rob": {Strong: true}} {
			b := n.browser(who, how)
			b.goes(add, "p9")
			b.refused(http.StatusForbidden, "not for the record that this account has")
		}
		for name, b := range map[string]*browser{
			"nobody": n.browser("", account.How{}), "paper": n.browser("amina", account.How{Paper: true}),
		} {
			if w := b.do("POST", add, openidtest.Origin); w.Code < 400 || w.Header().Get("Location") != "" {
				n.Errorf("%s may add: %d", name, w.Code)
			}
		}
		left := n.browser("amina", account.How{})
		back := openidtest.SignIn(n, left.leaves(add), "p9").RequestURI()
		left.do("POST", "/sign-out", openidtest.Origin)
		left.do("GET", back, "")
		left.refused(http.StatusForbidden, "signed out while you were away")
		changed := n.browser("amina", account.How{})
		back = openidtest.SignIn(n, changed.leaves(add), "p9").RequestURI()
		changed.jar["__Host-onestory"] = n.browser("nell", account.How{}).jar["__Host-onestory"]
		changed.do("GET", back, "")
		changed.refused(http.StatusForbidden, "signed out while you were away")
		if has, err := n.ways.Identities(ctx, "nell"); err != nil || len(has) != 0 {
			n.Error("merged:", has, err)
		}

		amina := n.browser("amina", account.How{})
		amina.goes(add, "p9")
		amina.led("/account")
		leila := n.browser("leila", account.How{})
		leila.goes(add, "p9")
		leila.refused(http.StatusForbidden, "belongs to another account")
		again := n.browser("", account.How{})
		again.goes(signInWith+"nhs-login", "p9")
		again.led("/me")

		page := amina.do("GET", "/account", "").Body.String()
		remove := "/account/with/nhs-login/remove"
		if !strings.Contains(page, `action="`+remove) || strings.Contains(page, `"/account/with/cis2"`) {
			n.Fatalf("the account page: %s", page)
		}
		if w := leila.do("POST", remove, openidtest.Origin); w.Code != http.StatusNotFound {
			n.Errorf("somebody else removes it: %d", w.Code)
		}
		if w := amina.do("POST", remove, openidtest.Origin); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "no way to sign in") {
			n.Errorf("the last way in, by one press: %d: %s", w.Code, w.Body)
		}
		if has, err := n.ways.Identities(ctx, "amina"); err != nil || len(has) != 1 {
			n.Error("removed before she said so:", has, err)
		}
		_, err := n.ways.Sheet(ctx, "amina")
		must(n, err)
		elsewhere, before := n.browser("amina", account.How{}), amina.jar["__Host-onestory"]
		amina.do("POST", remove, openidtest.Origin)
		amina.led("/account")
		if elsewhere.is() != "" || amina.jar["__Host-onestory"] == before || amina.is() != "amina resident" {
			n.Errorf("removed, and elsewhere there is %q, here %q", elsewhere.is(), amina.is())
		}
		again.goes(signInWith+"nhs-login", "p9")
		again.refused(http.StatusForbidden, "have an account here already")
	})
}

func TestStaffHaveOnlyTheRolesThatAreVouchedForNow(t *testing.T) {
	atInn(t, func(n *inn) {
		for _, x := range []struct{ account, provider, subject string }{
			{"nia", "cis2", "staff"}, {"nia", "cis2", "chosen"}, {"nia", "cis2", "gone-role"}, {"nia", "cis2", "no-role"}, {"nia", "cis2", "password"},
			{"rob", "plain", "staff"}, {"nell", "plain", "staff2"},
		} {
			must(n, n.ways.Bind(ctx, x.account, x.provider, x.subject))
		}
		in := func(provider, who string) *browser {
			b := n.browser("", account.How{})
			b.goes(signInWith+provider, who)
			return b
		}
		if b := in("cis2", "staff"); b.is() != "nia nurse" {
			n.Errorf("CIS2 brings %q: %s", b.is(), b.last.Body)
		}
		in("cis2", "no-role").refused(http.StatusForbidden, "no role at work there now")
		in("cis2", "gone-role").refused(http.StatusForbidden, "no role at work there now")
		in("cis2", "password").refused(http.StatusForbidden, "two proofs")
		in("cis2", "chosen").refused(http.StatusForbidden, "no role there that counts here now") // a GP elsewhere, there
		in("plain", "staff").refused(http.StatusForbidden, "no role there that counts here now") // a nurse there, at the desk here

		gp, err := n.accounts.AddPost(ctx, "nia", account.Post{Role: "gp", Organisation: "acton"})
		must(n, err)
		_, err = n.accounts.AddPost(ctx, "nia", account.Post{Role: "nurse", Organisation: "acton"})
		must(n, err)
		both := in("cis2", "staff")
		both.led("/post")
		choice, err := n.accounts.Choice(ctx, both.jar["__Host-onestory"])
		if err != nil || len(choice) != 2 || choice[1].N != gp {
			n.Error("the choice is", choice, err)
		}
		one := in("cis2", "chosen") // vouched for as a GP alone
		if choice, err := n.accounts.Choice(ctx, one.jar["__Host-onestory"]); one.is() != "nia gp" || err != nil || choice != nil {
			n.Error(one.is(), choice, err)
		}
		if _, err := n.accounts.Wear(ctx, one.jar["__Host-onestory"], 0); !errors.Is(err, fault.NotFound) {
			n.Error("a post that is not vouched for is worn:", err)
		}
		rob := n.browser("rob", account.How{Strong: true})
		rob.goes("/account/with/cis2", "staff")
		rob.refused(http.StatusForbidden, "no role there that counts here now")
	})
}

func TestAServiceThatIsDownLeavesTheOtherWays(t *testing.T) {
	t.Parallel()
	h := openidtest.Open(t)
	n := newInn(t, h, dbtest.Open(t, dbtest.SQLite(t), db.Options{}))
	must(t, n.ways.Bind(ctx, "amina", "nhs-login", "p9"))
	b := n.browser("", account.How{})
	back := openidtest.SignIn(t, b.leaves(signInWith+"nhs-login"), "p9")
	h.Stop()
	b.do("GET", back.RequestURI(), "")
	b.refused(http.StatusServiceUnavailable, "does not answer now")
	b.do("POST", signInWith+"cis2", openidtest.Origin) // which nobody asked yet
	b.refused(http.StatusServiceUnavailable, "does not answer now")
	said := url.Values{"error": {"access_denied"}, "error_description": {"<script>"}, "state": {"x"}}
	if w := b.do("GET", signInWith+"nhs-login/back?"+said.Encode(), ""); strings.Contains(w.Body.String(), "script>alert") || w.Code != http.StatusForbidden {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
}
