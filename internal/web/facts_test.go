package web

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/text"
)

func parsed(t testing.TB, s string) *fhir.Doc {
	t.Helper()
	d := new(fhir.Doc)
	if err := fhir.Parse([]byte(s), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// told is a fact in one line: what, its lines, its status, when and who.
func told(f fact) string {
	english := &ask{Lang: text.For("", "en")}
	all := []string{f.What}
	for _, l := range f.Lines {
		said := l.Value
		if l.Words != "" {
			said = english.T(l.Words, l.With)
			if l.Count != 0 {
				said = english.N(l.Words, l.Count, nil)
			}
			said = strings.NewReplacer("\u2068", "", "\u2069", "").Replace(said)
		}
		all = append(all, said)
	}
	return strings.Join(append(all, f.Status, english.day(f.On), f.Who), " | ")
}

func TestFHIRBecomesPlainFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, doc, want string }{
		{"an allergy says what happens and how serious it is",
			`{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Penicillin"},"criticality":"high","recordedDate":"1998-03","recorder":{"display":"Dr Patel"},"reaction":[{"manifestation":[{"text":"Rash"}],"severity":"mild"}]}`,
			"Penicillin | Mild | Rash | It could be serious | active | March 1998 | Dr Patel"},
		{"an allergy that was ruled out is not active",
			`{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"Nuts"}}`,
			"Nuts | refuted |  | "},
		{"a medicine is taken as somebody wrote",
			`{"resourceType":"MedicationRequest","status":"active","medicationCodeableConcept":{"coding":[{"display":"Metformin 500 mg tablets"}]},"dosageInstruction":[{"text":"One tablet twice a day","patientInstruction":"Take one with breakfast and one with dinner"}],"authoredOn":"2026-11-02T09:00:00Z"}`,
			"Metformin 500 mg tablets | Take one with breakfast and one with dinner | active | 2 November 2026 | "},
		{"a dose without words keeps its digits",
			`{"resourceType":"MedicationRequest","status":"active","contained":[{"resourceType":"Medication","id":"m","code":{"text":"Insulin"}}],"medicationReference":{"reference":"#m"},"dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":10.50,"unit":"units"}}]}]}`,
			"Insulin | 10.50 units | 2 times a day | active |  | "},
		{"what is taken one time a day is taken once",
			`{"resourceType":"MedicationRequest","status":"active","medicationCodeableConcept":{"text":"Insulin"},"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}}]}`,
			"Insulin | Once a day | active |  | "},
		{"a result outside its range says so though the laboratory did not",
			`{"resourceType":"Observation","status":"final","code":{"text":"Potassium"},"valueQuantity":{"value":5.40,"unit":"mmol/L"},"referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.3,"unit":"mmol/L"}}]}`,
			"Potassium | 5.40 mmol/L | 3.5 mmol/L to 5.3 mmol/L | Higher than usual | final |  | "},
		{"a result at the edge of its range is in it",
			`{"resourceType":"Observation","status":"final","code":{"text":"Potassium"},"valueQuantity":{"value":3.50},"referenceRange":[{"low":{"value":3.5}}]}`,
			"Potassium | 3.50 | 3.5 or more | final |  | "},
		{"a result in another unit than its range is not compared",
			`{"resourceType":"Observation","status":"final","code":{"text":"Glucose"},"valueQuantity":{"value":90,"unit":"mg/dL"},"referenceRange":[{"high":{"value":6,"unit":"mmol/L"}}]}`,
			"Glucose | 90 mg/dL | 6 mmol/L or less | final |  | "},
		{"a result has its unit, what is usual and how it compares",
			`{"resourceType":"Observation","status":"final","code":{"text":"HbA1c"},"valueQuantity":{"value":53,"unit":"mmol/mol"},"referenceRange":[{"low":{"value":20,"unit":"mmol/mol"},"high":{"value":41,"unit":"mmol/mol"}}],"interpretation":[{"coding":[{"code":"H"}]}],"effectiveDateTime":"2026-05-01"}`,
			"HbA1c | 53 mmol/mol | 20 mmol/mol to 41 mmol/mol | Higher than usual | final | 1 May 2026 | "},
		{"a blood pressure has two parts",
			`{"resourceType":"Observation","status":"final","code":{"text":"Blood pressure"},"component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":138,"code":"mm[Hg]"}},{"code":{"text":"Diastolic"},"valueQuantity":{"value":82,"code":"mm[Hg]"}}]}`,
			"Blood pressure | 138 mmHg | 82 mmHg | final |  | "},
		{"a result without a value says so",
			`{"resourceType":"Observation","status":"final","code":{"text":"Weight"},"dataAbsentReason":{"text":"Declined"}}`,
			"Weight | No value was given | Declined | final |  | "},
		{"a visit with no type is called by its class",
			`{"resourceType":"Encounter","status":"finished","class":{"display":"Home visit"},"period":{"start":"2026-01-05T10:00:00Z"},"serviceProvider":{"display":"Acton Practice"}}`,
			"Home visit | Acton Practice | finished | 5 January 2026 | Acton Practice"},
		{"an assessment is what was asked and answered, however deep",
			`{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"text":"Home","item":[{"text":"Stairs?","answer":[{"valueBoolean":true}]}]}]}`,
			" | true | completed |  | "},
		{"a narrative loses its markup",
			`{"resourceType":"Composition","status":"final","title":"Letter","section":[{"title":"Plan","text":{"div":"<div>Walk <b>more</b> &amp; rest<script>x</script></div>"}}]}`,
			"Letter | Walk more & rest x | final |  | "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := parsed(t, c.doc)
			if got := told(reader(d.Type())(d)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Every type is read by its function though any member has any shape: sources send
// what they like, and a page must not fail for it.
func TestNothingASourceSendsBreaksAPage(t *testing.T) {
	t.Parallel()
	shapes := []string{`null`, `{}`, `[]`, `""`, `[[{}]]`, `7`, `true`, `{"text":7,"coding":"x"}`, "[{\"coding\":[{\"code\":{}}],\"text\":\"\u202eevil\"}]", `"2026-13-45T99:99:99Z"`}
	kinds := []string{
		"AllergyIntolerance", "MedicationRequest", "Condition", "Observation", "DiagnosticReport", "Immunization", "Encounter",
		"Appointment", "Procedure", "DocumentReference", "Composition", "Communication", "CarePlan", "QuestionnaireResponse", "Patient", "Claim",
	}
	members := "code clinicalStatus reaction dosageInstruction medicationReference contained valueQuantity component referenceRange interpretation " +
		"period participant content payload section item name address telecom activity note status effectiveDateTime onsetDateTime performer author text type category"
	for _, kind := range kinds {
		for _, shape := range shapes {
			var b strings.Builder
			b.WriteString(`{"resourceType":"` + kind + `"`)
			for m := range strings.FieldsSeq(members) {
				b.WriteString(`,"` + m + `":` + shape)
			}
			d := parsed(t, b.String()+"}")
			f := read(record.Entry{Header: record.Header{Kind: kind}, Doc: d}, "")
			parts(d)
			if strings.ContainsRune(told(f), '\u202e') {
				t.Errorf("%s: a mark that turns the direction of the page is shown", kind)
			}
		}
	}
}

func TestWhatIsInNoSectionIsInTheLast(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"Claim": "other", "Condition": "conditions", "Patient": "about", "Invented": "other"} {
		if got := topicOf(record.Header{Kind: kind}); got != want {
			t.Errorf("%s is in %s, not in %s", kind, got, want)
		}
	}
	if got := topicOf(record.Header{Kind: "ServiceRequest", Labels: consent.Plan | consent.SocialCare}); got != "social-care" {
		t.Errorf("what is about social care is in %s", got)
	}
}

func TestFilesAreSentAsWhatDoesNoHarm(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"text/html": "application/octet-stream", "image/svg+xml": "application/octet-stream", "": "application/octet-stream",
		"text/plain; charset=x": "text/plain; charset=utf-8", "application/pdf": "application/pdf", "text/plain\r\nX: y": "application/octet-stream",
	} {
		if got, _ := harmless(kind); got != want {
			t.Errorf("%q is sent as %q", kind, got)
		}
	}
}

// Every id of a message that stands in the code, and every one that is put together
// from a code, is in the catalogue.
func TestEveryMessageIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	ids := text.IDs()
	has := func(id string) {
		t.Helper()
		if !slices.Contains(ids, id) {
			t.Errorf("%s is not in the catalogue", id)
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`"((?:web|frame|nav|answer|count|date)\.[a-z0-9.-]*[a-z0-9])"`)
	hers := regexp.MustCompile(`(?:hers|card)\("(web\.[a-z0-9.-]+)"`)
	found := 0
	for _, f := range files {
		name := f.Name()
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") || f.IsDir() {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range whole.FindAllStringSubmatch(string(b), -1) {
			has(m[1])
			found++
		}
		for _, m := range hers.FindAllStringSubmatch(string(b), -1) {
			if !strings.HasPrefix(m[1], "web.way.") || m[1] == "web.way.record" {
				has(m[1] + ".other")
			}
		}
	}
	if found < 100 {
		t.Fatalf("only %d messages found: the search is broken", found)
	}
	for _, x := range topics {
		has("web.section." + x.Code)
		has("web.meaning." + x.Code)
		has("web.record.all." + x.Code)
	}
	for _, x := range sharing.Topics() {
		has(x.Name)
		has(x.Hint)
	}
	for _, role := range consent.Roles() {
		has("web.role." + role)
	}
	for _, x := range []string{"sector.nhs", "sector.council", "sector.private", "sector.voluntary", "sector.anyone"} {
		has(x)
	}
	for _, x := range []string{"care", "planner", "operator", "organisation-admin", "privacy-officer"} {
		has("web.staff." + x)
		has("web.staff." + x + ".not")
	}
}
