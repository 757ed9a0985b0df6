package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onestory/internal/app"
)

// lives is how many workers one house sees killed before another is begun.
const lives = 6

// first kills first starts: whatever moment it is, a key is whole or not there.
func (f *faults) first(ctx context.Context) error {
	whole, none, bad := 0, 0, []string(nil)
	for i := range f.firsts {
		p := place{data: filepath.Join(f.dir, fmt.Sprint("first", i))}
		l := newLedger()
		c, err := begin(l, p.args("f")...)
		if err != nil {
			return err
		}
		time.Sleep(f.between(0, 150*time.Millisecond))
		if err := c.kill(); err != nil {
			return err
		}
		n, err := l.keysWhole(p)
		if err == nil {
			err = opensTwice(ctx, p)
		}
		switch {
		case err != nil:
			bad = append(bad, err.Error())
		case n == 0:
			none++
		default:
			whole++
		}
		if err := os.RemoveAll(p.data); err != nil {
			return err
		}
	}
	f.check(len(bad) == 0 && whole > 0, "first start killed %d times: %d with whole keys, %d before there were any, %d with less", f.firsts, whole, none, len(bad))
	for _, b := range bad {
		f.say("  %s", b)
	}
	return nil
}

// keysWhole counts the keys in a house and looks whether each is whole.
func (l *ledger) keysWhole(p place) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(p.data, "keys", "*.key"))
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		text := strings.TrimSpace(string(b))
		key, err := hex.DecodeString(text)
		if !(err == nil && len(key) == 32) && !strings.HasPrefix(text, "PRIVATE+KEY+") {
			return 0, fmt.Errorf("the key %s is not whole: %d bytes", filepath.Base(name), len(b))
		}
	}
	return len(files), nil
}

// opensTwice opens a house twice: the second time with the keys of the first.
func opensTwice(ctx context.Context, p place) error {
	var prints [2]string
	for i := range prints {
		h, err := app.Open(ctx, app.Config{Data: p.data, Database: p.database, Quiet: true})
		if err != nil {
			return fmt.Errorf("it does not open: %w", err)
		}
		if err := h.Close(); err != nil {
			return err
		}
		if prints[i], err = fingerprint(p.data); err != nil {
			return err
		}
	}
	if prints[0] != prints[1] {
		return fmt.Errorf("the keys changed from one start to the next")
	}
	return nil
}

// kill kills workers on SQLite, workers on PostgreSQL, and PostgreSQL itself.
func (f *faults) kill(ctx context.Context) error {
	if err := f.killWorkers(ctx, "SQLite, worker killed", f.kills, func(int) (place, error) {
		dir, err := os.MkdirTemp(f.dir, "kill-")
		return place{data: dir}, err
	}); err != nil {
		return err
	}
	times := (f.kills + 2) / 3
	s, why, err := newServer(f.dir, "")
	if err != nil {
		return err
	}
	if s == nil {
		return f.without("killing on PostgreSQL", why)
	}
	defer s.remove()
	house := func(n int) (place, error) {
		dir, err := os.MkdirTemp(f.dir, "kill-")
		if err != nil {
			return place{}, err
		}
		url, err := s.schema(ctx, fmt.Sprint("house", f.random.Uint32()))
		return place{dir, url}, err
	}
	if err := f.killWorkers(ctx, "PostgreSQL, worker killed", times, house); err != nil {
		return err
	}
	return f.killServer(ctx, s, max(times/2, 1), house)
}

// without tells that a part cannot be done here. Where it could not be, it is no
// failure: whoever reads the log sees it.
func (f *faults) without(part, why string) error {
	f.left++
	fmt.Printf("%5.1f s  left out: %s: %s\n", time.Since(f.began).Seconds(), part, why)
	return nil
}

// killWorkers kills a worker so often, each a little later in its life.
func (f *faults) killWorkers(ctx context.Context, what string, times int, house func(int) (place, error)) error {
	total, l := newLedger(), newLedger()
	var p place
	var err error
	for i := range times {
		if i%lives == 0 {
			total.merge(l)
			l = newLedger()
			if p, err = house(i); err != nil {
				return err
			}
		}
		c, err := begin(l, p.args(fmt.Sprintf("k%d", i))...)
		if err != nil {
			return err
		}
		if i%lives != lives-2 { // that one is hit while it opens
			if err := c.wait(); err != nil {
				return err
			}
		}
		time.Sleep(f.between(20*time.Millisecond, 700*time.Millisecond))
		if err := c.kill(); err != nil {
			return err
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

// killServer kills PostgreSQL under a worker, which has to go on by itself once it
// is back, and then kills the worker too.
func (f *faults) killServer(ctx context.Context, s *server, times int, house func(int) (place, error)) error {
	const what = "PostgreSQL itself killed"
	total := newLedger()
	var back time.Duration
	for i := range times {
		l := newLedger()
		p, err := house(i)
		if err != nil {
			return err
		}
		c, err := begin(l, p.args(fmt.Sprintf("s%d", i))...)
		if err != nil {
			return err
		}
		defer c.end()
		if err := c.wait(); err != nil {
			return err
		}
		time.Sleep(f.between(100*time.Millisecond, 800*time.Millisecond))
		s.kill()
		time.Sleep(f.between(0, 300*time.Millisecond))
		if err := s.start(ctx); err != nil {
			return err
		}
		took, err := l.goesOn(c)
		if err != nil {
			l.halving("%v", err)
		}
		back = max(back, took)
		if err := c.kill(); err != nil {
			l.halving("%v", err)
		}
		if err := l.examine(ctx, p, true); err != nil {
			return err
		}
		total.merge(l)
	}
	f.report(what, times, total)
	f.answers(what, total, time.Time{})
	f.say("  changes went on without a restart at most %d ms after the database was back", back.Milliseconds())
	return nil
}

// goesOn waits until the worker has changed something again.
func (l *ledger) goesOn(c *child) (time.Duration, error) {
	began := time.Now()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.did[acted]
	}
	for was := count(); time.Since(began) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if count() > was+3 {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("nothing was changed within ten seconds of the fault being over")
}

// answers checks that whatever was refused since a moment was answered busy, in
// plain words and, but for one in a hundred, within a second.
func (f *faults) answers(what string, l *ledger, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := map[string]int{}
	var slowest time.Duration
	var odd []string
	busy, late := 0, 0
	for _, r := range l.refusals {
		if r.kind == "settle" || r.at.Before(since) {
			continue
		}
		if r.answer == "busy" {
			busy++
			say, _, _ := strings.Cut(r.sentence, " (")
			count[say]++
		} else {
			odd = append(odd, r.kind+" "+r.answer+": "+r.sentence)
		}
		slowest = max(slowest, r.took)
		if r.took > time.Second {
			late++
		}
	}
	f.check(len(odd) == 0 && busy > 0 && late*100 <= busy, "%s: %d acts were answered busy, %d otherwise; the slowest answer took %d ms", what, busy, len(odd), slowest.Milliseconds())
	for say, n := range count {
		f.say("  %d times: %s", n, say)
	}
	for i, o := range odd {
		if i == 6 {
			break
		}
		f.say("  %s", o)
	}
}
