// Package signin proves who somebody is, so that package account can begin a session.
//
// It promises that a challenge is answered once, within five minutes, by whom it was
// put to; that nothing here begins a session by itself; and that a wrong answer is one
// answer, whatever was wrong with it. Passkeys are WebAuthn Level 3 discoverable
// credentials: nobody types a name, and a passkey works only at the address it was made
// for. The ceremonies themselves are those of the go-webauthn library.
//
// Codes go out by e-mail to addresses that were proved. To ask for one does the same
// work for every address: who has it is looked up when the outbox sends. A code is hashed
// slowly, answered in the browser that asked, and tried five times at most. Messages say
// nothing about anybody, and go only where their reader said that it is safe.
//
// This package owns the tables:
//
//	passkey   (id, account, credential, name, made, used)
//	challenge (ticket, account, asked, until)
//	printed   (code, account, made)
//	contact   (id, account, kind, address, lang, made, safe, alone, discreet, enters)
//	attempt   (ticket, what, account, address, mark, code, tries, made)
//	recovery  (account, holder, stop, begun, opens)
//	told      (what, at)
//	identity  (provider, subject, account, made)
//	departure (ticket, provider, state, nonce, verifier, account, until)
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// Ways are the ways to prove who one is. Safe for concurrent use.
type Ways struct {
	db       *db.DB
	clock    *clock.Clock
	accounts *account.Accounts
	keys     *webauthn.WebAuthn
	origin   string
	slow     slow
	send     Send // see CarryMail
	wakes    func()

	providers []Provider
}

// challengeLasts is how long a challenge waits for its answer.
const challengeLasts = 5 * time.Minute

// New makes the ways in of a service that browsers reach at an origin, such as
// https://onestory.example.org. The name of its host is what passkeys are bound to: an
// address with numbers in place of a name can have none.
func New(d *db.DB, c *clock.Clock, accounts *account.Accounts, origin string) (*Ways, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("signin: " + origin + " is not the address of a service")
	}
	keys, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Onestory", RPOrigins: []string{origin}})
	if err != nil {
		return nil, err
	}
	return &Ways{db: d, clock: c, accounts: accounts, keys: keys, origin: origin, slow: newSlow()}, nil
}

// Origin is the address at which passkeys work.
func (w *Ways) Origin() string { return w.origin }

// ErrWrong is the one answer to whatever does not prove who somebody is.
var ErrWrong = fault.New(fault.Refused, "That did not work. Try again, or use another way to sign in.")

// put keeps a challenge and answers the ticket with which it is found again.
func (w *Ways) put(ctx context.Context, account string, asked *webauthn.SessionData) (ticket string, err error) {
	text, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	var b [24]byte
	rand.Read(b[:])
	ticket = base64.RawURLEncoding.EncodeToString(b[:])
	return ticket, w.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM challenge WHERE until < $1`, tx.At); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO challenge (ticket, account, asked, until) VALUES ($1, $2, $3, $4)`,
			hash(ticket), account, string(text), tx.At.Add(challengeLasts))
		return err
	})
}

// take uses a challenge up. Of many who try at once, one has it.
func (w *Ways) take(ctx context.Context, account, ticket string) (asked webauthn.SessionData, err error) {
	var text string
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `DELETE FROM challenge WHERE ticket = $1 AND account = $2 AND until > $3 RETURNING asked`, hash(ticket), account, tx.At).Scan(&text)
	})
	if errors.Is(err, db.NotFound) {
		return asked, ErrWrong
	}
	if err != nil {
		return asked, err
	}
	return asked, json.Unmarshal([]byte(text), &asked)
}

func hash(ticket string) []byte {
	h := sha256.Sum256([]byte("onestory challenge " + ticket))
	return h[:]
}
