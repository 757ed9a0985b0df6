package signin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// A Passkey is one way in, as its owner sees it.
type Passkey struct {
	ID         string // for Rename and Remove
	Name       string // as its owner calls it
	Made, Used clock.Time
}

// owner is an account as the library wants it: by a handle that says nothing.
type owner struct {
	account.Account
	keys []webauthn.Credential
}

// WebAuthnID is the handle under which an authenticator keeps the account.
func (o *owner) WebAuthnID() []byte {
	h := sha256.Sum256([]byte("onestory passkey owner " + o.ID))
	return h[:]
}

// WebAuthnName is what the authenticator shows.
func (o *owner) WebAuthnName() string { return o.Name }

// WebAuthnDisplayName is what the authenticator shows.
func (o *owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials are the passkeys of the account.
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func (w *Ways) owner(ctx context.Context, id string) (*owner, error) {
	x, err := w.accounts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	o := &owner{Account: x}
	err = w.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT credential FROM passkey WHERE account = $1 ORDER BY made`, id) {
			if err != nil {
				return err
			}
			var text string
			var key webauthn.Credential
			if err := rows.Scan(&text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &key); err != nil {
				return err
			}
			o.keys = append(o.keys, key)
		}
		return nil
	})
	return o, err
}

// mostKeys is how many passkeys an account has at most.
const mostKeys = 20

// Offer begins the making of a passkey for an account: options for the browser, as
// JSON, and the ticket that Keep asks for. The device unlocks it each time it is used,
// by a finger, a face or a code, so that it is two factors in one.
func (w *Ways) Offer(ctx context.Context, account string) (options []byte, ticket string, err error) {
	o, err := w.owner(ctx, account)
	if err != nil {
		return nil, "", err
	}
	if len(o.keys) >= mostKeys {
		return nil, "", fault.New(fault.Refused, "You have 20 passkeys. Remove one that you do not use first.")
	}
	made, asked, err := w.keys.BeginRegistration(o,
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", err
	}
	if ticket, err = w.put(ctx, account, asked); err != nil {
		return nil, "", err
	}
	options, err = json.Marshal(made.Response)
	return options, ticket, err
}

// Keep keeps the passkey that a browser made for an account, under a name.
func (w *Ways) Keep(ctx context.Context, account, ticket string, answer []byte, name string) error {
	name = strings.TrimSpace(name)
	var c fault.Check
	c.That(name != "" && utf8.RuneCountInString(name) <= 60, "name", "Give the passkey a name of 60 characters or less")
	if err := c.Err(); err != nil {
		return err
	}
	asked, err := w.take(ctx, account, ticket)
	if err != nil {
		return err
	}
	o, err := w.owner(ctx, account)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return ErrWrong
	}
	key, err := w.keys.CreateCredential(o, asked, parsed)
	if err != nil {
		return ErrWrong
	}
	text, err := json.Marshal(key)
	if err != nil {
		return err
	}
	seq := newSeq()
	defer w.wake()
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO passkey (id, account, credential, name, made, used) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING`,
			key.ID, account, string(text), name, tx.At)
		if err == nil && n == 0 {
			return ErrWrong // it is somebody's already
		}
		if err != nil {
			return err
		}
		return w.tell(ctx, tx, account, PasskeyMade, seq, "")
	})
}

// Ask begins a sign-in by passkey, of nobody in particular.
func (w *Ways) Ask(ctx context.Context) (options []byte, ticket string, err error) {
	made, asked, err := w.keys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	if ticket, err = w.put(ctx, "", asked); err != nil {
		return nil, "", err
	}
	options, err = json.Marshal(made.Response)
	return options, ticket, err
}

// Prove answers whose passkey it was that answered. It fails with ErrWrong, whatever is
// wrong: the origin, the signature, the challenge, the counter of a copied key.
func (w *Ways) Prove(ctx context.Context, ticket string, answer []byte) (account string, err error) {
	asked, err := w.take(ctx, "", ticket)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", ErrWrong
	}
	var whose *owner
	var trouble error
	_, key, err := w.keys.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		var name string
		if trouble = w.db.Row(ctx, `SELECT account FROM passkey WHERE id = $1`, id).Scan(&name); trouble != nil {
			return nil, trouble
		}
		if whose, trouble = w.owner(ctx, name); trouble != nil {
			return nil, trouble
		}
		if !bytes.Equal(whose.WebAuthnID(), handle) {
			return nil, ErrWrong
		}
		return whose, nil
	}, asked, parsed)
	if trouble != nil && !errors.Is(trouble, db.NotFound) && !errors.Is(trouble, fault.NotFound) {
		return "", trouble
	}
	if err != nil || key.Authenticator.CloneWarning {
		return "", ErrWrong
	}
	text, err := json.Marshal(key)
	if err != nil {
		return "", err
	}
	return whose.ID, w.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE passkey SET credential = $1, used = $2 WHERE id = $3`, string(text), tx.At, key.ID)
		if err == nil && n == 0 {
			return ErrWrong // removed meanwhile
		}
		if err != nil {
			return err
		}
		// Whoever has the passkey is the one whom getting back in was for.
		_, err = tx.Exec(ctx, `DELETE FROM recovery WHERE account = $1`, whose.ID)
		return err
	})
}

// Passkeys lists the passkeys of an account, the first made first.
func (w *Ways) Passkeys(ctx context.Context, account string) (all []Passkey, err error) {
	err = w.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT id, name, made, used FROM passkey WHERE account = $1 ORDER BY made`, account) {
			if err != nil {
				return err
			}
			var p Passkey
			var id []byte
			if err := rows.Scan(&id, &p.Name, &p.Made, &p.Used); err != nil {
				return err
			}
			p.ID = base64.RawURLEncoding.EncodeToString(id)
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// Remove takes a passkey of an account away. NotFound when there is none such; of the last
// way in see ErrLast.
func (w *Ways) Remove(ctx context.Context, account, id string, sure bool) error {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return fault.NotFound
	}
	seq := newSeq()
	defer w.wake()
	return w.lessen(ctx, account, sure, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM passkey WHERE account = $1 AND id = $2`, account, raw)
		if err == nil && n == 0 {
			return fault.NotFound
		}
		if err != nil {
			return err
		}
		return w.tell(ctx, tx, account, PasskeyRemoved, seq, "")
	})
}
