package fhir

import (
	"net/url"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fault"

	"github.com/cockroachdb/apd/v3"
)

// A Query is a search within one resource type, parsed. It does not change and
// can be asked of any number of documents.
type Query struct {
	Type string
	// Now, when set, is what ap (approximately) measures a date's distance from.
	Now clock.Time

	terms []term
}

// A term is one parameter; all terms must hold.
type term struct {
	param *Param
	mod   modifier
	typ   string // of :Patient and its like
	alts  []want // any of these must hold
}

type modifier uint8

const (
	modNone modifier = iota
	modMissing
	modNot
	modText
	modExact
	modContains
	modBelow
	modAbove
	modIdentifier
	modType
)

// A want is one value as asked for.
type want struct {
	op        op
	text      string // as written, or folded where strings are compared
	system    string
	code      string
	anySystem bool // no | was given
	yes       bool // of :missing
	low, high clock.Time
	number    bounds
	ref       Ref
	parts     []want
}

// An op is a prefix of numbers, dates and quantities.
type op uint8

const (
	opEq op = iota
	opNe
	opGt
	opLt
	opGe
	opLe
	opSa
	opEb
	opAp
)

var ops = []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}

// results are the parameters that say how results are given, not which.
var results = []string{"_sort", "_count", "_include", "_revinclude", "_summary", "_total", "_elements", "_contained", "_containedType", "_format", "_pretty", "_offset", "_cursor"}

// ForResults reports whether a parameter is about how results are given, such as
// _sort or _count, so that [Spec.ParseQuery] leaves it to others.
func ForResults(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	return slices.Contains(results, name)
}

// ParseQuery reads the search parameters of a URL. Values parted by commas are
// alternatives; a parameter given again must hold as well.
//
// A parameter that the type does not have, chains and _has among them, is a
// fault of kind Invalid when strict, and is otherwise listed in ignored, sorted.
// A modifier that is not known, and a value that cannot be understood, is always
// refused. Parameters with an empty value are passed over, as R4 has it.
func (s *Spec) ParseQuery(resourceType string, values url.Values, strict bool) (q *Query, ignored []string, err error) {
	if !s.IsResource(resourceType) {
		return nil, nil, fault.New(fault.Invalid, "Search for an R4 resource type, such as Patient.")
	}
	q = &Query{Type: resourceType}
	var check fault.Check
	for _, name := range sortedKeys(values) {
		if ForResults(name) {
			continue
		}
		code, mod, _ := strings.Cut(name, ":")
		p := s.Param(resourceType, code)
		if p == nil {
			if strict {
				check.That(false, code, "Leave this search parameter out: "+resourceType+" has no such parameter here.")
			} else {
				ignored = append(ignored, name)
			}
			continue
		}
		for _, value := range values[name] {
			if value == "" {
				continue
			}
			t, say := s.parseTerm(p, mod, value)
			check.That(say == "", code, say)
			q.terms = append(q.terms, t)
		}
	}
	if err := check.Err(); err != nil {
		return nil, nil, err
	}
	return q, ignored, nil
}

func sortedKeys(values url.Values) []string {
	var keys []string
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// modifiers that a kind of parameter may have, besides :missing.
var modifiers = map[string]map[string]modifier{
	"token":     {"not": modNot, "text": modText},
	"string":    {"exact": modExact, "contains": modContains},
	"uri":       {"below": modBelow, "above": modAbove},
	"reference": {"identifier": modIdentifier},
}

// parseTerm returns a sentence about what is wrong, "" when nothing is.
func (s *Spec) parseTerm(p *Param, mod, value string) (t term, say string) {
	t = term{param: p}
	switch {
	case mod == "":
	case mod == "missing":
		t.mod = modMissing
	case p.Kind == "reference" && s.IsResource(mod):
		t.mod, t.typ = modType, mod
	default:
		var ok bool
		if t.mod, ok = modifiers[p.Kind][mod]; !ok {
			return t, "Leave out the part after the colon: this parameter is not known with it."
		}
	}
	for _, alternative := range splitEscaped(value, ',') {
		w, say := parseWant(p, t.mod, alternative)
		if say != "" {
			return t, say
		}
		if t.mod == modType && w.ref.Kind == RefNone {
			w.ref = ParseReference(t.typ + "/" + w.text)
		}
		t.alts = append(t.alts, w)
	}
	return t, ""
}

func parseWant(p *Param, mod modifier, s string) (w want, say string) {
	switch mod {
	case modMissing:
		w.yes = s == "true"
		if s != "true" && s != "false" {
			return w, "Say true or false after :missing."
		}
		return w, ""
	case modText, modContains:
		w.text = Fold(unescapeQuery(s))
		return w, ""
	case modIdentifier:
		w.token(s)
		return w, ""
	}
	switch p.Kind {
	case "token":
		w.token(s)
	case "string":
		w.text = unescapeQuery(s)
		if mod != modExact {
			w.text = Fold(w.text)
		}
	case "uri":
		w.text = unescapeQuery(s)
	case "reference":
		w.text = unescapeQuery(s)
		w.ref = ParseReference(w.text)
		if w.ref.Kind == RefNone && !IsID(w.text) {
			return w, "Give a reference as Type/id, as an id or as a full address."
		}
	case "date":
		w.op, s = cutOp(s)
		var ok bool
		if w.low, w.high, ok = searchInterval(s); !ok {
			return w, "Give a real date such as 2026, 2026-03 or 2026-03-29, or a time with zone, after an optional prefix such as ge."
		}
	case "number", "quantity":
		w.op, s = cutOp(s)
		fields := splitEscaped(s, '|')
		var ok bool
		if w.number, ok = boundsOf(fields[0]); !ok || p.Kind == "number" && len(fields) > 1 || len(fields) == 2 || len(fields) > 3 {
			return w, "Give a number, after an optional prefix such as ge; for a quantity as number, number||unit or number|system|unit."
		}
		if len(fields) > 1 {
			w.code, w.anySystem = unescapeQuery(fields[2]), fields[1] == ""
			if !w.anySystem {
				w.system = unescapeQuery(fields[1])
			}
		} else {
			w.anySystem = true
		}
	case "composite":
		fields := splitEscaped(s, '$')
		if len(fields) != len(p.parts) {
			return w, "Give as many values, parted by $, as this parameter has."
		}
		for i, f := range fields {
			part, say := parseWant(p.parts[i], modNone, f)
			if say != "" {
				return w, say
			}
			w.parts = append(w.parts, part)
		}
	default:
		return w, "Leave this search parameter out: it is not supported."
	}
	return w, ""
}

func (w *want) token(s string) {
	fields := splitEscaped(s, '|')
	w.code = unescapeQuery(fields[len(fields)-1])
	w.anySystem = len(fields) == 1
	if len(fields) > 1 {
		w.system = unescapeQuery(strings.Join(fields[:len(fields)-1], "|"))
	}
	w.text = unescapeQuery(s)
}

func cutOp(s string) (op, string) {
	for i, name := range ops {
		if rest, ok := strings.CutPrefix(s, name); ok {
			return op(i), rest
		}
	}
	return opEq, s
}

// searchInterval is [Interval] that also takes a time without seconds or zone,
// which R4 allows in searches; a + that became a space in the URL is put right.
func searchInterval(s string) (low, high clock.Time, ok bool) {
	s = strings.Replace(s, " ", "+", 1)
	if low, high, ok = Interval(s); ok || len(s) < 16 || s[10] != 'T' {
		return low, high, ok
	}
	seconds := len(s) > 16 && s[16] == ':'
	if !seconds {
		s = s[:16] + ":00" + s[16:]
	}
	if zone := s[19:]; !strings.ContainsAny(zone, "Z+-") {
		s += "Z"
	}
	m, ok := scanTime(s)
	if !ok {
		return 0, 0, false
	}
	if !seconds {
		m.digits = 12
	}
	return m.interval()
}

// splitEscaped splits at a separator that no backslash precedes.
func splitEscaped(s string, sep byte) (parts []string) {
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

var queryEscapes = strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\|`, `|`, `\$`, `$`)

func unescapeQuery(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return queryEscapes.Replace(s)
}

// bounds is a number as its digits mean it: 5.40 stands for 5.395 up to 5.405.
type bounds struct{ exact, low, high apd.Decimal }

func boundsOf(s string) (b bounds, ok bool) {
	if b.exact, ok = decimal(s); !ok || s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return b, false
	}
	half := apd.New(5, b.exact.Exponent-1)
	if _, err := exact.Sub(&b.low, &b.exact, half); err != nil {
		return b, false
	}
	_, err := exact.Add(&b.high, &b.exact, half)
	return b, err == nil
}

// exact computes with more digits than a number may have here.
var exact = apd.Context{Precision: 400, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Traps: apd.DefaultTraps}
