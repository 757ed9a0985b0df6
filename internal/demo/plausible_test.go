package demo

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A rule is one thing that would make a clinician laugh, or worse. It says what is
// wrong with a chart.
type rule struct {
	name string
	say  func(c *chart, wrong func(format string, args ...any))

	// spoil makes a chart wrong in this way, if it can: then the rule must say so.
	spoil func(c *chart) bool
}

// usual is how far figures go in people who live at home, by LOINC code.
var usual = map[string][2]float64{
	"8480-6": {78, 200}, "8462-4": {40, 115}, "59261-8": {24, 125}, "62238-1": {15, 125}, "14682-9": {30, 320}, "2823-3": {3.2, 5.9},
	"2951-2": {128, 148}, "718-7": {80, 185}, "29463-7": {5, 165}, "39156-5": {15, 48}, "8302-2": {140, 200}, "14647-2": {2.4, 8.5},
	"14646-4": {0.7, 2.6}, "3016-3": {0.05, 20}, "33762-6": {80, 9000}, "8867-4": {45, 125}, "59408-5": {86, 100}, "19935-6": {60, 700},
	"44261-6": {0, 27}, "6690-2": {3, 15}, "777-3": {120, 480}, "1742-6": {5, 80}, "14933-6": {150, 650}, "2857-1": {0, 40}, "32294-1": {0, 60}, "2276-4": {3, 300},
}

func either(woman bool, a, b string) string {
	if woman {
		return a
	}
	return b
}

var rules = []rule{
	{"nothing is before birth or after death", func(c *chart, wrong func(string, ...any)) {
		for _, h := range c.happened {
			if h.at[:10] < c.born || c.died != "" && h.what != "Patient.meta.lastUpdated" && h.at > c.died && len(h.at) > 10 || h.at[:10] > day.Format(dayOnly) {
				wrong("%s on %s, born %s, died %s", h.what, h.at, c.born, c.died)
			}
		}
	}, func(c *chart) bool {
		c.happened = append(c.happened, happening{"Encounter.period.start", "1899-03-02T09:00:00Z"})
		return true
	}},
	{"only women of an age for it are pregnant", func(c *chart, wrong func(string, ...any)) {
		if c.has(pregnancy) && (!c.woman || c.now() < 14 || c.now() > 50) {
			wrong("a %s of %d is pregnant", either(c.woman, "woman", "man"), c.now())
		}
	}, func(c *chart) bool {
		c.problems = append(c.problems, problem{code: pregnancy})
		return !c.woman
	}},
	{"organs are those of the person", func(c *chart, wrong func(string, ...any)) {
		if c.woman && c.has(prostate, prostateCancer) || !c.woman && c.has(polycystic, breastCancer) || c.woman && len(c.figures(psa.loinc)) > 0 {
			wrong("%v", c.problems)
		}
	}, func(c *chart) bool { c.problems = append(c.problems, problem{code: prostate}); return c.woman }},
	{"a medicine has its condition", func(c *chart, wrong func(string, ...any)) {
		for _, m := range c.medicines {
			if m.kind == "MedicationRequest" && !m.why {
				wrong("%s for nothing", m.text)
			}
		}
		for _, x := range []struct {
			atc     string
			because []string
		}{
			{"A10BA", []string{diabetes2, polycystic}}, {"A10A", []string{diabetes1}}, {"A10BB", []string{diabetes2}}, {"C03CA", []string{heartFailure}}, {"B01AF", []string{atrialFib}},
			{"H03AA", []string{hypothyroid}}, {"N06DA", []string{dementia}}, {"R03BB", []string{copd}}, {"M05BA", []string{osteoporosis}},
			{"N04", []string{parkinsons}}, {"L04AX", []string{rheumatoid}}, {"G04CA", []string{prostate}}, {"C10AA", []string{diabetes1, diabetes2, ischaemic, stroke, kidney3}},
		} {
			if c.takes(x.atc) && !c.has(x.because...) {
				wrong("%s without any of %v", x.atc, x.because)
			}
		}
	}, func(c *chart) bool {
		c.medicines = append(c.medicines, prescribed{text: "Metformin 500mg tablets", atc: "A10BA02", kind: "MedicationRequest", status: "active", why: true})
		return !c.has(diabetes2, polycystic)
	}},
	{"children have children's medicines", func(c *chart, wrong func(string, ...any)) {
		for _, m := range c.medicines {
			if c.now() >= 16 || m.at == "" || c.age(m.at) >= 16 {
				continue
			}
			if strings.Contains(m.text, "tablets") || strings.Contains(m.text, "capsules") || strings.HasPrefix(m.dose, "Take ") {
				wrong("%s at %d", m.text, c.age(m.at))
			}
		}
	}, func(c *chart) bool {
		c.medicines = append(c.medicines, prescribed{text: "Ramipril 5mg capsules", at: c.born, kind: "MedicationRequest", why: true})
		return c.now() < 12
	}},
	{"doses are right for the kidneys, the old and the light", func(c *chart, wrong func(string, ...any)) {
		rate, known := c.last(egfr.loinc)
		for _, m := range c.medicines {
			if m.kind != "MedicationRequest" || m.status != "active" {
				continue
			}
			if known && rate.value < 42 && strings.HasPrefix(m.text, "Metformin 1g") || known && rate.value < 28 && m.atc == "A10BA02" {
				wrong("%s with a rate of %.0f", m.text, rate.value)
			}
			kg, weighed := c.last(weightOf.loinc)
			if m.text == "Apixaban 5mg tablets" && c.now() >= 80 && weighed && kg.value < 55 {
				wrong("%s at %d and %.0f kg", m.text, c.now(), kg.value)
			}
			if m.atc == "N06AB04" && c.now() > 65 && !strings.Contains(m.text, "10mg") && !strings.Contains(m.text, "20mg") {
				wrong("%s at %d", m.text, c.now())
			}
		}
	}, func(c *chart) bool {
		rate, ok := c.last(egfr.loinc)
		c.medicines = append(c.medicines, prescribed{text: "Metformin 1g tablets", atc: "A10BA02", kind: "MedicationRequest", status: "active", why: true})
		return ok && rate.value < 42
	}},
	{"what does not go together is not prescribed together", func(c *chart, wrong func(string, ...any)) {
		if c.takes("M01A") && (c.has(heartFailure, kidney3, ischaemic, stroke) || c.takes("C09", "B01A", "C03", "N06AB")) {
			wrong("an anti-inflammatory with heart, kidneys or blood thinning")
		}
		if c.takes("C07") && c.has(asthma) {
			wrong("a beta blocker with asthma")
		}
		if c.takes("B01AF") && c.takes("B01AC") {
			wrong("two things against clotting")
		}
		if c.takes("N05AH") && c.has(parkinsons, dementia) {
			wrong("an antipsychotic with Parkinson's or dementia")
		}
		seen := map[string]bool{}
		for _, m := range c.medicines {
			if m.kind == "MedicationRequest" && m.status == "active" {
				if seen[m.atc] {
					wrong("%s twice", m.text)
				}
				seen[m.atc] = true
			}
		}
	}, func(c *chart) bool {
		c.medicines = append(c.medicines, prescribed{text: "Naproxen 250mg tablets", atc: "M01AE02", kind: "MedicationRequest", status: "active", why: true})
		return c.has(heartFailure)
	}},
	{"nothing that harms an unborn child", func(c *chart, wrong func(string, ...any)) {
		if c.has(pregnancy) && c.takes("C09", "C10", "M01A", "L04", "A10BK", "N03AG", "M05") || c.woman && c.now() < 50 && c.takes("C09", "L04AX") {
			wrong("at %d: %v", c.now(), c.medicines)
		}
	}, func(c *chart) bool {
		c.medicines = append(c.medicines, prescribed{text: "Ramipril 5mg capsules", atc: "C09AA05", kind: "MedicationRequest", status: "active", why: true})
		return c.has(pregnancy)
	}},
	{"nobody is prescribed what the same source says they do not bear", func(c *chart, wrong func(string, ...any)) {
		for _, a := range c.allergic {
			for _, m := range c.medicines {
				if a.atc != "" && m.source == a.source && m.kind == "MedicationRequest" && strings.HasPrefix(m.atc, a.atc) {
					wrong("%s with %s", m.text, a.name)
				}
			}
		}
	}, func(c *chart) bool {
		c.medicines = append(c.medicines, prescribed{text: "Amoxicillin 500mg capsules", atc: "J01CA04", kind: "MedicationRequest", why: true, at: c.born, source: "x"})
		c.allergic = append(c.allergic, told{"Allergy to penicillin", "J01C", "x"})
		return true
	}},
	{"figures are those of living people, with units", func(c *chart, wrong func(string, ...any)) {
		for _, f := range c.measured {
			within, known := usual[f.code]
			if c.age(f.at) < 18 {
				within[0] /= 2
			}
			if !known || f.value < within[0] || f.value > within[1] || f.unit == "" {
				wrong("%s %v %s at %d", f.name, f.value, f.unit, c.age(f.at))
			}
			if f.laboratory && !f.ranged && f.code != egfr.loinc {
				wrong("%s without a range", f.name)
			}
		}
	}, func(c *chart) bool {
		if len(c.measured) > 0 {
			c.measured[0].value *= 20
		}
		return len(c.measured) > 0
	}},
	{"figures go with conditions", func(c *chart, wrong func(string, ...any)) {
		if f, ok := c.last(hba1c.loinc); ok && (f.value >= 48) && !c.has(diabetes1, diabetes2) || ok && f.value < 42 && c.has(diabetes2) {
			wrong("HbA1c %.0f, diabetes %v", f.value, c.has(diabetes1, diabetes2))
		}
		if f, ok := c.last(egfr.loinc); ok && (f.value < 59.5) != c.has(kidney3) && (f.value < 58 || f.value > 62) {
			wrong("a rate of %.0f, kidney disease %v", f.value, c.has(kidney3))
		}
		if f, ok := c.last(bnp.loinc); ok && f.value > 400 && !c.has(heartFailure) {
			wrong("NT-proBNP %.0f without heart failure", f.value)
		}
	}, func(c *chart) bool {
		c.measured = append(c.measured, figure{code: hba1c.loinc, name: "HbA1c", unit: "mmol/mol", at: "2026-11-20T09:00:00Z", value: 77, ranged: true})
		return !c.has(diabetes1, diabetes2)
	}},
	{"vaccinations are given at their age and season", func(c *chart, wrong func(string, ...any)) {
		for _, j := range c.jabs {
			age, month := c.age(j.at), j.at[5:7]
			switch {
			case strings.Contains(j.words, "influenza") || strings.Contains(j.words, "Influenza"):
				if !slices.Contains([]string{"09", "10", "11", "12", "01", "02", "03"}, month) {
					wrong("%s in month %s", j.words, month)
				}
			case strings.HasPrefix(j.words, "MMR") && (age < 1 || age > 5), strings.HasPrefix(j.words, "6-in-1") && age > 0,
				strings.HasPrefix(j.words, "HPV") && (age < 12 || age > 14), strings.HasPrefix(j.words, "Shingles") && age < 65,
				strings.HasPrefix(j.words, "RSV") && age < 75, strings.HasPrefix(j.words, "COVID") && j.at < "2020-12":
				wrong("%s at %d on %s", j.words, age, j.at)
			}
		}
	}, func(c *chart) bool {
		c.jabs = append(c.jabs, given{"Seasonal influenza vaccine", "2026-06-14T09:00:00Z"})
		return true
	}},
	{"what is booked is to come, and not for the dead", func(c *chart, wrong func(string, ...any)) {
		for _, at := range c.booked {
			if at[:10] <= day.Format(dayOnly) || c.died != "" {
				wrong("booked for %s", at)
			}
		}
	}, func(c *chart) bool { c.booked = append(c.booked, "2020-01-01T09:00:00Z"); return true }},
	{"doctors of the same practice know one condition once", func(c *chart, wrong func(string, ...any)) {
		seen := map[string]bool{}
		for _, p := range c.problems {
			if seen[p.code+p.source] {
				wrong("%s twice", p.name)
			}
			seen[p.code+p.source] = true
		}
	}, func(c *chart) bool {
		if len(c.problems) > 0 {
			c.problems = append(c.problems, c.problems[0])
		}
		return len(c.problems) > 0
	}},
}

// thousand is read once for all reviews, which change nothing of it.
func thousand(t *testing.T) []*chart {
	reading.Do(func() { reviewed = charts(t, 2014, 1000) })
	return reviewed
}

var (
	reading  sync.Once
	reviewed []*chart
)

// The review: every rule over a thousand people, from what is sent and nothing else.
func TestNoClinicianLaughs(t *testing.T) {
	t.Parallel()
	all := thousand(t)
	if len(all) != 1000 {
		t.Fatalf("%d people", len(all))
	}
	for _, r := range rules {
		said := 0
		for _, c := range all {
			r.say(c, func(format string, args ...any) {
				if said++; said <= 5 {
					t.Errorf("%s: %s: %s", r.name, c.nhs, fmt.Sprintf(format, args...))
				}
			})
		}
		if said > 5 {
			t.Errorf("%s: %d times more", r.name, said-5)
		}
	}
}

// Each rule notices what it is there for.
func TestEveryRuleOfTheReviewBites(t *testing.T) {
	t.Parallel()
	all := thousand(t)
	for _, r := range rules {
		tried, said := 0, 0
		for _, c := range all {
			spoilt := *c
			spoilt.problems, spoilt.medicines, spoilt.measured = slices.Clone(c.problems), slices.Clone(c.medicines), slices.Clone(c.measured)
			if !r.spoil(&spoilt) {
				continue
			}
			tried++
			before := said
			r.say(&spoilt, func(string, ...any) { said = before + 1 })
		}
		if tried == 0 || said < tried {
			t.Errorf("%s: spoilt %d charts, noticed %d", r.name, tried, said)
		}
	}
}

// A band is what part of a group has something, in the hundred.
type band struct {
	name     string
	low, top float64
	of, with func(*chart) bool
}

func aged(from, until int) func(*chart) bool {
	return func(c *chart) bool { return c.now() >= from && c.now() < until }
}

func having(codes ...string) func(*chart) bool {
	return func(c *chart) bool { return c.has(codes...) }
}

func anybody(*chart) bool { return true }

// The bands are wide: what English practices and the census of this part of London
// count, and room for chance.
var bands = []band{
	{"children under 16", 15, 25, anybody, aged(0, 16)},
	{"16 to 39", 30, 45, anybody, aged(16, 40)},
	{"40 to 64", 24, 38, anybody, aged(40, 65)},
	{"65 to 79", 6, 14, anybody, aged(65, 80)},
	{"80 or over", 2, 7, anybody, aged(80, 120)},
	{"women", 46, 56, anybody, func(c *chart) bool { return c.woman }},
	{"the young with nothing in the list", 62, 88, aged(5, 30), func(c *chart) bool { return len(c.problems) == 0 }},
	{"the old with nothing in the list", 0, 12, aged(75, 120), func(c *chart) bool { return len(c.problems) == 0 }},
	{"hypertension at 65 to 79", 38, 68, aged(65, 80), having(hypertension)},
	{"hypertension below 40", 0, 3, aged(16, 40), having(hypertension)},
	{"type 2 diabetes at 40 to 64", 6, 17, aged(40, 65), having(diabetes2)},
	{"type 2 diabetes at 65 or over", 14, 34, aged(65, 120), having(diabetes2)},
	{"asthma in children", 4, 15, aged(4, 16), having(asthma)},
	{"COPD at 65 or over", 3, 15, aged(65, 120), having(copd)},
	{"heart failure at 75 or over", 4, 22, aged(75, 120), having(heartFailure)},
	{"dementia at 80 or over", 7, 32, aged(80, 120), having(dementia)},
	{"kidney disease at 75 or over", 10, 40, aged(75, 120), having(kidney3)},
	{"depression in adults", 6, 16, aged(18, 120), having(depression)},
	{"pregnant women of 19 to 43", 2, 9, func(c *chart) bool { return c.woman && aged(19, 44)(c) }, having(pregnancy)},
	{"diabetes in those with hypertension", 15, 45, having(hypertension), having(diabetes2)},
	{"penicillin allergy in adults", 4, 13, aged(18, 120), func(c *chart) bool {
		return slices.ContainsFunc(c.allergic, func(a told) bool { return a.atc == "J01C" })
	}},
	{"known to more than one source", 25, 60, anybody, func(c *chart) bool { return len(c.sources) > 1 }},
	{"another address somewhere", 8, 30, func(c *chart) bool { return len(c.sources) > 1 }, func(c *chart) bool { return differ(c.addresses) }},
	{"another spelling somewhere", 2, 12, func(c *chart) bool { return len(c.sources) > 1 }, func(c *chart) bool { return differ(c.names) }},
}

func differ(all []string) bool { return len(slices.Compact(slices.Sorted(slices.Values(all)))) > 1 }

func TestTheAreaIsLikeThisPartOfLondon(t *testing.T) {
	t.Parallel()
	all := thousand(t)
	for _, b := range bands {
		of, with := 0, 0
		for _, c := range all {
			if b.of(c) {
				of++
				if b.with(c) {
					with++
				}
			}
		}
		part := 100 * float64(with) / float64(max(of, 1))
		t.Logf("%-45s %5.1f%% of %d", b.name, part, of)
		if of == 0 || part < b.low || part > b.top {
			t.Errorf("%s: %.1f%% of %d, not %v to %v", b.name, part, of, b.low, b.top)
		}
	}
}

// Treatment shows: those newly treated have better figures than before.
func TestFiguresFollowTreatment(t *testing.T) {
	t.Parallel()
	all := thousand(t)
	for _, x := range []struct {
		name, loinc, atc string
		least            float64 // by how much the median falls, at least
	}{
		{"HbA1c and metformin", hba1c.loinc, "A10BA", 4},
		{"blood pressure and ramipril, losartan or amlodipine", "8480-6", "C0", 6},
		{"cholesterol and statins", lipids.loinc, "C10AA", 0.7},
	} {
		var before, after []float64
		for _, c := range all {
			for _, m := range c.medicines {
				if m.kind != "MedicationRequest" || !strings.HasPrefix(m.atc, x.atc) || strings.HasPrefix(m.atc, "C03") || strings.HasPrefix(m.atc, "C07") {
					continue
				}
				var early, late []float64
				for _, f := range c.figures(x.loinc) {
					if f.at < m.at {
						early = append(early, f.value)
					} else {
						late = append(late, f.value)
					}
				}
				if len(early) > 0 && len(late) > 0 {
					before, after = append(before, early...), append(after, late...)
				}
			}
		}
		if len(before) < 5 {
			t.Errorf("%s: only %d figures from before", x.name, len(before))
			continue
		}
		slices.Sort(before)
		slices.Sort(after)
		fell := before[len(before)/2] - after[len(after)/2]
		t.Logf("%s: from %v to %v, %d and %d figures", x.name, before[len(before)/2], after[len(after)/2], len(before), len(after))
		if fell < x.least {
			t.Errorf("%s: the median fell by %.1f", x.name, fell)
		}
	}
}
