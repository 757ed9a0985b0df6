package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"onestory/internal/account"
)

// office adds an administrator of the Trust, with a team there.
func (w *world) office() *visitor {
	w.Helper()
	must(w, w.accounts.Put(ctx, account.Account{ID: "hannah", Name: "Hannah Price", Role: account.Admin, Organisation: "trust"}))
	must(w, w.accounts.AddTeam(ctx, account.Team{ID: "t1", Name: "District nurses", Organisation: "trust"}))
	return w.as("hannah")
}

func TestATableOfManyIsSeenBeforeItIsDoneAndUndone(t *testing.T) {
	each(t, func(w *world) {
		hannah := w.office()
		const head = "account,name,role,team,state\r\n"
		table := "\ufeff" + head + "nia,Nia Jones,nurse,district NURSES,out\r\n,\"Ali, Ben\",gp,,\r\n"
		if page := hannah.posts("/organisation/people/table", url.Values{"table": {table}}, 200).Body.String(); !strings.Contains(page, "Is suspended at once") || !strings.Contains(page, "Do these 2 changes") {
			w.Errorf("what would be done is not shown: %s", page)
		}
		if x, err := w.accounts.Get(ctx, "nia"); err != nil || x.Suspended {
			w.Errorf("it was done before it was confirmed: %v", err)
		}
		bad := table + "priya,Priya,gp,,works\r\n,X,king,,\r\n,Y,gp,Heart team,\r\n"
		page := hannah.posts("/organisation/people/table", url.Values{"table": {bad}}, 200).Body.String()
		for _, says := range []string{"Nobody with this account works", "The role must be one of", "There is no such team"} {
			if !strings.Contains(page, says) {
				w.Errorf("%q is not said", says)
			}
		}
		if strings.Contains(page, "/table/do") {
			w.Error("what cannot be done is offered")
		}
		hannah.posts("/organisation/people/table/do", url.Values{"table": {bad}}, 422)
		hannah.posts("/organisation/people/table/do", url.Values{"table": {table}}, 303)
		if x, err := w.accounts.Get(ctx, "nia"); err != nil || !x.Suspended || x.Team != "t1" {
			w.Errorf("it was not done: %+v: %v", x, err)
		}
		for _, wrong := range []string{"a,b\n", head, head + "\"", "x\x00", strings.Repeat("x", 600<<10)} {
			hannah.posts("/organisation/people/table", url.Values{"table": {wrong}}, 422)
		}
		must(w, w.accounts.Put(ctx, account.Account{ID: "hooft", Name: "'t Hooft", Role: "nurse", Organisation: "trust"}))
		must(w, w.accounts.Put(ctx, account.Account{ID: "otto", Name: "Otto", Role: "operator", Organisation: "trust"}))
		same := hannah.do("GET", "/organisation/people.csv", nil).Body.String()
		if page := hannah.posts("/organisation/people/table", url.Values{"table": {same}}, 200).Body.String(); !strings.Contains(page, "Everything is like this already") {
			w.Errorf("a table that was not changed changes something: %s", page)
		}
		if page := hannah.posts("/organisation/people/table", url.Values{"table": {head + "\n\n,Z,gp,,suspended\n"}}, 422).Body.String(); !strings.Contains(page, "Line 4: write works or out") {
			w.Errorf("another state is taken: %s", page)
		}
		must(w, w.accounts.Put(ctx, account.Account{ID: "eve", Name: "=cmd|' /c calc'!A1", Role: "nurse", Organisation: "trust"}))
		if csv := hannah.do("GET", "/organisation/people.csv", nil).Body.String(); !strings.Contains(csv, "'=cmd") || strings.Contains(csv, "hannah") {
			w.Errorf("the table is %s", csv)
		}
		if csv := hannah.do("GET", "/organisation/log.csv", nil).Body.String(); !strings.Contains(csv, "Hannah Price,suspend,nia") {
			w.Errorf("what was done is %s", csv)
		}
	})
}

func TestAnAdministratorWhoSignedInLongAgoChangesNothing(t *testing.T) {
	each(t, func(w *world) {
		hannah := w.office()
		w.later.Add(int64(11 * time.Minute))
		hannah.sees("/organisation", 200)
		hannah.posts("/organisation/people/nia", url.Values{"name": {"Nia Jones"}, "role": {"gp"}, "team": {""}, "state": {"works"}}, 403)
		hannah.posts("/organisation/waiting", url.Values{"what": {"admin"}, "name": {"X"}}, 403)
		if x, err := w.accounts.Get(ctx, "nia"); err != nil || x.Role != "nurse" {
			w.Errorf("%+v: %v", x, err)
		}
	})
}
