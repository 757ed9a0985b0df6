package account

import (
	"context"
	"errors"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// helpLasts is for how long somebody is helped before it is asked for anew.
const helpLasts = 30 * time.Minute

// A Help is one person, present or on the telephone, who is helped in a session.
type Help struct {
	Person         person.ID
	Started, Until clock.Time
	How            string // how the helper made sure who it is
}

// Help begins helping: until Helped, or for 30 minutes, the session acts as that person
// would, in its own name. It helps one person at a time. A person is never helped by
// an account of their own.
func (a *Accounts) Help(ctx context.Context, token string, p person.ID, how string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var own person.ID
		err := tx.Row(ctx, `SELECT a.person FROM session s JOIN account a ON a.id = s.account WHERE s.token = $1`, hash(token)).Scan((*int64)(&own))
		if errors.Is(err, db.NotFound) {
			return fault.NotFound
		}
		if err != nil {
			return err
		}
		if own == p {
			return fault.New(fault.Refused, "This is you. Sign in as yourself for your own record.")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM helping WHERE session = $1 OR until < $2`, hash(token), tx.At.Add(-longest)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO helping (session, person, started, until, how) VALUES ($1, $2, $3, $4, $5)`,
			hash(token), int64(p), tx.At, tx.At.Add(helpLasts), how)
		return err
	})
}

// Helping is whom a session helps, or helped last: Until tells which. NotFound says
// nobody.
func (a *Accounts) Helping(ctx context.Context, token string) (h Help, err error) {
	err = a.db.Row(ctx, `SELECT person, started, until, how FROM helping WHERE session = $1`, hash(token)).
		Scan((*int64)(&h.Person), &h.Started, &h.Until, &h.How)
	if errors.Is(err, db.NotFound) {
		return h, fault.NotFound
	}
	return h, err
}

// Helped ends the helping of a session, at once.
func (a *Accounts) Helped(ctx context.Context, token string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM helping WHERE session = $1`, hash(token))
		return err
	})
}
