package fhir

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Param is one search parameter as it applies to one resource type.
type Param struct {
	Code    string // as it is in a URL, such as clinical-status
	Kind    string // token, string, date, number, quantity, reference, uri or composite
	Targets []string

	paths  []path
	parts  []*Param // of a composite, relative to where it is
	exists bool     // whether there is something other than false, as a token
}

// A path leads from a resource to values: all its steps in turn.
type path []step

// A step goes from an object to a member of it, through a list if it is one.
type step struct {
	key  string
	mark uint64 // one bit, made from key
	use  *Use
	cond cond
	at   int    // for condIndex
	k, v string // for condEqual; v also for condType
}

type cond uint8

const (
	condNone  cond = iota
	condEqual      // where(k='v')
	condType       // where(resolve() is v)
	condIndex      // [at]
)

// Params are the search parameters of a resource type, those of all resources
// too, sorted by code.
func (s *Spec) Params(resourceType string) []*Param { return s.params[resourceType] }

// Param is the parameter of that code, nil when the type has none such.
func (s *Spec) Param(resourceType, code string) *Param { return s.byName[resourceType][code] }

type rawParam struct {
	code, typ, bases, expr, targets string
	parts                           [][2]string // kind and expression of a composite's components
}

// params compiles every parameter for every type it applies to.
func (l *loader) params() error {
	s := l.spec
	lists := map[string][]string{}
	for _, r := range l.found {
		targets, ok := lists[r.targets]
		if !ok {
			targets = strings.Fields(r.targets)
			lists[r.targets] = targets
		}
		for base := range strings.FieldsSeq(r.bases) {
			for _, t := range s.resources {
				if t.Abstract || t.Name != base && base != "Resource" && (base != "DomainResource" || t.base != base) {
					continue
				}
				p := &Param{Code: r.code, Kind: r.typ, Targets: targets}
				if err := p.compile(s, t, base, r); err != nil {
					return fmt.Errorf("definitions: parameter %s of %s: %w", r.code, t.Name, err)
				}
				if s.byName[t.Name] == nil {
					s.byName[t.Name] = map[string]*Param{}
				}
				s.byName[t.Name][p.Code] = p
				s.params[t.Name] = append(s.params[t.Name], p)
			}
		}
	}
	for _, list := range s.params {
		slices.SortFunc(list, func(a, b *Param) int { return strings.Compare(a.Code, b.Code) })
	}
	return nil
}

func (p *Param) compile(s *Spec, t *Type, base string, r *rawParam) error {
	expr := r.expr
	if head, _, ok := strings.Cut(expr, ".exists() and "); ok {
		expr, p.exists = head, true
	}
	var err error
	if p.paths, err = compile(s, t, base, expr); err != nil {
		return err
	}
	for _, c := range r.parts {
		part := &Param{Kind: c[0]}
		for _, at := range p.ends(t) {
			paths, err := compile(s, at, at.Name, c[1])
			if err != nil {
				return err
			}
			part.paths = append(part.paths, paths...)
		}
		p.parts = append(p.parts, part)
	}
	return nil
}

// ends are the types at the ends of a parameter's paths.
func (p *Param) ends(root *Type) (ends []*Type) {
	for _, path := range p.paths {
		end := root
		if len(path) > 0 {
			end = path[len(path)-1].use.Type
		}
		if !slices.Contains(ends, end) {
			ends = append(ends, end)
		}
	}
	return ends
}

// compile turns the alternatives of an expression that begin at the type into
// paths. R4's expressions use only members, ofType, where with a comparison or
// resolve() is, an index, and |.
func compile(s *Spec, t *Type, base, expr string) (paths []path, err error) {
	for alternative := range strings.SplitSeq(expr, "|") {
		alternative = unwrap(strings.TrimSpace(alternative))
		head, rest, _ := strings.Cut(alternative, ".")
		switch {
		case strings.HasPrefix(alternative, "%resource."):
			continue // leads out of a composite's own part; R4 has two such, of molecular sequences
		case head == base || head == t.Name || strings.HasPrefix(alternative, t.Name+"."):
			if head != base && head != t.Name {
				rest = alternative[len(t.Name)+1:]
			}
		case head[0] >= 'A' && head[0] <= 'Z':
			continue // another type's
		default:
			rest = alternative
		}
		found, err := walk(s, t, nil, rest)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

// unwrap takes away brackets around an expression, or around its head.
func unwrap(expr string) string {
	if !strings.HasPrefix(expr, "(") {
		return expr
	}
	depth := 0
	for i := range len(expr) {
		switch expr[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return expr[1:i] + expr[i+1:]
			}
		}
	}
	return expr
}

// walk goes down an expression from a type, along every type that a choice may have.
func walk(s *Spec, t *Type, so path, rest string) (paths []path, err error) {
	if rest == "" {
		return []path{slices.Clone(so)}, nil
	}
	name, rest := cutStep(rest)
	st := step{}
	if open := strings.IndexByte(name, '['); open > 0 {
		st.cond = condIndex
		st.at, err = strconv.Atoi(strings.TrimSuffix(name[open+1:], "]"))
		name = name[:open]
		if err != nil {
			return nil, err
		}
	}
	e := t.element(name)
	if e == nil {
		if t.resource >= 0 && t.Abstract {
			return nil, nil
		}
		return nil, fmt.Errorf("%s has no element %q", t.Name, name)
	}
	only := ""
	if strings.HasPrefix(rest, "ofType(") {
		var call string
		call, rest = cutStep(rest)
		only = strings.TrimSuffix(strings.TrimPrefix(call, "ofType("), ")")
	}
	if strings.HasPrefix(rest, "where(") {
		var call string
		call, rest = cutStep(rest)
		call = strings.TrimSuffix(strings.TrimPrefix(call, "where("), ")")
		if is, ok := strings.CutPrefix(call, "resolve() is "); ok {
			st.cond, st.v = condType, strings.TrimSpace(is)
		} else if k, v, ok := strings.Cut(call, "="); ok {
			st.cond, st.k, st.v = condEqual, strings.TrimSpace(k), strings.Trim(strings.TrimSpace(v), "'")
		} else {
			return nil, fmt.Errorf("where(%s) is not understood", call)
		}
	}
	for i := range t.keys {
		m := &t.keys[i]
		if &t.Elements[m.elem] != e || only != "" && !strings.EqualFold(m.use.Type.Name, only) {
			continue
		}
		st.key, st.mark, st.use = m.key, mark(m.key), m.use
		found, err := walk(s, m.use.Type, append(so, st), rest)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

// cutStep cuts an expression at the first full stop that is in no brackets.
func cutStep(expr string) (head, rest string) {
	depth := 0
	for i := range len(expr) {
		switch expr[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '.':
			if depth == 0 {
				return expr[:i], expr[i+1:]
			}
		}
	}
	return expr, ""
}

// A Hit is a value that a search parameter leads to.
type Hit struct {
	Param *Param
	Value Value
	Type  string // the FHIR type of the value there, such as CodeableConcept
	use   *Use
}

// Index calls emit for every value that a search parameter of the document's
// type leads to. It allocates nothing. Contained resources are not searched.
func (s *Spec) Index(d *Doc, emit func(Hit)) {
	each := func(h Hit) bool { emit(h); return true }
	root := d.Root()
	has := root.marks()
	for _, p := range s.params[d.Type()] {
		p.among(root, has, each)
	}
}

func mark[S ~string | ~[]byte](key S) uint64 { return 1 << (keyHash(key) & 63) }

// marks has the mark of every member of an object: where one is not among them,
// there is no such member. It spares looking for most parameters.
func (v Value) marks() (marks uint64) {
	i := v.i + 1
	for range v.Len() {
		n := &v.d.nodes[i]
		if n.flags&keyEscaped != 0 {
			return every
		}
		marks |= mark(v.d.src[n.key : n.key+uint32(n.keyLen)])
		i = n.next
	}
	return marks
}

const every = ^uint64(0)

// values yields what the parameter leads to from an object; false when yield said stop.
func (p *Param) values(from Value, yield func(Hit) bool) bool { return p.among(from, every, yield) }

func (p *Param) among(from Value, has uint64, yield func(Hit) bool) bool {
	for i := range p.paths {
		if len(p.paths[i]) == 0 {
			if !yield(Hit{Param: p, Value: from}) {
				return false
			}
			continue
		}
		if p.paths[i][0].mark&has == 0 {
			continue
		}
		if !follow(p, p.paths[i], from, yield) {
			return false
		}
	}
	return true
}

func follow(p *Param, rest path, from Value, yield func(Hit) bool) bool {
	st := &rest[0]
	next := from.Get(st.key)
	if next.d == nil {
		return true
	}
	n := next.node()
	if n.kind != Array {
		if st.cond == condIndex && st.at != 0 {
			return true
		}
		return arrive(p, rest, next, yield)
	}
	i := next.i + 1
	for k := range n.count {
		at := Value{next.d, i}
		i = at.node().next
		if st.cond == condIndex && int(k) != st.at {
			continue
		}
		if !arrive(p, rest, at, yield) {
			return false
		}
	}
	return true
}

func arrive(p *Param, rest path, at Value, yield func(Hit) bool) bool {
	st := &rest[0]
	switch st.cond {
	case condEqual:
		if at.Get(st.k).Str() != st.v {
			return true
		}
	case condType:
		if at.referenceType() != st.v {
			return true
		}
	}
	if len(rest) > 1 {
		return follow(p, rest[1:], at, yield)
	}
	if at.Kind() == Null {
		return true
	}
	return yield(Hit{Param: p, Value: at, Type: st.use.Type.Name, use: st.use})
}

// referenceType is the type of what a Reference leads to, as far as it says.
func (v Value) referenceType() string {
	if ref := ParseReference(v.Get("reference").Str()); ref.Type != "" {
		return ref.Type
	}
	return v.Get("type").Str()
}
