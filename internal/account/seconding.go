package account

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// What takes two administrators of an organisation.
const (
	NewAdmin = "admin"    // somebody more who looks after its accounts
	Recovery = "recovery" // a new link for somebody who has no way in any more
	Joiner   = "joiner"   // the link of somebody whom one administrator added
)

// A Waiting is what one administrator asked for and another has to confirm, within seven
// days.
type Waiting struct {
	ID      string
	What    string // NewAdmin, Recovery or Joiner
	Account string // of Recovery and Joiner
	Name    string // of whom it is about
	By      string // who asked, as they are called
	Mine    bool   // the reader asked
	Until   clock.Time
}

// Second asks for what takes two. Of Recovery the account is one of the organisation's, and
// never one's own.
func (a *Accounts) Second(ctx context.Context, by consent.Actor, w Waiting) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		switch w.What {
		case NewAdmin:
			if w.Account = ""; strings.TrimSpace(w.Name) == "" || len(w.Name) > 200 {
				return fault.New(fault.Invalid, "Enter the name of the new administrator.")
			}
		case Recovery:
			all, err := a.staff(ctx, tx, `id = $1 AND organisation = $2`, w.Account, by.Organisation.ID)
			if err != nil {
				return err
			}
			if len(all) == 0 || !lookedAfter(all[0]) {
				return fault.NotFound
			}
			if w.Account == by.Account {
				return fault.New(fault.Refused, "Nobody asks for a new link for themselves. Ask another administrator.")
			}
			w.Name = all[0].Name
		default:
			return fault.NotFound
		}
		if _, err := tx.Exec(ctx, `DELETE FROM seconding WHERE until < $1 OR organisation = $2 AND what = $3 AND account = $4 AND name = $5`,
			tx.At, by.Organisation.ID, w.What, w.Account, w.Name); err != nil {
			return err
		}
		return asks(ctx, tx, by, w)
	})
}

// asks writes down what waits for another administrator.
func asks(ctx context.Context, tx *db.Tx, by consent.Actor, w Waiting) error {
	_, err := tx.Exec(ctx, `INSERT INTO seconding (id, organisation, what, account, name, by_account, by_name, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		rand.Text(), by.Organisation.ID, w.What, w.Account, w.Name, by.Account, by.Name, tx.At.Add(waitsFor))
	return err
}

// Waits lists what waits for a second administrator of the reader's organisation.
func (a *Accounts) Waits(ctx context.Context, by consent.Actor) (all []Waiting, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT id, what, account, name, by_account, by_name, until FROM seconding WHERE organisation = $1 AND until > $2 ORDER BY until`,
			by.Organisation.ID, a.clock.Now()) {
			if err != nil {
				return err
			}
			var w Waiting
			var who string
			if err := rows.Scan(&w.ID, &w.What, &w.Account, &w.Name, &who, &w.By, &w.Until); err != nil {
				return err
			}
			w.Mine = who == by.Account
			all = append(all, w)
		}
		return nil
	})
	return all, err
}

// Unsecond takes back what waits. Either administrator may.
func (a *Accounts) Unsecond(ctx context.Context, by consent.Actor, id string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM seconding WHERE id = $1 AND organisation = $2`, id, by.Organisation.ID)
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		return err
	})
}

// Confirm does what another administrator asked for, and answers the token of a sign-in
// link for whom it is about, which needs the code that who asked sees (Codes). Of many who
// confirm at once, one does. Sessions of whoever
// gets a new link are over; their passkeys stay until they remove them.
func (a *Accounts) Confirm(ctx context.Context, by consent.Actor, id string) (who Account, token string, err error) {
	err = a.db.Tx(ctx, func(tx *db.Tx) error {
		var w Waiting
		var asked string
		err := tx.Row(ctx, `DELETE FROM seconding WHERE id = $1 AND organisation = $2 AND until > $3 RETURNING what, account, name, by_account, by_name`, id, by.Organisation.ID, tx.At).
			Scan(&w.What, &w.Account, &w.Name, &asked, &w.By)
		if errors.Is(err, db.NotFound) {
			return fault.NotFound
		}
		if err != nil {
			return err
		}
		if asked == by.Account || w.Account == by.Account {
			return fault.New(fault.Refused, "Somebody else has to confirm this.")
		}
		before := Account{}
		who = Account{ID: "s-" + strings.ToLower(rand.Text()[:10]), Name: w.Name, Role: Admin, Organisation: by.Organisation.ID}
		if w.What != NewAdmin {
			all, err := a.staff(ctx, tx, `id = $1 AND organisation = $2`, w.Account, by.Organisation.ID)
			if err != nil {
				return err
			}
			if len(all) == 0 || all[0].Suspended || !lookedAfter(all[0]) {
				return fault.New(fault.Refused, "This account is suspended, or not in your organisation any more.")
			}
			before, who = all[0], all[0]
		}
		if err := write(ctx, tx, who); err != nil {
			return err
		}
		both := by // the line names the two who decided
		both.Name = w.By + ", " + by.Name
		if err := noted(ctx, tx, both, batchID(), 0, w.What, before, who); err != nil {
			return err
		}
		token, err = halves(ctx, tx, who.ID, asked)
		return err
	})
	return who, token, err
}

// lookedAfter reports whether an organisation's administrators have a say over an account:
// those of care and the front desk, and their own kind. Others are the operator's.
func lookedAfter(x Account) bool { return x.Role == Admin || slices.Contains(given, x.Role) }
