package demo

import (
	"slices"
	"strings"
	"time"
)

// A medicine is something prescribed, and how it is taken.
type medicine struct {
	text    string // as the dictionary of medicines writes it: name, strength, form
	atc     string // its substance in the ATC classification, which is a code we are sure of
	dose    string // for people
	times   int    // a day; 0 when it is not so simple
	each    string // how much each time, "" when it is not so simple
	unit    string // of that
	class   string // nobody has two of a class
	other   string // how another source has it: an older dose, or what the hospital changed
	needful bool   // taken when needed
}

// pharmacy is what is given for each condition, the usual first. A list within is a
// choice of one.
var pharmacy = map[string][][]medicine{
	diabetes2: {
		{{text: "Metformin 500mg tablets", atc: "A10BA02", dose: "Take ONE tablet TWICE a day with food", times: 2, each: "1", unit: "tablet", class: "metformin"},
			{text: "Metformin 1g tablets", atc: "A10BA02", dose: "Take ONE tablet TWICE a day with food", times: 2, each: "1", unit: "tablet", class: "metformin"}},
		{{text: "Gliclazide 80mg tablets", atc: "A10BB09", dose: "Take ONE tablet in the morning", times: 1, each: "1", unit: "tablet", class: "second"},
			{text: "Sitagliptin 100mg tablets", atc: "A10BH01", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "second"},
			{text: "Dapagliflozin 10mg tablets", atc: "A10BK01", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "sglt2"}},
		{statin},
	},
	hypertension: {
		{{text: "Ramipril 5mg capsules", atc: "C09AA05", dose: "Take ONE capsule ONCE a day", times: 1, each: "1", unit: "capsule", class: "ace"},
			{text: "Amlodipine 5mg tablets", atc: "C08CA01", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "ccb", other: "Amlodipine 10mg tablets"},
			{text: "Losartan 50mg tablets", atc: "C09CA01", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "ace"}},
	},
	ischaemic: {
		{{text: "Aspirin 75mg dispersible tablets", atc: "B01AC06", dose: "Dissolve ONE tablet in water and take ONCE a day after food", times: 1, each: "1", unit: "tablet", class: "clotting"}},
		{{text: "Atorvastatin 80mg tablets", atc: "C10AA05", dose: "Take ONE tablet at NIGHT", times: 1, each: "1", unit: "tablet", class: "statin"}},
		{{text: "Bisoprolol 2.5mg tablets", atc: "C07AB07", dose: "Take ONE tablet in the morning", times: 1, each: "1", unit: "tablet", class: "beta", other: "Bisoprolol 5mg tablets"}},
	},
	atrialFib: {
		{{text: "Apixaban 5mg tablets", atc: "B01AF02", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "clotting"}},
		{{text: "Bisoprolol 2.5mg tablets", atc: "C07AB07", dose: "Take ONE tablet in the morning", times: 1, each: "1", unit: "tablet", class: "beta", other: "Bisoprolol 3.75mg tablets"}},
	},
	heartFailure: {
		{{text: "Furosemide 40mg tablets", atc: "C03CA01", dose: "Take ONE tablet in the morning", times: 1, each: "1", unit: "tablet", class: "loop", other: "Furosemide 20mg tablets"}},
		{{text: "Ramipril 2.5mg capsules", atc: "C09AA05", dose: "Take ONE capsule ONCE a day", times: 1, each: "1", unit: "capsule", class: "ace", other: "Ramipril 1.25mg capsules"}},
		{{text: "Bisoprolol 5mg tablets", atc: "C07AB07", dose: "Take ONE tablet in the morning", times: 1, each: "1", unit: "tablet", class: "beta", other: "Bisoprolol 3.75mg tablets"}},
		{{text: "Dapagliflozin 10mg tablets", atc: "A10BK01", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "sglt2"}},
	},
	stroke: {
		{{text: "Clopidogrel 75mg tablets", atc: "B01AC04", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "clotting"}},
		{statin},
	},
	kidney3: {{statin}},
	asthma: {
		{{text: "Salbutamol 100micrograms/dose inhaler", atc: "R03AC02", dose: "Inhale TWO puffs when needed, up to FOUR times a day", class: "reliever", needful: true}},
		{{text: "Beclometasone 100micrograms/dose inhaler", atc: "R03BA01", dose: "Inhale TWO puffs TWICE a day", times: 2, each: "2", unit: "puff", class: "preventer"}},
	},
	copd: {
		{{text: "Salbutamol 100micrograms/dose inhaler", atc: "R03AC02", dose: "Inhale TWO puffs when needed, up to FOUR times a day", class: "reliever", needful: true}},
		{{text: "Tiotropium 18microgram inhalation powder capsules with device", atc: "R03BB04", dose: "Inhale the contents of ONE capsule ONCE a day", times: 1, each: "1", unit: "capsule", class: "lama"}},
	},
	hypothyroid: {
		{{text: "Levothyroxine sodium 75microgram tablets", atc: "H03AA01", dose: "Take ONE tablet in the morning, half an hour before breakfast", times: 1, each: "1", unit: "tablet", class: "thyroid"},
			{text: "Levothyroxine sodium 100microgram tablets", atc: "H03AA01", dose: "Take ONE tablet in the morning, half an hour before breakfast", times: 1, each: "1", unit: "tablet", class: "thyroid"}},
	},
	depression: {
		{{text: "Sertraline 50mg tablets", atc: "N06AB06", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "mood"},
			{text: "Mirtazapine 15mg tablets", atc: "N06AX11", dose: "Take ONE tablet at NIGHT", times: 1, each: "1", unit: "tablet", class: "mood"},
			{text: "Citalopram 10mg tablets", atc: "N06AB04", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "mood"}},
	},
	bipolar: {
		{{text: "Quetiapine 100mg tablets", atc: "N05AH04", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "antipsychotic"}},
	},
	epilepsy: {
		{{text: "Levetiracetam 500mg tablets", atc: "N03AX14", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "epilepsy"},
			{text: "Lamotrigine 100mg tablets", atc: "N03AX09", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "epilepsy"}},
	},
	migraine: {{{text: "Sumatriptan 50mg tablets", atc: "N02CC01", dose: "Take ONE tablet when a migraine begins. Do not take more than TWO in 24 hours", class: "triptan", needful: true}}},
	arthritis: {
		{{text: "Naproxen 250mg tablets", atc: "M01AE02", dose: "Take ONE tablet TWICE a day with food, for up to two weeks at a time", class: "nsaid", needful: true},
			{text: "Ibuprofen 5% gel", atc: "M02AA13", dose: "Rub in up to THREE times a day", class: "gel", needful: true},
			{text: "Ibuprofen 5% gel", atc: "M02AA13", dose: "Rub in up to THREE times a day", class: "gel", needful: true}},
		{{text: "Paracetamol 500mg tablets", atc: "N02BE01", dose: "Take TWO tablets when needed, up to FOUR times a day", class: "paracetamol", needful: true}},
	},
	osteoporosis: {
		{{text: "Alendronic acid 70mg tablets", atc: "M05BA04", dose: "Take ONE tablet ONCE a week with a full glass of water, half an hour before food, and stay upright", class: "bone"}},
		{{text: "Calcium carbonate 1.5g / Colecalciferol 10microgram chewable tablets", atc: "A12AX", dose: "Chew ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "calcium"}},
	},
	reflux: {
		{{text: "Omeprazole 20mg gastro-resistant capsules", atc: "A02BC01", dose: "Take ONE capsule ONCE a day before food", times: 1, each: "1", unit: "capsule", class: "ppi"},
			{text: "Lansoprazole 15mg gastro-resistant capsules", atc: "A02BC03", dose: "Take ONE capsule ONCE a day before food", times: 1, each: "1", unit: "capsule", class: "ppi"}},
	},
	anaemia:  {{{text: "Ferrous fumarate 210mg tablets", atc: "B03AA02", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "iron"}}},
	eczema:   {{{text: "Hydrocortisone 1% cream", atc: "D07AA02", dose: "Apply thinly to the itchy patches TWICE a day for up to 7 days", class: "steroid cream", needful: true}}},
	hayFever: {{{text: "Cetirizine 10mg tablets", atc: "R06AE07", dose: "Take ONE tablet ONCE a day when needed", class: "antihistamine", needful: true}}},
	dementia: {
		{{text: "Donepezil 10mg tablets", atc: "N06DA02", dose: "Take ONE tablet at NIGHT", times: 1, each: "1", unit: "tablet", class: "memory"},
			{text: "Memantine 10mg tablets", atc: "N06DX01", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "memory"}},
	},
	diabetes1: {
		{{text: "Insulin glargine 100units/ml solution for injection 3ml pre-filled pens", atc: "A10AE04", dose: "Inject 18 units ONCE a day at bedtime", class: "insulin"}},
		{{text: "Insulin aspart 100units/ml solution for injection 3ml pre-filled pens", atc: "A10AB05", dose: "Inject before meals, by what you are about to eat", class: "mealtime insulin"}},
		{statin},
	},
	polycystic:    {{{text: "Metformin 500mg tablets", atc: "A10BA02", dose: "Take ONE tablet TWICE a day with food", times: 2, each: "1", unit: "tablet", class: "metformin"}}},
	pregnancy:     {{{text: "Folic acid 400microgram tablets", atc: "B03BB01", dose: "Take ONE tablet ONCE a day until 12 weeks", times: 1, each: "1", unit: "tablet", class: "folate"}}},
	peanutAllergy: {{{text: "Adrenaline 300micrograms/0.3ml (1 in 1,000) solution for injection auto-injectors", atc: "C01CA24", dose: "Inject ONE into the outer thigh for a severe reaction, and ring 999", class: "auto-injector", needful: true}}},
	gout:          {{{text: "Allopurinol 100mg tablets", atc: "M04AA01", dose: "Take ONE tablet ONCE a day after food", times: 1, each: "1", unit: "tablet", class: "gout", other: "Allopurinol 300mg tablets"}}},
	prostate:      {{{text: "Tamsulosin 400microgram modified-release capsules", atc: "G04CA02", dose: "Take ONE capsule ONCE a day after breakfast", times: 1, each: "1", unit: "capsule", class: "prostate"}}},
	breastCancer: {{{text: "Anastrozole 1mg tablets", atc: "L02BG03", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "hormone"},
		{text: "Letrozole 2.5mg tablets", atc: "L02BG04", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "hormone"}}},
	rheumatoid: {
		{{text: "Methotrexate 2.5mg tablets", atc: "L04AX03", dose: "Take SIX tablets (15mg) ONCE a WEEK, on Mondays", class: "methotrexate"},
			{text: "Hydroxychloroquine 200mg tablets", atc: "P01BA02", dose: "Take ONE tablet ONCE a day with food", times: 1, each: "1", unit: "tablet", class: "hydroxychloroquine"}},
	},
	psoriasis:     {{{text: "Calcipotriol 50micrograms/g ointment", atc: "D05AX02", dose: "Apply to the patches ONCE a day", class: "psoriasis", needful: true}}},
	schizophrenia: {{{text: "Olanzapine 10mg tablets", atc: "N05AH03", dose: "Take ONE tablet at NIGHT", times: 1, each: "1", unit: "tablet", class: "antipsychotic"}}},
	parkinsons:    {{{text: "Co-careldopa 25mg/100mg tablets", atc: "N04BA02", dose: "Take ONE tablet THREE times a day, at the same hours", times: 3, each: "1", unit: "tablet", class: "dopamine"}}},
	anxiety:       {{{text: "Sertraline 50mg tablets", atc: "N06AB06", dose: "Take ONE tablet ONCE a day", times: 1, each: "1", unit: "tablet", class: "mood"}}},
	alcohol:       {{{text: "Thiamine 100mg tablets", atc: "A11DA01", dose: "Take ONE tablet TWICE a day", times: 2, each: "1", unit: "tablet", class: "thiamine"}}},
}

var statin = medicine{text: "Atorvastatin 20mg tablets", atc: "C10AA05", dose: "Take ONE tablet at NIGHT", times: 1, each: "1", unit: "tablet", class: "statin"}

// children's forms of what has one; other medicines are not for them here.
var forChildren = map[string]medicine{
	"preventer":     {text: "Beclometasone 50micrograms/dose inhaler", atc: "R03BA01", dose: "Inhale TWO puffs TWICE a day through a spacer", times: 2, each: "2", unit: "puff", class: "preventer"},
	"reliever":      {text: "Salbutamol 100micrograms/dose inhaler", atc: "R03AC02", dose: "Inhale TWO puffs through a spacer when needed", class: "reliever", needful: true},
	"steroid cream": {text: "Hydrocortisone 1% cream", atc: "D07AA02", dose: "Apply thinly to the itchy patches ONCE a day for up to 7 days", class: "steroid cream", needful: true},
	"auto-injector": {text: "Adrenaline 150micrograms/0.3ml (1 in 2,000) solution for injection auto-injectors", atc: "C01CA24", dose: "Inject ONE into the outer thigh for a severe reaction, and ring 999", class: "auto-injector", needful: true},
	"epilepsy":      {text: "Levetiracetam 100mg/ml oral solution sugar free", atc: "N03AX14", dose: "Give 2.5ml TWICE a day", times: 2, each: "2.5", unit: "ml", class: "epilepsy"},
	"insulin":       {text: "Insulin detemir 100units/ml solution for injection 3ml pre-filled pens", atc: "A10AE05", dose: "Inject as the diabetes plan says, ONCE a day", class: "insulin"},
	"antihistamine": {text: "Cetirizine 1mg/ml oral solution sugar free", atc: "R06AE07", dose: "Give a 5ml spoonful ONCE a day when needed", class: "antihistamine", needful: true},
}

// A course is a medicine that somebody takes, why and since when.
type course struct {
	medicine
	why   *condition
	since time.Time
}

// taking is what somebody is prescribed: worked out from what they have, with what
// does not go together left out.
func (p *resident) taking(today time.Time) (all []course) {
	if p.courses != nil {
		return p.courses
	}
	r := p.rand(2)
	age := p.ageOn(p.last(today))
	b := p.body(today)
	had := map[string]bool{}
	ills := slices.Clone(p.ills)
	// Whichever is the weightier reason for a class comes first: heart failure over
	// blood pressure, atrial fibrillation over aspirin.
	rank := map[string]int{heartFailure: 0, atrialFib: 1, ischaemic: 2, stroke: 3}
	slices.SortStableFunc(ills, func(a, b illness) int {
		return weight(rank, a.kind.code) - weight(rank, b.kind.code)
	})
	for _, ill := range ills {
		for _, choice := range pharmacy[ill.kind.code] {
			m := pick(r, choice)
			later := r.IntN(20)
			ok := true
			if age < 16 {
				m, ok = forChildren[m.class]
				ok = ok && !(m.class == "epilepsy" && age < 6)
			}
			if !ok || had[m.class] || p.unsafe(&m, age, &b) {
				continue
			}
			had[m.class] = true
			m.fit(p, age, &b)
			since := ill.since.AddDate(0, 0, 3+later)
			if earliest := today.AddDate(-6, 0, 0); since.Before(earliest) {
				since = earliest.AddDate(0, 0, r.IntN(900))
			}
			all = append(all, course{m, ill.kind, weekday(since)})
		}
	}
	p.courses = slices.DeleteFunc(all, func(c course) bool { return !c.since.Before(p.last(today)) })
	if p.courses == nil {
		p.courses = []course{}
	}
	return p.courses
}

// fit is the dose for whoever is old, light, or short of kidneys.
func (m *medicine) fit(p *resident, age int, b *body) {
	switch m.class {
	case "clotting": // two of these three halve it
		n := 0
		for _, x := range []bool{age >= 80, b.weight <= 60, creatinineFor(b.filter, age, p.woman) >= 133} {
			if x {
				n++
			}
		}
		if m.atc == "B01AF02" && n >= 2 {
			m.text = "Apixaban 2.5mg tablets"
		}
	case "paracetamol":
		if b.weight < 50 {
			m.dose = "Take ONE tablet when needed, up to FOUR times a day"
		}
	case "second":
		if m.atc == "A10BH01" && b.filter < 45 {
			m.text = "Sitagliptin 50mg tablets"
		}
	}
}

func weight(rank map[string]int, code string) int {
	if n, ok := rank[code]; ok {
		return n
	}
	return len(rank)
}

// unsafe reports what a prescriber would not give.
func (p *resident) unsafe(m *medicine, age int, b *body) bool {
	if p.has(pregnancy) {
		switch m.class {
		case "folate":
			return false // those past twelve weeks have stopped it; see prescribe
		case "reliever", "preventer", "insulin", "mealtime insulin", "thyroid", "metformin", "iron", "antihistamine", "steroid cream", "mood", "auto-injector", "paracetamol", "ppi":
		default:
			return true
		}
	}
	switch m.class {
	case "ace": // harms an unborn child
		return p.woman && age < 50
	case "beta":
		return p.has(asthma) || p.has(copd)
	case "statin":
		return age < 40
	case "triptan":
		return age < 18 || age > 65 || p.has(ischaemic) || p.has(stroke) || p.has(hypertension)
	case "metformin":
		return b.filter < 45 && strings.Contains(m.text, "1g") || b.filter < 30
	case "nsaid": // stomach, heart and kidneys
		return age >= 65 || p.has(heartFailure) || p.has(kidney3) || p.has(ischaemic) || p.has(stroke) || p.has(atrialFib) ||
			p.has(hypertension) || p.has(diabetes2) || p.has(reflux) || p.has(asthma) || p.has(anaemia) || p.has(depression) || p.has(anxiety) || p.allergic(aspirin)
	case "gel":
		return p.allergic(aspirin) || p.has(asthma)
	case "clotting":
		return m.atc == "B01AC06" && p.allergic(aspirin)
	case "bone":
		return p.has(reflux) || b.filter < 35 // it burns the gullet
	case "methotrexate":
		return p.woman && age < 50 || b.filter < 60 || p.has(alcohol)
	case "hormone":
		return age < 55
	case "prostate": // it lowers the pressure on standing
		return p.has(falls)
	case "antipsychotic":
		return p.has(parkinsons) || p.has(dementia)
	case "sglt2":
		return b.filter < 25 || p.has(diabetes1)
	case "iron":
		return age > 85
	}
	return false
}

const aspirin = "293586001"

// weeks is how far a pregnancy is on a day; 0 without one.
func (p *resident) weeks(day time.Time) int {
	ill := p.illness(pregnancy)
	if ill == nil {
		return 0
	}
	return 5 + int(day.Sub(ill.since).Hours()/24/7)
}
