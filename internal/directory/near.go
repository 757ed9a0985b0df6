package directory

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"onestory/internal/person"
)

// A Point is somewhere in the area, as a search means it.
type Point struct {
	Lat, Lon float64
	Name     string // how to say it: W3, Acton, Ealing
	Borough  string // in which it lies
	Whole    bool   // the whole borough is meant
}

// places.csv has the outward codes of the area with the middle of each, to about half a
// mile, the borough that has most of it, and what people call places there. They are
// common knowledge, written down for this file; nothing is asked of anybody else.
//
//go:embed data/places.csv
var placesCSV string

// gazetteer is where places are.
type gazetteer struct {
	outward  map[string]Point
	named    map[string]Point // folded
	boroughs []string         // by name
}

var places = sync.OnceValue(func() *gazetteer {
	g := &gazetteer{outward: map[string]Point{}, named: map[string]Point{}}
	type middle struct{ lat, lon, n float64 }
	of := map[string]middle{}
	for l := range strings.Lines(placesCSV) {
		f := strings.Split(strings.TrimSpace(l), ",")
		lat, err := strconv.ParseFloat(f[1], 64)
		lon, err2 := strconv.ParseFloat(f[2], 64)
		if len(f) != 5 || err != nil || err2 != nil {
			panic("directory: a line of places.csv cannot be read: " + l) // tested
		}
		p := Point{Lat: lat, Lon: lon, Name: f[0], Borough: f[3]}
		g.outward[f[0]] = p
		for name := range strings.SplitSeq(f[4], ";") {
			if name != "" {
				p.Name = name
				g.named[person.Fold(name)] = p
			}
		}
		m := of[f[3]]
		of[f[3]] = middle{m.lat + lat, m.lon + lon, m.n + 1}
	}
	for name, m := range of {
		g.boroughs = append(g.boroughs, name)
		p := Point{Lat: m.lat / m.n, Lon: m.lon / m.n, Name: name, Borough: name, Whole: true}
		// A town of its borough's name means the town's surroundings as well.
		g.named[person.Fold(name)] = p
	}
	slices.Sort(g.boroughs)
	for short, long := range map[string]string{
		"hammersmith & fulham": "Hammersmith and Fulham", "h&f": "Hammersmith and Fulham", "rbkc": "Kensington and Chelsea", "kensington & chelsea": "Kensington and Chelsea",
		"city of westminster": "Westminster",
	} {
		g.named[person.Fold(short)] = g.named[person.Fold(long)]
	}
	return g
})

// Boroughs are those of the area, by name.
func Boroughs() []string { return slices.Clone(places().boroughs) }

// ParsePostcode takes a postcode apart as people type it, with or without a blank, in
// capitals or not: "W3 9ZA" is W3 and 9ZA. An outward code alone has no inward part,
// "W3 9" has 9. It answers false for what has not the form of one.
func ParsePostcode(s string) (outward, inward string, ok bool) {
	if len(s) > 40 {
		return "", "", false
	}
	words := strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return r == ' ' || r == '\t' || r == '\u00a0' || r == '-' || r == '.' })
	switch len(words) {
	case 1:
		w := words[0]
		if isOutward(w) {
			return w, "", true
		}
		if n := len(w) - 3; n >= 2 && isOutward(w[:n]) && isInward(w[n:]) {
			return w[:n], w[n:], true
		}
	case 2:
		if isOutward(words[0]) && (isInward(words[1]) || len(words[1]) == 1 && digit(words[1][0])) {
			return words[0], words[1], true
		}
	}
	return "", "", false
}

// isOutward reports whether it has one of the six forms: A9 A99 AA9 AA99 A9A AA9A.
func isOutward(s string) bool {
	n := 0
	for n < len(s) && n < 2 && letter(s[n]) {
		n++
	}
	rest := s[n:]
	if n == 0 || rest == "" || len(rest) > 2 || !digit(rest[0]) {
		return false
	}
	return len(rest) == 1 || digit(rest[1]) || letter(rest[1])
}

// isInward reports whether it is a digit and two letters of those that are used there.
func isInward(s string) bool {
	return len(s) == 3 && digit(s[0]) && letter(s[1]) && letter(s[2]) && !strings.ContainsAny(s[1:], "CIKMOV")
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' }
func digit(b byte) bool  { return b >= '0' && b <= '9' }

// pointOf is where a postcode lies, as near as its outward code says.
func pointOf(outward string) (Point, bool) {
	g := places()
	p, ok := g.outward[outward]
	if !ok && len(outward) > 2 && letter(outward[len(outward)-1]) { // W1T is within W1
		p, ok = g.outward[outward[:len(outward)-1]]
	}
	return p, ok
}

// A Trouble is why a place was not found.
type Trouble string

// The troubles. Each page says it in its own words.
const (
	Found      Trouble = ""
	NotAPlace  Trouble = "unknown" // neither a postcode nor a place that is known here
	OutOfArea  Trouble = "away"    // a postcode, but of nowhere in this area
	Misspelled Trouble = "wrong"   // it begins as a postcode does, and goes on wrongly
)

// Near finds the place that somebody typed. When there is none, part is the piece that
// was not understood, as it was typed.
func Near(typed string) (p Point, part string, t Trouble) {
	if out, in, ok := ParsePostcode(typed); ok {
		if p, ok := pointOf(out); ok {
			if in != "" {
				p.Name = strings.TrimSpace(out + " " + in)
			} else {
				p.Name = out
			}
			return p, "", Found
		}
		return Point{}, out, OutOfArea
	}
	folded := person.Fold(typed)
	g := places()
	if p, ok := g.named[folded]; ok {
		return p, "", Found
	}
	// "Acton, London" and "12 Larkmead Road, Acton": the last piece that is a place.
	var pieces []string
	for piece := range strings.FieldsFuncSeq(typed, func(r rune) bool { return r == ',' || r == '\n' || r == ';' }) {
		pieces = append(pieces, strings.TrimSpace(piece))
	}
	for i := len(pieces) - 1; i >= 0 && len(pieces) > 1; i-- {
		if p, _, t := Near(pieces[i]); t == Found {
			return p, "", Found
		}
	}
	words := strings.Fields(strings.ToUpper(typed))
	if len(words) == 2 && isOutward(words[0]) {
		return Point{}, words[1], Misspelled
	}
	return Point{}, strings.TrimSpace(typed), NotAPlace
}
