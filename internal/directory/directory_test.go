package directory

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

func open(t *testing.T, d *db.DB) *Directory {
	t.Helper()
	keys, err := id.NewKeys('a', make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return New(d, keys, make([]byte, 32))
}

func doc(t *testing.T, format string, args ...any) *fhir.Doc {
	t.Helper()
	d := new(fhir.Doc)
	if err := fhir.Parse(fmt.Appendf(nil, format, args...), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestASourceSpeaksForItselfAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, ctx := open(t, on), context.Background()
		clinic := func(name string) *fhir.Doc {
			return doc(t, `{"resourceType":"Organization","id":"1","identifier":[{"system":"urn:ods","value":"E1"}], "name":%q}`, name)
		}
		for _, step := range []struct {
			name, source, called string
			updated              clock.Time
			fate                 Fate
			gp, other            string // what each source's entry is called after it
		}{
			{"what has not come before is new", "gp", "Acton Surgery", 5, Added, "Acton Surgery", ""},
			{"the same again changes nothing", "gp", "Acton Surgery", 6, Unchanged, "Acton Surgery", ""},
			{"another source has an entry of its own", "other", "Renamed", 9, Added, "Acton Surgery", "Renamed"},
			{"older news does not replace newer", "gp", "Old Surgery", 4, Unchanged, "Acton Surgery", "Renamed"},
			{"newer news does", "gp", "Acton Health Centre", 7, Changed, "Acton Health Centre", "Renamed"},
		} {
			fates, err := d.Keep(ctx, step.source, []Listing{{Foreign: "1", Doc: clinic(step.called), Updated: step.updated}})
			if err != nil || fates[0] != step.fate {
				t.Errorf("%s: %v, %v", step.name, fates, err)
			}
			if gp := d.Name(ctx, d.Ref("gp", "Organization", "1")); gp != step.gp {
				t.Errorf("%s: the surgery is called %q", step.name, gp)
			}
			if other := d.Name(ctx, d.Ref("other", "Organization", "1")); other != step.other {
				t.Errorf("%s: the other is called %q", step.name, other)
			}
		}
	})
}

func TestEntriesAreFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d, ctx := open(t, on), context.Background()
		role := doc(t, `{"resourceType":"PractitionerRole","id":"r","identifier":[{"value":"7"}],"organization":{"reference":"Organization/1"},"x":107.50}`)
		who := doc(t, `{"resourceType":"Practitioner","id":"p","identifier":[{"system":"urn:gmc","value":"7"}],"name":[{"use":"old","family":"X"},{"family":"Nair","given":["Priya"],"prefix":["Dr"]}]}`)
		to := d.Ref("gp", "Organization", "1")
		_, err := d.Keep(ctx, "gp", []Listing{
			{Foreign: "r", Doc: role, Refs: []Ref{{role.Root().Get("organization").Get("reference"), to}}},
			{Foreign: "p", Doc: who},
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := d.Find(ctx, "gp", "PractitionerRole", "r")
		if err != nil || l.Doc.Text("organization.reference") != to || l.Doc.Text("x") != "107.50" || l.Doc.ID() != l.ID || l.Foreign != "r" {
			t.Errorf("the role is %+v, %v", l, err)
		}
		if l, err := d.Get(ctx, "Practitioner/"+d.ID("gp", "Practitioner", "p")); err != nil || l.Name != "Dr Priya Nair" {
			t.Errorf("the doctor is %q, %v", l.Name, err)
		}
		if _, err := d.Get(ctx, to); !errors.Is(err, fault.NotFound) {
			t.Errorf("what has not come is %v", err)
		}
		if _, err := d.Get(ctx, "Organization/1"); !errors.Is(err, fault.NotFound) {
			t.Errorf("a forged id is %v", err)
		}
		for token, want := range map[string]int{"urn:gmc|7": 1, "7": 1, "|7": 0, "urn:gmc|8": 0} {
			if got, err := d.ByIdentifier(ctx, "gp", "Practitioner", token); err != nil || len(got) != want {
				t.Errorf("%s leads to %v, %v", token, got, err)
			}
		}
		if got, _ := d.ByIdentifier(ctx, "other", "Practitioner", "7"); len(got) != 0 {
			t.Error("an identifier leads across sources")
		}
		for want, by := range map[int][2]string{2: {"", ""}, 1: {"gp", "Practitioner"}, 0: {"other", ""}} {
			n := 0
			if err := d.Each(ctx, by[0], by[1], func(Listed) error { n++; return nil }); err != nil || n != want {
				t.Errorf("%v has %d entries, %v", by, n, err)
			}
		}
	})
}
