package demo

import (
	"context"
	"fmt"

	"onestory/internal/account"
	"onestory/internal/consent"
)

// A team is who is in a circle where a service works in teams: whoever comes and goes
// there, the team stays.
type team struct{ id, name string }

func (t team) party() consent.Party { return consent.Party{Level: consent.Team, ID: t.id} }

// teams are those around one person; those without a name are not.
type teams struct{ gp, nurses, social, home team }

// The teams of the cast.
const (
	priyasTeam = "plane-tree-blue"
	tomsTeam   = "adult-social-care-ealing"
	samsTeam   = "willow-north"
	ruthsTeam  = "district-nurses-ealing"
	glensTeam  = "district-nurses-west"
)

// practiceTeam is one of the two teams of a practice: that of its first or second
// doctor.
func practiceTeam(practice, doctor int) team {
	colour := []string{"blue", "green"}[doctor]
	o := &organisations[practice]
	return team{o.id + "-" + colour, o.name + ", " + colour + " team"}
}

// full is how many people a team looks after before there is another.
const full = 40

// assign gives everybody the teams that look after them: the practice's, and others as
// they are needed, each until it is full.
func (a *area) assign() {
	have := map[string]int{}
	next := func(id, name string) team {
		n := have[id] / full
		have[id]++
		if n > 0 {
			return team{fmt.Sprintf("%s-%d", id, n+1), fmt.Sprintf("%s, team %d", name, n+1)}
		}
		return team{id, name}
	}
	for _, p := range a.people {
		practice := boroughs[p.home.borough].practice
		p.teams.gp = practiceTeam(practice, 0)
		if p.gp == organisations[practice].staff[1] {
			p.teams.gp = practiceTeam(practice, 1)
		}
		if p.needs.nurse {
			id, name := glensTeam, "District nurses, west"
			if p.home.borough == ealing {
				id, name = ruthsTeam, "District nurses, Ealing"
			}
			p.teams.nurses = next(id, name)
		}
		if p.needs.social {
			b := &boroughs[p.home.borough]
			id := "adult-social-care-" + organisations[b.council].id
			if p.home.borough == ealing {
				id = tomsTeam
			}
			p.teams.social = next(id, "Adult social care, "+b.name)
		}
		if p.needs.home {
			p.teams.home = next(samsTeam, organisations[homeCare].name)
		}
	}
}

// named gives the teams of the area the names that people know them by.
func (a *area) named(ctx context.Context, to *account.Accounts) error {
	given := map[team]bool{{}: true}
	whose := map[string]string{}
	for _, s := range colleagues() {
		whose[s.team] = organisations[s.org].id
	}
	for _, p := range a.people {
		for _, t := range []team{p.teams.gp, p.teams.nurses, p.teams.social, p.teams.home} {
			if given[t] {
				continue
			}
			given[t] = true
			if err := to.AddTeam(ctx, account.Team{ID: t.id, Name: t.name, Organisation: whose[t.id]}); err != nil {
				return fmt.Errorf("demo: naming %s: %w", t.id, err)
			}
		}
	}
	return nil
}

// lists says which doctor everybody is with. In Acton, Dr Nair has sixty of those who
// need a doctor most, as far as the area has so many.
func (a *area) lists() {
	for _, p := range a.people {
		p.gp = p.practice().staff[p.seed%2]
		if p.home.borough == ealing {
			p.gp = organisations[actonPractice].staff[1]
		}
	}
	first, here := organisations[actonPractice].staff[0], 0
	take := func(fits func(*resident) bool) {
		for _, p := range a.people {
			if here < caseload && p.home.borough == ealing && p.gp != first && p.adult(a.today) && fits(p) {
				p.gp = first
				here++
			}
		}
	}
	take(func(p *resident) bool { return p.who != "" })
	take(func(p *resident) bool { return p.lasting() >= 2 || p.needs != (needs{}) })
	take(func(p *resident) bool { return p.lasting() == 1 })
	take(func(*resident) bool { return true })
}

// lasting is how many conditions somebody has that do not go away.
func (p *resident) lasting() (n int) {
	for _, ill := range p.ills {
		switch ill.kind.code {
		case hayFever, eczema, migraine, reflux, anaemia, hearing:
		default:
			n++
		}
	}
	return n
}

// caseload is how many people are on Dr Nair's list, where the area is large enough.
const caseload = 60
