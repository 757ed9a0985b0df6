package chart

import "math"

// A Course is one figure: how something went over time, by steps that have names. Of five
// steps each has its face beside its name.
type Course struct {
	ID    string // as of a Trend
	Title string
	Desc  string
	Steps []string // their names, the lowest first
	Lines []Line   // one or two; a Value is a step, from 1. Names are said above the plot
}

// The measures of a course: what a step has room for, and where its name begins.
const (
	step  = 2 * high
	round = 12.0 // of a face
	names = 104.0
)

// SVG draws the course.
func (c Course) SVG() string {
	f := frame{Trend: Trend{ID: c.ID, Title: c.Title, Desc: c.Desc, Lines: c.Lines}}
	f.low, f.high = 0.5, float64(len(c.Steps))+0.5
	begin := 0.0
	if len(c.Steps) == len(mouths) {
		begin = 2*round + 8
	}
	widest := 0.0
	said := make([][]string, len(c.Steps))
	for i, s := range c.Steps {
		said[i] = Wrap(s, size, names, 2)
		for _, l := range said[i] {
			widest = max(widest, Width(l, size))
		}
	}
	f.left, f.right = begin+widest+10, wide-10
	for i, l := range c.Lines {
		if l.Name != "" {
			f.top = float64(i+1) * high
		}
	}
	f.top += 8
	f.bottom = f.top + step*float64(len(c.Steps))
	f.from, f.to = math.MaxInt64, math.MinInt64
	for _, l := range c.Lines {
		for _, p := range l.Points {
			f.from, f.to = min(f.from, p.At), max(f.to, p.At)
		}
	}

	f.open(f.bottom + 8 + 2*high)
	for i, lines := range said {
		y := f.y(float64(i + 1))
		f.b.WriteString(`<path class="one-chart__grid" d="M` + coord(f.left) + ` ` + coord(y) + `H` + coord(f.right) + `"/>`)
		if begin > 0 {
			f.b.WriteString(`<g class="one-face">` + face(round+2, y, round, i+1) + `</g>`)
		}
		for n, l := range lines {
			f.text(begin, y+6+(float64(n)-float64(len(lines)-1)/2)*high, "", "", l)
		}
	}
	for i, l := range c.Lines {
		if l.Name != "" {
			y := float64(i+1)*high - 4
			f.swatch(i, y-6)
			f.text(50, y, "", "", cut(l.Name, size, wide-50-margin))
		}
		f.line(i, l)
	}
	f.dates()
	f.b.WriteString(`</svg>`)
	return f.b.String()
}

// swatch is a piece of a line with its mark, beside its name.
func (f *frame) swatch(i int, y float64) {
	f.b.WriteString(`<path class="` + lineClass(i) + `" d="M4 ` + coord(y) + `H40"/>`)
	f.mark(i, 22, y, 5)
}

// mouths are the mouths of the five faces: how far their corners, and then their middle,
// are pulled down, in parts of the face.
var mouths = [...][2]float64{{0.54, -0.02}, {0.46, 0.2}, {0.38, 0.38}, {0.3, 0.58}, {0.2, 0.84}}

// Face is one of five faces, from 1, the saddest, to 5, for beside its name: by itself it
// says nothing to those who do not see it. Of another number it is nothing.
func Face(n int) string {
	if n < 1 || n > len(mouths) {
		return ""
	}
	return `<svg class="one-face" viewBox="0 0 32 32" aria-hidden="true" focusable="false">` + face(16, 16, 14, n) + `</svg>`
}

// face draws a face of a radius about a middle, as lines alone.
func face(x, y, r float64, n int) string {
	m := mouths[n-1]
	eye := func(side float64) string {
		return `M` + coord(x+side*r*0.34) + ` ` + coord(y-r*0.3) + `v` + coord(r*0.16)
	}
	return `<circle cx="` + coord(x) + `" cy="` + coord(y) + `" r="` + coord(r) + `"/><path d="` + eye(-1) + eye(1) +
		`M` + coord(x-r*0.5) + ` ` + coord(y+r*m[0]) + `Q` + coord(x) + ` ` + coord(y+r*m[1]) + ` ` + coord(x+r*0.5) + ` ` + coord(y+r*m[0]) + `"/>`
}
