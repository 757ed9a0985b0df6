package fhir

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

const searched = `{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2026-03-29T09:30:00.250Z","profile":["https://x.org/a/b"],"tag":[{"system":"t","code":"home"}]},
"extension":[{"url":"u","valueCode":"x"}],
"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009","type":{"text":"NHS number"}},{"value":"a|b"}],"active":true,
"name":[{"family":"O'Neil-Smith","given":["Zoë","Ann"]},{"text":"Zed"}],"gender":"female","birthDate":"1950-03",
"telecom":[{"system":"phone","value":"0113"},{"system":"email","value":"z@x.org"}],
"address":[{"line":["1 High St"],"city":"Leeds","postalCode":"LS1 1AA"}],
"deceasedBoolean":false,"generalPractitioner":[{"reference":"Organization/o1"}],
"managingOrganization":{"reference":"https://x.org/fhir/Organization/o2","identifier":{"system":"ods","value":"A1"}}}`

const plan = `{"resourceType":"CarePlan","id":"c","status":"active","intent":"plan","subject":{"reference":"Patient/p1"},
"period":{"start":"2026-01-10"},"category":[{"coding":[{"system":"s","code":"k","display":"Care at home"}],"text":"Zuhause"}],
"instantiatesCanonical":["https://x.org/PlanDefinition/1|2"],"instantiatesUri":["https://x.org/protocols/a"]}`

const encounter = `{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Group/g1"},"occurrencePeriod":{"start":"2026-01-01","end":"2026-01-31"},"prediction":[{"probabilityDecimal":0.50},{"probabilityRange":{"low":{"value":1}}}]}`

func TestMatch(t *testing.T) {
	t.Parallel()
	s := spec(t)
	docs := map[string]*Doc{}
	for _, src := range []string{searched, plan, observation, encounter} {
		d := parse(t, src)
		docs[d.Type()] = d
	}
	for query, want := range map[string]bool{
		"Patient?_id=p1":                                                              true,
		"Patient?_id=p2,p1":                                                           true,
		"Patient?_id=p1&_id=p2":                                                       false,
		"Patient?_tag=home":                                                           true,
		"Patient?_tag=t|home":                                                         true,
		"Patient?_tag=|home":                                                          false,
		"Patient?_profile=https://x.org/a/b":                                          true,
		"Patient?_profile:below=https://x.org/a":                                      true,
		"Patient?_profile:below=https://x.org/a/":                                     true,
		"Patient?_profile:below=https://x.or":                                         false,
		"Patient?_profile:above=https://x.org/a/b/c":                                  true,
		"Patient?_lastUpdated=2026-03-29":                                             true,
		"Patient?_lastUpdated=gt2026-03-29T09:30Z":                                    false,
		"Patient?_lastUpdated=2026-03-29T09:30Z":                                      true,
		"Patient?_lastUpdated=ge2026-03-29T11:30:00+02:00":                            true,
		"Patient?_security:missing=true":                                              true,
		"Patient?_tag:missing=true":                                                   false,
		"Patient?identifier=9000000009":                                               true,
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|":                       true,
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|1":                      false,
		`Patient?identifier=|a\|b`:                                                    true,
		"Patient?identifier:text=nhs":                                                 true,
		"Patient?active=true":                                                         true,
		"Patient?name=o'neil":                                                         true,
		"Patient?name=O’Neil":                                                         true,
		"Patient?given=zoe":                                                           true,
		"Patient?given=ZOË":                                                           true,
		"Patient?given=oe":                                                            false,
		"Patient?given:contains=oe":                                                   true,
		"Patient?given:exact=Zoë":                                                     true,
		"Patient?given:exact=zoë":                                                     false,
		"Patient?family=Smith":                                                        false,
		"Patient?address=ls1":                                                         true,
		"Patient?address-city=leeds":                                                  true,
		"Patient?gender=female":                                                       true,
		"Patient?gender=http://hl7.org/fhir/administrative-gender|female":             true,
		"Patient?gender=http://x|female":                                              false,
		"Patient?gender:not=male":                                                     true,
		"Patient?gender:not=male,female":                                              false,
		"Patient?birthdate=1950":                                                      true,
		"Patient?birthdate=1950-03-02":                                                false,
		"Patient?birthdate=ne1950-03-02":                                              true,
		"Patient?birthdate=lt1950-03-10":                                              true,
		"Patient?birthdate=gt1950-03-10":                                              true,
		"Patient?birthdate=sa1950-03-10":                                              false,
		"Patient?birthdate=sa1950-02":                                                 true,
		"Patient?birthdate=eb1950-04":                                                 true,
		"Patient?birthdate=ap1950-03-10":                                              true,
		"Patient?birthdate=ap1952":                                                    true, // a tenth of 74 years
		"Patient?birthdate=ap1970":                                                    false,
		"Patient?birthdate=ge1950-04,le1950-02":                                       false,
		"Patient?phone=0113":                                                          true,
		"Patient?email=0113":                                                          false,
		"Patient?deceased=false":                                                      true,
		"Patient?deceased=true":                                                       false,
		"Patient?general-practitioner=Organization/o1":                                true,
		"Patient?general-practitioner=o1":                                             true,
		"Patient?general-practitioner:Organization=o1":                                true,
		"Patient?general-practitioner:Practitioner=o1":                                false,
		"Patient?general-practitioner=Practitioner/o1":                                false,
		"Patient?organization=https://x.org/fhir/Organization/o2":                     true,
		"Patient?organization=https://y.org/fhir/Organization/o2":                     false,
		"Patient?organization=Organization/o2":                                        false,
		"Patient?organization:identifier=ods|A1":                                      true,
		"Patient?organization:identifier=|A1":                                         false,
		"Patient?general-practitioner:missing=false":                                  true,
		"Patient?gender=":                                                             true,
		"Patient?_sort=name&_count=5":                                                 true,
		"CarePlan?patient=p1":                                                         true,
		"CarePlan?patient=Patient/p1":                                                 true,
		"CarePlan?subject:Patient=p1":                                                 true,
		"CarePlan?subject=Group/p1":                                                   false,
		"CarePlan?date=2026-05-01":                                                    false, // the plan's period is not within the day
		"CarePlan?date=ge2026-05-01":                                                  true,
		"CarePlan?date=le2026-01-09":                                                  false,
		"CarePlan?date=sa2026-01-09":                                                  true,
		"CarePlan?category=s|k":                                                       true,
		"CarePlan?category:text=care":                                                 true,
		"CarePlan?category:text=zuhause":                                              true,
		"CarePlan?instantiates-canonical=https://x.org/PlanDefinition/1":              true,
		"CarePlan?instantiates-canonical=https://x.org/PlanDefinition/1|2":            true,
		"CarePlan?instantiates-uri:below=https://x.org/protocols":                     true,
		"Observation?code=http://loinc.org|85354-9":                                   true,
		"Observation?code=|85354-9":                                                   false,
		"Observation?combo-code=8480-6":                                               true,
		"Observation?code=8480-6":                                                     false,
		"Observation?component-value-quantity=138":                                    true,
		"Observation?component-value-quantity=84.5":                                   true,
		"Observation?component-value-quantity=84.500":                                 true,
		"Observation?component-value-quantity=84.51":                                  false,
		"Observation?component-value-quantity=gt138||mm[Hg]":                          false,
		"Observation?component-value-quantity=ge138||mmHg":                            true,
		"Observation?component-value-quantity=ap130|http://unitsofmeasure.org|mm[Hg]": true,
		"Observation?component-value-quantity=138|http://x|mm[Hg]":                    false,
		"Observation?component-code-value-quantity=8480-6$138":                        true,
		"Observation?component-code-value-quantity=8480-6$84.5":                       false,
		"Observation?component-code-value-quantity=http://loinc.org|8462-4$lt90":      true,
		"Observation?value-quantity:missing=true":                                     true,
		"Observation?based-on=CarePlan/plan-1&status=final":                           true,
		"Observation?date=2026-11-02":                                                 true,
		"RiskAssessment?patient=g1":                                                   false,
		"RiskAssessment?subject=g1":                                                   true,
		"RiskAssessment?probability=0.5":                                              true,
		"RiskAssessment?probability=gt0.49":                                           true,
		"RiskAssessment?probability=lt0.5":                                            false,
	} {
		typ, text, _ := strings.Cut(query, "?")
		values, err := url.ParseQuery(strings.NewReplacer("+", "%2B", "#", "%23").Replace(text))
		if err != nil {
			t.Fatal(err)
		}
		q, ignored, err := s.ParseQuery(typ, values, true)
		if err != nil || len(ignored) > 0 {
			t.Errorf("%s: %v %v", query, fault.Problems(err), ignored)
			continue
		}
		q.Now, _, _ = Interval("2026-11-22")
		if got := s.Match(docs[typ], q); got != want {
			t.Errorf("%s: got %v", query, got)
		}
	}
}

func TestAnIndexInAnExpressionMeansThatElementOnly(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition"}},{"resource":{"resourceType":"Patient"}}]}`)
	got := ""
	spec(t).Index(d, func(h Hit) {
		if h.Param.Code == "composition" {
			got += h.Value.Text("resourceType") + " "
		}
	})
	if got != "Composition " {
		t.Errorf("got %s", got)
	}
}

func TestParseQueryRefuses(t *testing.T) {
	t.Parallel()
	s := spec(t)
	for name, query := range map[string]string{
		"a modifier that is not known":       "gender:in=x",
		"a modifier of another kind":         "birthdate:contains=1950",
		"a date that is not real":            "birthdate=1950-02-30",
		"a prefix that is not known":         "birthdate=xx1950",
		":missing that is not said":          "gender:missing=perhaps",
		"a reference that is none":           "general-practitioner=a b",
		"a chain, when strict":               "general-practitioner.name=x",
		"a parameter of others, when strict": "code=x",
		"_has, when strict":                  "_has:Observation:patient:code=x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, _ := url.ParseQuery(query)
			if _, _, err := s.ParseQuery("Patient", values, true); !errors.Is(err, fault.Invalid) || len(fault.Problems(err)) != 1 {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, _, err := s.ParseQuery("Observation", url.Values{"value-quantity": {"5|mg"}, "component-code-value-quantity": {"a"}}, false); len(fault.Problems(err)) != 2 {
		t.Errorf("%v", fault.Problems(err))
	}
	q, ignored, err := s.ParseQuery("Patient", url.Values{"zip": {"1"}, "_has:x": {"2"}, "gender": {"male"}}, false)
	if err != nil || !slices.Equal(ignored, []string{"_has:x", "zip"}) || s.Match(parse(t, searched), q) {
		t.Errorf("%v %v", ignored, err)
	}
}

func TestInterval(t *testing.T) {
	t.Parallel()
	at := func(s string) clock.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return clock.At(v)
	}
	for s, want := range map[string][2]string{
		"2026":                         {"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"2026-12":                      {"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"2024-02-29":                   {"2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		"2026-03-29T23:59:59+01:00":    {"2026-03-29T22:59:59Z", "2026-03-29T23:00:00Z"},
		"2026-03-29T09:30:00.25Z":      {"2026-03-29T09:30:00.25Z", "2026-03-29T09:30:00.26Z"},
		"2026-03-29T09:30:00.1234567Z": {"2026-03-29T09:30:00.123456Z", "2026-03-29T09:30:00.123457Z"},
		"1899-01-01T00:00:00-14:00":    {"1899-01-01T14:00:00Z", "1899-01-01T14:00:01Z"},
		"2016-12-31T23:59:60Z":         {"2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z"},
	} {
		low, high, ok := Interval(s)
		if !ok || low != at(want[0]) || high != at(want[1]) {
			t.Errorf("%s: %v up to %v, %v", s, low.Std(), high.Std(), ok)
		}
	}
	for _, s := range []string{"", "26", "0000", "2026-13", "2026-00", "2026-1", "2026-02-29", "1900-02-29", "2026-02-01T", "2026-02-01T24:00:00Z", "2026-02-01T10:00Z",
		"2026-02-01T10:00:00", "2026-02-01T10:00:00.Z", "2026-02-01T10:00:00+15:00", "2026-02-01T10:00:00z", "2026/02", "20260201", "2026-02-01 10:00:00Z", "+026"} {
		if _, _, ok := Interval(s); ok {
			t.Errorf("%q is taken for a date", s)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"  Zoë  O’Neil ": "zoe o'neil", "Łódź": "lodz", "straße": "strasse", "ﬁn": "fin", "Ångström": "angstrom", "plain": "plain", "": "", "Siân": "sian",
	} {
		if got := Fold(s); got != want {
			t.Errorf("%q: got %q", s, got)
		}
	}
}

func TestSortKeys(t *testing.T) {
	t.Parallel()
	s := spec(t)
	var docs []*Doc
	for _, born := range []string{`"birthDate":"1950"`, `"birthDate":"1940-05"`, `"active":true`} {
		docs = append(docs, parse(t, `{"resourceType":"Patient","name":[{"family":"b"},{"family":"A"}],`+born+`}`))
	}
	key := func(d *Doc) SortKey { return s.SortKey(d, "birthdate", false) }
	slices.SortFunc(docs, func(a, b *Doc) int { return key(a).Compare(key(b)) })
	if docs[0].Text("birthDate") != "1940-05" || docs[2].Text("active") != "true" {
		t.Error("dates are out of order")
	}
	if up, down := s.SortKey(docs[0], "family", false), s.SortKey(docs[0], "family", true); up.Text != "a" || down.Text != "b" {
		t.Errorf("%q %q", up.Text, down.Text)
	}
}
