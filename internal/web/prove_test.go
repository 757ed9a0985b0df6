package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// proves presses the demo's stand-in for a passkey, and goes on with the new session.
func (v *visitor) proves(form url.Values, want int) string {
	v.w.Helper()
	rec := v.posts("/prove", form, want)
	for _, c := range rec.Result().Cookies() {
		v.token = c.Value
	}
	return rec.Body.String()
}

func TestWhatWouldHurtMostAsksAgainWhoItIs(t *testing.T) {
	each(t, func(w *world) {
		hannah, amina := w.office(), w.as("amina")
		hannah.sees("/organisation/people.csv", 200)
		amina.sees("/me/copy", 200)
		w.later.Add(int64(11 * time.Minute))

		for v, path := range map[*visitor]string{hannah: "/organisation/people.csv", amina: "/me/copy"} {
			if page := v.sees(path, 403); !strings.Contains(page, "still you") {
				t.Errorf("%s does not ask who it is", path)
			}
			old := *v
			v.proves(url.Values{"to": {path}}, 303)
			if old.token == v.token || old.do("GET", path, nil).Code != 401 {
				t.Errorf("%s: the session that was open before proving still is", path)
			}
			v.sees(path, 200)
		}
		amina.sees("/me/record", 200) // what is only read asks nothing
	})
}

func TestAFormThatAsksAgainWhoItIsKeepsWhatWasTyped(t *testing.T) {
	each(t, func(w *world) {
		hannah := w.office()
		w.later.Add(int64(11 * time.Minute))
		typed := url.Values{"name": {"Night nurses"}}
		page := hannah.posts("/organisation/teams/new", typed, 403).Body.String()
		if strings.Contains(hannah.sees("/organisation", 200), "Night nurses") {
			t.Fatal("it was done unproven")
		}
		if !strings.Contains(page, `value="/organisation/teams/new"`) || !strings.Contains(page, `value="name=Night+nurses"`) {
			t.Errorf("what was typed is not kept: %s", page)
		}
		ready := hannah.proves(url.Values{"to": {"/organisation/teams/new"}, "sent": {"yes"}, "typed": {typed.Encode()}}, 200)
		if !strings.Contains(ready, "<p class=\"one-words\" dir=\"auto\">Night nurses") {
			t.Errorf("what is sent is not shown: %s", ready)
		}
		hannah.posts("/organisation/teams/new", typed, 303)
	})
}

func TestProvingLeadsNowhereElse(t *testing.T) {
	each(t, func(w *world) {
		amina := w.as("amina")
		for _, to := range []string{"", "https://example.org/", "//example.org", "/\\example.org", "/me\r\nX: y", "me"} {
			amina.posts("/prove", url.Values{"to": {to}}, 404)
			amina.sees("/prove?to="+url.QueryEscape(to), 404)
		}
		amina.posts("/prove", url.Values{"to": {"/me"}, "ticket": {"none"}, "answer": {"{}"}}, 404) // no passkeys here at all
	})
}
