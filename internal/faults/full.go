package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// full fills the disk under a house at work, and makes room again.
func (f *faults) full(ctx context.Context) error {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		d, why, err := newDisk(f.dir, "small"+kind, 256)
		if err != nil {
			return err
		}
		if d == nil {
			return f.without("a full disk", why)
		}
		defer d.remove()
		var s *server
		if kind == "PostgreSQL" {
			if s, why, err = newServer(d.dir, ""); err != nil {
				return err
			}
			if s == nil {
				return f.without("a full disk under PostgreSQL", why)
			}
			defer s.remove()
		}
		if err := f.fullUnder(ctx, kind+", disk full", d, s); err != nil {
			return err
		}
	}
	return nil
}

func (f *faults) fullUnder(ctx context.Context, what string, d *disk, s *server) error {
	l := newLedger()
	p := place{data: filepath.Join(d.dir, "house")}
	var err error
	if s != nil {
		if p.database, err = s.schema(ctx, "house"); err != nil {
			return err
		}
	}
	c, err := begin(l, p.args("f")...)
	if err != nil {
		return err
	}
	defer c.end()
	if err := c.wait(); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	filler, err := d.fill()
	if err != nil {
		return err
	}
	since := time.Now()
	for time.Since(since) < 1500*time.Millisecond { // what gets free is taken at once
		if _, err := d.fill(); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	if s != nil {
		// PostgreSQL stops when it cannot write its log; whoever looks after services starts it.
		again, err := s.revive(ctx)
		if err != nil {
			return err
		}
		if again {
			f.say("%s: PostgreSQL had stopped and was started again", what)
		}
	}
	took, err := l.goesOn(c)
	if err != nil {
		l.halving("%v", err)
	}
	time.Sleep(200 * time.Millisecond)
	if err := c.kill(); err != nil {
		l.halving("%v", err)
	}
	if err := l.examine(ctx, p, true); err != nil {
		return err
	}
	f.report(what, 1, l)
	f.answers(what, l, since)
	f.say("  changes went on without a restart %d ms after there was room again", took.Milliseconds())
	return nil
}
