package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// A Post is one thing that somebody does at work. An account has one, which is the role,
// team and organisation of the account itself, and maybe more. A session is for one of
// them, so that nobody sees with the sum of what all their roles may see.
type Post struct {
	N            int64 // 0 is that of the account itself
	Role         string
	Team         string // "" for none
	Organisation string // the ID of an organisation, "" for none

	TeamName, OrganisationName string // what people call them, as Posts and Choice fill in
}

// unchosen is the post of a session whose owner has yet to say for which it is: it has no
// role.
const unchosen = -1

// AddPost gives an account one more post and answers its number. Its sessions end, as when
// anything else of it changes. People on their own or their family's behalf have none.
func (a *Accounts) AddPost(ctx context.Context, account string, p Post) (n int64, err error) {
	if !slices.Contains(consent.Roles(), p.Role) || !Strong(p.Role) {
		return 0, fault.New(fault.Invalid, "A further post needs one of the roles of people at work.")
	}
	err = a.db.Tx(ctx, func(tx *db.Tx) error {
		role, err := changed(ctx, tx, account)
		if err != nil {
			return err
		}
		if !Strong(role) {
			return fault.New(fault.Refused, "This account is a resident's or carer's own. Make another for their work.")
		}
		if (role == Admin) != (p.Role == Admin) {
			return fault.New(fault.Refused, "Who looks after accounts does so with an account of its own.")
		}
		err = tx.Row(ctx, `SELECT COALESCE(MAX(n), 0) + 1 FROM post WHERE account = $1`, account).Scan(&n)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO post (account, n, role, team, organisation) VALUES ($1, $2, $3, $4, $5)`, account, n, p.Role, p.Team, p.Organisation)
		return err
	})
	return n, err
}

// EndPost takes a further post away, and ends the sessions of the account. NotFound when
// there is none of that number.
func (a *Accounts) EndPost(ctx context.Context, account string, n int64) error {
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		gone, err := tx.Exec(ctx, `DELETE FROM post WHERE account = $1 AND n = $2`, account, n)
		if err == nil && gone == 0 {
			err = fault.NotFound
		}
		if err == nil {
			_, err = changed(ctx, tx, account)
		}
		return err
	})
}

// changed makes every session of an account over, and answers its role.
func changed(ctx context.Context, tx *db.Tx, account string) (role string, err error) {
	err = tx.Row(ctx, `UPDATE account SET version = version + 1 WHERE id = $1 RETURNING role`, account).Scan(&role)
	if errors.Is(err, db.NotFound) {
		return "", fault.New(fault.NotFound, "There is no such account.")
	}
	return role, err
}

// Posts lists what an account does at work, its own first.
func (a *Accounts) Posts(ctx context.Context, account string) (all []Post, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all, err = posts(ctx, tx, account)
		return err
	})
	return all, err
}

func posts(ctx context.Context, tx *db.Tx, account string) (all []Post, err error) {
	for rows, err := range tx.Each(ctx, `
		SELECT w.n, w.role, w.team, w.organisation, COALESCE(t.name, ''), COALESCE(o.name, '')
		FROM (SELECT 0 AS n, role, team, organisation FROM account WHERE id = $1
			UNION ALL SELECT n, role, team, organisation FROM post WHERE account = $1) AS w
		LEFT JOIN team t ON t.id = w.team LEFT JOIN organisation o ON o.id = w.organisation
		ORDER BY w.n`, account) {
		if err != nil {
			return nil, err
		}
		var p Post
		if err := rows.Scan(&p.N, &p.Role, &p.Team, &p.Organisation, &p.TeamName, &p.OrganisationName); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// only writes down which posts a session may be for: " 0 2 ", or "" for all.
func (h How) only() string {
	if h.Only == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(" ")
	for _, n := range h.Only {
		fmt.Fprintf(&b, "%d ", n)
	}
	return b.String()
}

func (h How) among(all []Post) []Post { return among(all, h.only()) }

func among(all []Post, only string) []Post {
	if only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(p Post) bool { return !strings.Contains(only, fmt.Sprintf(" %d ", p.N)) })
}

// Choice lists the posts for which a session could be, where there is a choice: where
// there are two or more, and who it is was proved with two factors.
func (a *Accounts) Choice(ctx context.Context, token string) (all []Post, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		var account, only string
		err := tx.Row(ctx, `SELECT account, posts FROM session WHERE token = $1 AND strong AND account IN (SELECT account FROM post)`, hash(token)).Scan(&account, &only)
		if errors.Is(err, db.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if all, err = posts(ctx, tx, account); err != nil {
			return err
		}
		if all = among(all, only); len(all) < 2 {
			all = nil
		}
		return nil
	})
	return all, err
}

// Wear changes for which post a session is. It answers a new token, and the old one is
// over: whom one helped goes with it. The session lasts no longer for that.
func (a *Accounts) Wear(ctx context.Context, token string, n int64) (worn string, err error) {
	if _, err := a.Actor(ctx, token); err != nil { // what is over begins nothing
		return "", err
	}
	all, err := a.Choice(ctx, token)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(all, func(p Post) bool { return p.N == n }) {
		return "", fault.NotFound
	}
	worn, hashed := fresh()
	return worn, a.db.Tx(ctx, func(tx *db.Tx) error {
		changed, err := tx.Exec(ctx, `UPDATE session SET token = $1, post = $2 WHERE token = $3`, hashed, n, hash(token))
		if err == nil && changed == 0 {
			err = fault.NotFound
		}
		return err
	})
}
