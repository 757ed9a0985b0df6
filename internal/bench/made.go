package main

import (
	"fmt"
	"math/rand/v2"
)

// made is one person of so many entries, about as large and as mixed as a general
// practice keeps: nearly half of it measurements.
func made(seed uint64, entries int) [][]byte {
	r := rand.New(rand.NewPCG(seed, 7))
	me := fmt.Sprintf("p%d", seed)
	all := [][]byte{fmt.Appendf(nil, patient, me, 1930+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28), families[r.IntN(len(families))], seed, r.IntN(100))}
	visit := "none"
	for n := 1; n < entries; n++ {
		id := fmt.Sprintf("%s-%d", me, n)
		day := fmt.Sprintf("20%02d-%02d-%02d", 10+r.IntN(16), 1+r.IntN(12), 1+r.IntN(28))
		switch k := n % 20; {
		case k == 1:
			c := conditions[r.IntN(len(conditions))]
			all = append(all, fmt.Appendf(nil, condition, id, c.code, c.name, c.name, me, day, r.IntN(1e6)))
		case k == 2 || k == 7 || k == 13 || k == 17:
			visit = id
			all = append(all, fmt.Appendf(nil, encounter, id, me, day, day, r.IntN(1e6)))
		case k == 3 || k == 8 || k == 15:
			c := medicines[r.IntN(len(medicines))]
			all = append(all, fmt.Appendf(nil, request, id, c.code, c.name, c.name, me, visit, day, 1+r.IntN(3), r.IntN(1e6)))
		default:
			o := measures[r.IntN(len(measures))]
			all = append(all, fmt.Appendf(nil, observation, id, o.code, o.name, o.name, me, visit, day, day, o.low+r.IntN(40), r.IntN(10), o.unit, o.unit, r.IntN(1e6)))
		}
	}
	return all
}

type coded struct {
	code, name, unit string
	low              int
}

var (
	families   = []string{"Ahmed", "Baker", "Clarke", "Davies", "Evans", "Farah", "Green", "Hughes", "Islam", "Jones", "Khan", "Lewis", "Mensah", "Novak", "Okafor", "Patel"}
	conditions = []coded{
		{code: "38341003", name: "Hypertension"}, {code: "73211009", name: "Diabetes mellitus"}, {code: "195967001", name: "Asthma"},
		{code: "84114007", name: "Heart failure"}, {code: "396275006", name: "Osteoarthritis"}, {code: "13645005", name: "Chronic obstructive lung disease"},
	}
	medicines = []coded{
		{code: "318851002", name: "Ramipril 5mg capsules"}, {code: "319775004", name: "Aspirin 75mg tablets"}, {code: "325278007", name: "Metformin 500mg tablets"},
		{code: "319996000", name: "Simvastatin 40mg tablets"}, {code: "317919004", name: "Furosemide 40mg tablets"},
	}
	measures = []coded{
		{"29463-7", "Body weight", "kg", 50}, {"8867-4", "Heart rate", "/min", 55}, {"8480-6", "Systolic blood pressure", "mm[Hg]", 105},
		{"8462-4", "Diastolic blood pressure", "mm[Hg]", 60}, {"2160-0", "Creatinine", "umol/L", 60}, {"718-7", "Haemoglobin", "g/L", 100}, {"2708-6", "Oxygen saturation", "%", 60},
	}
)

const (
	patient     = `{"resourceType":"Patient","id":"%[1]s","birthDate":"%[2]d-%02[3]d-%02[4]d","name":[{"use":"official","family":"%[5]s%[6]d","given":["Sam"]}],"gender":"unknown","address":[{"line":["%[7]d High Street"],"city":"Northam","postalCode":"ZZ1 1ZZ"}],"telecom":[{"system":"phone","value":"07700 900123","use":"mobile"}]}`
	condition   = `{"resourceType":"Condition","id":"%s","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition"]},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item","display":"Problem List Item"}]}],"code":{"coding":[{"system":"http://snomed.info/sct","code":"%s","display":"%s"}],"text":"%s"},"subject":{"reference":"Patient/%s"},"onsetDateTime":"%s","note":[{"text":"Reviewed in clinic, note %06d"}]}`
	encounter   = `{"resourceType":"Encounter","id":"%s","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter"]},"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB","display":"ambulatory"},"type":[{"coding":[{"system":"http://snomed.info/sct","code":"185349003","display":"Encounter for check up"}],"text":"Surgery consultation"}],"subject":{"reference":"Patient/%s"},"participant":[{"individual":{"display":"Dr Ada Grey"}}],"period":{"start":"%sT09:00:00+00:00","end":"%sT09:12:00+00:00"},"serviceProvider":{"display":"Northam Surgery"},"identifier":[{"system":"https://example.org/visits","value":"%06d"}]}`
	request     = `{"resourceType":"MedicationRequest","id":"%s","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationRequest"]},"status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"%s","display":"%s"}],"text":"%s"},"subject":{"reference":"Patient/%s"},"encounter":{"reference":"Encounter/%s"},"authoredOn":"%s","requester":{"display":"Dr Ada Grey"},"dosageInstruction":[{"text":"Take %d a day","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"route":{"coding":[{"system":"http://snomed.info/sct","code":"26643006","display":"Oral route"}]}}],"dispenseRequest":{"numberOfRepeatsAllowed":6,"quantity":{"value":28,"unit":"tablet"}},"identifier":[{"system":"https://example.org/prescriptions","value":"%06d"}]}`
	observation = `{"resourceType":"Observation","id":"%s","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"]},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"%s","display":"%s"}],"text":"%s"},"subject":{"reference":"Patient/%s"},"encounter":{"reference":"Encounter/%s"},"effectiveDateTime":"%sT09:05:00+00:00","issued":"%sT09:05:30.000+00:00","performer":[{"display":"Nurse Lee Brown"}],"valueQuantity":{"value":%d.%d,"unit":"%s","system":"http://unitsofmeasure.org","code":"%s"},"note":[{"text":"Taken sitting, after rest, note %06d"}]}`
)
