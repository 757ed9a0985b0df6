package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/openid"
)

// An Identity is an account of somebody's at a provider, as its owner sees it.
type Identity struct {
	ID         string // for Untie
	Provider   string // its name in addresses
	Label      string // "" of one that is no longer offered
	Made, Used clock.Time
}

// Whose answers whose account it is that somebody proved to be at a provider. NotFound
// says that nobody has added it to theirs.
func (p *Providers) Whose(ctx context.Context, who openid.Identity) (account string, err error) {
	err = p.db.Row(ctx, `SELECT account FROM identity WHERE provider = $1 AND subject = $2`, who.Provider, who.Subject).Scan(&account)
	if errors.Is(err, db.NotFound) {
		return "", fault.NotFound
	}
	return account, err
}

// Used notes that somebody signed in with it.
func (p *Providers) Used(ctx context.Context, who openid.Identity) error {
	return p.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE identity SET used = $1 WHERE provider = $2 AND subject = $3`, tx.At, who.Provider, who.Subject)
		if err == nil && n == 0 {
			return ErrWrong // removed meanwhile
		}
		return err
	})
}

// Tie adds an account at a provider to an account here. It is Refused when it is
// somebody else's: nothing is ever merged.
func (p *Providers) Tie(ctx context.Context, account, provider, subject string) error {
	if provider == "" || subject == "" || len(subject) > 255 {
		return fault.New(fault.Invalid, "An identity needs the name of a provider, and the subject by which it knows somebody.")
	}
	if _, err := p.accounts.Get(ctx, account); err != nil {
		return err
	}
	return p.db.Tx(ctx, func(tx *db.Tx) error {
		var whose string
		if _, err := tx.Exec(ctx, `INSERT INTO identity (provider, subject, account, made, used) VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING`,
			provider, subject, account, tx.At); err != nil {
			return err
		}
		err := tx.Row(ctx, `SELECT account FROM identity WHERE provider = $1 AND subject = $2`, provider, subject).Scan(&whose)
		if err == nil && whose != account {
			return fault.New(fault.Refused, "That sign-in belongs to another account here. Remove it there first, or ask the people who gave you this address.")
		}
		return err
	})
}

// Of lists the accounts at providers that were added to an account, the first added
// first.
func (p *Providers) Of(ctx context.Context, account string) (all []Identity, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT provider, subject, made, used FROM identity WHERE account = $1 ORDER BY made, provider, subject`, account) {
			if err != nil {
				return err
			}
			var x Identity
			var subject string
			if err := rows.Scan(&x.Provider, &subject, &x.Made, &x.Used); err != nil {
				return err
			}
			x.ID = identityID(x.Provider, subject)
			if is, err := p.of(x.Provider); err == nil {
				x.Label = is.Label()
			}
			all = append(all, x)
		}
		return nil
	})
	return all, err
}

// Untie takes one away again, by its ID. NotFound when the account has none such.
func (p *Providers) Untie(ctx context.Context, account, id string) error {
	return p.db.Tx(ctx, func(tx *db.Tx) error {
		var provider, subject string
		found := false
		for rows, err := range tx.Each(ctx, `SELECT provider, subject FROM identity WHERE account = $1`, account) {
			if err != nil {
				return err
			}
			if err := rows.Scan(&provider, &subject); err != nil {
				return err
			}
			if found = identityID(provider, subject) == id; found {
				break
			}
		}
		if !found {
			return fault.NotFound
		}
		_, err := tx.Exec(ctx, `DELETE FROM identity WHERE account = $1 AND provider = $2 AND subject = $3`, account, provider, subject)
		return err
	})
}

// identityID names an identity in addresses, which must not say who somebody is.
func identityID(provider, subject string) string {
	h := sha256.Sum256([]byte("onestory identity " + provider + "\x00" + subject))
	return hex.EncodeToString(h[:12])
}
