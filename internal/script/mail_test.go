package script

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"onestory/internal/account"
	"onestory/internal/app"
)

// A caller is a browser somewhere on the network.
type caller struct {
	handler http.Handler
	from    string
	cookies map[string]string
}

func (c *caller) ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "10.1.2.3:4711" // our proxy
	r.Header.Set("X-Forwarded-For", "192.0.2.200, "+c.from)
	if method == http.MethodPost {
		r.Header.Set("Origin", "http://"+host)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, k := range w.Result().Cookies() {
		c.cookies[k.Name] = k.Value
	}
	return w
}

// reachable opens pages over a house with so many residents who sign in by e-mail.
func reachable(t *testing.T, house *app.House, people int) func(from string) *caller {
	t.Helper()
	handler := house.Pages(app.Edge{Demo: true, Origin: "http://localhost", Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	from := func(at string) *caller { return &caller{handler, at, map[string]string{}} }
	for i := range people {
		id := fmt.Sprintf("her%d", i)
		if err := house.Accounts.Put(t.Context(), account.Account{ID: id, Name: "Her", Role: "resident"}); err != nil {
			t.Fatal(err)
		}
		token, err := house.Accounts.Begin(t.Context(), id, account.How{})
		if err != nil {
			t.Fatal(err)
		}
		c := from(fmt.Sprintf("198.51.100.%d", i))
		c.cookies["onestory"] = token
		c.ask(http.MethodPost, "/account/contacts/new", url.Values{"address": {id + "@example.org"}})
		at := c.ask(http.MethodPost, "/account/contacts/check", url.Values{"code": {newest(c)}}).Header().Get("Location")
		if w := c.ask(http.MethodPost, at, url.Values{"safe": {"yes"}, "also": {"enters"}}); w.Code != http.StatusSeeOther {
			t.Fatal(at, w.Code, w.Body)
		}
	}
	return from
}

var sentCode = regexp.MustCompile(`Your code is ([0-9]{8})`)

var toWhom = regexp.MustCompile(`(?s)To \x{2068}(her[0-9]+)@.*?Your code is ([0-9]{8})`)

// newest is the code of the newest message.
func newest(c *caller) string {
	m := sentCode.FindStringSubmatch(c.ask(http.MethodGet, "/demo/mail", nil).Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

func TestTheAnswerToAStrangersAddressIsTheOneToOurs(t *testing.T) {
	t.Parallel()
	eachArea(t, func(t *testing.T, house *app.House) {
		from := reachable(t, house, 1)
		var answers [2][]string
		for i, address := range []string{"her0@example.org", "nobody@example.org"} {
			c := from("203.0.113.9")
			note := func(w *httptest.ResponseRecorder) {
				head := w.Header().Clone()
				head.Del("Set-Cookie") // the ticket is random: its shape is compared
				shape := ""
				for _, k := range w.Result().Cookies() {
					shape += fmt.Sprintf("%s %d %d %v;", k.Name, len(k.Value), k.MaxAge, k.SameSite)
				}
				answers[i] = append(answers[i], fmt.Sprint(w.Code, head, shape, w.Body))
			}
			for range 3 {
				note(c.ask(http.MethodPost, "/sign-in/email", url.Values{"address": {address}}))
				note(c.ask(http.MethodGet, "/sign-in/email", nil))
				if i == 0 && newest(c) == "" {
					t.Fatal("no code was sent")
				}
				for range 6 { // one more than there are tries
					note(c.ask(http.MethodPost, "/sign-in/email/code", url.Values{"code": {"1"}}))
				}
			}
			for range 5 { // and more than may be asked for
				note(c.ask(http.MethodPost, "/sign-in/email", url.Values{"address": {address}}))
				note(c.ask(http.MethodPost, "/sign-in/email/code", url.Values{"code": {"1"}}))
				note(c.ask(http.MethodPost, "/recover", url.Values{"address": {address}}))
				note(c.ask(http.MethodGet, "/recover/sent", nil))
			}
		}
		for n := range answers[0] {
			if answers[0][n] != answers[1][n] {
				t.Errorf("the %dth answers differ:\n%s\n%s", n, answers[0][n], answers[1][n])
			}
		}
	})
}

func TestStuffingIsLimitedByAccountAndBySourceAndShutsNobodyOut(t *testing.T) {
	t.Parallel()
	eachArea(t, func(t *testing.T, house *app.House) {
		from := reachable(t, house, 10) // of a hundred that are tried
		address := func(i int) url.Values { return url.Values{"address": {fmt.Sprintf("her%d@example.org", i%100)}} }
		// A thousand from a hundred places: no place is over its limit, every account is.
		reader, got := from("198.51.100.200"), map[string]map[string]bool{}
		for i := range 1000 {
			if w := from(fmt.Sprintf("2001:db8:%x::%x", i%100, i)).ask(http.MethodPost, "/sign-in/email", address(i/100*7+i)); w.Code != http.StatusSeeOther {
				t.Fatal(i, w.Code)
			}
		}
		// The box holds a hundred: all that ten people were sent.
		for _, m := range toWhom.FindAllStringSubmatch(reader.ask(http.MethodGet, "/demo/mail", nil).Body.String(), -1) {
			if got[m[1]] == nil {
				got[m[1]] = map[string]bool{}
			}
			got[m[1]][m[2]] = true
		}
		for i := range 10 {
			if n := len(got[fmt.Sprintf("her%d", i)]); n != 7 { // six, and the one that proved the address
				t.Errorf("account %d was sent %d messages", i, n)
			}
		}
		// And all from one place, which writes what it likes about where it is.
		thief := from("203.0.113.66")
		for i := range 100 {
			want := http.StatusSeeOther
			if i >= 30 {
				want = http.StatusTooManyRequests
			}
			if w := thief.ask(http.MethodPost, "/sign-in/email", address(i)); w.Code != want {
				t.Fatal(i, w.Code)
			}
		}
		thief.cookies["onestory-code"] = "no ticket of ours"
		for i := range 100 {
			want := http.StatusUnprocessableEntity
			if i >= 50 {
				want = http.StatusTooManyRequests
			}
			if w := thief.ask(http.MethodPost, "/sign-in/email/code", url.Values{"code": {fmt.Sprintf("%08d", i)}}); w.Code != want {
				t.Fatal(i, w.Code)
			}
		}
		// Whoever has a passkey or paper comes in meanwhile, from that very place.
		for range 100 {
			if w := thief.ask(http.MethodPost, "/sign-in/passkey/ask", nil); w.Code != http.StatusOK {
				t.Fatal("a passkey is asked for:", w.Code)
			}
		}
		owner := from("203.0.113.66")
		token, err := house.Accounts.Begin(t.Context(), "her7", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		owner.cookies["onestory"] = token
		paper := regexp.MustCompile(`[2-9A-Z]{4}(-[2-9A-Z]{4}){3}`).FindString(owner.ask(http.MethodPost, "/account/sheet", nil).Body.String())
		if w := from("203.0.113.66").ask(http.MethodPost, "/sign-in/code", url.Values{"code": {paper}}); w.Code != http.StatusSeeOther {
			t.Error("the owner's paper:", w.Code)
		}
	})
}
