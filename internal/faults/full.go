package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// full fills the disk under a house at work, and makes room again.
func (f *faults) full(ctx context.Context) error {
	const what = "SQLite, disk full"
	d, why, err := newDisk(f.dir, "small", 64)
	if err != nil {
		return err
	}
	if d == nil {
		return f.without("a full disk", why)
	}
	defer d.remove()
	l := newLedger()
	p := place{data: filepath.Join(d.dir, "house")}
	c, err := begin(l, p.args("f")...)
	if err != nil {
		return err
	}
	if err := c.wait(); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	filler, err := d.fill()
	if err != nil {
		return err
	}
	since := time.Now()
	for time.Since(since) < 2*time.Second { // what gets free is taken at once
		if _, err := d.fill(); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		return err
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
