package script

import (
	"context"
	"testing"

	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
)

// TestHowAHopeIsGoingIsSeenByThoseWhoSeeTheHope marks a hope as being about something that
// is kept closer: what was said of it goes with it, for everybody.
func TestHowAHopeIsGoingIsSeenByThoseWhoSeeTheHope(t *testing.T) {
	t.Parallel()
	eachArea(t, func(t *testing.T, house *app.House) {
		ctx := context.Background()
		amina, err := house.Accounts.As(ctx, "amina")
		if err != nil {
			t.Fatal(err)
		}
		whose := person.ID(amina.Person)
		sees := func(who string, why consent.Purpose) (hopes, said, orphans int) {
			actor, err := house.Accounts.As(ctx, who)
			if err != nil {
				t.Fatal(err)
			}
			err = house.Door.With(ctx, actor, why, whose, func(v record.View) error {
				p, err := plan.Read(v, house.Door.EntryText)
				hopes, said, orphans = len(p.Of("goal")), len(p.CheckIns), 0
				for _, x := range p.CheckIns {
					if p.Goal(x.Goal) == nil {
						orphans++
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(who, err)
			}
			return hopes, said, orphans
		}
		others := map[string]consent.Purpose{"tom": consent.Care, "priya": consent.Care, "sam": consent.Care, "leila": consent.Carer}
		hopes, all, _ := sees("amina", consent.Own)
		before := map[string]int{}
		for who, why := range others {
			seen, said, orphans := sees(who, why)
			before[who] = seen
			if orphans > 0 || seen == hopes && said != all {
				t.Errorf("%s sees %d of %d hopes, and %d of %d check-ins, %d of them of no hope", who, seen, hopes, said, all, orphans)
			}
		}
		err = house.Door.With(ctx, amina, consent.Own, whose, func(v record.View) error {
			p, err := plan.Read(v, house.Door.EntryText)
			if err != nil {
				return err
			}
			return v.Mark(p.Goal(p.CheckIns[0].Goal).Entry.ID, consent.SexualHealth, "", 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		fewer := 0
		for who, why := range others {
			seen, _, orphans := sees(who, why)
			if seen < before[who] {
				fewer++
			}
			if orphans > 0 {
				t.Errorf("%s sees how %d hopes go that they do not see", who, orphans)
			}
		}
		if fewer == 0 {
			t.Error("nobody sees less: nothing was tried")
		}
	})
}
