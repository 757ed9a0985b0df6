package account

import (
	"context"

	"onestory/internal/db"
	"onestory/internal/person"
)

// Of lists the accounts that have a record as their own.
func (a *Accounts) Of(ctx context.Context, p person.ID) (all []string, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for rows, err := range tx.Each(ctx, `SELECT id FROM account WHERE person = $1 AND person <> 0 ORDER BY id`, int64(p)) {
			if err != nil {
				return err
			}
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			all = append(all, id)
		}
		return nil
	})
	return all, err
}
