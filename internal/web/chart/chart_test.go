package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A box is where a text is, as far as can be told without a browser.
type box struct {
	words                    string
	left, top, right, bottom float64
}

// boxes reads a picture back and returns its size and where its texts are.
func boxes(t *testing.T, svg string) (tall float64, all []box) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("%q is no number in %s", s, svg)
		}
		return f
	}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return tall, all
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range e.Attr {
			at[a.Name.Local] = a.Value
		}
		switch e.Name.Local {
		case "svg":
			tall = number(strings.Fields(at["viewBox"])[3])
		case "text":
			var words string
			if err := d.DecodeElement(&words, &e); err != nil {
				t.Fatal(err)
			}
			w, x, y := Width(words, size), number(at["x"]), number(at["y"])
			if at["class"] == "one-chart__last" {
				w *= bold
			}
			switch at["text-anchor"] {
			case "end":
				x -= w
			case "middle":
				x -= w / 2
			}
			all = append(all, box{words, x, y - size*0.75, x + w, y + size*0.2})
		}
	}
}

// holds fails unless every text is inside the picture and overlaps no other.
func holds(t *testing.T, what, svg string) {
	t.Helper()
	tall, all := boxes(t, svg)
	for i, a := range all {
		if a.left < -0.5 || a.right > wide+0.5 || a.top < 0 || a.bottom > tall {
			t.Errorf("%s: %q lies outside: %+v of %v\n%s", what, a.words, a, tall, svg)
		}
		for _, b := range all[:i] {
			if a.left < b.right-0.5 && b.left < a.right-0.5 && a.top < b.bottom-0.5 && b.top < a.bottom-0.5 {
				t.Errorf("%s: %q overlaps %q\n%s", what, a.words, b.words, svg)
			}
		}
	}
}

func at(day int64, value float64, text string) Point {
	return Point{At: day, Value: value, Text: text, When: []string{fmt.Sprintf("%d Nov", day%30+1), strconv.FormatInt(2020+day/365, 10)}}
}

func end(v float64) *float64 { return &v }

func sugar() Trend {
	return Trend{
		ID: "a", Title: "Blood sugar is lower than last time", Desc: "3 results.", Unit: "mmol/mol",
		Lines: []Line{{Points: []Point{at(0, 62, "62"), at(300, 58, "58"), at(800, 53, "53")}}},
		Band:  &Band{end(20), end(41), "Usual: 20 to 41"},
	}
}

func TestATrendSaysWhatItShows(t *testing.T) {
	t.Parallel()
	svg := sugar().SVG()
	for what, want := range map[string]string{
		"it is one image":                     `role="img"`,
		"its title is the finding":            `<title id="a-title">Blood sugar is lower than last time</title>`,
		"and has its name from it":            `aria-labelledby="a-title a-desc"`,
		"it is 340 wide":                      `viewBox="0 0 340 `,
		"the last value is written":           `class="one-chart__last">53</text>`,
		"the unit is written":                 `>mmol/mol</text>`,
		"the band is said in words":           `>Usual: 20 to 41</text>`,
		"the first date is written":           `>1 Nov</text>`,
		"the numbers do not turn with a page": `direction="ltr"`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s: no %s in\n%s", what, want, svg)
		}
	}
	if strings.Contains(svg, "style=") || strings.Contains(svg, "rotate") {
		t.Error("a style of its own, or text that is turned")
	}
	if svg != sugar().SVG() {
		t.Error("the same data give another picture")
	}
	if m := regexp.MustCompile(`\d\.\d\d`).FindString(regexp.MustCompile(`>[^<]*<`).ReplaceAllString(svg, "><")); m != "" {
		t.Errorf("a coordinate with more than one decimal: %s", m)
	}
}

func TestTwoLinesAreToldApartWithoutColour(t *testing.T) {
	t.Parallel()
	two := Trend{
		ID: "b", Title: "Blood pressure", Unit: "mmHg",
		Lines: []Line{
			{"Upper", []Point{at(0, 150, "150"), at(90, 132, "132")}},
			{"Lower", []Point{at(0, 90, "90"), at(90, 78, "78")}},
		},
	}
	svg := two.SVG()
	for _, want := range []string{">Upper</text>", ">Lower</text>", ">132</text>", ">78</text>", "one-chart__line--second", "<circle", "<rect class=\"one-chart__mark\""} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	holds(t, "two lines", svg)
	two.Lines[1].Points[1].Value = 131.9
	holds(t, "two lines that meet", two.SVG())
}

func TestWhatStandsInTheDataIsEscaped(t *testing.T) {
	t.Parallel()
	evil := `"><script>alert(1)</script>&`
	x := sugar()
	x.Title, x.Desc, x.Unit, x.Band.Words, x.Lines[0].Points[2].Text = evil, evil, evil, evil, evil
	x.Lines[0].Points[0].When = []string{evil}
	svg := x.SVG()
	if strings.Contains(svg, "<script") {
		t.Error(svg)
	}
	boxes(t, svg)
}

func TestNothingLeavesThePictureOrOverlaps(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"mmol/L", "mL/min/1.73m²", "beats/min", "", "[Ûšûåļ öñé ţŵö ţĥŕéé] a very long unit that nobody expects to meet", "Donaudampfschifffahrtsgesellschaft", "١٢٣ مليمول"}
	any := func() string { return words[r.IntN(len(words))] }
	for n := range 3000 {
		x := Trend{ID: "x", Title: "t", Desc: "d", Unit: any()}
		scale := []float64{0.01, 1, 100, 1e6}[r.IntN(4)]
		for range 1 + r.IntN(2) {
			l := Line{Name: any()}
			day := int64(r.IntN(50))
			for range 1 + r.IntN(60) {
				v := (r.Float64() - 0.2) * scale
				p := at(day, v, strconv.FormatFloat(v, 'f', r.IntN(4), 64))
				if r.IntN(30) == 0 {
					p.When = []string{any(), any()}
				}
				l.Points = append(l.Points, p)
				day += int64(r.IntN(400))
			}
			x.Lines = append(x.Lines, l)
		}
		if r.IntN(2) == 0 {
			x.Band = &Band{Words: "Usual: " + any()}
			if low := (r.Float64() - 0.5) * scale; r.IntN(3) > 0 {
				x.Band.Low = &low
			}
			if high := r.Float64() * 3 * scale; r.IntN(3) > 0 {
				x.Band.High = &high
			}
		}
		holds(t, fmt.Sprint("figure ", n), x.SVG())
		if t.Failed() {
			return
		}
	}
}

func TestLongWordsAreWrappedOrCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words string
		most  int
		want  string
	}{
		{"short", 2, "short"},
		{"one two three four", 2, "one two|three f…"},
		{"one two three", 3, "one two|three"},
		{"Donaudampfschifffahrt", 2, "Donau…"},
	} {
		if got := strings.Join(Wrap(c.words, size, 75, c.most), "|"); got != c.want {
			t.Errorf("%q becomes %q, not %q", c.words, got, c.want)
		}
	}
}
