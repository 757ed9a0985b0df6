package record_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/chain"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/person"
	"onestory/internal/record"
)

// numbered makes a world with two people, a few looks, and a checkpoint over all.
func numbered(t *testing.T, d *db.DB) (w *world, seq *chain.Sequencer, key string) {
	t.Helper()
	w = &world{T: t, db: d, door: openDoor(t, options(t, d))}
	w.amina = w.receive("practice", amina, penicillin, hiv)[0]
	w.receive("practice", `{"resourceType":"Patient","id":"2","name":[{"text":"Somebody else"}]}`)
	w.own = consent.Actor{Account: "amina", Name: "Amina Yusuf", Role: "resident", Person: int64(w.amina)}
	w.joins(consent.General)
	for range 3 {
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
	}
	signer, err := chain.OpenSigner(filepath.Join(t.TempDir(), "key"), "test")
	if err != nil {
		t.Fatal(err)
	}
	seq = chain.New(d, w.door, chain.Options{Stream: record.Stream, Signer: signer})
	w.settle(seq)
	if _, err := seq.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	return w, seq, signer.Key()
}

func (w *world) settle(seq *chain.Sequencer) {
	w.Helper()
	for {
		n, err := seq.RunOnce(ctx)
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestWhatWasDoneToTheJournalIsFoundAndItsPlaceNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ says, sql, what string }{
		{"nothing", ``, ""},
		{"a look says another reason", `UPDATE look SET because = 'r9' WHERE n = 2`, "changed"},
		{"a change says another time", `UPDATE change SET at = at + 1 WHERE seq = 2`, "changed"},
		{"what was written is another's", `UPDATE change SET actor = 'x' WHERE seq = 2`, "changed"},
		{"parts are cut short", `UPDATE change SET parts = prev WHERE seq = 2`, "changed"},
		{"a look is gone", `DELETE FROM look WHERE n = 2`, "dropped"},
		{"the last look is gone", `DELETE FROM look WHERE n = 3`, "dropped"},
		{"the last numbers were cut", `DELETE FROM leaf WHERE n > 3`, "cut"},
		{"a change is gone", `DELETE FROM change WHERE seq = 2`, "dropped"},
		{"two lines changed places", `UPDATE leaf SET j = CASE j WHEN 3 THEN -4 ELSE -3 END WHERE j IN (3, 4)`, "reordered"},
		{"the packed copy is another's", `UPDATE header SET head = (SELECT x.head FROM header x WHERE x.person <> header.person)`, "changed"},
		{"packed words are another's", `UPDATE block SET bytes = (SELECT x.bytes FROM block x WHERE x.person <> block.person)`, "changed"},
		{"a person was put in", `INSERT INTO header (person, seq, codes, head) SELECT 7, seq, codes, head FROM header WHERE person = (SELECT MIN(person) FROM header)`, "changed"},
		{"a look was put in", `INSERT INTO look (person, writer, n, at, actor, behalf, purpose, what, because, judged, seen, seed, prev, hash)
			SELECT person, writer, 0, at, actor, behalf, purpose, what, because, judged, seen, seed, prev, hash FROM look WHERE n = 1`, "inserted"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w, _, key := numbered(t, d)
				if c.sql != "" {
					err := d.Tx(ctx, func(tx *db.Tx) error {
						if _, err := tx.Exec(ctx, c.sql); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `UPDATE leaf SET j = -j WHERE j < 0`)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				v, err := w.door.Verify(ctx, key, nil)
				if err != nil {
					t.Fatal(err)
				}
				if c.what == "" && len(v.Findings) > 0 || c.what != "" && len(v.Findings) == 0 {
					t.Fatalf("found %+v", v.Findings)
				}
				for _, f := range v.Findings {
					if f.What == c.what {
						return
					}
				}
				if c.what != "" {
					t.Errorf("found %+v, and not that something was %s", v.Findings, c.what)
				}
			})
		})
	}
}

func TestTheLastLinesAreNotCoveredUntilACheckpointIsSigned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, seq, key := numbered(t, d)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		w.settle(seq)
		if v, err := w.door.Verify(ctx, key, nil); err != nil || v.Uncovered != 2 || len(v.Findings) != 0 {
			t.Errorf("%d uncovered, found %v: %v", v.Uncovered, v.Findings, err)
		}
		if _, err := seq.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
		if v, err := w.door.Verify(ctx, key, nil); err != nil || v.Uncovered != 0 {
			t.Errorf("%d uncovered: %v", v.Uncovered, err)
		}
	})
}

// download is Amina's journal, as lines.
func (w *world) download(key string) []string {
	w.Helper()
	var b bytes.Buffer
	w.as(w.own, consent.Own, nil, func(v record.View) error { return v.Download(ctx, key, &b) })
	return strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestADownloadedJournalIsCheckedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, key := numbered(t, d)
		lines := w.download(key)
		check := func(says, want string, lines ...string) {
			t.Helper()
			o, err := record.CheckJournal(strings.NewReader(strings.Join(lines, "")), key, nil)
			if err != nil {
				t.Fatal(err)
			}
			found := strings.Join(o.Findings, "; ")
			if want == "" && found != "" || !strings.Contains(found, want) {
				t.Errorf("%s: found %q", says, found)
			}
		}
		n := len(lines)
		check("as it was downloaded", "", lines...)
		changed := append([]string{}, lines...)
		changed[2] = strings.Replace(changed[2], "own", "care", 1)
		check("a line was changed", "line 2 of the journal was changed", changed...)
		check("a line was dropped", "lines 2 to 2 of the journal were dropped", append(append([]string{}, lines[:2]...), lines[3:]...)...)
		check("two lines changed places", "reordered", append(append([]string{}, lines[0], lines[2], lines[1]), lines[3:]...)...)
		check("a line was put in twice", "reordered or inserted", append(append([]string{}, lines[:3]...), lines[2:]...)...)
		check("the end was cut", "cut after line", lines[:n-2]...)
		check("the last line was cut", "some were cut", append(append([]string{}, lines[:n-2]...), lines[n-1])...)
	})
}

func TestNobodyElseDownloadsAJournal(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.Everything)
		err := w.door.With(ctx, nurse, consent.Care, person.ID(w.amina), func(v record.View) error { return v.Download(ctx, "k", new(bytes.Buffer)) })
		if err == nil {
			w.Error("a nurse downloaded it")
		}
	})
}
