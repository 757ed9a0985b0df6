package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onestory/internal/app"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// A worker's lines on its standard output:
//
//	ready MILLISECONDS FINGERPRINT        the house is open; these are its keys
//	try KIND TOKEN WHO                    an act begins; WHO is a person, or whom the source knows as that
//	did KIND TOKEN PERSON                 it is acknowledged
//	not KIND TOKEN MILLISECONDS "ANSWER" "SENTENCE"  it is not; ANSWER is a fault's kind, or "failed"
//	row NUMBER                            a control's row is acknowledged
type worker struct {
	house *app.House
	name  string
	n     atomic.Int64

	mu     sync.Mutex
	people []person.ID
}

// goroutines is how many work at once.
const goroutines = 16

// work is the worker's main function.
func work(args []string) int {
	set := flag.NewFlagSet("worker", flag.ExitOnError)
	data := set.String("data", "", "the folder")
	database := set.String("database", "", "a PostgreSQL, or nothing")
	name := set.String("name", "", "what its tokens begin with")
	control := set.String("control", "", "insert rows by themselves, with syncing of this kind")
	_ = set.Parse(args) // it exits
	go func() {         // nobody is left to listen
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	var err error
	if *control != "" {
		err = controlled(*control, *data, *database)
	} else {
		err = (&worker{name: *name}).run(context.Background(), app.Config{Data: *data, Database: *database, Quiet: true})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return 1
	}
	return 0
}

func (w *worker) run(ctx context.Context, c app.Config) (err error) {
	began := time.Now()
	if w.house, err = app.Open(ctx, c); err != nil {
		return err
	}
	print, err := fingerprint(c.Data)
	if err != nil {
		return err
	}
	line("ready %d %s", time.Since(began).Milliseconds(), print)
	if err := enrol(ctx, w.house); err != nil {
		return err
	}
	err = w.house.Door.Everyone(ctx, func(p person.ID) error { w.people = append(w.people, p); return nil })
	if err != nil {
		return err
	}
	for i := len(w.people); i < 6; i++ {
		w.act(ctx, took, fmt.Sprint("p", i))
	}
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for {
				w.next(ctx)
			}
		})
	}
	for { // far more often than a server would, so that it is hit
		if err := w.house.Settle(ctx); err != nil {
			line("not settle - 0 %q %q", answer(err), err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// next does one act, of a random kind to a random person.
func (w *worker) next(ctx context.Context) {
	switch n := rand.IntN(20); {
	case n < 9:
		w.act(ctx, acted, "")
	case n < 15:
		w.act(ctx, saw, "")
	case n < 19:
		w.act(ctx, took, fmt.Sprint("p", rand.IntN(6)))
	default:
		w.act(ctx, took, "n"+w.name+fmt.Sprint(w.n.Load()))
	}
}

func (w *worker) act(ctx context.Context, kind, foreign string) {
	token := fmt.Sprintf("%s-%d", w.name, w.n.Add(1))
	w.mu.Lock()
	var p person.ID
	if len(w.people) > 0 {
		p = w.people[rand.IntN(len(w.people))]
	}
	w.mu.Unlock()
	who := foreign
	if who == "" {
		if p == 0 {
			return
		}
		who = fmt.Sprint(int64(p))
	}
	line("try %s %s %s", kind, token, who)
	began := time.Now()
	var err error
	switch kind {
	case acted:
		err = speak(ctx, w.house, p, token)
	case saw:
		err = look(ctx, w.house, p, token)
	case took:
		_, p, err = take(ctx, w.house, foreign, token)
	}
	if err != nil {
		line("not %s %s %d %q %q", kind, token, time.Since(began).Milliseconds(), answer(err), sentence(err))
		time.Sleep(25 * time.Millisecond)
		return
	}
	line("did %s %s %d", kind, token, int64(p))
	w.mu.Lock()
	if kind == took && len(w.people) < 64 && !slices.Contains(w.people, p) {
		w.people = append(w.people, p)
	}
	w.mu.Unlock()
}

func answer(err error) string {
	if k, ok := fault.Of(err); ok {
		return string(k)
	}
	return "failed"
}

// sentence is what a person would read, or what the log would say of a failure.
func sentence(err error) string {
	if _, ok := fault.Of(err); ok {
		return fault.Say(err) + " (" + err.Error() + ")"
	}
	return err.Error()
}

var lines sync.Mutex

// line writes a line in one piece: what is in the pipe outlives the process.
func line(format string, args ...any) {
	lines.Lock()
	defer lines.Unlock()
	fmt.Fprintf(os.Stdout, format+"\n", args...)
}

// fingerprint tells the keys of a folder from others.
func fingerprint(data string) (string, error) {
	files, err := filepath.Glob(filepath.Join(data, "keys", "*.key"))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", filepath.Base(name), strings.TrimSpace(string(b)))
	}
	return fmt.Sprintf("%x-%d", h.Sum(nil)[:8], len(files)), nil
}
