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
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/record"
)

// Parts are what an area is built with and from. All must be given but Directory.
type Parts struct {
	Directory *directory.Directory // to which services are added; nil: the area has none
	Accounts  *account.Accounts
	Door      *record.Door
	Import    func(context.Context, Bundle) error // takes a bundle in for its source, often one about several people; an error stops the building
	Seed      uint64
	People    int       // with the cast
	Whole     int       // how many of these have all there is, the cast first, for measuring; the others are on a practice's list, with what they have, and cannot sign in. 0: everybody
	Today     time.Time // what happened is counted back from this day, and circles from this instant
}

// Build fills a database with an area. What is there already is left as it is, so that
// a building that was interrupted is finished by starting it again with the same
// parts. progress is told how many people are done, from several goroutines, and may
// be nil.
func Build(ctx context.Context, parts Parts, progress func(done, of int)) error {
	if parts.People > most {
		return fmt.Errorf("demo: an area has at most %d people: there are no more numbers", most)
	}
	a := newArea(parts.Seed, parts.People, parts.Today)
	if err := staffed(ctx, parts.Accounts); err != nil {
		return err
	}
	if err := a.named(ctx, parts.Accounts); err != nil {
		return err
	}
	if err := a.fillDirectory(ctx, &parts); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	var done atomic.Int64
	if parts.Whole > 0 {
		for _, p := range a.people[min(parts.Whole, len(a.people)):] {
			p.listed = true
		}
	}
	for some := range slices.Chunk(a.people, together) {
		group.Go(func() error {
			if err := a.settle(ctx, &parts, some); err != nil {
				return fmt.Errorf("demo: from person %d: %w", some[0].n, err)
			}
			if progress != nil {
				progress(int(done.Add(int64(len(some)))), len(a.people))
			}
			return nil
		})
	}
	return group.Wait()
}

// prompted adds the questions by which the council helps people to plan.
func prompted(ctx context.Context, to *account.Accounts) error {
	council := organisations[ealingCouncil]
	by := consent.Actor{Account: "council", Name: council.name, Organisation: consent.Party{Level: consent.Organisation, ID: council.id}}
	for i, x := range [][2]string{
		{"need", "What makes it hard to get out of the house?"},
		{"goal", "Who would you like to see more often?"},
		{"worse", "What would you want us to do if your carer fell ill?"},
	} {
		if err := to.SetPrompt(ctx, by, account.Prompt{ID: fmt.Sprintf("council-%d", i+1), Part: x[0], Words: x[1]}); err != nil {
			return fmt.Errorf("demo: adding a question: %w", err)
		}
	}
	return nil
}

// staffed adds the organisations and those who work there.
func staffed(ctx context.Context, to *account.Accounts) error {
	for _, o := range organisations {
		if err := to.AddOrganisation(ctx, account.Organisation{ID: o.id, Name: o.name, Sector: o.sector}); err != nil {
			return fmt.Errorf("demo: adding %s: %w", o.id, err)
		}
	}
	if err := prompted(ctx, to); err != nil {
		return err
	}
	for _, s := range colleagues() {
		if _, err := to.Get(ctx, s.id); err == nil {
			continue // from before the interruption: again would end their sessions
		}
		err := to.Put(ctx, account.Account{
			ID: s.id, Name: s.name, Role: s.role, Team: s.team, Organisation: organisations[s.org].id,
		})
		if err != nil {
			return fmt.Errorf("demo: adding %s: %w", s.id, err)
		}
		if s.id == "halima" {
			_, err := to.AddPost(ctx, s.id, account.Post{Role: "care-coordinator", Team: samsTeam, Organisation: organisations[homeCare].id})
			if err != nil {
				return fmt.Errorf("demo: giving %s a second post: %w", s.id, err)
			}
		}
	}
	return nil
}
