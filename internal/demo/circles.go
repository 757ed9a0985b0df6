package demo

import (
	"errors"
	"math/rand/v2"
	"time"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
)

// A saying is what one person says about sharing, in the order in which they say it.
type saying struct {
	a     *area
	ids   *rand.Rand // ids are made before the work
	joins []circle.Newcomer
	says  []sharing.Sharing
	ends  []string // sharings that are over again
	cares []caring // what they say of themselves as a carer
}

// saying is what somebody says, or what is said for a child.
func (a *area) saying(p *resident) *saying {
	s := &saying{a: a, ids: p.rand(6)}
	a.usual(s, p)
	switch p.who {
	case "amina":
		s.amina()
	case "leila":
		s.says = append(s.says, s.share(p.teams.gp.party(), "They asked how I am", "carers-own"))
		s.cares = leilasCaring(s)
	case "rita":
		s.rita(p)
	}
	if !p.adult(a.today) {
		s.parents(p)
	}
	return s
}

// begin says it, unless it was said before an interruption.
func (s *saying) begin(v record.View) error {
	if len(v.Members()) > 0 {
		return nil
	}
	v.Doing("circle")
	for _, n := range s.joins {
		if err := circle.Join(v, circle.Usual(), n); err != nil {
			return err
		}
	}
	for _, x := range s.says {
		if err := sharing.Add(v, x); err != nil {
			return err
		}
	}
	for _, c := range s.cares {
		if err := c.put(v); err != nil {
			return err
		}
	}
	return nil
}

// end takes back what is over again.
func (s *saying) end(v record.View) error {
	v.Doing("sharing")
	for _, rule := range s.ends {
		if err := sharing.End(v, rule); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// parents are those who answer for a child: as carers, until the sixteenth birthday.
func (s *saying) parents(p *resident) {
	until := clock.At(p.born.AddDate(16, 0, 0))
	for _, who := range []*resident{p.mother, p.father} {
		if who == nil || !who.died.IsZero() || !who.adult(s.a.today) {
			continue
		}
		s.joins = append(s.joins, circle.Newcomer{
			ID: uuid(s.ids), Rule: uuid(s.ids), Party: individual(accountOf(who)), Name: who.name.call(), Role: "carer",
			Shares: forParents, From: clock.At(p.born.AddDate(0, 0, 1)), Until: until,
		})
	}
}

// forParents is what those with parental responsibility see: all but what a child
// may keep to themselves.
const forParents = consent.General | consent.Medicines | consent.Plan | consent.AboutMe | consent.Dates | consent.Contacts | consent.SocialCare

// since is an instant so many days before today.
func (s *saying) since(days int) clock.Time {
	return clock.At(s.a.today.Add(-time.Duration(days) * 24 * time.Hour))
}

func (s *saying) join(to consent.Party, name, role, way string, days int) {
	s.joins = append(s.joins, circle.Newcomer{
		ID: uuid(s.ids), Rule: uuid(s.ids), Party: to, Name: name, Role: role, Way: way, From: s.since(days),
	})
}

func (s *saying) share(to consent.Party, why string, topics ...string) sharing.Sharing {
	return sharing.Sharing{ID: uuid(s.ids), To: to, Topics: topics, From: s.since(60), Reason: why}
}

func (s *saying) refuse(to consent.Party, why string, topics ...string) sharing.Sharing {
	x := s.share(to, why, topics...)
	x.Refuse = true
	return x
}

// usual is the circle that goes with what somebody needs.
func (a *area) usual(s *saying, p *resident) {
	doctor := p.teams.gp.party()
	if p.who == "rita" { // she lets one doctor in, by name
		doctor = individual(p.doctorID())
		s.join(doctor, p.gp, "GP", consent.NHS, 500)
	} else {
		s.join(doctor, p.teams.gp.name, "GP", consent.NHS, 500)
	}
	if t := p.teams.nurses; t.id != "" {
		s.join(t.party(), t.name, "District nurse", consent.NHS, 230)
	}
	if p.who == "amina" { // she has known him for years
		s.join(individual("tom"), "Tom Okafor", "Social worker", consent.Council, 340)
	} else if t := p.teams.social; t.id != "" {
		s.join(t.party(), t.name, "Social worker", consent.Council, 340)
	}
	if t := p.teams.home; t.id != "" {
		s.join(t.party(), t.name, "Home care", circle.HomeCare, 190)
	}
	if p.who == "dee" {
		s.join(organisations[havenLiving].party(), organisations[havenLiving].name, "Support at home", circle.HomeCare, 700)
	}
	if p.lunches(a.today) && p != a.alone {
		s.join(organisations[lunchClub].party(), organisations[lunchClub].name, "Lunch club", consent.Voluntary, 110)
	}
	if p == a.alone {
		s.join(individual("grace"), "Grace Adeyemi", "Link worker", consent.Voluntary, 20)
	}
	// Most of those whose doctor treats something that they keep to themselves say
	// that the doctor may see it.
	var private []string
	if p.has(depression) || p.has(anxiety) || p.has(bipolar) || p.has(schizophrenia) {
		private = append(private, "mental-health")
	}
	if p.has(alcohol) {
		private = append(private, "substance-use")
	}
	if private != nil && (p.who != "" || p.rand(7).IntN(10) < 8) {
		s.says = append(s.says, s.share(doctor, "", private...))
	}
}

// lonely is the one whom the link worker helps: somebody older in Ealing, or whoever
// comes nearest to that.
func (a *area) lonely() *resident {
	var found *resident
	for _, p := range a.people[rita+1:] {
		switch {
		case !p.adult(a.today):
		case p.home.borough == ealing && p.ageOn(a.today) >= 65 && p.kin == nil:
			return p
		case found == nil:
			found = p
		}
	}
	return found
}

// amina has people of every sector around her, and has thought about each.
func (s *saying) amina() {
	s.join(individual("hana"), "Hana Saleh", "Befriender", consent.Voluntary, 150)
	s.joins = append(s.joins, circle.Newcomer{
		ID: uuid(s.ids), Rule: uuid(s.ids), Party: individual("leila"), Name: "Leila Yusuf", Role: "carer",
		Shares: consent.Plan | consent.Dates | consent.Medicines, From: s.since(400),
	})
	nurses := consent.Party{Level: consent.Team, ID: ruthsTeam}
	clinic := s.share(organisations[grandUnion].party(), "For the heart failure clinic", "general", "medicines", "plan")
	clinic.Until = clock.At(s.a.today.AddDate(0, 6, 0))
	over := s.share(organisations[charity].party(), "For the walking group", "plan", "about-me")
	s.says = append(s.says,
		s.refuse(nurses, "They rang my brother", "contacts"),
		s.share(individual("tom"), "So that he understands my heart", "general"),
		s.share(organisations[homeCare].party(), "In case something happens when they are here", "wishes"),
		clinic, over)
	s.ends = append(s.ends, over.ID)
}

// rita closes what must not reach her home, in an emergency too, and opens it to two
// people by name.
func (s *saying) rita(p *resident) {
	s.joins = append(s.joins, circle.Newcomer{
		ID: uuid(s.ids), Rule: uuid(s.ids), Party: individual("orla"), Name: "Dr Orla Devane", Role: "Clinic doctor",
		Shares: consent.General | consent.SexualHealth, From: s.since(205),
	})
	closed := []string{"abuse", "home-entry", "sexual-health"}
	seal := s.refuse(consent.Anyone, "", closed...)
	seal.Purpose = consent.Emergency
	s.says = append(s.says, s.refuse(consent.Anyone, "", closed...), seal,
		s.share(s.joins[0].Party, "She asked, and she listened", "abuse", "home-entry"))
}
