package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"onestory/internal/chain"
	"onestory/internal/db"
)

// A Verification is what checking the whole journal found.
type Verification struct {
	chain.Report
	Lines     int   `json:"lines"`     // rows of the journal that were checked
	Uncovered int64 `json:"uncovered"` // the last so many no checkpoint covers yet
}

// Verify checks every line of everyone's journal: against its own hash, against
// the tree, and the tree against every checkpoint, those in the database and the
// notes given from outside. key is the verifier's. It reads all there is; it
// changes nothing. An open transaction each keeps what it reads of one moment.
func (d *Door) Verify(ctx context.Context, key string, notes []string) (v Verification, err error) {
	log := chain.Log{Stream: Stream}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		v.Report, err = log.Verify(ctx, tx, d.recompute, key, notes)
		return err
	})
	if err != nil {
		return v, err
	}
	v.Uncovered = v.Size - v.Covered
	var mu sync.Mutex
	var found []chain.Finding
	all, running := errgroup.WithContext(ctx)
	all.SetLimit(verifiers())
	err = d.people(running, everyLog, func(person int64) error {
		all.Go(func() error {
			return d.db.Read(running, func(tx *db.Tx) error {
				one, lines, err := d.verifyLog(running, tx, log, person)
				mu.Lock()
				defer mu.Unlock()
				v.Lines += lines
				found = append(found, one...)
				return err
			})
		})
		return nil
	})
	if failed := all.Wait(); failed != nil { // it is why the listing ended too
		err = failed
	}
	slices.SortStableFunc(found, func(a, b chain.Finding) int { return cmp.Compare(a.Subject, b.Subject) })
	v.Findings = append(v.Findings, found...)
	return v, err
}

// verifiers is how many persons are verified at once: people do not depend on one
// another, and one half computes while the other waits for the database.
func verifiers() int { return 2 * runtime.GOMAXPROCS(0) }

// everyLog lists everyone with a row in change, look or header: a row put in for a person
// who never was is found too. Each table is read only as far as the page needs: without
// the limits within, every page would read all three to their ends.
const everyLog = `
	SELECT person FROM (SELECT DISTINCT person FROM change WHERE person > $1 ORDER BY person LIMIT 500) AS changed
	UNION SELECT person FROM (SELECT DISTINCT person FROM look WHERE person > $1 ORDER BY person LIMIT 500) AS looked
	UNION SELECT person FROM (SELECT person FROM header WHERE person > $1 ORDER BY person LIMIT 500) AS packed
	ORDER BY person LIMIT 500`

// recompute answers the hash of each leaf's row as it is now.
func (d *Door) recompute(ctx context.Context, tx *db.Tx, leaves []chain.Leaf) ([]*chain.Hash, error) {
	out := make([]*chain.Hash, len(leaves))
	const piece = 25
	err := d.split(ctx, tx, (len(leaves)+piece-1)/piece, func(tx *db.Tx, n int) error {
		for i := n * piece; i < min((n+1)*piece, len(leaves)); i++ {
			c, k, err := d.row(ctx, tx, leaves[i])
			switch {
			case errors.Is(err, db.NotFound), errors.Is(err, errUnreadable):
				continue // gone, or no longer what it was
			case err != nil:
				return err
			}
			var h chain.Hash
			if c != nil {
				h = c.link()
			} else {
				h = k.link()
			}
			out[i] = &h
		}
		return nil
	})
	return out, err
}

// split does n pieces of reading: in tx, and beside it in other transactions, whose
// snapshots are later ones. Nothing waits for those: where no connection is free, tx
// does it all.
func (d *Door) split(ctx context.Context, tx *db.Tx, n int, work func(tx *db.Tx, piece int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var pieces, helpers sync.WaitGroup
	pieces.Add(n)
	do := func(tx *db.Tx) error {
		for {
			piece := int(next.Add(1)) - 1
			if piece >= n {
				return nil
			}
			if failed.Load() == nil {
				if err := work(tx, piece); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
			pieces.Done()
		}
	}
	waiting, stop := context.WithCancel(ctx)
	for range min(n, verifiers()) - 1 {
		helpers.Go(func() { _ = d.db.Read(waiting, do) }) // what failed of a piece is kept above; without a connection there is no piece
	}
	_ = do(tx)
	pieces.Wait()
	stop()
	helpers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// errUnreadable says that a row is there and cannot be taken apart.
var errUnreadable = errors.New("record: a journal row cannot be read")

// row reads the row that a leaf numbers: a change or a look.
func (d *Door) row(ctx context.Context, tx *db.Tx, l chain.Leaf) (*change, *look, error) {
	query, args := changesOf+`AND seq = $2`, []any{l.Subject, l.Ref}
	if l.Kind == lineLook {
		query, args = `SELECT `+lookColumns+` FROM look WHERE person = $1 AND writer = $2 AND n = $3`, []any{l.Subject, l.Writer, l.Ref}
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, nil, errors.Join(rows.Err(), db.NotFound)
	}
	if l.Kind == lineLook {
		k, err := scanLook(rows)
		if err != nil {
			return nil, nil, errors.Join(errUnreadable, err)
		}
		return nil, k, nil
	}
	c, _, err := d.scan(rows, l.Subject)
	if err != nil {
		return nil, nil, errors.Join(errUnreadable, err)
	}
	return c, nil, nil
}

// verifyLog checks one person's rows by themselves: that each says what its own
// hash says, follows the one before, and has a number or waits for one. This finds
// what has no number, which the tree cannot.
func (d *Door) verifyLog(ctx context.Context, tx *db.Tx, log chain.Log, person int64) (found []chain.Finding, lines int, err error) {
	numbered, err := d.numbered(ctx, tx, log, person)
	if err != nil {
		return nil, 0, err
	}
	waiting, err := d.waiting(ctx, tx, person)
	if err != nil {
		return nil, 0, err
	}
	find := func(what, why string) {
		found = append(found, chain.Finding{Subject: person, N: -1, To: -1, What: what, Why: why})
	}
	told := d.retell(ctx, tx, person, find)
	var before change
	for rows, err := range tx.Each(ctx, changesOf+`ORDER BY seq`, person) {
		if err != nil {
			return found, lines, err
		}
		c, _, err := d.scan(rows, person)
		if err != nil {
			find("changed", "a change of this person cannot be read any more")
			told.stopped = true
			continue
		}
		lines++
		place := rowKey{lineChange, 0, c.seq}
		switch {
		case c.seq != before.seq+1 || c.prev != before.hash:
			find("dropped", fmt.Sprintf("change %d does not follow the one before it", c.seq))
		case c.link() != c.hash && !numbered[place]:
			find("changed", fmt.Sprintf("change %d, which has no number yet, does not say what it said", c.seq))
		case !numbered[place] && !waiting[c.seq]:
			find("inserted", fmt.Sprintf("change %d never had a number and does not wait for one", c.seq))
		}
		told.add(c)
		before = *c
	}
	if err := told.end(ctx, tx); err != nil {
		return found, lines, err
	}
	n, err := d.verifyLooks(ctx, tx, person, numbered, find)
	return found, lines + n, err
}

func (d *Door) verifyLooks(ctx context.Context, tx *db.Tx, person int64, numbered map[rowKey]bool, find func(what, why string)) (lines int, err error) {
	upTo, err := d.streams(ctx, tx)
	if err != nil {
		return 0, err
	}
	for rows, err := range tx.Each(ctx, `SELECT `+lookColumns+` FROM look WHERE person = $1`, person) {
		if err != nil {
			return lines, err
		}
		l, err := scanLook(rows)
		if err != nil {
			find("changed", "a look at this person cannot be read any more")
			continue
		}
		lines++
		last, known := upTo[l.writer]
		switch has := numbered[rowKey{lineLook, l.writer, l.n}]; {
		case !has && (!known || l.n <= last):
			find("inserted", fmt.Sprintf("look %d of a server never had a number and does not wait for one", l.n))
		case !has && l.link() != l.hash:
			find("changed", fmt.Sprintf("look %d of a server, which has no number yet, does not say what it said", l.n))
		}
	}
	return lines, nil
}

// A rowKey names a row of the journal within a person.
type rowKey struct {
	kind   byte
	writer int64
	ref    int64
}

func (d *Door) numbered(ctx context.Context, tx *db.Tx, log chain.Log, person int64) (map[rowKey]bool, error) {
	const page = 1000
	all := map[rowKey]bool{}
	for from := int64(1); ; {
		leaves, err := log.Of(ctx, tx, person, from, page)
		if err != nil {
			return nil, err
		}
		for _, l := range leaves {
			all[rowKey{l.Kind, l.Writer, l.Ref}] = true
			from = l.J + 1
		}
		if len(leaves) < page {
			return all, nil
		}
	}
}

func (d *Door) waiting(ctx context.Context, tx *db.Tx, person int64) (map[int64]bool, error) {
	return pairs(ctx, tx, `SELECT seq, 1 FROM unsequenced WHERE person = $1`, func(int64) bool { return true }, person)
}

func (d *Door) streams(ctx context.Context, tx *db.Tx) (map[int64]int64, error) {
	return pairs(ctx, tx, `SELECT writer, sequenced FROM stream`, func(n int64) int64 { return n })
}

// pairs reads rows of two numbers into a map.
func pairs[T any](ctx context.Context, tx *db.Tx, query string, as func(int64) T, args ...any) (map[int64]T, error) {
	all := map[int64]T{}
	for rows, err := range tx.Each(ctx, query, args...) {
		if err != nil {
			return nil, err
		}
		var k, n int64
		if err := rows.Scan(&k, &n); err != nil {
			return nil, err
		}
		all[k] = as(n)
	}
	return all, nil
}
