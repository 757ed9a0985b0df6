package account

import (
	"context"
	"errors"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// Actor is who a session acts as. fault.NotFound says that there is no such session,
// or no longer: sign in again. Using a session keeps it alive, up to its longest.
func (a *Accounts) Actor(ctx context.Context, token string) (who consent.Actor, err error) {
	who, used, err := a.session(ctx, token)
	if err != nil {
		return consent.Actor{}, err
	}
	if now := a.clock.Now(); now.Sub(used) > time.Minute { // not on every request: that would be a write each
		err = a.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE session SET used = $1 WHERE token = $2`, now, hash(token))
			return err
		})
	}
	return who, err
}

// Still is who a session acts as, like Actor, but is no use of it: what a page does by
// itself keeps no session alive.
func (a *Accounts) Still(ctx context.Context, token string) (consent.Actor, error) {
	who, _, err := a.session(ctx, token)
	return who, err
}

// session is who a session acts as and when it was last used.
func (a *Accounts) session(ctx context.Context, token string) (who consent.Actor, used clock.Time, err error) {
	var x Account
	var o Organisation
	var version int64
	var until clock.Time
	var helped int64
	var strong bool
	now := a.clock.Now()
	err = a.db.Row(ctx, `
		SELECT COALESCE(h.person, 0), s.strong, s.version, s.used, s.until, a.id, a.name, a.person, a.suspended, a.version,
			COALESCE(p.role, CASE WHEN s.post = 0 THEN a.role ELSE '' END), COALESCE(p.team, a.team),
			COALESCE(o.id, ''), COALESCE(o.name, ''), COALESCE(o.sector, '')
		FROM session s JOIN account a ON a.id = s.account LEFT JOIN post p ON p.account = s.account AND p.n = s.post
			LEFT JOIN organisation o ON o.id = COALESCE(p.organisation, a.organisation)
			LEFT JOIN helping h ON h.session = s.token AND h.until > $2
		WHERE s.token = $1`, hash(token), now).
		Scan(&helped, &strong, &version, &used, &until, &x.ID, &x.Name, (*int64)(&x.Person), &x.Suspended, &x.Version, &x.Role, &x.Team, &o.ID, &o.Name, &o.Sector)
	switch {
	case errors.Is(err, db.NotFound):
		return who, 0, fault.NotFound
	case err != nil:
		return who, 0, err
	case now >= until || now >= used.Add(Idle(x.Role)) || version != x.Version || x.Suspended:
		return who, 0, fault.NotFound
	}
	if who = x.actor(o); x.Role == "" || Strong(x.Role) && !strong {
		return consent.Actor{Account: x.ID, Version: x.Version, Name: x.Name}, used, nil // no role until one is chosen, and until there are two factors
	}
	if helped != 0 {
		who.Person, who.For = helped, helped
	}
	return who, used, nil
}

// Idle is how long a session of a role lasts that nobody uses.
func Idle(role string) time.Duration {
	if role == "resident" || role == "carer" {
		return idleResident
	}
	return idleStaff
}

// As is who an account acts as, without a session: for commands and demo data.
func (a *Accounts) As(ctx context.Context, account string) (consent.Actor, error) {
	x, err := a.Get(ctx, account)
	if err != nil {
		return consent.Actor{}, err
	}
	var o Organisation
	err = a.db.Row(ctx, `SELECT id, name, sector FROM organisation WHERE id = $1`, x.Organisation).Scan(&o.ID, &o.Name, &o.Sector)
	if err != nil && !errors.Is(err, db.NotFound) {
		return consent.Actor{}, err
	}
	return x.actor(o), nil
}

func (x Account) actor(o Organisation) consent.Actor {
	who := consent.Actor{
		Account: x.ID, Version: x.Version, Name: x.Name, Role: x.Role, Person: int64(x.Person),
		Individual: consent.Party{Level: consent.Individual, ID: x.ID},
	}
	if x.Team != "" {
		who.Team = consent.Party{Level: consent.Team, ID: x.Team}
	}
	if o.ID != "" {
		who.Organisation = consent.Party{Level: consent.Organisation, ID: o.ID}
		who.OrganisationName = o.Name
		who.Sector = consent.Party{Level: consent.Sector, ID: o.Sector}
	}
	return who
}

// Standing answers fault.Refused unless the account still is what the actor was
// made from: the door asks on every open, on the same connection.
func (a *Accounts) Standing(ctx context.Context, tx *db.Tx, who consent.Actor) error {
	var version int64
	var suspended bool
	err := tx.Row(ctx, `SELECT version, suspended FROM account WHERE id = $1`, who.Account).Scan(&version, &suspended)
	if err != nil && !errors.Is(err, db.NotFound) {
		return err
	}
	if err != nil || suspended || version != who.Version {
		return fault.New(fault.Refused, "Your account has changed. Sign in again.")
	}
	return nil
}

// Mark writes down once what a database is for: "demo" or "real". It answers what
// it is for already, if that was said before.
func (a *Accounts) Mark(ctx context.Context, purpose string) (is string, err error) {
	before, err := a.Fact(ctx, "purpose", purpose)
	if before == "" {
		before = purpose
	}
	return before, err
}

// Marked is what the database is for, or "" when nobody said yet.
func (a *Accounts) Marked(ctx context.Context) (is string, err error) { return a.fact(ctx, "purpose") }

// Fact answers a single fact about the database, or, when there is none, writes
// down the one given and answers "". Of many who ask at once, one gets "".
func (a *Accounts) Fact(ctx context.Context, name, otherwise string) (is string, err error) {
	var made int64
	err = a.db.Tx(ctx, func(tx *db.Tx) error {
		made, err = tx.Exec(ctx, `INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, otherwise)
		return err
	})
	if err != nil || made == 1 {
		return "", err
	}
	return a.fact(ctx, name)
}

// EndAll ends every session and every link to sign in with, as after a restore: who had
// one may have lost the right to it since.
func EndAll(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM session`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM signin`)
	return err
}

// SetFact replaces a fact about the database.
func (a *Accounts) SetFact(ctx context.Context, name, value string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error { return Note(ctx, tx, name, value) })
}

// Note is SetFact in a transaction that is under way.
func Note(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Noted answers a fact about the database as a transaction has it, or "".
func Noted(ctx context.Context, tx *db.Tx, name string) (is string, err error) {
	err = tx.Row(ctx, `SELECT value FROM fact WHERE name = $1`, name).Scan(&is)
	if errors.Is(err, db.NotFound) {
		return "", nil
	}
	return is, err
}

func (a *Accounts) fact(ctx context.Context, name string) (is string, err error) {
	err = a.db.Row(ctx, `SELECT value FROM fact WHERE name = $1`, name).Scan(&is)
	if errors.Is(err, db.NotFound) {
		return "", nil
	}
	return is, err
}
