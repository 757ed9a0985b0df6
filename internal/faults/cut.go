package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// controlCuts is how often the power goes under each kind of control.
const controlCuts = 4

// cut takes the power away from SQLite, from PostgreSQL, and from controls of both.
func (f *faults) cut(ctx context.Context) error {
	d, why, err := newDisk(f.dir, "disk", 512)
	if err != nil {
		return err
	}
	if d == nil {
		return f.without("power cuts", why)
	}
	defer d.remove()
	lost, err := f.cutControls(ctx, d, nil, "off", "normal")
	if err != nil {
		return err
	}
	f.check(lost > 0, "the power cuts are real: SQLite that does not sync lost %s acknowledged rows", plain(lost))
	if err := f.cutHouses(ctx, "SQLite, power cut", d, nil, f.cuts); err != nil {
		return err
	}
	s, why, err := newServer(d.dir, "")
	if err != nil {
		return err
	}
	if s == nil {
		return f.without("power cuts under PostgreSQL", why)
	}
	defer s.remove()
	if lost, err = f.cutControls(ctx, d, s, "async"); err != nil {
		return err
	}
	f.check(lost > 0, "the power cuts are real: PostgreSQL with synchronous_commit=off lost %s acknowledged rows", plain(lost))
	return f.cutHouses(ctx, "PostgreSQL, power cut", d, s, max(f.cuts/5, 1))
}

// power takes the power away and brings it back. What runs on the disk lives on for
// a moment, which with the power gone nobody would hear of: the kernel then answers
// a sync under way as if it had been done, also to a program that writes and syncs
// one plain file.
func (f *faults) power(ctx context.Context, d *disk, s *server, workers ...*child) error {
	for _, c := range workers {
		c.ledger.deafen()
	}
	if err := d.cut(); err != nil {
		return err
	}
	time.Sleep(f.between(0, 30*time.Millisecond))
	for _, c := range workers {
		_ = c.kill() // one that was about to start has ended by itself
	}
	if s != nil {
		s.kill()
	}
	if err := d.remount(); err != nil {
		return err
	}
	if s != nil {
		return s.start(ctx)
	}
	return nil
}

// cutControls answers how many rows all the controls of these kinds lost.
func (f *faults) cutControls(ctx context.Context, d *disk, s *server, kinds ...string) (all int, err error) {
	lost, cuts, said := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range controlCuts {
		p := place{data: filepath.Join(d.dir, fmt.Sprint("control", i))}
		if err := os.MkdirAll(p.data, 0o700); err != nil {
			return 0, err
		}
		if s != nil {
			if p.database, err = s.schema(ctx, fmt.Sprint("control", i)); err != nil {
				return 0, err
			}
		}
		var running []*child
		ledgers := map[string]*ledger{}
		for _, kind := range kinds {
			ledgers[kind] = newLedger()
			c, err := begin(ledgers[kind], append(p.args(kind), "--control", kind)...)
			if err != nil {
				return 0, err
			}
			defer c.end()
			if err := c.wait(); err != nil {
				return 0, err
			}
			running = append(running, c)
		}
		time.Sleep(f.between(200*time.Millisecond, 700*time.Millisecond))
		if err := f.power(ctx, d, s, running...); err != nil {
			return 0, err
		}
		for _, kind := range kinds {
			n := lostOf(ctx, kind, p.data, p.database, ledgers[kind].rows)
			said[kind] += len(ledgers[kind].rows)
			lost[kind] += n
			if n > 0 {
				cuts[kind]++
			}
			all += n
		}
	}
	for _, kind := range kinds {
		f.say("control %s: %s of %s acknowledged rows lost, in %d of %d cuts", kind, plain(lost[kind]), plain(said[kind]), cuts[kind], controlCuts)
	}
	return all, nil
}

// cutHouses cuts the power under houses at work, some of them at their first start.
func (f *faults) cutHouses(ctx context.Context, what string, d *disk, s *server, times int) error {
	total, l := newLedger(), newLedger()
	var p place
	var err error
	for i := range times {
		fresh := i%lives == 0
		if fresh {
			total.merge(l)
			l = newLedger()
			if p.data != "" {
				if err := os.RemoveAll(p.data); err != nil {
					return err
				}
			}
			if p.data, err = os.MkdirTemp(d.dir, "house-"); err != nil {
				return err
			}
			p.database = ""
			if s != nil {
				if p.database, err = s.schema(ctx, fmt.Sprint("house", i)); err != nil {
					return err
				}
			}
		}
		c, err := begin(l, p.args(fmt.Sprintf("c%d", i))...)
		if err != nil {
			return err
		}
		if fresh && i > 0 || s != nil && i == 1 { // hit while it starts
			time.Sleep(f.between(10*time.Millisecond, 200*time.Millisecond))
		} else {
			if err := c.wait(); err != nil {
				return err
			}
			time.Sleep(f.between(20*time.Millisecond, 700*time.Millisecond))
		}
		if err := f.power(ctx, d, s, c); err != nil {
			return err
		}
		if _, err := l.keysWhole(p); err != nil {
			l.halving("%v", err)
		}
		if err := l.examine(ctx, p, i%2 == 1 || i == times-1); err != nil {
			return err
		}
		if (i+1)%10 == 0 {
			f.say("%s: %d of %d", what, i+1, times)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	total.merge(l)
	f.report(what, times, total)
	return nil
}
