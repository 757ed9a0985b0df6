package chart

import "strings"

// widths are how wide the characters from space to tilde are in Arial and in the
// fonts made to its measure, in thousandths of the size of the text.
var widths = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
}

// Width is how wide a line of text is at a size, in the same unit. It errs on the
// side of more where a character is not in the table.
func Width(s string, size float64) float64 {
	sum := 0
	for _, r := range s {
		switch {
		case r >= ' ' && int(r-' ') < len(widths):
			sum += widths[r-' ']
		case r >= 0x2060 && r <= 0x2069, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x300 && r <= 0x36f:
			// isolates, marks of direction and accents that stand above others take no room
		case r >= 0x2e80:
			sum += 1000
		case r >= 0x1e00 && r < 0x2000, r >= 0xc0 && r < 0x250:
			sum += 722 // a letter with an accent, capital or not
		default:
			sum += 780
		}
	}
	return float64(sum) * size / 1000
}

// Wrap breaks words into at most so many lines, none wider than width. What does not
// fit is cut, with an ellipsis to say so.
func Wrap(s string, size, width float64, most int) (lines []string) {
	line := ""
	words := strings.Fields(s)
	for i, word := range words {
		next := word
		if line != "" {
			next = line + " " + word
		}
		if Width(next, size) <= width {
			line = next
			continue
		}
		if line != "" && len(lines)+1 < most {
			lines = append(lines, line)
			line = cut(word, size, width)
			continue
		}
		return append(lines, cut(strings.TrimSpace(line+" "+strings.Join(words[i:], " ")), size, width))
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cut shortens a line until it fits.
func cut(s string, size, width float64) string {
	if Width(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && Width(string(runes)+"…", size) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}
