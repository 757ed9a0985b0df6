package account

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// given are the roles that an organisation's administrators give. Those who could look
// into everything of an organisation, or of the area, are made by others.
var given = []string{"gp", "nurse", "social-worker", "care-coordinator", "link-worker", "paramedic", "pharmacist", "reception"}

// Given lists the roles that an organisation's administrators give.
func Given() []string { return slices.Clone(given) }

// Admin is the role of those who look after an organisation's accounts, and see nothing
// about any person.
const Admin = "organisation-admin"

const (
	undoFor   = 24 * time.Hour
	waitsFor  = 7 * 24 * time.Hour
	mostAtOne = 2000 // changes at once
)

// A Change is what an administrator says that an account shall be.
type Change struct {
	Account          string // its ID; "" of a joiner, for whom one is made
	Name, Role, Team string
	Suspended        bool
}

// A Planned is a change with what it would do.
type Planned struct {
	Change
	Did     string  // join, change, suspend, return, or nothing
	Before  Account // what it is now; of a joiner nothing
	Problem string  // why it cannot be done; "" when it can
}

// An Act is one line of what administrators did.
type Act struct {
	Batch         int64 // those that were done together
	At            clock.Time
	By, Name, Did string // who did what to whom, as they were called
	Account       string
	Before, After Account
	Undoable      bool
}

// Staff lists the accounts of an organisation by name, its administrators among them.
func (a *Accounts) Staff(ctx context.Context, organisation string) (all []Account, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all, err = a.staff(ctx, tx, `organisation = $1 ORDER BY name, id`, organisation)
		return err
	})
	return all, err
}

func (a *Accounts) staff(ctx context.Context, tx *db.Tx, which string, args ...any) (all []Account, err error) {
	for rows, err := range tx.Each(ctx, `SELECT `+columns+` FROM account WHERE `+which, args...) {
		if err != nil {
			return nil, err
		}
		var x Account
		if err := rows.Scan(&x.ID, &x.Name, (*int64)(&x.Person), &x.Role, &x.Team, &x.Organisation, &x.Suspended, &x.Version); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// Plan says what changes would do, and which cannot be done and why. It does nothing.
func (a *Accounts) Plan(ctx context.Context, by consent.Actor, all []Change) (plan []Planned, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		plan, err = a.plan(ctx, tx, by, all)
		return err
	})
	return plan, err
}

func (a *Accounts) plan(ctx context.Context, tx *db.Tx, by consent.Actor, all []Change) ([]Planned, error) {
	if len(all) > mostAtOne {
		return nil, fault.New(fault.Invalid, "That is more than 2,000 people at once. Split it into parts.")
	}
	here, err := a.staff(ctx, tx, `organisation = $1`, by.Organisation.ID)
	if err != nil {
		return nil, err
	}
	teams := map[string]bool{"": true}
	for rows, err := range tx.Each(ctx, `SELECT id FROM team WHERE organisation = $1`, by.Organisation.ID) {
		if err != nil {
			return nil, err
		}
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		teams[id] = true
	}
	var plan []Planned
	seen := map[string]bool{}
	for _, c := range all {
		p := Planned{Change: c, Did: "join"}
		if c.Account != "" {
			i := slices.IndexFunc(here, func(x Account) bool { return x.ID == c.Account })
			if i >= 0 {
				p.Before = here[i]
			}
		}
		p.Problem = p.trouble(by, teams, seen)
		seen[c.Account] = true
		if p.Before.ID != "" {
			p.Did = p.Before.to(c)
		}
		plan = append(plan, p)
	}
	return plan, nil
}

// trouble is why a change cannot be done, or "".
func (p *Planned) trouble(by consent.Actor, teams, seen map[string]bool) string {
	switch {
	case strings.TrimSpace(p.Name) == "" || len(p.Name) > 200:
		return "A name is missing, or longer than 200 letters."
	case p.Account == by.Account:
		return "Nobody changes their own account. Ask another administrator."
	case p.Account != "" && p.Before.ID == "":
		return "Nobody with this account works in your organisation."
	case p.Account != "" && seen[p.Account]:
		return "This account is in the list twice."
	case p.Before.ID != "" && !slices.Contains(given, p.Before.Role):
		return "This account is looked after elsewhere."
	case !slices.Contains(given, p.Role):
		return "The role must be one of: " + strings.Join(given, ", ") + "."
	case !teams[p.Team]:
		return "There is no such team in your organisation."
	case p.Account == "" && p.Suspended:
		return "Somebody who joins cannot be suspended already."
	}
	return ""
}

// to says what a change does to an account.
func (x Account) to(c Change) string {
	switch {
	case !x.Suspended && c.Suspended:
		return "suspend"
	case x.Suspended && !c.Suspended:
		return "return"
	case x.Name != c.Name || x.Role != c.Role || x.Team != c.Team:
		return "change"
	}
	return "nothing"
}

// Administer makes changes, all or none, and writes down who made them. It answers the
// accounts of those who joined, in the order of the changes; the link of each waits for
// another administrator (Confirm). What is changed takes hold in
// the next request of whoever it is about. Invalid says which line cannot be done.
func (a *Accounts) Administer(ctx context.Context, by consent.Actor, all []Change) (joined []Account, err error) {
	err = a.db.Tx(ctx, func(tx *db.Tx) error {
		joined = nil
		plan, err := a.plan(ctx, tx, by, all)
		if err != nil {
			return err
		}
		var acts []Planned
		for _, p := range plan {
			if p.Problem != "" {
				return fault.New(fault.Invalid, p.Name+": "+p.Problem)
			}
			if p.Did != "nothing" {
				acts = append(acts, p)
			}
		}
		batch := batchID()
		for i, p := range acts {
			after := Account{ID: p.Account, Name: p.Name, Role: p.Role, Team: p.Team, Organisation: by.Organisation.ID, Suspended: p.Suspended, Person: p.Before.Person}
			if p.Did == "join" {
				after.ID = "s-" + strings.ToLower(rand.Text()[:10])
				joined = append(joined, after)
			}
			if err := write(ctx, tx, after); err != nil {
				return err
			}
			if err := noted(ctx, tx, by, batch, int64(i), p.Did, p.Before, after); err != nil {
				return err
			}
			if p.Did != "join" {
				continue
			}
			// who could add a nurse and sign in as her would look into records alone
			if err := asks(ctx, tx, by, Waiting{What: Joiner, Account: after.ID, Name: after.Name}); err != nil {
				return err
			}
		}
		return nil
	})
	return joined, err
}

// write adds or changes an account, and ends its sessions.
func write(ctx context.Context, tx *db.Tx, x Account) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO account (id, name, person, role, team, organisation, suspended, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, person = excluded.person, role = excluded.role,
			team = excluded.team, organisation = excluded.organisation, suspended = excluded.suspended,
			version = account.version + 1`,
		x.ID, x.Name, int64(x.Person), x.Role, x.Team, x.Organisation, x.Suspended)
	return err
}

// batchID names what is done together.
func batchID() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:]) >> 1)
}

// noted writes down one act of an administrator, the nth of a batch.
func noted(ctx context.Context, tx *db.Tx, by consent.Actor, batch, n int64, did string, before, after Account) error {
	was, err := json.Marshal(before)
	if err != nil {
		return err
	}
	is, err := json.Marshal(after)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO administration (batch, n, at, organisation, by_account, by_name, account, did, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		batch, n, tx.At, by.Organisation.ID, by.Account, by.Name, after.ID, did, string(was), string(is))
	return err
}

// Acts lists what was done to the accounts of an organisation, the latest first.
func (a *Accounts) Acts(ctx context.Context, organisation string, most int) (all []Act, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all, err = a.acts(ctx, tx, `organisation = $1 ORDER BY at DESC, batch, n LIMIT $2`, organisation, most)
		return err
	})
	return all, err
}

func (a *Accounts) acts(ctx context.Context, tx *db.Tx, which string, args ...any) (all []Act, err error) {
	for rows, err := range tx.Each(ctx, `SELECT batch, at, by_name, account, did, before, after FROM administration WHERE `+which, args...) {
		if err != nil {
			return nil, err
		}
		var x Act
		var before, after string
		if err := rows.Scan(&x.Batch, &x.At, &x.By, &x.Account, &x.Did, &before, &after); err != nil {
			return nil, err
		}
		if err := errors.Join(json.Unmarshal([]byte(before), &x.Before), json.Unmarshal([]byte(after), &x.After)); err != nil {
			return nil, err
		}
		x.Name = x.After.Name
		x.Undoable = a.clock.Now() < x.At.Add(undoFor) && slices.Contains([]string{"join", "change", "suspend", "return"}, x.Did)
		all = append(all, x)
	}
	return all, nil
}

// Undo puts the accounts of one batch back as they were, within a day, and answers the
// names of those who have been changed since and stay as they are. Who had joined is
// suspended: an account is never forgotten.
func (a *Accounts) Undo(ctx context.Context, by consent.Actor, batch int64) (left []string, err error) {
	err = a.db.Tx(ctx, func(tx *db.Tx) error {
		left = nil
		all, err := a.acts(ctx, tx, `organisation = $1 AND batch = $2 ORDER BY n`, by.Organisation.ID, batch)
		if err != nil {
			return err
		}
		if len(all) == 0 || !all[0].Undoable {
			return fault.NotFound
		}
		back := batchID()
		for i, x := range all {
			now, err := a.staff(ctx, tx, `id = $1`, x.Account)
			if err != nil {
				return err
			}
			if len(now) != 1 || x.Account == by.Account || !now[0].same(x.After) {
				left = append(left, x.Name)
				continue
			}
			was := x.Before
			if x.Did == "join" {
				was = x.After
				was.Suspended = true
			}
			there, err := teamThere(ctx, tx, was)
			if err != nil {
				return err
			}
			if !there {
				left = append(left, x.Name)
				continue
			}
			if err := write(ctx, tx, was); err != nil {
				return err
			}
			if err := noted(ctx, tx, by, back, int64(i), "undo", now[0], was); err != nil {
				return err
			}
		}
		return nil
	})
	return left, err
}

// same reports whether two are alike but for their version.
func (x Account) same(y Account) bool {
	y.Version = x.Version
	return x == y
}
