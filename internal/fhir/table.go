package fhir

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

//go:embed defs/r4.zst
var packed []byte

// loadTable unpacks the table that defs/gen writes, where the lines are described.
func loadTable(packed []byte) (*Spec, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	defer dec.Close()
	text, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	l := loader{
		spec: &Spec{types: map[string]*Type{}, params: map[string][]*Param{}, byName: map[string]map[string]*Param{}, patient: map[string][]string{}},
		sets: map[string]*Codes{},
		refs: map[string]*targets{},
	}
	for line := range strings.Lines(view(text)) {
		if err := l.line(strings.Split(strings.TrimSuffix(line, "\n"), "\t")); err != nil {
			return nil, err
		}
	}
	if err := l.link(); err != nil {
		return nil, err
	}
	return l.spec, nil
}

type loader struct {
	spec  *Spec
	order []*Type
	raw   []rawElement
	last  *Codes
	sets  map[string]*Codes
	refs  map[string]*targets
	found []*rawParam
}

// A rawElement waits for all types and code sets to be known.
type rawElement struct {
	owner      *Type
	types, set string
}

func (l *loader) line(f []string) error {
	switch {
	case f[0] == "T" && len(f) == 4:
		t := &Type{Name: f[1], base: f[2], resource: -1}
		switch f[3] {
		case "R", "r":
			t.resource = len(l.spec.resources)
			l.spec.resources = append(l.spec.resources, t)
		case "p":
			t.prim = primOf(f[1])
		}
		t.Abstract = f[3] == "R" || f[3] == "C"
		l.spec.types[t.Name] = t
		l.order = append(l.order, t)
	case f[0] == "E" && len(f) == 7:
		t := l.order[len(l.order)-1]
		e := Element{}
		e.Name, e.Choice = strings.CutSuffix(f[1], "[x]")
		e.Min, _ = strconv.Atoi(f[2])
		e.Max, _ = strconv.Atoi(f[3])
		e.Summary = f[6] == "s"
		t.Elements = append(t.Elements, e)
		l.raw = append(l.raw, rawElement{t, f[4], f[5]})
	case f[0] == "V" && len(f) == 2:
		l.last = &Codes{URL: f[1], codes: map[string]uint64{}}
		l.sets[f[1]] = l.last
	case f[0] == "S" && len(f) == 3 && len(l.last.systems) < 64:
		for code := range strings.SplitSeq(f[2], " ") {
			if l.last.codes[code] == 0 {
				l.last.order = append(l.last.order, code)
			}
			l.last.codes[code] |= 1 << len(l.last.systems)
		}
		l.last.systems = append(l.last.systems, f[1])
	case f[0] == "P" && len(f) == 6:
		l.found = append(l.found, &rawParam{code: f[1], typ: f[2], bases: f[3], expr: f[4], targets: f[5]})
	case f[0] == "K" && len(f) == 3:
		p := l.found[len(l.found)-1]
		p.parts = append(p.parts, [2]string{f[1], f[2]})
	case f[0] == "C" && len(f) == 3:
		l.spec.patient[f[1]] = strings.Fields(f[2])
	default:
		return fmt.Errorf("definitions: a line that begins with %q is not understood", f[0])
	}
	return nil
}

// link turns names into pointers and gives each type the elements of its base.
func (l *loader) link() error {
	if len(l.spec.resources) > len(targets{})*64 {
		return fmt.Errorf("definitions: more resource types than fit")
	}
	next := map[*Type]int{}
	for _, r := range l.raw {
		e := &r.owner.Elements[next[r.owner]]
		next[r.owner]++
		for len(r.types) > 0 {
			var name string
			name, r.types, _ = strings.Cut(r.types, ",")
			u := Use{codes: l.sets[r.set]}
			if to, ok := strings.CutPrefix(name, "Reference("); ok {
				name = "Reference"
				u.targets = l.targets(strings.TrimSuffix(to, ")"))
			}
			if u.Type = l.spec.types[name]; u.Type == nil {
				return fmt.Errorf("definitions: %s.%s is of type %q, which is missing", r.owner.Name, e.Name, name)
			}
			e.Types = append(e.Types, u)
		}
	}
	done := map[*Type]bool{}
	for _, t := range l.order {
		if t.prim == 0 {
			l.inherit(t, done)
		}
	}
	for _, t := range l.order {
		if err := t.hash(); err != nil {
			return err
		}
	}
	l.spec.bare, l.spec.ref, l.spec.ext = l.spec.types["Element"], l.spec.types["Reference"], l.spec.types["Extension"]
	if l.spec.bare == nil || l.spec.ref == nil || l.spec.ext == nil {
		return fmt.Errorf("definitions: Element, Reference or Extension is missing")
	}
	return l.params()
}

func (l *loader) targets(names string) *targets {
	if t, ok := l.refs[names]; ok {
		return t
	}
	t := new(targets)
	for name := range strings.SplitSeq(names, " ") {
		if name == "Resource" {
			t = nil
			break
		}
		if r := l.spec.types[name]; r != nil && r.resource >= 0 {
			t[r.resource>>6] |= 1 << (r.resource & 63)
		}
	}
	l.refs[names] = t
	return t
}

func (l *loader) inherit(t *Type, done map[*Type]bool) {
	base := l.spec.types[t.base]
	if done[t] || base == nil {
		return
	}
	done[t] = true
	l.inherit(base, done)
	t.Elements = append(base.Elements[:len(base.Elements):len(base.Elements)], t.Elements...)
}

// hash makes the table from members' names to elements.
func (t *Type) hash() error {
	if len(t.Elements) > 64 {
		return fmt.Errorf("definitions: %s has more elements than fit", t.Name)
	}
	for i := range t.Elements {
		e := &t.Elements[i]
		if e.Min > 0 {
			t.required |= 1 << i
		}
		for k := range e.Types {
			m := member{key: e.Name, elem: uint8(i), many: e.Max != 1, choice: e.Choice, max: uint16(e.Max), use: &e.Types[k]}
			if e.Choice {
				name := e.Types[k].Type.Name
				m.key += strings.ToUpper(name[:1]) + name[1:]
			}
			t.keys = append(t.keys, m)
		}
	}
	size := 4
	for size < 3*len(t.keys) {
		size *= 2
	}
	t.slots = make([]uint16, size)
	for i := range t.keys {
		h := keyHash(t.keys[i].key)
		for t.slots[h&uint32(size-1)] != 0 {
			h++
		}
		t.slots[h&uint32(size-1)] = uint16(i + 1)
	}
	return nil
}
