package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/outbox"
)

// What an attempt is for.
const (
	toEnter   = "enter"   // signing in
	toProve   = "prove"   // showing that an address is one's own
	toRecover = "recover" // a link to get back in
)

const (
	byEmail     = "email"
	codeLasts   = 10 * time.Minute
	mostTries   = 5
	mostAsks    = 6 // messages to one address, or asked for by one account, within asksCount
	asksCount   = time.Hour
	idleHash    = time.Second
	codeDigits  = 8
	topicCode   = "code"
	topicMail   = "mail"
	topicNotice = "notice"
	topicBack   = "recover"
)

// ErrCode is the one answer to a code that does not prove anything: wrong, used, too
// old, tried too often, or never sent.
var ErrCode = fault.New(fault.Refused, "That code did not work. Check it and try again, or ask for a new one. A code works for 10 minutes and for 5 tries.")

// errOften is the answer to whoever proves addresses too often.
var errOften = fault.New(fault.Refused, "We sent many codes to prove addresses. Try again in an hour.")

// CarryMail lets messages go out: send is given one at a time, wakes is called when
// there is something to send. Without it no code goes out by e-mail, and notices are
// dropped. It is called before anything else is.
func (w *Ways) CarryMail(send Send, wakes func()) { w.send, w.wakes = send, wakes }

// Mails reports whether codes are sent by e-mail.
func (w *Ways) Mails() bool { return w.send != nil }

func (w *Ways) wake() {
	if w.wakes != nil {
		w.wakes()
	}
}

// asked is what is left in the outbox when somebody asks for a code.
type asked struct {
	Ticket  string // of the attempt, hashed
	What    string
	Address string
	Code    string
	Lang    string
	Until   clock.Time
}

// AskCode asks for a code at an address, to sign in with, and answers the ticket that
// ProveEmailed asks for. Whether we know the address is found out later, when it is
// sent: what happens here is the same.
func (w *Ways) AskCode(ctx context.Context, typed, lang string) (ticket string, err error) {
	address, err := addressOf(typed)
	if err != nil {
		return "", err
	}
	return w.ask(ctx, toEnter, "", address, lang)
}

// ask writes an attempt and what is to be sent for it.
func (w *Ways) ask(ctx context.Context, what, account, address, lang string) (ticket string, err error) {
	ticket, code, seq := newID(), digits(), newSeq()
	defer w.wake()
	return ticket, w.db.Tx(ctx, func(tx *db.Tx) error {
		often, err := counted(ctx, tx, what, account, address)
		if err != nil {
			return err
		}
		x := asked{base64.RawURLEncoding.EncodeToString(hash(ticket)), what, address, code, lang, tx.At.Add(codeLasts)}
		kept, counts := "", mark(address) // nobody needs to know later what a stranger typed
		switch {
		case what == toProve && often:
			return errOften
		case what == toProve:
			kept = address
		case often: // the answer must not tell that others asked: all is done, and nothing is sent
			counts, x.Until = []byte{}, 0
		}
		if err := w.attempt(ctx, tx, ticket, what, account, kept, counts); err != nil {
			return err
		}
		return leave(ctx, tx, topicCode, seq, 0, x)
	})
}

func (w *Ways) attempt(ctx context.Context, tx *db.Tx, ticket, what, account, address string, mark []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO attempt (ticket, what, account, address, mark, code, tries, made) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
		hash(ticket), what, account, address, mark, []byte{}, tx.At)
	return err
}

// counted reports whether an address was sent as many messages within the hour as it may
// be. Those that prove an address are counted apart, and by account too: a stranger who
// uses up the six of an address keeps nobody from proving that it is theirs.
func counted(ctx context.Context, tx *db.Tx, what, account, address string) (often bool, err error) {
	if _, err := tx.Exec(ctx, `DELETE FROM attempt WHERE made < $1`, tx.At.Add(-asksCount)); err != nil {
		return false, err
	}
	var n, m int
	if what == toProve {
		if err = tx.Row(ctx, `SELECT COUNT(*) FROM attempt WHERE mark = $1 AND what = $2`, mark(address), toProve).Scan(&n); err == nil {
			err = tx.Row(ctx, `SELECT COUNT(*) FROM attempt WHERE account = $1 AND what = $2`, account, toProve).Scan(&m)
		}
	} else {
		err = tx.Row(ctx, `SELECT COUNT(*) FROM attempt WHERE mark = $1 AND what <> $2`, mark(address), toProve).Scan(&n)
	}
	return max(n, m) >= mostAsks, err
}

// sendCode is what the outbox does for a code: here it shows whether an address is
// anybody's. A second try sends the same code.
func (w *Ways) sendCode(ctx context.Context, r outbox.Row) error {
	var x asked
	if err := json.Unmarshal(r.Payload, &x); err != nil {
		return err
	}
	ticket, err := base64.RawURLEncoding.DecodeString(x.Ticket)
	if err != nil || w.send == nil || w.clock.Now() >= x.Until {
		return err
	}
	to := recipient{Address: x.Address, Lang: x.Lang}
	if x.What == toEnter {
		if to, err = w.entering(ctx, x.Address); errors.Is(err, db.NotFound) {
			// The same work, as long as nobody waits for it: who listens to how busy the
			// server is shall not hear whose address it was.
			if w.clock.Now().Sub(x.Until.Add(-codeLasts)) < idleHash {
				_, err = w.slow.hash(ctx, x.Code, ticket)
				return err
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
	hashed, err := w.slow.hash(ctx, x.Code, ticket)
	if err != nil {
		return err
	}
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		sql := `UPDATE attempt SET code = $2 WHERE ticket = $1`
		args := []any{ticket, hashed}
		if x.What == toEnter {
			sql, args = `UPDATE attempt SET code = $2, account = $3 WHERE ticket = $1`, append(args, to.Account)
		}
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		return err
	}
	return w.deliver(ctx, r.Key(), to, words{What: "code", Code: x.Code})
}

// may picks the contacts to which messages may be sent: c is the contact's row.
const may = ` c.safe AND (c.alone OR NOT EXISTS (SELECT 1 FROM contact o WHERE o.account = c.account AND o.alone))`

// entering is who signs in with a code at an address. NotFound: nobody.
func (w *Ways) entering(ctx context.Context, address string) (to recipient, err error) {
	err = w.db.Row(ctx, `SELECT c.account, c.address, c.lang, c.discreet FROM contact c WHERE c.address = $1 AND c.enters AND`+may, address).
		Scan(&to.Account, &to.Address, &to.Lang, &to.Discreet)
	if err != nil {
		return to, err
	}
	ok, err := w.mayEnter(ctx, to.Account)
	if err == nil && !ok {
		err = db.NotFound
	}
	return to, err
}

// mayEnter reports whether an account may be signed in to with a code by e-mail: not
// while somebody is getting back into it, who would be in at once instead of in a day.
func (w *Ways) mayEnter(ctx context.Context, id string) (bool, error) {
	ok, err := w.ordinary(ctx, id)
	if err != nil || !ok {
		return false, err
	}
	if _, err = w.recovering(ctx, id); errors.Is(err, db.NotFound) {
		return true, nil
	}
	return false, err
}

// ordinary reports whether an account is somebody's who may sign in with one factor.
func (w *Ways) ordinary(ctx context.Context, id string) (bool, error) {
	x, err := w.accounts.Get(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && !account.Strong(x.Role) && !x.Suspended, err
}

// ProveEmailed uses up a code that was sent for a ticket, and answers whose it was.
// ErrCode is the answer to all that is wrong; fault.Busy says that very many try.
func (w *Ways) ProveEmailed(ctx context.Context, ticket, code string) (who string, err error) {
	err = w.answer(ctx, toEnter, ticket, code, func(_ *db.Tx, owner, _ string) error { who = owner; return nil })
	if err != nil {
		return "", err
	}
	ok, err := w.mayEnter(ctx, who)
	if err == nil && !ok {
		err = ErrCode
	}
	if err != nil {
		return "", err
	}
	return who, nil
}

// answer takes one try at the code of an attempt, and does then in the transaction that
// uses it up. A try counts before anybody knows whether it was right, so that fifty at
// once have five between them.
func (w *Ways) answer(ctx context.Context, what, ticket, typed string, then func(tx *db.Tx, account, address string) error) error {
	var there int
	err := w.db.Row(ctx, `SELECT COUNT(*) FROM attempt WHERE ticket = $1 AND what = $2 AND tries < $3 AND made > $4`,
		hash(ticket), what, mostTries, w.clock.Now().Add(-codeLasts)).Scan(&there)
	if err != nil {
		return err
	}
	if there == 0 { // no such attempt is here of anybody: nothing is worth hashing
		return ErrCode
	}
	tried, err := w.slow.hash(ctx, plain(typed), hash(ticket))
	if err != nil {
		return err
	}
	wrong := false
	err = w.db.Tx(ctx, func(tx *db.Tx) error {
		var account, address string
		var code []byte
		err := tx.Row(ctx, `UPDATE attempt SET tries = tries + 1 WHERE ticket = $1 AND what = $2 AND tries < $3 AND made > $4 RETURNING account, address, code`,
			hash(ticket), what, mostTries, tx.At.Add(-codeLasts)).Scan(&account, &address, &code)
		if errors.Is(err, db.NotFound) {
			return ErrCode
		}
		if err != nil {
			return err
		}
		if wrong = subtle.ConstantTimeCompare(tried, code) != 1; wrong {
			return nil // the try stays counted
		}
		// It stays until an hour is over, so that asking stays counted too.
		if _, err := tx.Exec(ctx, `UPDATE attempt SET code = $2, tries = $3 WHERE ticket = $1`, hash(ticket), []byte{}, mostTries); err != nil {
			return err
		}
		return then(tx, account, address)
	})
	if err == nil && wrong {
		return ErrCode
	}
	return err
}

// plain is a code without what people put between its digits.
func plain(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
}

func digits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic(err) // the system has no randomness
	}
	return fmt.Sprintf("%0*d", codeDigits, n)
}

func newID() string {
	var b [24]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// newSeq is a number for rows of the outbox that follow from no change of a record.
func newSeq() int64 { return id.Random() }

// mark stands for an address where it is counted.
func mark(address string) []byte {
	h := sha256.Sum256([]byte("onestory address " + address))
	return h[:]
}

// leave leaves something in the outbox.
func leave(ctx context.Context, tx *db.Tx, topic string, seq int64, n int, what any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Row{Seq: seq, N: n, Topic: topic, Payload: b})
}
