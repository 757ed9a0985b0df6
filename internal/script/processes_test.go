package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// Each server process makes so many changes to one person, and as many looks.
const each = 40

// TestMain lets this test program be a server process for the test below.
func TestMain(m *testing.M) {
	if where := os.Getenv("ONESTORY_TEST_SERVER"); where != "" {
		if err := serverProcess(where); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serverProcess opens the house on a database that others have open, and works on
// the person and as the process that the environment names.
func serverProcess(where string) (err error) {
	ctx := context.Background()
	house, err := app.Open(ctx, app.Config{Data: os.Getenv("ONESTORY_TEST_DATA"), Database: where})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.Close()) }()
	p, err := house.Door.ID(os.Getenv("ONESTORY_TEST_PERSON"))
	if err != nil {
		return err
	}
	who, err := house.Accounts.As(ctx, "her")
	if err != nil {
		return err
	}
	for i := range each {
		err := fault.Busy.Error()
		for range 50 { // Busy is an honest answer: it is tried again
			e := house.Door.With(ctx, who, consent.Own, p, func(v record.View) error {
				return v.Share(consent.Rule{
					ID: fmt.Sprint(os.Getenv("ONESTORY_TEST_NAME"), i), Labels: consent.General,
					To: consent.Party{Level: consent.Team, ID: "t"},
				})
			})
			if e == nil {
				err = ""
				break
			}
			err = e.Error()
		}
		if err != "" {
			return errors.New(err)
		}
		if err := house.Door.With(ctx, who, consent.Own, p, func(record.View) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

func TestServerProcessesLoseNothingToOneAnother(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	where, data := dbtest.Postgres(t), t.TempDir()
	house, err := app.Open(ctx, app.Config{Data: data, Database: where})
	if err != nil {
		t.Fatal(err)
	}
	doc := fhir.New("Patient").Set("id", "1").Doc()
	_, people, err := house.Door.Receive(ctx, record.Arrival{
		Source: "practice", People: []record.Newcomer{{Foreign: "1", Known: true}},
		Items: []record.Item{{Foreign: "1", Doc: doc}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := house.Accounts.Put(ctx, accountFor(people[0])); err != nil {
		t.Fatal(err)
	}
	var running []*exec.Cmd
	for _, name := range []string{"a", "b", "c"} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "ONESTORY_TEST_SERVER="+where, "ONESTORY_TEST_DATA="+data,
			"ONESTORY_TEST_PERSON="+house.Door.Text(people[0]), "ONESTORY_TEST_NAME="+name)
		cmd.Stderr = new(bytes.Buffer)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("a server process: %v: %s", err, cmd.Stderr)
		}
	}
	who, err := house.Accounts.As(ctx, "her")
	if err != nil {
		t.Fatal(err)
	}
	err = house.Door.With(ctx, who, consent.Own, people[0], func(v record.View) error {
		if n := len(v.Rules()); n != 3*each {
			t.Errorf("%d of %d rules are there", n, 3*each)
		}
		looks, changes := 0, 0
		err := v.Journal(ctx, 10_000, func(l record.Line) error {
			if l.Judged == "shown" {
				looks++
			} else {
				changes++
			}
			return nil
		})
		if looks != 3*each || changes != 3*each+1 {
			t.Errorf("the journal has %d looks and %d changes", looks, changes)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := house.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	notes, err := house.Notes()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := house.Door.Verify(ctx, house.Signer.Key(), notes); err != nil || len(v.Findings) > 0 || v.Uncovered > 1 {
		t.Errorf("found %+v, %d uncovered: %v", v.Findings, v.Uncovered, err)
	}
	if err := house.Close(); err != nil {
		t.Error(err)
	}
}
