package fhir

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/cockroachdb/apd/v3"
)

// A Kind is what sort of JSON value something is.
type Kind uint8

const (
	Missing Kind = iota // there is no such value
	Null
	Bool
	Number
	String
	Array
	Object
)

// A Value is a place in a [Doc]. The zero Value is a missing one, and so is
// whatever is asked of it; so questions can be chained.
type Value struct {
	d *Doc
	i uint32
}

// Root is the document's outermost value; missing when nothing was parsed.
func (d *Doc) Root() Value {
	if d == nil || len(d.nodes) == 0 {
		return Value{}
	}
	return Value{d, 0}
}

// Bytes is the source as it was parsed, whitespace around it and all.
func (d *Doc) Bytes() []byte { return d.src }

// Type is the resourceType, or "".
func (d *Doc) Type() string { return d.Root().Get("resourceType").Str() }

// ID is the resource's id, or "".
func (d *Doc) ID() string { return d.Root().Get("id").Str() }

// Text is [Value.Text] of the root.
func (d *Doc) Text(path string) string { return d.Root().Text(path) }

// At is [Value.At] of the root.
func (d *Doc) At(path string) iter.Seq[Value] { return d.Root().At(path) }

func (v Value) node() *node { return &v.d.nodes[v.i] }

// Kind says what sort of value it is.
func (v Value) Kind() Kind {
	if v.d == nil {
		return Missing
	}
	return v.node().kind
}

// Exists reports whether there is such a value. JSON's null exists.
func (v Value) Exists() bool { return v.d != nil }

// Raw is the value's bytes as they came, a slice of the source; nil when missing.
func (v Value) Raw() []byte {
	if v.d == nil {
		return nil
	}
	n := v.node()
	return v.d.src[n.start:n.end:n.end]
}

// Offset is where in the source the value begins.
func (v Value) Offset() int {
	if v.d == nil {
		return 0
	}
	return int(v.node().start)
}

// Key is the name of the member that this is the value of; "" for elements of
// lists and for the root. It shares the source's memory.
func (v Value) Key() string {
	if v.d == nil {
		return ""
	}
	n := v.node()
	s := v.d.src[n.key : n.key+uint32(n.keyLen)]
	if n.flags&keyEscaped != 0 {
		return string(unescape(nil, s))
	}
	return view(s)
}

// Str is a string's text, and "" for anything else. It shares the source's
// memory unless it had escapes: clone it to keep it longer than the source.
func (v Value) Str() string {
	if v.d == nil {
		return ""
	}
	n := v.node()
	if n.kind != String {
		return ""
	}
	s := v.d.src[n.start+1 : n.end-1]
	if n.flags&escaped != 0 {
		return string(unescape(nil, s))
	}
	return view(s)
}

// AppendStr appends a string's text to dst.
func (v Value) AppendStr(dst []byte) []byte {
	if v.Kind() != String {
		return dst
	}
	n := v.node()
	return unescape(dst, v.d.src[n.start+1:n.end-1])
}

// Literal is a primitive's text as FHIR would write it: a string's text, a
// number's digits, true or false. It is "" for anything else.
func (v Value) Literal() string {
	switch v.Kind() {
	case String:
		return v.Str()
	case Number, Bool:
		return view(v.Raw())
	}
	return ""
}

// Bool is true only for JSON's true.
func (v Value) Bool() bool { return v.Kind() == Bool && v.Raw()[0] == 't' }

// Int is a whole number, and ok false for anything else or beyond 64 bits.
func (v Value) Int() (n int64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	n, err := strconv.ParseInt(view(v.Raw()), 10, 64)
	return n, err == nil
}

// Decimal is a number with its digits as written: 107.50 stays 107.50. ok is
// false for anything but a number, and for one of more than 64 characters or
// with an exponent beyond ±99.
func (v Value) Decimal() (dec apd.Decimal, ok bool) {
	if v.Kind() != Number {
		return dec, false
	}
	return decimal(view(v.Raw()))
}

func decimal(s string) (dec apd.Decimal, ok bool) {
	if len(s) > 64 {
		return dec, false
	}
	_, _, err := dec.SetString(s)
	return dec, err == nil && dec.Form == apd.Finite && dec.Exponent < 100 && dec.Exponent > -100
}

// Len is how many members an object or elements a list has, and otherwise 0.
func (v Value) Len() int {
	if v.d == nil {
		return 0
	}
	return int(v.node().count)
}

// Get is an object's member of that name.
func (v Value) Get(key string) Value {
	if v.d == nil {
		return Value{}
	}
	o := v.node()
	if o.kind != Object {
		return Value{}
	}
	i := v.i + 1
	for range o.count {
		n := &v.d.nodes[i]
		if n.flags&keyEscaped != 0 {
			if (Value{v.d, i}).Key() == key {
				return Value{v.d, i}
			}
		} else if int(n.keyLen) == len(key) && string(v.d.src[n.key:n.key+uint32(n.keyLen)]) == key {
			return Value{v.d, i}
		}
		i = n.next
	}
	return Value{}
}

// Choice is the member that stands for a choice such as value[x], and its type
// as the name has it: Choice("value") of {"valueQuantity": …} is that member
// and "Quantity".
func (v Value) Choice(name string) (Value, string) {
	for k, m := range v.All() {
		if len(k) > len(name) && k[:len(name)] == name && k[len(name)] >= 'A' && k[len(name)] <= 'Z' {
			return m, k[len(name):]
		}
	}
	return Value{}, ""
}

// Index is a list's element at i, counted from 0.
func (v Value) Index(i int) Value {
	if v.Kind() != Array || i < 0 || i >= v.Len() {
		return Value{}
	}
	at := v.i + 1
	for range i {
		at = v.d.nodes[at].next
	}
	return Value{v.d, at}
}

// All yields an object's members in the order of the source.
func (v Value) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		i := v.i + 1
		for range v.node().count {
			m := Value{v.d, i}
			if !yield(m.Key(), m) {
				return
			}
			i = v.d.nodes[i].next
		}
	}
}

// Elems yields a list's elements. A value that is no list is yielded itself, so
// that callers need not know which it is; a missing one yields nothing.
func (v Value) Elems() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.d == nil {
			return
		}
		if v.Kind() != Array {
			yield(v)
			return
		}
		i := v.i + 1
		for range v.node().count {
			if !yield(Value{v.d, i}) {
				return
			}
			i = v.d.nodes[i].next
		}
	}
}

// At yields every value at a dotted path, going through lists, such as
// "category.coding.code". The empty path is the value itself.
func (v Value) At(path string) iter.Seq[Value] {
	return func(yield func(Value) bool) { v.at(path, yield) }
}

func (v Value) at(path string, yield func(Value) bool) bool {
	switch v.Kind() {
	case Missing:
		return true
	case Array:
		i := v.i + 1
		for range v.node().count {
			if !(Value{v.d, i}).at(path, yield) {
				return false
			}
			i = v.d.nodes[i].next
		}
		return true
	}
	if path == "" {
		return yield(v)
	}
	name, rest, _ := strings.Cut(path, ".")
	return v.Get(name).at(rest, yield)
}

// Text is the first string, number or boolean at a dotted path through lists, as
// [Value.Literal] gives it; "" when there is none.
func (v Value) Text(path string) string {
	text := ""
	v.at(path, func(f Value) bool {
		text = f.Literal()
		return text == ""
	})
	return text
}

// A Coding is a code and the system it comes from.
type Coding struct{ System, Code, Display string }

// Codes is [Value.Codes] of the root.
func (d *Doc) Codes(paths ...string) iter.Seq[Coding] { return d.Root().Codes(paths...) }

// Codes yields the codings at dotted paths: those of a CodeableConcept, a Coding
// itself, and a bare code with no system.
func (v Value) Codes(paths ...string) iter.Seq[Coding] {
	return func(yield func(Coding) bool) {
		for _, path := range paths {
			if !v.at(path, func(f Value) bool { return f.codings(yield) }) {
				return
			}
		}
	}
}

// Coded calls yield with the system and the code of every object that has both as
// text, whatever it is and wherever it stands, in extensions and contained resources too.
func (d *Doc) Coded(yield func(system, code string)) {
	for i := range d.nodes {
		if d.nodes[i].kind != Object {
			continue
		}
		v := Value{d, uint32(i)}
		if code := v.Get("code"); code.Kind() == String {
			if system := v.Get("system"); system.Kind() == String {
				yield(system.Str(), code.Str())
			}
		}
	}
}

func (v Value) codings(yield func(Coding) bool) bool {
	if v.Kind() == String {
		return yield(Coding{Code: v.Str()})
	}
	if list := v.Get("coding"); list.Exists() {
		return list.at("", func(c Value) bool { return c.codings(yield) })
	}
	c := Coding{v.Get("system").Str(), v.Get("code").Str(), v.Get("display").Str()}
	return c.Code == "" && c.System == "" || yield(c)
}

// view is s as a string without copying it.
func view(s []byte) string { return unsafe.String(unsafe.SliceData(s), len(s)) }

// unescape appends what a JSON string that was found well formed says.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = s[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(s[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(s[i+2:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}
