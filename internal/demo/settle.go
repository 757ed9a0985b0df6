package demo

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

const (
	together = 24      // people whose records go in with one transaction for each source
	workers  = 4       // of these at once; one writes while the others think
	sayers   = 8       // people of those who say at once what is shared: their changes share syncs
	most     = 500_000 // people of an area: the numbers that nobody is given end there
)

// settle makes some people's records, accounts and circles, those that are not there
// from before an interruption.
func (a *area) settle(ctx context.Context, parts *Parts, some []*resident) error {
	known, err := parts.settled(ctx, some)
	if err != nil {
		return err
	}
	var fresh []*resident
	for _, p := range some {
		if known[p] == 0 {
			fresh = append(fresh, p)
		}
	}
	if err := a.take(ctx, parts, fresh, known); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sayers)
	for _, p := range some {
		if p.died.IsZero() && !p.listed {
			group.Go(func() error { return a.say(ctx, parts, p, known[p]) })
		}
	}
	return group.Wait()
}

// settled is who of some people has an account, and so a record, already.
func (parts *Parts) settled(ctx context.Context, some []*resident) (map[*resident]person.ID, error) {
	known := map[*resident]person.ID{}
	for _, p := range some {
		if p.listed {
			continue
		}
		x, err := parts.Accounts.Get(ctx, accountOf(p))
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		known[p] = x.Person
	}
	return known, nil
}

// take sends what every source has about some people, each source at once, and
// finds out who they have become.
func (a *area) take(ctx context.Context, parts *Parts, some []*resident, known map[*resident]person.ID) error {
	var sources []string
	sent := map[string]*fhir.Builder{}
	practice := map[string]*record.Arrival{}
	of := map[string][]*resident{}
	for _, p := range some {
		for i, s := range a.sheaves(p) {
			if sent[s.source] == nil {
				sources = append(sources, s.source)
				sent[s.source] = s.begun("collection")
			}
			s.entries(sent[s.source])
			if i > 0 || p.listed {
				continue
			}
			if practice[s.source] == nil {
				practice[s.source] = &record.Arrival{Source: s.source}
			}
			here := practice[s.source]
			here.People = append(here.People, record.Newcomer{Foreign: s.sheets[0].id})
			of[s.source] = append(of[s.source], p)
		}
	}
	for _, source := range sources {
		if err := parts.Import(ctx, Bundle{Source: source, JSON: sent[source].Bytes()}); err != nil {
			return err
		}
		sent[source] = nil
	}
	for source, arrival := range practice {
		// Nothing but whose the practice's Patients are: they have come already.
		_, people, err := parts.Door.Receive(ctx, *arrival)
		if err != nil {
			return err
		}
		for i, p := range of[source] {
			known[p] = people[i]
		}
	}
	return nil
}

// say gives somebody an account, the people around them, and what they say about who
// sees what: through the door, as they would. For a child it is said in their name,
// by an account that nobody can sign in to.
func (a *area) say(ctx context.Context, parts *Parts, p *resident, id person.ID) error {
	x := p.account(id)
	there, err := parts.Accounts.Get(ctx, x.ID)
	switch {
	case errors.Is(err, fault.NotFound):
		if err := parts.Accounts.Put(ctx, x); err != nil {
			return err
		}
	case err != nil:
		return err
	case there.Suspended:
		return nil // a child's, all said
	}
	who, err := parts.Accounts.As(ctx, x.ID)
	if err != nil {
		return err
	}
	s := a.saying(p)
	err = parts.Door.With(ctx, who, consent.Own, id, s.begin)
	if err == nil && len(s.ends) > 0 {
		err = parts.Door.With(ctx, who, consent.Own, id, s.end)
	}
	if err == nil && p.who == "amina" {
		if err = a.planOf(ctx, parts, s, s.aminasPlan(), id); err == nil {
			err = a.workFor(ctx, parts, s, aminasWork(), id)
		}
	}
	if err == nil && p.who == "dee" {
		err = a.deesPlanOf(ctx, parts, s, id)
	}
	if err == nil && !p.adult(a.today) {
		x.Suspended = true
		err = parts.Accounts.Put(ctx, x)
	}
	return err
}

// accountOf is the account of the resident at a place of the area, the cast first.
func accountOf(p *resident) string {
	if p.who != "" {
		return p.who
	}
	return fmt.Sprintf("resident-%d", p.n)
}

func (p *resident) account(id person.ID) account.Account {
	role := "resident"
	if p.who == "leila" {
		role = "carer"
	}
	return account.Account{ID: accountOf(p), Name: p.name.call(), Person: id, Role: role}
}
