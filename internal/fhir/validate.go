package fhir

import (
	"math/bits"
	"strconv"
	"strings"
)

// Validate checks a parsed resource of any R4 type against the definitions and
// adds what is wrong to o: unknown members, how many of each, types, the formats
// of primitives, choices made twice, required codes, where references may lead,
// contained resources and empty values. HL7's FHIRPath invariants are not
// evaluated, other than those on extensions and contained resources.
//
// It allocates nothing once o is warm and when nothing is wrong.
func (s *Spec) Validate(d *Doc, o *Outcome) {
	v := validator{s: s, d: d, o: o}
	if d.Root().Kind() != Object {
		v.issue(none, "", "structure", "Send a resource: a JSON object with a resourceType.")
		return
	}
	v.resource(0, nil)
}

type validator struct {
	s *Spec
	d *Doc
	o *Outcome
	// outer is the resource whose contained resources fragments lead to.
	outer     uint32
	contained bool
	// ids are the types of the contained resources of idsOf, once there are many.
	ids   map[string]string
	idsOf uint32
}

// issue notes something at a node, or at a member of it that is missing.
func (v *validator) issue(at uint32, member, code, say string) {
	if v.o.full() {
		return // before the path is worked out: a hostile document has many
	}
	var path []byte
	if at != none {
		path = v.d.appendPath(nil, at)
	}
	if member != "" {
		path = append(append(path, '.'), member...)
	}
	v.o.Issues = append(v.o.Issues, Issue{string(path), code, say})
}

func (v *validator) value(i uint32) Value { return Value{v.d, i} }

// key is a member's name without escapes.
func (v *validator) key(n *node) []byte {
	key := v.d.src[n.key : n.key+uint32(n.keyLen)]
	if n.flags&keyEscaped != 0 {
		return unescape(nil, key)
	}
	return key
}

func (v *validator) resource(i uint32, in *member) {
	if v.d.nodes[i].kind != Object {
		v.issue(i, "", "structure", "Send a resource here: an object with a resourceType.")
		return
	}
	named := v.value(i).Get("resourceType")
	t := v.s.types[named.Str()]
	if t == nil || t.resource < 0 || t.Abstract {
		if !named.Exists() {
			v.issue(i, "resourceType", "required", "Say which type of resource this is, in resourceType.")
		} else {
			v.issue(named.i, "", "structure", "Use the name of an R4 resource type, such as Patient.")
		}
		return
	}
	was, wasContained := v.outer, v.contained
	v.contained = in != nil && in.key == "contained"
	if !v.contained {
		v.outer = i
	}
	if v.contained {
		v.checkContained(i, wasContained)
	}
	v.object(i, t)
	v.outer, v.contained = was, wasContained
}

// checkContained holds R4's rules dom-2, dom-4 and dom-5, and that it can be referred to.
func (v *validator) checkContained(i uint32, nested bool) {
	r := v.value(i)
	if nested {
		v.issue(i, "", "invariant", "Move this out: a contained resource cannot contain others.")
	}
	if !r.Get("id").Exists() {
		v.issue(i, "id", "required", "Give the contained resource an id, so that a reference can lead to it.")
	}
	for _, name := range [...]string{"versionId", "lastUpdated", "security"} {
		if m := r.Get("meta").Get(name); m.Exists() {
			v.issue(m.i, "", "invariant", "Leave this out: a contained resource has no version, time or security label of its own.")
		}
	}
}

// object checks an object of a type that has elements.
func (v *validator) object(i uint32, t *Type) {
	n := &v.d.nodes[i]
	if n.kind != Object {
		v.issue(i, "", "structure", "Send an object here, in curly brackets.")
		return
	}
	if n.count == 0 {
		v.issue(i, "", "structure", "Leave this out or say something: an object cannot be empty.")
		return
	}
	seen := uint64(0)
	c := i + 1
	for range n.count {
		m := &v.d.nodes[c]
		key := v.key(m)
		under := len(key) > 1 && key[0] == '_'
		if under {
			key = key[1:]
		}
		def := t.member(key)
		switch {
		case def == nil && t.resource >= 0 && !under && string(key) == "resourceType":
		case def == nil || under && def.use.Type.prim == 0:
			v.issue(c, "", "structure", "Leave this out or correct its name: "+t.Name+" has no such member.")
		default:
			bit := uint64(1) << def.elem
			if seen&bit != 0 && def.choice {
				v.otherChoice(i, c, t, def)
			}
			seen |= bit
			v.element(i, c, def, under)
		}
		c = m.next
	}
	for missing := t.required &^ seen; missing != 0; missing &= missing - 1 {
		e := &t.Elements[bits.TrailingZeros64(missing)]
		name := e.Name
		if e.Choice {
			name += "[x]"
		}
		v.issue(i, name, "required", "Add "+name+": "+t.Name+" must have it.")
	}
	if t == v.s.ext {
		v.extension(i)
	}
}

// otherChoice notes when a choice was already made, by another type's name.
func (v *validator) otherChoice(object, at uint32, t *Type, def *member) {
	c := object + 1
	for c != at {
		m := &v.d.nodes[c]
		key := v.key(m)
		if len(key) > 1 && key[0] == '_' {
			key = key[1:]
		}
		if other := t.member(key); other != nil && other.elem == def.elem && other != def {
			v.issue(at, "", "structure", "Give only one of the choices for "+t.Elements[def.elem].Name+"[x].")
			return
		}
		c = m.next
	}
}

// extension holds R4's rule ext-1.
func (v *validator) extension(i uint32) {
	e := v.value(i)
	value, _ := e.Choice("value")
	has := value.Exists()
	for k := range e.All() {
		has = has || strings.HasPrefix(k, "_value")
	}
	if has == e.Get("extension").Exists() {
		v.issue(i, "", "invariant", "Give the extension either a value or extensions of its own.")
	}
}

// element checks the value of one member: a list or a single value, as defined.
func (v *validator) element(object, i uint32, def *member, under bool) {
	n := &v.d.nodes[i]
	if !def.many {
		if n.kind == Array {
			v.issue(i, "", "structure", "Send one value here, not a list.")
			return
		}
		v.single(i, def, under, false)
		return
	}
	if n.kind != Array {
		v.issue(i, "", "structure", "Send a list here, in square brackets.")
		return
	}
	if n.count == 0 {
		v.issue(i, "", "structure", "Leave this out or say something: a list cannot be empty.")
		return
	}
	if def.max > 1 && n.count > uint32(def.max) {
		v.issue(i, "", "structure", "Send at most "+strconv.Itoa(int(def.max))+" of these.")
	}
	nulls := false
	c := i + 1
	for range n.count {
		if v.d.nodes[c].kind == Null && def.use.Type.prim != 0 {
			nulls = true
		} else {
			v.single(c, def, under, true)
		}
		c = v.d.nodes[c].next
	}
	if nulls || under {
		v.beside(object, i, def, under)
	}
}

// beside checks that the two lists of a primitive that has extensions match: a
// null in one stands for something in the other.
func (v *validator) beside(object, i uint32, def *member, under bool) {
	name := "_" + def.key
	if under {
		name = def.key
	}
	other := v.value(object).Get(name)
	if other.Exists() && other.Len() != v.value(i).Len() && other.Kind() == Array {
		if under { // said once
			v.issue(i, "", "structure", "Give this list and the one beside it the same length, with null where there is nothing.")
		}
		return
	}
	beside := other.Index(0)
	for e := range v.value(i).Elems() {
		if e.Kind() == Null && (!beside.Exists() || beside.Kind() == Null && !under) {
			v.issue(e.i, "", "structure", "Leave this out or say something: null stands only for a value that has an extension.")
		}
		if beside.Exists() {
			beside.i = beside.node().next // both lists are of one length here
		}
	}
}

// single checks one value of a member.
func (v *validator) single(i uint32, def *member, under, listed bool) {
	t := def.use.Type
	switch {
	case under:
		v.object(i, v.s.bare)
	case t.prim != 0:
		v.primitive(i, def)
	case t.resource >= 0:
		v.resource(i, def)
	default:
		v.object(i, t)
		if v.d.nodes[i].kind != Object {
			return
		}
		if t == v.s.ref {
			v.reference(i, def.use.targets)
		}
		if def.use.codes != nil {
			v.coded(i, def.use.codes, t)
		}
	}
}

func (v *validator) primitive(i uint32, def *member) {
	n := &v.d.nodes[i]
	p := def.use.Type.prim
	if n.kind != rules[p].kind {
		v.issue(i, "", "structure", rules[p].say)
		return
	}
	var s string
	switch {
	case n.kind != String:
		s = view(v.d.src[n.start:n.end])
	case n.flags&escaped != 0:
		v.o.text = unescape(v.o.text[:0], v.d.src[n.start+1:n.end-1])
		s = view(v.o.text)
	default:
		s = view(v.d.src[n.start+1 : n.end-1])
	}
	if !p.valid(s) {
		v.issue(i, "", "value", rules[p].say)
		return
	}
	if c := def.use.codes; c != nil && !c.Has("", s) {
		v.issue(i, "", "code-invalid", c.say())
	}
}
