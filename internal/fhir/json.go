package fhir

import (
	"bytes"
	"unicode/utf8"
)

// AppendString appends s as a JSON string. Only what JSON requires is escaped;
// what is not UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}

// Compact appends src, well-formed JSON, without the whitespace between its
// values. Numbers and strings stay as written.
func Compact(dst, src []byte) []byte {
	from := 0 // what comes from here on is not yet in dst
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case ' ', '\n', '\r', '\t':
			dst = append(dst, src[from:i]...)
			from = i + 1
		case '"':
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		}
	}
	return append(dst, src[from:]...)
}

// EqualJSON reports whether a and b say the same: members in any order, strings
// by what they say and numbers as written, so 1.0 is not 1.00. What is not JSON
// equals nothing.
func EqualJSON(a, b []byte) bool {
	var da, db Doc
	return Parse(a, &da) == nil && Parse(b, &db) == nil && Equal(da.Root(), db.Root())
}

// Equal is [EqualJSON] for values. Missing equals missing.
func Equal(a, b Value) bool {
	if a.Kind() != b.Kind() || a.Len() != b.Len() {
		return false
	}
	switch a.Kind() {
	case Missing, Null:
		return true
	case Bool, Number:
		return bytes.Equal(a.Raw(), b.Raw())
	case String:
		return a.Str() == b.Str()
	case Array:
		for i, j, left := a.i+1, b.i+1, a.Len(); left > 0; left-- {
			if !Equal(Value{a.d, i}, Value{b.d, j}) {
				return false
			}
			i, j = a.d.nodes[i].next, b.d.nodes[j].next
		}
		return true
	}
	if bytes.Equal(a.Raw(), b.Raw()) {
		return true
	}
	if a.Len() > crowd {
		return equalCrowd(a, b)
	}
	for k, m := range a.All() {
		if o := b.Get(k); !o.Exists() || !Equal(m, o) {
			return false
		}
	}
	return true
}

func equalCrowd(a, b Value) bool {
	members := make(map[string]Value, b.Len())
	for k, m := range b.All() {
		members[k] = m
	}
	for k, m := range a.All() {
		if o, ok := members[k]; !ok || !Equal(m, o) {
			return false
		}
	}
	return true
}
