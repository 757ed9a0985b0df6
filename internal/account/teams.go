package account

import (
	"context"
	"errors"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// teams.go is the teams of an organisation, as its administrators look after them.

// Teams lists the teams of an organisation by name.
func (a *Accounts) Teams(ctx context.Context, organisation string) (all []Team, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT id, name, organisation FROM team WHERE organisation = $1 ORDER BY name, id`, organisation) {
			if err != nil {
				return err
			}
			var t Team
			if err := rows.Scan(&t.ID, &t.Name, &t.Organisation); err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	return all, err
}

// SetTeam adds a team to the administrator's organisation or renames one of it, and writes
// down who did.
func (a *Accounts) SetTeam(ctx context.Context, by consent.Actor, t Team) error {
	t.Organisation = by.Organisation.ID
	if err := t.check(); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var was Team
		err := tx.Row(ctx, `SELECT id, name, organisation FROM team WHERE id = $1`, t.ID).Scan(&was.ID, &was.Name, &was.Organisation)
		did := "team-rename"
		switch {
		case errors.Is(err, db.NotFound):
			did = "team"
		case err != nil:
			return err
		case was.Organisation != t.Organisation:
			return fault.NotFound
		case was == t:
			return nil
		}
		if err := t.put(ctx, tx); err != nil {
			return err
		}
		return noted(ctx, tx, by, batchID(), 0, did, Account{Name: was.Name}, Account{ID: t.ID, Name: t.Name})
	})
}

// EndTeam takes a team away in which nobody is, and writes down who did.
func (a *Accounts) EndTeam(ctx context.Context, by consent.Actor, team string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var name string
		err := tx.Row(ctx, `DELETE FROM team WHERE id = $1 AND organisation = $2 RETURNING name`, team, by.Organisation.ID).Scan(&name)
		if errors.Is(err, db.NotFound) {
			err = fault.NotFound // also of a team of others, whoever is in it
		}
		if err != nil {
			return err
		}
		var n int64
		err = tx.Row(ctx, `SELECT (SELECT COUNT(*) FROM account WHERE team = $1) + (SELECT COUNT(*) FROM post WHERE team = $1)`, team).Scan(&n)
		if err == nil && n > 0 {
			err = fault.New(fault.Refused, "There are still people in this team. Move them to another one first.")
		}
		if err != nil {
			return err
		}
		return noted(ctx, tx, by, batchID(), 0, "team-end", Account{Name: name}, Account{ID: team, Name: name})
	})
}

// teamThere reports whether the team that an account was in has not been ended since.
func teamThere(ctx context.Context, tx *db.Tx, x Account) (bool, error) {
	var n int64
	err := tx.Row(ctx, `SELECT COUNT(*) FROM team WHERE id = $1 AND organisation = $2`, x.Team, x.Organisation).Scan(&n)
	return x.Team == "" || n == 1, err
}
