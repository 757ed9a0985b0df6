package db

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// A job is one Tx that waits for its turn. The writer owns the connection and
// the transaction around the group; fn runs on the goroutine of its caller, so a
// panic in it goes on where it belongs.
type job struct {
	ctx   context.Context
	state atomic.Int32
	turn  chan *Tx   // the writer lends the connection
	ran   chan error // fn is done with it
	done  chan error // the outcome, once it is durable
}

const (
	waiting = iota
	taken   // the writer will give it a turn
	gone    // its caller has left
)

// errLeft stands for an fn that did not return: its savepoint is rolled back.
var errLeft = errors.New("db: left without returning")

// Others wait while a group runs, so it ends in time even if more keep coming.
const groupTime = 10 * time.Millisecond

func (l *lite) tx(ctx context.Context, fn func(*Tx) error) error {
	if l.write == nil {
		return errReadOnly
	}
	j := &job{ctx: ctx, turn: make(chan *Tx, 1), ran: make(chan error, 1), done: make(chan error, 1)}
	select {
	case <-l.quit:
		return Closed
	default:
	}
	select {
	case l.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.quit:
		return Closed
	}
	tx, err := j.await(l.over)
	if err != nil {
		return err
	}
	err = j.run(tx, fn)
	if lost := <-j.done; err == nil {
		return lost
	}
	return err
}

// await waits for the turn, unless the caller or the database goes first.
func (j *job) await(over <-chan struct{}) (*Tx, error) {
	select {
	case tx := <-j.turn:
		return tx, nil
	case err := <-j.done: // there was no transaction to be had
		return nil, err
	case <-j.ctx.Done():
		if j.state.CompareAndSwap(waiting, gone) {
			return nil, j.ctx.Err()
		}
	case <-over:
		if j.state.CompareAndSwap(waiting, gone) {
			return nil, Closed
		}
	}
	select { // the writer was faster
	case tx := <-j.turn:
		return tx, nil
	case err := <-j.done:
		return nil, err
	}
}

// run runs fn and tells the writer, also when fn panics or ends its goroutine.
func (j *job) run(tx *Tx, fn func(*Tx) error) (err error) {
	returned := false
	defer func() {
		if !returned {
			tx.end(nil)
			j.ran <- errLeft
		}
	}()
	err = fn(tx)
	returned = true
	err = tx.end(err)
	j.ran <- err
	return err
}

// writer gives those who wait their turns, as many as there are in one
// transaction, and one sync for all.
func (l *lite) writer() {
	defer l.idle.Done()
	for {
		select {
		case j := <-l.jobs:
			l.runGroup(j)
		case <-l.quit:
			// Those that came before the end still have their turn.
			for {
				select {
				case j := <-l.jobs:
					l.runGroup(j)
					continue
				default:
				}
				break
			}
			close(l.over) // one that slips in now finds nobody
			return
		}
	}
}

// runGroup runs j and those that wait behind it, and commits.
func (l *lite) runGroup(j *job) {
	ctx := context.Background()
	_, err := l.write.exec(ctx, "BEGIN IMMEDIATE", nil)
	if err != nil {
		if j.state.CompareAndSwap(waiting, taken) {
			j.done <- err
		}
		return
	}
	var kept []*job // ran well, and wait for the sync
	var lost error
	end := time.Now().Add(groupTime)
	for n := 1; ; n++ {
		if lost = l.turn(j); lost != nil {
			break
		}
		if j.state.Load() == taken {
			kept = append(kept, j)
		}
		if n == l.group || (n%8 == 0 && time.Now().After(end)) {
			break
		}
		select {
		case j = <-l.jobs:
			continue
		default:
		}
		break
	}
	if lost == nil && len(kept) > 0 {
		_, lost = l.write.exec(ctx, "COMMIT", nil)
		l.wrote.Store(true)
	}
	if lost != nil || len(kept) == 0 {
		// It may be over already, when SQLite rolled back by itself.
		_, _ = l.write.exec(ctx, "ROLLBACK", nil)
	}
	if lost != nil {
		lost = fmt.Errorf("db: the commit that several share failed: %w", lost)
	}
	for _, k := range kept {
		k.done <- lost
	}
}

// turn runs one job in a savepoint. An error means that the whole transaction
// is lost, which is so when SQLite rolled it back by itself (disk full, say).
// The job's state is then taken only if it shares in the group's outcome.
func (l *lite) turn(j *job) error {
	if !j.state.CompareAndSwap(waiting, taken) {
		return nil
	}
	ctx := context.Background()
	if err := j.ctx.Err(); err != nil {
		j.state.Store(gone)
		j.done <- err
		return nil
	}
	if _, err := l.write.exec(ctx, "SAVEPOINT job", nil); err != nil {
		j.state.Store(gone)
		j.done <- err
		return err
	}
	j.turn <- &Tx{At: l.clock.Now(), s: l.write}
	failed := <-j.ran
	if failed == nil {
		_, err := l.write.exec(ctx, "RELEASE job", nil)
		if err != nil {
			j.state.Store(gone)
			j.done <- err
		}
		return err
	}
	_, err := l.write.exec(ctx, "ROLLBACK TO job", nil)
	if err == nil {
		_, err = l.write.exec(ctx, "RELEASE job", nil)
	}
	j.state.Store(gone)
	j.done <- failed
	if err != nil && (errors.Is(failed, Full) || errors.Is(failed, Again)) {
		return failed // the reason why there is no savepoint any more
	}
	return err
}
