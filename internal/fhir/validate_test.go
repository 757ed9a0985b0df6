package fhir

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	s := spec(t)
	obs := func(more string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"}` + more + `}`
	}
	pat := func(more string) string { return `{"resourceType":"Patient"` + more + `}` }
	for name, c := range map[string]struct{ src, path, say string }{
		"a good observation":                  {observation, "", ""},
		"no type":                             {`{"id":"a"}`, ".resourceType", "Say which type"},
		"a type that R4 does not have":        {`{"resourceType":"Robot"}`, "Robot.resourceType", "R4 resource type"},
		"an abstract type":                    {`{"resourceType":"DomainResource"}`, "DomainResource.resourceType", "R4 resource type"},
		"a list":                              {`[]`, "", "Send a resource"},
		"a member that is missing":            {`{"resourceType":"Observation","code":{"text":"x"}}`, "Observation.status", "must have it"},
		"a member unknown":                    {obs(`,"colour":"red"`), "Observation.colour", "no such member"},
		"the type in another case":            {pat(`,"resourcetype":"Observation"`), "Patient.resourcetype", "no such member"},
		"a list where one belongs":            {obs(`,"subject":[{"reference":"Patient/1"}]`), "Observation.subject", "not a list"},
		"one where a list belongs":            {obs(`,"category":{"text":"x"}`), "Observation.category", "Send a list"},
		"an empty list":                       {obs(`,"category":[]`), "Observation.category", "cannot be empty"},
		"an empty object":                     {obs(`,"category":[{"text":"x"},{}]`), "Observation.category[1]", "cannot be empty"},
		"an empty string":                     {obs(`,"category":[{"text":""}]`), "Observation.category[0].text", "not empty"},
		"a null":                              {obs(`,"subject":null`), "Observation.subject", "Send an object"},
		"two choices of one":                  {obs(`,"valueString":"a","valueInteger":1`), "Observation.valueInteger", "only one of the choices"},
		"a choice and an extension on it":     {obs(`,"valueString":"a","_valueString":{"extension":[{"url":"u:x","valueCode":"c"}]}`), "", ""},
		"a choice and another's extension":    {obs(`,"valueString":"a","_valueInteger":{"id":"x"}`), "Observation._valueInteger", "only one of the choices"},
		"a choice of a type not allowed":      {obs(`,"valueAddress":{"text":"x"}`), "Observation.valueAddress", "no such member"},
		"a code not in the required set":      {`{"resourceType":"Observation","status":"done","code":{"text":"x"}}`, "Observation.status", "registered, preliminary, final"},
		"a concept with no required code":     {`{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://x","code":"active"}]}}`, "Condition.clinicalStatus.coding", "active, recurrence"},
		"a concept with the required code":    {`{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}}`, "", ""},
		"a reference to the wrong type":       {obs(`,"subject":{"reference":"Medication/1"}`), "Observation.subject.reference", "Device, Group, Location, Patient"},
		"an address of the wrong type":        {obs(`,"subject":{"reference":"https://x.org/fhir/Medication/1/_history/2"}`), "Observation.subject.reference", "Refer to one of"},
		"an address that says nothing":        {obs(`,"subject":{"reference":"https://x.org/things/1"}`), "", ""},
		"a reference to no type":              {obs(`,"subject":{"reference":"Robot/1"}`), "Observation.subject.reference", "R4 resource type"},
		"a reference that leads nowhere":      {obs(`,"subject":{"reference":"somebody"}`), "Observation.subject.reference", "Type/id"},
		"a urn let be":                        {obs(`,"subject":{"reference":"urn:uuid:1"}`), "", ""},
		"a urn that is known":                 {obs(`,"subject":{"reference":"urn:uuid:known"}`), "Observation.subject.reference", "Refer to one of"},
		"a fragment without its resource":     {obs(`,"subject":{"reference":"#p"}`), "Observation.subject.reference", "contained resource"},
		"a fragment of the wrong type":        {obs(`,"contained":[{"resourceType":"Medication","id":"p"}],"subject":{"reference":"#p"}`), "Observation.subject.reference", "Refer to one of"},
		"a fragment of the right type":        {obs(`,"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}`), "", ""},
		"contained without an id":             {obs(`,"contained":[{"resourceType":"Patient"}]`), "Observation.contained[0].id", "Give the contained"},
		"contained in contained":              {obs(`,"contained":[{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Patient","id":"b"}]}]`), "Observation.contained[0].contained[0]", "cannot contain"},
		"a fault within contained":            {obs(`,"contained":[{"resourceType":"Patient","id":"a","gender":"m"}]`), "Observation.contained[0].gender", "male, female"},
		"an id with a slash":                  {pat(`,"id":"a/b"`), "Patient.id", "1 to 64 letters"},
		"an element's id may be any string":   {pat(`,"name":[{"id":"a/b","text":"x"}]`), "", ""},
		"a date that is not real":             {pat(`,"birthDate":"2026-02-29"`), "Patient.birthDate", "real date"},
		"a date with a time":                  {pat(`,"birthDate":"2026-02-28T10:00:00Z"`), "Patient.birthDate", "real date"},
		"a leap day":                          {pat(`,"birthDate":"2024-02-29"`), "", ""},
		"a time without a zone":               {obs(`,"effectiveDateTime":"2026-02-28T10:00:00"`), "Observation.effectiveDateTime", "time and zone"},
		"an instant without seconds":          {obs(`,"issued":"2026-02-28T10:00Z"`), "Observation.issued", "instant"},
		"a number in quotes":                  {obs(`,"valueInteger":"1"`), "Observation.valueInteger", "whole number"},
		"a whole number with a point":         {obs(`,"valueInteger":1.0`), "Observation.valueInteger", "whole number"},
		"a number beyond 32 bits":             {obs(`,"valueInteger":2147483648`), "Observation.valueInteger", "whole number"},
		"the lowest number of 32 bits":        {obs(`,"valueInteger":-2147483648`), "", ""},
		"a code with a space at its end":      {pat(`,"language":"en "`), "Patient.language", "code"},
		"a URI with a space":                  {pat(`,"implicitRules":"a b"`), "Patient.implicitRules", "URI"},
		"base64 that is cut short":            {pat(`,"photo":[{"data":"YWI"}]`), "Patient.photo[0].data", "base64"},
		"a narrative with a script":           {pat(`,"text":{"status":"generated","div":"<div>a<script>b</script></div>"}`), "Patient.text.div", "without scripts"},
		"a narrative with an event":           {pat(`,"text":{"status":"generated","div":"<div><p onclick=\"x\">b</p></div>"}`), "Patient.text.div", "without scripts"},
		"a narrative that is not closed":      {pat(`,"text":{"status":"generated","div":"<div><p>b</div>"}`), "Patient.text.div", "tags closed"},
		"words about a script":                {pat(`,"text":{"status":"generated","div":"<div>a &lt;script> on=\"x\"<br/></div>"}`), "", ""},
		"a null beside an extension":          {pat(`,"name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u:x","valueCode":"c"}]}]}]`), "", ""},
		"a null beside nothing":               {pat(`,"name":[{"given":["A",null]}]`), "Patient.name[0].given[1]", "null stands only"},
		"lists side by side of two lengths":   {pat(`,"name":[{"given":["A"],"_given":[null,{"id":"x"}]}]`), "Patient.name[0]._given", "same length"},
		"an extension on what is missing":     {`{"resourceType":"Observation","_status":{"extension":[{"url":"u:x","valueCode":"unknown"}]},"code":{"text":"x"}}`, "", ""},
		"an extension of an object":           {pat(`,"_name":[{"id":"x"}]`), "Patient._name", "no such member"},
		"an extension without its url":        {pat(`,"extension":[{"valueCode":"x"}]`), "Patient.extension[0].url", "must have it"},
		"an extension with value and more":    {pat(`,"extension":[{"url":"u:x","valueCode":"x","extension":[{"url":"u:y","valueCode":"y"}]}]`), "Patient.extension[0]", "either a value"},
		"an extension unknown to us":          {pat(`,"extension":[{"url":"https://example.org/pets","valueQuantity":{"value":2.50}}]`), "", ""},
		"a Bundle's entry":                    {`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"m"}}]}`, "Bundle.entry[0].resource.gender", "male, female"},
		"Parameters with a choice":            {`{"resourceType":"Parameters","parameter":[{"name":"x","valueUri":"a:b"},{"name":"y","resource":{"resourceType":"Patient"}}]}`, "", ""},
		"a content reference":                 {obs(`,"component":[{"code":{"text":"x"},"referenceRange":[{"lowest":{}}]}]`), "Observation.component[0].referenceRange[0].lowest", "no such member"},
		"a name written with escapes":         {pat(`,"\u0062irthDate":"2026"`), "", ""},
		"a person's words as a member's name": {pat(`,"Ann Other":1`), "Patient.?", "no such member"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Outcome{Resolve: func(r Ref) string {
				if r.Text == "urn:uuid:known" {
					return "Medication"
				}
				return ""
			}}
			s.Validate(parse(t, c.src), &o)
			switch {
			case c.say == "" && !o.OK():
				t.Errorf("refused: %+v", o.Issues)
			case c.say != "" && (len(o.Issues) != 1 || o.Issues[0].Path != c.path || !strings.Contains(o.Issues[0].Say, c.say)):
				t.Errorf("got %+v, want %q at %s", o.Issues, c.say, c.path)
			}
		})
	}
}

func TestDefinitionsAreWhole(t *testing.T) {
	t.Parallel()
	s := spec(t)
	if n := len(s.Resources()); n != 146 {
		t.Errorf("%d resource types, and R4 has 146", n)
	}
	for _, r := range s.Resources() {
		for _, p := range s.Params(r) {
			switch {
			case len(p.paths) == 0:
				t.Errorf("%s: %s leads nowhere", r, p.Code)
			case p.Kind == "composite" && len(p.parts) < 2:
				t.Errorf("%s: %s is made of fewer than two", r, p.Code)
			}
		}
	}
	if !s.Type("Observation").Resource() || s.Type("Observation.component") == nil || !s.Type("code").Primitive() {
		t.Error("types are missing")
	}
	if got := s.PatientParams("Observation"); strings.Join(got, " ") != "subject performer" {
		t.Errorf("the compartment has Observation by %v", got)
	}
}

func TestMostIssues(t *testing.T) {
	t.Parallel()
	var o Outcome
	o.Most = 2
	spec(t).Validate(parse(t, `{"resourceType":"Patient","a":1,"b":2,"c":3}`), &o)
	if len(o.Issues) != 2 || !o.More || o.Err() == nil {
		t.Errorf("%+v", o)
	}
}

func TestCheckingAllocatesNothing(t *testing.T) {
	s := spec(t)
	src := []byte(observation)
	var d Doc
	var o Outcome
	hits := 0
	once := func() {
		o.Reset()
		if Parse(src, &d) != nil {
			t.Fail()
		}
		s.Validate(&d, &o)
		s.Index(&d, func(Hit) { hits++ })
	}
	once()
	if n := testing.AllocsPerRun(50, once); n != 0 || hits == 0 || !o.OK() {
		t.Errorf("%v allocations, %d hits, %v", n, hits, o.Issues)
	}
}
