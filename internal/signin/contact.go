package signin

import (
	"context"
	"errors"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/mail"
)

// A Contact is an address at which somebody has shown that messages reach them.
type Contact struct {
	ID       string
	Kind     string // email; text, when there is somebody to carry it
	Address  string
	Made     clock.Time
	Safe     bool // messages may be sent here
	Alone    bool // and nowhere else
	Discreet bool // saying neither who writes nor why: others may read it
	Enters   bool // a code sent here signs its owner in
}

// mostContacts is how many addresses an account has at most.
const mostContacts = 5

const contactColumns = `id, kind, address, made, safe, alone, discreet, enters`

func (c *Contact) scan(scan func(...any) error) error {
	return scan(&c.ID, &c.Kind, &c.Address, &c.Made, &c.Safe, &c.Alone, &c.Discreet, &c.Enters)
}

// Contacts lists where an account may be reached, the first added first.
func (w *Ways) Contacts(ctx context.Context, id string) (all []Contact, err error) {
	err = w.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT `+contactColumns+` FROM contact WHERE account = $1 ORDER BY made, id`, id) {
			if err != nil {
				return err
			}
			var c Contact
			if err := c.scan(rows.Scan); err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

// Contact is one address of an account. NotFound when there is none such.
func (w *Ways) Contact(ctx context.Context, id, contact string) (c Contact, err error) {
	err = c.scan(w.db.Row(ctx, `SELECT `+contactColumns+` FROM contact WHERE account = $1 AND id = $2`, id, contact).Scan)
	if errors.Is(err, db.NotFound) {
		return c, fault.NotFound
	}
	return c, err
}

// AskContact sends a code to an address that somebody wants to be reached at, and
// answers the ticket that AddContact asks for. Whoever works here is reached through
// their organisation.
func (w *Ways) AskContact(ctx context.Context, id, typed, lang string) (ticket string, err error) {
	address, err := addressOf(typed)
	if err != nil {
		return "", err
	}
	x, err := w.accounts.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if account.Strong(x.Role) {
		return "", fault.New(fault.Refused, "We write to people at work through their organisation.")
	}
	have, err := w.Contacts(ctx, id)
	if err != nil {
		return "", err
	}
	if len(have) >= mostContacts {
		return "", fault.New(fault.Refused, "You have 5 addresses. Remove one that you do not use first.")
	}
	return w.ask(ctx, toProve, id, address, lang)
}

// AddContact keeps the address to which the code was sent: messages may be sent there,
// and nothing more. All of the owner's other addresses are told. It answers the new
// contact's id.
func (w *Ways) AddContact(ctx context.Context, id, ticket, code, lang string) (contact string, err error) {
	contact, seq := newID(), newSeq()
	err = w.answer(ctx, toProve, ticket, code, func(tx *db.Tx, owner, address string) error {
		if owner != id {
			return ErrCode
		}
		n, err := tx.Exec(ctx, `
			INSERT INTO contact (id, account, kind, address, lang, made, safe, alone, discreet, enters)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8) ON CONFLICT (account, address) DO NOTHING`,
			contact, id, byEmail, address, lang, tx.At, true, false)
		if err != nil {
			return err
		}
		if n == 0 { // they have it already
			return tx.Row(ctx, `SELECT id FROM contact WHERE account = $1 AND address = $2`, id, address).Scan(&contact)
		}
		return w.tell(ctx, tx, id, AddressesChanged, seq, contact)
	})
	w.wake()
	return contact, err
}

// SetContact changes what an address is good for. One address alone is the only one. Where
// nobody could sign in any more, see ErrLast.
func (w *Ways) SetContact(ctx context.Context, id string, c Contact, sure bool) error {
	if !c.Safe {
		c.Alone, c.Discreet, c.Enters = false, false, false
	}
	err := w.lessen(ctx, id, sure, func(tx *db.Tx) error {
		if c.Alone {
			if _, err := tx.Exec(ctx, `UPDATE contact SET alone = $2 WHERE account = $1`, id, false); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `UPDATE contact SET safe = $3, alone = $4, discreet = $5, enters = $6 WHERE account = $1 AND id = $2`,
			id, c.ID, c.Safe, c.Alone, c.Discreet, c.Enters)
		if err == nil && n == 0 {
			return fault.NotFound
		}
		return err
	})
	if errors.Is(err, db.Taken) {
		return fault.New(fault.Refused, "Somebody else signs in with this address. Use another one to sign in.")
	}
	return err
}

// RemoveContact takes an address away, and tells it and all others so, unless it is not
// safe to write there. NotFound when there is none such; of the last way in see ErrLast.
func (w *Ways) RemoveContact(ctx context.Context, id, contact string, sure bool) error {
	seq := newSeq()
	err := w.lessen(ctx, id, sure, func(tx *db.Tx) error {
		if err := w.tell(ctx, tx, id, AddressesChanged, seq, ""); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM contact WHERE account = $1 AND id = $2`, id, contact)
		if err == nil && n == 0 {
			return fault.NotFound
		}
		return err
	})
	w.wake()
	return err
}

func addressOf(typed string) (string, error) {
	address, err := mail.Address(typed)
	if err != nil {
		return "", &fault.Error{Kind: fault.Invalid, Cause: err, Problems: []fault.Problem{{Path: "address", Say: "Enter an e-mail address, such as name@example.com"}}}
	}
	return address, nil
}
