package chart

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

var going = []string{"Very badly", "Badly", "So-so", "Well", "Very well"}

func TestACourseNamesItsStepsAndWhoSaidSo(t *testing.T) {
	t.Parallel()
	c := Course{ID: "c", Title: "From badly to well", Desc: "3 times.", Steps: going, Lines: []Line{
		{"Amina Yusuf", []Point{at(0, 2, "Badly"), at(60, 4, "Well")}},
		{"Others", []Point{at(20, 3, "So-so")}},
	}}
	svg := c.SVG()
	for _, want := range append([]string{`role="img"`, `<title id="c-title">From badly to well</title>`, "Amina Yusuf", "Others", "one-chart__line--second", "1 Nov"}, going...) {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if n := strings.Count(svg, `class="one-face"`); n != 5 {
		t.Errorf("%d faces, not one for each step", n)
	}
	if svg != c.SVG() {
		t.Error("the same data give another picture")
	}
	holds(t, "two tell of it", svg)
	c.Lines = c.Lines[1:]
	holds(t, "one moment", c.SVG())
}

func TestEachMarkIsLevelWithTheNameOfItsStep(t *testing.T) {
	t.Parallel()
	for n := range going {
		svg := Course{ID: "c", Steps: going, Lines: []Line{{"", []Point{at(0, float64(n+1), "")}}}}.SVG()
		_, all := boxes(t, svg)
		for _, b := range all {
			if b.words == going[n] {
				_, rest, _ := strings.Cut(svg, `class="one-chart__mark" cx="`)
				_, rest, _ = strings.Cut(rest, `cy="`)
				y, _, _ := strings.Cut(rest, `"`)
				if cy, err := strconv.ParseFloat(y, 64); err != nil || cy < b.top || cy > b.bottom {
					t.Errorf("the mark of %q is at %s, its name from %v to %v", going[n], y, b.top, b.bottom)
				}
			}
		}
	}
}

func TestNothingLeavesACourseOrOverlaps(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"Well", "[Ṽéŕý ƀåðļý öñé ţŵö]", "Donaudampfschifffahrtsgesellschaft", "سيئ جدا والله", "", "A very long name of somebody that nobody expects to meet", `"><script>&`}
	for n := range 1000 {
		c := Course{ID: "x", Title: "t", Desc: "d"}
		for range 2 + r.IntN(5) {
			c.Steps = append(c.Steps, words[r.IntN(len(words))])
		}
		for range 1 + r.IntN(2) {
			l, day := Line{Name: words[r.IntN(len(words))]}, int64(r.IntN(50))
			for range 1 + r.IntN(60) {
				l.Points = append(l.Points, at(day, float64(1+r.IntN(len(c.Steps))), ""))
				day += int64(r.IntN(40))
			}
			c.Lines = append(c.Lines, l)
		}
		svg := c.SVG()
		if strings.Contains(svg, "<script") {
			t.Fatal("what stands in the data is not escaped")
		}
		if holds(t, fmt.Sprint("figure ", n), svg); t.Failed() {
			return
		}
	}
}

func TestFacesStayInsideTheirCircleAndDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"": true}
	for n := range going {
		svg := Face(n + 1)
		if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil || seen[svg] || !strings.Contains(svg, `aria-hidden="true"`) {
			t.Errorf("face %d: %v %s", n+1, err, svg)
		}
		seen[svg] = true
	}
	for _, m := range mouths {
		if m[0] > 0.8 || m[1] > 0.95 || m[0] < 0.1 {
			t.Errorf("a mouth that leaves its face: %v", m)
		}
	}
	for i := 1; i < len(mouths); i++ {
		if bend, less := mouths[i][1]-mouths[i][0], mouths[i-1][1]-mouths[i-1][0]; bend <= less {
			t.Errorf("face %d does not look better than the one before", i+1)
		}
	}
	if Face(0) != "" || Face(6) != "" {
		t.Error("a face that there is not")
	}
}
