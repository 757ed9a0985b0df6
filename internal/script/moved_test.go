package script

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/exporter"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A person's own file has all that was received of them, and all that they, their carers
// and their teams wrote here: plans, work, check-ins, what was told. Another house takes
// all of it in.
func TestAWholeRecordThatGoesToAnotherAreaIsTakenIn(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		ctx := context.Background()
		from := area(t, place())
		for _, who := range []string{"amina", "leila"} {
			actor, err := from.Accounts.As(ctx, who)
			if err != nil {
				t.Fatal(err)
			}
			open := func(p person.ID, work func(record.View) error) error {
				return from.Door.With(ctx, actor, consent.Own, p, work)
			}
			var own bytes.Buffer
			sent, err := exporter.Person(ctx, from.Directory, open, person.ID(actor.Person), exporter.Options{}, &own)
			if err != nil {
				t.Fatal(err)
			}
			taken(t, place(), who+", downloaded", own.Bytes(), sent["Task"])
			all, err := json.Marshal(everythingOf(t, from, who))
			if err != nil {
				t.Fatal(err)
			}
			taken(t, place(), who+", by a program", all, sent["Task"])
		}
	})
}

// taken imports a file where nobody is known, and reports what is refused of it.
func taken(t *testing.T, place, how string, file []byte, tasks int) {
	t.Helper()
	ctx := context.Background()
	to, err := app.Open(ctx, app.Config{Data: t.TempDir(), Database: place})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := to.Close(); err != nil {
			t.Error(err)
		}
	}()
	name := filepath.Join(t.TempDir(), "person.json")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	n, err := importer.Import(ctx, to.Door, to.Directory, to.Spec, importer.Options{Source: "The other area", Report: &report}, name)
	if err != nil {
		t.Fatal(err)
	}
	if n.Total.Refused > 0 || n.Types["Task"].New != tasks {
		t.Errorf("%s: %d refused, %d of %d tasks taken in: %.2000s", how, n.Total.Refused, n.Types["Task"].New, tasks, report.String())
	}
}
