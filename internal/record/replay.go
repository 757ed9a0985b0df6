package record

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// Replay says again what the ledger holds and the database does not: after the
// restore of an older backup, what was refused is refused and what was parted is
// parted, before the first request. It returns how many changes it made anew.
// Where nothing was restored it changes nothing.
func (d *Door) Replay(ctx context.Context) (made int, err error) {
	lines, err := d.ledger.lines()
	if err != nil {
		return 0, err
	}
	for _, line := range lines {
		fresh, err := d.replay(ctx, line)
		if err != nil {
			return made, fmt.Errorf("record: replaying the restore ledger: %w", err)
		}
		if fresh {
			made++
		}
	}
	return made, nil
}

// replay makes one line's change again unless the log has it already: at its place,
// or later, when an earlier replay put it there.
func (d *Door) replay(ctx context.Context, line ledgerLine) (fresh bool, err error) {
	if len(line.Kinds) == 1 && line.Kinds[0] == partErase {
		return d.eraseAgain(ctx, line)
	}
	hash, err := hex.DecodeString(line.Hash)
	if err != nil {
		return false, err
	}
	key := line.Hash
	err = d.db.Tx(ctx, func(tx *db.Tx) error {
		fresh = false
		var n int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM change WHERE person = $1 AND hash = $2`, line.Person, hash).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		done, err := tx.Exec(ctx, `INSERT INTO replayed (person, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`, line.Person, hash)
		if err != nil || done == 0 {
			return err
		}
		w, err := d.load(ctx, tx, line.Person)
		if err != nil {
			return err
		}
		c := &change{
			person: line.Person, seq: w.seq + 1, at: tx.At, purpose: consent.Administration, prev: w.hash,
			actor: string(jsonPart(0, Who{Account: "restore", Name: "restore"}).content),
		}
		for i, p := range line.Parts {
			c.parts = append(c.parts, part{kind: line.Kinds[i], content: p})
		}
		c.parts = append(c.parts, jsonPart(partNote, note{Say: "restored " + key[:8]}))
		c.seal()
		fresh = true
		return d.insert(ctx, tx, w, c)
	})
	if errors.Is(err, fault.NotFound) {
		return false, nil // the backup is from before this person was here
	}
	return fresh, err
}

// eraseAgain erases what an older backup brought back. An entry that is not there, or
// has been erased already, needs nothing.
func (d *Door) eraseAgain(ctx context.Context, line ledgerLine) (fresh bool, err error) {
	var x erasure
	if err := decodeJSON(line.Parts[0], &x); err != nil {
		return false, err
	}
	e := id.Entry{Person: line.Person, N: x.N}
	err = d.db.Tx(ctx, func(tx *db.Tx) error {
		w, err := d.load(ctx, tx, line.Person)
		if err != nil {
			return err
		}
		found := w.find(x.N)
		if fresh = found != nil; !fresh {
			return nil
		}
		gone := resource{n: x.N, kind: found.Kind, gone: true}
		c := &change{
			person: line.Person, seq: w.seq + 1, at: tx.At, purpose: consent.Administration, prev: w.hash,
			actor: string(jsonPart(0, Who{Account: "restore", Name: "restore"}).content), parts: []part{gone.encode()},
		}
		c.seal()
		if err := d.insert(ctx, tx, w, c); err != nil {
			return err
		}
		return d.eraseParts(ctx, tx, e)
	})
	d.cache.drop(line.Person)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return fresh, err
}
