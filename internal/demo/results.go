package demo

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// A measure is something that is measured, in its unit.
type measure struct {
	loinc, name string
	unit, ucum  string
	places      int
	category    string // laboratory or vital-signs
	low, high   string // the usual range, as laboratories print it; "" for none
}

// What is measured here. Codes are LOINC's, units UCUM's.
var (
	hba1c      = measure{"59261-8", "Haemoglobin A1c (IFCC)", "mmol/mol", "mmol/mol", 0, "laboratory", "20", "41"}
	egfr       = measure{"62238-1", "Estimated glomerular filtration rate (CKD-EPI)", "mL/min/1.73m²", "mL/min/{1.73_m2}", 0, "laboratory", "", ""}
	creatinine = measure{"14682-9", "Creatinine", "umol/L", "umol/L", 0, "laboratory", "45", "104"}
	potassium  = measure{"2823-3", "Potassium", "mmol/L", "mmol/L", 1, "laboratory", "3.5", "5.3"}
	sodium     = measure{"2951-2", "Sodium", "mmol/L", "mmol/L", 0, "laboratory", "133", "146"}
	lipids     = measure{"14647-2", "Total cholesterol", "mmol/L", "mmol/L", 1, "laboratory", "", "5.0"}
	hdl        = measure{"14646-4", "HDL cholesterol", "mmol/L", "mmol/L", 1, "laboratory", "1.0", ""}
	haemo      = measure{"718-7", "Haemoglobin", "g/L", "g/L", 0, "laboratory", "130", "170"}
	white      = measure{"6690-2", "White blood cells", "10*9/L", "10*9/L", 1, "laboratory", "4.0", "11.0"}
	platelets  = measure{"777-3", "Platelets", "10*9/L", "10*9/L", 0, "laboratory", "150", "410"}
	alt        = measure{"1742-6", "Alanine aminotransferase (ALT)", "U/L", "U/L", 0, "laboratory", "", "41"}
	urate      = measure{"14933-6", "Urate", "umol/L", "umol/L", 0, "laboratory", "200", "430"}
	psa        = measure{"2857-1", "Prostate specific antigen", "ug/L", "ug/L", 1, "laboratory", "", "4.0"}
	albumin    = measure{"32294-1", "Urine albumin to creatinine ratio", "mg/mmol", "mg/mmol", 1, "laboratory", "", "3.0"}
	ferritin   = measure{"2276-4", "Ferritin", "ug/L", "ug/L", 0, "laboratory", "15", "300"}
	tsh        = measure{"3016-3", "Thyroid stimulating hormone", "mU/L", "m[IU]/L", 1, "laboratory", "0.4", "4.5"}
	bnp        = measure{"33762-6", "NT-proBNP", "ng/L", "ng/L", 0, "laboratory", "", "400"}
	weightOf   = measure{"29463-7", "Body weight", "kg", "kg", 1, "vital-signs", "", ""}
	height     = measure{"8302-2", "Body height", "cm", "cm", 0, "vital-signs", "", ""}
	bmi        = measure{"39156-5", "Body mass index", "kg/m²", "kg/m2", 1, "vital-signs", "", ""}
	pulse      = measure{"8867-4", "Heart rate", "beats/min", "/min", 0, "vital-signs", "", ""}
	oxygen     = measure{"59408-5", "Oxygen saturation by pulse oximetry", "%", "%", 0, "vital-signs", "", ""}
	peakFlow   = measure{"19935-6", "Peak expiratory flow", "L/min", "L/min", 0, "vital-signs", "", ""}
	phq9       = measure{"44261-6", "PHQ-9 total score", "score", "{score}", 0, "survey", "", ""}
)

// haemoFor is haemoglobin with the range of women or men.
func haemoFor(woman bool) measure {
	m := haemo
	if woman {
		m.low, m.high = "115", "165"
	}
	return m
}

// creatinineOf is creatinine with the range of women or men.
func creatinineOf(woman bool) measure {
	m := creatinine
	m.low, m.high = "59", "104"
	if woman {
		m.low, m.high = "45", "84"
	}
	return m
}

// A body is how somebody's figures run: a level and where it is going.
type body struct {
	height            float64
	weight, gain      float64 // kg now, and a year
	systolic, falling float64
	diastolic         float64
	sugar, sugarYear  float64
	filter, loss      float64 // eGFR now, and what it loses a year
	fat               float64 // total cholesterol before treatment
	blood             float64
}

// body is worked out once from what somebody has, so that every source that measures
// finds much the same.
func (p *resident) body(today time.Time) body {
	r := p.rand(3)
	age := float64(p.ageOn(p.last(today)))
	about := func(mean, spread float64) float64 { return mean + max(-2, min(2, r.NormFloat64()))*spread }
	b := body{height: about(176, 7), systolic: about(112+age*0.28, 8), falling: 0, diastolic: about(76, 6), gain: about(0.2, 0.5)}
	if p.woman {
		b.height = about(162, 6)
	}
	index := about(25.2, 2.4)
	if p.has(obesity) {
		index = about(34, 2)
	}
	if age >= 80 && !p.has(obesity) {
		index = about(23.5, 2)
	}
	b.weight = index * b.height * b.height / 10_000
	if age < 18 { // about the middle of the growth charts
		b.height = min(b.height, 76+age*6.1) + about(0, 2)
		b.weight = (7.5 + age*2.2 + max(0, age-9)*1.9) * (1 + about(0, 0.05))
		b.systolic, b.diastolic, b.gain = about(94+age, 5), about(60, 4), 2.4
	}
	if p.has(hypertension) {
		b.systolic, b.falling, b.diastolic = about(136, 8), 1, about(80, 6)
	}
	if p.has(heartFailure) {
		b.systolic, b.falling = about(122, 8), 2
	}
	b.sugar, b.sugarYear = about(37, 2.2), 0.2
	if p.has(diabetes2) {
		b.sugar, b.sugarYear = about(56, 8), about(0.8, 1)
	}
	if p.has(diabetes1) {
		b.sugar, b.sugarYear = about(64, 9), about(0, 1)
	}
	if p.has(prediabetes) {
		b.sugar, b.sugarYear = about(44, 1), 0.3
	}
	b.filter, b.loss = about(min(108, 126-age*0.62), 6), 0.8
	if p.has(kidney3) {
		b.filter, b.loss = about(45, 6), about(1.4, 0.5)
	}
	low := 62.0 // less is kidney disease, and would be in the list of conditions
	if p.has(kidney3) {
		low = 32
	}
	b.filter = max(low, min(b.filter, 120))
	b.fat = about(5.3, 0.6)
	b.blood = about(148, 8)
	if p.woman {
		b.blood = about(134, 7)
	}
	if p.has(kidney3) || age > 80 {
		b.blood -= 8
	}
	if p.has(anaemia) {
		b.blood -= 14
	}
	return b
}

// years is how long before the last day a day is.
func years(day, last time.Time) float64 { return last.Sub(day).Hours() / 24 / 365.25 }

func round(x float64, places int) string { return strconv.FormatFloat(x, 'f', places, 64) }

// wobble is chance of a size around nothing, never far out.
func wobble(r *rand.Rand, size float64) float64 { return max(-2, min(2, r.NormFloat64())) * size }

// creatinineFor is the creatinine, in umol/L, that goes with a filtration rate: the
// CKD-EPI equation of 2009, turned round.
func creatinineFor(rate float64, age int, woman bool) float64 {
	kappa, alpha, factor := 0.9, -0.411, 141.0
	if woman {
		kappa, alpha, factor = 0.7, -0.329, 141*1.018
	}
	at := factor * math.Pow(0.993, float64(age)) // the rate at kappa
	power := alpha
	if rate < at {
		power = -1.209
	}
	return kappa * math.Pow(rate/at, 1/power) * 88.4
}

// on is for how many years somebody has taken something of a class on a day; below 0
// they have not begun, and without it at all it is -1.
func (p *resident) on(class string, day, today time.Time) float64 {
	for _, c := range p.taking(today) {
		if c.class == class {
			return years(c.since, day)
		}
	}
	return -1
}

// worked is how much of its effect a medicine has after some years: none before it is
// begun, and all after three months.
func worked(years float64) float64 { return max(0, min(1, years*4)) }
