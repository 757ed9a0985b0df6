package record_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/chain"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

func TestWhatThePersonErasesIsGoneAndTheJournalStillHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := options(t, d)
		o.Ledger = filepath.Join(t.TempDir(), "ledger")
		w := &world{T: t, db: d, door: openDoor(t, o)}
		w.amina = w.receive("practice", amina, penicillin)[0]
		w.own = consent.Actor{Account: "amina", Name: "Amina Yusuf", Role: "resident", Person: int64(w.amina)}
		diary := id.New(int64(w.amina))
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			doc := fhir.New("Observation").Set("status", "final").Set("code.text", "Diary").
				Set("subject.reference", "Patient/"+w.door.Text(w.amina)).Set("valueString", "quokkas at dusk").Doc()
			return v.Put(record.Entry{Header: record.Header{ID: diary, Kind: "Observation"}, Doc: doc})
		})
		var theirs id.Entry
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("AllergyIntolerance", func(e record.Entry) error { theirs = e.ID; return nil })
		})
		if err := w.door.Erase(ctx, w.own, w.amina, theirs); !errors.Is(err, fault.Refused) {
			t.Errorf("erasing the practice's entry answered %v", err)
		}
		namesake := w.own
		namesake.Account = "another"
		if err := w.door.Erase(ctx, namesake, w.amina, diary); !errors.Is(err, fault.Refused) {
			t.Errorf("a namesake's erasing answered %v", err)
		}
		if err := w.door.Erase(ctx, w.own, w.amina, diary); err != nil {
			t.Fatal(err)
		}
		w.shows(w.own, consent.Own, "AllergyIntolerance", "Patient")
		w.as(w.own, consent.Own, fault.NotFound, func(v record.View) error {
			return v.History(ctx, diary, func(x record.Version) error { t.Error("an old version is there"); return nil })
		})
		for _, door := range []*record.Door{w.door, openDoor(t, o)} {
			err := door.Export(ctx, "test", w.amina, func(v record.View) error {
				return v.Every(func(e record.Entry) error {
					if strings.Contains(string(e.Doc.Bytes()), "quokkas") {
						t.Error("the words are still there")
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		signer, err := chain.OpenSigner(filepath.Join(t.TempDir(), "key"), "test")
		if err != nil {
			t.Fatal(err)
		}
		w.settle(chain.New(d, w.door, chain.Options{Stream: record.Stream, Signer: signer}))
		if v, err := w.door.Verify(ctx, signer.Key(), nil); err != nil || len(v.Findings) > 0 {
			t.Errorf("found %v: %v", v.Findings, err)
		}
	})
}

func TestWhatIsLargeInWhatSomebodyWritesIsKeptBesideAndGoesWithIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := options(t, d)
		o.Ledger = filepath.Join(t.TempDir(), "ledger")
		w := &world{T: t, db: d, door: openDoor(t, o)}
		w.amina = w.receive("practice", amina)[0]
		w.own = consent.Actor{Account: "amina", Name: "Amina Yusuf", Role: "resident", Person: int64(w.amina)}
		photo, words := strings.Repeat("QUJD", 300_000), strings.Repeat("A long story. ", 2000)
		picture, same := id.New(int64(w.amina)), id.New(int64(w.amina))
		put := func(n id.Entry) {
			w.as(w.own, consent.Own, nil, func(v record.View) error {
				doc := fhir.New("DocumentReference").Set("status", "current").Set("description", words).Set("subject.reference", "Patient/"+w.door.Text(w.amina)).
					Add("content", fhir.Obj{"attachment", fhir.Obj{"contentType", "image/png", "data", photo}}).Doc()
				return v.Put(record.Entry{Header: record.Header{ID: n, Kind: "DocumentReference"}, Doc: doc})
			})
		}
		pieces := func() (n int) {
			if err := d.Row(ctx, `SELECT COUNT(*) FROM blob WHERE person = $1`, int64(w.amina)).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		put(picture)
		put(same)
		stored := pieces()
		for _, door := range []*record.Door{w.door, openDoor(t, o)} {
			w.door = door
			w.as(w.own, consent.Own, nil, func(v record.View) error {
				e, err := v.Get(picture)
				if err != nil {
					return err
				}
				if n := len(e.Doc.Bytes()); n > len(words)+2000 || e.Doc.Text("description") != words {
					t.Errorf("opened, it is %d bytes, and says %.40q", n, e.Doc.Text("description"))
				}
				whole, err := v.Full(ctx, e)
				if !strings.Contains(string(whole), `"data":"`+photo+`"`) {
					t.Error("the picture is not whole")
				}
				return err
			})
		}
		for _, n := range []id.Entry{picture, same} {
			if pieces() != stored || stored < 2 {
				t.Errorf("%d pieces are kept of %d", pieces(), stored)
			}
			if err := w.door.Erase(ctx, w.own, w.amina, n); err != nil {
				t.Fatal(err)
			}
		}
		if n := pieces(); n != 0 {
			t.Errorf("%d pieces outlive what was erased", n)
		}
	})
}
