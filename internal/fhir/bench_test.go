package fhir

import (
	"encoding/json"
	"testing"
)

// observation is a home blood pressure as a practice in England would keep it.
const observation = `{"resourceType":"Observation","id":"bp-2026-11-02-0830","meta":{"versionId":"1","lastUpdated":"2026-11-02T08:31:12.345Z",
"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-VitalSigns-BloodPressure"],"tag":[{"system":"https://example.org/tags","code":"home-reading"}]},
"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Blood pressure 138/84 mmHg, taken at home on the left arm, sitting</p></div>"},
"identifier":[{"system":"https://example.org/observations","value":"a2f0b6b2-3c1e-4c1d-9a46-0c8a7c1b1f0e"}],
"basedOn":[{"reference":"CarePlan/plan-1"}],
"status":"final",
"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}]}],
"code":{"coding":[{"system":"http://snomed.info/sct","code":"75367002","display":"Blood pressure"},{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel with all children optional"}],"text":"Blood pressure"},
"subject":{"reference":"Patient/p1","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009"}},
"encounter":{"reference":"Encounter/e1"},
"effectiveDateTime":"2026-11-02T08:30:00+00:00","issued":"2026-11-02T08:31:12.345+00:00",
"performer":[{"reference":"Patient/p1","display":"Self"}],
"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}]}],
"note":[{"time":"2026-11-02T08:31:00Z","text":"Sat quietly for five minutes first"}],
"bodySite":{"coding":[{"system":"http://snomed.info/sct","code":"368208006","display":"Left upper arm structure"}]},
"component":[
{"code":{"coding":[{"system":"http://snomed.info/sct","code":"271649006","display":"Systolic blood pressure"},{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":138,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},"referenceRange":[{"high":{"value":140.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]},
{"code":{"coding":[{"system":"http://snomed.info/sct","code":"271650006","display":"Diastolic blood pressure"},{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":84.50,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`

func spec(t testing.TB) *Spec {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkObservation(b *testing.B) {
	s, src := spec(b), []byte(observation)
	var d Doc
	var o Outcome
	hits := 0
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		o.Reset()
		if err := Parse(src, &d); err != nil {
			b.Fatal(err)
		}
		s.Validate(&d, &o)
		if !o.OK() {
			b.Fatal(o.Issues)
		}
		s.Index(&d, func(Hit) { hits++ })
	}
}

func BenchmarkObservationParse(b *testing.B) {
	src := []byte(observation)
	var d Doc
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(src, &d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObservationValidate(b *testing.B) {
	s := spec(b)
	d := parse(b, observation)
	var o Outcome
	b.ReportAllocs()
	for b.Loop() {
		s.Validate(d, &o)
	}
}

func BenchmarkObservationRaw(b *testing.B) {
	src := []byte(observation)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		var m map[string]any
		if err := json.Unmarshal(src, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := loadTable(packed); err != nil {
			b.Fatal(err)
		}
	}
}
