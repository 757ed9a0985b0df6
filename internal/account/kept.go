package account

import (
	"context"
	"errors"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// keptFor is for how long what was typed waits for whoever typed it, laidFor when they
// laid it aside themselves, and mostKept how many pages' worth of it: what is older goes
// first.
const (
	keptFor  = longest
	laidFor  = 30 * 24 * time.Hour
	mostKept = 20
)

// A Draft is what somebody had typed on one page when their session ended, or what they
// laid aside. It is theirs alone: it is in nobody's record until they send it.
type Draft struct {
	Path   string // of the page, or where the form was sent to
	Fields string // as forms write them: application/x-www-form-urlencoded
	Sent   bool   // they had sent it, and it was not taken
	Aside  bool   // they laid it aside to go on later
	At     clock.Time
}

// Left is for how long a session lasts if it is not used again: 0 when it is over. To ask
// is no use of it.
func (a *Accounts) Left(ctx context.Context, token string) (time.Duration, error) {
	who, used, err := a.session(ctx, token)
	if errors.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return used.Add(Idle(who.Role)).Sub(a.clock.Now()), nil
}

// Lapsed is whose session it was that nobody used for too long. NotFound when it was
// ended in another way, or by somebody: who signed out is done.
func (a *Accounts) Lapsed(ctx context.Context, token string) (account string, err error) {
	err = a.db.Row(ctx, `
		SELECT a.id FROM session s JOIN account a ON a.id = s.account AND a.version = s.version AND NOT a.suspended
		WHERE s.token = $1 AND s.until > $2`, hash(token), a.clock.Now()).Scan(&account)
	if errors.Is(err, db.NotFound) {
		err = fault.NotFound
	}
	return account, err
}

// Keep keeps what an account had typed, for twelve hours, or thirty days when they laid
// it aside. Of each path it keeps the last.
func (a *Accounts) Keep(ctx context.Context, account string, d Draft) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		until := tx.At.Add(keptFor)
		if d.Aside {
			until = tx.At.Add(laidFor)
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO kept (account, path, fields, sent, at, until) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (account, path) DO UPDATE SET fields = excluded.fields, sent = excluded.sent, at = excluded.at, until = excluded.until`,
			account, d.Path, d.Fields, d.Sent, tx.At, until)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `DELETE FROM kept WHERE until < $1`, tx.At); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM kept WHERE account = $1 AND path NOT IN (SELECT path FROM kept WHERE account = $1 ORDER BY at DESC, path LIMIT $2)`, account, mostKept)
		return err
	})
}

// Kept lists what an account had typed, the latest first.
func (a *Accounts) Kept(ctx context.Context, account string) (all []Draft, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT path, fields, sent, at, until FROM kept WHERE account = $1 AND until >= $2 ORDER BY at DESC, path`, account, a.clock.Now()) {
			if err != nil {
				return err
			}
			var d Draft
			var until clock.Time
			if err := rows.Scan(&d.Path, &d.Fields, &d.Sent, &d.At, &until); err != nil {
				return err
			}
			d.Aside = until.Sub(d.At) > keptFor
			all = append(all, d)
		}
		return nil
	})
	return all, err
}

// Drop throws away what an account had typed at a path.
func (a *Accounts) Drop(ctx context.Context, account, path string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM kept WHERE account = $1 AND path = $2`, account, path)
		return err
	})
}
