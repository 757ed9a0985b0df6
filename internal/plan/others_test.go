package plan_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/directory"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
)

// somebody is a Patient as a source sends them.
func somebody(which, nhs string) string {
	return `{"resourceType":"Patient","id":"` + which + `","identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"number-present-and-verified"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + nhs + `"}],"name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"1951-07-15"}`
}

// sent is what the reader makes of resources that another system sends about one person,
// each as a line.
func sent(t *testing.T, d *db.DB, resources ...string) []string {
	t.Helper()
	ctx := context.Background()
	keys, err := id.NewKeys('a', make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	door, err := record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := door.Close(); err != nil {
			t.Error(err)
		}
	})
	entries := []string{`{"fullUrl":"urn:uuid:p","resource":` + somebody("p", "9434765919") + `}`}
	for _, r := range resources {
		var d fhir.Doc
		if err := fhir.Parse([]byte(r), &d); err != nil {
			t.Fatal(err, r)
		}
		entries = append(entries, `{"fullUrl":"https://elsewhere.example/`+d.Type()+`/`+d.ID()+`","resource":`+r+`}`)
	}
	file := filepath.Join(t.TempDir(), "sent.json")
	bundle := `{"resourceType":"Bundle","type":"collection","timestamp":"2026-11-01T10:00:00Z","entry":[` + strings.Join(entries, ",") + `]}`
	if err := os.WriteFile(file, []byte(bundle), 0o600); err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	got, err := importer.Import(ctx, door, directory.New(d, keys, make([]byte, 32)), spec, importer.Options{Source: "Elsewhere", Report: &report}, file)
	if err != nil || got.Total.Refused > 0 {
		t.Fatal(err, report.String())
	}
	var lines []string
	err = door.Everyone(ctx, func(p person.ID) error {
		who := consent.Actor{Account: "self", Role: "resident", Person: int64(p), Individual: consent.Party{Level: consent.Individual, ID: "self"}}
		return door.With(ctx, who, consent.Own, p, func(v record.View) error {
			all, err := plan.Others(v, door.EntryText, door.EntryID)
			for _, x := range all {
				lines = append(lines, line(x))
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// line is what was read, in one line.
func line(x plan.Received) string {
	said := maps.Clone(x.Said)
	if said["who"] == said["name"] {
		delete(said, "name")
	}
	s := x.Part.Code
	for _, code := range slices.Sorted(maps.Keys(said)) {
		s += "; " + code + "=" + strings.ReplaceAll(said[code], "\n", "/")
	}
	if x.When != "" {
		s += "; when " + x.When
	}
	if x.Status != "" {
		s += "; " + x.Status
	}
	if x.Not {
		s += "; not"
	}
	return s
}

const about = `"subject":{"reference":"Patient/p"}`

// shapes are plans as other systems write them, and what stands in which part of ours.
var shapes = []struct {
	says string
	sent []string
	want []string
}{
	{
		"a plan as core systems write it, with goals, conditions and activities in full",
		[]string{
			`{"resourceType":"Condition","id":"c",` + about + `,"code":{"coding":[{"system":"http://snomed.info/sct","code":"84114007","display":"Heart failure"}]},"recordedDate":"2026-02-01"}`,
			`{"resourceType":"Goal","id":"g1","lifecycleStatus":"active","description":{"text":"Walk to the mosque"},"priority":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/goal-priority","code":"high-priority"}]},` + about + `,"startDate":"2026-03-01","target":[{"detailString":"Without stopping","dueDate":"2027-01-31"}],"note":[{"text":"Fridays"}],"addresses":[{"reference":"Condition/c"}]}`,
			`{"resourceType":"Goal","id":"g2","lifecycleStatus":"on-hold","description":{"coding":[{"display":"Swim again"}]},` + about + `}`,
			`{"resourceType":"Goal","id":"g3","lifecycleStatus":"entered-in-error","description":{"text":"Somebody else's"},` + about + `}`,
			`{"resourceType":"CarePlan","id":"cp","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">A plan</div>"},"status":"active","intent":"plan","category":[{"coding":[{"system":"http://hl7.org/fhir/us/core/CodeSystem/careplan-category","code":"assess-plan"}]}],"title":"Heart failure plan","description":"What we watch",` + about + `,"created":"2026-03-02","addresses":[{"reference":"Condition/c"},{"display":"Living alone"}],"goal":[{"reference":"Goal/g1"},{"reference":"Goal/g2"},{"reference":"Goal/g3"}],"note":[{"text":"Agreed at home"}],"activity":[
				{"detail":{"code":{"text":"Weigh every morning"},"status":"in-progress","scheduledTiming":{"repeat":{"boundsPeriod":{"end":"2027-03-01"}}},"performer":[{"reference":"Patient/p"}],"goal":[{"reference":"Goal/g1"}]},"progress":[{"text":"Going well"}]},
				{"detail":{"description":"Review","status":"scheduled","scheduledString":"Every three months","performer":[{"display":"Heart failure nurse"}]}},
				{"detail":{"description":"Drink more than 2 litres","doNotPerform":true,"status":"not-started"}},
				{"detail":{"description":"Old blood test","status":"cancelled"}}]}`,
		},
		[]string{
			"need; words=Living alone",
			"need; words=Heart failure",
			"goal; how=Without stopping/Fridays; matters=high; status=active; words=Walk to the mosque; when 2027-01-31",
			"goal; words=Swim again; on-hold",
			"action; how=Going well; status=in-progress; when=2027-03-01; who=person; words=Weigh every morning",
			"action; status=requested; who=Heart failure nurse; words=Review; when Every three months",
			"action; status=requested; words=Drink more than 2 litres; not",
			"other; title=Heart failure plan; words=What we watch/Agreed at home",
		},
	},
	{
		"answers and plans under the standards' headings, in groups and one after the other",
		[]string{
			`{"resourceType":"QuestionnaireResponse","id":"q","status":"completed",` + about + `,"authored":"2026-05-01","item":[
				{"linkId":"0","text":"Person demographics","item":[{"linkId":"0.1","text":"Given name","answer":[{"valueString":"Amina"}]}]},
				{"linkId":"1","text":"Care and support plan","item":[
					{"linkId":"1.1","text":"STRENGTHS","answer":[{"valueString":"A good neighbour"}]},
					{"linkId":"1.2","text":"Needs, concerns, or problems","item":[
						{"linkId":"a","text":"Free text","answer":[{"valueString":"Out of breath"}]},
						{"linkId":"b","text":"Goals and hopes","item":[
							{"linkId":"b1","text":"Free text","answer":[{"valueString":"Upstairs to bed"}]},{"linkId":"b2","text":"Importance score","answer":[{"valueInteger":8}]},
							{"linkId":"c","text":"Actions and activities","item":[
								{"linkId":"c1","text":"What","answer":[{"valueString":"A second rail"}]},{"linkId":"c2","text":"Who","answer":[{"valueString":"The council"}]},
								{"linkId":"c3","text":"When","answer":[{"valueDate":"2026-12-24"}]},{"linkId":"c4","text":"Stage goals","answer":[{"valueString":"Measured"}]}]}]}]},
					{"linkId":"1.3","text":"Needs, concerns or problems","answer":[{"valueCoding":{"display":"Lonely"}}]},
					{"linkId":"1.4","text":"Pets","answer":[{"valueString":"A cat"}]}]},
				{"linkId":"2","text":"Contingency / safety plan","item":[
					{"linkId":"2.1","text":"Trigger factors","answer":[{"valueString":"Leila is ill"}]},{"linkId":"2.2","text":"What should happen","answer":[{"valueString":"Ring Willow Gate"}]},
					{"linkId":"2.3","text":"Who should be contacted","answer":[{"valueString":"Samira"}]},{"linkId":"2.4","text":"Early warning signs","answer":[{"valueString":"She coughs"}]},
					{"linkId":"2.5","text":"Review date","answer":[{"valueDate":"2027-05-01"}]}]},
				{"linkId":"3","text":"Preferred place of care","answer":[{"valueString":"At home"}]},
				{"linkId":"4","text":"Lasting power of attorney","answer":[{"valueString":"Leila"}]}]}`,
			`{"resourceType":"QuestionnaireResponse","id":"falls","status":"completed",` + about + `,"item":[{"linkId":"1","text":"Any falls?","answer":[{"valueBoolean":true}]}]}`,
			`{"resourceType":"CarePlan","id":"s","status":"active","intent":"plan","category":[{"text":"Safety plan"}],"title":"If the oxygen fails","description":"Stay calm",` + about + `,"created":"2026-06-01","activity":[{"detail":{"status":"not-started","description":"Use the spare"}},{"detail":{"status":"not-started","description":"Ring 999"}}]}`,
			`{"resourceType":"CarePlan","id":"e","status":"active","intent":"plan","title":"Preferred place of care","description":"The hospice, not the ward",` + about + `,"created":"2026-06-02"}`,
		},
		[]string{
			"strengths; words=A good neighbour",
			"need; words=Out of breath",
			"need; words=Lonely",
			"goal; how=Importance score: 8; words=Upstairs to bed",
			"action; how=Stage goals: Measured; when=2026-12-24; who=The council; words=A second rail",
			"worse; do=Stay calm/Use the spare/Ring 999; words=If the oxygen fails",
			"worse; call=Samira; do=Ring Willow Gate; review=2027-05-01; signs=She coughs; words=Leila is ill",
			"wishes; where=The hospice, not the ward",
			"wishes; speaks=Leila; where=At home",
			"other; title=Pets; words=A cat",
		},
	},
	{
		"a terse one that leads to everything, some of it contained",
		[]string{
			`{"resourceType":"CarePlan","id":"t","status":"active","intent":"order",` + about + `,"period":{"start":"2026-07-01"},
				"contained":[{"resourceType":"Goal","id":"in","lifecycleStatus":"accepted","description":{"text":"Cook again"},` + about + `},{"resourceType":"Task","id":"do","status":"ready","intent":"order","description":"Bring a stool"}],
				"goal":[{"reference":"#in"},{"reference":"Goal/never-came","display":"Sing in the choir"},{"reference":"Goal/nor-this"}],
				"activity":[{"reference":{"reference":"Task/t1"}},{"reference":{"reference":"ServiceRequest/s1"}},{"reference":{"reference":"Appointment/a1"}},{"reference":{"reference":"#do"}},{"reference":{"display":"Hospital transport"}}]}`,
			`{"resourceType":"Task","id":"t1","status":"accepted","intent":"order","description":"Order the bed","for":{"reference":"Patient/p"},"owner":{"display":"Riverside nurses"},"restriction":{"period":{"end":"2026-12-01"}}}`,
			`{"resourceType":"Task","id":"t2","status":"requested","intent":"order","description":"Fill a prescription","for":{"reference":"Patient/p"}}`,
			`{"resourceType":"ServiceRequest","id":"s1","status":"active","intent":"order","code":{"text":"Physiotherapy"},` + about + `,"occurrencePeriod":{"start":"2026-11-01","end":"2027-02-01"}}`,
			`{"resourceType":"ServiceRequest","id":"s2","status":"active","intent":"order","code":{"text":"Blood test"},` + about + `}`,
			`{"resourceType":"Appointment","id":"a1","status":"booked","description":"Heart failure clinic","start":"2026-12-05T09:00:00Z","end":"2026-12-05T09:20:00Z","participant":[{"actor":{"reference":"Patient/p"},"status":"accepted"}]}`,
			`{"resourceType":"CarePlan","id":"bare","status":"active","intent":"plan","title":"A plan of nothing",` + about + `}`,
		},
		[]string{
			"goal; words=Sing in the choir",
			"goal; words=Cook again; accepted",
			"action; when=2026-12-01; who=Riverside nurses; words=Order the bed; accepted",
			"action; when=2027-02-01; words=Physiotherapy; active",
			"action; status=requested; when=2026-12-05; words=Heart failure clinic",
			"action; status=requested; words=Bring a stool",
			"action; words=Hospital transport",
			"other; title=A plan of nothing",
		},
	},
	{
		"what was replaced is left out with what it alone led to; what replaces itself or each other stands",
		[]string{
			`{"resourceType":"CarePlan","id":"old","status":"active","intent":"plan","title":"Old","description":"Old words",` + about + `,"goal":[{"reference":"Goal/gone"},{"reference":"Goal/kept"}]}`,
			`{"resourceType":"CarePlan","id":"new","status":"active","intent":"plan","title":"New","description":"New words",` + about + `,"replaces":[{"reference":"CarePlan/old"},{"reference":"CarePlan/new"}],"goal":[{"reference":"Goal/kept"}]}`,
			`{"resourceType":"CarePlan","id":"draft","status":"draft","intent":"plan","title":"Draft","description":"Not yet",` + about + `,"replaces":[{"reference":"CarePlan/new"}]}`,
			`{"resourceType":"CarePlan","id":"r1","status":"active","intent":"plan","title":"Ring one","description":"First",` + about + `,"replaces":[{"reference":"CarePlan/r2"}]}`,
			`{"resourceType":"CarePlan","id":"r2","status":"active","intent":"plan","title":"Ring two","description":"Second",` + about + `,"replaces":[{"reference":"CarePlan/r1"}],"activity":[{"reference":{"reference":"Task/round"}}]}`,
			`{"resourceType":"CarePlan","id":"bad","status":"entered-in-error","intent":"plan","title":"Mistake","description":"Wrong person",` + about + `,"replaces":[{"reference":"CarePlan/r1"}]}`,
			`{"resourceType":"Goal","id":"gone","lifecycleStatus":"active","description":{"text":"Gone"},` + about + `}`,
			`{"resourceType":"Goal","id":"kept","lifecycleStatus":"active","description":{"text":"Kept"},` + about + `}`,
			`{"resourceType":"Task","id":"round","status":"requested","intent":"plan","description":"Round and round","for":{"reference":"Patient/p"},"focus":{"reference":"CarePlan/r2"},"partOf":[{"reference":"Task/round"}]}`,
		},
		[]string{
			"goal; status=active; words=Kept",
			"action; status=requested; words=Round and round",
			"other; title=New; words=New words",
			"other; title=Draft; words=Not yet",
			"other; title=Ring one; words=First",
			"other; title=Ring two; words=Second",
		},
	},
}

func TestAPlanThatAnotherSystemSentTakesItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range shapes {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				got, want := sent(t, d, c.sent...), slices.Clone(c.want)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("read:\n%s\nnot:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}

func TestTheHeadingsArePutDownAsTheyAreSentAndRead(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/plan-headings.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range plan.Headings() {
		found := false
		for _, row := range strings.Split(string(doc), "\n") {
			found = found || strings.Contains(row, h.Names[0]) && strings.Contains(row, "`"+h.Part+"`") && strings.Contains(row, h.Ask)
		}
		if part := plan.PartOf(h.Part); !found || part == nil || h.Ask != "" && part.Ask(h.Ask) == nil {
			t.Errorf("docs/plan-headings.md has no row for %q, or there is no such part", h.Names[0])
		}
	}
}

func TestAPlanLeadsToNothingOfSomebodyElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got := sent(t, d,
			somebody("q", "9449305552"),
			`{"resourceType":"Goal","id":"theirs","lifecycleStatus":"active","description":{"text":"Of somebody else"},"subject":{"reference":"Patient/q"}}`,
			`{"resourceType":"CarePlan","id":"hers","status":"active","intent":"plan","title":"Of somebody else","description":"Hers",`+strings.Replace(about, "/p", "/q", 1)+`}`,
			`{"resourceType":"CarePlan","id":"mine","status":"active","intent":"plan","title":"Mine","replaces":[{"reference":"https://another.example/CarePlan/hers"}],`+about+`,"goal":[{"reference":"https://another.example/Goal/theirs"}],"addresses":[{"reference":"urn:uuid:6a0f5c0e-3a5e-4c33-b39d-0a2d6c1e8b11"}],"activity":[{"reference":{"reference":"Task/theirs"}}]}`)
		slices.Sort(got)
		if want := []string{"goal; status=active; words=Of somebody else", "other; title=Mine", "other; title=Of somebody else; words=Hers"}; !slices.Equal(got, want) {
			t.Errorf("read %q, not %q", got, want) // each of its own person, and each once
		}
	})
}
