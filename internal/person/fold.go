package person

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is a name as it is compared and looked up: what people write now one way and
// now another becomes alike. Accents, capitals, apostrophes, Arabic and Hebrew
// vowel points, the shapes of alef and yeh, dotless i, ß and ł do not matter;
// hyphens and other signs are spaces; spaces are single. What tells words apart
// in a script stays, such as the vowel signs of Indian scripts and the voicing
// marks of kana, and no script is turned into another.
//
// Fold of a folded name is that name. Fold of text without letters or digits is "".
func Fold(name string) string {
	// The spacing acute is typed for an apostrophe, and would come apart into a space.
	name = strings.ReplaceAll(name, "´", "'")
	// Twice, because folding capitals makes new letters to take apart.
	once := strings.Map(letter, norm.NFKD.String(name))
	twice := strings.Map(letter, norm.NFKD.String(cases.Fold().String(once)))
	for _, l := range alone {
		if strings.ContainsRune(twice, l.letter) {
			twice = strings.ReplaceAll(twice, string(l.letter), l.as)
		}
	}
	return strings.Join(strings.Fields(twice), " ")
}

// squash is a folded name without spaces: Mac Donald and MacDonald are one.
func squash(name string) string { return strings.ReplaceAll(Fold(name), " ", "") }

// alone are letters that Unicode takes for one, and people write as two.
var alone = []struct {
	letter rune
	as     string
}{{'æ', "ae"}, {'œ', "oe"}, {'þ', "th"}}

// letter is what one letter becomes, with -1 for nothing. Letters that stand for
// one another are here; Unicode's decomposition leaves these whole.
func letter(r rune) rune {
	if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
		return r
	}
	switch r {
	case 'ı':
		return 'i'
	case 'ł', 'Ł':
		return 'l'
	case 'ø', 'Ø':
		return 'o'
	case 'đ', 'Đ', 'ð', 'Ð':
		return 'd'
	case 'ħ', 'Ħ':
		return 'h'
	case 'ŧ', 'Ŧ':
		return 't'
	case 'ٱ':
		return 'ا'
	case 'ى', 'ی', 'ې', 'ے':
		return 'ي'
	case 'ک':
		return 'ك'
	case 'ة', 'ہ', 'ە', 'ۃ':
		return 'ه'
	case '\'', '’', '‘', '`', 'ʼ', 'ʻ', 'ʹ', 'ʾ', 'ʿ', '׳', '״', '＇', 'ـ':
		return -1 // apostrophes in all their forms, and the line that stretches Arabic words
	}
	switch {
	case r >= 0xAB70 && r <= 0xABBF: // small Cherokee, which the library folds to and fro
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 8
	case r >= 0x0300 && r <= 0x036F, // accents
		r >= 0x0591 && r <= 0x05C7 && unicode.Is(unicode.Mn, r), // Hebrew points
		r >= 0x0610 && r <= 0x061A, r >= 0x064B && r <= 0x065F,  // Arabic vowels and hamza
		r == 0x0670, r >= 0x06D6 && r <= 0x06ED && unicode.Is(unicode.Mn, r),
		r == 0x093C, r == 0x09BC, r == 0x0A3C, r == 0x0ABC, r == 0x0B3C, // nukta, which many leave out
		unicode.Is(unicode.Cf, r): // joiners and marks of direction
		return -1
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
		return r
	}
	return ' '
}
