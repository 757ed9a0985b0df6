package signin

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/mail"
	"onestory/internal/outbox"
	"onestory/internal/person"
	"onestory/internal/text"
)

// A Send carries one message. mail.ErrNever ends the trying.
type Send func(ctx context.Context, m mail.Message) error

// A Notice is one of the few things that people are written about. None says anything
// of a record, of an organisation or of another person: it lies on a lock screen.
type Notice string

// The notices, each with its words in the catalogue, as mail.NOTICE.
const (
	Something        Notice = "something" // there is something new: sign in to see it
	PasskeyMade      Notice = "passkey-made"
	PasskeyRemoved   Notice = "passkey-removed"
	ServiceAdded     Notice = "service-added" // one signs in with another service
	ServiceRemoved   Notice = "service-removed"
	SheetMade        Notice = "sheet-made"
	AddressesChanged Notice = "addresses"
	RecoveryBegun    Notice = "recovery"
	RecoveryDone     Notice = "recovered"
	Yearly           Notice = "yearly" // to look again at what one shares
	Asked            Notice = "asked"  // somebody asks an organisation to help
	Silent           Notice = "silent" // what one asked for has had no answer
	Age              Notice = "age"    // a child grows up, and what a parent sees grows less
)

// A recipient is one address, in the language that its owner reads.
type recipient struct {
	Account, Contact, Address, Lang string
	Discreet                        bool
}

// words are what fills a message.
type words struct{ What, Code, Link string }

// A letter is one message that waits in the outbox.
type letter struct {
	To    recipient
	Words words
	Until clock.Time // of no use after; 0: always of use
}

// A reminder is a notice that waits to be passed on to whatever addresses there are
// when it is due.
type reminder struct {
	Account string
	What    Notice
	Person  person.ID `json:",omitzero"` // whoever has this record as their own hears it too
}

// Handlers do what sign-in leaves in the outbox.
func (w *Ways) Handlers() outbox.Handlers {
	return outbox.Handlers{topicCode: w.sendCode, topicMail: w.sendLetter, topicNotice: w.sendNotice, topicBack: w.sendBack, TopicAsked: w.sendAsked, topicSilent: w.sendSilence, topicAnswered: w.noteAnswer}
}

// Tell writes to every address of an account to which messages may be sent.
func (w *Ways) Tell(ctx context.Context, account string, what Notice) error {
	seq := newSeq()
	err := w.db.Tx(ctx, func(tx *db.Tx) error { return w.tell(ctx, tx, account, what, seq, "") })
	w.wake()
	return err
}

// Lent reminds whoever has this record as their own, each year from now, to look at what
// they share; and tells them that there is something new: somebody took up what they lent.
func (w *Ways) Lent(ctx context.Context, p person.ID) error {
	all, err := w.accounts.Of(ctx, p)
	for _, id := range all {
		err = errors.Join(err, w.Tell(ctx, id, Something), w.remindOn(ctx, id, w.clock.Now().Std().AddDate(1, 0, 0)))
	}
	return err
}

// Grows leaves word for the days on which what an account sees of a person grows less,
// since the person grows up: for the account, and for whoever the person is then.
func (w *Ways) Grows(ctx context.Context, account string, p person.ID, days []clock.Time) error {
	if len(days) == 0 {
		return nil
	}
	b, err := json.Marshal(reminder{account, Age, p})
	if err != nil {
		return err
	}
	seq := newSeq()
	return w.db.Tx(ctx, func(tx *db.Tx) (err error) {
		for n, day := range days {
			err = errors.Join(err, outbox.Add(ctx, tx, outbox.Row{Seq: seq, N: n, Topic: topicNotice, Payload: b, Due: day}))
		}
		return err
	})
}

// remindOn leaves the yearly notice for a day, unless there is one in that month.
func (w *Ways) remindOn(ctx context.Context, account string, day time.Time) error {
	b, err := json.Marshal(reminder{Account: account, What: Yearly})
	if err != nil {
		return err
	}
	h := sha256.Sum256([]byte("onestory yearly " + account))
	seq := int64(binary.BigEndian.Uint64(h[:]) >> 1)
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		return outbox.Add(ctx, tx, outbox.Row{Seq: seq, N: day.Year()*12 + int(day.Month()), Topic: topicNotice, Payload: b, Due: clock.At(day)})
	})
	if errors.Is(err, db.Taken) {
		return nil
	}
	return err
}

// tell leaves a letter for each address of an account to which messages may be sent,
// but for one contact, whose owner is looking at the screen.
func (w *Ways) tell(ctx context.Context, tx *db.Tx, account string, what Notice, seq int64, but string) error {
	return w.tellLink(ctx, tx, account, words{What: string(what)}, seq, but)
}

func (w *Ways) tellLink(ctx context.Context, tx *db.Tx, account string, say words, seq int64, but string) error {
	var all []recipient
	for rows, err := range tx.Each(ctx, `
		SELECT c.account, c.id, c.address, c.lang, c.discreet FROM contact c WHERE c.account = $1 AND c.id <> $2 AND`+may+` ORDER BY c.made, c.id`, account, but) {
		if err != nil {
			return err
		}
		var to recipient
		if err := rows.Scan(&to.Account, &to.Contact, &to.Address, &to.Lang, &to.Discreet); err != nil {
			return err
		}
		all = append(all, to)
	}
	for n, to := range all {
		if err := leave(ctx, tx, topicMail, seq, n, letter{To: to, Words: say}); err != nil {
			return err
		}
	}
	return nil
}

// sendNotice passes a reminder on, once, however often the outbox asks.
func (w *Ways) sendNotice(ctx context.Context, r outbox.Row) error {
	var x reminder
	if err := json.Unmarshal(r.Payload, &x); err != nil {
		return err
	}
	all := []string{x.Account}
	if x.Person != 0 {
		own, err := w.accounts.Of(ctx, x.Person)
		if err != nil {
			return err
		}
		all = append(all, own...)
	}
	seqs := make([]int64, len(all))
	for i := range seqs {
		seqs[i] = newSeq()
	}
	err := w.once(ctx, r, func(tx *db.Tx) (err error) {
		for i, id := range all {
			err = errors.Join(err, w.tell(ctx, tx, id, x.What, seqs[i], ""))
		}
		return err
	})
	if err != nil || x.What != Yearly {
		return err
	}
	if ok, err := w.ordinary(ctx, x.Account); err != nil || !ok {
		return err
	}
	return w.remindOn(ctx, x.Account, w.clock.Now().Std().AddDate(1, 0, 0))
}

// toldKept is longer than the outbox waits between two tries of a row.
const toldKept = 30 * 24 * time.Hour

// once does something for a row of the outbox in one transaction, unless it was done.
func (w *Ways) once(ctx context.Context, r outbox.Row, do func(tx *db.Tx) error) error {
	err := w.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM told WHERE at < $1`, tx.At.Add(-toldKept)); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO told (what, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.Key(), tx.At)
		if err != nil || n == 0 {
			return err
		}
		return do(tx)
	})
	w.wake()
	return err
}

// sendLetter sends one letter, if its address is still there and still safe: what was
// said about an address holds from the moment it was said.
func (w *Ways) sendLetter(ctx context.Context, r outbox.Row) error {
	var x letter
	if err := json.Unmarshal(r.Payload, &x); err != nil {
		return err
	}
	if w.send == nil || x.Until != 0 && w.clock.Now() >= x.Until {
		return nil
	}
	err := w.db.Row(ctx, `SELECT c.discreet FROM contact c WHERE c.id = $1 AND`+may, x.To.Contact).Scan(&x.To.Discreet)
	if errors.Is(err, db.NotFound) {
		var there int
		err = w.db.Row(ctx, `SELECT COUNT(*) FROM contact WHERE id = $1`, x.To.Contact).Scan(&there)
		if err == nil && (there != 0 || x.Words.What != string(AddressesChanged)) { // an address that was removed hears that, and no more
			return nil
		}
	}
	if err != nil {
		return err
	}
	return w.deliver(ctx, r.Key(), x.To, x.Words)
}

// deliver puts a message into words and hands it on.
func (w *Ways) deliver(ctx context.Context, key string, to recipient, say words) error {
	l := text.For("", to.Lang)
	what := "mail." + say.What
	if to.Discreet && say.Code == "" && say.What != "back" { // those are asked for, and say nothing
		what = "mail.quiet"
	}
	values := map[string]any{"Code": say.Code, "Link": say.Link, "Origin": w.origin}
	err := w.send(ctx, mail.Message{To: to.Address, Subject: l.T(what+".subject", values), Text: l.T(what, values) + "\n", Key: key})
	if errors.Is(err, mail.ErrNever) {
		return nil // whoever asked sees on the page what to do when nothing comes
	}
	if err != nil {
		return fmt.Errorf("signin: %s: %w", say.What, err)
	}
	return nil
}
