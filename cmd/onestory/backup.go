package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"onestory/internal/app"
)

type backup struct {
	place
	To   string `help:"File to write, or a folder, in which it is named by the time." required:"" type:"path"`
	Keys string `help:"Copy the keys too, to this folder. Keep it apart from the backups: whoever has both has everything." type:"path"`
}

// Run is the command: one file with everything in the database, while servers go on.
func (b *backup) Run(ctx context.Context, c *cli) error {
	if b.Keys != "" {
		if err := app.CopyKeys(b.config().KeysFolder(), b.Keys); err != nil {
			return err
		}
	}
	to := b.To
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, "onestory-"+time.Now().UTC().Format("20060102-150405")+".backup")
	}
	bar := c.bar()
	made, err := app.Backup(ctx, b.config(), to, bar)
	bar(1, 1)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(c.out).Encode(made)
	}
	_, err = fmt.Fprintf(c.out, "%s: %d rows in %d tables, %.1f MB\nThe keys are not in it. What is refused from now on is in %s: keep a copy of both elsewhere.\n",
		to, rowsOf(made), len(made.Tables.Tables), float64(made.Bytes)/1e6, b.config().LedgerFile())
	return err
}

func rowsOf(c app.Copy) (n int64) {
	for _, t := range c.Tables.Tables {
		n += t.Rows
	}
	return n
}

type restore struct {
	place
	From          string `help:"The backup to restore." required:"" type:"existingfile"`
	Keys          string `help:"Folder with the keys, unless they are in place already." type:"existingdir"`
	Ledger        string `help:"The ledger of the installation that was lost, unless it is in place already." type:"existingfile"`
	WithoutLedger bool   `help:"The ledger is lost: go on without what people refused since the backup."`
}

// Run is the command: it fills an empty place, says again what people refused since,
// and checks the journal.
func (r *restore) Run(ctx context.Context, c *cli) error {
	began := time.Now()
	bar := c.bar()
	done, err := app.Restore(ctx, r.config(), app.Restoring{From: r.From, Keys: r.Keys, Ledger: r.Ledger, WithoutLedger: r.WithoutLedger}, bar)
	bar(1, 1)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(c.out).Encode(done)
	}
	if done.Lost > 0 {
		c.say("%d lines of the journal were signed after the backup and are lost; their checkpoints are in %s now", done.Lost, filepath.Join(r.Data, "checkpoints-lost.txt"))
	}
	_, err = fmt.Fprintf(c.out, "%d rows restored in %s\n%d refusals, ends and erasings since the backup said again from the ledger\n%d lines of the journal checked, %d not as they were; epoch %d begins\nEverybody signs in anew. Accounts are as they were then: suspend again whoever was suspended since.\n",
		rowsOf(done.Copy), time.Since(began).Round(time.Millisecond), done.Again, done.Lines, done.Findings, done.Epoch)
	return err
}
