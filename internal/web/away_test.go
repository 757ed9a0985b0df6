package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
)

func TestWhoStandsInForSomebodySeesTheirActionsUntilTheLastDay(t *testing.T) {
	each(t, func(w *world) {
		must(w, w.accounts.AddOrganisation(ctx, account.Organisation{ID: "trust", Name: "The trust", Sector: "nhs"}))
		for who, name := range map[string]string{"nia": "Nia", "noor": "Noor"} {
			must(w, w.accounts.Put(ctx, account.Account{ID: who, Name: name, Role: "nurse", Organisation: "trust"}))
		}
		amina := w.as("amina")
		dated := func(name string, days int, v url.Values) url.Values {
			day := time.Now().AddDate(0, 0, days)
			v.Set(name+"-day", day.Format("2"))
			v.Set(name+"-month", day.Format("1"))
			v.Set(name+"-year", day.Format("2006"))
			return v
		}
		amina.posts("/me/plan/action/write", dated("when", 10, url.Values{"words": {"Look at my ankles"}, "who": {"m1"}}), 303)
		if page := w.as("nia").sees("/work", 200); !strings.Contains(page, "Look at my ankles") {
			t.Fatalf("Nia does not see what is hers: %s", page)
		}
		ask := dated("until", 30, url.Values{"to": {"noor"}, "reason": {"I am away"}, "people": {w.address}})
		w.as("nia").posts("/work/away", ask, 303)
		if page := w.as("noor").sees("/work", 200); strings.Contains(page, "ankles") {
			t.Error("Noor sees it before Amina answers")
		}
		accept := regexp.MustCompile(`/me/circle/asks/[^/]+/accept`).FindString(amina.sees("/me/circle/asks", 200))
		amina.posts(accept, url.Values{}, 303)
		if page := w.as("noor").sees("/work", 200); !strings.Contains(page, "Look at my ankles") {
			t.Errorf("Noor does not see what she stands in for: %s", page)
		}
		w.later.Add(int64(32 * 24 * time.Hour))
		if page := w.as("noor").sees("/work", 200); strings.Contains(page, "ankles") {
			t.Error("Noor sees it after the last day")
		}
		w.as("noor").sees("/people/"+w.address, 404)
	})
}
