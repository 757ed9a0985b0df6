package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"onestory/internal/app"
	"onestory/internal/clock"
	"onestory/internal/db"
)

type doctor struct {
	place
	PublicURL string `help:"The address that people use, as the server is given it." name:"public-url"`
	Listen    string `help:"The address to listen on, as the server is given it." default:"127.0.0.1:8080"`
	Thorough  bool   `help:"Verify the whole journal too, which takes time."`
}

// A finding is one line of what the doctor says.
type finding struct {
	Part   string `json:"part"`
	Answer string `json:"answer"` // ok, warn or bad
	Says   string `json:"says"`
}

// An examination collects what was found.
type examination struct{ found []finding }

func (e *examination) add(answer, part, format string, args ...any) {
	e.found = append(e.found, finding{part, answer, fmt.Sprintf(format, args...)})
}

func (e *examination) ok(part, format string, args ...any)   { e.add("ok", part, format, args...) }
func (e *examination) warn(part, format string, args ...any) { e.add("warn", part, format, args...) }
func (e *examination) bad(part, format string, args ...any)  { e.add("bad", part, format, args...) }

// Run is the command: a line for each thing that can be wrong, and what to do. It
// changes nothing, and ends with status 1 when something is bad.
func (d *doctor) Run(ctx context.Context, c *cli) error {
	if _, err := os.Stat(d.Data); errors.Is(err, fs.ErrNotExist) && d.Database == "" {
		return usage("there is no data in " + d.Data + ": name the folder with --data")
	}
	var e examination
	d.settings(&e)
	d.machine(&e)
	d.keys(&e)
	d.ledger(&e)
	if d.database(ctx, &e) {
		d.house(ctx, &e)
	}
	return e.tell(c)
}

func (e *examination) tell(c *cli) error {
	bad := 0
	for _, f := range e.found {
		if f.Answer == "bad" {
			bad++
		}
	}
	if c.JSON {
		if err := json.NewEncoder(c.out).Encode(e.found); err != nil {
			return err
		}
	} else {
		for _, f := range e.found {
			if c.Quiet && f.Answer == "ok" {
				continue
			}
			if _, err := fmt.Fprintf(c.out, "%-4s  %-10s %s\n", f.Answer, f.Part, f.Says); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d things to put right", bad)
	}
	return nil
}

// settings are what the server would refuse to start with.
func (d *doctor) settings(e *examination) {
	s := serve{place: d.place, Listen: d.Listen, PublicURL: d.PublicURL}
	if _, err := s.safe(); err != nil {
		e.bad("settings", "%s", err)
		return
	}
	if d.PublicURL == "" {
		e.warn("settings", "no --public-url: only this machine can use it, without TLS. Put a proxy with TLS 1.2 or later in front, and name its https:// address")
		return
	}
	e.ok("settings", "people use %s: cookies are for https alone, and browsers are told to stay with it", d.PublicURL)
}

// machine is the clock and the disk.
func (d *doctor) machine(e *examination) {
	now := time.Now()
	switch built := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC); {
	case now.Before(built):
		e.bad("clock", "it is %s here, before this program was made: set the clock, or rules will not end when they should", now.UTC().Format(time.RFC3339))
	default:
		e.ok("clock", "%s", now.UTC().Format(time.RFC3339))
	}
	left, of, err := app.RoomIn(d.Data)
	soon, at := app.Low(left)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.bad("disk", "there is no folder %s, where the ledger and checkpoints are kept", d.Data)
	case err != nil:
		e.warn("disk", "how much is left is not known here")
	case at:
		e.bad("disk", "%d MB are left: nothing can be opened, since no journal could be written. Make room", left>>20)
	case soon:
		e.warn("disk", "%d MB of %d are left: make room soon", left>>20, of>>20)
	default:
		e.ok("disk", "%d GB of %d are left", left>>30, of>>30)
	}
}

// keys must be readable by their owner alone, and apart from backups.
func (d *doctor) keys(e *examination) {
	dir := d.config().KeysFolder()
	for _, name := range []string{"id.a.key", "index.key", "journal.key"} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			e.bad("keys", "there is no %s: put back the copy of the keys. A new one would open nothing that is there", path)
			return
		case err != nil:
			e.bad("keys", "%s cannot be read: %s", path, err)
			return
		case info.Mode().Perm()&0o077 != 0:
			e.bad("keys", "others can read %s: chmod 600 it", path)
			return
		}
		if f, err := os.Open(path); err != nil {
			e.bad("keys", "%s cannot be read by this user", path)
			return
		} else {
			_ = f.Close()
		}
	}
	if near, _ := filepath.Glob(filepath.Join(d.Data, "*.backup")); len(near) > 0 {
		e.warn("keys", "there is a backup in %s, beside the keys: whoever takes the folder has both. Keep backups elsewhere", d.Data)
		return
	}
	e.ok("keys", "%s, readable by their owner alone. Keep a copy apart from the backups", dir)
}

func (d *doctor) ledger(e *examination) {
	path := d.config().LedgerFile()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.bad("ledger", "there is no %s: if this was restored, put it back before the server starts, or what people refused since is shared again", path)
	case err != nil:
		e.bad("ledger", "%s cannot be written: nobody can refuse or end anything", path)
	default:
		_ = f.Close()
		e.ok("ledger", "%s. Keep a copy elsewhere, as new as you can", path)
	}
}

// database opens it without changing it, and reports whether the rest can be asked.
func (d *doctor) database(ctx context.Context, e *examination) bool {
	where := d.Database
	if where == "" {
		where = filepath.Join(d.Data, "onestory.db")
	}
	opened, err := db.Open(ctx, where, db.Options{ReadOnly: true})
	if err != nil {
		e.bad("database", "%s", err)
		return false
	}
	defer opened.Close()
	have, newest, err := opened.Version(ctx)
	if err != nil {
		e.bad("database", "%s", err)
		return false
	}
	size, _ := opened.Size(ctx) // of no weight
	e.ok("database", "%s, %d MB, at version %d of %d", opened.Kind(), size>>20, have, newest)
	settings, err := opened.Settings(ctx)
	if err != nil {
		e.bad("database", "%s", err)
		return false
	}
	for _, s := range settings {
		switch {
		case s.Wrong == "":
			e.ok("database", "%s %s", s.Name, s.Value)
		case s.Fatal:
			e.bad("database", "%s is %s: %s", s.Name, s.Value, s.Wrong)
		default:
			e.warn("database", "%s is %s: %s", s.Name, s.Value, s.Wrong)
		}
	}
	for _, f := range e.found {
		if f.Answer == "bad" {
			return false // opening further would make keys or a ledger anew
		}
	}
	return true
}

// house opens everything, and looks at what it is for and at its journal.
func (d *doctor) house(ctx context.Context, e *examination) {
	config := d.config()
	config.Quiet = true
	house, err := app.Open(ctx, config)
	if err != nil {
		e.bad("house", "%s", plain(err))
		return
	}
	defer house.Close()
	is, err := house.Accounts.Marked(ctx)
	if err != nil {
		e.bad("house", "%s", plain(err))
		return
	}
	e.ok("house", "opens; the database is for %s", orNothing(is))
	d.journal(ctx, e, house)
}

func orNothing(s string) string {
	switch s {
	case forReal:
		return "real people"
	case forDemo:
		return "a demonstration"
	}
	return "nothing yet"
}

func (d *doctor) journal(ctx context.Context, e *examination, house *app.House) {
	j, err := house.JournalState(ctx)
	switch {
	case err != nil:
		e.bad("journal", "%s", plain(err))
		return
	case j.Broken != "":
		e.bad("journal", "%s: run onestory verify, and keep what it says", j.Broken)
		return
	case j.Waiting > time.Minute:
		e.warn("journal", "lines have waited for their number for %s: is a server running?", j.Waiting.Round(time.Second))
	}
	switch unsigned := j.Lines - j.Signed.Size; {
	case j.Lines == 0:
		e.ok("journal", "nothing is in it yet")
	case unsigned > 0 && time.Since(j.Signed.At.Std()) > 10*time.Minute:
		e.warn("journal", "%d of %d lines are not signed, and the last checkpoint is of %s: is a server running?", unsigned, j.Lines, told(j.Signed.At))
	default:
		e.ok("journal", "%d lines; the tree agrees with the checkpoint of %s, over %d of them", j.Lines, told(j.Signed.At), j.Signed.Size)
	}
	if !d.Thorough {
		return
	}
	notes, err := house.Notes()
	if err != nil {
		e.bad("journal", "%s", plain(err))
		return
	}
	found, err := house.Door.Verify(ctx, house.Signer.Key(), notes)
	switch {
	case err != nil:
		e.bad("journal", "%s", plain(err))
	case len(found.Findings) > 0:
		e.bad("journal", "%d places are not as they were: onestory verify names them", len(found.Findings))
	default:
		e.ok("journal", "every line is what it was")
	}
}

func told(t clock.Time) string {
	if t == 0 {
		return "no time"
	}
	return t.Std().UTC().Format("2006-01-02 15:04")
}
