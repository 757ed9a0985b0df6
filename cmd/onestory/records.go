package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"onestory/internal/app"
	"onestory/internal/chain"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

type importing struct {
	place
	Paths    []string `arg:"" help:"Files and folders: Bundles, single resources, NDJSON, also .gz; - is standard input."`
	Source   string   `help:"Who sent these; the same name whenever they send again."`
	IntoDemo bool     `help:"Allow it into a demo's database."`
	Report   string   `help:"File for what was refused, one JSON line each." default:"import-report.jsonl"`
}

// importCache bounds the people kept in memory while importing, in bytes: most are
// met once.
const importCache = 32 << 20

// Run is the command.
func (i *importing) Run(ctx context.Context, c *cli) (err error) {
	config := i.config()
	config.Cache = importCache
	house, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.Close()) }()
	purpose := forReal
	if i.IntoDemo {
		purpose = forDemo
	}
	if err := marked(ctx, house, purpose); err != nil {
		return err
	}
	report, err := os.Create(i.Report)
	if err != nil {
		return fmt.Errorf("the report file: %w", err)
	}
	defer func() { err = errors.Join(err, report.Close()) }()
	bar := c.bar()
	began := time.Now()
	counts, err := importer.Import(ctx, house.Door, house.Directory, house.Spec, importer.Options{
		Source: i.Source, Report: report, Stdin: os.Stdin,
		Progress: func(p importer.Progress) { bar(p.Done, p.Total) },
	}, i.Paths...)
	bar(1, 1)
	if err != nil {
		return err
	}
	if err := house.Settle(ctx); err != nil {
		return err
	}
	if err := i.tell(c, counts, time.Since(began)); err != nil {
		return err
	}
	if counts.Total.Refused > 0 || counts.FilesRefused > 0 {
		return fmt.Errorf("%d entries and %d files were refused; the reasons are in %s", counts.Total.Refused, counts.FilesRefused, i.Report)
	}
	return nil
}

// tell prints the counts by type.
func (i *importing) tell(c *cli, counts importer.Counts, took time.Duration) error {
	if c.JSON {
		return json.NewEncoder(c.out).Encode(counts)
	}
	if c.Quiet {
		return nil
	}
	out := bufio.NewWriter(c.out)
	fmt.Fprintf(out, "%-28s %9s %9s %9s %9s %9s\n", "type", "read", "new", "changed", "unchanged", "refused")
	row := func(name string, t importer.Tally) {
		fmt.Fprintf(out, "%-28s %9d %9d %9d %9d %9d\n", name, t.Read, t.New, t.Changed, t.Unchanged, t.Refused)
	}
	for _, name := range slices.Sorted(maps.Keys(counts.Types)) {
		row(name, counts.Types[name])
	}
	row("all", counts.Total)
	fmt.Fprintf(out, "%d files in %s\n", counts.Files, took.Round(time.Millisecond))
	return out.Flush()
}

// bar draws progress on a terminal, and nothing elsewhere.
func (c *cli) bar() func(done, total int64) {
	f, ok := c.err.(*os.File)
	if !ok || c.Quiet || !term.IsTerminal(int(f.Fd())) {
		return func(int64, int64) {}
	}
	b := progressbar.NewOptions64(1, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true),
		progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""))
	return func(done, total int64) {
		b.ChangeMax64(max(total, 1))
		_ = b.Set64(min(done, total)) // a bar that cannot be drawn stops nothing
	}
}

type verifying struct {
	place
	Journal    string `arg:"" optional:"" help:"A downloaded journal; without one, the whole database." type:"existingfile"`
	Checkpoint string `help:"File with checkpoints kept elsewhere." type:"existingfile"`
	Key        string `help:"The verifier's key; without it, the one of this installation or of the file."`
}

// Run is the command: it prints what is not as it was, and how much is not covered
// by a checkpoint yet.
func (v *verifying) Run(ctx context.Context, c *cli) error {
	var notes []string
	if v.Checkpoint != "" {
		text, err := os.ReadFile(v.Checkpoint)
		if err != nil {
			return err
		}
		if notes = chain.SplitNotes(string(text)); len(notes) == 0 {
			return usage("there is no whole checkpoint in " + v.Checkpoint)
		}
	}
	if v.Journal != "" {
		return v.file(c, notes)
	}
	return v.whole(ctx, c, notes)
}

func (v *verifying) file(c *cli, notes []string) error {
	f, err := os.Open(v.Journal)
	if err != nil {
		return err
	}
	defer f.Close()
	found, err := record.CheckJournal(f, v.Key, notes)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(c.out).Encode(found)
	} else {
		err = words(c.out, found.Lines, found.Uncovered, found.Findings)
	}
	return errors.Join(err, broken(len(found.Findings)))
}

func (v *verifying) whole(ctx context.Context, c *cli, notes []string) (err error) {
	config := v.config()
	config.Quiet = true
	house, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.Close()) }()
	kept, err := house.Notes()
	if err != nil {
		return err
	}
	key := v.Key
	if key == "" {
		key = house.Signer.Key()
	}
	found, err := house.Door.Verify(ctx, key, append(kept, notes...))
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(c.out).Encode(found)
	} else {
		err = words(c.out, found.Lines, int(found.Uncovered), sentences(house, found.Findings))
	}
	return errors.Join(err, broken(len(found.Findings)))
}

// sentences name the place of each finding.
func sentences(h *app.House, all []chain.Finding) (out []string) {
	for _, f := range all {
		where := "in the tree"
		if f.Subject != 0 {
			where = "of person " + h.Door.Text(person.ID(f.Subject))
			if f.J > 0 {
				where = fmt.Sprintf("line %d %s", f.J, where)
			}
		}
		if f.N >= 0 && f.To > f.N {
			where += fmt.Sprintf(", lines %d to %d of the tree", f.N, f.To)
		} else if f.N >= 0 {
			where += fmt.Sprintf(", line %d of the tree", f.N)
		}
		out = append(out, fmt.Sprintf("%s: %s (%s)", f.What, where, f.Why))
	}
	return out
}

func words(w io.Writer, lines, uncovered int, findings []string) error {
	out := bufio.NewWriter(w)
	for _, f := range findings {
		fmt.Fprintln(out, f)
	}
	fmt.Fprintf(out, "%d lines checked, %d not as they were\n", lines, len(findings))
	if uncovered > 0 {
		fmt.Fprintf(out, "the last %d lines are not covered by a checkpoint yet\n", uncovered)
	}
	return out.Flush()
}

func broken(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d places are not as they were", n)
}
