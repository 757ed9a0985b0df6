package account

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// Resident makes the account of somebody who proved that a record is theirs, and answers
// its ID. Where that record has an account already, it is refused: nobody is merged into
// an account that somebody else may have made. With binds, in the same change, what they
// sign in with: an account without a way in would keep its owner out for good.
func (a *Accounts) Resident(ctx context.Context, name string, own person.ID, binds func(tx *db.Tx, id string) error) (id string, err error) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(own))
	sum := sha256.Sum256(append([]byte("onestory resident "), b[:]...))
	id = "r-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
	return id, a.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			INSERT INTO account (id, name, person, role, team, organisation, suspended, version)
			SELECT a.id, a.name, a.person, 'resident', '', '', FALSE, 1
			FROM (SELECT CAST($1 AS TEXT) AS id, CAST($2 AS TEXT) AS name, CAST($3 AS BIGINT) AS person) AS a
			WHERE NOT EXISTS (SELECT 1 FROM account x WHERE x.person = a.person) ON CONFLICT DO NOTHING`, id, name, int64(own))
		if err == nil && n == 0 {
			err = fault.New(fault.Refused, "You have an account here already. Sign in the way you did before. Then add this way under How you sign in.")
		}
		if err != nil {
			return err
		}
		return binds(tx, id)
	})
}
