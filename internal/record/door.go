package record

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"log/slog"
	"sync"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
)

// Options are what a door needs. DB, IDs, Index and Spec must be given; every
// other field has a usable zero.
type Options struct {
	DB    *db.DB
	Clock *clock.Clock
	IDs   *id.Keys
	Index []byte     // secret under which numbers and names are hashed for finding, 32 bytes
	Spec  *fhir.Spec // what entries must look like
	Kinds *Kinds     // nil: every R4 type of a person's, with no special rules
	Codes *Codes     // nil: the table that comes with the program
	Cache uint64     // bytes of persons kept in memory; 0: 256 MiB
	Log   *slog.Logger

	// Standing says, on every open, whether the actor's account still is what the
	// session thinks: not suspended, same role, same team. It answers
	// fault.Refused when it is not. Nil asks nobody, which only tests may do.
	Standing func(context.Context, *db.Tx, consent.Actor) error

	// Ledger is the path of the file to which what must outlive a restore is
	// written besides: refusals, ends and unlinkings. "" keeps none.
	Ledger string
}

// A Door is the one way to anything about a person. Make it with Open. Safe for
// concurrent use, also by several servers on one PostgreSQL database.
type Door struct {
	law
	db       *db.DB
	clock    *clock.Clock
	spec     *fhir.Spec
	index    []byte
	standing func(context.Context, *db.Tx, consent.Actor) error
	log      *slog.Logger

	macs   sync.Pool // of *keyed
	packer *packer
	cache  *cache
	looks  *looks
	stats  stats
	line   packingLine
	ledger *ledger
	stop   context.CancelFunc
}

// Open opens the door. Close it when done.
func Open(ctx context.Context, o Options) (*Door, error) {
	if o.DB == nil || o.IDs == nil || len(o.Index) != 32 || o.Spec == nil {
		return nil, errors.New("record: a door needs a database, keys for ids, 32 secret bytes and the definitions")
	}
	d := &Door{
		law: law{codes: o.Codes, kinds: o.Kinds, keys: o.IDs},
		db:  o.DB, clock: o.Clock, spec: o.Spec, index: o.Index, standing: o.Standing, log: o.Log,
		line: packingLine{waiting: map[int64]*whole{}, wake: make(chan struct{}, 1), done: make(chan struct{})},
	}
	d.alias = d.number
	if d.clock == nil {
		d.clock = clock.New()
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.strangers = new(sync.Map)
	d.alert = func(what, system string) { d.log.Warn("record: "+what, "system", system) }
	if d.kinds == nil {
		d.kinds = NewKinds()
	}
	if o.Cache == 0 {
		o.Cache = 256 << 20
	}
	var err error
	if d.codes == nil {
		if d.codes, err = DefaultCodes(); err != nil {
			return nil, err
		}
	}
	if d.packer, err = newPacker(); err != nil {
		return nil, err
	}
	if d.cache, err = newCache(o.Cache); err != nil {
		return nil, err
	}
	if d.ledger, err = openLedger(o.Ledger); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stop = stop
	if d.looks, err = openLooks(ctx, running, d.db, d.clock); err != nil {
		stop()
		return nil, err
	}
	go d.packing(running)
	return d, nil
}

// Close packs what waits to be packed and stops. Looks in flight are finished.
func (d *Door) Close() error {
	d.stop()
	<-d.line.done
	d.looks.close()
	return d.ledger.close()
}

// tries is how often work is run on a person that others are changing.
const tries = 24

// With opens a person to one actor for one purpose, and lets work read and change
// them. What work did is one change, all or nothing, and one line in the journal.
// When With returns, that line is on disk: content may leave then, not before.
//
// It answers what work answers; Withheld when the person is none of the actor's,
// and NotFound when there is no such person, which edges tell alike; Busy when the
// journal cannot be written or the person does not come to rest.
//
// Work may run again, on the person as they are by then: it makes no ids, makes no
// times, sends nothing.
func (d *Door) With(ctx context.Context, who consent.Actor, why consent.Purpose, subject person.ID, work func(View) error) error {
	for range tries {
		o, err := d.open(ctx, who, why, int64(subject))
		if err != nil {
			return err
		}
		outcome := o.run(work) // Withheld, if this is not their circle: journalled like any other answer
		if _, answered := fault.Of(outcome); outcome != nil && !answered {
			return outcome // a failure of ours: nothing is shown, so there is nothing to journal
		}
		err = d.keep(ctx, o, outcome)
		if errors.Is(err, db.Taken) {
			continue // somebody was faster: open again, judge again, work again
		}
		if err != nil {
			return err
		}
		return outcome
	}
	return fault.New(fault.Busy, "Many people are changing this record now. Try again in a moment.")
}

// run lets work have its view, for as long as it runs.
func (o *opening) run(work func(View) error) error {
	if o.refused != nil {
		return o.refused
	}
	defer func() {
		o.over = true
		for _, g := range o.others {
			g.over = true
		}
	}()
	return work(View{o})
}

// trouble logs a failure of ours. What it says has no word about people.
func (d *Door) trouble(doing string, err error) {
	d.log.Error("record: "+doing, "error", err)
}

// hash hides an identifier or a name behind a key, for finding it again.
func (d *Door) hash(kind, value string) []byte {
	k := d.keyed()
	defer d.macs.Put(k)
	k.in = append(append(append(k.in, kind...), 0), value...)
	return bytes.Clone(k.sum()[:16])
}

// A keyed is a hash under the index key, used again and again: to key one anew costs
// more than to use it.
type keyed struct {
	hash hash.Hash
	in   []byte
	out  [sha256.Size]byte
}

// keyed returns one with nothing in it. Put it back into macs.
func (d *Door) keyed() *keyed {
	k, used := d.macs.Get().(*keyed)
	if !used {
		k = &keyed{hash: hmac.New(sha256.New, d.index)}
	}
	k.in = k.in[:0]
	return k
}

// sum hashes what is in k. The answer is good until k is put back.
func (k *keyed) sum() []byte {
	k.hash.Reset()
	k.hash.Write(k.in)
	return k.hash.Sum(k.out[:0])
}

// ID opens the outer form of a person's id. What is not one is NotFound, before
// anything is read.
func (d *Door) ID(text string) (person.ID, error) {
	e, err := d.keys.Parse(text)
	if err != nil || e.N != 0 {
		return 0, fault.NotFound
	}
	return person.ID(e.Person), nil
}

// Text is the outer form of a person's id.
func (d *Door) Text(p person.ID) string { return d.keys.Text(id.Entry{Person: int64(p)}) }

// EntryText is the outer form of an entry's id.
func (d *Door) EntryText(e id.Entry) string { return d.keys.Text(e) }

// EntryID opens the outer form of an entry's id; what is not one is NotFound.
func (d *Door) EntryID(text string) (id.Entry, error) {
	e, err := d.keys.Parse(text)
	if err != nil || e.N == 0 {
		return id.Entry{}, fault.NotFound
	}
	return e, nil
}
