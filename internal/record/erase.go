package record

import (
	"context"
	"encoding/binary"
	"slices"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/person"
)

// Erase takes what the person alone wrote out of everything: every version in the
// log, the snapshot, attachments and the cache. Its places in the journal stay, and
// the journal still verifies, since a line commits to its parts and not to their
// words. What a source sent or somebody else wrote is not the person's to erase:
// Refused; it can be disputed. The erasing is itself a line.
func (d *Door) Erase(ctx context.Context, who consent.Actor, subject person.ID, e id.Entry) error {
	err := d.With(ctx, who, consent.Own, subject, func(v View) error {
		x, err := v.Get(e)
		if err != nil {
			return err
		}
		mine, err := d.wroteAll(ctx, who.Account, e)
		if err != nil {
			return err
		}
		if x.Source != "" || !mine {
			return fault.New(fault.Refused, "You can erase what you wrote yourself. For anything else, say that it is wrong.")
		}
		v.Doing("erase")
		return v.Remove(e, x.Version)
	})
	if err != nil {
		return err
	}
	err = d.db.Tx(ctx, func(tx *db.Tx) error { return d.eraseParts(ctx, tx, e) })
	d.cache.drop(e.Person)
	if err != nil {
		return unsaved(err)
	}
	return d.ledger.note([]*change{{person: e.Person, parts: []part{jsonPart(partErase, erasure{e.N})}}})
}

// wroteAll reports whether every version of an entry was written by one account.
// Names would not do: two people may have one, and one may change theirs.
func (d *Door) wroteAll(ctx context.Context, account string, e id.Entry) (all bool, err error) {
	all = true
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		for c, err := range d.changes(ctx, tx, `ORDER BY seq`, e.Person) {
			if err != nil {
				return err
			}
			if slices.Contains(c.touched(), e) && asWho(c.actor).Account != account {
				all = false
			}
		}
		return nil
	})
	return all, err
}

// An erasure is an entry that is to be gone from every copy, also a restored one.
type erasure struct {
	N int64 `json:"n"`
}

// eraseParts rewrites the changes that wrote an entry, without its words, and drops
// the snapshot, which the log can make again.
func (d *Door) eraseParts(ctx context.Context, tx *db.Tx, e id.Entry) error {
	var touched []*change
	var gone, stays [][32]byte
	for c, err := range d.changes(ctx, tx, `ORDER BY seq`, e.Person) {
		if err != nil {
			return err
		}
		for _, p := range c.parts {
			if r, err := decodeResource(p.content, plain); p.kind == partResource && err == nil && r.n == e.N {
				gone = appendSums(gone, r.blobs)
			} else if p.kind == partResource && err == nil {
				stays = appendSums(stays, r.blobs)
			}
		}
		if c.eraseEntry(e.N) {
			touched = append(touched, c)
		}
	}
	for _, c := range touched {
		if _, err := tx.Exec(ctx, `UPDATE change SET parts = $1 WHERE person = $2 AND seq = $3`, d.packer.pack(nil, c.encodeParts()), c.person, c.seq); err != nil {
			return err
		}
	}
	for _, table := range []string{`DELETE FROM header WHERE person = $1`, `DELETE FROM block WHERE person = $1`} {
		if _, err := tx.Exec(ctx, table, e.Person); err != nil {
			return err
		}
	}
	for _, sum := range gone {
		if slices.Contains(stays, sum) {
			continue // another entry has the very same
		}
		if _, err := tx.Exec(ctx, `DELETE FROM blob WHERE person = $1 AND sha256 = $2`, e.Person, sum[:]); err != nil {
			return err
		}
	}
	return nil
}

func appendSums(to [][32]byte, all []blobAt) [][32]byte {
	for _, b := range all {
		to = append(to, b.sha256)
	}
	return to
}

// eraseEntry erases every part of the change that holds words of an entry. The last
// version, its removal, has none and stays, so that the place stays taken.
func (c *change) eraseEntry(n int64) (did bool) {
	for i, p := range c.parts {
		if p.kind != partResource || p.content == nil || int64(binary.BigEndian.Uint64(p.content)) != n {
			continue
		}
		if r, err := decodeResource(p.content, plain); err == nil && !r.gone {
			c.erase(i)
			did = true
		}
	}
	return did
}
