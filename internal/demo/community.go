package demo

import (
	"fmt"
	"time"

	"onestory/internal/fhir"
)

// nursing is what the district nurses know; nil for those whom they do not visit.
func (a *area) nursing(p *resident) *sheaf {
	if !p.needs.nurse {
		return nil
	}
	org := &organisations[riverside]
	s := newSheaf(org, 3, p, a.today)
	s.patientAs(p.name, p.home, p.gp)
	b := p.body(a.today)
	nurse := org.staff[1]
	if p.home.borough == ealing {
		nurse = org.staff[0]
	}
	began := s.between(400, 250)
	ref, _ := s.about("ServiceRequest", "subject", began)
	ref.Set("status", "active").Set("intent", "order").Set("code", concept("", "", "District nursing")).
		Set("authoredOn", began.Format(instant)).Set("requester", by(p.gp)).Add("performer", by(nurse))
	for week := range 8 {
		at := s.at(s.last.AddDate(0, 0, -3-week*14))
		s.encounter("HH", "Home visit, district nurse", "Review at home", at, 30, nurse)
		s.pressure(b.systolic+wobble(s.r, 6), b.diastolic+wobble(s.r, 4), at, nurse)
		s.measured(pulse, 72+wobble(s.r, 6), at, nurse)
		s.measured(oxygen, min(99, 96+wobble(s.r, 1)), at, nurse)
		if p.has(heartFailure) || week%4 == 0 {
			s.measured(weightOf, b.weight+wobble(s.r, 0.6), at, nurse)
		}
	}
	if p.died.IsZero() {
		s.booked(3+s.r.IntN(10), 30, "District nurse visit", nurse, "At home")
	}
	return s
}

// support is what the council knows; nil for those whom it does not support.
func (a *area) support(p *resident) *sheaf {
	if !p.needs.social {
		return nil
	}
	org := p.council()
	s := newSheaf(org, 4, p, a.today)
	s.patientAs(p.name, p.home, "")
	worker := org.staff[0]
	began := s.between(900, 380)
	reason := "Physical support: personal care"
	switch {
	case p.has(learningDisability):
		reason = "Learning disability support"
	case p.has(dementia):
		reason = "Support with memory and thinking"
	case p.has(schizophrenia):
		reason = "Mental health support"
	}
	e, _ := s.about("EpisodeOfCare", "patient", began)
	period := fhir.Obj{"start", began.Format(dayOnly)}
	status := "active"
	if !p.died.IsZero() {
		period, status = append(period, "end", p.died.Format(dayOnly)), "finished"
	}
	e.Set("status", status).Add("type", topic("social-care", "Primary support reason: "+reason)).
		Set("period", period).Set("managingOrganization", by(org.name)).Set("careManager", by(worker))
	if p.has(schizophrenia) { // the reason would tell
		e.Add("meta.security", fhir.Obj{"system", topicURL, "code", "mental-health"})
	}
	q, _ := s.about("ServiceRequest", "subject", began)
	q.Set("status", "completed").Set("intent", "order").Add("category", topic("social-care", "Social care")).
		Set("code", concept("", "", "Care Act assessment")).Set("authoredOn", began.Format(instant)).
		Set("requester", by(worker))
	if p.frail() && p.ageOn(s.last) >= 65 && s.r.IntN(2) == 0 {
		at := s.between(370, 60)
		q, _ := s.about("ServiceRequest", "subject", at)
		q.Set("status", "completed").Set("intent", "order").Add("category", topic("social-care", "Social care")).
			Set("code", concept("", "", "Reablement at home, six weeks after hospital")).Set("authoredOn", at.Format(instant)).
			Set("requester", by(worker)).Add("performer", by(org.name+", reablement team"))
	}
	if k := p.kin; k != nil && p.ageOn(s.last) >= 70 && k.died.IsZero() {
		at := s.between(330, 30)
		q, _ := s.about("ServiceRequest", "subject", at)
		q.Set("status", "active").Set("intent", "order").Add("category", topic("social-care", "Social care")).
			Set("code", concept("", "", "Carer's assessment offered to the "+k.relation(p))).Set("authoredOn", at.Format(instant)).
			Set("requester", by(worker))
	}
	if !p.died.IsZero() {
		return s
	}
	var steps []string
	if p.needs.home {
		steps = append(steps, "Home care visits: 30 minutes, mornings and evenings, every day")
	}
	if p.has(learningDisability) {
		steps = append(steps, "Support at home, shared with housemates, day and night", "Two hours a week one to one, to go out")
	}
	if p.ageOn(s.last) >= 75 {
		steps = append(steps, "Pendant alarm, with a key safe by the door", "Rails at the front step and in the bathroom")
	}
	s.carePlan("social-care", "Care and support plan", "What the council arranges, and what it is for.", began.AddDate(0, 1, 0), worker, steps)
	return s
}

// relation is what somebody is to another of the household, in a word.
func (p *resident) relation(to *resident) string {
	if to.kin == p {
		return to.kinIs
	}
	return "family carer"
}

// lunch is what the lunch club knows, which is next to nothing; nil for those who do not
// go there.
func (a *area) lunch(p *resident) *sheaf {
	if !p.lunches(a.today) {
		return nil
	}
	org := &organisations[lunchClub]
	s := newSheaf(org, 8, p, a.today)
	n := p.name
	n.prefix = ""
	s.patientAs(n, p.home, "")
	began := s.between(420, 120)
	ref, _ := s.about("ServiceRequest", "subject", began)
	ref.Set("status", "active").Set("intent", "order").Set("code", concept("", "", "Social prescribing: company and a hot meal")).
		Set("authoredOn", began.Format(instant)).Set("requester", by(p.practice().name+", link worker")).Add("performer", by(org.staff[0]))
	for week := range 3 {
		s.encounter("AMB", "Lunch club", "", s.at(s.last.AddDate(0, 0, -4-week*7)), 120, org.staff[0])
	}
	return s
}

// lunches is who goes to the lunch club: some of the older who live alone.
func (p *resident) lunches(today time.Time) bool {
	return p.who == "" && p.died.IsZero() && p.kin == nil && p.ageOn(today) >= 68 && p.seed%4 == 0
}

// carePlan writes a plan down with what is to be done.
func (s *sheaf) carePlan(about, title, words string, began time.Time, author string, steps []string) *fhir.Builder {
	at := s.at(began)
	began = earlier(began, at)
	b, _ := s.about("CarePlan", "subject", at)
	b.Set("status", "active").Set("intent", "plan")
	if about != "" {
		b.Add("category", topic(about, title))
	}
	b.Set("title", title).Set("description", words).
		Set("period", fhir.Obj{"start", began.Format(dayOnly)}).
		Set("created", at.Format(instant)).Set("author", by(author))
	for _, step := range steps {
		b.Add("activity", fhir.Obj{"detail", fhir.Obj{"status", "in-progress", "description", step}})
	}
	return b
}

// visiting is what the home-care agency knows, from its own list of medicines among
// other things; nil for those whom it does not visit.
func (a *area) visiting(p *resident) *sheaf {
	if !p.needs.home {
		return nil
	}
	org := &organisations[homeCare]
	s := newSheaf(org, 5, p, a.today)
	s.patientAs(p.name, p.home, "")
	sam, carer := org.staff[0], org.staff[1]
	began := s.between(360, 200)
	if p.died.IsZero() {
		s.keySafe(began, sam)
		s.carePlan("social-care", "Visits at home", "What we do when we come.", began, sam, []string{
			"Morning: washing and dressing, breakfast, medicines from the blister pack",
			"Evening: supper, medicines, ready for bed",
		})
	}
	for _, c := range p.taking(a.today) {
		if c.class == "reliever" || c.why.code == depression {
			continue // they look after these themselves
		}
		text := c.text
		if c.other != "" && s.r.IntN(2) == 0 {
			text = c.other // nobody told the agency that it changed
		}
		s.stated(text, c.medicine, s.between(180, 40), sam, "From the medicines chart")
	}
	for range 6 {
		s.encounter("HH", "Home care visit", "", s.between(40, 1), 30, carer)
	}
	return s
}

// keySafe writes down how to get in, which is a matter of its own for sharing.
func (s *sheaf) keySafe(began time.Time, author string) {
	b, _ := s.about("Flag", "subject", s.at(began))
	b.Set("status", "active").Add("category", topic("home-entry", "Getting in")).
		Set("code", fhir.Obj{"text", fmt.Sprintf("Key safe to the left of the front door, code %04d. Knock first and say who you are.", s.r.IntN(10000))}).
		Set("period", fhir.Obj{"start", began.Format(dayOnly)}).Set("author", by(author))
}
