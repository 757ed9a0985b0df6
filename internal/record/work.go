package record

import (
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// longestOffer is for how long at most a piece of work waits for an answer.
const longestOffer = 90 * 24 * time.Hour

// offers are the roles that may ask others to help, on behalf of somebody who agreed.
var offers = []string{"gp", "nurse", "social-worker", "care-coordinator", "link-worker"}

// Offers reports whether a role may offer work to others for the purpose of care.
func Offers(role string) bool { return slices.Contains(offers, role) }

// Offer puts a piece of work, an entry of this change, to a team or an organisation.
// Until they answer, or the offer is over, they are in the circle for that alone: they
// see who the person is, and that entry. What they see besides once they take it on is
// in m.Shares; nobody gives what they cannot see themselves. The person offers, or who
// acts for them, or one of those who care for them, with what they agreed to as the
// reason. The person is shown all of it, and may end it. Both ids are the caller's.
func (v View) Offer(m Member, e id.Entry, rule string) error {
	if v.o.glimpse {
		return errGlimpse
	}
	if !v.o.own && v.o.why != consent.Carer && !(v.o.why == consent.Care && Offers(v.o.who.Role)) {
		return fault.New(fault.Refused, "Somebody who leads this person's care asks others to help. Ask one of them.")
	}
	var c fault.Check
	c.That(m.ID != "" && rule != "" && e.Person != 0, "party", "Choose whom to ask")
	c.That(m.Party.Level == consent.Team || m.Party.Level == consent.Organisation, "party", "Choose a team or an organisation")
	c.That(m.Reason != "", "agreed", "Ask the person first, and say what they agreed to")
	c.That(m.Until > v.o.now && m.Until <= v.o.now.Add(longestOffer), "answer", "Choose a day within 90 days")
	if err := c.Err(); err != nil {
		return err
	}
	if !v.o.own {
		m.Shares &^= v.o.lens.answer.Withheld
	}
	m.Role, m.From, m.By, m.Work = "asked", v.o.now, v.o.who.Account, e.N
	m.Asked, m.Sector, m.Basis, m.Relation, m.Review = false, "", "", "", 0
	v.add(partMember, m)
	v.add(partRule, consent.Rule{ID: rule, To: m.Party, Entry: e.N, Purpose: consent.Care, From: v.o.now, By: m.By, Reason: m.Reason})
	return nil
}

// TakeOn keeps whoever was offered a piece of work in the circle for as long as it
// lasts, and shares with them what was to be shared then. member and rule are the ids of
// their place and of what it shares, the caller's; reason is the rule's.
func (v View) TakeOn(e id.Entry, member, rule, reason string) error {
	if v.o.glimpse {
		return errGlimpse
	}
	for _, m := range v.o.working(e) {
		if !m.is(&v.o.who, consent.Care, v.o.now) || v.o.why != consent.Care {
			continue
		}
		if err := v.end(m.ID); err != nil {
			return err
		}
		shares := m.Shares
		m.ID, m.Role, m.From, m.Until = member, "helps", v.o.now, clock.Never
		v.add(partMember, m)
		if shares != 0 {
			v.add(partRule, consent.Rule{ID: rule, To: m.Party, Labels: shares, From: v.o.now, By: m.By, Reason: reason})
		}
		return nil
	}
	return fault.NotFound
}

// Over ends what a piece of work opened: whoever was in the circle for it leaves. The
// person may say so, who offered it, and who does it.
func (v View) Over(e id.Entry) error {
	if v.o.glimpse {
		return errGlimpse
	}
	for _, w := range v.o.wholes {
		for _, m := range w.members {
			if m.worksOn(e, w.person, v.o.now) && (v.o.own || v.o.why == consent.Carer || m.By == v.o.who.Account || m.is(&v.o.who, v.o.why, v.o.now)) {
				v.o.leaves(w, m.ID)
			}
		}
	}
	return nil
}

// worksOn reports whether somebody in that person's circle is there now for a piece of work.
func (m *Member) worksOn(e id.Entry, person int64, now clock.Time) bool {
	return m.Work == e.N && person == e.Person && m.From <= now && now < m.Until
}

// working are those who are in the circle now for a piece of work.
func (o *opening) working(e id.Entry) (all []Member) {
	for _, w := range o.wholes {
		for _, m := range w.members {
			if m.worksOn(e, w.person, o.now) {
				all = append(all, m)
			}
		}
	}
	return all
}
