// Package retold counts how often what people had told was used in place of asking them
// again, for teams, organisations and places.
//
// It promises that nobody stands in it: a use says on which day, in which place, for which
// organisation and team, and of how many answers. Its token is made at random and leads
// nowhere; by it a use counts once, however often the outbox brings it. A small number of
// a place is not told: see [Few].
//
// This package owns the table:
//
//	retold (token, day, area, organisation, team, n)   each time something told was used
package retold

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/outbox"
	"onestory/internal/record"
)

// topic is the outbox's topic for a use.
const topic = "retold"

// Few is the number below which a place is told only that there were fewer.
const Few = 10

// A Use is that something told was used once, in something that was sent.
type Use struct {
	Token        string // random, made by the caller before the work that may run twice
	Area         string // a borough, as the directory calls it; "": more than one, or not known
	Organisation string
	Team         string // "": none
	N            int    // answers
}

// Telling is the use for the change that it belongs to: it counts when that is kept, and
// not otherwise.
func (u Use) Telling() record.Telling {
	b, err := json.Marshal(u)
	if err != nil {
		panic(err) // four texts and a number
	}
	return record.Telling{Topic: topic, Payload: b}
}

// A Counts is the uses in one database. Make it with New. Safe for concurrent use.
type Counts struct{ db *db.DB }

// New returns the uses in a database.
func New(d *db.DB) *Counts { return &Counts{d} }

// Handlers do what is left in the outbox.
func (c *Counts) Handlers() outbox.Handlers { return outbox.Handlers{topic: c.count} }

// count counts a use, the first time that it comes.
func (c *Counts) count(ctx context.Context, r outbox.Row) error {
	var u Use
	if err := json.Unmarshal(r.Payload, &u); err != nil {
		return fmt.Errorf("retold: %w", err)
	}
	if u.Token == "" {
		return errors.New("retold: a use has no token")
	}
	return c.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO retold (token, day, area, organisation, team, n) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			u.Token, day(tx.At), u.Area, u.Organisation, u.Team, u.N)
		return err
	})
}

// Of is how many answers were used this year for a team, or for all of an organisation
// when team is "".
func (c *Counts) Of(ctx context.Context, organisation, team string) (n int, err error) {
	err = c.db.Row(ctx, `
		SELECT COALESCE(SUM(n), 0) FROM retold WHERE organisation = $1 AND day >= $2 AND ($3 = '' OR team = $3)`,
		organisation, year(c.db.Now()), team).Scan(&n)
	return n, err
}

// Areas are how many answers were used this year, by place; those of no one place are
// under "". A place without any is not in it.
func (c *Counts) Areas(ctx context.Context) (map[string]int, error) {
	all := map[string]int{}
	err := c.db.Read(ctx, func(tx *db.Tx) error {
		clear(all)
		for rows, err := range tx.Each(ctx, `SELECT area, SUM(n) FROM retold WHERE day >= $1 GROUP BY area`, year(tx.At)) {
			if err != nil {
				return err
			}
			var area string
			var n int
			if err := rows.Scan(&area, &n); err != nil {
				return err
			}
			all[area] = n
		}
		return nil
	})
	return all, err
}

func day(t clock.Time) string { return t.FHIR()[:10] }

// year is the first day of the year.
func year(t clock.Time) string { return day(t)[:4] + "-01-01" }
