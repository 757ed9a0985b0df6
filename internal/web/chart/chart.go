// Package chart draws figures: pure functions from data to SVG.
//
// It promises that the same data give the same bytes; that every text lies inside
// the picture, stands level and overlaps no other, at 18 units in a picture 340 wide,
// so that it can be read on a telephone; that colour alone never tells anything; and
// that whatever stands in the data is escaped. Looks come from classes of the style
// sheet, never from the picture itself. A figure is one image to those who hear it:
// its title says the finding, and the page beside it has the numbers in a table.
//
// It knows of no record and no person: it draws what it is given, which must be what
// the reader may see. It owns no tables.
package chart

import (
	"cmp"
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Point is one value at one moment.
type Point struct {
	At    int64    // for the order and the distance: any unit, the same for all
	Value float64  // what is drawn
	Text  string   // and as it is written, such as 53
	When  []string // its date in one or two short lines, such as 3 Nov over 2026
}

// A Line is values of one thing over time, the first first.
type Line struct {
	Name   string // said beside it where there are two lines; "" for one
	Points []Point
}

// A Band is what is usual, or aimed for. One end may be open.
type Band struct {
	Low, High *float64
	Words     string // such as Usual: 20 to 41
}

// A Trend is one figure: values of one unit over time.
type Trend struct {
	ID    string // unique on the page; its title and description get their ids from it
	Title string // the finding, in a sentence
	Desc  string // what a reader would see, in a few more
	Unit  string // of all values; "" when they have none
	Lines []Line // one, or two of the same unit; not empty, and no line is
	Band  *Band  // nil when nobody said
}

// The measures of a trend, in units of the picture.
const (
	wide   = 340.0
	size   = 18.0 // of all text
	high   = 22.0 // of a line of text
	plot   = 150.0
	margin = 4.0
)

// frame is where things go in one trend.
type frame struct {
	Trend
	left, right, top, bottom float64 // of the plot
	from, to                 int64
	low, high                float64 // the values at bottom and top
	b                        strings.Builder
}

// SVG draws the trend.
func (t Trend) SVG() string {
	f := frame{Trend: t}
	ticks := f.scale()
	widest := 0.0
	for _, v := range ticks {
		widest = max(widest, Width(number(v), size))
	}
	f.left = widest + 14
	notes := f.ends()
	side := 0.0
	for _, n := range notes {
		for _, l := range n.lines {
			side = max(side, Width(l, size)*bold)
		}
	}
	f.right = wide - side - 12
	header := f.header()
	f.top = float64(len(header))*high + 16
	f.bottom = f.top + plot
	f.place(notes)
	tall := f.bottom + 8 + 2*high

	f.open(tall)
	f.band()
	for _, v := range ticks {
		y := f.y(v)
		f.b.WriteString(`<path class="one-chart__grid" d="M` + coord(f.left) + ` ` + coord(y) + `H` + coord(f.right) + `"/>`)
		f.text(f.left-8, y+6, "end", "", number(v))
	}
	for i, l := range header {
		if l.swatch {
			f.b.WriteString(`<rect class="one-chart__band" x="2" y="` + coord(float64(i)*high+5) + `" width="20" height="14"/>`)
			f.text(30, float64(i+1)*high-4, "", "", l.text)
		} else {
			f.text(l.indent, float64(i+1)*high-4, "", "", l.text)
		}
	}
	for i, l := range t.Lines {
		f.line(i, l)
	}
	for _, n := range notes {
		for i, l := range n.lines {
			f.text(f.right+12, n.y+float64(i)*high, "", "one-chart__last", l)
		}
	}
	f.dates()
	f.b.WriteString(`</svg>`)
	return f.b.String()
}

// open begins the picture: one image, whose title is the finding.
func (f *frame) open(tall float64) {
	f.b.WriteString(`<svg class="one-chart" role="img" direction="ltr" viewBox="0 0 340 ` + coord(tall) + `" aria-labelledby="` + escape(f.ID) + `-title ` + escape(f.ID) + `-desc">`)
	f.b.WriteString(`<title id="` + escape(f.ID) + `-title">` + escape(f.Title) + `</title>`)
	f.b.WriteString(`<desc id="` + escape(f.ID) + `-desc">` + escape(f.Desc) + `</desc>`)
}

// bold is how much wider bold text is, at most.
const bold = 1.1

// A headline is one line above the plot.
type headline struct {
	text   string
	swatch bool    // the band's own pattern stands before it
	indent float64 // where it begins, without a swatch
}

// header says the unit, and the band in words beside its pattern.
func (f *frame) header() (all []headline) {
	for _, l := range Wrap(f.Unit, size, wide-2*margin, 2) {
		all = append(all, headline{text: l, indent: 2})
	}
	if f.Band != nil {
		for i, l := range Wrap(f.Band.Words, size, wide-30-margin, 3) {
			all = append(all, headline{l, i == 0, 30})
		}
	}
	return all
}

// scale chooses what the plot reaches from and to, and the values marked at its side:
// two to five round ones.
func (f *frame) scale() (ticks []float64) {
	f.from, f.to = math.MaxInt64, math.MinInt64
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range f.Lines {
		for _, p := range l.Points {
			f.from, f.to = min(f.from, p.At), max(f.to, p.At)
			low, high = min(low, p.Value), max(high, p.Value)
		}
	}
	if b := f.Band; b != nil { // a band far from all values is not worth squeezing them
		reach := max(high-low, math.Abs(high)/4)
		for _, end := range []*float64{b.Low, b.High} {
			if end != nil && *end > low-2*reach && *end < high+2*reach {
				low, high = min(low, *end), max(high, *end)
			}
		}
	}
	if high == low {
		spread := max(math.Abs(high)/10, 1)
		low, high = low-spread, high+spread
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/2)))
	for _, more := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*more) <= 4.5 {
			step *= more
			break
		}
	}
	room := (high - low) / 12
	f.low, f.high = low-room, high+room
	for n := math.Ceil(f.low / step); n*step <= f.high; n++ {
		ticks = append(ticks, n*step)
	}
	return ticks
}

func (f *frame) x(at int64) float64 {
	first, last := f.left+8, f.right-8
	if f.to == f.from {
		return (first + last) / 2
	}
	return first + (last-first)*float64(at-f.from)/float64(f.to-f.from)
}

func (f *frame) y(v float64) float64 {
	return f.bottom - (f.bottom-f.top)*(v-f.low)/(f.high-f.low)
}

// A note stands beside the end of a line.
type note struct {
	at    float64 // the value it belongs to
	y     float64 // of its first line of text
	lines []string
}

// ends are the last values, each with the name of its line where there are two.
func (f *frame) ends() (all []note) {
	for _, l := range f.Lines {
		last := l.Points[len(l.Points)-1]
		n := note{at: last.Value}
		if l.Name != "" {
			n.lines = Wrap(l.Name, size, 84/bold, 1)
		}
		n.lines = append(n.lines, Wrap(last.Text, size, 84/bold, 1)...)
		all = append(all, n)
	}
	return all
}

// place puts the notes level with the ends of their lines, apart from one another.
func (f *frame) place(notes []note) {
	slices.SortStableFunc(notes, func(a, b note) int { return int(min(max((b.at-a.at)*1e9, -1), 1)) })
	next := f.top - 8
	for i := range notes {
		n := &notes[i]
		tall := float64(len(n.lines)) * high
		n.y = max(f.y(n.at)-tall/2, next)
		next = n.y + tall
	}
	for i, floor := len(notes)-1, f.bottom+4; i >= 0; i-- {
		tall := float64(len(notes[i].lines)) * high
		notes[i].y = min(notes[i].y, floor-tall)
		floor = notes[i].y
	}
	for i := range notes {
		notes[i].y += size - 2 // from the top of the text to the line it stands on
	}
}

// band draws what is usual, with an outline, so that it does not hang on colour.
func (f *frame) band() {
	if f.Band == nil {
		return
	}
	top, bottom := f.top, f.bottom
	if f.Band.High != nil {
		top = f.y(min(max(*f.Band.High, f.low), f.high))
	}
	if f.Band.Low != nil {
		bottom = f.y(min(max(*f.Band.Low, f.low), f.high))
	}
	if bottom-top < 1 {
		return // all of it lies outside
	}
	f.b.WriteString(`<rect class="one-chart__band" x="` + coord(f.left) + `" y="` + coord(top) + `" width="` + coord(f.right-f.left) + `" height="` + coord(bottom-top) + `"/>`)
}

// most is how many points have a mark each; of more, only the last has.
const most = 40

// line draws one line: the first whole with round marks, the second in dashes with
// square ones.
func (f *frame) line(i int, l Line) {
	var d strings.Builder
	for n, p := range l.Points {
		d.WriteString(map[bool]string{true: "M", false: "L"}[n == 0] + coord(f.x(p.At)) + " " + coord(f.y(p.Value)))
	}
	f.b.WriteString(`<path class="` + lineClass(i) + `" d="` + d.String() + `"/>`)
	for n, p := range l.Points {
		last := n == len(l.Points)-1
		if !last && len(l.Points) > most {
			continue
		}
		r := 3.5
		if last {
			r = 6
		}
		f.mark(i, f.x(p.At), f.y(p.Value), r)
	}
}

func lineClass(i int) string {
	if i > 0 {
		return "one-chart__line one-chart__line--second"
	}
	return "one-chart__line"
}

// mark draws the mark of one line: round for the first, square for the second.
func (f *frame) mark(i int, x, y, r float64) {
	if i == 0 {
		f.b.WriteString(`<circle class="one-chart__mark" cx="` + coord(x) + `" cy="` + coord(y) + `" r="` + coord(r) + `"/>`)
		return
	}
	f.b.WriteString(`<rect class="one-chart__mark" x="` + coord(x-r) + `" y="` + coord(y-r) + `" width="` + coord(2*r) + `" height="` + coord(2*r) + `"/>`)
}

// dates are the first, the last and, where there is room, one about the middle.
func (f *frame) dates() {
	var points []Point
	for _, l := range f.Lines {
		points = append(points, l.Points...)
	}
	slices.SortStableFunc(points, func(a, b Point) int { return cmp.Compare(a.At, b.At) })
	first, last := points[0], points[len(points)-1]
	widthOf := func(p Point) (w float64) {
		for _, l := range p.When {
			w = max(w, Width(l, size))
		}
		return w
	}
	put := func(p Point, x, room float64, anchor string) {
		for i, l := range p.When[:min(len(p.When), 2)] {
			f.text(x, f.bottom+8+float64(i+1)*high-6, anchor, "", cut(l, size, room))
		}
	}
	if first.At == last.At {
		w := min(widthOf(last), wide-2*margin)
		put(last, min(max(f.x(last.At), w/2+margin), wide-w/2-margin), w, "middle")
		return
	}
	room := (wide-2*margin)/2 - 6
	start, end := min(widthOf(first), room), min(widthOf(last), room)
	// Each stands under its point, as far as the picture and the other let it.
	at := min(max(f.x(first.At)-start/2, margin), wide-margin-end-12-start)
	edge := min(max(f.x(last.At)+end/2, at+start+12+end), wide-margin)
	put(first, at+start/2, room, "middle")
	put(last, edge-end/2, room, "middle")

	middle := points[0]
	half := f.from + (f.to-f.from)/2
	for _, p := range points {
		if max(p.At-half, half-p.At) < max(middle.At-half, half-middle.At) {
			middle = p
		}
	}
	w, x := widthOf(middle), f.x(middle.At)
	if x-w/2 > at+start+10 && x+w/2 < edge-end-10 {
		put(middle, x, w, "middle")
	}
}

func (f *frame) text(x, y float64, anchor, class, words string) {
	f.b.WriteString(`<text x="` + coord(x) + `" y="` + coord(y) + `"`)
	if anchor != "" {
		f.b.WriteString(` text-anchor="` + anchor + `"`)
	}
	if class != "" {
		f.b.WriteString(` class="` + class + `"`)
	}
	f.b.WriteString(`>` + escape(words) + `</text>`)
}

// coord is a coordinate with at most one decimal.
func coord(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64) // + 0: never -0
}

// number is a round value at the side.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e6)/1e6+0, 'f', -1, 64)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
