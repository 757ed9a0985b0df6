package fhirapi

import (
	"bytes"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/fhir"
)

// A capability is what the edge says of itself, made once from what is there.
type capability struct {
	types []capable
	since string
}

// A capable type is one that can be asked for.
type capable struct {
	Name         string
	Public       bool
	Interactions []string
	Params       []*fhir.Param
	Include      []string
	Operations   []string
}

// capability gathers what is there: from the rules, the routes and the definitions.
func (s *API) capability() (c capability, err error) {
	c.since = s.Clock.Now().FHIR()
	for _, name := range slices.Sorted(maps.Keys(s.rules)) {
		r := s.rules[name]
		if r.access == unkept {
			continue
		}
		t := capable{Name: name, Public: r.access == public, Params: s.Spec.Params(name)}
		for _, at := range []struct {
			method string
			shape  shape
			is     string
		}{
			{http.MethodGet, instance, "read"}, {http.MethodGet, version, "vread"},
			{http.MethodGet, history, "history-instance"}, {http.MethodGet, typeHistory, "history-type"},
			{http.MethodGet, typed, "search-type"}, {http.MethodPost, typed, "create"},
			{http.MethodPut, instance, "update"}, {http.MethodDelete, instance, "delete"},
		} {
			if route := s.routes[at.shape][at.method]; route != nil && r.allows(route.gate) {
				t.Interactions = append(t.Interactions, at.is)
			}
		}
		for _, p := range t.Params {
			if p.Kind == "reference" {
				t.Include = append(t.Include, name+":"+p.Code)
			}
		}
		if s.routes[typeValidate][http.MethodPost] != nil {
			t.Operations = append(t.Operations, "validate")
		}
		if name == "Patient" && s.routes[everything][http.MethodGet] != nil {
			t.Operations = append(t.Operations, "everything")
		}
		c.types = append(c.types, t)
	}
	return c, nil
}

// allows reports whether a type may be asked for through a gate.
func (r *rule) allows(g gate) bool {
	switch g {
	case changes:
		return r.writes
	case persons:
		return r.access == personal
	}
	return true
}

// metadata is GET /fhir/metadata: for programs, or for a person with a browser.
func (s *API) metadata(a *ask) (*reply, error) {
	accept := a.r.Header.Get("Accept")
	if f := a.query.Get("_format"); f != "" {
		accept = f
	}
	if strings.Contains(accept, "html") && !strings.Contains(accept, "json") {
		return s.readable(a)
	}
	return &reply{status: http.StatusOK, body: s.statement(a)}, nil
}

// statement is the CapabilityStatement.
func (s *API) statement(a *ask) []byte {
	var types fhir.List
	for _, t := range s.told.types {
		types = append(types, s.described(t))
	}
	version := s.Version
	if version == "" {
		version = "dev"
	}
	rest := fhir.Obj{
		"mode", "server",
		"documentation", "One request is about one person. A resident who names nobody asks about themselves; everybody else names the person. What is not shared is as if it were not there.",
		"security", fhir.Obj{"cors", false, "description", "Send a bearer token. Who asks and whose record it is decide why; the request cannot say."},
		"resource", types,
		"interaction", fhir.List{fhir.Obj{"code", "history-system", "documentation", "Of one person: name them with patient, or be them."}},
	}
	b := fhir.New("CapabilityStatement").
		Set("url", a.base+"/metadata").Set("name", "Onestory").Set("title", "Onestory FHIR R4").
		Set("status", "active").Set("date", s.told.since).Set("kind", "instance").
		Set("software", fhir.Obj{"name", "Onestory", "version", version}).
		Set("implementation", fhir.Obj{"description", "Joined-up health and social care, each record through what its person shares.", "url", a.base}).
		Set("fhirVersion", "4.0.1").Set("format", fhir.List{"application/fhir+json", "json"}).
		Set("rest", fhir.List{rest})
	return b.Bytes()
}

func (s *API) described(t capable) fhir.Obj {
	var interactions, params, operations fhir.List
	for _, i := range t.Interactions {
		interactions = append(interactions, fhir.Obj{"code", i})
	}
	for _, p := range t.Params {
		params = append(params, fhir.Obj{"name", p.Code, "type", p.Kind})
	}
	for _, o := range t.Operations {
		definition := "http://hl7.org/fhir/OperationDefinition/Resource-validate"
		if o == "everything" {
			definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
		}
		operations = append(operations, fhir.Obj{"name", o, "definition", definition})
	}
	out := fhir.Obj{"type", t.Name, "interaction", interactions}
	if !t.Public {
		out = append(out, "versioning", "versioned-update", "readHistory", true, "updateCreate", false,
			"conditionalCreate", slices.Contains(t.Interactions, "create"), "conditionalRead", "not-supported",
			"conditionalUpdate", false, "conditionalDelete", "not-supported", "referencePolicy", fhir.List{"literal", "local"})
	}
	list := func(name string, values []string) {
		var l fhir.List
		for _, v := range values {
			l = append(l, v)
		}
		if len(l) > 0 {
			out = append(out, name, l)
		}
	}
	if !t.Public {
		list("searchInclude", append(slices.Clone(t.Include), "*"))
		list("searchRevInclude", s.leadingTo(t.Name))
	}
	if len(params) > 0 {
		out = append(out, "searchParam", params)
	}
	if len(operations) > 0 {
		out = append(out, "operation", operations)
	}
	return out
}

// leadingTo are the parameters of personal types that lead to a type.
func (s *API) leadingTo(name string) (all []string) {
	for _, t := range s.told.types {
		if t.Public {
			continue
		}
		for _, p := range t.Params {
			if p.Kind == "reference" && slices.Contains(p.Targets, name) {
				all = append(all, t.Name+":"+p.Code)
			}
		}
	}
	return all
}

var page = template.Must(template.New("metadata").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>FHIR R4 at Onestory</title>
{{with .Style}}<link rel="stylesheet" href="{{.}}">{{end}}
<main>
<h1>FHIR R4 at this server</h1>
<p>The base is <code>{{.Base}}</code>. Send a bearer token, and <code>Accept: application/fhir+json</code>.
Programs read this page as a CapabilityStatement, in JSON.</p>
<p>One request is about one person. A resident who names nobody asks about themselves. Everybody else names the person.
What is not shared is as if it were not there.</p>
<h2>People's records</h2>
<table><thead><tr><th scope="col">Type</th><th scope="col">What can be done</th><th scope="col">Search parameters</th></tr></thead><tbody>
{{range .Types}}{{if not .Public}}<tr><th scope="row">{{.Name}}</th><td>{{range $i, $x := .Interactions}}{{if $i}}, {{end}}{{$x}}{{end}}{{range .Operations}}, ${{.}}{{end}}</td><td>{{range $i, $p := .Params}}{{if $i}}, {{end}}{{$p.Code}} ({{$p.Kind}}){{end}}</td></tr>
{{end}}{{end}}</tbody></table>
<h2>Organisations, staff and places</h2>
<table><thead><tr><th scope="col">Type</th><th scope="col">What can be done</th><th scope="col">Search parameters</th></tr></thead><tbody>
{{range .Types}}{{if .Public}}<tr><th scope="row">{{.Name}}</th><td>{{range $i, $x := .Interactions}}{{if $i}}, {{end}}{{$x}}{{end}}</td><td>{{range $i, $p := .Params}}{{if $i}}, {{end}}{{$p.Code}} ({{$p.Kind}}){{end}}</td></tr>
{{end}}{{end}}</tbody></table>
</main>
</html>
`))

// readable is the same for a person.
func (s *API) readable(a *ask) (*reply, error) {
	var b bytes.Buffer
	err := page.Execute(&b, map[string]any{"Style": s.Style, "Base": a.base, "Types": s.told.types})
	return &reply{status: http.StatusOK, kind: "text/html; charset=utf-8", body: b.Bytes()}, err
}
