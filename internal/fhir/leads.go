package fhir

import "strings"

// coded checks a Coding or CodeableConcept whose code set is required.
func (v *validator) coded(i uint32, c *Codes, t *Type) {
	in := v.value(i)
	switch t.Name {
	case "Coding":
		if code := in.Get("code"); code.Exists() && !c.Has(in.Get("system").Str(), code.Str()) {
			v.issue(code.i, "", "code-invalid", c.say())
		}
	case "CodeableConcept":
		for coding := range in.Get("coding").Elems() {
			if code := coding.Get("code").Str(); code != "" && c.Has(coding.Get("system").Str(), code) {
				return
			}
		}
		if ext := in.Get("extension"); ext.Exists() && !in.Get("coding").Exists() {
			return // says why there is none
		}
		v.issue(i, "coding", "code-invalid", c.say())
	}
}

// say names the codes when they are few.
func (c *Codes) say() string {
	if len(c.order) > 16 {
		return "Use a code of the set " + c.URL + "."
	}
	return "Use one of these codes: " + strings.Join(c.order, ", ") + "."
}

// reference checks where a Reference leads.
func (v *validator) reference(i uint32, allowed *targets) {
	in := v.value(i)
	at := in.Get("reference")
	typ := in.Get("type").Str()
	if at.Kind() == String {
		switch ref := ParseReference(at.Str()); ref.Kind {
		case RefNone:
			v.issue(at.i, "", "value", "Write the reference as Type/id, as a full address, as urn:uuid:… or as #id of a contained resource.")
			return
		case RefFragment:
			t, ok := v.fragment(ref.ID)
			if !ok {
				v.issue(at.i, "", "value", "Add the contained resource that this reference leads to, or correct the reference.")
				return
			}
			typ = t
		case RefURN:
			if v.o.Resolve != nil {
				if t := v.o.Resolve(ref); t != "" {
					typ = t
				}
			}
		case RefAbsolute:
			if v.s.IsResource(ref.Type) {
				typ = ref.Type
			}
		default:
			if !v.s.IsResource(ref.Type) {
				v.issue(at.i, "", "value", "Use the name of an R4 resource type in the reference, such as Patient/1.")
				return
			}
			typ = ref.Type
		}
	}
	t := v.s.types[typ]
	if typ == "" || t == nil || t.resource < 0 || allowed == nil || allowed.has(t.resource) {
		return
	}
	if !at.Exists() {
		at = in.Get("type")
	}
	v.issue(at.i, "", "value", "Refer to one of these types here: "+v.s.names(allowed)+".")
}

// fragment is the type of the contained resource with that id; the outer
// resource itself is meant by #.
func (v *validator) fragment(id string) (string, bool) {
	outer := v.value(v.outer)
	if id == "" || id == outer.Get("id").Str() {
		return outer.Get("resourceType").Str(), true
	}
	list := outer.Get("contained")
	if list.Len() > 16 {
		if v.ids == nil || v.idsOf != v.outer {
			v.ids, v.idsOf = make(map[string]string, list.Len()), v.outer
			for c := range list.Elems() {
				v.ids[c.Get("id").Str()] = c.Get("resourceType").Str()
			}
		}
		typ, ok := v.ids[id]
		return typ, ok
	}
	for c := range list.Elems() {
		if c.Get("id").Str() == id {
			return c.Get("resourceType").Str(), true
		}
	}
	return "", false
}

func (s *Spec) names(t *targets) string {
	var names []string
	for _, r := range s.resources {
		if t.has(r.resource) {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}
