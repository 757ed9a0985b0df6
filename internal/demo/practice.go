package demo

import "time"

// practice is what the general practice knows: nearly everything, but late.
func (a *area) practice(p *resident) *sheaf {
	org := p.practice()
	s := newSheaf(org, 1, p, a.today)
	s.patientAs(p.name, p.home, p.gp)
	doctor, nurse := p.gp, org.staff[2]
	reasons := map[string]string{}
	for _, ill := range p.ills {
		if ill.kind.code == hiv && p.seed%2 == 0 {
			continue // some tell their clinic and not their practice
		}
		_, reasons[ill.kind.code] = s.condition(snomed, ill.kind.code, ill.kind.name, ill.since, doctor, "problem-list-item")
	}
	if p.penAllg {
		s.allergy("91936005", "Allergy to penicillin", "J01C", "Itchy rash", "low", "confirmed", s.between(5000, 700), doctor)
	}
	for _, c := range p.taking(a.today) {
		s.prescribe(c, c.text, reasons[c.why.code], doctor)
	}
	s.reviews(a.today, nurse)
	s.jabs(nurse)
	s.visits(doctor, nurse)
	if p.smokes != "" && p.ageOn(s.last) >= 18 {
		b, _ := s.observation("social-history", "72166-2", "Tobacco smoking status", s.between(700, 30), nurse)
		words := map[string][2]string{
			"never": {"266919005", "Never smoked tobacco"}, "ex": {"8517006", "Ex-smoker"}, "now": {"77176002", "Smoker"},
		}[p.smokes]
		b.Set("valueCodeableConcept", concept(snomed, words[0], words[1]))
	}
	if k := p.kin; k != nil {
		s.relative(k.name.call(), p.kinIs, k.mobile)
	}
	return s
}

// reviews are the regular measurements: yearly from 40 on, twice a year with a
// long-term condition, and now and then for everybody else.
func (s *sheaf) reviews(today time.Time, nurse string) {
	p, r := s.p, s.r
	age := p.ageOn(s.last)
	if age < 3 {
		return
	}
	b := p.body(today)
	long := p.has(diabetes2) || p.has(heartFailure) || p.has(kidney3) || p.has(hypertension) || p.has(ischaemic)
	every, back := 24, 3
	switch {
	case long:
		every, back = 6, 5
	case age >= 40:
		every, back = 12, 4
	}
	for months := 1 + r.IntN(every); months <= back*12; months += every {
		day := s.last.AddDate(0, -months, -r.IntN(20))
		if day.Before(p.born.AddDate(3, 0, 0)) {
			break
		}
		at := s.at(day)
		ago := years(at, s.last)
		kg := max(6, b.weight-b.gain*ago+wobble(r, 0.8))
		s.measured(weightOf, kg, at, nurse)
		if age >= 18 {
			s.measured(bmi, kg/(b.height*b.height/10_000), at, nurse)
			s.pressure(b.systolic+b.falling*ago+wobble(r, 5), b.diastolic+b.falling*ago/3+wobble(r, 4), at, nurse)
		}
		if age >= 40 || long {
			s.bloods(b, ago, at, "Pathology, "+p.hospital().name)
		}
		if p.has(asthma) && age >= 8 && age < 80 {
			best := 420.0
			if p.woman {
				best = 350
			}
			if age < 16 {
				best = 180 + float64(age-8)*22
			}
			s.measured(peakFlow, best-max(0, float64(age-50))*3+wobble(r, 25), at, nurse)
		}
		if ill := p.illness(depression); ill != nil && at.After(ill.since) {
			s.measured(phq9, max(0, min(27, 8+wobble(r, 4))), at, nurse)
		}
	}
	if age >= 18 {
		s.measured(height, b.height, s.between(3000, 400), nurse)
	}
}

// bloods are one sample and what the laboratory made of it.
func (s *sheaf) bloods(b body, ago float64, at time.Time, lab string) {
	p, r := s.p, s.r
	rate := min(120, b.filter+b.loss*ago+wobble(r, 2))
	if ill := p.illness(kidney3); ill != nil && at.After(ill.since) {
		rate = max(30, min(59, rate))
	}
	s.measured(egfr, rate, at, lab)
	s.measured(creatinine, creatinineFor(rate, p.ageOn(at), p.woman), at, lab)
	s.measured(potassium, 4.4+wobble(r, 0.25), at, lab)
	s.measured(sodium, 139+wobble(r, 2), at, lab)
	s.measured(haemo, b.blood+wobble(r, 3), at, lab)
	fat := b.fat
	if p.ageOn(at) >= 40 && (p.has(diabetes2) || p.has(ischaemic) || p.has(stroke) || p.has(kidney3)) {
		fat -= 1.3 // on a statin
	}
	s.measured(lipids, fat+wobble(r, 0.2), at, lab)
	s.measured(hdl, 1.4+wobble(r, 0.15), at, lab)
	if ill := p.illness(diabetes2); ill == nil {
		s.measured(hba1c, min(41, b.sugar+wobble(r, 1)), at, lab)
	} else if at.After(ill.since) {
		s.measured(hba1c, max(44, b.sugar-b.sugarYear*ago+wobble(r, 3)), at, lab)
	}
	if p.has(hypothyroid) {
		s.measured(tsh, 2.2+wobble(r, 0.7), at, lab)
	}
	if p.has(anaemia) {
		s.measured(ferritin, 24+wobble(r, 6), at, lab)
	}
}

// jabs are the vaccinations that somebody of their age will have had.
func (s *sheaf) jabs(nurse string) {
	p := s.p
	if p.ageOn(s.last) < 17 {
		for _, j := range []struct {
			weeks       int
			code, words string
		}{
			{8, "", "6-in-1 vaccine, first dose"}, {12, "", "6-in-1 vaccine, second dose"}, {16, "", "6-in-1 vaccine, third dose"},
			{53, "03", "MMR vaccine, first dose"}, {178, "03", "MMR vaccine, second dose"}, {179, "", "4-in-1 pre-school booster"},
		} {
			day := p.born.AddDate(0, 0, 7*j.weeks+s.r.IntN(20))
			if day.Before(s.last.AddDate(0, 0, -3)) {
				s.immunised(j.code, j.words, s.at(day), nurse)
			}
		}
		return
	}
	age := p.ageOn(s.last)
	risky := p.has(diabetes2) || p.has(heartFailure) || p.has(copd) || p.has(kidney3) || p.has(asthma)
	for back := 1; back <= 4; back++ {
		if age-back < 65 && !risky || s.r.IntN(5) == 0 {
			continue
		}
		day := time.Date(s.last.Year()-back, time.October, 1+s.r.IntN(40), 0, 0, 0, 0, time.UTC)
		s.immunised("88", "Seasonal influenza vaccine", s.at(day), nurse)
	}
	if age >= 70 {
		s.immunised("33", "Pneumococcal polysaccharide vaccine", s.between(365*(age-65), 400), nurse)
	}
	if age >= 25 {
		day := time.Date(2021, time.March+time.Month(s.r.IntN(3)), 1+s.r.IntN(28), 0, 0, 0, 0, time.UTC)
		if day.Before(s.last.AddDate(0, -6, 0)) {
			s.immunised("213", "COVID-19 vaccine, first dose", s.at(day), nurse)
			s.immunised("213", "COVID-19 vaccine, second dose", s.at(day.AddDate(0, 0, 77)), nurse)
		}
	}
}

// complaints are what people come to the practice with, by age.
var complaints = []struct {
	from, until int
	words       string
}{
	{0, 8, "Fever and a runny nose"}, {0, 12, "Earache"}, {4, 20, "Sore throat"}, {14, 40, "Tiredness"}, {18, 70, "Low back pain"},
	{18, 90, "Cough for three weeks"}, {30, 100, "Knee pain"}, {40, 100, "Medicines review"}, {60, 100, "Dizziness on standing"},
	{65, 100, "Fall at home, no injury"}, {16, 60, "Poor sleep"}, {20, 90, "Indigestion"}, {0, 100, "Rash"},
}

// visits are consultations, and what was given for a short time after some of them.
func (s *sheaf) visits(doctor, nurse string) {
	p, r := s.p, s.r
	n := 1 + r.IntN(3) + len(p.ills)/2
	for range n {
		at := s.between(1100, 6)
		age := p.ageOn(at)
		var fitting []string
		for _, c := range complaints {
			if age >= c.from && age < c.until {
				fitting = append(fitting, c.words)
			}
		}
		what := pick(r, fitting)
		how := pick(r, []string{"Surgery consultation", "Telephone consultation", "Surgery consultation", "Video consultation"})
		s.encounter("AMB", how, what, at, 10, pick(r, []string{doctor, doctor, nurse}))
		if what == "Cough for three weeks" && age >= 18 && r.IntN(2) == 0 {
			m := medicine{text: "Amoxicillin 500mg capsules", atc: "J01CA04", dose: "Take ONE capsule THREE times a day for 5 days", times: 3, each: "1", unit: "capsule"}
			if p.penAllg || p.has(heartFailure) {
				m = medicine{text: "Doxycycline 100mg capsules", atc: "J01AA02", dose: "Take TWO capsules on the first day, then ONE a day for 4 days", unit: "capsule"}
			}
			s.short(m, "Chest infection", at, doctor)
		}
	}
}

// short is a medicine taken for some days, long over.
func (s *sheaf) short(m medicine, why string, at time.Time, author string) {
	b, _ := s.about("MedicationRequest", "subject", at)
	b.Set("status", "completed").Set("intent", "order").
		Set("medicationCodeableConcept", medicineConcept(m.text, m.atc)).
		Set("authoredOn", at.Format(instant)).Set("requester", by(author)).
		Add("reasonCode", concept("", "", why)).
		Add("dosageInstruction", dosage(m))
}
