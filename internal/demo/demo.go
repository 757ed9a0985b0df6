// Package demo makes a local area of people who do not exist, for trying things out:
// eight boroughs, their organisations and staff, the cast whom a visitor can be, and
// as many residents as asked for, each known to several sources that overlap and now
// and then disagree.
//
// Everything comes from a seed and a day: the same two give the same area, to the
// byte. NHS numbers are from 999 000 0000 to 999 999 9999, which nobody is given;
// telephone numbers are those kept for fiction; organisations are invented, but for
// the names of the councils. Conditions, medicines, doses and figures are chosen to
// go together as they do in life, and nobody should be treated by them.
//
// The records go in as any source's do, as FHIR Bundles, and what people say about
// sharing goes through the door as they would say it. This package owns no tables.
package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"onestory/internal/account"
	"onestory/internal/person"
	"onestory/internal/record"
)

// Parts are what an area is built with and from. All must be given.
type Parts struct {
	Accounts *account.Accounts
	Door     *record.Door
	Import   func(context.Context, Bundle) error // takes a bundle in for its source; an error stops the building
	Seed     uint64
	People   int       // with the cast
	Today    time.Time // what happened is counted back from this day, and circles from this instant
}

// workers is how many people are built at once: their changes share syncs.
const workers = 8

// Build fills an empty database with an area. progress is told how many people are
// done, from several goroutines, and may be nil. An error leaves an area half built:
// start again with an empty database.
func Build(ctx context.Context, parts Parts, progress func(done, of int)) error {
	a := newArea(parts.Seed, parts.People, parts.Today)
	for _, o := range organisations {
		if err := parts.Accounts.AddOrganisation(ctx, account.Organisation{ID: o.id, Name: o.name, Sector: o.sector}); err != nil {
			return fmt.Errorf("demo: adding %s: %w", o.id, err)
		}
	}
	for _, s := range colleagues() {
		err := parts.Accounts.Put(ctx, account.Account{
			ID: s.id, Name: s.name, Role: s.role, Team: s.team, Organisation: organisations[s.org].id,
		})
		if err != nil {
			return fmt.Errorf("demo: adding %s: %w", s.id, err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	var done atomic.Int64
	for _, p := range a.people {
		group.Go(func() error {
			if err := a.settle(ctx, &parts, p); err != nil {
				return fmt.Errorf("demo: person %d: %w", p.n, err)
			}
			if progress != nil {
				progress(int(done.Add(1)), len(a.people))
			}
			return nil
		})
	}
	return group.Wait()
}

// settle makes one person's record, account and circle.
func (a *area) settle(ctx context.Context, parts *Parts, p *resident) error {
	var first Bundle
	for i, b := range a.bundles(p) {
		if i == 0 {
			first = b
		}
		if err := parts.Import(ctx, b); err != nil {
			return err
		}
	}
	if !p.adult(a.today) {
		return nil
	}
	// Nothing but whose the practice's Patient is: it has come already.
	_, people, err := parts.Door.Receive(ctx, record.Arrival{
		Source: first.Source, People: []record.Newcomer{{Foreign: first.Patient}},
	})
	if err != nil {
		return err
	}
	return a.circle(ctx, parts, p, people[0])
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
