package chain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/id"
)

// ErrForked says that the tree in the database is not the continuation of what
// was signed: it was tampered with, or restored from a backup. Nothing more is
// signed. After a restore, go on with a higher Epoch.
var ErrForked = errors.New("chain: the log does not continue what was signed: run verify; after a restore, raise the epoch")

// Options tell a Sequencer how to work. Stream and, for checkpoints, Signer are needed.
type Options struct {
	Stream    string
	Epoch     int64         // 0: 1; one more after each restore
	Every     time.Duration // between rounds; 0: a second
	Sign      time.Duration // between checkpoints; 0: a minute
	Limit     int           // lines in one transaction; 0: 256
	Signer    *Signer       // nil: no checkpoints
	File      string        // where checkpoints are kept outside the database; "": nowhere
	Witnesses []Witness
	Report    func(error) // told what failed in the background; nil: nobody
}

// A Sequencer numbers new lines, about every second, and signs a checkpoint about
// every minute. Many servers may run one for the same stream: one of them holds
// the lease and works, the others stand by. Make it with [Start] or [New].
type Sequencer struct {
	db     *db.DB
	log    Log
	source Source
	o      Options
	holder string

	kick chan struct{}
	stop context.CancelFunc
	done chan struct{}

	mu     sync.Mutex // over signing
	signed Checkpoint // the last one known of
	read   bool       // whether File has been read
}

// Who has not renewed its lease for this long has lost it.
const leaseTime = 10 * time.Second

// New makes a sequencer that works when [Sequencer.RunOnce] is called.
func New(d *db.DB, source Source, o Options) *Sequencer {
	if o.Epoch == 0 {
		o.Epoch = 1
	}
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Sign == 0 {
		o.Sign = time.Minute
	}
	if o.Limit == 0 {
		o.Limit = 256
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	return &Sequencer{
		db: d, log: Log{o.Stream}, source: source, o: o,
		holder: fmt.Sprintf("%x", id.Random()), kick: make(chan struct{}, 1),
	}
}

// Start makes a sequencer and lets it run until [Sequencer.Close].
func Start(d *db.DB, source Source, o Options) *Sequencer {
	s := New(d, source, o)
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan struct{})
	go s.run(ctx)
	return s
}

// Kick asks for a round now.
func (s *Sequencer) Kick() {
	select {
	case s.kick <- struct{}{}:
	default: // one is asked for already
	}
}

// Close ends the rounds, numbers what is left, signs it, and gives up the lease.
func (s *Sequencer) Close(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
	leads, err := s.drain(ctx)
	if err != nil || !leads {
		return err
	}
	_, signErr := s.Checkpoint(ctx)
	return errors.Join(signErr, s.giveUp(ctx))
}

func (s *Sequencer) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	next := time.Now().Add(s.o.Sign)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.kick:
		}
		leads, err := s.drain(ctx)
		if err == nil && leads && !time.Now().Before(next) {
			next = time.Now().Add(s.o.Sign)
			_, err = s.Checkpoint(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.o.Report(fmt.Errorf("numbering %s: %w", s.o.Stream, err))
		}
	}
}

// drain runs rounds until there is nothing new.
func (s *Sequencer) drain(ctx context.Context) (leads bool, err error) {
	for {
		n, leads, err := s.round(ctx)
		if err != nil || n == 0 {
			return leads, err
		}
	}
}

// RunOnce numbers the lines there are, as far as one transaction goes, and
// answers how many: none, when another server holds the lease.
func (s *Sequencer) RunOnce(ctx context.Context) (int, error) {
	n, _, err := s.round(ctx)
	return n, err
}

// round takes or renews the lease and numbers lines in one transaction. The row of
// the lease is what two servers collide on: the second runs again, on what the
// first has left. Were it not for that, they would collide on a number.
func (s *Sequencer) round(ctx context.Context) (n int, leads bool, err error) {
	idle, err := s.idle(ctx)
	if err != nil || idle {
		return 0, idle, err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		n, leads = 0, false
		if leads, err = s.lease(ctx, tx); err != nil || !leads {
			return err
		}
		lines, err := s.source.Unsequenced(ctx, tx, s.o.Limit)
		if err != nil {
			return err
		}
		if _, err := s.log.Append(ctx, tx, lines); err != nil {
			return err
		}
		n = len(lines)
		return s.source.Sequenced(ctx, tx, lines)
	})
	if err != nil {
		return 0, false, err
	}
	return n, leads, nil
}

// idle reports that this server holds the lease for long enough and nothing is
// new, so that a quiet database is not written every second.
func (s *Sequencer) idle(ctx context.Context) (idle bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var holder string
		var until clock.Time
		err := tx.Row(ctx, `SELECT holder, until FROM lease WHERE name = $1`, s.leaseName()).Scan(&holder, &until)
		if errors.Is(err, db.NotFound) || (err == nil && (holder != s.holder || until < tx.At.Add(leaseTime/2))) {
			return nil
		}
		if err != nil {
			return err
		}
		lines, err := s.source.Unsequenced(ctx, tx, 1)
		idle = len(lines) == 0
		return err
	})
	return idle, err
}

func (s *Sequencer) leaseName() string { return "sequencer " + s.o.Stream }

func (s *Sequencer) lease(ctx context.Context, tx *db.Tx) (bool, error) {
	until := tx.At.Add(leaseTime)
	n, err := tx.Exec(ctx, `
		INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = $2, until = $3
		WHERE lease.holder = $2 OR lease.until < $4`, s.leaseName(), s.holder, until, tx.At)
	return n == 1, err
}

func (s *Sequencer) giveUp(ctx context.Context) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM lease WHERE name = $1 AND holder = $2`, s.leaseName(), s.holder)
		return err
	})
}

// Checkpoint signs the tree as it is, if there is anything new or no witness has
// had it, and answers the note; "" if there is nothing to sign. A signed tree is
// kept outside the database first.
func (s *Sequencer) Checkpoint(ctx context.Context) (string, error) {
	if s.o.Signer == nil {
		return "", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Checkpoint{Stream: s.o.Stream, Epoch: s.o.Epoch}
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if err := s.lastSigned(ctx, tx); err != nil {
			return err
		}
		c.At = tx.At
		if c.Size, err = s.log.Size(ctx, tx); err != nil {
			return err
		}
		if c.Root, err = s.log.Root(ctx, tx, c.Size); err != nil {
			return err
		}
		return s.continues(ctx, tx, c)
	})
	if err != nil {
		return "", err
	}
	if c.Size == 0 || (c.Epoch == s.signed.Epoch && c.Size == s.signed.Size) {
		return "", nil
	}
	note, err := s.o.Signer.Sign(c)
	if err != nil {
		return "", err
	}
	if s.o.File != "" {
		if err := FileWitness(s.o.File)(note); err != nil {
			return "", fmt.Errorf("keeping the checkpoint outside the database: %w", err)
		}
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO checkpoint (stream, epoch, size, at, note) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (stream, epoch, size) DO NOTHING`, c.Stream, c.Epoch, c.Size, c.At, note)
		return err
	})
	if err != nil {
		return "", err
	}
	s.signed = c
	var failed error
	for _, w := range s.o.Witnesses {
		failed = errors.Join(failed, w(note))
	}
	if failed != nil {
		failed = fmt.Errorf("giving the checkpoint to a witness: %w", failed)
	}
	return note, failed
}

// lastSigned learns what was signed last, from the file once and from the
// database each time, for another server may have signed since.
func (s *Sequencer) lastSigned(ctx context.Context, tx *db.Tx) error {
	var notes []string
	if s.o.File != "" && !s.read {
		b, err := os.ReadFile(s.o.File)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("reading the checkpoints outside the database: %w", err)
		}
		notes = SplitNotes(string(b))
	}
	var note string
	err := tx.Row(ctx, `SELECT note FROM checkpoint WHERE stream = $1 ORDER BY epoch DESC, size DESC LIMIT 1`, s.o.Stream).Scan(&note)
	if err == nil {
		notes = append(notes, note)
	} else if !errors.Is(err, db.NotFound) {
		return err
	}
	for _, n := range notes {
		c, err := VerifyCheckpoint(n, s.o.Signer.Key())
		if err != nil && strings.HasPrefix(n, s.o.Signer.s.Name()+"/") {
			return fmt.Errorf("%w (%w)", ErrForked, err)
		}
		// What another server signed with its own key is for verify to judge.
		if err == nil && c.Stream == s.o.Stream && (c.Epoch > s.signed.Epoch || (c.Epoch == s.signed.Epoch && c.Size > s.signed.Size)) {
			s.signed = c
		}
	}
	s.read = true
	return nil
}

// continues checks that the tree has grown out of what was signed last.
func (s *Sequencer) continues(ctx context.Context, tx *db.Tx, c Checkpoint) error {
	last := s.signed
	switch {
	case last.Size == 0 || c.Epoch > last.Epoch:
		return nil
	case c.Epoch < last.Epoch || c.Size < last.Size:
		return ErrForked
	}
	root, err := s.log.Root(ctx, tx, last.Size)
	if err == nil && root != last.Root {
		return ErrForked
	}
	return err
}
