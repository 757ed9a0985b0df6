package fhir

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// str reads to the closing quote, checking UTF-8 and escapes. Eight bytes at a
// time while nothing but plain ASCII comes.
func (p *parser) str() (esc bool, why trouble) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	src, i := p.src, p.pos
	for {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote := w ^ ones*'"'
			slash := w ^ ones*'\\'
			// A byte's high bit is set where it is a quote, a backslash, a control
			// character or not ASCII. Borrows can mislead only after the first of them.
			if stop := ((quote - ones) | (slash - ones) | (w - ones*0x20) | w) & highs; stop != 0 {
				i += bits.TrailingZeros64(stop) / 8
				break
			}
			i += 8
		}
		if i >= len(src) {
			p.pos = i
			return esc, unfinished
		}
		switch c := src[i]; {
		case c == '"':
			p.pos = i + 1
			return esc, fine
		case c == '\\':
			esc = true
			n := escape(src[i:])
			if n == 0 {
				p.pos = i
				return esc, badEscape
			}
			i += n
		case c < 0x20:
			p.pos = i
			return esc, control
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n == 1 {
				p.pos = i
				return esc, notUTF8
			}
			i += n
		}
	}
}

// escape is the length of the escape sequence that s begins with, 0 if it is
// none. Both halves of a surrogate pair count as one.
func escape(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(s[2:])
		if !ok || r >= 0xDC00 && r < 0xE000 {
			return 0
		}
		if r < 0xD800 || r >= 0xE000 {
			return 6
		}
		if len(s) < 12 || s[6] != '\\' || s[7] != 'u' {
			return 0
		}
		if low, ok := hex4(s[8:]); ok && low >= 0xDC00 && low < 0xE000 {
			return 12
		}
	}
	return 0
}

func hex4(s []byte) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *parser) literal() Kind {
	rest := p.src[p.pos:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "true", len(rest) >= 4 && string(rest[:4]) == "null":
		p.pos += 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		p.pos += 5
	default:
		return Missing
	}
	if rest[0] == 'n' {
		return Null
	}
	return Bool
}

// number reads JSON's grammar of numbers: no plus, no leading zeros, no NaN.
func (p *parser) number() bool {
	src, i := p.src, p.pos
	digits := func() bool {
		from := i
		for i < len(src) && src[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(src) && src[i] == '-' {
		i++
	}
	if i < len(src) && src[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(src) && src[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	p.pos = i
	return true
}
