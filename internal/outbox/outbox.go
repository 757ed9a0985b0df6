// Package outbox does what follows from a change outside the database: telling a
// team, sending a letter.
//
// What is to be done is written in the change's own transaction ([Add]), so it is
// neither forgotten nor done for a change that never was. It is done at least
// once ([Drain]): a server may stop between doing it and noting so, and then it is
// done again. The row's key is the same each time, so that whoever is told can
// tell a second time from another. Many servers may drain at once.
//
// This package owns the table:
//
//	outbox (person, seq, n, topic, payload, due, tries)   what is still to be done
package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
)

// A Row is one thing to be done.
type Row struct {
	Person  int64 // whose change it follows from
	Seq     int64 // which change
	N       int   // which thing of that change: the three together are its key
	Topic   string
	Payload []byte
	Due     clock.Time // not before; 0: at once
	Tries   int        // how often it has been tried, this time included
}

// Key names the row for whoever is told: the same at every try, and never used again.
func (r Row) Key() string { return fmt.Sprintf("%d-%d-%d", r.Person, r.Seq, r.N) }

// Handlers do what rows ask for, by topic. A handler that answers an error is
// asked again later. Its context ends before another server may try.
type Handlers map[string]func(context.Context, Row) error

const (
	leaseTime = 2 * time.Minute // for one try
	workTime  = leaseTime - 15*time.Second
	firstWait = 5 * time.Second // after a failure; then twice as long, and so on
	lastWait  = time.Hour
	together  = 50 // rows read at once
)

// Add writes down what is to be done, in the transaction of the change. A key
// that is in use is db.Taken.
func Add(ctx context.Context, tx *db.Tx, r Row) error {
	if r.Due == 0 {
		r.Due = tx.At
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO outbox (person, seq, n, topic, payload, due, tries) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		r.Person, r.Seq, r.N, r.Topic, r.Payload, r.Due)
	return err
}

// Drain does what is due and tells how much was done. Rows of topics without a
// handler stay. The error joins what handlers answered; those rows are tried
// again when they are due again.
func Drain(ctx context.Context, d *db.DB, handlers Handlers) (done int, err error) {
	for topic, handle := range handlers {
		for {
			rows, readErr := due(ctx, d, topic)
			if readErr != nil {
				return done, errors.Join(err, readErr)
			}
			for _, r := range rows {
				ok, failed := try(ctx, d, r, handle)
				if ok {
					done++
				}
				err = errors.Join(err, failed)
				if ctx.Err() != nil {
					return done, errors.Join(err, ctx.Err())
				}
			}
			if len(rows) < together {
				break
			}
		}
	}
	return done, err
}

func due(ctx context.Context, d *db.DB, topic string) (all []Row, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		all = nil
		for rows, err := range tx.Each(ctx, `
			SELECT person, seq, n, topic, payload, due, tries FROM outbox
			WHERE topic = $1 AND due <= $2 ORDER BY due, person, seq, n LIMIT $3`, topic, tx.At, together) {
			if err != nil {
				return err
			}
			var r Row
			if err := rows.Scan(&r.Person, &r.Seq, &r.N, &r.Topic, &r.Payload, &r.Due, &r.Tries); err != nil {
				return err
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}

// try takes one row, does it, and notes how that went. The count of tries is the
// lease: it names this try, and only who still holds it notes anything.
func try(ctx context.Context, d *db.DB, r Row, handle func(context.Context, Row) error) (done bool, err error) {
	mine, err := change(ctx, d, `UPDATE outbox SET tries = tries + 1, due = $5 WHERE person = $1 AND seq = $2 AND n = $3 AND tries = $4`,
		r, func(at clock.Time) clock.Time { return at.Add(leaseTime) })
	if err != nil || !mine {
		return false, err
	}
	r.Tries++
	working, stop := context.WithTimeout(ctx, workTime)
	failed := run(working, r, handle)
	stop()
	// What was done is noted even when ctx has ended meanwhile.
	ctx = context.WithoutCancel(ctx)
	if failed == nil {
		_, err := change(ctx, d, `DELETE FROM outbox WHERE person = $1 AND seq = $2 AND n = $3 AND tries = $4`, r, nil)
		return true, err
	}
	failed = fmt.Errorf("outbox: %s, try %d: %w", r.Topic, r.Tries, failed)
	_, err = change(ctx, d, `UPDATE outbox SET due = $5 WHERE person = $1 AND seq = $2 AND n = $3 AND tries = $4`,
		r, func(at clock.Time) clock.Time { return at.Add(wait(r.Tries)) })
	return false, errors.Join(failed, err)
}

// change runs a statement on the row as this try knows it, and reports whether it
// still was so.
func change(ctx context.Context, d *db.DB, sql string, r Row, due func(clock.Time) clock.Time) (was bool, err error) {
	err = d.Tx(ctx, func(tx *db.Tx) error {
		args := []any{r.Person, r.Seq, r.N, r.Tries}
		if due != nil {
			args = append(args, due(tx.At))
		}
		n, err := tx.Exec(ctx, sql, args...)
		was = n == 1
		return err
	})
	return was, err
}

// run does it. One that panics has failed: it must not take the server with it.
func run(ctx context.Context, r Row, handle func(context.Context, Row) error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the handler panicked")
		}
	}()
	return handle(ctx, r)
}

// wait is how long to wait after so many failures: longer each time, and never
// quite the same, so that what failed together is not tried together.
func wait(tries int) time.Duration {
	w := min(firstWait<<min(tries-1, 16), lastWait)
	return w - w/4 + rand.N(w/4)
}

// Waiting tells how many rows are due or under way, and the highest count of tries
// among them. What is kept for a later day does not wait.
func Waiting(ctx context.Context, d *db.DB) (rows, tries int64, err error) {
	err = d.Row(ctx, `SELECT COUNT(*), COALESCE(MAX(tries), 0) FROM outbox WHERE due <= $1 OR tries > 0`, d.Now()).Scan(&rows, &tries)
	return rows, tries, err
}
