package record

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"sync/atomic"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// A look is one line of the journal: somebody opened something, or tried to.
type look struct {
	person  int64
	writer  int64 // the server that wrote it
	n       int64 // its place in that server's stream
	at      clock.Time
	actor   string // a Who, as JSON
	behalf  int64  // the person acted for, or 0
	purpose consent.Purpose
	what    string   // a code of what was done
	because []string // rules that decided
	judged  string   // "shown", or the kind of the answer
	seen    []byte   // which entries, as bits by place; see bitmaps
	seed    [16]byte // salts of its two erasable parts; zero once erased
	prev    chain.Hash
	hash    chain.Hash
}

// link computes the hash of the line. Who looked, and what at, are erasable parts.
func (l *look) link() chain.Hash {
	head := append(make([]byte, 0, 48), "look"...)
	head = binary.BigEndian.AppendUint64(head, uint64(l.person))
	head = binary.BigEndian.AppendUint64(head, uint64(l.writer))
	head = binary.BigEndian.AppendUint64(head, uint64(l.n))
	head = binary.BigEndian.AppendUint64(head, uint64(l.at))
	who := appendString(appendString(appendInt(nil, l.behalf), l.actor), string(l.purpose))
	what := appendString(appendString(appendString(nil, l.what), strings.Join(l.because, " ")), l.judged)
	what = appendBytes(what, l.seen)
	return chain.Link(l.prev, head, []chain.Hash{
		chain.Commit(chain.Salt(l.seed, 0), who),
		chain.Commit(chain.Salt(l.seed, 1), what),
	})
}

// looks is this server's stream. All who wait for a line to be on disk share one
// transaction, and so one sync.
type looks struct {
	db      *db.DB
	clock   *clock.Clock
	writer  int64
	n       int64
	prev    chain.Hash
	queue   chan *waitingLooks
	running context.Context
	done    chan struct{}

	shown, refused atomic.Int64 // see Stats
}

// waitingLooks are lines that somebody waits for, all of them in one transaction.
type waitingLooks struct {
	lines []*look
	kept  chan error
}

// together is how many lines share a transaction, about: no more are added then.
const together = 256

// openLooks begins a new stream, so that two servers, or one before and after a
// crash, never write to the same one.
func openLooks(ctx, running context.Context, d *db.DB, c *clock.Clock) (*looks, error) {
	l := &looks{
		db: d, clock: c, writer: id.Random(), queue: make(chan *waitingLooks, together),
		running: running, done: make(chan struct{}),
	}
	err := d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO stream (writer, started, sequenced) VALUES ($1, $2, 0)`, l.writer, tx.At)
		return err
	})
	if err != nil {
		return nil, err
	}
	go l.run()
	return l, nil
}

// append waits until the lines are on disk, in one commit. When that cannot be, the
// answer is Busy, and what was read must not be shown.
func (l *looks) append(ctx context.Context, lines ...*look) error {
	w := &waitingLooks{lines, make(chan error, 1)}
	select {
	case l.queue <- w:
	case <-l.done:
		return fault.New(fault.Busy, "The service is stopping. Try again in a moment.")
	}
	// Deliberately not ctx: once queued the line may be written, and the asker
	// has to hear whether it was.
	select {
	case err := <-w.kept:
		return err
	case <-l.done:
		return fault.New(fault.Busy, "The service is stopping. Try again in a moment.")
	}
}

func (l *looks) run() {
	defer close(l.done)
	for {
		select {
		case first := <-l.queue:
			l.write(l.batch(first))
		case <-l.running.Done():
			for {
				select {
				case first := <-l.queue:
					l.write(l.batch(first))
				default:
					return
				}
			}
		}
	}
}

func (l *looks) batch(first *waitingLooks) []*waitingLooks {
	all := []*waitingLooks{first}
	for n := len(first.lines); n < together; {
		select {
		case next := <-l.queue:
			all = append(all, next)
			n += len(next.lines)
		default:
			return all
		}
	}
	return all
}

func (l *looks) write(all []*waitingLooks) {
	ctx := context.WithoutCancel(l.running)
	var n int64
	var prev chain.Hash
	err := l.db.Tx(ctx, func(tx *db.Tx) error {
		n, prev = l.n, l.prev // again, should this run twice
		rows := make([][]any, 0, len(all))
		for _, w := range all {
			for _, line := range w.lines {
				n++
				line.writer, line.n, line.at, line.prev = l.writer, n, tx.At, prev
				rand.Read(line.seed[:])
				line.hash = line.link()
				prev = line.hash
				rows = append(rows, line.row())
			}
		}
		return tx.ExecMany(ctx, insertLook, rows)
	})
	if err == nil {
		l.n, l.prev = n, prev
		l.count(all)
	} else {
		err = &fault.Error{Kind: fault.Busy, Say: "We cannot note who looked at this record just now, so it cannot be shown. Try again in a moment.", Cause: err}
	}
	for _, w := range all {
		w.kept <- err
	}
}

const insertLook = `
	INSERT INTO look (person, writer, n, at, actor, behalf, purpose, what, because, judged, seen, seed, prev, hash)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

func (l *look) row() []any {
	seen := l.seen
	if seen == nil {
		seen = []byte{}
	}
	return []any{
		l.person, l.writer, l.n, l.at, l.actor, l.behalf, string(l.purpose), l.what,
		strings.Join(l.because, " "), l.judged, seen, l.seed[:], l.prev[:], l.hash[:],
	}
}

const lookColumns = `person, writer, n, at, actor, behalf, purpose, what, because, judged, seen, seed, prev, hash`

// scanLook reads a row of lookColumns.
func scanLook(rows *db.Rows) (*look, error) {
	l := new(look)
	var because string
	var seed, prev, hash []byte
	err := rows.Scan(&l.person, &l.writer, &l.n, &l.at, &l.actor, &l.behalf, (*string)(&l.purpose), &l.what,
		&because, &l.judged, &l.seen, &seed, &prev, &hash)
	if err != nil {
		return nil, err
	}
	if because != "" {
		l.because = strings.Split(because, " ")
	}
	if len(seed) != len(l.seed) {
		return nil, errors.New("record: a look has no seed")
	}
	copy(l.seed[:], seed)
	l.prev, l.hash = asHash(prev), asHash(hash)
	return l, nil
}

func (l *looks) close() { <-l.done }
