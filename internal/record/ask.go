package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// An Asking is a wish to come into somebody's circle.
type Asking struct {
	ID     string        // of the ask, and of the membership if it is granted at once; made by the caller
	Party  consent.Party // as what: oneself, one's team or one's organisation
	Name   string        // what the person would know them by
	Role   string        // what they would be to the person
	Reason string        // why, for the person to read

	// Standing is the rule that joining makes, with its ID, for the case that a rule
	// of the person lets them in at once. It is cut to what that rule gives.
	Standing consent.Rule
}

// An ask waits so long for an answer, and is made again so long after at the earliest,
// whatever was answered: so that nobody is worn down.
const (
	askWaits = 28 * 24 * time.Hour
	askAgain = 7 * 24 * time.Hour
)

// Ask asks to come into the circle of somebody whom this account has just found. It
// is a line in their journal and waits on their page (View.Asks) for their answer:
// they let who asked join and end the ask, or only end it. Where a rule of theirs for
// the purpose Joining shares with who asks, that rule answers: joined is then true.
//
// NotFound says that the ticket is no longer good; Invalid that they are in the circle
// or that something is missing; Refused that they asked a short while ago.
func (d *Door) Ask(ctx context.Context, who consent.Actor, ticket string, a Asking) (joined bool, err error) {
	if a.ID == "" || a.Standing.ID == "" {
		return false, fmt.Errorf("record: an ask needs its ids")
	}
	var c fault.Check
	c.That(who.Is(a.Party) && a.Party.Level >= consent.Organisation, "party", "Choose whether you, your team or your organisation would join")
	c.That(a.Name != "", "name", "Enter the name that the person would know")
	c.That(a.Role != "" && a.Role != "carer", "role", "Say what you would do for the person")
	c.That(a.Reason != "", "reason", "Say why you ask")
	if err := c.Err(); err != nil {
		return false, err
	}
	err = d.asking(ctx, who, ticket, "ask", func(o *opening) error {
		joined, err = o.ask(a)
		return err
	})
	return joined, err
}

// Withdraw takes back what this account asked of somebody whom it has just found.
func (d *Door) Withdraw(ctx context.Context, who consent.Actor, ticket string) error {
	return d.asking(ctx, who, ticket, "unask", func(o *opening) error {
		for _, m := range o.asks() {
			if m.By == who.Account {
				return View{o}.end(m.ID)
			}
		}
		return fault.NotFound
	})
}

// Present is whom a ticket leads to, for a helper whom that person is with: their
// journal says that it was said.
func (d *Door) Present(ctx context.Context, who consent.Actor, ticket string) (subject person.ID, err error) {
	err = d.asking(ctx, who, ticket, "present", func(o *opening) error {
		subject = person.ID(o.subject)
		return nil
	})
	return subject, err
}

// asking opens somebody who was found, for no more than asking.
func (d *Door) asking(ctx context.Context, who consent.Actor, ticket, what string, work func(*opening) error) error {
	if consent.ReachOf(who.Role, consent.Finding).Nothing() {
		return fault.NotFound
	}
	subject, err := d.found(who.Account, ticket)
	if err != nil {
		return err
	}
	for range tries {
		o, err := d.open(ctx, who, consent.Joining, subject)
		if err != nil {
			return err
		}
		o.what = what
		hidden, err := o.hidden()
		if err != nil {
			return err
		}
		var outcome error = fault.NotFound
		if len(o.wholes) > 0 && !hidden {
			outcome = work(o)
		}
		if _, answered := fault.Of(outcome); outcome != nil && !answered {
			return outcome
		}
		switch err := d.keep(ctx, o, outcome); {
		case err == nil:
			return outcome
		case !errors.Is(err, db.Taken):
			return err
		}
	}
	return fault.Busy
}

func (o *opening) ask(a Asking) (joined bool, err error) {
	if o.among(consent.Care) {
		return false, fault.New(fault.Invalid, "You are in this person's team already.")
	}
	for _, w := range o.wholes {
		for _, m := range w.members {
			if m.Asked && m.By == o.who.Account && o.now < m.From.Add(askAgain) {
				return false, fault.New(fault.Refused, "You asked a short while ago. You can ask again a week after that.")
			}
		}
	}
	m := Member{
		ID: a.ID, Party: a.Party, Name: a.Name, Role: a.Role, From: o.now, Until: clock.Never,
		By: o.who.Account, Reason: a.Reason, Sector: o.who.Sector.ID,
	}
	v := View{o}
	welcome := consent.For(false, o.rules(), o.who, consent.Joining, o.now)
	if !welcome.Shows(consent.General) {
		m.Asked, m.Until = true, o.now.Add(askWaits)
		v.add(partMember, m)
		return false, nil
	}
	v.add(partMember, m)
	r := a.Standing
	r.To, r.Labels, r.By, r.From, r.Refuse, r.Entry = a.Party, r.Labels&^welcome.Withheld, o.who.Account, o.now, false, 0
	if r.Labels != 0 {
		v.add(partRule, r)
	}
	o.what = "join"
	return true, nil
}

// asks are those who wait for an answer.
func (o *opening) asks() (all []Member) {
	for _, w := range o.wholes {
		for _, m := range w.members {
			if m.Asked && o.now < m.Until {
				all = append(all, m)
			}
		}
	}
	return all
}

// Asks are those who ask to come into the circle, and wait for an answer: the first
// who asked first. To answer yes, let them join and End the ask in one change; to
// answer no, End it. Nobody but the person is told, and whoever asked of their own.
func (v View) Asks() []Member {
	all := v.o.asks()
	if v.o.own {
		return all
	}
	return slices.DeleteFunc(all, func(m Member) bool { return m.By != v.o.who.Account })
}

// HandOver asks the person to let somebody take the reader's place in the circle, until
// a day or for good: a colleague, or the team, who need not be in it. Who does so is in
// the circle in their own name. The person answers as they answer who asks to join.
func (v View) HandOver(a Asking, until clock.Time) error {
	place := v.o.ownPlace()
	if place == nil || v.o.glimpse || v.o.why != consent.Care {
		return fault.NotFound
	}
	var c fault.Check
	c.That(a.Party.Level >= consent.Organisation && a.Party.ID != "" && a.Party != place.Party, "to", "Choose who takes over")
	c.That(a.Name != "" && a.Role != "" && a.Role != "carer", "to", "Choose who takes over")
	c.That(a.Reason != "", "reason", "Say why, for the people to read")
	c.That(until == 0 || until > v.o.now, "until", "The last day must be in the future")
	if err := c.Err(); err != nil {
		return err
	}
	for _, w := range v.o.wholes {
		for _, m := range w.members {
			if m.Asked && m.By == v.o.who.Account && m.Party == a.Party && v.o.now < m.From.Add(askAgain) {
				return fault.New(fault.Refused, "You asked a short while ago. You can ask again a week after that.")
			}
		}
	}
	waits := v.o.now.Add(askWaits)
	if until != 0 {
		waits = min(waits, until)
	}
	v.add(partMember, Member{
		ID: a.ID, Party: a.Party, Name: a.Name, Role: a.Role, From: v.o.now, Until: waits, By: v.o.who.Account,
		Asked: true, Reason: a.Reason, Sector: v.o.who.Sector.ID, Last: until, For: place.ID,
	})
	return nil
}

// ownPlace is the membership by which the reader is in the circle in their own name, or nil.
func (o *opening) ownPlace() *Member {
	for _, w := range o.wholes {
		for i := range w.members {
			if m := &w.members[i]; m.Party == o.who.Individual && m.is(&o.who, consent.Care, o.now) {
				return m
			}
		}
	}
	return nil
}
