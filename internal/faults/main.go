// Command faults breaks things under load and looks at what is left.
//
//	go run ./internal/faults                       every part, as make faults does
//	go run ./internal/faults --kills 500 kill      one part, as often as you like
//	go run ./internal/faults --seed 7 cut          the same moments again, about
//
// The parts are:
//
//	first  a first start is killed at a random moment: keys are whole or not there
//	kill   a server at work is killed; so is PostgreSQL beneath it
//	cut    the power goes: the file system forgets what was not synced
//	full   the disk is full, and then is not
//
// A worker, which is this program again, opens a house and makes changes, takes
// arrivals in, opens people and numbers the journal, from 16 goroutines. It says
// each act on a pipe before it begins and once more when it is acknowledged, so
// that the ledger outlives it. Afterwards the data is opened as a server would,
// and every act is looked for: what was acknowledged is there whole, and what was
// not is there whole or not at all.
//
// A power cut is the ext4 shutdown request without a flush of its log, on a file
// system in a file. So that the test is known to see loss, the same cuts are made
// under databases that do not sync: when none of those loses anything, the test
// fails as invalid. It needs root and loop devices, and says so where it has none.
//
// It owns no tables; to fold a log anew it empties the snapshots, which package
// record owns.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(work(os.Args[2:]))
	}
	f := &faults{began: time.Now()}
	flag.IntVar(&f.kills, "kills", 30, "how often a server on SQLite is killed; a third as often on PostgreSQL")
	flag.IntVar(&f.cuts, "cuts", 20, "how often the power goes under SQLite; a fifth as often under PostgreSQL")
	flag.IntVar(&f.firsts, "firsts", 25, "how often a first start is killed")
	flag.Uint64Var(&f.seed, "seed", 0, "of the random moments; 0: another each time")
	flag.Parse()
	if f.seed == 0 {
		f.seed = rand.Uint64()
	}
	f.random = rand.New(rand.NewPCG(f.seed, 1))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := f.run(ctx, flag.Args())
	stop()
	os.Exit(code)
}

// A faults is one run: what was asked for, and what came out.
type faults struct {
	kills, cuts, firsts int

	seed           uint64
	random         *rand.Rand
	began          time.Time
	dir            string // everything that is made here
	passed, failed int
	left           int // parts that cannot be done here
}

func (f *faults) run(ctx context.Context, only []string) int {
	var err error
	if f.dir, err = os.MkdirTemp("", "onestory-faults-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(f.dir)
	if err := os.Chmod(f.dir, 0o711); err != nil { // PostgreSQL runs as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("seed %d\n", f.seed)
	for _, p := range []struct {
		name string
		run  func(context.Context) error
	}{{"first", f.first}, {"kill", f.kill}, {"cut", f.cut}, {"full", f.full}} {
		if len(only) > 0 && !slices.Contains(only, p.name) {
			continue
		}
		if err := p.run(ctx); err != nil {
			f.check(false, "%s: could not be run to its end: %v", p.name, err)
		}
	}
	fmt.Printf("%d passed, %d failed\n", f.passed, f.failed)
	if f.failed > 0 || f.passed+f.left == 0 {
		return 1
	}
	return 0
}

// check counts one result and says it.
func (f *faults) check(ok bool, format string, args ...any) {
	word := "ok    "
	if ok {
		f.passed++
	} else {
		f.failed++
		word = "FAILED"
	}
	fmt.Printf("%5.1f s  %s  %s\n", time.Since(f.began).Seconds(), word, fmt.Sprintf(format, args...))
}

// say tells how far it is.
func (f *faults) say(format string, args ...any) {
	fmt.Printf("%5.1f s          %s\n", time.Since(f.began).Seconds(), fmt.Sprintf(format, args...))
}

// between is a random length of time.
func (f *faults) between(from, to time.Duration) time.Duration {
	return from + time.Duration(f.random.Int64N(int64(to-from)))
}

// report checks one ledger's outcome: a line of counts and what went wrong.
func (f *faults) report(what string, times int, l *ledger) {
	f.check(len(l.wrong) == 0 && l.each(),
		"%s: %d times, %s acknowledged (%s), %d lost, %d half-done; open again after at most %d ms",
		what, times, plain(l.acknowledged()), l.kinds(), l.lost, l.half, l.slowest.Milliseconds())
	for i, w := range l.wrong {
		if i == 12 {
			f.say("  and %d more", len(l.wrong)-i)
			break
		}
		f.say("  %s", w)
	}
}

// plain writes a number with commas.
func plain(n int) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
