package fhir

import (
	"strconv"
	"strings"
)

// Raw is JSON already written; a decimal such as Raw("107.50") keeps its digits.
type Raw string

// Obj is an object as name, value, name, value, in that order.
type Obj []any

// List is a list of values.
type List []any

// A Builder writes a new resource. Members keep the order in which they are
// first named. The zero Builder is an empty object.
//
// Values are string, bool, int, int64, [Raw], [Value] (its bytes), [Obj], [List]
// and *Builder. Any other is a programmer's mistake and panics.
type Builder struct{ root part }

// A part is an object, a list, or JSON already written.
type part struct {
	name  string
	kind  Kind // Object, Array, or Missing when raw
	raw   []byte
	parts []*part
}

// New begins a resource of that type, or an object of no type when it is "".
func New(resourceType string) *Builder {
	b := &Builder{root: part{kind: Object}}
	if resourceType != "" {
		b.Set("resourceType", resourceType)
	}
	return b
}

// Set gives the member at a dotted path a value, replacing what was there.
// Objects on the way are made as needed; on the way through a list it goes on
// in the last element. An empty string sets nothing: FHIR knows no empty strings.
func (b *Builder) Set(path string, value any) *Builder {
	if s, ok := value.(string); ok && s == "" {
		return b
	}
	at := b.root.find(path)
	name := at.name
	*at = toPart(value)
	at.name = name
	return b
}

// Add appends values to the list at a dotted path, which is made if need be.
func (b *Builder) Add(path string, values ...any) *Builder {
	at := b.root.find(path)
	at.kind, at.raw = Array, nil
	for _, v := range values {
		p := toPart(v)
		at.parts = append(at.parts, &p)
	}
	return b
}

// Bytes is the JSON, without whitespace.
func (b *Builder) Bytes() []byte {
	b.root.kind = Object
	return b.root.append(nil)
}

// Doc is what was built, parsed. It panics if what was given as [Raw] is not JSON.
func (b *Builder) Doc() *Doc {
	d := new(Doc)
	if err := Parse(b.Bytes(), d); err != nil {
		panic("fhir: built something that is not JSON")
	}
	return d
}

func (p *part) find(path string) *part {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		if p.kind == Array && len(p.parts) > 0 {
			p = p.parts[len(p.parts)-1]
		}
		p.kind, p.raw = Object, nil
		p = p.member(name)
	}
	return p
}

func (p *part) member(name string) *part {
	for _, m := range p.parts {
		if m.name == name {
			return m
		}
	}
	m := &part{name: name}
	p.parts = append(p.parts, m)
	return m
}

func (p *part) append(dst []byte) []byte {
	if p.kind != Object && p.kind != Array {
		return append(dst, p.raw...)
	}
	opening, closing := byte('{'), byte('}')
	if p.kind == Array {
		opening, closing = '[', ']'
	}
	dst = append(dst, opening)
	for i, m := range p.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p.kind == Object {
			dst = append(AppendString(dst, m.name), ':')
		}
		dst = m.append(dst)
	}
	return append(dst, closing)
}

func toPart(value any) part {
	switch v := value.(type) {
	case string:
		return part{raw: AppendString(nil, v)}
	case bool:
		return part{raw: strconv.AppendBool(nil, v)}
	case int:
		return part{raw: strconv.AppendInt(nil, int64(v), 10)}
	case int64:
		return part{raw: strconv.AppendInt(nil, v, 10)}
	case Raw:
		return part{raw: []byte(v)}
	case Value:
		return part{raw: v.Raw()}
	case *Builder:
		return v.root
	case List:
		p := part{kind: Array}
		for _, e := range v {
			m := toPart(e)
			p.parts = append(p.parts, &m)
		}
		return p
	case Obj:
		p := part{kind: Object}
		for i := 0; i+1 < len(v); i += 2 {
			if s, ok := v[i+1].(string); ok && s == "" {
				continue
			}
			m := toPart(v[i+1])
			m.name = v[i].(string)
			p.parts = append(p.parts, &m)
		}
		return p
	}
	panic("fhir: a value of a type that the builder does not know")
}
