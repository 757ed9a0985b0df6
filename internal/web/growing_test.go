package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/lending"
	"onestory/internal/record"
)

func TestAParentReadsFromWhenTheyWillSeeLess(t *testing.T) {
	each(t, func(w *world) {
		born := time.Now().AddDate(-10, -6, 0)
		child := w.receive(fmt.Sprintf(`{"resourceType":"Patient","id":"sami","name":[{"family":"Yusuf","given":["Sami"]}],"birthDate":%q}`, born.Format(time.DateOnly)))
		must(w, w.accounts.Put(ctx, account.Account{ID: "sami", Name: "Sami Yusuf", Person: child, Role: "resident"}))
		open := func(who string, why consent.Purpose, work func(record.View) error) {
			t.Helper()
			actor, err := w.accounts.As(ctx, who)
			must(w, err)
			must(w, w.door.With(ctx, actor, why, child, work))
		}
		open("sami", consent.Own, func(v record.View) error {
			return circle.Join(v, circle.Usual(), circle.Newcomer{ID: "m1", Rule: "r1", Party: consent.Party{Level: consent.Individual, ID: "nia"}, Name: "Nia", Role: "Nurse", Way: consent.NHS})
		})
		code := lending.NewCode()
		open("nia", consent.Care, func(v record.View) error {
			return lending.Appoint(v, lending.Appointment{
				Loan:  lending.Loan{ID: "parent", Rule: "parent.r", Name: "Leila", Relation: "mother", Labels: consent.General | consent.Dates, Code: code},
				Basis: consent.Parental, Seen: "birth certificate", Review: v.Now().Add(300 * 24 * time.Hour),
			})
		})
		leila := w.as("leila")
		leila.posts("/carer/code", url.Values{"code": {code}}, 303)
		home := "/for/" + w.door.Text(child)
		at := func(years int) string { return born.AddDate(years, 0, 0).Format("2 January 2006") }
		if page := leila.sees(home, 200); !strings.Contains(page, "From "+at(11)+" you will see only dates and medicines") {
			t.Errorf("she is not told of the day: %s", page)
		}
		w.later.Add(int64(200 * 24 * time.Hour))
		leila = w.as("leila")
		if page := leila.sees(home, 200); !strings.Contains(page, "From "+at(16)+" you will see nothing more here") {
			t.Errorf("she is not told of the next: %s", page)
		}
	})
}
