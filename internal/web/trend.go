package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/text"
	"onestory/internal/web/chart"
)

// This file makes pictures of results that are one thing over time.

// A reading is one number that a result gives, with its unit.
type reading struct {
	Name  string  // of its part, as the source has it, or the id of a message; "" where there is one
	Unit  string  // as people write it
	Text  string  // the digits as the source wrote them
	Value float64 // for drawing alone
	Low   string  // what is usual, in the same unit: digits, or ""
	High  string
}

// readings are the exact numbers of an Observation, its own or those of its parts.
func readings(d *fhir.Doc) (all []reading) {
	if r, ok := readingOf(d.Root(), ""); ok {
		return []reading{r}
	}
	for c := range d.At("component") {
		name := concept(c.Get("code"))
		for code := range c.Get("code").Codes("coding") {
			switch code.Code {
			case "8480-6", "271649006":
				name = "web.pressure.upper"
			case "8462-4", "271650006":
				name = "web.pressure.lower"
			}
		}
		if r, ok := readingOf(c, name); ok {
			all = append(all, r)
		}
	}
	return all
}

// readingOf reads a quantity. What is only more or less than a number has no place
// on a picture.
func readingOf(v fhir.Value, name string) (reading, bool) {
	q := v.Get("valueQuantity")
	digits := brief(q.Get("value").Literal())
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.Abs(n) > 1e9 || q.Get("comparator").Exists() {
		return reading{}, false
	}
	r := reading{Name: name, Unit: unitOf(q), Text: digits, Value: n}
	for usual := range v.Get("referenceRange").Elems() {
		low, high := usual.Get("low"), usual.Get("high")
		if sameUnit(low, r.Unit) && sameUnit(high, r.Unit) {
			r.Low, r.High = brief(low.Get("value").Literal()), brief(high.Get("value").Literal())
		}
		break // the others are for other people
	}
	return r, true
}

// sameUnit reports whether a bound is in a unit, or in none of its own.
func sameUnit(q fhir.Value, unit string) bool {
	u := unitOf(q)
	return u == "" || u == unit
}

// A figure is one picture, with the sentence that it shows.
type figure struct {
	ID, Finding, SVG string
}

// figures draws results that are one thing over time: one picture for each unit, and
// for two parts of one unit, as of blood pressure, one of both. Those with fewer than
// two values have none.
func (a *ask) figures(all []fact) (figures []figure) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b fact) int { return cmp.Compare(low(a.On), low(b.On)) })
	type key struct{ name, unit string }
	series := map[key][]shot{}
	var order []key
	for _, f := range all {
		if low(f.On) == 0 || f.Over {
			continue
		}
		for _, r := range f.Read {
			k := key{r.Name, r.Unit}
			said := series[k]
			if said == nil {
				order = append(order, k)
			}
			if n := len(said); n > 0 && said[n-1].fact.On == f.On && said[n-1].Text == r.Text {
				continue // two sources tell of one measurement
			}
			series[k] = append(said, shot{f, r})
		}
	}
	order = slices.DeleteFunc(order, func(k key) bool { return len(series[k]) < 2 })
	for len(order) > 0 {
		lines := [][]shot{series[order[0]]}
		if len(order) == 2 && order[0].unit == order[1].unit {
			lines = append(lines, series[order[1]])
		}
		order = order[len(lines):]
		figures = append(figures, a.figure("picture-"+lines[0][0].fact.ID+"-"+strconv.Itoa(len(figures)+1), lines))
	}
	return figures
}

// latestFigures are pictures of at most so many kinds of result, those measured last
// first.
func (a *ask) latestFigures(all []fact, most int) (figures []figure) {
	series := map[string][]fact{}
	for _, f := range all {
		if f.Series != "" && len(f.Read) > 0 {
			series[f.Series] = append(series[f.Series], f)
		}
	}
	for _, f := range latest(all) {
		if len(series[f.Series]) < 3 || len(figures) >= most {
			continue
		}
		if some := a.figures(series[f.Series]); len(some) > 0 {
			figures = append(figures, some[0])
		}
	}
	return figures
}

// A shot is one reading of one result.
type shot struct {
	fact fact
	reading
}

func (a *ask) figure(id string, lines [][]shot) figure {
	t := chart.Trend{ID: id, Unit: lines[0][0].Unit, Title: a.finding(lines), Desc: a.spread(lines)}
	for _, l := range lines {
		line := chart.Line{}
		if len(lines) > 1 {
			line.Name = a.say(l[0].Name) // what is no message stays as it is
		}
		for _, s := range l {
			line.Points = append(line.Points, chart.Point{At: int64(low(s.fact.On)), Value: s.Value, Text: s.Text, When: a.short2(s.fact.On)})
		}
		t.Lines = append(t.Lines, line)
	}
	if len(lines) == 1 {
		t.Band = a.usualBand(lines[0])
	}
	return figure{id, t.Title, t.SVG()}
}

// finding says in words what a picture shows: the last, and how it compares with the
// one before and with what is usual.
func (a *ask) finding(lines [][]shot) string {
	l := lines[0]
	last, before := l[len(l)-1], l[len(l)-2]
	what, on := alone(a.title(last.fact)), a.day(last.fact.On)
	if len(lines) > 1 {
		return a.say("web.chart.two", "What", what, "Last", alone(last.fact.Result), "Date", on, "Before", alone(before.fact.Result))
	}
	id := "web.chart.same"
	switch {
	case last.Value > before.Value:
		id = "web.chart.higher"
	case last.Value < before.Value:
		id = "web.chart.lower"
	}
	said := a.say(id, "What", what, "Last", alone(withUnit(last.Text, last.Unit)), "Date", on)
	switch bound := func(s string) (float64, bool) { n, err := strconv.ParseFloat(s, 64); return n, err == nil }; {
	case last.Low == "" && last.High == "":
	default:
		least, hasLeast := bound(last.Low)
		top, hasTop := bound(last.High)
		switch {
		case hasTop && last.Value > top:
			said += " " + a.say("web.chart.above")
		case hasLeast && last.Value < least:
			said += " " + a.say("web.chart.below")
		default:
			said += " " + a.say("web.chart.within")
		}
	}
	return said
}

// spread says how many results there are, and between which values.
func (a *ask) spread(lines [][]shot) string {
	l := lines[0]
	said := a.N("web.chart.count", len(l), values("From", a.day(l[0].fact.On), "To", a.day(l[len(l)-1].fact.On)))
	for _, l := range lines {
		least, most := l[0], l[0]
		for _, s := range l {
			if s.Value < least.Value {
				least = s
			}
			if s.Value > most.Value {
				most = s
			}
		}
		said += " " + a.say("web.chart.spread", "Low", alone(withUnit(least.Text, least.Unit)), "High", alone(withUnit(most.Text, most.Unit)))
	}
	return said
}

// usualBand is what is usual, when all who gave it agree.
func (a *ask) usualBand(all []shot) *chart.Band {
	least, top := "", ""
	for _, s := range all {
		if s.Low == "" && s.High == "" {
			continue
		}
		if (least != "" || top != "") && (least != s.Low || top != s.High) {
			return nil // laboratories differ: the table has what each said
		}
		least, top = s.Low, s.High
	}
	b := &chart.Band{}
	for _, end := range []struct {
		digits string
		to     **float64
	}{{least, &b.Low}, {top, &b.High}} {
		if n, err := strconv.ParseFloat(end.digits, 64); err == nil && math.Abs(n) <= 1e9 {
			*end.to = &n
		}
	}
	switch {
	case b.Low != nil && b.High != nil:
		b.Words = a.say("web.usual.between", "Low", least, "High", top)
	case b.Low != nil:
		b.Words = a.say("web.usual.from", "Low", least)
	case b.High != nil:
		b.Words = a.say("web.usual.to", "High", top)
	default:
		return nil
	}
	b.Words = a.say("web.chart.band", "Range", b.Words)
	return b
}

// short2 is a date in two short lines, for where there is little room.
func (a *ask) short2(date string) []string {
	d, err := person.ParseDate(date)
	if at := low(date); len(date) > 10 && at != 0 {
		d.Year, d.Month, d.Day = text.Day(at)
	} else if err != nil {
		return nil
	}
	year := strconv.Itoa(d.Year)
	if d.Month == 0 {
		return []string{year}
	}
	month := a.say("web.month." + strconv.Itoa(d.Month))
	if d.Day != 0 {
		month = strconv.Itoa(d.Day) + " " + month
	}
	return []string{month, year}
}

func withUnit(digits, unit string) string {
	switch unit {
	case "":
		return digits
	case "%":
		return digits + unit
	}
	return digits + " " + unit
}
