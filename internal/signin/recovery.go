package signin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/outbox"
)

const (
	linkLasts = 15 * time.Minute
	heldFor   = 24 * time.Hour     // before whoever gets back in sees a record
	openFor   = 7 * 24 * time.Hour // from then on, to finish
)

// A Recovery is one person's getting back in after they lost their passkey.
type Recovery struct {
	Account string
	Name    string // of the account
	Opens   clock.Time
	Open    bool // they may sign in now, and make a passkey
}

// errOver is the answer to a link or button of a recovery that is not there any more.
var errOver = fault.New(fault.NotFound, "This has been used, was stopped or is too old.")

// back is what is left in the outbox when somebody asks for a way back in.
type back struct{ Address, Lang string }

// AskBack asks for a link at an address, to get back in with. Whether we know the
// address is found out when it is sent, as for AskCode.
func (w *Ways) AskBack(ctx context.Context, typed, lang string) error {
	address, err := addressOf(typed)
	if err != nil {
		return err
	}
	count, seq := newID(), newSeq()
	defer w.wake()
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		often, err := counted(ctx, tx, toRecover, "", address)
		if err != nil {
			return err
		}
		x, counts := back{address, lang}, mark(address)
		if often { // as in ask
			x, counts = back{}, []byte{}
		}
		if err := w.attempt(ctx, tx, count, "asked", "", "", counts); err != nil {
			return err
		}
		return leave(ctx, tx, topicBack, seq, 0, x)
	})
}

// sendBack leaves a letter with a link for each account that may get back in by an
// address: a family may share one.
func (w *Ways) sendBack(ctx context.Context, r outbox.Row) error {
	var x back
	if err := json.Unmarshal(r.Payload, &x); err != nil || w.send == nil {
		return err
	}
	var all []recipient
	err := w.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for rows, err := range tx.Each(ctx, `SELECT c.account, c.id, c.address, c.lang, c.discreet FROM contact c WHERE c.address = $1 AND`+may+` ORDER BY c.account`, x.Address) {
			if err != nil {
				return err
			}
			var to recipient
			if err := rows.Scan(&to.Account, &to.Contact, &to.Address, &to.Lang, &to.Discreet); err != nil {
				return err
			}
			all = append(all, to)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var able []recipient
	var links []string
	for _, to := range all {
		ok, err := w.ordinary(ctx, to.Account)
		if err != nil {
			return err
		}
		if ok {
			able, links = append(able, to), append(links, newID())
		}
	}
	seq := newSeq()
	return w.once(ctx, r, func(tx *db.Tx) error {
		for n, to := range able {
			if err := w.attempt(ctx, tx, links[n], toRecover, to.Account, "", []byte{}); err != nil {
				return err
			}
			say := words{What: "back", Link: w.origin + "/recover/link/" + links[n]}
			if err := leave(ctx, tx, topicMail, seq, n, letter{to, say, tx.At.Add(linkLasts)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Recover uses up a link and begins getting back in, or goes on with it: the holder it
// answers is what the browser keeps. All addresses of the account are told at once, with
// a link that stops it. Nothing of a record is to be had for a day.
func (w *Ways) Recover(ctx context.Context, link string) (holder string, err error) {
	holder, stop, seq := newID(), newID(), newSeq()
	var id string
	// Of many who try at once, one uses it up.
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		err := tx.Row(ctx, `DELETE FROM attempt WHERE ticket = $1 AND what = $2 AND made > $3 RETURNING account`,
			hash(link), toRecover, tx.At.Add(-linkLasts)).Scan(&id)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE recovery SET holder = $2 WHERE account = $1 AND opens > $3`, id, hash(holder), tx.At.Add(-openFor))
		if err != nil || n > 0 {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO recovery (account, holder, stop, begun, opens) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, stop = excluded.stop, begun = excluded.begun, opens = excluded.opens`,
			id, hash(holder), hash(stop), tx.At, tx.At.Add(heldFor))
		if err != nil {
			return err
		}
		return w.tellLink(ctx, tx, id, words{What: string(RecoveryBegun), Link: w.origin + "/recover/stop/" + stop}, seq, "")
	})
	if errors.Is(err, db.NotFound) {
		return "", errOver
	}
	w.wake()
	return holder, err
}

// Recovery is how far getting back in has come, for the browser that holds it.
// NotFound when there is none, or no longer.
func (w *Ways) Recovery(ctx context.Context, holder string) (r Recovery, err error) {
	now := w.clock.Now()
	err = w.db.Row(ctx, `SELECT account, opens FROM recovery WHERE holder = $1 AND opens > $2`, hash(holder), now.Add(-openFor)).Scan(&r.Account, &r.Opens)
	if errors.Is(err, db.NotFound) {
		return r, errOver
	}
	if err != nil {
		return r, err
	}
	x, err := w.accounts.Get(ctx, r.Account)
	r.Name, r.Open = x.Name, now >= r.Opens
	return r, err
}

// Recovering says when somebody who is getting back into an account will be in, or
// NotFound that nobody is.
func (w *Ways) Recovering(ctx context.Context, account string) (opens clock.Time, err error) {
	opens, err = w.recovering(ctx, account)
	if errors.Is(err, db.NotFound) {
		return 0, fault.NotFound
	}
	return opens, err
}

func (w *Ways) recovering(ctx context.Context, account string) (opens clock.Time, err error) {
	err = w.db.Row(ctx, `SELECT opens FROM recovery WHERE account = $1 AND opens > $2`, account, w.clock.Now().Add(-openFor)).Scan(&opens)
	return opens, err
}

// Recovered ends getting back in, once the day is over, and answers whose it was. The
// session that begins then may make a passkey. All addresses are told.
func (w *Ways) Recovered(ctx context.Context, holder string) (account string, err error) {
	seq := newSeq()
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		err := tx.Row(ctx, `DELETE FROM recovery WHERE holder = $1 AND opens <= $2 AND opens > $3 RETURNING account`,
			hash(holder), tx.At, tx.At.Add(-openFor)).Scan(&account)
		if err != nil {
			return err
		}
		return w.tell(ctx, tx, account, RecoveryDone, seq, "")
	})
	if errors.Is(err, db.NotFound) {
		return "", errOver
	}
	if err != nil {
		return "", err
	}
	w.wake()
	ok, err := w.ordinary(ctx, account)
	if err == nil && !ok {
		err = errOver
	}
	return account, err
}

// StopRecovery stops getting back in: by what the browser that began it holds, or by
// the link that the account's addresses were sent.
func (w *Ways) StopRecovery(ctx context.Context, holderOrStop string) error {
	return w.stopWhere(ctx, `DELETE FROM recovery WHERE holder = $1 OR stop = $1`, hash(holderOrStop))
}

// StopRecovering stops it for somebody who is signed in to that account.
func (w *Ways) StopRecovering(ctx context.Context, account string) error {
	return w.stopWhere(ctx, `DELETE FROM recovery WHERE account = $1`, account)
}

func (w *Ways) stopWhere(ctx context.Context, sql string, which any) error {
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sql, which)
		if err == nil && n == 0 {
			return errOver
		}
		return err
	})
}

// EndAll ends every code and every getting back in that is under way, as after a
// restore: somebody may have stopped it since.
func EndAll(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM attempt`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM recovery`)
	return err
}
