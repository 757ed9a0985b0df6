package signin

import (
	"context"

	"onestory/internal/account"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// ErrLast is the answer to whoever would have no way to sign in any more, and did not say
// that they know. Whoever works here is refused in any case: a recovery takes two
// administrators.
var ErrLast = fault.New(fault.Refused, "You would have no way to sign in.")

var errLastAtWork = fault.New(fault.Refused, "You would have no way to sign in. Make another passkey first, then remove this one.")

// lessen takes something away from how an account signs in, unless it is the last way.
func (w *Ways) lessen(ctx context.Context, id string, sure bool, take func(tx *db.Tx) error) error {
	x, err := w.accounts.Get(ctx, id)
	if err != nil {
		return err
	}
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		// Of two that are taken away at once neither must count on the other: both touch all,
		// so that one waits for the other and begins anew.
		for _, touch := range []string{
			`UPDATE passkey SET used = used WHERE account = $1`,
			`UPDATE identity SET made = made WHERE account = $1`,
			`UPDATE contact SET made = made WHERE account = $1`,
		} {
			if _, err := tx.Exec(ctx, touch, id); err != nil {
				return err
			}
		}
		had, err := w.into(ctx, tx, x)
		if err != nil {
			return err
		}
		if err := take(tx); err != nil {
			return err
		}
		has, err := w.into(ctx, tx, x)
		switch {
		case err != nil:
			return err
		case has > 0 || had == 0:
			return nil
		case account.Strong(x.Role):
			return errLastAtWork
		case !sure:
			return ErrLast
		}
		return nil
	})
}

// into counts the ways into an account. Getting back in, which takes a day, is none.
func (w *Ways) into(ctx context.Context, tx *db.Tx, x account.Account) (n int, err error) {
	if err := tx.Row(ctx, `SELECT COUNT(*) FROM passkey WHERE account = $1`, x.ID).Scan(&n); err != nil {
		return 0, err
	}
	for _, p := range w.providers { // one that is not there any more lets nobody in
		var has int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM identity WHERE account = $1 AND provider = $2`, x.ID, p.Name()).Scan(&has); err != nil {
			return 0, err
		}
		n += has
	}
	if account.Strong(x.Role) {
		return n, nil
	}
	var paper, mail int
	err = tx.Row(ctx, `SELECT (SELECT COUNT(*) FROM printed WHERE account = $1), (SELECT COUNT(*) FROM contact c WHERE c.account = $1 AND c.enters AND`+may+`)`, x.ID).Scan(&paper, &mail)
	if w.Mails() {
		n += mail
	}
	return n + paper, err
}
