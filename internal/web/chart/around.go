package chart

import (
	"math"
	"strconv"
)

// MostAround is how many places a picture of a circle has.
const MostAround = 12

// How near a place in a circle is to the person.
const (
	Near  = iota // family, and who acts for them
	Known        // somebody by name
	Body         // a team or an organisation
)

// A Place is somebody around the person. What tells them is their number, which the
// list beside the picture repeats with the name: no name fits a telephone twelve times.
type Place struct {
	Ring  int  // Near, Known or Body
	First bool // whom to ask first
}

// An Around is one figure: a person, and those around them, nearer and further out.
type Around struct {
	ID     string
	Title  string // the finding, in a sentence
	Desc   string // what a reader would see, in a few more
	Name   string // of the person, in the middle
	Places []Place
	More   string // said below when there are more than MostAround
}

// The measures of the picture of a circle.
const (
	middle = wide / 2
	person = 44.0 // the radius of the disc in the middle
	place  = 17.0 // and of each round place around it
	square = 14.0 // half a side of each square one
)

// rings are how far out the places are, and where the first of each stands, in degrees
// from the top, so that a few do not stand in one line.
var rings = [...]struct{ out, from float64 }{Near: {70, 0}, Known: {110, 130}, Body: {152, 250}}

// SVG draws the circle. It draws the first MostAround places, so those of one ring, and
// of one sort in it, stand together when they come together.
func (c Around) SVG() string {
	f := frame{}
	tall := wide
	more := Wrap(c.More, size, wide-2*margin, 2)
	if len(c.Places) <= MostAround {
		more = nil
	}
	tall += float64(len(more)) * high
	f.b.WriteString(`<svg class="one-chart one-around" role="img" direction="ltr" viewBox="0 0 340 ` + coord(tall) + `" aria-labelledby="` + escape(c.ID) + `-title ` + escape(c.ID) + `-desc">`)
	f.b.WriteString(`<title id="` + escape(c.ID) + `-title">` + escape(c.Title) + `</title>`)
	f.b.WriteString(`<desc id="` + escape(c.ID) + `-desc">` + escape(c.Desc) + `</desc>`)
	drawn := c.Places[:min(len(c.Places), MostAround)]
	count := [len(rings)]int{}
	for _, p := range drawn {
		count[p.Ring]++
	}
	for ring, n := range count {
		if n > 0 {
			f.round("one-chart__grid", middle, middle, rings[ring].out)
		}
	}
	done := [len(rings)]int{}
	for i, p := range drawn {
		turn := rings[p.Ring].from + 360*float64(done[p.Ring])/float64(count[p.Ring])
		done[p.Ring]++
		sin, cos := math.Sincos(turn * math.Pi / 180)
		f.seat(p, middle+rings[p.Ring].out*sin, middle-rings[p.Ring].out*cos, i+1)
	}
	f.round("one-around__person", middle, middle, person)
	lines := Wrap(c.Name, size, 70, 2)
	for i, l := range lines {
		f.text(middle, middle+6+high*(float64(i)-float64(len(lines)-1)/2), "middle", "", l)
	}
	for i, l := range more {
		f.text(middle, wide+float64(i+1)*high-6, "middle", "", l)
	}
	f.b.WriteString(`</svg>`)
	return f.b.String()
}

// seat draws one place: round for a human being, square for a team or an
// organisation, and with a thick line around whom to ask first.
func (f *frame) seat(p Place, x, y float64, n int) {
	class := [...]string{Near: "one-around__near", Known: "one-around__known", Body: "one-around__body"}[p.Ring]
	if p.First {
		class += " one-around__first"
	}
	if p.Ring == Body {
		f.b.WriteString(`<rect class="` + class + `" x="` + coord(x-square) + `" y="` + coord(y-square) + `" width="` + coord(2*square) + `" height="` + coord(2*square) + `" rx="3"/>`)
	} else {
		f.round(class, x, y, place)
	}
	f.text(x, y+6, "middle", "", strconv.Itoa(n))
}

func (f *frame) round(class string, x, y, r float64) {
	f.b.WriteString(`<circle class="` + class + `" cx="` + coord(x) + `" cy="` + coord(y) + `" r="` + coord(r) + `"/>`)
}
