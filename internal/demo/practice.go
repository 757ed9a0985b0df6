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
	s.allergies(p.bears, doctor)
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
	s.needsToKnow(doctor)
	s.ahead(nurse)
	if k := p.kin; k != nil {
		s.relative(k.name.call(), p.kinIs, k.mobile)
	}
	return s
}

// list is what the practice's list alone says.
func (a *area) list(p *resident) *sheaf {
	s := newSheaf(p.practice(), 1, p, a.today)
	s.patientAs(p.name, p.home, p.gp)
	for _, ill := range p.ills {
		s.condition(snomed, ill.kind.code, ill.kind.name, ill.since, p.gp, "problem-list-item")
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
	long := p.has(diabetes1) || p.has(diabetes2) || p.has(heartFailure) || p.has(kidney3) || p.has(hypertension) || p.has(ischaemic)
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
		kg := max(9, b.weight-b.gain*ago+wobble(r, 0.8))
		if p.has(heartFailure) { // water that has not gone yet
			kg += 4 * (1 - worked(p.on("loop", at, today)))
		}
		s.measured(weightOf, kg, at, nurse)
		if age >= 18 {
			s.measured(bmi, kg/(b.height*b.height/10_000), at, nurse)
			treated := max(worked(p.on("ace", at, today)), worked(p.on("ccb", at, today)))
			high := b.systolic + b.falling*ago + wobble(r, 5)
			if p.has(hypertension) {
				high += 17 * (1 - treated)
			}
			s.pressure(min(188, high), max(48, min(104, b.diastolic+(high-b.systolic)/2+wobble(r, 4))), at, nurse)
		}
		if age >= 40 || long {
			s.bloods(b, ago, at, months < 13, "Pathology, "+p.hospital().name)
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
			better := worked(p.on("mood", at, today) / 2)
			s.measured(phq9, max(0, min(27, 16-9*better+wobble(r, 2.5))), at, nurse)
		}
	}
	if age >= 18 {
		s.measured(height, b.height, s.between(3000, 400), nurse)
	}
}

// bloods are one sample and what the laboratory made of it; more of it where it is the
// latest.
func (s *sheaf) bloods(b body, ago float64, at time.Time, latest bool, lab string) {
	p, r := s.p, s.r
	rate := min(120, b.filter+b.loss*ago+wobble(r, 2))
	if ill := p.illness(kidney3); ill != nil && at.After(ill.since) {
		rate = max(30, min(59, rate))
	}
	age := p.ageOn(at)
	s.measured(egfr, rate, at, lab)
	s.measured(creatinineOf(p.woman), creatinineFor(rate, age, p.woman), at, lab)
	salt := 4.3 + wobble(r, 0.22)
	if p.on("ace", at, s.today) > 0 {
		salt += 0.25
	}
	s.measured(potassium, salt, at, lab)
	s.measured(sodium, 139+wobble(r, 2), at, lab)
	blood := b.blood
	if p.has(anaemia) {
		blood -= 14 * (1 - worked(p.on("iron", at, s.today)))
	}
	s.measured(haemoFor(p.woman), blood+wobble(r, 3), at, lab)
	if latest {
		s.measured(white, 6.8+wobble(r, 1.1), at, lab)
		s.measured(platelets, 255+wobble(r, 38), at, lab)
		s.measured(alt, 22+wobble(r, 6), at, lab)
	}
	s.measured(lipids, max(2.8, b.fat-1.5*worked(p.on("statin", at, s.today))+wobble(r, 0.2)), at, lab)
	s.measured(hdl, 1.4+wobble(r, 0.15), at, lab)
	ill := p.illness(diabetes2)
	if ill == nil {
		ill = p.illness(diabetes1)
	}
	switch {
	case ill == nil && p.has(prediabetes):
		s.measured(hba1c, max(40, min(47, b.sugar+wobble(r, 1))), at, lab)
	case ill == nil:
		s.measured(hba1c, min(41, b.sugar+wobble(r, 1)), at, lab)
	case at.After(ill.since):
		treated := max(worked(p.on("metformin", at, s.today)), worked(p.on("insulin", at, s.today)))
		s.measured(hba1c, min(118, max(44, b.sugar-b.sugarYear*ago+14*(1-treated)+wobble(r, 2.5))), at, lab)
		if latest {
			s.measured(albumin, max(0.4, 1.8+wobble(r, 0.6)), at, lab)
		}
	}
	if p.has(hypothyroid) {
		s.measured(tsh, max(0.3, 2.2+5.5*(1-worked(p.on("thyroid", at, s.today)))+wobble(r, 0.7)), at, lab)
	}
	if p.has(anaemia) {
		s.measured(ferritin, 12+30*worked(p.on("iron", at, s.today))+wobble(r, 4), at, lab)
	}
	if ill := p.illness(gout); ill != nil && latest {
		s.measured(urate, 470-120*worked(p.on("gout", at, s.today))+wobble(r, 25), at, lab)
	}
	if p.has(prostateCancer) {
		s.measured(psa, max(0.1, 2.5+0.8*ago+wobble(r, 0.7)), at, lab)
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
			if p.allergic(penicillin) || p.strange != nil {
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

// needsToKnow are the things that whoever meets somebody must know at once.
func (s *sheaf) needsToKnow(author string) {
	p := s.p
	if p.who != "" {
		return // they say it themselves
	}
	when := func() time.Time { return s.between(1200, 60) }
	if p.speaks != "" && p.seed%2 == 0 {
		s.flag("", "Accessible information", "Speaks "+languages[p.speaks]+". Book an interpreter for every appointment.", when(), author)
	}
	if p.has(hearing) && p.seed%3 > 0 {
		s.flag("", "Accessible information", "Hard of hearing. Face the person and speak clearly; letters or text, not telephone.", when(), author)
	}
	switch {
	case p.has(learningDisability):
		s.flag("", "Reasonable adjustments", "Easy read for every letter. Double appointments.", when(), author)
	case p.has(autism) && p.seed%2 == 0:
		s.flag("", "Reasonable adjustments", "Quiet waiting room; first appointment of the day. Say what will happen before it does.", when(), author)
	case p.has(dementia):
		s.flag("", "Memory", "Forgets appointments: ring on the day before. Include family or carer.", when(), author)
	}
	if p.needs.housing {
		s.flag("", "Housebound", "Cannot come to the surgery: visit at home.", when(), author)
	}
}

// ahead are appointments that are booked.
func (s *sheaf) ahead(nurse string) {
	p := s.p
	if !p.died.IsZero() {
		return
	}
	where := s.source
	switch {
	case p.lasting() > 0 && s.r.IntN(5) < 2:
		s.booked(4+s.r.IntN(80), 20, "Yearly review of long-term conditions", nurse, where)
	case p.ageOn(s.last) < 1:
		s.booked(7+s.r.IntN(20), 15, "Childhood vaccinations", nurse, where)
	case p.woman && p.ageOn(s.last) >= 25 && p.ageOn(s.last) < 65 && s.r.IntN(12) == 0:
		s.booked(5+s.r.IntN(40), 15, "Cervical screening", nurse, where)
	case s.r.IntN(12) == 0:
		s.booked(1+s.r.IntN(20), 10, "GP appointment", p.gp, where)
	}
}
