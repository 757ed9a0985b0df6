package main

import (
	"encoding/json"
	"slices"
)

type valueSet struct {
	Compose struct{ Include, Exclude []include }
}

type include struct {
	System   string
	Concept  []struct{ Code string }
	Filter   []struct{ Property, Op, Value string }
	ValueSet []string
}

type codeSystem struct {
	Content string
	Concept []concept
}

type concept struct {
	Code     string
	Concept  []concept
	Property []struct{ Code, ValueCode string }
}

func (g *generator) terminology(src json.RawMessage) error {
	var r struct {
		ResourceType, URL string
		valueSet
		codeSystem
	}
	if err := json.Unmarshal(src, &r); err != nil {
		return err
	}
	switch r.ResourceType {
	case "ValueSet":
		g.sets[r.URL] = &r.valueSet
	case "CodeSystem":
		g.systems[r.URL] = &r.codeSystem
	}
	return nil
}

type part struct {
	system string
	codes  []string
}

// expand lists the codes of a set; nil when it cannot be listed from the
// definitions alone, as with currencies or languages. Such a set is not checked.
func (g *generator) expand(url string, depth int) []part {
	vs := g.sets[url]
	if vs == nil || depth > 8 {
		return nil
	}
	var parts []part
	for _, in := range vs.Compose.Include {
		found, ok := g.include(in, depth)
		if !ok {
			return nil
		}
		parts = append(parts, found...)
	}
	for _, ex := range vs.Compose.Exclude {
		out, ok := g.include(ex, depth)
		if !ok {
			return nil
		}
		for i := range parts {
			for _, o := range out {
				if o.system == parts[i].system {
					parts[i].codes = slices.DeleteFunc(slices.Clone(parts[i].codes), func(c string) bool { return slices.Contains(o.codes, c) })
				}
			}
		}
	}
	return parts
}

func (g *generator) include(in include, depth int) ([]part, bool) {
	if in.System == "" {
		var parts []part
		for i, url := range in.ValueSet {
			found := g.expand(url, depth+1)
			if found == nil || i > 0 { // several mean what they have in common: none of the required sets does so
				return nil, false
			}
			parts = append(parts, found...)
		}
		return parts, len(parts) > 0
	}
	if len(in.ValueSet) > 0 {
		return nil, false
	}
	p := part{system: in.System}
	if len(in.Concept) > 0 {
		for _, c := range in.Concept {
			p.codes = append(p.codes, c.Code)
		}
		return []part{p}, true
	}
	cs := g.systems[in.System]
	if cs == nil || cs.Content != "complete" || len(cs.Concept) == 0 {
		return nil, false
	}
	if len(in.Filter) == 0 {
		p.codes = collect(nil, cs.Concept)
		return []part{p}, true
	}
	f := in.Filter[0]
	if len(in.Filter) > 1 || f.Property != "concept" || f.Op != "is-a" && f.Op != "descendent-of" {
		return nil, false
	}
	under := map[string]bool{f.Value: true}
	for changed := true; changed; { // v3 systems say it by a property, others by nesting
		changed = g.under(cs.Concept, false, under)
	}
	for _, c := range collect(nil, cs.Concept) {
		if under[c] && (f.Op == "is-a" || c != f.Value) {
			p.codes = append(p.codes, c)
		}
	}
	return []part{p}, len(p.codes) > 0
}

func (g *generator) under(concepts []concept, inside bool, found map[string]bool) (changed bool) {
	for _, c := range concepts {
		in := inside || found[c.Code]
		for _, p := range c.Property {
			in = in || p.Code == "subsumedBy" && found[p.ValueCode]
		}
		if in && !found[c.Code] {
			found[c.Code], changed = true, true
		}
		changed = g.under(c.Concept, in, found) || changed
	}
	return changed
}

func collect(codes []string, concepts []concept) []string {
	for _, c := range concepts {
		codes = collect(append(codes, c.Code), c.Concept)
	}
	return codes
}
