package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A place is where a house is.
type place struct{ data, database string }

func (p place) args(name string) []string {
	return []string{"--data", p.data, "--database", p.database, "--name", name}
}

// traces are what one token left behind.
type traces struct {
	changed, looked, ruled, joined, versioned, held bool
	entries                                         int
}

// A survey is everything that was found in a house.
type survey struct {
	mu     sync.Mutex
	of     map[string]*traces
	digest map[person.ID]string // of a person's record, with its journal left out
}

func (s *survey) trace(token string) *traces {
	t := s.of[token]
	if t == nil {
		t = &traces{}
		s.of[token] = t
	}
	return t
}

// examine opens a house after a fault, as a server would, and looks for every act.
// Deep folds every log anew besides and compares it with what the snapshots gave.
func (l *ledger) examine(ctx context.Context, p place, deep bool) error {
	began := time.Now()
	h, err := app.Open(ctx, app.Config{Data: p.data, Database: p.database, Quiet: true})
	if err != nil {
		l.halving("it does not open: %v", err)
		return nil
	}
	l.slowest = max(l.slowest, time.Since(began))
	err = l.inspect(ctx, h, p)
	if err = errors.Join(err, h.Close()); err != nil || !deep {
		return err
	}
	return l.refold(ctx, p)
}

func (l *ledger) inspect(ctx context.Context, h *app.House, p place) error {
	print, err := fingerprint(p.data)
	if err != nil {
		return err
	}
	if l.keys != "" && l.keys != print {
		l.losing("the keys are not those that a worker had")
	}
	if err := enrol(ctx, h); err != nil {
		return err
	}
	if err := l.verify(ctx, h); err != nil {
		return err
	}
	s, err := everything(ctx, h)
	if err != nil {
		l.halving("somebody does not open: %v", err)
		return nil
	}
	for _, token := range l.sorted() {
		circles, err := h.Door.Circles(ctx, consent.Actor{Individual: party(token)})
		if err != nil {
			return err
		}
		if len(circles) > 0 {
			s.trace(token).held = true
		}
	}
	kept, err := os.ReadFile(filepath.Join(p.data, "ledger.jsonl"))
	if err != nil {
		return err
	}
	for _, token := range l.sorted() {
		before := len(l.wrong)
		l.judge(token, s.trace(token), kept)
		if len(l.wrong) > before {
			delete(l.acts, token) // told once
		}
	}
	return l.again(ctx, h, s)
}

// verify numbers what waits and checks the whole journal.
func (l *ledger) verify(ctx context.Context, h *app.House) error {
	if err := h.Settle(ctx); err != nil {
		l.halving("the journal cannot be numbered: %v", err)
		return nil
	}
	notes, err := h.Notes()
	if err != nil {
		return err
	}
	v, err := h.Door.Verify(ctx, h.Signer.Key(), notes)
	if err != nil {
		return err
	}
	for _, f := range v.Findings {
		l.halving("verify: %s: %s", f.What, f.Why)
	}
	if v.Uncovered != 0 {
		l.halving("verify: %d lines are under no checkpoint", v.Uncovered)
	}
	return nil
}

// judge compares what was said of an act with what it left.
func (l *ledger) judge(token string, t *traces, kept []byte) {
	a := l.acts[token]
	switch a.kind {
	case saw:
		if a.done && !t.looked {
			l.losing("look %s", token)
		}
	case acted:
		parts := []bool{t.changed, t.ruled, t.joined, t.versioned, t.held}
		some, all := slices.Contains(parts, true), !slices.Contains(parts, false)
		switch {
		case a.done && !some:
			l.losing("change %s", token)
		case some && !all:
			l.halving("change %s: line %v, rule %v, member %v, version %v, circle %v", token, t.changed, t.ruled, t.joined, t.versioned, t.held)
		case a.done && refusing(token) && !bytes.Contains(kept, []byte(`"`+token+`"`)):
			l.losing("the line of the restore ledger for %s", token)
		}
	case took:
		switch {
		case a.done && t.entries == 0:
			l.losing("arrival %s", token)
		case t.entries != 0 && t.entries != entries(token):
			l.halving("arrival %s has %d of %d entries", token, t.entries, entries(token))
		}
	}
}

// again sends every arrival once more that was not acknowledged: it is either there
// whole, or goes in whole.
func (l *ledger) again(ctx context.Context, h *app.House, s *survey) error {
	for _, token := range l.sorted() {
		a := l.acts[token]
		if a.kind != took || a.done {
			continue
		}
		fates, _, err := take(ctx, h, a.who, token)
		want := record.New
		if s.trace(token).entries > 0 {
			want = record.Unchanged
		}
		if err != nil || len(fates) != entries(token) || slices.ContainsFunc(fates, func(f record.Fate) bool { return f != want }) {
			l.halving("arrival %s, sent again, became %v: %v", token, fates, err)
		}
		a.done = true
	}
	return nil
}

// everything opens everyone and notes what is there.
func everything(ctx context.Context, h *app.House) (*survey, error) {
	s := &survey{of: map[string]*traces{}, digest: map[person.ID]string{}}
	everyone := make(chan person.ID)
	var all sync.WaitGroup
	var failed []error
	for range goroutines {
		all.Go(func() {
			for p := range everyone {
				if err := s.person(ctx, h, p); err != nil {
					s.mu.Lock()
					failed = append(failed, err)
					s.mu.Unlock()
				}
			}
		})
	}
	err := h.Door.Everyone(ctx, func(p person.ID) error { everyone <- p; return nil })
	close(everyone)
	all.Wait()
	return s, errors.Join(append(failed, err)...)
}

func (s *survey) person(ctx context.Context, h *app.House, p person.ID) error {
	return h.Door.With(ctx, own(p), consent.Own, p, func(v record.View) error {
		v.Doing("check")
		s.mu.Lock()
		defer s.mu.Unlock()
		sum := sha256.New()
		for _, r := range v.Rules() {
			fmt.Fprintf(sum, "%+v\n", r)
			s.trace(r.ID).ruled = true
		}
		for _, m := range v.Members() {
			fmt.Fprintf(sum, "%+v\n", m)
			s.trace(m.ID).joined = true
		}
		err := v.Every(func(e record.Entry) error {
			full, err := v.Full(ctx, e)
			if err != nil {
				return err
			}
			fmt.Fprintf(sum, "%v %s %d %d %v %s %s %d %s\n%s\n", e.ID, e.Kind, e.Version, e.At, e.Labels, e.Source, e.Author, e.Updated, e.Category, full)
			return s.entry(ctx, v, e, full)
		})
		if err != nil {
			return err
		}
		s.digest[p] = fmt.Sprintf("%x", sum.Sum(nil))
		return v.Journal(ctx, 1_000_000, func(j record.Line) error {
			switch j.Judged {
			case "changed":
				s.trace(j.What).changed = true
			case "shown":
				s.trace(j.What).looked = len(j.Seen) > 0
			}
			return nil
		})
	})
}

func (s *survey) entry(ctx context.Context, v record.View, e record.Entry, full []byte) error {
	switch e.Kind {
	case "Observation":
		s.trace(e.Doc.Text("code.text")).entries++
	case "DocumentReference":
		token := e.Doc.Text("description")
		if !strings.Contains(string(full), attachment(token)) {
			return fmt.Errorf("the attachment of %s is not whole", token)
		}
		s.trace(token).entries++
	case "AllergyIntolerance":
		return v.History(ctx, e.ID, func(old record.Version) error {
			s.trace(old.Doc.Text("note.text")).versioned = true
			return nil
		})
	}
	return nil
}

// refold compares everyone as the snapshots give them with everyone folded from
// their log alone.
func (l *ledger) refold(ctx context.Context, p place) error {
	var before, after *survey
	for i, s := range []**survey{&before, &after} {
		h, err := app.Open(ctx, app.Config{Data: p.data, Database: p.database, Quiet: true})
		if err != nil {
			return err
		}
		if i == 1 {
			err = h.DB.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM header`)
				if err == nil {
					_, err = tx.Exec(ctx, `DELETE FROM block`)
				}
				return err
			})
		}
		if err == nil {
			*s, err = everything(ctx, h)
		}
		if err = errors.Join(err, h.Close()); err != nil {
			l.halving("somebody does not open: %v", err)
			return nil
		}
	}
	for p, d := range after.digest {
		if before.digest[p] != d {
			l.halving("the snapshot of person %s is not the fold of their log", strconv.FormatInt(int64(p), 10))
		}
	}
	return nil
}
