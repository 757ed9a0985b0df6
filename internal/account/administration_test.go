package account_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// admins adds two administrators of the Trust and answers them.
func admins(t *testing.T, a *account.Accounts) (one, two consent.Actor) {
	t.Helper()
	for _, id := range []string{"one", "two"} {
		if err := a.Put(ctx, account.Account{ID: id, Name: "Admin " + id, Role: account.Admin, Organisation: "trust"}); err != nil {
			t.Fatal(err)
		}
	}
	for id, who := range map[string]*consent.Actor{"one": &one, "two": &two} {
		var err error
		if *who, err = a.As(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.AddTeam(ctx, account.Team{ID: "district", Name: "District nurses", Organisation: "trust"}); err != nil {
		t.Fatal(err)
	}
	return one, two
}

func TestAnAdministratorLetsPeopleWorkHereAllOrNoneAndUndoesItWithinADay(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		one, _ := admins(t, a)
		token, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		suspend := account.Change{Account: "nia", Name: "Nia Jones", Role: "nurse", Team: "district", Suspended: true}
		join := account.Change{Name: "Ben Ali", Role: "nurse", Team: "district"}
		if _, err := a.Administer(ctx, one, []account.Change{suspend, {Name: "X", Role: "king"}}); !errors.Is(err, fault.Invalid) {
			t.Errorf("with one that cannot be done: %v", err)
		}
		if _, err := a.Actor(ctx, token); err != nil {
			t.Errorf("the other one was done all the same: %v", err)
		}
		joined, err := a.Administer(ctx, one, []account.Change{suspend, join})
		if err != nil || len(joined) != 1 {
			t.Fatal(joined, err)
		}
		if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
			t.Errorf("who is suspended has a session: %v", err)
		}
		acts, err := a.Acts(ctx, "trust", 10)
		if err != nil || len(acts) != 2 || acts[0].By != "Admin one" || !acts[0].Undoable {
			t.Fatal(acts, err)
		}
		x := joined[0]
		x.Name = "Ben Ali-Khan"
		if err := a.Put(ctx, x); err != nil {
			t.Fatal(err)
		}
		left, err := a.Undo(ctx, one, acts[0].Batch)
		if err != nil || len(left) != 1 || left[0] != "Ben Ali" {
			t.Errorf("left as they are: %v: %v", left, err)
		}
		if x, err := a.Get(ctx, "nia"); err != nil || x.Suspended {
			t.Errorf("Nia is not back: %v", err)
		}
		tick(25 * time.Hour)
		if _, err := a.Undo(ctx, one, acts[0].Batch); !errors.Is(err, fault.NotFound) {
			t.Errorf("a day later: %v", err)
		}
	})
}

func TestAnAdministratorHasNothingToSayBeyondTheirOrganisationNorOfThemselves(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		one, _ := admins(t, a)
		if err := a.Put(ctx, account.Account{ID: "else", Name: "Elsa", Role: "gp", Organisation: "other"}); err != nil {
			t.Fatal(err)
		}
		for says, c := range map[string]account.Change{
			"their own account":            {Account: "one", Name: "Admin one", Role: "gp"},
			"another administrator":        {Account: "two", Name: "Admin two", Role: "gp"},
			"another organisation's":       {Account: "else", Name: "Elsa", Role: "gp"},
			"somebody as administrator":    {Account: "nia", Name: "Nia Jones", Role: account.Admin},
			"somebody as operator":         {Name: "Ben", Role: "operator"},
			"a resident":                   {Name: "Ben", Role: "resident"},
			"a team of another's":          {Account: "nia", Name: "Nia Jones", Role: "nurse", Team: "heart"},
			"nobody":                       {Name: " ", Role: "nurse"},
			"somebody suspended who joins": {Name: "Ben", Role: "nurse", Suspended: true},
		} {
			if _, err := a.Administer(ctx, one, []account.Change{c}); !errors.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", says, err)
			}
		}
		if err := a.AddTeam(ctx, account.Team{ID: "heart", Name: "Heart", Organisation: "other"}); err != nil {
			t.Fatal(err)
		}
		for _, team := range []string{"heart", "none"} {
			if err := a.EndTeam(ctx, one, team); !errors.Is(err, fault.NotFound) {
				t.Errorf("the team %s: %v", team, err)
			}
		}
		if err := a.EndTeam(ctx, one, "district"); !errors.Is(err, fault.Refused) {
			t.Errorf("a team with somebody in it: %v", err)
		}
		if _, err := a.AddPost(ctx, "one", account.Post{Role: "nurse", Organisation: "trust"}); !errors.Is(err, fault.Refused) {
			t.Errorf("an administrator became a nurse: %v", err)
		}
		if acts, err := a.Acts(ctx, "trust", 10); err != nil || len(acts) != 0 {
			t.Errorf("written down as done: %v: %v", acts, err)
		}
	})
}

// opensWithBothHalves tries a link that two confirmed, of whom one asked.
func opensWithBothHalves(t *testing.T, a *account.Accounts, one, two consent.Actor, link string) {
	t.Helper()
	if theirs, err := a.Codes(ctx, two); err != nil || len(theirs) != 0 {
		t.Errorf("who confirmed sees the code: %v", err)
	}
	codes, err := a.Codes(ctx, one)
	if err != nil || len(codes) != 1 || len(codes[0].Code) != 8 {
		t.Fatal(len(codes), err)
	}
	for _, wrong := range []string{"", "0", "1", "2", "3"} {
		if _, err := a.Redeem(ctx, link, wrong, ""); !errors.Is(err, account.ErrCode) {
			t.Errorf("the link alone: %v", err)
		}
	}
	if _, err := a.Redeem(ctx, link, codes[0].Code, ""); err != nil {
		t.Errorf("the link with its code: %v", err)
	}
	if codes, err := a.Codes(ctx, one); err != nil || len(codes) != 0 {
		t.Errorf("the code is still there: %v", err)
	}
}

func TestNobodyWhoWasAddedByOneAloneCanSignInAndFiveWrongCodesEndALink(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		one, two := admins(t, a)
		if _, err := a.Administer(ctx, one, []account.Change{{Name: "Ben Ali", Role: "nurse", Team: "district"}}); err != nil {
			t.Fatal(err)
		}
		all, err := a.Waits(ctx, two)
		if err != nil || len(all) != 1 || all[0].What != account.Joiner {
			t.Fatal(all, err)
		}
		if _, _, err := a.Confirm(ctx, one, all[0].ID); !errors.Is(err, fault.Refused) {
			t.Errorf("confirmed by who added: %v", err)
		}
		_, link, err := a.Confirm(ctx, two, all[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		codes, err := a.Codes(ctx, one)
		if err != nil || len(codes) != 1 {
			t.Fatal(len(codes), err)
		}
		for range 5 {
			if _, err := a.Redeem(ctx, link, "wrong", ""); !errors.Is(err, account.ErrCode) {
				t.Errorf("a wrong code: %v", err)
			}
		}
		if _, err := a.Redeem(ctx, link, codes[0].Code, ""); !errors.Is(err, fault.NotFound) {
			t.Errorf("after five wrong codes: %v", err)
		}
	})
}

func TestWhatTakesTwoIsNeverDoneByOneAndIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		one, two := admins(t, a)
		waits := func() account.Waiting {
			t.Helper()
			all, err := a.Waits(ctx, two)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		if err := a.Second(ctx, one, account.Waiting{What: account.Recovery, Account: "one"}); !errors.Is(err, fault.Refused) {
			t.Errorf("a link for oneself: %v", err)
		}
		if err := a.Put(ctx, account.Account{ID: "omar", Name: "Omar", Role: "operator", Organisation: "trust"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Second(ctx, one, account.Waiting{What: account.Recovery, Account: "omar"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("a link to the operator's account: %v", err)
		}
		if err := a.Second(ctx, one, account.Waiting{What: account.Recovery, Account: "nia"}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Confirm(ctx, one, waits().ID); !errors.Is(err, fault.Refused) {
			t.Errorf("confirmed by who asked: %v", err)
		}
		session, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		id := waits().ID
		var links atomic.Int64
		var link string
		var all sync.WaitGroup
		var mu sync.Mutex
		for range 10 {
			all.Go(func() {
				if _, token, err := a.Confirm(ctx, two, id); err == nil {
					links.Add(1)
					mu.Lock()
					link = token
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if links.Load() != 1 {
			t.Fatalf("%d links", links.Load())
		}
		if _, err := a.Actor(ctx, session); !errors.Is(err, fault.NotFound) {
			t.Errorf("the sessions of before go on: %v", err)
		}
		opensWithBothHalves(t, a, one, two, link)
		if acts, err := a.Acts(ctx, "trust", 1); err != nil || len(acts) != 1 || acts[0].By != "Admin one, Admin two" {
			t.Errorf("both are not named: %v: %v", acts, err)
		}

		if err := a.Second(ctx, two, account.Waiting{What: account.NewAdmin, Name: "Admin three"}); err != nil {
			t.Fatal(err)
		}
		if who, _, err := a.Confirm(ctx, one, waits().ID); err != nil || who.Role != account.Admin || who.Organisation != "trust" {
			t.Errorf("%+v: %v", who, err)
		}
		if err := a.Second(ctx, two, account.Waiting{What: account.NewAdmin, Name: "Admin four"}); err != nil {
			t.Fatal(err)
		}
		late := waits().ID
		tick(8 * 24 * time.Hour)
		if _, _, err := a.Confirm(ctx, one, late); !errors.Is(err, fault.NotFound) {
			t.Errorf("a week later: %v", err)
		}
	})
}

// What a suspended account asks for is refused from the very next request on, however many
// ask at that moment.
func TestWhoIsSuspendedIsOutInTheNextRequestOfTwoHundred(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, _ func(time.Duration)) {
		one, _ := admins(t, a)
		token, err := a.Begin(ctx, "nia", account.How{Strong: true})
		if err != nil {
			t.Fatal(err)
		}
		const readers, more = 200, 3
		var done atomic.Bool
		var early, late, after atomic.Int64
		var under, all sync.WaitGroup
		under.Add(readers)
		for range readers {
			all.Go(func() {
				for asked, last := 0, 0; last < more; asked++ {
					out := done.Load() // before it is asked, so that what was under way then may pass
					_, err := a.Actor(ctx, token)
					switch {
					case out && err == nil:
						late.Add(1)
					case out && !errors.Is(err, fault.NotFound):
						t.Errorf("who is out was told: %v", err)
					case err == nil:
						early.Add(1)
					}
					if asked == 0 {
						under.Done()
					}
					if out {
						last++
						after.Add(1)
					}
				}
			})
		}
		under.Wait() // each has asked once, and goes on until it has asked after the end
		_, err = a.Administer(ctx, one, []account.Change{{Account: "nia", Name: "Nia Jones", Role: "nurse", Team: "district", Suspended: true}})
		done.Store(true)
		all.Wait()
		if err != nil || late.Load() != 0 {
			t.Errorf("%d were let in after it was done: %v", late.Load(), err)
		}
		if early.Load() < readers || after.Load() != readers*more {
			t.Errorf("%d asked and were let in before, %d asked after", early.Load(), after.Load())
		}
		if _, err := a.Actor(ctx, token); !errors.Is(err, fault.NotFound) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestWhatIsDoneToTeamsIsWrittenDownAndUndoingPutsNobodyIntoOneThatEnded(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, a *account.Accounts, tick func(time.Duration)) {
		one, _ := admins(t, a)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(a.SetTeam(ctx, one, account.Team{ID: "night", Name: "Night"}))
		must(a.SetTeam(ctx, one, account.Team{ID: "night", Name: "Night nurses"}))
		tick(time.Second)
		joined, err := a.Administer(ctx, one, []account.Change{{Name: "Ben Ali", Role: "nurse", Team: "night"}})
		must(err)
		ben := joined[0].ID
		tick(time.Second)
		_, err = a.Administer(ctx, one, []account.Change{{Account: ben, Name: "Ben Ali", Role: "nurse", Team: "district"}})
		must(err)
		moved, err := a.Acts(ctx, "trust", 1)
		must(err)
		tick(time.Second)
		must(a.EndTeam(ctx, one, "night"))
		if left, err := a.Undo(ctx, one, moved[0].Batch); err != nil || len(left) != 1 {
			t.Errorf("left as they are: %v: %v", left, err)
		}
		if x, err := a.Get(ctx, ben); err != nil || x.Team != "district" {
			t.Errorf("he is in %s: %v", x.Team, err)
		}
		all, err := a.Acts(ctx, "trust", 10)
		must(err)
		got := map[string]string{}
		for _, x := range all {
			got[x.Did] = x.Name
		}
		if got["team"] != "Night" || got["team-rename"] != "Night nurses" || got["team-end"] != "Night nurses" {
			t.Errorf("it says %v", got)
		}
	})
}
