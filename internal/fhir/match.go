package fhir

import (
	"strings"

	"onestory/internal/clock"

	"github.com/cockroachdb/apd/v3"
)

// Match reports whether the document answers the query. A document of another
// type answers none.
func (s *Spec) Match(d *Doc, q *Query) bool {
	if d.Type() != q.Type {
		return false
	}
	for i := range q.terms {
		if !q.terms[i].holds(d.Root(), q.Now) {
			return false
		}
	}
	return true
}

func (t *term) holds(root Value, now clock.Time) bool {
	if t.mod == modMissing {
		found := false
		t.param.values(root, func(Hit) bool { found = true; return false })
		for i := range t.alts {
			if t.alts[i].yes != found {
				return true
			}
		}
		return false
	}
	found := false
	if t.param.exists {
		answer := "false"
		t.param.values(root, func(h Hit) bool {
			if h.Value.Literal() != "false" {
				answer = "true"
			}
			return true
		})
		for i := range t.alts {
			found = found || t.alts[i].code == answer
		}
		return found != (t.mod == modNot)
	}
	t.param.values(root, func(h Hit) bool {
		for i := range t.alts {
			if h.answers(t, &t.alts[i], now) {
				found = true
				break
			}
		}
		return !found
	})
	return found != (t.mod == modNot)
}

// answers reports whether a value is what is wanted.
func (h Hit) answers(t *term, w *want, now clock.Time) bool {
	if h.Param.Kind == "composite" {
		for i, p := range h.Param.parts {
			ok := false
			p.values(h.Value, func(part Hit) bool {
				ok = part.answers(&term{param: p}, &w.parts[i], now)
				return !ok
			})
			if !ok {
				return false
			}
		}
		return true
	}
	switch h.Param.Kind {
	case "token":
		if t.mod == modText {
			return h.says(w.text)
		}
		return h.token(w)
	case "string":
		return h.text(t.mod, w.text)
	case "uri":
		return matchURI(t.mod, h.Value.Str(), w.text)
	case "reference":
		return h.reference(t, w)
	case "date":
		low, high, ok := h.interval()
		return ok && w.holdsTime(low, high, now)
	case "number":
		n, ok := h.Value.Decimal()
		return ok && w.holdsNumber(&n, &n)
	case "quantity":
		return h.quantity(w)
	}
	return false
}

// token compares a code, and its system if one was given.
func (h Hit) token(w *want) bool {
	v := h.Value
	if v.Kind() != Object {
		literal := v.Literal()
		switch {
		case w.code != "" && literal != w.code:
			return false
		case w.anySystem:
			return literal != ""
		case w.system == "":
			return h.use == nil || h.use.codes == nil
		}
		return h.use != nil && h.use.codes != nil && h.use.codes.Has(w.system, literal)
	}
	if h.Type == "CodeableConcept" {
		for c := range v.Get("coding").Elems() {
			if tokenIn(c, "code", w) {
				return true
			}
		}
		return false
	}
	switch h.Type {
	case "Identifier":
		return tokenIn(v, "value", w)
	case "ContactPoint":
		return w.anySystem && v.Get("value").Str() == w.code
	}
	return tokenIn(v, "code", w)
}

func tokenIn(v Value, name string, w *want) bool {
	if w.code != "" && v.Get(name).Str() != w.code {
		return false
	}
	return w.anySystem || v.Get("system").Str() == w.system
}

// says looks for words in what a token is called.
func (h Hit) says(words string) bool {
	if h.Value.Kind() != Object {
		return false
	}
	for _, path := range [...]string{"text", "display", "coding.display", "type.text"} {
		found := false
		h.Value.at(path, func(v Value) bool {
			found = folded(v.Str(), words, modNone)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// text compares a string, or any of the strings of a name or address.
func (h Hit) text(mod modifier, words string) bool {
	compare := func(v Value) bool {
		s := v.Str()
		if s == "" {
			return false
		}
		if mod == modExact {
			return s == words
		}
		return folded(s, words, mod)
	}
	if h.Value.Kind() == String {
		return compare(h.Value)
	}
	for k, m := range h.Value.All() {
		switch k {
		case "use", "type", "period", "extension", "id", "system", "code":
			continue
		}
		for v := range m.Elems() {
			if compare(v) {
				return true
			}
		}
	}
	return false
}

func matchURI(mod modifier, s, want string) bool {
	switch mod {
	case modBelow:
		return under(s, want)
	case modAbove:
		return under(want, s)
	}
	return s == want
}

// under reports whether s is the address or one below it.
func under(s, address string) bool {
	rest, ok := strings.CutPrefix(s, strings.TrimSuffix(address, "/"))
	return ok && address != "" && (rest == "" || rest[0] == '/')
}

// reference compares where a Reference, canonical or URI leads.
func (h Hit) reference(t *term, w *want) bool {
	if t.mod == modIdentifier {
		return tokenIn(h.Value.Get("identifier"), "value", w) && h.Value.Get("identifier").Exists()
	}
	if h.Value.Kind() == String { // a canonical or a URI
		s := h.Value.Str()
		bare, _, _ := strings.Cut(s, "|")
		return s == w.text || bare == w.text
	}
	ref := ParseReference(h.Value.Get("reference").Str())
	switch {
	case ref.Text == "":
		return false
	case t.mod == modType && ref.Type != t.typ:
		return false
	case w.ref.Kind == RefNone: // an id alone
		return ref.ID == w.text && ref.Kind == RefRelative && t.param.leadsTo(ref.Type)
	case w.ref.Kind != ref.Kind:
		return false
	case ref.Type == "":
		return ref.Text == w.text
	case ref.Kind == RefAbsolute && !strings.HasPrefix(w.text, strings.TrimSuffix(base(ref), "/")):
		return false
	}
	return ref.Type == w.ref.Type && ref.ID == w.ref.ID && (w.ref.Version == "" || w.ref.Version == ref.Version)
}

// base is the server's part of an absolute reference.
func base(r Ref) string { return r.Text[:strings.LastIndex(r.Text, r.Type+"/"+r.ID)] }

func (p *Param) leadsTo(typ string) bool {
	if len(p.Targets) == 0 {
		return true
	}
	for _, t := range p.Targets {
		if t == typ {
			return true
		}
	}
	return false
}

// interval is the time that a date, a period or a timing spans.
func (h Hit) interval() (low, high clock.Time, ok bool) {
	v := h.Value
	if v.Kind() == String {
		return Interval(v.Str())
	}
	if h.Type == "Timing" {
		for e := range v.Get("event").Elems() {
			if l, u, k := Interval(e.Str()); k {
				if !ok {
					low, high, ok = l, u, true
				}
				low, high = min(low, l), max(high, u)
			}
		}
		if ok {
			return low, high, true
		}
		v = v.Get("repeat").Get("boundsPeriod")
	}
	return v.period()
}

// period is the interval of a Period; one without an end goes on.
func (v Value) period() (low, high clock.Time, ok bool) {
	start, end := v.Get("start"), v.Get("end")
	low, high = dawn, dusk
	if start.Exists() {
		if low, _, ok = Interval(start.Str()); !ok {
			return 0, 0, false
		}
	}
	if end.Exists() {
		if _, high, ok = Interval(end.Str()); !ok {
			return 0, 0, false
		}
	}
	return low, high, start.Exists() || end.Exists()
}

// holdsTime compares the interval of a value with the one asked for.
func (w *want) holdsTime(low, high, now clock.Time) bool {
	within := low >= w.low && high <= w.high
	switch w.op {
	case opNe:
		return !within
	case opGt:
		return high > w.high
	case opLt:
		return low < w.low
	case opGe:
		return high > w.high || within
	case opLe:
		return low < w.low || within
	case opSa:
		return low >= w.high
	case opEb:
		return high <= w.low
	case opAp:
		slack := clock.Time(0)
		if now != 0 {
			if slack = (now - w.low) / 10; slack < 0 {
				slack = -slack
			}
		}
		return low < w.high+slack && high > w.low-slack
	}
	return within
}

// holdsNumber compares the numbers from low to high with the one asked for; nil
// is no bound.
func (w *want) holdsNumber(low, high *apd.Decimal) bool {
	within := low != nil && high != nil && low.Cmp(&w.number.low) >= 0 && high.Cmp(&w.number.high) < 0
	switch w.op {
	case opNe:
		return !within
	case opGt:
		return high == nil || high.Cmp(&w.number.exact) > 0
	case opLt:
		return low == nil || low.Cmp(&w.number.exact) < 0
	case opGe:
		return high == nil || high.Cmp(&w.number.exact) >= 0
	case opLe:
		return low == nil || low.Cmp(&w.number.exact) <= 0
	case opSa:
		return low != nil && low.Cmp(&w.number.exact) > 0
	case opEb:
		return high != nil && high.Cmp(&w.number.exact) < 0
	case opAp:
		return w.near(low, high)
	}
	return within
}

// near is within a tenth of the number asked for.
func (w *want) near(low, high *apd.Decimal) bool {
	var tenth, from, to apd.Decimal
	tenth.Abs(&w.number.exact)
	tenth.Exponent--
	if _, err := exact.Sub(&from, &w.number.exact, &tenth); err != nil {
		return false
	}
	if _, err := exact.Add(&to, &w.number.exact, &tenth); err != nil {
		return false
	}
	return (high == nil || high.Cmp(&from) >= 0) && (low == nil || low.Cmp(&to) <= 0)
}

// quantity compares a Quantity, Money, Range or one of their kind.
func (h Hit) quantity(w *want) bool {
	v := h.Value
	if h.Type == "Range" {
		low, high := v.Get("low"), v.Get("high")
		if !w.unit(low, h.Type) && !w.unit(high, h.Type) {
			return false
		}
		l, hasLow := low.Get("value").Decimal()
		u, hasHigh := high.Get("value").Decimal()
		pl, pu := &l, &u
		if !hasLow {
			pl = nil
		}
		if !hasHigh {
			pu = nil
		}
		return (hasLow || hasHigh) && w.holdsNumber(pl, pu)
	}
	n, ok := v.Get("value").Decimal()
	return ok && w.unit(v, h.Type) && w.holdsNumber(&n, &n)
}

func (w *want) unit(v Value, typ string) bool {
	switch {
	case w.code == "" && w.system == "":
		return true
	case typ == "Money":
		return v.Get("currency").Str() == w.code
	case !w.anySystem && v.Get("system").Str() != w.system:
		return false
	}
	return w.code == "" || v.Get("code").Str() == w.code || w.anySystem && v.Get("unit").Str() == w.code
}
