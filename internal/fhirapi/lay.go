package fhirapi

import (
	"bytes"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fhir"
)

// A look is how entries are written down: what of them, and what is said of that.
type look struct {
	masked  bool // the view shows less than the whole
	partial bool // the asker wanted less, or their role has less
	keep    func(name string) bool
}

const (
	redacted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED","display":"` + mayHide + `"}`
	subset   = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`
)

// append writes a document with the version and the time that the server gives it, and
// with the marks of a view that is not whole. Every other byte is as it was.
func (l look) append(dst []byte, d *fhir.Doc, version string, at clock.Time) []byte {
	var some [8]fhir.Edit
	edits := some[:0]
	root := d.Root()
	if l.keep != nil {
		for name := range root.All() {
			if !l.keep(name) {
				edits = append(edits, fhir.Remove(root, name))
			}
		}
	}
	meta := root.Get("meta")
	if meta.Kind() != fhir.Object {
		edits = append(edits, fhir.Set(root, "meta", l.meta(version, at)))
		return fhir.Splice(dst, d, edits)
	}
	if version != "" {
		edits = append(edits, fhir.Set(meta, "versionId", quoted(version)))
	}
	if at != 0 {
		edits = append(edits, fhir.Set(meta, "lastUpdated", quoted(at.FHIR())))
	}
	if l.masked {
		edits = append(edits, fhir.Set(meta, "security", longer(meta.Get("security"), redacted)))
	}
	if l.partial {
		edits = append(edits, fhir.Set(meta, "tag", longer(meta.Get("tag"), subset)))
	}
	return fhir.Splice(dst, d, edits)
}

// meta is the whole of it, for a document that has none.
func (l look) meta(version string, at clock.Time) []byte {
	b := make([]byte, 0, 320)
	b = append(b, '{')
	add := func(name, value string) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(append(b, '"'), name...), `":`...), value...)
	}
	if version != "" {
		add("versionId", `"`+version+`"`)
	}
	if at != 0 {
		add("lastUpdated", `"`+at.FHIR()+`"`)
	}
	if l.masked {
		add("security", "["+redacted+"]")
	}
	if l.partial {
		add("tag", "["+subset+"]")
	}
	return append(b, '}')
}

// longer is a list with one more value.
func longer(list fhir.Value, value string) []byte {
	if list.Len() == 0 {
		return []byte("[" + value + "]")
	}
	raw := bytes.TrimSpace(list.Raw())
	return append(append(append(bytes.Clone(raw[:len(raw)-1]), ','), value...), ']')
}

func quoted(s string) []byte { return fhir.AppendString(nil, s) }

// elements decides which members of a type are kept of those asked for: they, and what
// no resource of the type may be without.
func elements(t *fhir.Type, wanted func(*fhir.Element) bool) func(string) bool {
	keep := map[string]bool{"resourceType": true, "id": true, "meta": true}
	var choices []string
	for i := range t.Elements {
		if e := &t.Elements[i]; e.Min > 0 || wanted(e) {
			keep[e.Name] = true
			if e.Choice {
				choices = append(choices, e.Name)
			}
		}
	}
	return func(name string) bool {
		name = strings.TrimPrefix(name, "_")
		if keep[name] {
			return true
		}
		for _, c := range choices {
			if rest, ok := strings.CutPrefix(name, c); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
				return true
			}
		}
		return false
	}
}

// narrowed is a look that keeps what _elements and _summary leave.
func (s *API) narrowed(l look, typ string, q *results) look {
	t := s.Spec.Type(typ)
	switch {
	case t == nil:
	case q.elements != nil:
		l.partial, l.keep = true, elements(t, func(e *fhir.Element) bool { return q.elements[e.Name] })
	case q.summary == "text":
		l.partial, l.keep = true, elements(t, func(e *fhir.Element) bool { return e.Name == "text" })
	case q.summary == "data":
		l.partial, l.keep = true, func(n string) bool { return n != "text" }
	case q.summary == "true":
		l.partial, l.keep = true, elements(t, func(e *fhir.Element) bool { return e.Summary })
	}
	return l
}
