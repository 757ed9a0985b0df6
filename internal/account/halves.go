package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
)

// A link that lets somebody into an account is the whole of their access. Of one that two
// administrators decide about, each sees a half: who confirmed has the link, who asked has
// a code. Neither can use it alone.

const (
	halfEnds  = ".2" // no other token ends so: base64url has no dot
	mostTries = 5
)

// ErrCode is the answer to a link that needs a code, with none or a wrong one.
var ErrCode = fault.New(fault.Invalid, "The code is not right. Ask whoever asked for your link. After five wrong codes the link is over.")

// Halved reports whether a link needs a code as well. It says so of its form alone.
func Halved(link string) bool { return strings.HasSuffix(link, halfEnds) }

// A Code is one administrator's half of a link that another confirmed.
type Code struct {
	Name  string // of whom it is for
	Code  string // eight digits
	Until clock.Time
}

// Codes lists the codes for which the reader asked and which have not been used.
func (a *Accounts) Codes(ctx context.Context, by consent.Actor) (all []Code, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT a.name, s.code, s.until FROM signin s JOIN account a ON a.id = s.account
			WHERE s.asker = $1 AND s.code <> '' AND s.until > $2 ORDER BY s.until, a.name`, by.Account, a.clock.Now()) {
			if err != nil {
				return err
			}
			var c Code
			if err := rows.Scan(&c.Name, &c.Code, &c.Until); err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

// halves makes a link for an account, and the code for who asked. Links from before are over.
func halves(ctx context.Context, tx *db.Tx, account, asker string) (token string, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return "", err
	}
	token, _ = fresh()
	token += halfEnds
	if _, err := tx.Exec(ctx, `DELETE FROM signin WHERE account = $1`, account); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO signin (token, account, until, code, tries, asker) VALUES ($1, $2, $3, $4, 0, $5)`,
		hash(token), account, tx.At.Add(waitsFor), fmt.Sprintf("%08d", n), asker)
	return token, err
}

// take uses a link up and answers whose it is. A wrong code is counted; the fifth ends the
// link. Wrong is no error here, so that the count is kept.
func take(ctx context.Context, tx *db.Tx, link, code string) (account string, wrong bool, err error) {
	gone := fault.New(fault.NotFound, "This link has been used or is too old. Ask for a new one.")
	// Counting comes first: of many guesses at once each waits here for the one before it.
	counts := int64(1)
	if code == "" {
		counts = 0
	}
	var want string
	var tries int64
	err = tx.Row(ctx, `UPDATE signin SET tries = tries + $1 WHERE token = $2 AND until > $3 AND tries < $4 RETURNING account, code, tries`,
		counts, hash(link), tx.At, mostTries).Scan(&account, &want, &tries)
	if errors.Is(err, db.NotFound) {
		return "", false, gone
	}
	if err != nil {
		return "", false, err
	}
	if want != "" && strings.ReplaceAll(code, " ", "") != want {
		if tries >= mostTries {
			_, err = tx.Exec(ctx, `DELETE FROM signin WHERE token = $1`, hash(link))
		}
		return "", true, err
	}
	n, err := tx.Exec(ctx, `DELETE FROM signin WHERE token = $1`, hash(link))
	if err == nil && n == 0 {
		err = gone
	}
	return account, false, err
}
