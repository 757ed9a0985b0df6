package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
)

func TestWhatWasTypedWaitsForWhoeverTypedIt(t *testing.T) {
	each(t, func(w *world) {
		words := url.Values{"about": {"other"}, "words": {"She did not sleep well."}}
		tell := "/for/" + w.address + "/tell"
		leila := w.as("leila")
		w.later.Add(int64(31 * time.Minute))
		if page := leila.posts(tell, words, 401).Body.String(); !strings.Contains(page, "We have kept what you entered") {
			w.Errorf("she is not told that it was kept: %s", page)
		}
		for _, other := range []string{"nia", "amina"} {
			if page := w.as(other).sees("/kept", 200); strings.Contains(page, "sleep") {
				w.Errorf("%s reads what Leila typed", other)
			}
		}
		again := w.as("leila")
		if page := again.sees("/kept", 200); !strings.Contains(page, "She did not sleep well.") || !strings.Contains(page, `action="`+tell) {
			w.Errorf("it does not wait for her: %s", page)
		}
		if page := again.sees("/for/"+w.address+"/told", 200); strings.Contains(page, "sleep") {
			w.Error("it was sent without her")
		}
		again.do("POST", tell+"?kept-draft="+url.QueryEscape(tell), words)
		if page := again.sees("/kept", 200); strings.Contains(page, "sleep") {
			w.Error("what was sent again still waits")
		}
	})
}

func TestNothingIsKeptOfWhatOpensADoorOrOfWhoIsOut(t *testing.T) {
	each(t, func(w *world) {
		words := url.Values{"words": {"some words here"}}
		amina, nia, leila := w.as("amina"), w.as("nia"), w.as("leila")
		must(w, w.accounts.End(ctx, nia.token))
		must(w, w.accounts.Put(ctx, account.Account{ID: "leila", Name: "Leila Yusuf", Role: "carer", Suspended: true}))
		w.later.Add(int64(31 * time.Minute))
		for _, c := range []struct {
			says string
			who  *visitor
			path string
		}{
			{"a sharing", amina, "/me/sharing/new"},
			{"somebody who signed out", nia, "/people/" + w.address + "/caring"},
			{"somebody who was suspended", leila, "/for/" + w.address + "/tell"},
		} {
			if page := c.who.posts(c.path, words, 401).Body.String(); strings.Contains(page, "kept") {
				w.Errorf("%s: kept", c.says)
			}
		}
		for _, who := range []string{"amina", "nia", "leila"} {
			if all, err := w.accounts.Kept(ctx, who); err != nil || len(all) != 0 {
				w.Errorf("of %s was kept %v: %v", who, all, err)
			}
		}
	})
}

func TestToAskHowLongIsLeftIsNoUseOfTheSessionAndToStayIs(t *testing.T) {
	each(t, func(w *world) {
		asks, stays := w.as("nia"), w.as("nia")
		for range 2 {
			w.later.Add(int64(9 * time.Minute))
			asks.do("GET", "/idle", nil)
			asks.do("POST", "/kept?at=/people/x/caring", url.Values{"words": {"half a sentence"}})
			stays.do("POST", "/stay", url.Values{})
		}
		asks.sees("/staff", 401)
		stays.sees("/staff", 200)
		if page := stays.sees("/kept", 200); !strings.Contains(page, "half a sentence") || !strings.Contains(page, "/people/x/caring#kept") {
			w.Errorf("what a page saved at its end does not wait: %s", page)
		}
	})
}
