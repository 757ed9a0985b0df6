package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"onestory/internal/db"
)

type migrate struct {
	place
	Check bool `help:"Change nothing; say what is missing, and end with status 1 if something is."`
}

// Run is the command: it says which steps it took.
func (m *migrate) Run(ctx context.Context, c *cli) error {
	where := m.Database
	if where == "" {
		where = filepath.Join(m.Data, "onestory.db")
		if _, err := os.Stat(where); err != nil {
			return usage("there is no database in " + m.Data + ": name the folder with --data")
		}
	}
	steps, err := db.Pending(ctx, where)
	if err != nil {
		return err
	}
	if !m.Check && len(steps) > 0 {
		d, err := db.Open(ctx, where, db.Options{})
		if err != nil {
			return err
		}
		if err := d.Close(); err != nil {
			return err
		}
	}
	if c.JSON {
		err = json.NewEncoder(c.out).Encode(map[string]any{"steps": append([]string{}, steps...), "done": !m.Check})
	} else {
		err = m.tell(c, steps)
	}
	if err == nil && m.Check && len(steps) > 0 {
		err = fmt.Errorf("%d steps are missing: run onestory migrate, or start the server", len(steps))
	}
	return err
}

func (m *migrate) tell(c *cli, steps []string) error {
	verb := "taken"
	if m.Check {
		verb = "missing"
	}
	for _, s := range steps {
		if _, err := fmt.Fprintln(c.out, verb, s); err != nil {
			return err
		}
	}
	if len(steps) == 0 {
		_, err := fmt.Fprintln(c.out, "the database is up to date")
		return err
	}
	return nil
}
