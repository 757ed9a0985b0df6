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
	if len(clinics) == 0 && r.IntN(4) > 0 {
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
	if p.has(heartFailure) {
		s.measured(bnp, 900+wobble(r, 350), s.between(600, 60), "Pathology, "+org.name)
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
		if m.why.code == depression || m.why.code == bipolar || m.why.code == alcohol {
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
