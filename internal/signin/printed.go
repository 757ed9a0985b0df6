package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"

	"onestory/internal/account"
	"onestory/internal/db"
	"onestory/internal/fault"
)

const (
	sheetHas = 10
	// letters leave out those most often taken for another: 0 and O, 1, I and L, 5 and S,
	// U and V.
	letters = "2346789ABCDEFGHJKMNPQRTWXYZ"
	// codeHas letters are 76 bits: nobody guesses one, whoever has the hashes included,
	// so that a fast hash does and nobody's tries need counting.
	codeHas = 16
)

// Sheet makes ten codes for paper, each of which signs the account in once, and ends
// those made before. They cannot be shown again. Who works here gets none: a sheet of
// paper is one factor.
func (w *Ways) Sheet(ctx context.Context, id string) (codes []string, err error) {
	x, err := w.accounts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if account.Strong(x.Role) {
		return nil, fault.New(fault.Refused, "Codes on paper are not for signing in to work. Make a second passkey.")
	}
	for range sheetHas {
		codes = append(codes, code())
	}
	seq := newSeq()
	defer w.wake()
	return codes, w.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM printed WHERE account = $1`, id); err != nil {
			return err
		}
		for _, c := range codes {
			if _, err := tx.Exec(ctx, `INSERT INTO printed (code, account, made) VALUES ($1, $2, $3)`, hashCode(c), id, tx.At); err != nil {
				return err
			}
		}
		return w.tell(ctx, tx, id, SheetMade, seq, "")
	})
}

// Left is how many codes of an account's sheet have not been used.
func (w *Ways) Left(ctx context.Context, id string) (n int, err error) {
	err = w.db.Row(ctx, `SELECT COUNT(*) FROM printed WHERE account = $1`, id).Scan(&n)
	return n, err
}

// ProveCode uses up a code on paper and answers whose it was. Spaces, dashes and small
// letters do not matter. Of many who try at once, one succeeds. It fails with ErrWrong.
func (w *Ways) ProveCode(ctx context.Context, typed string) (id string, err error) {
	hashed := hashCode(typed)
	// Only a code that is there is worth a write, for which others would wait.
	err = w.db.Row(ctx, `SELECT account FROM printed WHERE code = $1`, hashed).Scan(&id)
	if err == nil {
		err = w.db.Tx(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `DELETE FROM printed WHERE code = $1 RETURNING account`, hashed).Scan(&id)
		})
	}
	if errors.Is(err, db.NotFound) {
		return "", ErrWrong
	}
	if err != nil {
		return "", err
	}
	x, err := w.accounts.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if account.Strong(x.Role) || x.Suspended { // has come to work here since, or is out
		return "", ErrWrong
	}
	return id, nil
}

// code is a new code in groups of four. Bytes that would make some letters likelier
// than others are passed over.
func code() string {
	var out strings.Builder
	var b [1]byte
	for n := 0; n < codeHas; {
		rand.Read(b[:])
		if int(b[0]) >= 256/len(letters)*len(letters) {
			continue
		}
		if n > 0 && n%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(letters[int(b[0])%len(letters)])
		n++
	}
	return out.String()
}

func hashCode(typed string) []byte {
	typed = strings.Map(func(r rune) rune {
		if strings.ContainsRune(letters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	h := sha256.Sum256([]byte("onestory printed code " + typed))
	return h[:]
}
