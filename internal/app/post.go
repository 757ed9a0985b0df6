package app

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"onestory/internal/db"
	"onestory/internal/mail"
	"onestory/internal/outbox"
	"onestory/internal/signin"
)

// lookEvery is how often the outbox is looked at when nobody says that there is
// something: what another server left, or what became due.
const lookEvery = 5 * time.Second

// A poster does what waits in the outbox.
type poster struct {
	db   *db.DB
	what outbox.Handlers
	wake chan struct{}

	mu sync.Mutex // so that who drains knows that nothing of this server's is under way
}

// post lets messages of these ways in go out by send, or drops them when it is nil, in
// the background until the house closes.
func (h *House) post(ways *signin.Ways, send signin.Send) *poster {
	p := &poster{db: h.DB, wake: make(chan struct{}, 1)}
	ways.CarryMail(send, func() {
		select {
		case p.wake <- struct{}{}:
		default: // it will look anyway
		}
	})
	p.what = ways.Handlers()
	maps.Copy(p.what, h.Retold.Handlers())
	ctx, end := context.WithCancel(context.Background())
	var done sync.WaitGroup
	h.before = append(h.before, func() { end(); done.Wait() })
	done.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
				// Not while the answer is on its way: how fast that comes must not tell
				// whether there is something to send.
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Second/5 + rand.N(time.Second/2)):
				}
			case <-tick.C:
			}
			if err := p.drain(ctx); err != nil && !errors.Is(err, context.Canceled) {
				h.Log.Warn("app: a message did not go out, and will be tried again", "error", err)
			}
		}
	})
	return p
}

// drain does all that is due, and what follows from that.
func (p *poster) drain(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n, err := outbox.Drain(ctx, p.db, p.what)
		if n == 0 || err != nil {
			return err
		}
	}
}

// boxed keeps the demo's messages instead of sending them: answered is the box, once
// everything that waits is in it.
func (h *House) boxed(ways *signin.Ways) (all func(context.Context) ([]mail.Kept, error)) {
	box := new(mail.Box)
	p := h.post(ways, func(_ context.Context, m mail.Message) error {
		box.Put(m, h.Clock.Now().Std())
		return nil
	})
	return func(ctx context.Context) ([]mail.Kept, error) {
		err := p.drain(ctx)
		return box.All(), err
	}
}
