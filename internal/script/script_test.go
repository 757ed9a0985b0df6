package script

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/db/dbtest"
	"onestory/internal/person"
)

// people is how many live in the area that scripts are played in.
const people = 24

// area opens a house with an area in a fresh database.
func area(t *testing.T, where string) *app.House {
	t.Helper()
	c := app.Config{Data: t.TempDir()}
	if where != "" {
		c.Database = where
	}
	house, err := app.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := house.Populate(context.Background(), people, nil); err != nil {
		t.Fatal(err)
	}
	return house
}

// eachArea runs body in an area on SQLite and in one on PostgreSQL.
func eachArea(t *testing.T, body func(t *testing.T, house *app.House)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		body(t, area(t, ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		body(t, area(t, dbtest.Postgres(t)))
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no scripts", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			eachArea(t, func(t *testing.T, house *app.House) { Play(t, house, f, string(text)) })
		})
	}
}

// accountFor is the account "her" of a person.
func accountFor(p person.ID) account.Account {
	return account.Account{ID: "her", Name: "Her", Role: "resident", Person: p}
}
