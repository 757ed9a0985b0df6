package text

import (
	"strings"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// pseudo is an English message in a language made for tests. It has every plural
// form, whichever the language's rules ask for.
func pseudo(m *i18n.Message, change func(string) string) *i18n.Message {
	made := *m
	for _, form := range []*string{&made.Zero, &made.One, &made.Two, &made.Few, &made.Many} {
		if *form == "" {
			*form = made.Other
		}
	}
	for _, form := range forms(&made) {
		*form = change(*form)
	}
	return &made
}

var accents = strings.NewReplacer(
	"a", "á", "b", "ƀ", "c", "ç", "d", "ð", "e", "é", "f", "ƒ", "g", "ĝ", "h", "ĥ", "i", "î", "j", "ĵ",
	"k", "ķ", "l", "ļ", "m", "ɱ", "n", "ñ", "o", "ö", "p", "þ", "q", "ǫ", "r", "ŕ", "s", "š", "t", "ţ",
	"u", "û", "v", "ṽ", "w", "ŵ", "x", "ẋ", "y", "ý", "z", "ž",
	"A", "Å", "B", "Ɓ", "C", "Ç", "D", "Ð", "E", "É", "F", "Ƒ", "G", "Ĝ", "H", "Ĥ", "I", "Î", "J", "Ĵ",
	"K", "Ķ", "L", "Ļ", "M", "Ṁ", "N", "Ñ", "O", "Ö", "P", "Þ", "Q", "Ǫ", "R", "Ŕ", "S", "Š", "T", "Ţ",
	"U", "Û", "V", "Ṽ", "W", "Ŵ", "X", "Ẋ", "Y", "Ý", "Z", "Ž",
)

// longer is accented, in brackets that show where a message is cut off, and longer
// by two fifths, as a translation may be.
func longer(words string) string {
	var b strings.Builder
	b.WriteString("[")
	size := 0
	for _, p := range pieces(words) {
		if p.name != "" {
			b.WriteString(p.words)
			continue
		}
		size += utf8.RuneCountInString(p.words)
		b.WriteString(accents.Replace(p.words))
	}
	const filler = " öñé ţŵö ţĥŕéé ƒöûŕ ƒîṽé"
	for more := (size*2 + 4) / 5; more > 0; {
		for _, r := range filler {
			if more--; more < 0 {
				break
			}
			b.WriteRune(r)
		}
	}
	b.WriteString("]")
	return b.String()
}

// mirrored reads from right to left: each run of words is overridden to do so, and
// values keep their own direction.
func mirrored(words string) string {
	const override, end = "\u202e", "\u202c"
	var b strings.Builder
	for _, p := range pieces(words) {
		if p.name != "" {
			b.WriteString(p.words)
			continue
		}
		b.WriteString(override + p.words + end)
	}
	return b.String()
}
