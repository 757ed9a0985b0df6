package record

import (
	"context"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
)

// A visit is how long looks are of one visit: what is new to somebody stays new while
// they turn pages.
const visit = 30 * time.Minute

// looksBack is how many looks of one kind are read to find the actor's own.
const looksBack = 500

// Before is when the actor last looked at this person in one way (see Doing), on an
// earlier visit; 0 when they never did, or very many others did since.
func (v View) Before(ctx context.Context, what string) (last clock.Time, err error) {
	err = v.o.door.db.Read(ctx, func(tx *db.Tx) error {
		last = 0
		for _, w := range v.o.wholes {
			for rows, err := range tx.Each(ctx, `SELECT actor, at FROM look WHERE person = $1 AND what = $2 AND at < $3 ORDER BY at DESC LIMIT $4`,
				w.person, what, v.o.now.Add(-visit), looksBack) {
				if err != nil {
					return err
				}
				var actor string
				var at clock.Time
				if err := rows.Scan(&actor, &at); err != nil {
					return err
				}
				if asWho(actor).Account == v.o.who.Account {
					last = max(last, at)
					break
				}
			}
		}
		return nil
	})
	return last, err
}
