package record

import (
	"context"
	"fmt"
	"math"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/person"
)

// A Circle is one membership of a party: whose, and as what.
type Circle struct {
	Person person.ID
	Role   string
}

// Circles lists whose circles an actor is in now. Each is to be opened through the
// door before anything of theirs is shown or counted.
func (d *Door) Circles(ctx context.Context, who consent.Actor) (all []Circle, err error) {
	seen := map[person.ID]bool{}
	now := d.clock.Now()
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		for _, p := range append([]consent.Party{who.Individual, who.Team, who.Organisation}, who.Parties...) {
			if p.ID == "" {
				continue
			}
			for rows, err := range tx.Each(ctx, `SELECT person, role FROM held WHERE party = $1 AND until > $2 ORDER BY person`, partyKey(p), now) {
				if err != nil {
					return err
				}
				var c Circle
				if err := rows.Scan((*int64)(&c.Person), &c.Role); err != nil {
					return err
				}
				if !seen[c.Person] {
					seen[c.Person] = true
					all = append(all, c)
				}
			}
		}
		return nil
	})
	return all, err
}

// Everyone calls yield with the number of every person, for export and measuring.
// It reads no content; each is opened, or exported, through the door.
func (d *Door) Everyone(ctx context.Context, yield func(person.ID) error) error {
	return d.people(ctx, `SELECT person FROM change WHERE seq = 1 AND person > $1 ORDER BY person LIMIT 500`,
		func(p int64) error { return yield(person.ID(p)) })
}

// people yields the persons that a question lists: those after $1, some at a time,
// in order. No transaction is open while yield runs.
func (d *Door) people(ctx context.Context, question string, yield func(int64) error) error {
	for last := int64(math.MinInt64); ; {
		var page []int64
		err := d.db.Read(ctx, func(tx *db.Tx) error {
			for rows, err := range tx.Each(ctx, question, last) {
				if err != nil {
					return err
				}
				var p int64
				if err := rows.Scan(&p); err != nil {
					return err
				}
				page = append(page, p)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("record: listing persons: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, p := range page {
			if err := yield(p); err != nil {
				return err
			}
			last = p
		}
	}
}
