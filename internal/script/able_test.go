package script

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// able is what the FHIR edge says of itself: every type with its search parameters.
type able struct{ types []ableType }

type ableType struct {
	name    string
	params  []ableParam
	include []string
	reverse []string
	writes  bool
}

type ableParam struct{ name, kind string }

// readAble reads the CapabilityStatement; nil when there is no FHIR edge.
func readAble(t testing.TB, w *world) *able {
	t.Helper()
	a := w.visitor(t, "").ask(get("/fhir/metadata"))
	if a.Code != http.StatusOK {
		return nil
	}
	var said struct {
		Rest []struct {
			Resource []struct {
				Type                            string
				SearchParam                     []struct{ Name, Type string }
				SearchInclude, SearchRevInclude []string
				Interaction                     []struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal(a.Body.Bytes(), &said); err != nil || len(said.Rest) == 0 || len(said.Rest[0].Resource) < 50 {
		t.Fatal("the CapabilityStatement cannot be read: ", err)
	}
	able := &able{}
	for _, r := range said.Rest[0].Resource {
		typ := ableType{name: r.Type, include: r.SearchInclude, reverse: r.SearchRevInclude}
		for _, p := range r.SearchParam {
			typ.params = append(typ.params, ableParam{p.Name, p.Type})
		}
		for _, i := range r.Interaction {
			typ.writes = typ.writes || i.Code == "create"
		}
		able.types = append(able.types, typ)
	}
	return able
}

// likely are the types that the area and the secrets have most of.
var likely = []string{"Condition", "MedicationRequest", "Observation", "DocumentReference", "Appointment", "Flag", "Patient", "CarePlan", "Encounter", "AllergyIntolerance", "DiagnosticReport", "Provenance", "Consent"}

func (a *able) some(r *rand.Rand) ableType {
	name := one(r, likely)
	if r.IntN(3) == 0 {
		return one(r, a.types)
	}
	for _, t := range a.types {
		if t.name == name {
			return t
		}
	}
	return one(r, a.types)
}

var modifiers = map[string][]string{
	"string": {"", "", ":exact", ":contains", ":missing", ":text"}, "token": {"", "", "", ":not", ":text", ":of-type", ":in", ":above", ":below", ":missing", ":not-in"},
	"reference": {"", "", ":Patient", ":identifier", ":missing", ":Condition", ":above", ":below"}, "date": {"", ":missing"}, "quantity": {"", ":missing"},
	"number": {"", ":missing"}, "uri": {"", ":below", ":above", ":missing"}, "composite": {"", ":missing"}, "special": {""},
}

// query is a search of a type, about somebody when whom is not "".
func (w *wanderer) query(t ableType, whom string) string {
	var q []string
	add := func(name, value string) { q = append(q, url.QueryEscape(name)+"="+url.QueryEscape(value)) }
	if whom != "" {
		id := strings.TrimPrefix(whom, "Patient/")
		switch w.IntN(20) {
		case 0: // nobody is named
		case 1:
			add("patient", "http://"+host+"/fhir/"+whom)
		case 2:
			add("patient", id+","+aPerson(w.IntN(6)))
		case 3:
			add("patient", id)
			add("patient", aPerson(w.IntN(6)))
		case 4:
			add("patient:identifier", "https://fhir.nhs.uk/Id/nhs-number|"+one(w.Rand, w.values))
		case 5:
			add("subject", whom)
		case 6:
			add("_id", one(w.Rand, []string{aSecret(w.IntN(9)), told(w.IntN(len(w.with.met)))}))
		default:
			add("patient", id)
		}
	}
	for range max(0, w.IntN(5)-2) {
		if len(t.params) > 0 {
			p, mod := one(w.Rand, t.params), ""
			if w.IntN(3) == 0 {
				mod = one(w.Rand, modifiers[p.kind])
			}
			add(p.name+mod, w.value(p))
		}
	}
	for range max(0, w.IntN(4)-1) {
		w.result(t, add)
	}
	return strings.NewReplacer("%C2%AB", "«", "%C2%BB", "»").Replace(strings.Join(q, "&"))
}

func (w *wanderer) value(p ableParam) string {
	v := one(w.Rand, w.values)
	switch w.IntN(8) {
	case 0:
		return v + "," + one(w.Rand, w.values)
	case 1:
		return one(w.Rand, []string{"true", "false"})
	}
	switch p.kind {
	case "date":
		return one(w.Rand, []string{"", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}) + one(w.Rand, []string{"2026-11-21", "2026", "2026-11", "2026-11-21T10:00:00Z", "2020", "2024"})
	case "quantity", "number":
		return one(w.Rand, []string{"", "gt", "lt", "ge", "ne", "ap"}) + one(w.Rand, []string{"40", "40||copies/mL", "3", "1e3", "120"})
	case "reference":
		return one(w.Rand, append([]string{aSecret(w.IntN(9)), "Condition/" + aSecret(0)}, w.ids...))
	}
	return v
}

// result adds a parameter about how results are given, or one that is never taken.
func (w *wanderer) result(t ableType, add func(name, value string)) {
	switch w.IntN(18) {
	default:
		add("_count", one(w.Rand, []string{"0", "1", "2", "5", "1000"}))
	case 2:
		add("_summary", one(w.Rand, []string{"count", "true", "text", "data", "false"}))
	case 3:
		add("_elements", one(w.Rand, []string{"id", "code,subject", "note", "identifier,name"}))
	case 4, 5:
		if len(t.params) > 0 {
			add("_sort", one(w.Rand, []string{"", "-"})+one(w.Rand, t.params).name)
		} else {
			add("_sort", "_lastUpdated")
		}
	case 6:
		if len(t.include) > 0 {
			add(one(w.Rand, []string{"_include", "_include:iterate"}), one(w.Rand, append(t.include, "*")))
		}
	case 7, 8:
		if len(t.reverse) > 0 {
			add(one(w.Rand, []string{"_revinclude", "_revinclude:iterate"}), one(w.Rand, append(t.reverse, "*")))
		}
	case 9:
		add("_total", one(w.Rand, []string{"none", "estimate", "accurate"}))
	case 10:
		add(one(w.Rand, []string{"_has:Condition:patient:code", "_has:Observation:patient:code-value-quantity", "subject.name", "subject:Patient.name", "patient.general-practitioner.name", "_filter", "_list", "_text", "_content"}), one(w.Rand, w.values))
	case 11:
		add(one(w.Rand, []string{"_security", "_security:not", "_tag", "_profile", "_lastUpdated", "_lastUpdated:missing", "_source", "nonsense", "_id", "_cursor", "_type", "_format", "_pretty", "_since"}), one(w.Rand, append([]string{"gt2026-11-22"}, w.values...)))
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
