package account

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// How is how somebody proved who they are when a session began.
type How struct {
	Device string // what they used, in a few words such as "Safari, iPhone"; nothing that tells two of a kind apart
	Strong bool   // two factors, or one that is two: a passkey that was unlocked
	Paper  bool   // a code on paper, which others may find: it is never Fresh

	// Ago is how long before they proved it, where another service remembered them.
	Ago time.Duration

	// Only are the posts for which the session may be, as whoever vouched for it said.
	// Nil is all.
	Only []int64
}

// Strong reports whether a role may only be worn in a session that was begun with two
// factors: every role but those of people on their own or their family's behalf, and of
// organisations that have only their registered address, who see hardly anything.
func Strong(role string) bool {
	return role != "resident" && role != "carer" && role != consent.Invited
}

// A Session is one sign-in that has not ended.
type Session struct {
	ID            string // for End, useless for anything else
	Device        string
	Started, Used clock.Time
	This          bool // the one that asks
}

// Sessions lists the sessions of the account that a session belongs to, the latest
// used first.
func (a *Accounts) Sessions(ctx context.Context, token string) (all []Session, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `
			SELECT o.token, o.device, o.started, o.used FROM session o JOIN session s ON s.account = o.account JOIN account a ON a.id = o.account
			WHERE s.token = $1 AND o.until > $2 AND o.version = a.version ORDER BY o.used DESC`, hash(token), a.clock.Now()) {
			if err != nil {
				return err
			}
			var s Session
			var id []byte
			if err := rows.Scan(&id, &s.Device, &s.Started, &s.Used); err != nil {
				return err
			}
			s.ID, s.This = hex.EncodeToString(id), string(id) == string(hash(token))
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// EndOther ends another session of the same account, by its ID; "" ends all others.
// NotFound when there is none such.
func (a *Accounts) EndOther(ctx context.Context, token, other string) error {
	id, err := hex.DecodeString(strings.TrimSpace(other))
	if err != nil {
		return fault.NotFound
	}
	return a.db.Tx(ctx, func(tx *db.Tx) error {
		var account string
		err := tx.Row(ctx, `SELECT account FROM session WHERE token = $1`, hash(token)).Scan(&account)
		if errors.Is(err, db.NotFound) {
			return fault.NotFound
		}
		if err != nil {
			return err
		}
		if other == "" {
			_, err = tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND token <> $2`, account, hash(token))
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND token = $2`, account, id)
		if err == nil && n == 0 {
			return fault.NotFound
		}
		return err
	})
}

// Renew gives a session a new token, and the old one is over, as after every change to how
// its owner signs in. Alone ends all their other sessions too. Whom one helped goes with it.
func (a *Accounts) Renew(ctx context.Context, token string, alone bool) (renewed string, err error) {
	renewed, hashed := fresh()
	return renewed, a.db.Tx(ctx, func(tx *db.Tx) error {
		var account string
		err := tx.Row(ctx, `UPDATE session SET token = $1 WHERE token = $2 RETURNING account`, hashed, hash(token)).Scan(&account)
		if errors.Is(err, db.NotFound) {
			return fault.NotFound
		}
		if err == nil && alone {
			_, err = tx.Exec(ctx, `DELETE FROM session WHERE account = $1 AND token <> $2`, account, hashed)
		}
		return err
	})
}

// Fresh reports whether a session proved who it is within the last while, as adding a
// way to sign in demands.
func (a *Accounts) Fresh(ctx context.Context, token string, within time.Duration) (bool, error) {
	var proved clock.Time
	err := a.db.Row(ctx, `SELECT proved FROM session WHERE token = $1`, hash(token)).Scan(&proved)
	if errors.Is(err, db.NotFound) {
		return false, fault.NotFound
	}
	return a.clock.Now() < proved.Add(within), err
}

// Recent reports whether a session began, or proved who it is, within the last while,
// as taking a whole record away demands: on paper, too, one has just signed in.
func (a *Accounts) Recent(ctx context.Context, token string, within time.Duration) (bool, error) {
	var started, proved clock.Time
	err := a.db.Row(ctx, `SELECT started, proved FROM session WHERE token = $1`, hash(token)).Scan(&started, &proved)
	if errors.Is(err, db.NotFound) {
		return false, fault.NotFound
	}
	return a.clock.Now() < max(started, proved).Add(within), err
}

// Proved notes that whoever holds the session has just proven again who they are, and
// answers the session's new token: the old one, which somebody may have seen, is over.
// NotFound when there is no such session.
func (a *Accounts) Proved(ctx context.Context, old string) (token string, err error) {
	token, hashed := fresh()
	return token, a.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE session SET token = $1, proved = $2 WHERE token = $3 AND until > $2`, hashed, tx.At, hash(old))
		if err == nil && n == 0 {
			return fault.NotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE helping SET session = $1 WHERE session = $2`, hashed, hash(old))
		return err
	})
}
