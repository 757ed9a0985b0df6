package main

import (
	"encoding/json"
	"errors"
	"flag"
	"testing"

	"onestory/internal/fhir"
)

// reading is a home blood pressure as a practice in England would keep it.
const reading = `{"resourceType":"Observation","id":"bp-2026-11-02-0830","meta":{"versionId":"1","lastUpdated":"2026-11-02T08:31:12.345Z",
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

// observation parses, checks and indexes an Observation.
func (b *bench) observation() error {
	if !b.wants("observation") {
		return nil
	}
	if err := flag.Set("test.benchtime", map[bool]string{true: "200ms", false: "1s"}[b.quick]); err != nil {
		return err
	}
	spec, err := fhir.Load()
	if err != nil {
		return err
	}
	src := []byte(reading)
	var d fhir.Doc
	var out fhir.Outcome
	var failed error
	hits := 0
	ours := func(t *testing.B) {
		for t.Loop() {
			out.Reset()
			failed = errors.Join(failed, fhir.Parse(src, &d))
			spec.Validate(&d, &out)
			spec.Index(&d, func(fhir.Hit) { hits++ })
		}
	}
	raw := func(t *testing.B) {
		for t.Loop() {
			var m map[string]any
			failed = errors.Join(failed, json.Unmarshal(src, &m))
		}
	}
	var best [2]float64
	var allocs int64
	for range 3 {
		for i, f := range []func(*testing.B){ours, raw} {
			r := testing.Benchmark(f)
			us := float64(r.T.Nanoseconds()) / float64(r.N) / 1000
			if best[i] == 0 || us < best[i] {
				best[i] = us
			}
			if i == 0 {
				allocs = r.AllocsPerOp()
			}
		}
	}
	if failed == nil {
		failed = out.Err()
	}
	b.add(figure{
		Name: "observation: parse, check, all search values", Unit: "us", P50: best[0], Raw: "encoding/json into a map", RawP50: best[1],
		Ratio: best[0] / best[1], Goal: "12 us", Ceiling: "12 us", Met: judge(best[0], 12, 12),
	})
	b.add(figure{Name: "observation: allocations", Unit: "", P50: float64(allocs), Goal: "0", Ceiling: "0", Met: judge(float64(allocs), 0, 0)})
	return failed
}
