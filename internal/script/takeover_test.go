package script

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/fault"
)

// TestASignInTakesNoTokenThatItWasGiven puts a token into a browser before its owner signs
// in, in each way there is without a script: what is used afterwards is another, and what
// was there before is over.
func TestASignInTakesNoTokenThatItWasGiven(t *testing.T) {
	t.Parallel()
	eachArea(t, func(t *testing.T, house *app.House) {
		from := reachable(t, house, 1)
		owner, err := house.Accounts.Begin(t.Context(), "her0", account.How{})
		if err != nil {
			t.Fatal(err)
		}
		sheet := from("203.0.113.6")
		sheet.cookies["onestory"] = owner
		paper := printedCode.FindString(sheet.ask(http.MethodPost, "/account/sheet", nil).Body.String())
		link, err := house.Accounts.Link(t.Context(), "her0")
		if err != nil {
			t.Fatal(err)
		}
		for way, in := range map[string]func(c *caller) *httptest.ResponseRecorder{
			"paper": func(c *caller) *httptest.ResponseRecorder {
				return c.ask(http.MethodPost, "/sign-in/code", url.Values{"code": {paper}})
			},
			"a link": func(c *caller) *httptest.ResponseRecorder { return c.ask(http.MethodPost, "/sign-in/link/"+link, nil) },
			"mail": func(c *caller) *httptest.ResponseRecorder {
				c.ask(http.MethodPost, "/sign-in/email", url.Values{"address": {"her0@example.org"}})
				return c.ask(http.MethodPost, "/sign-in/email/code", url.Values{"code": {newest(c)}})
			},
		} {
			thief, err := house.Accounts.Begin(t.Context(), "marcus", account.How{})
			if err != nil {
				t.Fatal(err)
			}
			for _, given := range []string{"chosen-by-a-thief", thief} {
				if given == thief && way != "mail" {
					continue // those work once
				}
				c := from("203.0.113.7")
				c.cookies["onestory"] = given
				if w := in(c); w.Code != http.StatusSeeOther {
					t.Fatal(way, w.Code, w.Body)
				}
				if c.cookies["onestory"] == given {
					t.Errorf("with %s the token that was there is kept", way)
				}
				if who, err := house.Accounts.Actor(t.Context(), c.cookies["onestory"]); err != nil || who.Account != "her0" {
					t.Errorf("with %s it is %q: %v", way, who.Account, err)
				}
				if _, err := house.Accounts.Actor(t.Context(), given); !errors.Is(err, fault.NotFound) {
					t.Errorf("with %s the token that was there still works: %v", way, err)
				}
			}
		}
	})
}

var printedCode = regexp.MustCompile(`[2-9A-Z]{4}(-[2-9A-Z]{4}){3}`)

var lentCode = regexp.MustCompile(`[2-9A-Z]{4}(-[2-9A-Z]{4}){2}`)

// TestOneCodeThatWasLentLetsOneIn has the browsers of two people use one code at once.
func TestOneCodeThatWasLentLetsOneIn(t *testing.T) {
	t.Parallel()
	eachArea(t, func(t *testing.T, house *app.House) {
		handler := house.Pages(app.Edge{Demo: true, Origin: "http://localhost"})
		as := func(who string) *caller {
			c := &caller{handler, "198.51.100.1", map[string]string{}}
			c.ask(http.MethodPost, "/demo/sign-in", url.Values{"who": {who}})
			return c
		}
		page := as("marcus").ask(http.MethodPost, "/me/lending/new", url.Values{
			"name": {"A neighbour"}, "relation": {"neighbour"}, "scope": {"medicines"}, "long": {"year"}, "loan": {"aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		})
		code := lentCode.FindString(words(page.Body.String()))
		if code == "" {
			t.Fatal("no code:", page.Body)
		}
		people := []*caller{as("leila"), as("amina")}
		in := make(chan bool, 16)
		for i := range cap(in) { // below what one account may try
			go func() {
				c := &caller{handler, "198.51.100.1", map[string]string{"onestory": people[i%2].cookies["onestory"]}}
				in <- c.ask(http.MethodPost, "/carer/code", url.Values{"code": {code}}).Code == http.StatusSeeOther
			}()
		}
		n := 0
		for range cap(in) {
			if <-in {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d took it up", n)
		}
	})
}
