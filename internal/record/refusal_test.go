package record_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// execute runs statements that only a test would.
func (w *world) execute(statements ...string) {
	w.Helper()
	err := w.db.Tx(ctx, func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// refuse makes a table refuse every new row until allow.
func (w *world) refuse(table string) {
	w.Helper()
	if w.db.Kind() == "sqlite" {
		w.execute(`CREATE TRIGGER no_` + table + ` BEFORE INSERT ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`)
		return
	}
	w.execute(
		`CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by a test'; END $$`,
		`CREATE TRIGGER no_`+table+` BEFORE INSERT ON `+table+` FOR EACH ROW EXECUTE FUNCTION no()`)
}

func (w *world) allow(table string) {
	w.Helper()
	if w.db.Kind() == "sqlite" {
		w.execute(`DROP TRIGGER no_` + table)
		return
	}
	w.execute(`DROP TRIGGER no_` + table + ` ON ` + table)
}

// counts are the rows of every table that a change or an arrival may write.
func (w *world) counts() map[string]int64 {
	w.Helper()
	all := map[string]int64{}
	for _, table := range []string{"change", "unsequenced", "header", "block", "look", "blob", "claim", "term", "held", "candidate"} {
		var n int64
		if err := w.db.Row(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
			w.Fatal(err)
		}
		all[table] = n
	}
	return all
}

// page is what an edge does: it writes a page whole, and lets it go when With is done.
func (w *world) page(who consent.Actor, why consent.Purpose) (string, error) {
	var b strings.Builder
	err := w.door.With(ctx, who, why, w.amina, func(v record.View) error {
		b.Reset()
		return v.Every(func(e record.Entry) error { b.Write(e.Doc.Bytes()); return nil })
	})
	if err != nil {
		return "", err
	}
	return b.String(), nil
}

func TestNothingIsShownWhenTheJournalCannotSayWhoLooked(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.Everything)
		for name, broken := range map[string][2]func(){
			"the table is not there": {
				func() { w.execute(`ALTER TABLE look RENAME TO elsewhere`) },
				func() { w.execute(`ALTER TABLE elsewhere RENAME TO look`) },
			},
			"the table takes no row": {func() { w.refuse("look") }, func() { w.allow("look") }},
		} {
			broken[0]()
			for _, asker := range []struct {
				who consent.Actor
				why consent.Purpose
			}{{nurse, consent.Care}, {w.own, consent.Own}} {
				page, err := w.page(asker.who, asker.why)
				if !errors.Is(err, fault.Busy) || fault.Say(err) == "" {
					w.Errorf("%s: %s is answered %v, not Busy with a sentence", name, asker.who.Account, err)
				}
				if page != "" {
					w.Errorf("%s: %s is shown %d bytes", name, asker.who.Account, len(page))
				}
			}
			broken[1]()
			if page, err := w.page(nurse, consent.Care); err != nil || !strings.Contains(page, "Penicillin") {
				w.Errorf("%s: afterwards the page is %q: %v", name, page, err)
			}
		}
		var shown int
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.Journal(ctx, 100, func(l record.Line) error {
				if l.Who.Account == "nurse" && l.Judged == "shown" {
					shown++
				}
				return nil
			})
		})
		if shown != 2 {
			w.Errorf("the journal has %d of the two pages that were shown", shown)
		}
	})
}

// Whichever of the tables refuses its row, the act is not done at all.
func TestAChangeThatCannotBeKeptWholeIsNotKept(t *testing.T) {
	each(t, func(w *world) {
		long := fmt.Sprintf(`{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/9"},"content":[{"attachment":{"data":%q}}]}`, strings.Repeat("QUJD", 4000))
		newcomer := []string{`{"resourceType":"Patient","id":"9","name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"1951-03-02"}`, long}
		join := func() error {
			return w.door.With(ctx, w.own, consent.Own, w.amina, func(v record.View) error {
				var e record.Entry
				if err := v.All("AllergyIntolerance", func(x record.Entry) error { e = x; return nil }); err != nil {
					return err
				}
				d := new(fhir.Doc)
				if err := fhir.Parse(fhir.Splice(nil, e.Doc, []fhir.Edit{fhir.Set(e.Doc.Root(), "note", []byte(`[{"text":"new"}]`))}), d); err != nil {
					return err
				}
				e.Doc = d
				return errors.Join(
					v.Join(record.Member{ID: "m", Party: nurse.Team, Name: "District nurses", Role: "nurse"}),
					v.Share(consent.Rule{ID: "r", To: nurse.Team, Labels: consent.General}),
					v.Put(e))
			})
		}
		receive := func() error {
			_, _, err := w.door.Receive(ctx, arrival(w.T, "clinic", 1, newcomer...))
			return err
		}
		for _, act := range []struct {
			name   string
			do     func() error
			tables []string
		}{
			{"a change", join, []string{"change", "unsequenced", "held"}},
			{"an arrival", receive, []string{"claim", "term", "candidate", "change", "unsequenced", "header", "block", "blob"}},
		} {
			before := w.counts()
			for _, table := range act.tables {
				w.refuse(table)
				if err := act.do(); !errors.Is(err, fault.Busy) || fault.Say(err) == "" {
					w.Errorf("%s, which %s refuses, is answered %v, not Busy with a sentence", act.name, table, err)
				}
				w.allow(table)
				if after := w.counts(); !maps.Equal(before, after) {
					w.Errorf("%s, which %s refuses, left something: %v, before %v", act.name, table, after, before)
				}
			}
			if err := act.do(); err != nil {
				w.Errorf("%s afterwards: %v", act.name, err)
			}
			if after := w.counts(); after["change"] != before["change"]+1 {
				w.Errorf("%s afterwards: %v, before %v", act.name, after, before)
			}
		}
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
	})
}
