package demo

import "time"

// A jab is a vaccination of the usual schedule for children.
type jab struct {
	weeks       int    // of age
	code, words string // CVX, where we are sure of it
	since       int    // born in this year or later; 0: all
}

var schedule = []jab{
	{8, "", "6-in-1 vaccine, first dose", 2017}, {8, "", "Rotavirus vaccine, first dose", 2013}, {8, "", "MenB vaccine, first dose", 2015},
	{12, "", "6-in-1 vaccine, second dose", 2017}, {12, "", "Rotavirus vaccine, second dose", 2013}, {12, "", "Pneumococcal conjugate vaccine, first dose", 2019},
	{16, "", "6-in-1 vaccine, third dose", 2017}, {16, "", "MenB vaccine, second dose", 2015},
	{53, "03", "MMR vaccine, first dose", 0}, {53, "", "MenB vaccine, booster", 2015}, {53, "", "Pneumococcal conjugate vaccine, booster", 2009},
	{178, "03", "MMR vaccine, second dose", 0}, {179, "", "4-in-1 pre-school booster", 0},
	{655, "", "HPV vaccine", 2008}, {735, "", "3-in-1 teenage booster", 0}, {735, "", "MenACWY vaccine", 2000},
}

// jabs are the vaccinations that somebody of their age will have had: in nine of ten
// households all, in some none.
func (s *sheaf) jabs(nurse string) {
	p := s.p
	age := p.ageOn(s.last)
	if age < 18 {
		if s.r.IntN(12) > 0 {
			s.schedule(nurse)
		}
		for back := range 3 { // the spray in the nose, of a winter
			day := s.winter(back)
			if at := p.ageOn(day); at >= 2 && at < 16 && s.r.IntN(2) == 0 {
				s.immunised("149", "Influenza nasal spray vaccine", day, nurse)
			}
		}
		return
	}
	risky := p.has(diabetes2) || p.has(diabetes1) || p.has(heartFailure) || p.has(copd) || p.has(kidney3) || p.has(asthma) || p.has(pregnancy)
	for back := range 4 {
		day := s.winter(back)
		if p.ageOn(day) < 65 && !risky || s.r.IntN(4) == 0 {
			continue
		}
		s.immunised("88", "Seasonal influenza vaccine", day, nurse)
		if p.ageOn(day) >= 75 {
			s.immunised("213", "COVID-19 vaccine, autumn booster", day, nurse)
		}
	}
	if age >= 66 {
		s.immunised("33", "Pneumococcal polysaccharide vaccine", s.atAge(65, 2005), nurse)
	}
	if day := s.atAge(70, 2014); age >= 71 && p.ageOn(day) < 80 { // offered from 70 to 79
		s.immunised("", "Shingles vaccine", day, nurse)
	}
	if day := time.Date(2024, time.October, 1+s.r.IntN(60), 0, 0, 0, 0, time.UTC); p.ageOn(day) >= 75 && day.Before(s.last.AddDate(0, 0, -3)) {
		s.immunised("", "RSV vaccine", s.at(day), nurse)
	}
	if ill := p.illness(pregnancy); ill != nil {
		if day := ill.since.AddDate(0, 0, 7*12); day.Before(s.last.AddDate(0, 0, -3)) {
			s.immunised("", "Whooping cough vaccine in pregnancy", s.at(day), nurse)
		}
	}
	day := time.Date(2021, time.March+time.Month(s.r.IntN(3)), 1+s.r.IntN(28), 0, 0, 0, 0, time.UTC)
	if p.ageOn(day) >= 18 && day.Before(s.last.AddDate(0, -6, 0)) && s.r.IntN(10) > 0 {
		s.immunised("213", "COVID-19 vaccine, first dose", s.at(day), nurse)
		s.immunised("213", "COVID-19 vaccine, second dose", s.at(day.AddDate(0, 0, 77)), nurse)
	}
}

// schedule are those of childhood, as far as the child is old enough.
func (s *sheaf) schedule(nurse string) {
	for _, j := range schedule {
		day := s.p.born.AddDate(0, 0, 7*j.weeks+s.r.IntN(20))
		if s.p.born.Year() >= j.since && day.Before(s.last.AddDate(0, 0, -3)) && s.r.IntN(25) > 0 {
			s.immunised(j.code, j.words, s.at(day), nurse)
		}
	}
}

// winter is a day on which flu vaccines are given, in one of the last winters that
// have begun.
func (s *sheaf) winter(back int) time.Time {
	year := s.last.Year()
	if s.last.Month() < time.October || s.last.Month() == time.October && s.last.Day() < 10 {
		year--
	}
	day := time.Date(year-back, time.September, 15+s.r.IntN(60), 0, 0, 0, 0, time.UTC)
	if !day.Before(s.last.AddDate(0, 0, -3)) {
		day = time.Date(year-back, time.September, 15+s.r.IntN(15), 0, 0, 0, 0, time.UTC)
	}
	return s.at(day)
}

// atAge is a working day within the year after a birthday, or after the beginning of
// the year in which the vaccine was first given to those of that age.
func (s *sheaf) atAge(age, first int) time.Time {
	day := s.p.born.AddDate(age, 0, 0)
	if day.Year() < first {
		day = time.Date(first, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return s.at(earlier(day.AddDate(0, 0, s.r.IntN(300)), s.last.AddDate(0, 0, -5)))
}
