package demo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/demo"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

var ctx = context.Background()

// A town is a database with an area in it.
type town struct {
	*testing.T
	accounts *account.Accounts
	door     *record.Door
	parts    demo.Parts
	fails    func() bool // whether the next import is cut short
}

func build(t *testing.T, d *db.DB, people int) *town {
	t.Helper()
	return interrupted(t, d, people, nil)
}

// interrupted builds an area after a first try that stopped on the way.
func interrupted(t *testing.T, d *db.DB, people int, fails func() bool) *town {
	t.Helper()
	w := prepared(t, d, people)
	if w.fails = fails; fails != nil {
		if err := demo.Build(ctx, w.parts, nil); err == nil {
			t.Fatal("the interruption was not noticed")
		}
		w.fails = nil
	}
	began := time.Now()
	if err := demo.Build(ctx, w.parts, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d people in %v", people, time.Since(began).Round(time.Millisecond))
	return w
}

// prepared is a house that an area can be built in.
func prepared(t *testing.T, d *db.DB, people int) *town {
	t.Helper()
	keys, err := id.NewKeys('a', make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := clock.New()
	w := &town{T: t, accounts: account.New(d, c)}
	w.door, err = record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec, Clock: c, Standing: w.accounts.Standing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.door.Close() })
	dir := directory.New(d, keys, make([]byte, 32))
	w.parts = demo.Parts{
		Accounts: w.accounts, Door: w.door, Directory: dir, Seed: 1, People: people, Today: time.Now(),
		Import: func(ctx context.Context, b demo.Bundle) error {
			if w.fails != nil && w.fails() {
				return errors.New("the power went")
			}
			var report bytes.Buffer
			counts, err := importer.Import(ctx, w.door, dir, spec,
				importer.Options{Source: b.Source, Stdin: bytes.NewReader(b.JSON), Report: &report}, "-")
			if err == nil && counts.Total.Refused+counts.FilesRefused+counts.Warnings > 0 {
				return fmt.Errorf("%s: %s", b.Source, report.String())
			}
			return err
		},
	}
	return w
}

func (w *town) as(account string) consent.Actor {
	w.Helper()
	who, err := w.accounts.As(ctx, account)
	if err != nil {
		w.Fatalf("%s: %v", account, err)
	}
	return who
}

func (w *town) person(account string) person.ID {
	w.Helper()
	x, err := w.accounts.Get(ctx, account)
	if err != nil || x.Person == 0 {
		w.Fatalf("%s has no record: %v", account, err)
	}
	return x.Person
}

// sees counts what somebody sees of a resident, by type; nil when there is no such
// person to them.
func (w *town) sees(account string, why consent.Purpose, whose string) map[string]int {
	w.Helper()
	subject := w.person(whose)
	who := w.as(account)
	if why == consent.Carer {
		who.For = int64(subject)
	}
	all := map[string]int{}
	err := w.door.With(ctx, who, why, subject, func(v record.View) error {
		clear(all)
		return v.Every(func(e record.Entry) error {
			all[e.Kind]++
			for _, l := range e.Labels.Names() {
				all[l]++
			}
			return nil
		})
	})
	if errors.Is(err, fault.Withheld) {
		return nil
	}
	if err != nil {
		w.Fatalf("%s of %s: %v", account, whose, err)
	}
	return all
}

func TestAnArea(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := build(t, d, 40)
		for _, r := range demo.Cast() {
			w.as(r.Who)
		}

		own := w.sees("amina", consent.Own, "amina")
		for _, kind := range []string{"AllergyIntolerance", "MedicationStatement", "CarePlan", "QuestionnaireResponse", "EpisodeOfCare", "Flag"} {
			if own[kind] == 0 {
				t.Errorf("amina has no %s: are her sources apart?", kind)
			}
		}
		if own["Patient"] != 5 {
			t.Errorf("amina is described by %d sources, not 5", own["Patient"])
		}

		priya := w.sees("priya", consent.Care, "amina")
		if priya["Observation"] == 0 || priya["AllergyIntolerance"] != 1 || priya["home-entry"] != 0 {
			t.Errorf("priya sees %v of amina", priya)
		}
		leila := w.sees("leila", consent.Carer, "amina")
		if leila["MedicationRequest"] == 0 || leila["Appointment"] == 0 || leila["CarePlan"] == 0 || leila["Observation"] != 0 || leila["Condition"] != 0 {
			t.Errorf("leila sees %v of amina", leila)
		}
		ruth := w.sees("ruth", consent.Care, "amina")
		if ruth["Condition"] == 0 || ruth["RelatedPerson"] != 0 {
			t.Errorf("the nurses see %v of amina, who refused them her contacts", ruth)
		}
		sam := w.sees("sam", consent.Care, "amina")
		if sam["home-entry"] == 0 || sam["Observation"] != 0 {
			t.Errorf("sam sees %v of amina", sam)
		}
		if hana := w.sees("hana", consent.Care, "amina"); hana["plan"] == 0 || hana["medicines"] != 0 {
			t.Errorf("the befriender sees %v of amina", hana)
		}
		for _, outside := range []string{"grace", "jo", "nadia", "chen", "omar", "kelly", "canal-basin-first"} {
			if all := w.sees(outside, consent.Care, "amina"); all != nil {
				t.Errorf("%s sees %v of amina", outside, all)
			}
		}

		gp := w.sees("kingfisher-first", consent.Care, "rita")
		if gp == nil {
			gp = w.sees("kingfisher-second", consent.Care, "rita")
		}
		if gp["abuse"] == 0 || gp["mental-health"] == 0 || gp["sexual-health"] != 0 {
			t.Errorf("rita's doctor sees %v", gp)
		}
		if orla := w.sees("orla", consent.Care, "rita"); orla["sexual-health"] == 0 || orla["abuse"] != 0 {
			t.Errorf("rita's clinic sees %v", orla)
		}

		for who, want := range map[string]int{"grace": 1, "jo": 0, "chen": 0, "omar": 0, "nadia": 0} {
			if circles, err := w.door.Circles(ctx, w.as(who)); err != nil || len(circles) != want {
				t.Errorf("%s is in %d circles: %v", who, len(circles), err)
			}
		}
		for _, who := range []string{"priya", "tom", "sam", "leila"} {
			if circles, err := w.door.Circles(ctx, w.as(who)); err != nil || len(circles) == 0 {
				t.Errorf("%s is in nobody's circle: %v", who, err)
			}
		}
	})
}

// An area that was left half made is finished, and is then like any other.
func TestAnInterruptedAreaIsFinished(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var imports atomic.Int64
		w := interrupted(t, d, 60, func() bool { return imports.Add(1) > 9 })
		people, entries := 0, 0
		err := w.door.Everyone(ctx, func(p person.ID) error {
			people++
			return w.door.Export(ctx, "to count", p, func(v record.View) error {
				v.Headers(func(h record.Header) {
					if h.Source != "" { // and not written here, once, by the person
						entries++
					}
				})
				return nil
			})
		})
		if err != nil || people != 60 {
			t.Errorf("%d people: %v", people, err)
		}
		want := 0
		for b := range demo.Area(w.parts.Seed, 60, w.parts.Today) {
			want += bytes.Count(b.JSON, []byte(`"fullUrl":`))
		}
		if entries != want {
			t.Errorf("%d entries, not %d", entries, want)
		}
		if leila := w.sees("leila", consent.Carer, "amina"); leila == nil {
			t.Error("leila is not in her mother's circle")
		}
	})
}

// For measuring, most people of a large area are only on a list.
func TestMostOfALargeAreaCanBeOnAListAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := prepared(t, d, 60)
		w.parts.Whole = 10
		if err := demo.Build(ctx, w.parts, nil); err != nil {
			t.Fatal(err)
		}
		people, listed := 0, 0
		err := w.door.Everyone(ctx, func(p person.ID) error {
			people++
			return w.door.Export(ctx, "to count", p, func(v record.View) error {
				all := map[string]int{}
				v.Headers(func(h record.Header) { all[h.Kind]++ })
				if all["Patient"] == 1 && all["Encounter"] == 0 && len(v.Members()) == 0 {
					listed++
				}
				return nil
			})
		})
		if err != nil || people != 60 || listed != 50 {
			t.Errorf("%d people, %d of them on a list alone: %v", people, listed, err)
		}
	})
}

// A child has a circle, and whoever answers for them acts for them.
func TestAChildHasParents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := build(t, d, 60)
		all, err := w.accounts.All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		children, seen := 0, 0
		for _, x := range all {
			if x.Suspended {
				children++
				if _, err := w.accounts.Begin(ctx, x.ID, account.How{Strong: true}); err == nil {
					t.Errorf("somebody can sign in as the child %s", x.ID)
				}
			}
		}
		for _, x := range all {
			if x.Person == 0 || x.Suspended {
				continue
			}
			circles, err := w.door.Circles(ctx, w.as(x.ID))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range circles {
				if c.Role != "carer" || x.ID == "leila" {
					continue
				}
				who := w.as(x.ID)
				who.For = int64(c.Person)
				err := w.door.With(ctx, who, consent.Carer, c.Person, func(v record.View) error {
					_, err := v.Subject()
					seen++
					return err
				})
				if err != nil {
					t.Errorf("%s and their child: %v", x.ID, err)
				}
			}
		}
		if children == 0 || seen < children {
			t.Errorf("%d children, and %d times a parent", children, seen)
		}
	})
}

// No source's name gives away what it is about to who may not see it.
func TestAClinicsNameIsHidden(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := build(t, d, 5)
		rita := w.person("rita")
		for _, doctor := range []string{"kingfisher-first", "kingfisher-second"} {
			err := w.door.With(ctx, w.as(doctor), consent.Care, rita, func(v record.View) error {
				v.Headers(func(h record.Header) {
					if strings.Contains(h.Source, "Marigold") {
						t.Errorf("the practice sees a %s of the clinic", h.Kind)
					}
				})
				return nil
			})
			if err != nil && !errors.Is(err, fault.Withheld) {
				t.Error(err)
			}
		}
	})
}
