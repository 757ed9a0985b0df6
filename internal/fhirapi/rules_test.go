package fhirapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

func TestATypeOrAnAddressWithoutARuleStopsTheStart(t *testing.T) {
	t.Parallel()
	spec, err := fhir.Load()
	if err != nil {
		t.Fatal(err)
	}
	kinds := record.NewKinds()
	if _, err := rulesOf(spec, kinds, spec.Resources()); err != nil {
		t.Fatal("every type has a rule:", err)
	}
	if _, err := rulesOf(spec, kinds, append(spec.Resources(), "Dummy")); err == nil || !strings.Contains(err.Error(), "Dummy") {
		t.Error("a type without a rule lets the start go on:", err)
	}
	var s API
	if _, err := routesOf(s.table()); err != nil {
		t.Fatal("every address has a rule:", err)
	}
	if _, err := routesOf(append(s.table(), route{method: http.MethodPatch, shape: instance, do: s.read})); err == nil {
		t.Error("an address without a rule lets the start go on")
	}
	if _, err := routesOf(append(s.table(), route{http.MethodGet, instance, anyone, s.read})); err == nil {
		t.Error("an address with two rules lets the start go on")
	}
}

func TestAVersionTellsNothingAndIsOfOneEntry(t *testing.T) {
	t.Parallel()
	var s API
	var err error
	if s.pages, s.versions, err = ciphers(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	a, b := id.Entry{Person: 1, N: 2}, id.Entry{Person: 1, N: 3}
	text := s.versionText(a, 17)
	if seq, err := s.version(a, text); err != nil || seq != 17 || !fhir.IsID(text) {
		t.Error(seq, err, text)
	}
	if _, err := s.version(b, text); err == nil {
		t.Error("a version of another entry is one of this")
	}
}

func FuzzPlace(f *testing.F) {
	for _, s := range []string{"", "/", "/metadata", "/Patient/1", "/Patient/1/$everything", "/Patient/1/Observation/_search", "/Observation/1/_history/2", "/Observation/$validate", "//", "/Patient/../x", "/Patient/1/*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, ok := parsePlace(path)
		if !ok {
			return
		}
		if p.id != "" && !fhir.IsID(p.id) || p.version != "" && !fhir.IsID(p.version) || p.typ != "" && !typeName(p.typ) {
			t.Fatalf("%q leads to %+v", path, p)
		}
		back := strings.NewReplacer("{type}", p.typ, "{id}", p.id, "{version}", p.version).Replace(p.shape.String())
		if strings.TrimSuffix(strings.Trim(back, "/"), "/") != strings.Trim(strings.TrimPrefix(path, "/"), "/") {
			t.Fatalf("%q is told as %q", path, back)
		}
	})
}

func FuzzSearchParameters(f *testing.F) {
	spec, err := fhir.Load()
	if err != nil {
		f.Fatal(err)
	}
	s := &API{Parts: Parts{Spec: spec}}
	if s.rules, err = rulesOf(spec, record.NewKinds(), spec.Resources()); err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{"patient=1,Patient/2&code=a|b&_sort=-date,x&_count=3", "_include=Observation:subject:Patient&_revinclude:iterate=*", "_has:a:b:c=1", "subject:Patient.name=x", "_lastUpdated=ge2020&_elements=a,b.c", "_summary=true&_total=none"} {
		f.Add("Observation", q, true)
		f.Add("Patient", q, false)
	}
	f.Fuzz(func(t *testing.T, typ, query string, strict bool) {
		values, err := url.ParseQuery(query)
		if err != nil || s.rules[typ] == nil || s.rules[typ].access != personal || !clean(values) {
			return
		}
		a := &ask{rule: s.rules[typ], query: values, strict: strict, base: "https://onestory.test/fhir"}
		q, err := s.parse(a, typ)
		if err != nil {
			if len(fault.Problems(err)) == 0 {
				if told, ok := err.(*told); !ok || len(told.problems) == 0 {
					t.Fatalf("it is not said what is wrong: %v", err)
				}
			}
			return
		}
		if q.count < 0 || q.count > mostCount || len(q.include)+len(q.back) > mostLinks {
			t.Fatalf("%q has no limit", query)
		}
		for name := range q.self {
			base, _, _ := strings.Cut(name, ":")
			if strings.Contains(name, ".") || strings.HasPrefix(base, "_has") {
				t.Fatalf("%q is let through", name)
			}
		}
		// What was understood is understood again, and alike.
		b := *a
		b.query, b.strict = q.self, true
		again, err := s.parse(&b, typ)
		if err != nil || again.self.Encode() != q.self.Encode() {
			t.Fatalf("%q became %q, which became %v", query, q.self.Encode(), err)
		}
	})
}
