// Package circle is about the people around a person: who joins them, what joining
// lets them see, and how it ends.
//
// Joining makes a membership and, beside it, one standing rule: what the sector of
// the newcomer usually needs ([Usual]), which the person sees on their page and can
// end. No sensitive topic is in any of them, except how to get in for those who come
// to the home to help. Stopping is quiet or loud. Quietly, every label is refused and
// the membership stays: whoever was stopped sees the page of a person with nothing to
// show. Loudly, the membership ends with everything that was shared through it.
//
// Ids are made by the caller before the work, since work may run twice. The rules
// made here bear a code as their reason, [Reason] or [Quiet], so that a page can say
// why they are there. This package owns no tables: it is words over record.View.
package circle

import (
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// What the reason of a rule begins with when a membership made it. The id of the
// membership follows.
const (
	reasonPrefix = "circle:"
	quietPrefix  = "quiet:"
)

// Reason is the reason of the standing rule that a membership made.
func Reason(member string) string { return reasonPrefix + member }

// Quiet is the reason of the refusal by which a membership was stopped quietly.
func Quiet(member string) string { return quietPrefix + member }

// A Newcomer is somebody to be brought into the circle.
type Newcomer struct {
	ID    string        // of the membership, made by the caller
	Rule  string        // id of the standing rule, made by the caller
	Party consent.Party // an individual, a team or an organisation
	Name  string        // how the person knows them
	Role  string        // what they are to the person: "GP", "daughter"; "carer" acts for them

	Relation string // of a carer: what they are to the person besides

	// Way is the row of the usual sharings that holds for them: a sector, or
	// [HomeCare]. It is empty for family and friends, who see what Shares says.
	Way    string
	Shares consent.Labels // in place of the usual; 0: as usual
	From   clock.Time     // 0: now
	Until  clock.Time     // 0: no end
	For    string         // the membership whose place they take, "" for none
}

// Join brings somebody into the person's circle, with what they may see from then
// on. It answers Invalid with what to put right; Refused to anybody but the person.
func Join(v record.View, usual Defaults, n Newcomer) error {
	if n.Until == 0 {
		n.Until = clock.Never
	}
	var c fault.Check
	c.That(n.Party.ID != "" && n.Party.Level >= consent.Organisation, "party", "Choose a person, a team or an organisation")
	c.That(strings.TrimSpace(n.Name) != "", "name", "Enter the name you know them by")
	c.That(strings.TrimSpace(n.Role) != "", "role", "Say who they are to you")
	c.That(n.Until > v.Now() && n.Until > n.From, "until", "The last day must be in the future")
	c.That(n.Role != "carer" || n.Party.Level == consent.Individual, "party", "Choose one person: a team cannot act for you")
	for _, m := range v.Members() {
		if m.Party == n.Party && acting(m.Role) == acting(n.Role) && v.Now() < m.Until {
			c.That(false, "party", "They are in your circle already")
		}
	}
	shares := n.Shares
	if shares == 0 {
		var known bool
		shares, known = usual.For(n.Way)
		c.That(known || n.Way == "", "party", "Choose what they may see")
	}
	if err := c.Err(); err != nil {
		return err
	}
	if err := tidy(v, n.Party); err != nil {
		return err
	}
	err := v.Join(record.Member{ID: n.ID, Party: n.Party, Name: n.Name, Role: n.Role, Relation: n.Relation, From: n.From, Until: n.Until, For: n.For})
	if err != nil || shares == 0 {
		return err
	}
	err = v.Share(consent.Rule{
		ID: n.Rule, To: n.Party, Labels: shares, From: n.From, Until: n.Until, Reason: Reason(n.ID),
	})
	if err != nil || n.Way == "" || !unshared(v) {
		return err
	}
	// The standing rule waits beside the choice: without it, it counts.
	for _, why := range []consent.Purpose{consent.Care, consent.Administration} {
		err = v.Share(consent.Rule{
			ID: n.Rule + "." + string(why), To: n.Party, Labels: consent.Everything, Refuse: true, Purpose: why, Reason: noSharedRecord,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// noSharedRecord is the reason of the rules by which a person has no shared record,
// as package sharing makes them.
const noSharedRecord = "choice:shared-record"

// unshared reports whether the person has chosen not to have a shared record: who
// joins to work with them then sees nothing until they choose otherwise.
func unshared(v record.View) bool {
	return slices.ContainsFunc(v.Rules(), func(r consent.Rule) bool { return r.Reason == noSharedRecord && counts(&r, v.Now()) })
}

func acting(role string) bool { return role == "carer" }

// tidy ends the standing rules of earlier memberships of a party: who left by
// themselves could not end them, and coming back must not bring them back.
func tidy(v record.View, p consent.Party) error {
	ended := map[string]bool{}
	for _, m := range v.Members() {
		if m.Party == p && m.Until <= v.Now() {
			ended[Reason(m.ID)] = true
			ended[Quiet(m.ID)] = true
		}
	}
	return endRules(v, func(r *consent.Rule) bool { return ended[r.Reason] })
}

// Leave ends a membership from now on: the person's doing, or the member's own.
// NotFound when there is no such membership, or it is somebody else's.
func Leave(v record.View, member string) error {
	m, ok := find(v, member)
	if !ok || v.Now() >= m.Until {
		return fault.NotFound
	}
	return v.End(member)
}

// Stop ends what a member may see. Quietly, they stay in the circle and every label
// is refused them, by the rule whose id the caller made. Loudly, the membership ends,
// and with it all that was shared with that party; what was refused stays refused.
func Stop(v record.View, member string, quietly bool, rule string) error {
	m, ok := find(v, member)
	switch {
	case !v.Own():
		return fault.New(fault.Refused, "Only the person can stop what others see.")
	case !ok || v.Now() >= m.Until:
		return fault.NotFound
	case !quietly:
		if err := v.End(member); err != nil {
			return err
		}
		return endRules(v, func(r *consent.Rule) bool {
			return r.Reason == Reason(member) || r.Reason == Quiet(member) || r.To == m.Party && !r.Refuse
		})
	case stopped(v, member):
		return nil // twice is once
	}
	// A single entry that was shared by name is closer than any label: it would stay.
	err := endRules(v, func(r *consent.Rule) bool { return r.To == m.Party && r.Entry != 0 && !r.Refuse })
	if err != nil {
		return err
	}
	return v.Share(consent.Rule{ID: rule, To: m.Party, Labels: consent.Everything, Refuse: true, Reason: Quiet(member)})
}

// Resume takes a quiet stop back: what was shared before counts again.
func Resume(v record.View, member string) error {
	if !v.Own() || !stopped(v, member) {
		return fault.NotFound
	}
	return endRules(v, func(r *consent.Rule) bool { return r.Reason == Quiet(member) })
}

func stopped(v record.View, member string) bool {
	for _, r := range v.Rules() {
		if r.Reason == Quiet(member) && counts(&r, v.Now()) {
			return true
		}
	}
	return false
}

// A Person is one place in the circle, as a page shows it.
type Person struct {
	record.Member
	Past  bool // no longer in it; only the person themselves is told
	Quiet bool // stopped quietly; only the person themselves is told

	// Shares are the labels of the rules that name this party and count now, less
	// those refused it: what the person has said, not what a wider rule adds. Only
	// the person themselves is told.
	Shares consent.Labels
}

// Acts reports whether they act for the person.
func (p Person) Acts() bool { return acting(p.Role) }

// Of lists the circle: those who are in it, in the order in which they came, and
// then, for the person alone, those who were, the last first.
func Of(v record.View) []Person {
	var present, past []Person
	rules, now := v.Rules(), v.Now()
	for _, m := range v.Members() {
		p := Person{Member: m, Past: now >= m.Until}
		if p.Past {
			past = append([]Person{p}, past...)
			continue
		}
		var refused consent.Labels
		for i := range rules {
			r := &rules[i]
			switch {
			case r.To != m.Party || r.Entry != 0 || !counts(r, now) || r.Purpose != "" && r.Purpose != consent.Care && !(p.Acts() && r.Purpose == consent.Carer):
			case r.Refuse:
				refused |= r.Labels
				p.Quiet = p.Quiet || r.Reason == Quiet(m.ID)
			default:
				p.Shares |= r.Labels
			}
		}
		p.Shares &^= refused
		present = append(present, p)
	}
	return append(present, past...)
}

// counts reports whether a rule counts at an instant.
func counts(r *consent.Rule, now clock.Time) bool {
	return r.From <= now && (r.Until == 0 || now < r.Until)
}

// find is a membership that the view tells of.
func find(v record.View, id string) (record.Member, bool) {
	for _, m := range v.Members() {
		if m.ID == id {
			return m, true
		}
	}
	return record.Member{}, false
}

// endRules ends the rules that have not ended yet and that which names.
func endRules(v record.View, which func(*consent.Rule) bool) error {
	for _, r := range v.Rules() {
		if (r.Until == 0 || v.Now() < r.Until) && which(&r) {
			if err := v.End(r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
