package fhir

import (
	"sync"
)

// A Spec is the definitions of R4: types, code sets, search parameters and the
// Patient compartment. It never changes and is shared by everybody.
type Spec struct {
	types     map[string]*Type
	resources []*Type // in the order of their numbers
	params    map[string][]*Param
	byName    map[string]map[string]*Param // type, then code
	patient   map[string][]string

	bare, ref, ext *Type // Element, Reference and Extension
}

var load = sync.OnceValues(func() (*Spec, error) { return loadTable(packed) })

// Load returns the definitions, which are unpacked the first time. It fails only
// if the embedded file is damaged.
func Load() (*Spec, error) { return load() }

// A Type is a resource type, a data type, or the type of an element with
// children, which is named by its path, such as Observation.component.
type Type struct {
	Name     string
	Elements []Element
	Abstract bool

	base     string
	resource int // its number, -1 when it is no resource
	prim     prim
	keys     []member
	slots    []uint16 // open addressing over keys, one more than the index
	required uint64   // a bit for each of Elements
}

// An Element is one child of a type. The name of a choice is without its [x].
type Element struct {
	Name   string
	Min    int
	Max    int // 0 when there is no limit
	Choice bool
	// Summary says that it is one of those that give the gist of a resource.
	Summary bool
	Types   []Use
}

// A Use is a type that an element may have, and what it says about it there.
type Use struct {
	Type    *Type
	targets *targets // what a Reference may lead to; nil for anything
	codes   *Codes   // the required code set; nil for none
}

// A member is a name that an object of a type may have.
type member struct {
	key    string
	elem   uint8
	many   bool
	choice bool
	max    uint16
	use    *Use
}

// targets is a set of resource types.
type targets [3]uint64

func (t *targets) has(n int) bool { return t[n>>6]&(1<<(n&63)) != 0 }

// Codes is a required code set.
type Codes struct {
	URL     string
	systems []string
	codes   map[string]uint64 // the systems that have the code, a bit for each
	order   []string
}

// Has reports whether the set has the code, in that system unless it is "".
func (c *Codes) Has(system, code string) bool {
	in, ok := c.codes[code]
	if !ok || system == "" {
		return ok
	}
	for i, s := range c.systems {
		if in&(1<<i) != 0 && s == system {
			return true
		}
	}
	return false
}

// Type is the type of that name, nil when R4 has none.
func (s *Spec) Type(name string) *Type { return s.types[name] }

// IsResource reports whether it is the name of a resource type that can be used.
func (s *Spec) IsResource(name string) bool {
	t := s.types[name]
	return t != nil && t.resource >= 0 && !t.Abstract
}

// Resources are the names of all resource types, in alphabetical order.
func (s *Spec) Resources() []string {
	var names []string
	for _, t := range s.resources {
		if !t.Abstract {
			names = append(names, t.Name)
		}
	}
	return names
}

// PatientParams are the codes of the search parameters by which a resource of
// that type belongs to a patient; none when the type is not in the compartment.
func (s *Spec) PatientParams(resourceType string) []string { return s.patient[resourceType] }

// Resource reports whether the type is a resource's.
func (t *Type) Resource() bool { return t.resource >= 0 }

// Primitive reports whether values of the type are a string, number or boolean.
func (t *Type) Primitive() bool { return t.prim != 0 }

func keyHash[S ~string | ~[]byte](key S) uint32 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint32(n) + uint32(key[0])*7 + uint32(key[n-1])*29 + uint32(key[n/2])*113
}

// member finds what a member of that name is; nil when the type has none.
func (t *Type) member(key []byte) *member {
	mask := uint32(len(t.slots) - 1)
	for h := keyHash(key) & mask; ; h = (h + 1) & mask {
		at := t.slots[h]
		if at == 0 {
			return nil
		}
		if m := &t.keys[at-1]; m.key == string(key) {
			return m
		}
	}
}

func (t *Type) element(name string) *Element {
	for i := range t.Elements {
		if t.Elements[i].Name == name {
			return &t.Elements[i]
		}
	}
	return nil
}
