package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

const (
	manyEntries = 150 // of the people who are opened
	fewEntries  = 10  // of the people around them
	cacheAll    = 1 << 30
	cacheNobody = 1
)

// onDatabase runs all that runs on both databases. place names a fresh database.
func (b *bench) onDatabase(ctx context.Context, kind, dir string, place func(string) (string, error)) error {
	var worlds []*world
	defer func() {
		for _, w := range worlds {
			w.close()
		}
	}()
	open := func(name string, cache uint64) (*world, error) {
		where, err := place(name)
		if err != nil {
			return nil, err
		}
		w, err := newWorld(ctx, where, cache)
		if err == nil {
			worlds = append(worlds, w)
		}
		return w, err
	}
	w, err := open("people", cacheNobody)
	if err != nil {
		return err
	}
	if err := w.settle(ctx, 0, b.pick(200, 40), manyEntries); err != nil {
		return err
	}
	cached, err := w.newDoor(ctx, cacheAll)
	if err != nil {
		return err
	}
	defer cached.Close()
	for _, f := range []func() error{
		func() error { return b.cold(ctx, kind, w) },
		func() error { return b.warm(ctx, kind, w, cached) },
		func() error { return b.looks(ctx, kind, w, cached) },
		func() error { return b.crowd(ctx, kind, w, open) },
		func() error { return b.changes(ctx, kind, dir, w, cached) },
		func() error { return b.programs(ctx, kind, open) },
	} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// opened is how long it takes until a view is there, and until work is done with
// it. The journal line, which is kept after the work, is not in it.
func opened(ctx context.Context, door *record.Door, p person.ID, work func(record.View) error) (view, all time.Duration, err error) {
	began := time.Now()
	err = door.With(ctx, nurse, consent.Care, p, func(v record.View) error {
		view = time.Since(began)
		err := work(v)
		all = time.Since(began)
		return err
	})
	return view, all, err
}

func nothing(record.View) error { return nil }

// everything reads and parses all entries, and says so when they are not all there.
func everything(v record.View) error {
	n := 0
	err := v.Every(func(record.Entry) error { n++; return nil })
	if err == nil && n != manyEntries {
		return fmt.Errorf("%d entries shown, not %d", n, manyEntries)
	}
	return err
}

// A rawReader reads what an opening has to read, and nothing besides.
type rawReader struct {
	db   *db.DB
	dec  *zstd.Decoder
	buf  []byte
	rows *rows
}

func newRawReader(ctx context.Context, d *db.DB) (*rawReader, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	rows, err := newRows(ctx, d)
	return &rawReader{db: d, dec: dec, rows: rows}, err
}

// commit writes something: SQLite's readers forget the pages that they have when
// somebody did, and with looks somebody always does.
func (r *rawReader) commit(ctx context.Context) func() error {
	return func() error { return r.rows.insert(ctx, 100) }
}

// person reads the header and the blocks and decompresses them.
func (r *rawReader) person(ctx context.Context, p person.ID) error {
	return r.db.Read(ctx, func(tx *db.Tx) error {
		var seq, codes int64
		var packed []byte
		if err := tx.Row(ctx, `SELECT seq, codes, head FROM header WHERE person = $1`, p).Scan(&seq, &codes, &packed); err != nil {
			return err
		}
		if err := r.unpack(packed); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT n, bytes FROM block WHERE person = $1`, p)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n, &packed); err != nil {
				return err
			}
			if err := r.unpack(packed); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (r *rawReader) unpack(b []byte) (err error) {
	if len(b) < 2 {
		return errors.New("a packed row is empty")
	}
	r.buf, err = r.dec.DecodeAll(b[2:], r.buf[:0]) // after the codec and the dictionary's number
	return err
}

const headCheck = `SELECT seq FROM change WHERE person = $1 ORDER BY seq DESC LIMIT 1`

// head reads whether the log has grown.
func (r *rawReader) head(ctx context.Context, p person.ID) error {
	return r.db.Read(ctx, func(tx *db.Tx) error {
		var seq int64
		return tx.Row(ctx, headCheck, p).Scan(&seq)
	})
}

// cold opens people whom the cache does not have.
func (b *bench) cold(ctx context.Context, kind string, w *world) error {
	if !b.wants("open") {
		return nil
	}
	raw, err := newRawReader(ctx, w.db)
	if err != nil {
		return err
	}
	far := len(w.people) / 2 // people who were not read just before
	read := timed(func(i int) error { return raw.person(ctx, w.at(i+far)) })
	s, err := inTurns(b.pick(600, 150), raw.commit(ctx),
		func(i int) (time.Duration, error) {
			view, _, err := opened(ctx, w.door, w.at(i), nothing)
			return view, err
		}, read,
		func(i int) (time.Duration, error) {
			_, all, err := opened(ctx, w.door, w.at(i), everything)
			return all, err
		}, read)
	if err != nil {
		return err
	}
	ours, theirs := s[0], append(s[1], s[3]...)
	ratio := ours.at(.5) / theirs.at(.5)
	const what = "select the header and the blocks, and decompress them"
	b.add(figure{
		Name: "open, not in the cache", On: kind, Unit: "us", P50: ours.at(.5), P99: ours.at(.99), Raw: what,
		RawP50: theirs.at(.5), RawP99: theirs.at(.99), Ratio: ratio, Goal: "1.5x", Ceiling: "2.5x", Met: judge(ratio, 1.5, 2.5),
	})
	b.add(figure{
		Name: "open, read and parse all entries", On: kind, Unit: "us", P50: s[2].at(.5), P99: s[2].at(.99), Raw: what,
		RawP50: theirs.at(.5), RawP99: theirs.at(.99), Ratio: s[2].at(.5) / theirs.at(.5),
	})
	return nil
}

func (w *world) at(i int) person.ID { return w.people[i*7%len(w.people)] }

// warm opens people whom the cache has.
func (b *bench) warm(ctx context.Context, kind string, w *world, door *record.Door) error {
	if !b.wants("open") {
		return nil
	}
	raw, err := newRawReader(ctx, w.db)
	if err != nil {
		return err
	}
	for _, p := range w.people {
		if _, _, err := opened(ctx, door, p, everything); err != nil {
			return err
		}
	}
	s, err := inTurns(b.pick(1000, 300), raw.commit(ctx), func(i int) (time.Duration, error) {
		view, _, err := opened(ctx, door, w.at(i), nothing)
		return view, err
	}, timed(func(i int) error { return raw.head(ctx, w.at(i+len(w.people)/2)) }))
	if err != nil {
		return err
	}
	more := s[0].at(.5) - s[1].at(.5)
	b.add(figure{
		Name: "open, in the cache", On: kind, Unit: "us", P50: s[0].at(.5), P99: s[0].at(.99), Raw: "select the head of the log",
		RawP50: s[1].at(.5), RawP99: s[1].at(.99), Ratio: s[0].at(.5) / s[1].at(.5), Goal: "+30 us", Ceiling: "+30 us", Met: judge(more, 30, 30),
	})
	return nil
}

// crowd opens the same people where few and where many others are.
func (b *bench) crowd(ctx context.Context, kind string, w *world, open func(string, uint64) (*world, error)) error {
	if !b.wants("open") {
		return nil
	}
	few, many := 1000, b.pick(100_000, 4_000)
	var worlds [2]*world
	for i, people := range []int{few, many} {
		c, err := open(fmt.Sprintf("crowd%d", i), cacheNobody)
		if err != nil {
			return err
		}
		if err := c.settle(ctx, 0, 40, manyEntries); err != nil {
			return err
		}
		if err := c.surround(ctx, people); err != nil {
			return err
		}
		worlds[i] = c
	}
	var measured []func(int) (time.Duration, error)
	for _, c := range []*world{worlds[1], worlds[0]} {
		measured = append(measured, func(i int) (time.Duration, error) {
			view, _, err := opened(ctx, c.door, c.at(i), nothing)
			return view, err
		})
	}
	s, err := inTurns(b.pick(600, 200), func() error { return nil }, measured...)
	if err != nil {
		return err
	}
	ratio := s[0].at(.5) / s[1].at(.5)
	b.add(figure{
		Name: fmt.Sprintf("open, among %d people", many), On: kind, Unit: "us", P50: s[0].at(.5), P99: s[0].at(.99),
		Raw: fmt.Sprintf("the same among %d", few), RawP50: s[1].at(.5), RawP99: s[1].at(.99),
		Ratio: ratio, Goal: "1.3x", Ceiling: "1.3x", Met: judge(ratio, 1.3, 1.3),
	})
	return nil
}

// surround fills the tables with light people. A few are received; the others are
// copies of their rows under other numbers, which only take their place: nobody
// opens them.
func (w *world) surround(ctx context.Context, people int) error {
	const real = 50
	a, err := w.received(ctx, min(real, people))
	if err != nil {
		return err
	}
	for done := len(a); done < people; {
		n := min(500, people-done)
		done += n
		err := w.db.Tx(ctx, func(tx *db.Tx) error { return copies(ctx, tx, a, n) })
		if err != nil {
			return err
		}
	}
	return w.db.Checkpoint(ctx)
}

// A packedPerson is somebody's rows.
type packedPerson struct{ change, header, block [][]any }

// received takes light people in and reads their rows.
func (w *world) received(ctx context.Context, people int) (all []packedPerson, err error) {
	for n := range people {
		a, err := arrival("practice", made(uint64(1_000_000+n), fewEntries))
		if err != nil {
			return nil, err
		}
		_, ids, err := w.door.Receive(ctx, a)
		if err != nil {
			return nil, err
		}
		var p packedPerson
		err = w.db.Read(ctx, func(tx *db.Tx) error {
			var at, seq, no, codes int64
			var actor, purpose string
			var parts, prev, hash, head, bytes []byte
			err := tx.Row(ctx, `SELECT seq, at, actor, purpose, parts, prev, hash FROM change WHERE person = $1`, ids[0]).
				Scan(&seq, &at, &actor, &purpose, &parts, &prev, &hash)
			if err != nil {
				return err
			}
			p.change = append(p.change, []any{seq, at, actor, purpose, parts, prev, hash})
			if err := tx.Row(ctx, `SELECT seq, codes, head FROM header WHERE person = $1`, ids[0]).Scan(&seq, &codes, &head); err != nil {
				return err
			}
			p.header = append(p.header, []any{seq, codes, head})
			if err := tx.Row(ctx, `SELECT n, bytes FROM block WHERE person = $1`, ids[0]).Scan(&no, &bytes); err != nil {
				return err
			}
			p.block = append(p.block, []any{no, bytes})
			return nil
		})
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// copies writes the rows of n more people.
func copies(ctx context.Context, tx *db.Tx, of []packedPerson, n int) error {
	var changes, headers, blocks [][]any
	for i := range n {
		p, as := of[i%len(of)], []any{id.Random()}
		for _, r := range p.change {
			changes = append(changes, append(as[:1:1], r...))
		}
		for _, r := range p.header {
			headers = append(headers, append(as[:1:1], r...))
		}
		for _, r := range p.block {
			blocks = append(blocks, append(as[:1:1], r...))
		}
	}
	return errors.Join(
		tx.ExecMany(ctx, `INSERT INTO change (person, seq, at, actor, purpose, parts, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, changes),
		tx.ExecMany(ctx, `INSERT INTO header (person, seq, codes, head) VALUES ($1, $2, $3, $4)`, headers),
		tx.ExecMany(ctx, `INSERT INTO block (person, n, bytes) VALUES ($1, $2, $3)`, blocks),
	)
}

// looks opens people through consent with a durable line in the journal each, by
// sixteen at once.
func (b *bench) looks(ctx context.Context, kind string, w *world, door *record.Door) error {
	if !b.wants("look") {
		return nil
	}
	const at = 16
	rows, err := newRows(ctx, w.db)
	if err != nil {
		return err
	}
	r, err := rates(b.pick(5, 2), at, time.Duration(b.pick(500, 200))*time.Millisecond, func(writer, i int) error {
		return door.With(ctx, nurse, consent.Care, w.at(writer*31+i), nothing)
	}, func(writer, i int) error { return rows.insert(ctx, 420) })
	if err != nil {
		return err
	}
	f := figure{
		Name: "looks, 16 at once", On: kind, Unit: "/s", P50: r[0].often, Raw: "insert one row of as many bytes in a transaction each",
		RawP50: r[1].often, Ratio: r[0].often / r[1].often, CPU: r[0].cpu, RawCPU: r[1].cpu,
	}
	if kind == "SQLite" {
		f.Goal, f.Ceiling, f.Met = "3000/s", "3000/s", judge(-r[0].often, -3000, -3000)
	}
	b.add(f)
	return nil
}
