package record

import (
	"context"
	"errors"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// A Pair is two records that may be one person's, for somebody to decide.
type Pair struct {
	Person, Other person.ID
	Score         int    // 0 to 100, for the order alone
	Why           string // likenesses, with spaces between them
	Answer        string // "", "same" or "different"
}

// Pairs are the open questions of who may be the same, the likeliest first.
func (d *Door) Pairs(ctx context.Context, limit int) (all []Pair, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `
			SELECT person, other, score, why, answer FROM candidate WHERE answer = ''
			ORDER BY score DESC, person, other LIMIT $1`, limit) {
			if err != nil {
				return err
			}
			var p Pair
			if err := rows.Scan((*int64)(&p.Person), (*int64)(&p.Other), &p.Score, &p.Why, &p.Answer); err != nil {
				return err
			}
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// Link joins two records that somebody decided are one person's: a line in each
// log. From then on either opens both, what was refused in one is refused, and
// every id stays what it was. Unlink parts them again.
func (d *Door) Link(ctx context.Context, who consent.Actor, a, b person.ID, reason string) error {
	return d.linked(ctx, who, a, b, reason, false)
}

// Unlink parts two records that were linked.
func (d *Door) Unlink(ctx context.Context, who consent.Actor, a, b person.ID, reason string) error {
	return d.linked(ctx, who, a, b, reason, true)
}

func (d *Door) linked(ctx context.Context, who consent.Actor, a, b person.ID, reason string, undo bool) error {
	if a == b || reason == "" {
		return fault.New(fault.Invalid, "Name two different records, and say why they are one person's or not.")
	}
	for range tries {
		var made []*change
		err := d.db.Tx(ctx, func(tx *db.Tx) error {
			made = made[:0]
			for _, pair := range [][2]int64{{int64(a), int64(b)}, {int64(b), int64(a)}} {
				w, err := d.load(ctx, tx, pair[0])
				if err != nil {
					return err
				}
				o := &opening{who: who, why: consent.Administration, subject: pair[0]}
				o.edits = []edited{{pair[0], jsonPart(partLink, link{pair[1], undo, reason}), 0}}
				c := o.change(w, tx.At)
				if err := d.insert(ctx, tx, w, c); err != nil {
					return err
				}
				made = append(made, c)
			}
			answer := "same"
			if undo {
				answer = "different"
			}
			_, err := tx.Exec(ctx, `
				UPDATE candidate SET answer = $1 WHERE person = $2 AND other = $3 OR person = $3 AND other = $2`,
				answer, int64(a), int64(b))
			return err
		})
		switch {
		case err == nil:
			return d.ledger.note(made)
		case errors.Is(err, fault.NotFound):
			return fault.NotFound
		case !errors.Is(err, db.Taken):
			return unsaved(err)
		}
	}
	return fault.Busy
}
