package chart

import (
	"encoding/xml"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// A disc is where a place is drawn, as the circle that holds it.
type disc struct{ x, y, r float64 }

// discs reads the places of a picture back, the one in the middle among them.
func discs(t *testing.T, svg string) (all []disc) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err != nil {
			return all
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]float64{}
		class := ""
		for _, a := range e.Attr {
			at[a.Name.Local], _ = strconv.ParseFloat(a.Value, 64)
			if a.Name.Local == "class" {
				class = a.Value
			}
		}
		switch {
		case class == "one-chart__grid":
		case e.Name.Local == "circle":
			all = append(all, disc{at["cx"], at["cy"], at["r"]})
		case e.Name.Local == "rect":
			all = append(all, disc{at["x"] + at["width"]/2, at["y"] + at["height"]/2, at["width"] / math.Sqrt2})
		}
	}
}

func someAround(r *rand.Rand, n int, name, more string) Around {
	c := Around{ID: "a", Title: "t", Desc: "d", Name: name, More: more}
	for range n {
		c.Places = append(c.Places, Place{Ring: r.IntN(3), First: r.IntN(4) == 0})
	}
	return c
}

func TestNobodyInTheCircleStandsOnAnother(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"Me", "Amina Yusuf", "Wolfeschlegelsteinhausenbergerdorff", "[Åɱîñå Ýûšûƒ one two three four]", "أمينة يوسف عبد الرحمن", ""}
	for i := range 2000 {
		n := r.IntN(40)
		c := someAround(r, n, names[r.IntN(len(names))], "and "+strconv.Itoa(n)+" more, in words that may be long in another language than this")
		svg := c.SVG()
		what := fmt.Sprint("circle ", i)
		holds(t, what, svg)
		all := discs(t, svg)
		if want := min(n, MostAround) + 1; len(all) != want {
			t.Fatalf("%s: %d are drawn, not %d", what, len(all), want)
		}
		for k, a := range all {
			if min(a.x, a.y, wide-a.x, wide-a.y) < 16 {
				t.Errorf("%s: a place leaves the picture: %v", what, a)
			}
			for _, b := range all[k+1:] {
				if math.Hypot(a.x-b.x, a.y-b.y) < a.r+b.r+1 {
					t.Errorf("%s: two places touch: %v and %v", what, a, b)
				}
			}
		}
		if t.Failed() {
			t.Log(svg)
			return
		}
	}
}

func TestACircleSaysWhatTheListSays(t *testing.T) {
	t.Parallel()
	c := Around{
		ID: "a", Title: "3 people & teams", Desc: "Family is nearest.", Name: "<b>Amina</b>",
		Places: []Place{{Ring: Near}, {Ring: Known, First: true}, {Ring: Body}}, More: "and 1 more",
	}
	svg := c.SVG()
	for _, want := range []string{
		`role="img"`, `aria-labelledby="a-title a-desc"`, `<title id="a-title">3 people &amp; teams</title>`,
		`>1</text>`, `>2</text>`, `>3</text>`, `class="one-around__known one-around__first"`, `<rect class="one-around__body"`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if strings.Contains(svg, "more") || strings.Contains(svg, "style=") || strings.Contains(svg, "<b>") {
		t.Errorf("more than there are, a style of its own or markup in\n%s", svg)
	}
	for range 11 {
		c.Places = append(c.Places, Place{Ring: Body})
	}
	if svg := c.SVG(); !strings.Contains(svg, ">12</text>") || strings.Contains(svg, ">13</text>") || !strings.Contains(svg, ">and 1 more</text>") {
		t.Errorf("of 14, 12 and a word are drawn:\n%s", svg)
	}
}
