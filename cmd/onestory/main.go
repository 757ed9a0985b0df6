// Command onestory runs joined-up health and social care for a local area: one
// record and one plan for each person, who decides who sees what and sees who
// looked.
//
//	onestory demo                      a synthetic area to try everything on
//	onestory serve                     the server, on ./data unless told otherwise
//	onestory import DIR                FHIR R4 from elsewhere
//	onestory export --person ID        one person's record, or --all
//	onestory verify                    whether the journal is what it was
//	onestory backup --to FILE          everything in one file; restore fills an empty place
//	onestory user add|link|list        who may sign in
//	onestory person pairs|link|unlink  which records are one person's
//
// Each has --help. Every flag has an environment variable, ONESTORY_ and its name.
// Exit status: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"onestory/internal/app"
	"onestory/internal/fault"
)

// A cli is the whole command line: a struct for each command.
type cli struct {
	Serve   serve         `cmd:"" help:"Run the server."`
	Demo    demonstration `cmd:"" help:"Run on a synthetic area, where one can be anybody."`
	Import  importing     `cmd:"" help:"Take in FHIR R4 records from elsewhere."`
	Export  exporting     `cmd:"" help:"Write records out as FHIR R4."`
	Verify  verifying     `cmd:"" help:"Check that the journal is what it was."`
	Backup  backup        `cmd:"" help:"Write everything into one file, while the server runs."`
	Restore restore       `cmd:"" help:"Fill an empty place from a backup."`
	Migrate migrate       `cmd:"" help:"Bring the tables of the database up to date."`
	User    user          `cmd:"" help:"Look after who may sign in."`
	Person  persons       `cmd:"" help:"Decide which records are one person's."`
	Doctor  doctor        `cmd:"" help:"Check this installation and say what to put right."`
	Version version       `cmd:"" help:"Say which version this is."`

	Completion completion `cmd:"" help:"Print a script that lets the shell complete commands."`

	Quiet bool      `help:"Say only what went wrong."`
	JSON  bool      `help:"Results on standard output as JSON." name:"json"`
	out   io.Writer `kong:"-"`
	err   io.Writer `kong:"-"`
}

// A place is where a command finds its data. Embedded in those that need it.
type place struct {
	Data       string `help:"Folder for everything on disk." default:"data" type:"path"`
	Database   string `help:"PostgreSQL address, postgres://...; otherwise SQLite in the data folder."`
	KeysFolder string `help:"Folder where the keys live, when they are not in the data folder: on another disk, which no backup of the data takes along." type:"path"`
	LedgerFile string `help:"File where the ledger lives, when it is not in the data folder: on another disk, which outlives that one." type:"path"`
}

func (p place) config() app.Config {
	return app.Config{Data: p.Data, Database: p.Database, Keys: p.KeysFolder, Ledger: p.LedgerFile}
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program, for main and for tests.
func run(args []string, out, errOut io.Writer) (exit int) {
	c := cli{out: out, err: errOut}
	exit = -1
	parser, err := kong.New(&c, kong.Name("onestory"), kong.UsageOnError(), kong.Writers(out, errOut),
		kong.DefaultEnvars("ONESTORY"), kong.Exit(func(code int) { exit = code }),
		kong.Description("Joined-up health and social care for a local area.\n\nTry it: onestory demo"))
	if err != nil {
		fmt.Fprintln(errOut, "onestory:", err)
		return 1
	}
	line, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help
	}
	if err != nil {
		fmt.Fprintf(errOut, "onestory: %v\nTry: onestory --help\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line.BindTo(ctx, (*context.Context)(nil))
	if err := line.Run(&c); err != nil {
		var wrong usage
		if errors.As(err, &wrong) {
			fmt.Fprintln(errOut, "onestory:", wrong)
			return 2
		}
		fmt.Fprintln(errOut, "onestory:", plain(err))
		return 1
	}
	return 0
}

// usage is an error in how the command was called.
type usage string

// Error is the words for whoever called.
func (u usage) Error() string { return string(u) }

// plain prefers the words for people.
func plain(err error) string {
	if say := fault.Say(err); say != "" {
		return say
	}
	return err.Error()
}

// say prints a line of progress or advice, unless it was told to be quiet.
func (c *cli) say(format string, args ...any) {
	if !c.Quiet {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}
