package account_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
)

var ctx = context.Background()

// each runs body with the accounts of a fresh database and a clock that tick moves.
func each(t *testing.T, body func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration))) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		var past atomic.Int64
		begin := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		c := clock.Fake(func() time.Time { return begin.Add(time.Duration(past.Load())) })
		d := dbtest.Open(t, where, db.Options{Clock: c})
		a := account.New(d, c)
		if err := a.AddOrganisation(ctx, account.Organisation{ID: "trust", Name: "The Trust", Sector: "nhs"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Put(ctx, nia()); err != nil {
			t.Fatal(err)
		}
		body(t, d, a, func(d time.Duration) { past.Add(int64(d)) })
	})
}

func nia() account.Account {
	return account.Account{ID: "nia", Name: "Nia Jones", Role: "nurse", Organisation: "trust", Team: "district"}
}

func TestASessionActsAsItsAccount(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		token, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		who, err := a.Actor(ctx, token)
		if err != nil || who.Name != "Nia Jones" || who.Role != "nurse" || who.Team.ID != "district" || who.OrganisationName != "The Trust" || who.Sector.ID != "nhs" {
			t.Errorf("%+v: %v", who, err)
		}
		if err := a.End(ctx, token); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
			t.Errorf("an ended session answered %v", err)
		}
	})
}

func TestASessionEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		token, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 70 { // used every ten minutes, it lasts twelve hours and no longer
			tick(10 * time.Minute)
			if _, err = a.Actor(ctx, token); err != nil {
				break
			}
		}
		if err != nil {
			t.Errorf("used all the time it ended early: %v", err)
		}
		tick(25 * time.Minute)
		if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
			t.Errorf("unused for 25 minutes it answered %v", err)
		}
	})
}

func TestAChangedAccountIsFoundOutAtOnce(t *testing.T) {
	for says, change := range map[string]func(*account.Account){
		"another role": func(x *account.Account) { x.Role = "reception" },
		"another team": func(x *account.Account) { x.Team = "heart" },
		"is suspended": func(x *account.Account) { x.Suspended = true },
	} {
		t.Run(says, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
				token, err := a.Begin(ctx, "nia", account.How{Strong: true})
				if err != nil {
					t.Fatal(err)
				}
				who, err := a.Actor(ctx, token)
				if err != nil {
					t.Fatal(err)
				}
				x := nia()
				change(&x)
				if err := a.Put(ctx, x); err != nil {
					t.Fatal(err)
				}
				if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
					t.Errorf("the session answered %v", err)
				}
				err = d.Read(ctx, func(tx *db.Tx) error { return a.Standing(ctx, tx, who) })
				if !errors.Is(err, fault.Refused) {
					t.Errorf("the door would have been told %v", err)
				}
			})
		})
	}
}

func TestASignInLinkWorksOnceAndNotForLong(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		link, err := a.Link(ctx, "nia")
		if err != nil {
			t.Fatal(err)
		}
		var well atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := a.Redeem(ctx, link, "", ""); err == nil {
					well.Add(1)
				}
			})
		}
		wg.Wait()
		if well.Load() != 1 {
			t.Errorf("%d of 50 signed in with one link", well.Load())
		}
		late, err := a.Link(ctx, "nia")
		if err != nil {
			t.Fatal(err)
		}
		tick(16 * time.Minute)
		if _, err := a.Redeem(ctx, late, "", ""); !errors.Is(err, fault.NotFound) {
			t.Errorf("an old link answered %v", err)
		}
		if _, err := a.Link(ctx, "nobody"); !errors.Is(err, fault.NotFound) {
			t.Errorf("a link for nobody: %v", err)
		}
	})
}

func TestADatabaseIsForOneThingOnly(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		for _, purpose := range []string{"demo", "real", "demo"} {
			if is, err := a.Mark(ctx, purpose); err != nil || is != "demo" {
				t.Errorf("marked as %s it is %s: %v", purpose, is, err)
			}
		}
	})
}

func TestStaffNeedTwoFactors(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		if err := a.Put(ctx, account.Account{ID: "amina", Name: "Amina Yusuf", Role: "resident", Person: 7}); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			who    string
			strong bool
			role   string
		}{{"nia", false, ""}, {"nia", true, "nurse"}, {"amina", false, "resident"}, {"amina", true, "resident"}} {
			token, err := a.Begin(ctx, x.who, account.How{Strong: x.strong})
			if err != nil {
				t.Fatal(err)
			}
			who, err := a.Actor(ctx, token)
			if err != nil || who.Role != x.role || x.role == "" && (who.Team.ID != "" || who.Organisation.ID != "" || who.Person != 0) {
				t.Errorf("%s, strong %v, acts as %+v: %v", x.who, x.strong, who, err)
			}
		}
	})
}

func TestOnesOwnSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		if err := a.Put(ctx, account.Account{ID: "amina", Name: "Amina Yusuf", Role: "resident"}); err != nil {
			t.Fatal(err)
		}
		begin := func(who, device string) string {
			tick(time.Second)
			token, err := a.Begin(ctx, who, account.How{Device: device, Strong: true})
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		hers, other, third, nias := begin("amina", "phone"), begin("amina", "tablet"), begin("amina", "library"), begin("nia", "desk")
		all, err := a.Sessions(ctx, hers)
		if err != nil || len(all) != 3 || all[0].Device != "library" || !all[2].This || all[1].This {
			t.Fatal(all, err)
		}
		ends := func(token string, want bool) {
			t.Helper()
			if _, err := a.Actor(ctx, token); errors.Is(err, fault.NotFound) != want {
				t.Errorf("ended is %v, not %v", !want, want)
			}
		}
		if err := a.EndOther(ctx, hers, all[1].ID); err != nil {
			t.Error(err)
		}
		ends(other, true)
		ends(third, false)
		his, err := a.Sessions(ctx, nias)
		if err != nil || len(his) != 1 {
			t.Fatal(his, err)
		}
		if err := a.EndOther(ctx, hers, his[0].ID); !errors.Is(err, fault.NotFound) {
			t.Error("somebody else's session:", err)
		}
		if err := a.EndOther(ctx, hers, ""); err != nil {
			t.Error(err)
		}
		ends(third, true)
		ends(hers, false)
		ends(nias, false)
		tick(9 * time.Minute)
		if fresh, err := a.Fresh(ctx, hers, 10*time.Minute); err != nil || !fresh {
			t.Error("nine minutes later:", fresh, err)
		}
		tick(2 * time.Minute)
		if fresh, err := a.Fresh(ctx, hers, 10*time.Minute); err != nil || fresh {
			t.Error("eleven minutes later:", fresh, err)
		}
	})
}

func TestASessionIsForOnePostAtATime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		if err := a.AddOrganisation(ctx, account.Organisation{ID: "council", Name: "The Council", Sector: "council"}); err != nil {
			t.Fatal(err)
		}
		n, err := a.AddPost(ctx, "nia", account.Post{Role: "social-worker", Organisation: "council"})
		if err != nil {
			t.Fatal(err)
		}
		unchosen, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		if who, err := a.Actor(ctx, unchosen); err != nil || who.Role != "" || who.Organisation.ID != "" || who.Team.ID != "" {
			t.Errorf("before one is chosen: %+v: %v", who, err)
		}
		token := unchosen
		for _, want := range []account.Post{{N: n, Role: "social-worker", Organisation: "council"}, {Role: "nurse", Team: "district", Organisation: "trust"}} {
			worn, err := a.Wear(ctx, token, want.N)
			if err != nil {
				t.Fatal(err)
			}
			if who, err := a.Actor(ctx, worn); err != nil || who.Role != want.Role || who.Team.ID != want.Team || who.Organisation.ID != want.Organisation {
				t.Errorf("as %s: %+v: %v", want.Role, who, err)
			}
			if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
				t.Errorf("the session before answers %v", err)
			}
			token = worn
		}
		if _, err := a.Wear(ctx, token, n+1); !errors.Is(err, fault.NotFound) {
			t.Errorf("a post that is not there: %v", err)
		}
		if _, err := a.Wear(ctx, unchosen, n); !errors.Is(err, fault.NotFound) {
			t.Errorf("from a session that is over: %v", err)
		}
		weak, err := a.Begin(ctx, "nia", account.How{})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := a.Choice(ctx, weak); err != nil || len(all) != 0 {
			t.Errorf("with one factor there is a choice of %v: %v", all, err)
		}
		if _, err := a.Wear(ctx, weak, n); !errors.Is(err, fault.NotFound) {
			t.Errorf("with one factor: %v", err)
		}
		if err := a.EndPost(ctx, "nia", n); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
			t.Errorf("after a post ended the session answers %v", err)
		}
	})
}

func TestNobodyHasAPostBesideTheirOwnRecord(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		if err := a.Put(ctx, account.Account{ID: "amina", Name: "Amina", Role: "resident", Person: 7}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.AddPost(ctx, "amina", account.Post{Role: "nurse"}); !errors.Is(err, fault.Refused) {
			t.Errorf("a resident became a nurse: %v", err)
		}
		if _, err := a.AddPost(ctx, "nia", account.Post{Role: "resident"}); !errors.Is(err, fault.Invalid) {
			t.Errorf("a nurse became a resident: %v", err)
		}
	})
}
