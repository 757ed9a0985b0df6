package fhir

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is s without case, accents and doubled spaces, as strings are compared
// in searches: "Zoë" and "ZOE" fold alike.
func Fold(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsSpace(r):
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		switch r {
		case 'ß', 'ẞ':
			b.WriteString("ss")
		case 'ø', 'Ø':
			b.WriteByte('o')
		case 'ł', 'Ł':
			b.WriteByte('l')
		case 'đ', 'Đ':
			b.WriteByte('d')
		case 'æ', 'Æ':
			b.WriteString("ae")
		case 'œ', 'Œ':
			b.WriteString("oe")
		case '’', '‘', 'ʼ':
			b.WriteByte('\'')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// plain reports whether folding would change nothing.
func plain(s string) bool {
	gap := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c-'A' <= 25 || c < ' ' || c == ' ' && gap {
			return false
		}
		gap = c == ' '
	}
	return len(s) == 0 || !gap
}

// folded compares s, folded, with what is folded already, without writing the
// folding down when s is simple.
func folded(s, with string, how modifier) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c <= ' ' && (c != ' ' || i == 0 || i+1 == len(s) || s[i+1] <= ' ') {
			return foldedSlowly(Fold(s), with, how)
		}
	}
	if how == modContains {
		for i := 0; i+len(with) <= len(s); i++ {
			if strings.EqualFold(s[i:i+len(with)], with) {
				return true
			}
		}
		return false
	}
	return len(s) >= len(with) && strings.EqualFold(s[:len(with)], with)
}

func foldedSlowly(s, with string, how modifier) bool {
	if how == modContains {
		return strings.Contains(s, with)
	}
	return strings.HasPrefix(s, with)
}
