package account

import (
	"context"
	"errors"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// prompts.go is what an organisation asks people to think of when they plan. Prompts are
// shown beside a plan while the organisation is in the circle; they ask, and hold nobody
// to anything.

// A Prompt is one question of an organisation, for one part of a plan.
type Prompt struct {
	ID           string
	Organisation string
	Part         string // a code of plan.Parts
	Words        string
}

// mostPrompts is how many an organisation has, and longestPrompt how many letters each.
const (
	mostPrompts   = 20
	longestPrompt = 150
)

// Prompts lists those of an organisation, the first made first.
func (a *Accounts) Prompts(ctx context.Context, organisation string) (all []Prompt, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for rows, err := range tx.Each(ctx, `SELECT id, organisation, part, words FROM prompt WHERE organisation = $1 ORDER BY made, id`, organisation) {
			if err != nil {
				return err
			}
			var p Prompt
			if err := rows.Scan(&p.ID, &p.Organisation, &p.Part, &p.Words); err != nil {
				return err
			}
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// SetPrompt adds a prompt to the administrator's organisation or changes one of it, and
// writes down who did. It answers Invalid with what to put right, NotFound for others'.
func (a *Accounts) SetPrompt(ctx context.Context, by consent.Actor, p Prompt) error {
	var c fault.Check
	c.That(p.Part != "", "part", "Choose a part of the plan")
	c.That(p.Words != "", "words", "Write the question")
	c.That(len([]rune(p.Words)) <= longestPrompt, "words", "Use at most 150 letters")
	if err := c.Err(); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var was Prompt
		var there int64
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM prompt WHERE organisation = $1`, by.Organisation.ID).Scan(&there); err != nil {
			return err
		}
		err := tx.Row(ctx, `SELECT organisation, words FROM prompt WHERE id = $1`, p.ID).Scan(&was.Organisation, &was.Words)
		did := "prompt-change"
		switch {
		case errors.Is(err, db.NotFound) && there >= mostPrompts:
			return fault.New(fault.Refused, "There are 20 questions already. End one of them first.")
		case errors.Is(err, db.NotFound):
			did = "prompt"
		case err != nil:
			return err
		case was.Organisation != by.Organisation.ID:
			return fault.NotFound
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO prompt (id, organisation, part, words, made) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET part = excluded.part, words = excluded.words`,
			p.ID, by.Organisation.ID, p.Part, p.Words, tx.At)
		if err != nil {
			return err
		}
		return noted(ctx, tx, by, batchID(), 0, did, Account{Name: was.Words}, Account{ID: p.ID, Name: p.Words})
	})
}

// EndPrompt takes a prompt away, and writes down who did. What was written in answer to
// it stays.
func (a *Accounts) EndPrompt(ctx context.Context, by consent.Actor, prompt string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var words string
		err := tx.Row(ctx, `DELETE FROM prompt WHERE id = $1 AND organisation = $2 RETURNING words`, prompt, by.Organisation.ID).Scan(&words)
		if errors.Is(err, db.NotFound) {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		return noted(ctx, tx, by, batchID(), 0, "prompt-end", Account{Name: words}, Account{ID: prompt, Name: words})
	})
}
