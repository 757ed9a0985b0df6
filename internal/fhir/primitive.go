package fhir

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// A prim is one of R4's primitive types; 0 is none.
type prim uint8

const (
	primBoolean prim = iota + 1
	primInteger
	primUnsigned
	primPositive
	primDecimal
	primString
	primMarkdown
	primCode
	primID
	primURI
	primURL
	primCanonical
	primOID
	primUUID
	primBase64
	primInstant
	primDate
	primDateTime
	primTime
	primXHTML
)

// rules has, for each primitive, its name, the JSON that carries it and what to do when it is wrong.
var rules = [...]struct {
	name string
	kind Kind
	say  string
}{
	primBoolean:   {"boolean", Bool, "Send true or false, without quotes."},
	primInteger:   {"integer", Number, "Send a whole number of up to 32 bits, without quotes."},
	primUnsigned:  {"unsignedInt", Number, "Send a whole number from 0 to 2147483647, without quotes."},
	primPositive:  {"positiveInt", Number, "Send a whole number from 1 to 2147483647, without quotes."},
	primDecimal:   {"decimal", Number, "Send a number, without quotes."},
	primString:    {"string", String, "Send a string that is not empty and holds no control characters."},
	primMarkdown:  {"markdown", String, "Send a string that is not empty and holds no control characters."},
	primCode:      {"code", String, "Send a code: not empty, without spaces at its ends or two together."},
	primID:        {"id", String, "Send an id of 1 to 64 letters, digits, hyphens and full stops."},
	primURI:       {"uri", String, "Send a URI, which is not empty and has no spaces."},
	primURL:       {"url", String, "Send a URL, which is not empty and has no spaces."},
	primCanonical: {"canonical", String, "Send a canonical URL, which is not empty and has no spaces."},
	primOID:       {"oid", String, "Send an OID such as urn:oid:1.2.3."},
	primUUID:      {"uuid", String, "Send a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520, in small letters."},
	primBase64:    {"base64Binary", String, "Send base64: groups of four, padded with = at the end."},
	primInstant:   {"instant", String, "Send an instant with seconds and zone, such as 2026-03-29T09:30:00Z."},
	primDate:      {"date", String, "Send a real date as YYYY, YYYY-MM or YYYY-MM-DD."},
	primDateTime:  {"dateTime", String, "Send a real date as YYYY, YYYY-MM or YYYY-MM-DD, or with time and zone, such as 2026-03-29T09:30:00Z."},
	primTime:      {"time", String, "Send a time of day as hh:mm:ss."},
	primXHTML:     {"xhtml", String, "Send the narrative as one div element, its tags closed, without scripts, forms or frames."},
}

func primOf(name string) prim {
	for i, r := range rules {
		if r.name == name && name != "" {
			return prim(i)
		}
	}
	return 0
}

// valid reports whether the text is a value of the primitive type. JSON has
// already seen to it that numbers are numbers and booleans booleans.
func (p prim) valid(s string) bool {
	switch p {
	case primBoolean:
		return true
	case primDecimal:
		return len(s) <= 64
	case primInteger:
		return whole(s, 1<<31, 1<<31-1)
	case primUnsigned:
		return whole(s, 0, 1<<31-1)
	case primPositive:
		return whole(s, 0, 1<<31-1) && s != "0" && s != "-0"
	case primString, primMarkdown:
		return len(s) > 0 && !controls(s)
	case primCode:
		return isCode(s)
	case primID:
		return IsID(s)
	case primURI, primURL, primCanonical:
		return len(s) > 0 && !spaced(s)
	case primOID:
		return isOID(s)
	case primUUID:
		return isUUID(s)
	case primBase64:
		return isBase64(s)
	case primInstant:
		t, ok := scanTime(s)
		return ok && t.digits == 14
	case primDate:
		t, ok := scanTime(s)
		return ok && t.digits <= 8
	case primDateTime:
		_, ok := scanTime(s)
		return ok
	case primTime:
		n, ok := scanClock(s)
		return ok && n == len(s)
	case primXHTML:
		return isNarrative(s)
	}
	return true
}

// spaced reports whether s holds spaces of any kind or control characters.
func spaced(s string) bool {
	i := unusual(s, ' '+1)
	if i == len(s) {
		return false
	}
	return strings.IndexFunc(s[i:], space) >= 0 || controls(s[i:])
}

// unusual is where the first byte below low, or not of ASCII, may be; it looks
// at eight at a time.
func unusual(s string, low byte) (i int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if ((w-ones*uint64(low))|w)&highs != 0 {
			break
		}
	}
	for ; i < len(b) && b[i] >= low && b[i] < utf8.RuneSelf; i++ {
	}
	return i
}

func space(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// whole reports whether s is a whole number from -low to high, without a point or exponent.
func whole(s string, low, high uint64) bool {
	limit := high
	if strings.HasPrefix(s, "-") {
		s, limit = s[1:], low
	}
	if len(s) == 0 || len(s) > 10 {
		return false
	}
	n := uint64(0)
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n <= limit
}

// controls reports whether s holds characters below U+0020 other than tab and line ends.
func controls(s string) bool {
	for i := unusual(s, ' '); i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
	}
	return false
}

func isCode(s string) bool {
	gap := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			if gap {
				return false
			}
			gap = true
		case c < 0x20:
			return false
		default:
			gap = false
		}
	}
	return !gap
}

// IsID reports whether s can be the id of a resource: 1 to 64 letters, digits,
// hyphens and full stops.
func IsID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c-'0' > 9 && c|0x20-'a' > 25 && c != '-' && c != '.' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}

func isOID(s string) bool {
	s, ok := strings.CutPrefix(s, "urn:oid:")
	if !ok || len(s) < 3 || s[0] > '2' || s[1] != '.' {
		return false
	}
	for arc := range strings.SplitSeq(s, ".") {
		if arc == "" || arc[0] == '0' && len(arc) > 1 || strings.Trim(arc, "0123456789") != "" {
			return false
		}
	}
	return true
}

func isUUID(s string) bool {
	s, ok := strings.CutPrefix(s, "urn:uuid:")
	if !ok || len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}

func isBase64(s string) bool {
	n, pad := 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			continue
		case c == '=':
			pad++
		case pad > 0 || c-'0' > 9 && c|0x20-'a' > 25 && c != '+' && c != '/':
			return false
		}
		n++
	}
	return n > 0 && n%4 == 0 && pad <= 2
}
