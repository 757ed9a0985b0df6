package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"slices"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/openid"
	"onestory/internal/person"
)

// A Provider is another service that says who somebody is, with what its words for work
// mean here.
type Provider struct {
	*openid.Client
	Roles         map[string]string // from its codes to consent.Roles
	Organisations map[string]string // from its codes to the IDs of organisations
}

// Work is a role in an organisation, in our own words.
type Work struct{ Role, Organisation string }

// Vouched is the work that a provider vouches for, as far as it is known here.
func (p Provider) Vouched(who openid.Identity) (all []Work) {
	for _, r := range who.Roles {
		w := Work{p.Roles[r.Role], p.Organisations[r.Organisation]}
		if w.Role != "" && w.Organisation != "" && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// With adds providers to the ways in. It is for before the ways are used.
func (w *Ways) With(all ...Provider) { w.providers = all }

// Providers lists the other services with which one can sign in.
func (w *Ways) Providers() []Provider { return w.providers }

// Provider is one of them by name; fault.NotFound when there is none.
func (w *Ways) Provider(name string) (Provider, error) {
	for _, p := range w.providers {
		if p.Name() == name {
			return p, nil
		}
	}
	return Provider{}, fault.NotFound
}

// Leave begins a sign-in at a provider: to is where to send the browser, and ticket is
// for that browser alone to keep. With an account it is to link what is proven to it, and
// "" is to sign in.
func (w *Ways) Leave(ctx context.Context, p Provider, account string) (to, ticket string, err error) {
	a, to, err := p.Begin(ctx)
	if err != nil {
		return "", "", err
	}
	ticket = rand.Text()
	return to, ticket, w.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM departure WHERE until < $1`, tx.At); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO departure (ticket, provider, state, nonce, verifier, account, until) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			hash(ticket), p.Name(), a.State, a.Nonce, a.Verifier, account, a.Until)
		return err
	})
}

// Return takes what a browser came back with from a provider. It answers who it is there
// and the account to link it to, if that is what it was for. Each ticket serves once.
func (w *Ways) Return(ctx context.Context, p Provider, ticket string, came url.Values) (who openid.Identity, account string, err error) {
	var a openid.Attempt
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `DELETE FROM departure WHERE ticket = $1 AND provider = $2 RETURNING state, nonce, verifier, account, until`, hash(ticket), p.Name()).
			Scan(&a.State, &a.Nonce, &a.Verifier, &account, &a.Until)
	})
	if errors.Is(err, db.NotFound) {
		return who, "", fault.New(fault.Refused, "That sign-in was not begun here, or is over. Go back to the sign-in page and start again.")
	}
	if err != nil {
		return who, "", err
	}
	who, err = p.Finish(ctx, a, came)
	return who, account, err
}

// An Identity is what a provider calls an account.
type Identity struct {
	Provider string
	Subject  string
	Made     clock.Time
}

// Known is the account of an identity; fault.NotFound when it is nobody's.
func (w *Ways) Known(ctx context.Context, provider, subject string) (account string, err error) {
	err = w.db.Row(ctx, `SELECT account FROM identity WHERE provider = $1 AND subject = $2`, provider, subject).Scan(&account)
	if errors.Is(err, db.NotFound) {
		err = fault.NotFound
	}
	return account, err
}

// Identities lists those of an account.
func (w *Ways) Identities(ctx context.Context, account string) (all []Identity, err error) {
	err = w.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT provider, subject, made FROM identity WHERE account = $1 ORDER BY provider, made`, account) {
			if err != nil {
				return err
			}
			var x Identity
			if err := rows.Scan(&x.Provider, &x.Subject, &x.Made); err != nil {
				return err
			}
			all = append(all, x)
		}
		return nil
	})
	return all, err
}

// Bind makes an identity an account's. That of another account is refused: it has to be
// removed there first. Whoever calls has had both proven.
// All addresses of the account are told.
func (w *Ways) Bind(ctx context.Context, account, provider, subject string) error {
	seq := newSeq()
	defer w.wake()
	return w.db.Tx(ctx, func(tx *db.Tx) error { return w.bind(ctx, tx, account, provider, subject, seq) })
}

func (w *Ways) bind(ctx context.Context, tx *db.Tx, account, provider, subject string, seq int64) error {
	added, err := tx.Exec(ctx, `INSERT INTO identity (provider, subject, account, made) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, provider, subject, account, tx.At)
	if err != nil {
		return err
	}
	var whose string
	err = tx.Row(ctx, `SELECT account FROM identity WHERE provider = $1 AND subject = $2`, provider, subject).Scan(&whose)
	if err == nil && whose != account {
		err = fault.New(fault.Refused, "That sign-in belongs to another account here. Sign in with it, remove it there, and come back.")
	}
	if err != nil || added == 0 {
		return err
	}
	return w.tell(ctx, tx, account, ServiceAdded, seq, "")
}

// Newcomer makes the account of somebody who comes for the first time, proven by a
// provider, whose record is own: account and identity are there together, or neither.
func (w *Ways) Newcomer(ctx context.Context, name string, own person.ID, provider, subject string) (account string, err error) {
	seq := newSeq()
	return w.accounts.Resident(ctx, name, own, func(tx *db.Tx, id string) error {
		return w.bind(ctx, tx, id, provider, subject, seq)
	})
}

// Unbind takes an identity away from an account. NotFound when it has none such; of the
// last way in see ErrLast.
func (w *Ways) Unbind(ctx context.Context, account, provider string, sure bool) error {
	seq := newSeq()
	defer w.wake()
	return w.lessen(ctx, account, sure, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM identity WHERE account = $1 AND provider = $2`, account, provider)
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		return w.tell(ctx, tx, account, ServiceRemoved, seq, "")
	})
}
