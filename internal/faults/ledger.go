package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A ledger is what workers said of one house, over all its lives, and what was
// found when it was opened again.
type ledger struct {
	mu       sync.Mutex
	acts     map[string]*act
	did      map[string]int // of each kind
	refusals []refusal
	keys     string // fingerprint, once a worker was ready
	deaf     bool   // the power is gone
	rows     []int64

	lost, half int
	wrong      []string
	slowest    time.Duration
}

// An act is what a worker said of one token.
type act struct {
	kind string
	who  string // a person's number, or whom the source knows as that
	done bool   // acknowledged
}

// A refusal is an act that was answered with an error.
type refusal struct {
	kind, answer, sentence string
	took                   time.Duration
	at                     time.Time
}

func newLedger() *ledger { return &ledger{acts: map[string]*act{}, did: map[string]int{}} }

func (l *ledger) acknowledged() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.did {
		n += k
	}
	return n
}

// kinds are the kinds of acts, with the words for many of each.
var kinds = []struct{ kind, word string }{{acted, "changes"}, {took, "arrivals"}, {saw, "looks"}}

// each reports whether acts of every kind were acknowledged: a fault that only some of
// them met shows nothing about the others.
func (l *ledger) each() bool {
	return !slices.ContainsFunc(kinds, func(k struct{ kind, word string }) bool { return l.did[k.kind] == 0 })
}

func (l *ledger) kinds() string {
	var all []string
	for _, k := range kinds {
		all = append(all, plain(l.did[k.kind])+" "+k.word)
	}
	return strings.Join(all, ", ")
}

// merge adds what another ledger counted, so that one line tells of several houses.
func (l *ledger) merge(other *ledger) {
	for k, n := range other.did {
		l.did[k] += n
	}
	l.lost += other.lost
	l.half += other.half
	l.wrong = append(l.wrong, other.wrong...)
	l.refusals = append(l.refusals, other.refusals...)
	l.slowest = max(l.slowest, other.slowest)
}

// losing notes something acknowledged that is not there; halving something that is
// there in part, or that does not agree with another part.
func (l *ledger) losing(format string, args ...any) {
	l.lost++
	l.wrong = append(l.wrong, "lost: "+fmt.Sprintf(format, args...))
}

func (l *ledger) halving(format string, args ...any) {
	l.half++
	l.wrong = append(l.wrong, "half-done: "+fmt.Sprintf(format, args...))
}

// deafen lets nothing count any more that the worker at work says it has done.
func (l *ledger) deafen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = true
}

// read takes in one line of a worker.
func (l *ledger) read(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := strings.SplitN(text, " ", 5)
	switch {
	case l.deaf && w[0] != "try":
	case w[0] == "ready" && len(w) == 3:
		if l.keys != "" && l.keys != w[2] {
			l.losing("the keys are others than before")
		}
		l.keys = w[2]
	case w[0] == "try" && len(w) == 4:
		l.acts[w[2]] = &act{kind: w[1], who: w[3]}
	case w[0] == "did" && len(w) == 4:
		l.acts[w[2]].done = true
		l.did[w[1]]++
	case w[0] == "not" && len(w) == 5:
		ms, _ := strconv.Atoi(w[3]) // our own number
		r := refusal{kind: w[1], took: time.Duration(ms) * time.Millisecond, at: time.Now()}
		fmt.Sscanf(w[4], "%q %q", &r.answer, &r.sentence)
		l.refusals = append(l.refusals, r)
	case w[0] == "row" && len(w) == 2:
		n, _ := strconv.ParseInt(w[1], 10, 64) // our own number
		l.rows = append(l.rows, n)
	}
}

// sorted are the tokens tried, in an order that does not change.
func (l *ledger) sorted() []string {
	all := make([]string, 0, len(l.acts))
	for t := range l.acts {
		all = append(all, t)
	}
	sort.Strings(all)
	return all
}

// A child is a worker that runs.
type child struct {
	ledger *ledger
	cmd    *exec.Cmd
	stdin  io.Closer
	ready  chan struct{} // closed when it has said its first line
	gone   chan struct{} // closed when its last line was read
	said   strings.Builder
}

// begin starts a worker whose lines go into the ledger.
func begin(l *ledger, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{ledger: l, cmd: exec.Command(self, append([]string{"worker"}, args...)...), ready: make(chan struct{}), gone: make(chan struct{})}
	c.cmd.Stderr = &c.said
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.deaf = false
	l.mu.Unlock()
	go func() {
		defer close(c.gone)
		in := bufio.NewReader(out)
		for first := true; ; first = false {
			text, err := in.ReadString('\n')
			if err != nil {
				return // a line that was cut short was not said
			}
			l.read(strings.TrimSuffix(text, "\n"))
			if first {
				close(c.ready)
			}
		}
	}()
	return c, nil
}

// wait waits until the worker is at work.
func (c *child) wait() error {
	select {
	case <-c.ready:
		return nil
	case <-c.gone:
		_ = c.cmd.Wait() // what it said tells more
		return fmt.Errorf("a worker did not start: %s", c.said.String())
	case <-time.After(60 * time.Second):
		c.kill()
		return fmt.Errorf("a worker was not ready within a minute")
	}
}

// end ends the worker, if nobody has yet.
func (c *child) end() {
	_ = c.cmd.Process.Kill() // it may be gone
	<-c.gone
}

// kill ends the worker as SIGKILL does, and reads what it had said by then. An end
// of its own before that is told.
func (c *child) kill() error {
	ended := false
	select {
	case <-c.gone:
		ended = true
	default:
	}
	_ = c.cmd.Process.Kill() // it may be gone
	<-c.gone
	_ = c.cmd.Wait() // it says that it was killed
	c.stdin.Close()
	if ended {
		return fmt.Errorf("a worker ended by itself: %s", c.said.String())
	}
	return nil
}
