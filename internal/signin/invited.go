package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/outbox"
)

// TopicAsked is the outbox's topic for telling an organisation at its registered address
// that somebody asks it to help. The payload is the account's id, and says nothing of
// whom it is about.
const TopicAsked = "asked"

// Invited is the account of an organisation that has nobody here: whoever reads its
// registered address signs in with a code that goes there. It is made the first time. It
// answers Refused when the address already signs somebody else in.
func (w *Ways) Invited(ctx context.Context, organisation, name, address, lang string) (id string, err error) {
	if w.send == nil {
		return "", fault.New(fault.Refused, "No messages go out from here, so nobody can be told.")
	}
	if address, err = addressOf(address); err != nil {
		return "", err
	}
	h := sha256.Sum256([]byte("onestory invited " + organisation + " " + address))
	id = "i-" + hex.EncodeToString(h[:8])
	if _, err = w.accounts.Get(ctx, id); errors.Is(err, fault.NotFound) {
		err = w.accounts.Put(ctx, account.Account{ID: id, Name: name, Role: consent.Invited, Organisation: organisation})
	}
	if err != nil {
		return "", err
	}
	contact := newID()
	return id, w.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO contact (id, account, kind, address, lang, made, safe, alone, discreet, enters)
			VALUES ($1, $2, 'email', $3, $4, $5, TRUE, FALSE, FALSE, TRUE) ON CONFLICT DO NOTHING`, contact, id, address, lang, tx.At)
		if err != nil {
			return err
		}
		var there int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM contact WHERE account = $1 AND address = $2 AND enters`, id, address).Scan(&there); err != nil {
			return err
		}
		if there == 0 {
			return fault.New(fault.Refused, "Their address is somebody else's way in here, so they cannot be told.")
		}
		return nil
	})
}

// sendAsked writes to the organisation, once however often the outbox asks.
func (w *Ways) sendAsked(ctx context.Context, r outbox.Row) error {
	seq := newSeq()
	return w.once(ctx, r, func(tx *db.Tx) error { return w.tell(ctx, tx, string(r.Payload), Asked, seq, "") })
}
