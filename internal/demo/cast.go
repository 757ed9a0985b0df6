package demo

import (
	"math/rand/v2"
	"time"

	"onestory/internal/account"
	"onestory/internal/consent"
)

// A Role is one of those whom a visitor of the demo can be.
type Role struct {
	Who   string // as in who=
	Name  string
	Is    string // one line for the page of people to be
	Story string // one line: what to find on first opening
}

// Cast are the people that a visitor can be, in the order of the page.
func Cast() []Role {
	return []Role{
		{"amina", "Amina Yusuf", "75, Ealing. Arabic first. Heart failure and diabetes", "A penicillin allergy that one hospital has and she disputes; who is in her circle, and what each may see"},
		{"leila", "Leila Yusuf", "Amina's daughter and carer", "May see her mother's plan, dates and medicines, and nothing else; has a record of her own"},
		{"marcus", "Marcus Bright", "58, Harrow. Uses a screen reader. Lay partner and co-chair", "His own record, with how he wants letters sent"},
		{"dee", "Dee Hughes", "34, Hounslow. Learning disability. Easy read", "What she says about herself, in her own words"},
		{"rita", "Rita Malik", "41, Brent. Lives with someone who watches her phone", "Things she has sealed, even in an emergency, and how to reach her safely"},
		{"priya", "Dr Priya Nair", "GP, Acton", "60 people on her list"},
		{"tom", "Tom Okafor", "Social worker, Ealing Council", "The people he supports, Amina among them"},
		{"jo", "Jo Marsh", "Paramedic", "In nobody's circle: a record opens only in an emergency"},
		{"sam", "Sam Reid", "Care coordinator, a home-care agency", "The people the agency visits: plans, medicines and key safes, not results"},
		{"grace", "Grace Adeyemi", "Link worker, a charity", "One person who asked for her help; nobody else is there"},
		{"nadia", "Nadia Rahman", "Privacy officer", "Who looked at what, and by what right"},
		{"chen", "Chen Wei", "Plans services for two boroughs", "Figures, and no single person's record"},
		{"omar", "Omar Said", "Runs the server", "No way to any record at all"},
		{"reception-acton", "Zoe Bennett", "Front desk, Plane Tree Surgery, Acton", "Names and times only; helps people who come to the desk with their own pages"},
		{"admin-acton", "Hannah Price", "Looks after accounts, Plane Tree Surgery, Acton", "Who works there and in which teams; nothing about any person"},
		{"admin2-acton", "Yusuf Adan", "Looks after accounts there too", "Confirms what takes two of them"},
		{"halima", "Halima Noor", "District nurse in Acton, and some days care coordinator", "Says for which of the two she is here, and sees what that one needs"},
		{"hana", "Hana Saleh", "Link worker at a befriending charity", "Sees what her charity was asked to do under My work, and no more of a person than that needs"},
	}
}

// Places of the cast's own records among the people of the area.
const (
	amina = iota
	leila
	marcus
	dee
	rita
)

// cast makes the five who have a record of their own. Their ages are the same
// whenever the area is made; what happened to them is counted back from today.
func (a *area) cast(r *rand.Rand) {
	home := func(b, at int, line, landline string) address {
		return address{b, line, boroughs[b].town[2*at], boroughs[b].town[2*at+1] + " 9ZA", landline}
	}
	born := func(age, days int) time.Time { return a.today.AddDate(-age, 0, -days) }
	had := func(p *resident, code string, years, days int) {
		p.ills = append(p.ills, illness{conditionOf(code), weekday(a.today.AddDate(-years, 0, -days))})
	}

	am := &resident{who: "amina", woman: true, born: born(75, 131), mobile: "07700 900101", speaks: "ar", smokes: "never",
		name: name{prefix: "Mrs", given: "Amina", family: "Yusuf"}, other: name{given: "Ameena", family: "Yousuf"},
		home:  home(ealing, 0, "12 Tolsworth Gardens", "020 7946 0101"),
		needs: needs{social: true, home: true, nurse: true}}
	had(am, diabetes2, 14, 40)
	had(am, hypertension, 11, 95)
	had(am, heartFailure, 3, 20)
	had(am, arthritis, 6, 12)

	le := &resident{who: "leila", woman: true, born: born(44, 203), mobile: "07700 900102", smokes: "never",
		name: name{prefix: "Ms", given: "Leila", family: "Yusuf"}, home: home(ealing, 2, "3 Quillet Close", "020 7946 0102")}
	had(le, migraine, 9, 30)
	had(le, hypothyroid, 5, 77)
	le.kin, le.kinIs, am.kin, am.kinIs = am, "mother", le, "daughter and carer"

	ma := &resident{who: "marcus", born: born(58, 64), mobile: "07700 900103", smokes: "ex",
		name: name{prefix: "Mr", given: "Marcus", family: "Bright"}, home: home(3, 0, "41 Larkmead Avenue", "020 7946 0103")}
	had(ma, hypertension, 7, 15)

	de := &resident{who: "dee", woman: true, born: born(34, 288), mobile: "07700 900104", smokes: "never",
		name: name{prefix: "Miss", given: "Dee", family: "Hughes"}, home: home(5, 0, "Flat 2, 8 Haven Lane", "020 7946 0104"),
		needs: needs{social: true}}
	p := conditionOf(learningDisability)
	de.ills = append(de.ills, illness{p, de.born.AddDate(1, 2, 0)})
	had(de, epilepsy, 19, 4)

	ri := &resident{who: "rita", woman: true, born: born(41, 17), mobile: "07700 900105", smokes: "never",
		name: name{prefix: "Mrs", given: "Rita", family: "Malik"}, home: home(0, 0, "77 Copperfield Road", "020 7946 0105")}
	had(ri, asthma, 22, 8)
	had(ri, anxiety, 2, 50)

	a.people = append(a.people, am, le, ma, de, ri)
}

// A staff is somebody of an organisation who may sign in.
type staff struct {
	id, name, role, team string
	org                  int
}

// colleagues are all staff: the cast, and those who hold the other places in circles.
func colleagues() []staff {
	all := []staff{
		{"priya", "Dr Priya Nair", "gp", priyasTeam, actonPractice},
		{"tom", "Tom Okafor", "social-worker", tomsTeam, ealingCouncil},
		{"jo", "Jo Marsh", "paramedic", "", ambulance},
		{"sam", "Sam Reid", "care-coordinator", samsTeam, homeCare},
		{"grace", "Grace Adeyemi", "link-worker", "", charity},
		{"nadia", "Nadia Rahman", "privacy-officer", "", partnership},
		{"chen", "Chen Wei", "planner", "", partnership},
		{"omar", "Omar Said", "operator", "", partnership},
		{"ruth", "Ruth Amoah", "nurse", ruthsTeam, riverside},
		{"glen", "Glen Tarrant", "nurse", glensTeam, riverside},
		{"hana", "Hana Saleh", "link-worker", "", befrienders},
		{"kelly", "Kelly Brandt", "care-coordinator", "", havenLiving},
		{"orla", "Dr Orla Devane", "gp", "", clinic},
		{"reception-acton", "Zoe Bennett", "reception", "", actonPractice},
		{"halima", "Halima Noor", "nurse", ruthsTeam, riverside},
		{"admin-acton", "Hannah Price", account.Admin, "", actonPractice},
		{"admin2-acton", "Yusuf Adan", account.Admin, "", actonPractice},
	}
	for i := range boroughs {
		for n, doctor := range organisations[boroughs[i].practice].staff[:2] {
			if id := doctorID(boroughs[i].practice, n); id != "priya" {
				all = append(all, staff{id, doctor, "gp", practiceTeam(boroughs[i].practice, n).id, boroughs[i].practice})
			}
		}
	}
	return all
}

// doctorID is the account of one of the two doctors of a practice.
func doctorID(practice, n int) string {
	if practice == actonPractice && n == 0 {
		return "priya"
	}
	return organisations[practice].id + []string{"-first", "-second"}[n]
}

// doctorID is the account of whose list somebody is on.
func (p *resident) doctorID() string {
	practice := boroughs[p.home.borough].practice
	if p.gp == organisations[practice].staff[1] {
		return doctorID(practice, 1)
	}
	return doctorID(practice, 0)
}

func individual(account string) consent.Party {
	return consent.Party{Level: consent.Individual, ID: account}
}
