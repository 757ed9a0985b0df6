package record_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/outbox"
	"onestory/internal/person"
	"onestory/internal/record"
)

var ctx = context.Background()

// A world is a database with a door and one person, Amina, who came from the practice.
type world struct {
	*testing.T
	db    *db.DB
	door  *record.Door
	amina person.ID
	own   consent.Actor
}

var nurse = consent.Actor{
	Account: "nurse", Name: "Nia Jones", Role: "nurse", OrganisationName: "Community trust",
	Individual:   consent.Party{Level: consent.Individual, ID: "nurse"},
	Team:         consent.Party{Level: consent.Team, ID: "district"},
	Organisation: consent.Party{Level: consent.Organisation, ID: "trust"},
	Sector:       consent.Party{Level: consent.Sector, ID: consent.NHS},
}

func options(t *testing.T, d *db.DB) record.Options {
	t.Helper()
	keys, err := id.NewKeys('a', make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	return record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec, Clock: clock.New()}
}

func openDoor(t *testing.T, o record.Options) *record.Door {
	t.Helper()
	d, err := record.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// each runs body in a fresh world on both databases.
func each(t *testing.T, body func(w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, door: openDoor(t, options(t, d))}
		w.amina = w.receive("practice", amina, penicillin, hiv, truvada)[0]
		w.own = consent.Actor{Account: "amina", Name: "Amina Yusuf", Role: "resident", Person: int64(w.amina), Individual: consent.Party{Level: consent.Individual, ID: "amina"}}
		body(w)
	})
}

const (
	amina      = `{"resourceType":"Patient","id":"1","name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"1951-03-02","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"code":"number-present-and-verified"}]}}]}]}`
	penicillin = `{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/1"},"code":{"text":"Penicillin"},"extension":[{"url":"https://example.org/weight","valueDecimal":107.50}]}`
	hiv        = `{"resourceType":"Condition","id":"h","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}],"text":"HIV infection"}}`
	truvada    = `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"One tablet a day"},"reasonReference":[{"reference":"Condition/h"}]}`
)

// receive takes resources in from a source, the first being their Patient.
func (w *world) receive(source string, resources ...string) []person.ID {
	w.Helper()
	_, people, err := w.door.Receive(ctx, arrival(w.T, source, 1, resources...))
	if err != nil {
		w.Fatal(err)
	}
	return people
}

func arrival(t *testing.T, source string, at clock.Time, resources ...string) record.Arrival {
	t.Helper()
	a := record.Arrival{Source: source}
	for _, text := range resources {
		d := new(fhir.Doc)
		if err := fhir.Parse([]byte(text), d); err != nil {
			t.Fatal(err)
		}
		if d.Type() == "Patient" {
			a.People = append(a.People, record.Newcomer{Foreign: d.ID(), Facts: record.FactsOf(d), Known: true})
		}
		item := record.Item{Person: len(a.People) - 1, Foreign: d.ID(), Doc: d, Updated: at}
		for r := range d.References() {
			item.Refs = append(item.Refs, record.Ref{Value: r.Value, Item: -1, Type: r.Ref.Type, ID: r.Ref.ID})
		}
		a.Items = append(a.Items, item)
	}
	for i := range a.Items { // as an importer does: to the item, when it is among them
		for j, r := range a.Items[i].Refs {
			for k := range a.Items {
				if a.Items[k].Doc.Type() == r.Type && a.Items[k].Foreign == r.ID {
					a.Items[i].Refs[j].Item = k
				}
			}
		}
	}
	return a
}

// as opens Amina to an actor and fails the test unless the answer is want.
func (w *world) as(who consent.Actor, why consent.Purpose, want error, work func(record.View) error) {
	w.Helper()
	err := w.door.With(ctx, who, why, w.amina, work)
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		w.Errorf("%s for %s: answered %v, not %v", who.Account, why, err, want)
	}
}

// kinds are the types that a view shows, sorted.
func kinds(v record.View) (all []string, err error) {
	err = v.Every(func(e record.Entry) error {
		all = append(all, e.Kind)
		return nil
	})
	slices.Sort(all)
	return all, err
}

func (w *world) shows(who consent.Actor, why consent.Purpose, want ...string) {
	w.Helper()
	w.as(who, why, nil, func(v record.View) error {
		got, err := kinds(v)
		if !slices.Equal(got, want) {
			w.Errorf("%s sees %v, not %v", who.Account, got, want)
		}
		return err
	})
}

// joins brings the nurse into the circle and shares labels with her team.
func (w *world) joins(labels consent.Labels) {
	w.Helper()
	w.as(w.own, consent.Own, nil, func(v record.View) error {
		if err := v.Join(record.Member{ID: "m1", Party: nurse.Team, Name: "District nurses", Role: "nurse"}); err != nil {
			return err
		}
		return v.Share(consent.Rule{ID: "r1", To: nurse.Team, Labels: labels})
	})
}

func TestThePersonSeesAllOfTheirOwnRecord(t *testing.T) {
	each(t, func(w *world) {
		w.shows(w.own, consent.Own, "AllergyIntolerance", "Condition", "MedicationRequest", "Patient")
	})
}

func TestOutsideTheCircleThereIsNobody(t *testing.T) {
	each(t, func(w *world) {
		w.as(nurse, consent.Care, fault.Withheld, func(record.View) error {
			w.Error("the work ran")
			return nil
		})
		w.joins(consent.Everything)
		for _, role := range []string{"planner", "operator", "organisation-admin"} {
			who := nurse
			who.Role = role
			w.as(who, consent.Care, fault.Withheld, func(record.View) error { return nil })
		}
		w.as(nurse, consent.Own, fault.Withheld, func(record.View) error { return nil })
		w.as(nurse, consent.Emergency, fault.Withheld, func(record.View) error { return nil })
	})
}

func TestAMedicineIsAboutWhatItIsFor(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General | consent.Medicines)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.Share(consent.Rule{ID: "r2", To: nurse.Individual, Labels: consent.SexualHealth})
		})
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Condition", "MedicationRequest", "Patient")
	})
}

func TestWhatEndsEndsInTheVeryNextRequest(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		w.as(w.own, consent.Own, nil, func(v record.View) error { return v.End("r1") })
		w.shows(nurse, consent.Care)
		w.as(w.own, consent.Own, nil, func(v record.View) error { return v.End("m1") })
		w.as(nurse, consent.Care, fault.Withheld, func(record.View) error { return nil })
	})
}

func TestHiddenAndAbsentAreToldAlike(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		var hidden id.Entry
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("Condition", func(e record.Entry) error { hidden = e.ID; return nil })
		})
		w.as(nurse, consent.Care, fault.Withheld, func(v record.View) error { _, err := v.Get(hidden); return err })
		w.as(nurse, consent.Care, fault.NotFound, func(v record.View) error { _, err := v.Get(id.New(int64(w.amina))); return err })
		w.as(nurse, consent.Care, fault.Withheld, func(v record.View) error { return v.Remove(hidden, 1) })
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			return v.Find("Condition", url.Values{"code": {"86406008"}}, func(record.Entry) error {
				w.Error("a hidden entry was found")
				return nil
			})
		})
	})
}

func TestAReferenceToWhatIsHiddenIsNotThere(t *testing.T) {
	each(t, func(w *world) {
		w.receive("practice", amina, `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/1"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">told her about HIV</div>"}}`,
			`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/e"},"valueQuantity":{"value":70.50,"unit":"kg"}}`)
		w.joins(consent.General)
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("Encounter", func(e record.Entry) error {
				return v.Mark(e.ID, consent.SexualHealth, "", 0)
			})
		})
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			return v.All("Observation", func(e record.Entry) error {
				if ref := e.Doc.Text("encounter.reference"); ref != "" {
					w.Errorf("leads to %q", ref)
				}
				if v := e.Doc.Text("subject.reference"); v == "" {
					w.Error("no longer says whose it is")
				}
				return nil
			})
		})
	})
}

func TestASecondWriterIsToldThatTheFirstWasFaster(t *testing.T) {
	each(t, func(w *world) {
		var e record.Entry
		read := func(v record.View) error {
			return v.All("AllergyIntolerance", func(x record.Entry) error { e = x; return nil })
		}
		w.as(w.own, consent.Own, nil, read)
		first := e
		put := func(e record.Entry, words string) func(record.View) error {
			d := new(fhir.Doc)
			if err := fhir.Parse(fhir.Splice(nil, e.Doc, []fhir.Edit{fhir.Set(e.Doc.Root(), "note", []byte(`[{"text":"`+words+`"}]`))}), d); err != nil {
				w.Fatal(err)
			}
			e.Doc = d
			return func(v record.View) error { return v.Put(e) }
		}
		w.as(w.own, consent.Own, nil, put(first, "one"))
		w.as(w.own, consent.Own, fault.Stale, put(first, "two"))
		w.as(w.own, consent.Own, nil, read)
		if got := e.Doc.Text("note.text"); got != "one" {
			w.Errorf("the note says %q", got)
		}
		if got := string(e.Doc.Root().Get("extension").Index(0).Get("valueDecimal").Raw()); got != "107.50" {
			w.Errorf("an unknown member became %s", got)
		}
		var versions int
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.History(ctx, e.ID, func(record.Version) error { versions++; return nil })
		})
		if versions != 2 {
			w.Errorf("%d versions, not 2", versions)
		}
	})
}

func TestAnOldVersionIsJudgedByWhatItWasAbout(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		var e record.Entry
		w.receive("practice", amina, `{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"35489007"}],"text":"Depression"}}`)
		if _, _, err := w.door.Receive(ctx, arrival(w.T, "practice", 9, amina, `{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/1"},"code":{"text":"Tiredness"}}`)); err != nil {
			w.Fatal(err)
		}
		versions := func(who consent.Actor, why consent.Purpose) (all []string) {
			w.as(who, why, nil, func(v record.View) error {
				err := v.Find("Condition", url.Values{"code:text": {"tiredness"}}, func(x record.Entry) error { e = x; return nil })
				if err != nil {
					return err
				}
				return v.History(ctx, e.ID, func(x record.Version) error {
					all = append(all, x.Doc.Text("code.text"))
					return nil
				})
			})
			return all
		}
		if got := versions(nurse, consent.Care); !slices.Equal(got, []string{"Tiredness"}) {
			w.Errorf("the nurse sees %v", got)
		}
		if got := versions(w.own, consent.Own); !slices.Equal(got, []string{"Depression", "Tiredness"}) {
			w.Errorf("Amina sees %v", got)
		}
	})
}

func TestWhatIsLargeIsKeptBesideAndComesBackWhole(t *testing.T) {
	each(t, func(w *world) {
		letter := strings.Repeat("Dear Amina, ", 60_000)
		text := `{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/1"},"description":"` + letter + `","content":[{"attachment":{"contentType":"text/plain","data":"` + base64.StdEncoding.EncodeToString([]byte(letter)) + `"}}]}`
		w.receive("practice", amina, text)
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("DocumentReference", func(e record.Entry) error {
				if n := len(e.Doc.Bytes()); n > 1000 {
					w.Errorf("opened, it takes %d bytes", n)
				}
				full, err := v.Full(ctx, e)
				d := new(fhir.Doc)
				if err == nil {
					err = fhir.Parse(full, d)
				}
				if d.Text("description") != letter || !strings.HasSuffix(string(full), text[len(text)-50:]) {
					w.Errorf("it came back with %d of %d letters", len(d.Text("description")), len(letter))
				}
				return err
			})
		})
	})
}

func TestWhatIsToBeToldGoesWithTheChangeOrNotAtAll(t *testing.T) {
	each(t, func(w *world) {
		share := func(v record.View) error {
			v.Tell(record.Telling{Topic: "shared", Payload: []byte("r1")})
			return v.Share(consent.Rule{ID: "r1", To: nurse.Team, Labels: consent.General})
		}
		w.as(w.own, consent.Own, nil, share)
		w.as(w.own, consent.Own, fault.Refused, func(v record.View) error {
			if err := share(v); err != nil {
				return err
			}
			return fault.Refused
		})
		w.as(w.own, consent.Own, nil, func(v record.View) error { v.Tell(record.Telling{Topic: "looked"}); return nil })
		var told []string
		_, err := outbox.Drain(ctx, w.db, outbox.Handlers{
			"shared": func(_ context.Context, r outbox.Row) error { told = append(told, string(r.Payload)); return nil },
			"looked": func(context.Context, outbox.Row) error { w.Error("a look told somebody"); return nil },
		})
		if err != nil || !slices.Equal(told, []string{"r1"}) {
			w.Errorf("told %v: %v", told, err)
		}
	})
}

func TestAnUnknownCodeSystemRaisesAnAlertOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var log bytes.Buffer
		o := options(t, d)
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		w := &world{T: t, db: d, door: openDoor(t, o)}
		for _, id := range []string{"x", "y"} {
			w.receive("practice", amina, `{"resourceType":"Condition","id":"`+id+`","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"https://example.org/unheard-of","code":"7"}],"text":"Something"}}`)
		}
		if n := strings.Count(log.String(), "https://example.org/unheard-of"); n != 1 || strings.Contains(log.String(), "Something") {
			t.Errorf("the log says so %d times:\n%s", n, log.String())
		}
	})
}

func TestTheCircleDoesNotTellWhatIsHidden(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General | consent.Plan)
		clinic := consent.Party{Level: consent.Organisation, ID: "clinic"}
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			if err := v.Join(record.Member{ID: "m2", Party: clinic, Name: "Sexual health clinic", Role: "clinic"}); err != nil {
				return err
			}
			return v.Share(consent.Rule{ID: "r2", To: clinic, Labels: consent.SexualHealth})
		})
		members := func(who consent.Actor, why consent.Purpose) (names []string) {
			w.as(who, why, nil, func(v record.View) error {
				for _, m := range v.Members() {
					names = append(names, m.Name)
				}
				return nil
			})
			return names
		}
		if got := members(nurse, consent.Care); !slices.Equal(got, []string{"District nurses"}) {
			w.Errorf("the nurse reads of %v", got)
		}
		if got := members(w.own, consent.Own); len(got) != 2 {
			w.Errorf("Amina reads of %v", got)
		}
	})
}

func TestWordsForWhatCannotBeJudgedAreNotTold(t *testing.T) {
	each(t, func(w *world) {
		w.receive("practice", amina, `{"resourceType":"Procedure","id":"p","status":"completed","subject":{"reference":"Patient/1"},"code":{"text":"Blood test"},"performer":[{"actor":{"type":"Practitioner","identifier":{"value":"7"},"display":"Dr Ade"}}],"reasonReference":[{"type":"Condition","identifier":{"value":"9"},"display":"HIV"},{"reference":"urn:uuid:6f8ccac9-41a3-42a2-a97b-06bfc0a91c26","display":"HIV too"}]}`)
		w.joins(consent.General)
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			return v.All("Procedure", func(e record.Entry) error {
				if b := string(e.Doc.Bytes()); strings.Contains(b, "HIV") || !strings.Contains(b, "Dr Ade") {
					w.Error(b)
				}
				return nil
			})
		})
	})
}

func TestWhatLedToARemovedEntryIsStillAboutIt(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General | consent.Medicines)
		var e record.Entry
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.All("Condition", func(x record.Entry) error { e = x; return nil })
		})
		w.as(w.own, consent.Own, nil, func(v record.View) error { return v.Remove(e.ID, e.Version) })
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
	})
}

func TestManyWritersOnTwoServersLoseNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, door: openDoor(t, options(t, d))}
		w.amina = w.receive("practice", amina)[0]
		own := consent.Actor{Account: "amina", Role: "resident", Person: int64(w.amina)}
		doors := []*record.Door{w.door, openDoor(t, options(t, d))}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := fault.Busy.Error()
				for range 20 { // Busy is an honest answer: it is tried again
					e := doors[i%2].With(ctx, own, consent.Own, w.amina, func(v record.View) error {
						return v.Share(consent.Rule{ID: fmt.Sprint("r", i), To: nurse.Team, Labels: consent.General})
					})
					if e == nil {
						return
					}
					err = e.Error()
				}
				t.Error(err)
			})
		}
		wg.Wait()
		for _, door := range doors {
			err := door.With(ctx, own, consent.Own, w.amina, func(v record.View) error {
				if n := len(v.Rules()); n != 60 {
					t.Errorf("%d of 60 rules are there", n)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestImportingAgainChangesNothingAndOnlyNewerReplaces(t *testing.T) {
	each(t, func(w *world) {
		changed := `{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/1"},"code":{"text":"Peanuts"}}`
		for _, step := range []struct {
			says string
			at   clock.Time
			text string
			want record.Fate
		}{
			{"the same again", 1, penicillin, record.Unchanged},
			{"the same, sent later", 9, penicillin, record.Unchanged},
			{"another, older", 0, changed, record.Unchanged},
			{"another, newer", 5, changed, record.Changed},
			{"the first again, older now", 4, penicillin, record.Unchanged},
		} {
			a := arrival(w.T, "practice", step.at, amina, step.text)
			fates, people, err := w.door.Receive(ctx, a)
			if err != nil || fates[1] != step.want || people[0] != w.amina {
				w.Errorf("%s: %v %v %v", step.says, fates, people, err)
			}
		}
	})
}

func TestOnlyAVerifiedNumberAndTheBirthDateMakeTwoSourcesOnePerson(t *testing.T) {
	each(t, func(w *world) {
		same := `{"resourceType":"Patient","id":"77",` + amina[len(`{"resourceType":"Patient","id":"1",`):]
		if got := w.receive("hospital", same)[0]; got != w.amina {
			w.Error("the hospital's Amina is somebody else")
		}
		unverified := `{"resourceType":"Patient","id":"78","name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"1951-03-02","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
		other := w.receive("clinic", unverified)[0]
		if other == w.amina {
			w.Error("an unverified number merged two people")
		}
		pairs, err := w.door.Pairs(ctx, 10)
		if err != nil || len(pairs) != 1 || pairs[0].Person != other || pairs[0].Other != w.amina {
			w.Errorf("candidates: %v %v", pairs, err)
		}
	})
}

func TestLinkedRecordsOpenTogetherAndPartAgain(t *testing.T) {
	each(t, func(w *world) {
		other := w.receive("clinic", `{"resourceType":"Patient","id":"5","name":[{"text":"A. Yusuf"}]}`,
			`{"resourceType":"Immunization","id":"i","status":"completed","patient":{"reference":"Patient/5"},"vaccineCode":{"text":"Flu"},"occurrenceDateTime":"2025-10-01"}`)[0]
		w.joins(consent.General)
		if err := w.door.Link(ctx, consent.Actor{Account: "records", Name: "Records office"}, w.amina, other, "she showed both letters"); err != nil {
			w.Fatal(err)
		}
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Immunization", "Patient", "Patient")
		if err := w.door.Unlink(ctx, consent.Actor{Account: "records", Name: "Records office"}, w.amina, other, "they were not hers"); err != nil {
			w.Fatal(err)
		}
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
	})
}

func TestEveryOpeningIsInTheJournalWithItsReason(t *testing.T) {
	each(t, func(w *world) {
		w.as(nurse, consent.Care, fault.Withheld, func(record.View) error { return nil })
		w.joins(consent.General)
		w.shows(nurse, consent.Care, "AllergyIntolerance", "Patient")
		w.as(nurse, consent.Care, fault.Refused, func(v record.View) error {
			return v.Share(consent.Rule{ID: "x", To: nurse.Team, Labels: consent.Everything})
		})
		var got []string
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			return v.Journal(ctx, 100, func(l record.Line) error {
				got = append(got, fmt.Sprintf("%s %s %s seen %d wrote %d said %d because %v", l.Who.Account, l.What, l.Judged, len(l.Seen), len(l.Wrote), len(l.Said), l.Because))
				return nil
			})
		})
		want := []string{
			"nurse open refused seen 0 wrote 0 said 0 because [r1]",
			"nurse open shown seen 2 wrote 0 said 0 because [r1]",
			"amina change changed seen 0 wrote 0 said 2 because []",
			"nurse open withheld seen 0 wrote 0 said 0 because []",
			"import:practice change changed seen 0 wrote 4 said 0 because []",
		}
		if !slices.Equal(got, want) {
			w.Errorf("the journal says\n%q\nnot\n%q", got, want)
		}
	})
}

func TestAViewShowsNothingOnceItsWorkIsOver(t *testing.T) {
	each(t, func(w *world) {
		var kept record.View
		w.as(w.own, consent.Own, nil, func(v record.View) error { kept = v; return nil })
		if _, err := kinds(kept); err == nil {
			w.Error("a kept view still answers")
		}
	})
}

func TestWhatIsPackedIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, door: openDoor(t, options(t, d))}
		w.amina = w.receive("practice", amina, penicillin, hiv, truvada)[0]
		own := consent.Actor{Account: "amina", Role: "resident", Person: int64(w.amina)}
		for i := range 90 { // past several packings
			at := clock.Time(i + 2)
			text := fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/1"},"valueQuantity":{"value":%d.50}}`, i%50, i)
			if _, _, err := w.door.Receive(ctx, arrival(t, "practice", at, amina, text)); err != nil {
				t.Fatal(err)
			}
		}
		all := func(door *record.Door) (out []string) {
			err := door.With(ctx, own, consent.Own, w.amina, func(v record.View) error {
				return v.Every(func(e record.Entry) error { out = append(out, string(e.Doc.Bytes())); return nil })
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		warm, cold := all(w.door), all(openDoor(t, options(t, d)))
		if len(warm) != 54 || !slices.Equal(warm, cold) {
			t.Errorf("%d entries warm, %d cold, or not the same", len(warm), len(cold))
		}
	})
}

func TestARefusalOutlivesTheRestoreOfAnOlderBackup(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := options(t, d)
		o.Ledger = filepath.Join(t.TempDir(), "ledger")
		w := &world{T: t, db: d, door: openDoor(t, o)}
		w.amina = w.receive("practice", amina, penicillin)[0]
		own := consent.Actor{Account: "amina", Role: "resident", Person: int64(w.amina)}
		w.own = own
		w.joins(consent.General)
		w.as(own, consent.Own, nil, func(v record.View) error {
			return v.Share(consent.Rule{ID: "no", To: nurse.Individual, Labels: consent.Everything, Refuse: true})
		})
		w.shows(nurse, consent.Care)
		// The backup is from before the refusal.
		err := d.Tx(ctx, func(tx *db.Tx) error {
			for _, table := range []string{"change", "unsequenced"} {
				if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE person = $1 AND seq = 3`, int64(w.amina)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		restored := openDoor(t, o)
		if n, err := restored.Replay(ctx); err != nil || n != 1 {
			t.Fatalf("%d replayed: %v", n, err)
		}
		if n, err := restored.Replay(ctx); err != nil || n != 0 {
			t.Fatalf("%d replayed again: %v", n, err)
		}
		w.door = restored
		w.shows(nurse, consent.Care)
	})
}

func TestPeopleOpenedTogetherEachHaveTheirLensAndTheirLine(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		stranger := w.receive("practice", strings.NewReplacer(`"id":"1"`, `"id":"2"`, "9990000018", "9990000026", "Amina", "Berta").Replace(amina))[0]
		people := []person.ID{w.amina, stranger, w.amina + 1}
		var seen [3][]string
		answers, err := w.door.Together(ctx, nurse, consent.Care, people, func(i int, v record.View) (err error) {
			v.Doing("list")
			seen[i], err = kinds(v)
			return err
		})
		if err != nil {
			w.Fatal(err)
		}
		if answers[0] != nil || !errors.Is(answers[1], fault.Withheld) || !errors.Is(answers[2], fault.NotFound) {
			w.Errorf("answered %v", answers)
		}
		if !slices.Equal(seen[0], []string{"AllergyIntolerance", "Patient"}) || seen[1] != nil || seen[2] != nil {
			w.Errorf("saw %v", seen)
		}
		var lines int64
		if err := w.db.Row(ctx, `SELECT COUNT(*) FROM look WHERE purpose = 'care'`).Scan(&lines); err != nil || lines != 3 {
			w.Errorf("%d lines in the journal, %v", lines, err)
		}
		_, err = w.door.Together(ctx, w.own, consent.Own, people[:1], func(_ int, v record.View) error {
			return v.Share(consent.Rule{ID: "x", To: nurse.Team, Labels: consent.General})
		})
		if err == nil {
			w.Error("a list changed somebody's record")
		}
		w.refuse("look")
		if _, err := w.door.Together(ctx, nurse, consent.Care, people, func(int, record.View) error { return nil }); !errors.Is(err, fault.Busy) {
			w.Errorf("without a journal a list is answered %v", err)
		}
		w.allow("look")
	})
}
