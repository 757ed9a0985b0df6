package web_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/mail"
	"onestory/internal/outbox"
	"onestory/internal/record"
	"onestory/internal/signin"
)

func TestWhenNobodyAnswersEverybodyWhomItConcernsIsWrittenToOnce(t *testing.T) {
	each(t, func(w *world) {
		ways, err := signin.New(w.db, w.clock, w.accounts, "https://onestory.example")
		must(w, err)
		var got []string
		ways.CarryMail(func(_ context.Context, m mail.Message) error {
			got = append(got, m.To+": "+m.Subject)
			if strings.Contains(m.Text, "heel") || strings.Contains(m.Text, "Amina") {
				w.Errorf("a message says what is asked, or for whom: %s", m.Text)
			}
			return nil
		}, nil)
		post := func() []string {
			got = nil
			for range 2 { // what is passed on becomes letters
				_, err := outbox.Drain(ctx, w.db, ways.Handlers())
				must(w, err)
			}
			slices.Sort(got)
			return got
		}
		must(w, w.accounts.AddOrganisation(ctx, account.Organisation{ID: "pharmacy", Name: "Pharmacy", Sector: consent.Private}))
		for who, role := range map[string]string{"petra": "pharmacist", "pia": "pharmacist"} {
			must(w, w.accounts.Put(ctx, account.Account{ID: who, Name: who, Role: role, Organisation: "pharmacy", Suspended: who == "pia"}))
		}
		for _, who := range []string{"amina", "petra", "pia", "nia"} {
			must(w, w.db.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO contact (id, account, kind, address, lang, made, safe, alone, discreet, enters)
					VALUES ($1, $1, 'email', $2, 'en', 1, TRUE, FALSE, FALSE, FALSE)`, who, who+"@example.org")
				return err
			}))
		}
		actor, err := w.accounts.As(ctx, "amina")
		must(w, err)
		must(w, w.door.With(ctx, actor, consent.Own, w.amina, func(v record.View) error {
			return circle.Join(v, circle.Usual(), circle.Newcomer{ID: "p1", Rule: "p2", Party: consent.Party{Level: consent.Organisation, ID: "pharmacy"}, Name: "The pharmacy", Role: "Pharmacy", Way: consent.Private})
		}))
		ask := func() string {
			return w.as("amina").posts("/me/work/new", url.Values{"to": {"circle:p1"}, "what": {"Look at my heel"}, "why": {"It is sore"}, "shares": {"none"}}, 303).Header().Get("Location")
		}
		ask()
		answered := ask()
		if all := post(); len(all) > 0 {
			w.Errorf("before an answer was due: %q", all)
		}
		id := answered[strings.LastIndex(answered, "/")+1:]
		petra, at := w.as("petra"), "/people/"+w.address+"/work/"+id
		version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(petra.sees(at, 200))
		petra.posts(at+"/decline", url.Values{"version": {version[1]}, "words": {"We have no room"}}, 303)
		post()
		w.later.Add(int64(20 * 24 * time.Hour))
		want := []string{"amina@example.org: Something you asked for has had no answer", "petra@example.org: There is something new for you"}
		if all := post(); !slices.Equal(all, want) {
			w.Errorf("of two, one of which was answered: %q", all)
		}
		if all := post(); len(all) > 0 {
			w.Errorf("again: %q", all)
		}
	})
}
