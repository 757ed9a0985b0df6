package demo

import (
	"fmt"
	"strings"
	"time"

	"onestory/internal/fhir"
)

// hospital is what the hospital knows of those who go there: its own clinics, an older
// address, and doses as they were when it last looked. Nil for those who do not go.
func (a *area) hospital(p *resident) *sheaf {
	var clinics []*illness
	for i := range p.ills {
		if p.ills[i].kind.seen != "" && p.ills[i].kind.seen != "Community mental health" {
			clinics = append(clinics, &p.ills[i])
		}
	}
	r := p.rand(5)
	if len(clinics) == 0 && !p.has(pregnancy) && p.strange == nil && r.IntN(5) > 0 {
		return nil
	}
	org := p.hospital()
	s := newSheaf(org, 2, p, a.today)
	home := p.home
	if r.IntN(5) == 0 { // they have moved, and nobody told the hospital
		home = anAddress(r, p.home.borough)
	}
	n := p.name
	if p.other != (name{}) {
		n = p.other
	}
	s.patientAs(n, home, "")
	taking := p.taking(a.today)
	for _, ill := range clinics {
		consultant := pick(r, org.staff)
		// The hospital dates a condition from when it first saw it.
		found := ill.since.AddDate(0, 1+r.IntN(8), 0)
		if found.After(s.last.AddDate(0, -2, 0)) {
			found = ill.since
		}
		s.condition(icd10, ill.kind.icd, ill.kind.name, found, consultant, "encounter-diagnosis")
		for visit := range 1 + r.IntN(2) {
			at := s.between(700-300*visit, 40+100*visit)
			if at.Before(found) {
				continue
			}
			s.encounter("AMB", ill.kind.seen+" clinic", ill.kind.name, at, 20, consultant)
			s.letter("Clinic letter", ill.kind.seen+" clinic letter", clinicLetter(s, ill.kind, taking), s.at(at.AddDate(0, 0, 4)), consultant)
		}
		if p.died.IsZero() && r.IntN(2) == 0 {
			s.booked(10+r.IntN(120), 20, ill.kind.seen+" clinic", consultant, org.name+", outpatients")
		}
	}
	if ill := p.illness(heartFailure); ill != nil { // high when it was found, and better on treatment
		level := 2600 + wobble(r, 700)
		for back := 4; back >= 0; back-- {
			day := s.last.AddDate(0, -9*back-1, -r.IntN(40))
			if day.After(ill.since) {
				s.measured(bnp, level*(1-0.62*worked(years(ill.since, day)/2))+wobble(r, 60), s.at(day), "Pathology, "+org.name)
			}
		}
	}
	if ill := p.illness(pregnancy); ill != nil {
		s.maternity(ill)
	}
	if r.IntN(5) < 3 {
		s.allergies(p.bears, pick(r, org.staff)) // the others were not told
	}
	if p.strange != nil {
		s.allergies([]*allergen{p.strange}, pick(r, org.staff))
	}
	if p.frail() && r.IntN(3) > 0 {
		s.stay(pick(r, org.staff))
	}
	for _, c := range taking { // what it last wrote down, which is not always what is taken now
		if c.other != "" && c.since.Before(s.last.AddDate(0, -6, 0)) {
			s.stated(c.other, c.medicine, s.between(500, 150), pick(r, org.staff), "As listed at the last clinic visit")
		}
	}
	if age := p.ageOn(s.last); r.IntN(3) == 0 && age >= 4 {
		why := "Fall"
		if age < 60 {
			why = pick(r, []string{"Sprained ankle", "Cut to the hand", "Head knock, no loss of consciousness"})
		}
		s.encounter("EMER", "Emergency department", why, s.between(800, 15), 190, pick(r, org.staff))
	}
	return s
}

// stated writes down what the person was said to take, by somebody who did not
// prescribe it.
func (s *sheaf) stated(text string, m medicine, at time.Time, author, note string) {
	b, _ := s.about("MedicationStatement", "subject", at)
	b.Set("status", "active").Set("medicationCodeableConcept", medicineConcept(text, m.atc)).
		Set("effectiveDateTime", at.Format(instant)).Set("dateAsserted", at.Format(instant)).
		Set("informationSource", by(author)).
		Add("note", fhir.Obj{"text", note}).Add("dosage", dosage(m))
}

// clinicLetter is what a clinic writes to the practice.
func clinicLetter(s *sheaf, c *condition, taking []course) string {
	var b strings.Builder
	p := s.p
	fmt.Fprintf(&b, "%s\n%s clinic\n\nTo: %s, %s\n\nAbout: %s, born %s\n\n", s.source, c.seen, p.gp, p.practice().name, p.name.call(), p.born.Format("2 January 2006"))
	fmt.Fprintf(&b, "Reason for visit: %s, follow-up.\n\n", strings.ToLower(c.name))
	b.WriteString("Medicines as listed in clinic:\n")
	for _, m := range taking {
		switch m.why.code {
		case depression, anxiety, bipolar, schizophrenia, alcohol:
			continue // what they are for is not this clinic's to repeat
		}
		text := m.text
		if m.other != "" {
			text = m.other
		}
		fmt.Fprintf(&b, "- %s: %s\n", text, m.dose)
	}
	b.WriteString("\n" + pick(s.r, []string{
		"We talked about how things have been since the last visit, and about what matters most at home. There is nothing new to worry about today.",
		"Things are much as they were. We went through the medicines one by one, and what each is for.",
		"A little better than last time. Questions about tiredness and about walking further were answered.",
	}))
	b.WriteString(pick(s.r, []string{
		" Please carry on as now, and repeat the blood tests in six months.",
		" No changes. Please keep an eye on the blood pressure.",
		" Please check that the list above agrees with yours: doses may have changed since.",
	}))
	b.WriteString(" We will write again after the next visit.\n")
	return b.String()
}

// stay is some days in hospital, and what was written to the practice after.
func (s *sheaf) stay(author string) {
	p, r := s.p, s.r
	nights := 2 + r.IntN(9)
	at := s.between(560, 45)
	if !at.AddDate(0, 0, nights).Before(s.last.AddDate(0, 0, -8)) {
		return
	}
	why, found := "Fall at home", "No bones broken. Blood pressure fell on standing; fluids and a review of tablets."
	switch {
	case p.has(heartFailure):
		why, found = "Breathlessness: heart failure", "Fluid on the lungs. Better with furosemide into a vein."
	case p.has(copd):
		why, found = "Flare-up of COPD", "No pneumonia on the film. Steroids for five days and a nebuliser."
	case p.has(dementia) && r.IntN(2) == 0:
		why, found = "Delirium with a urine infection", "More confused than usual; back to how they were after antibiotics by mouth."
	}
	s.encounter("IMP", fmt.Sprintf("Inpatient stay, %d nights", nights), why, at, nights*24*60, author)
	home := at.AddDate(0, 0, nights)
	words := fmt.Sprintf("%s\nDischarge summary\n\nTo: %s, %s\nAbout: %s, born %s\nIn hospital from %s for %d nights.\n\nWhy: %s.\nWhat we found: %s\n\nWalking: with a frame and one person. At home: stairs with a rail.\nPlease: repeat kidney function in two weeks, and look at the tablets again with the person.\n",
		s.source, p.gp, p.practice().name, p.name.call(), p.born.Format("2 January 2006"), at.Format("2 January 2006"), nights, why, found)
	s.letter("Discharge summary", "Discharge summary: "+strings.ToLower(why), words, s.at(home.AddDate(0, 0, 1)), author)
}

// frail reports whether somebody is.
func (p *resident) frail() bool {
	return p.has(frailty) || p.has(dementia) || p.has(heartFailure) && p.has(falls)
}
