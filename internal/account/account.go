// Package account knows who may sign in, and as what: accounts, organisations with
// their sector, and sessions. It turns a session into a consent.Actor.
//
// A session is a random token of which only a hash is stored, ended on the server.
// It names the account's version: when role, team or suspension change, the
// version does, and the very next request finds out (see Standing). Signing in
// with a link that onestory user made works once. Where someone signs in as a
// resident, Person is their record; that an account and a record belong together
// is known here and nowhere else.
//
// This package owns the tables:
//
//	organisation (id, name, sector)
//	team         (id, name, organisation)
//	account      (id, name, person, role, team, organisation, suspended, version)
//	post         (account, n, role, team, organisation)
//	session      (token, account, version, started, used, until, device, strong, proved, posts, post)
//	kept         (account, path, fields, sent, at, until)
//	signin       (token, account, until, code, tries, asker)
//	helping      (session, person, started, until, how)
//	administration (batch, n, at, organisation, by_account, by_name, account, did, before, after)
//	seconding    (id, organisation, what, account, name, by_account, by_name, until)
//	prompt       (id, organisation, part, words, made)
//	fact         (name, value)   what the database is for
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// An Organisation is a body that people work for.
type Organisation struct {
	ID     string
	Name   string
	Sector string // consent.NHS, Council, Private or Voluntary
}

// An Account is somebody who may sign in, in one role.
type Account struct {
	ID           string // short, as it is written in rules and the journal
	Name         string
	Person       person.ID // their own record, or 0
	Role         string    // one of consent.Roles
	Team         string    // "" for none
	Organisation string    // the ID of an organisation, "" for none
	Suspended    bool
	Version      int64 // grows when anything above changes
}

// Accounts are the accounts of one database.
type Accounts struct {
	db    *db.DB
	clock *clock.Clock
}

// New returns the accounts kept in d.
func New(d *db.DB, c *clock.Clock) *Accounts { return &Accounts{d, c} }

// How long a session lasts: without use, which is longer for residents, and at all.
const (
	idleStaff    = 15 * time.Minute
	idleResident = 30 * time.Minute
	longest      = 12 * time.Hour
	linkLasts    = 15 * time.Minute
)

// AddOrganisation adds or replaces an organisation.
func (a *Accounts) AddOrganisation(ctx context.Context, o Organisation) error {
	if o.ID == "" || o.Name == "" || !slices.Contains([]string{consent.NHS, consent.Council, consent.Private, consent.Voluntary}, o.Sector) {
		return fault.New(fault.Invalid, "An organisation needs an id, a name and a sector: nhs, council, private or voluntary.")
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO organisation (id, name, sector) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, sector = excluded.sector`, o.ID, o.Name, o.Sector)
		return err
	})
}

// Organisations lists all organisations by name.
func (a *Accounts) Organisations(ctx context.Context) (all []Organisation, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT id, name, sector FROM organisation ORDER BY name`) {
			if err != nil {
				return err
			}
			var o Organisation
			if err := rows.Scan(&o.ID, &o.Name, &o.Sector); err != nil {
				return err
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

// A Team is people of one organisation who do the same work together. It is in
// people's circles as one, so that somebody leaves and the place stays.
type Team struct {
	ID           string
	Name         string // as people would know it: "District nurses, Ealing"
	Organisation string // the ID of an organisation, "" for none
}

// AddTeam adds or replaces a team. It changes nothing about who is in it.
func (a *Accounts) AddTeam(ctx context.Context, t Team) error {
	if err := t.check(); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error { return t.put(ctx, tx) })
}

func (t Team) check() error {
	if t.ID == "" || t.Name == "" {
		return fault.New(fault.Invalid, "A team needs an id, and a name that people would know it by.")
	}
	return nil
}

func (t Team) put(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO team (id, name, organisation) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, organisation = excluded.organisation`, t.ID, t.Name, t.Organisation)
	return err
}

// Team returns one team; fault.NotFound when nobody has given it a name.
func (a *Accounts) Team(ctx context.Context, id string) (t Team, err error) {
	err = a.db.Row(ctx, `SELECT id, name, organisation FROM team WHERE id = $1`, id).Scan(&t.ID, &t.Name, &t.Organisation)
	if errors.Is(err, db.NotFound) {
		return t, fault.New(fault.NotFound, "There is no such team.")
	}
	return t, err
}

// Put adds an account, or changes one: its version then grows, and every session
// of it that thinks otherwise is over.
func (a *Accounts) Put(ctx context.Context, x Account) error {
	if x.ID == "" || x.Name == "" || !slices.Contains(consent.Roles(), x.Role) {
		return fault.New(fault.Invalid, "An account needs an id, a name and one of the roles: "+fmt.Sprint(consent.Roles())+".")
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error { return write(ctx, tx, x) })
}

const columns = `id, name, person, role, team, organisation, suspended, version`

// Get returns one account; fault.NotFound when there is none.
func (a *Accounts) Get(ctx context.Context, id string) (x Account, err error) {
	err = a.db.Row(ctx, `SELECT `+columns+` FROM account WHERE id = $1`, id).
		Scan(&x.ID, &x.Name, (*int64)(&x.Person), &x.Role, &x.Team, &x.Organisation, &x.Suspended, &x.Version)
	if errors.Is(err, db.NotFound) {
		return x, fault.New(fault.NotFound, "There is no such account.")
	}
	return x, err
}

// All lists every account by id.
func (a *Accounts) All(ctx context.Context) (all []Account, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT `+columns+` FROM account ORDER BY id`) {
			if err != nil {
				return err
			}
			var x Account
			if err := rows.Scan(&x.ID, &x.Name, (*int64)(&x.Person), &x.Role, &x.Team, &x.Organisation, &x.Suspended, &x.Version); err != nil {
				return err
			}
			all = append(all, x)
		}
		return nil
	})
	return all, err
}

// Link makes a sign-in link's token, which works once within 15 minutes.
func (a *Accounts) Link(ctx context.Context, account string) (token string, err error) {
	if _, err := a.Get(ctx, account); err != nil {
		return "", err
	}
	token, hashed := fresh()
	return token, a.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO signin (token, account, until) VALUES ($1, $2, $3)`, hashed, account, tx.At.Add(linkLasts))
		return err
	})
}

// Redeem uses a link up and begins a session. Of many who try at once, one succeeds. A link
// that two made needs the code too: ErrCode without it.
func (a *Accounts) Redeem(ctx context.Context, link, code, device string) (token string, err error) {
	var account string
	var wrong bool
	err = a.db.Tx(ctx, func(tx *db.Tx) (err error) {
		account, wrong, err = take(ctx, tx, link, code)
		return err
	})
	if err != nil {
		return "", err
	}
	if wrong {
		return "", ErrCode
	}
	return a.Begin(ctx, account, How{Device: device}) // a link is one factor
}

// Begin begins a session for an account that has proved who it is. A new token is
// made at every sign-in; the old one, if any, is for the caller to End.
func (a *Accounts) Begin(ctx context.Context, account string, how How) (token string, err error) {
	x, err := a.Get(ctx, account)
	if err != nil {
		return "", err
	}
	if x.Suspended {
		return "", fault.New(fault.Refused, "This account is suspended. Ask whoever looks after accounts in your organisation.")
	}
	token, hashed := fresh()
	return token, a.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE until < $1`, tx.At); err != nil {
			return err
		}
		proved := tx.At.Add(-how.Ago)
		if how.Paper {
			proved = 0
		}
		post := int64(unchosen)
		mine, err := posts(ctx, tx, account)
		if err != nil {
			return err
		}
		if mine = how.among(mine); len(mine) == 1 {
			post = mine[0].N
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO session (token, account, version, started, used, until, device, strong, proved, post, posts)
			VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10)`,
			hashed, account, x.Version, tx.At, tx.At.Add(longest), how.Device, how.Strong, proved, post, how.only())
		return err
	})
}

// End ends a session on the server.
func (a *Accounts) End(ctx context.Context, token string) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM session WHERE token = $1`, hash(token))
		return err
	})
}

func fresh() (token string, hashed []byte) {
	var b [24]byte
	rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hash(token)
}

func hash(token string) []byte {
	h := sha256.Sum256([]byte("onestory session " + token))
	return h[:]
}
