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
	"onestory/internal/id"
	"onestory/internal/person"
)

// Lent is the party of a place in the circle that waits to be taken up. It is nobody's,
// so that what is shared with it is shared with no one until then.
func Lent(member string) consent.Party {
	return consent.Party{Level: consent.Individual, ID: "lent:" + member}
}

// A taking says who took up a place that waited.
type taking struct {
	Member string        `json:"member"`
	Party  consent.Party `json:"party"`
}

// An invitation is a code, behind a key, and the place that it leads to.
type invitation struct {
	log    int64
	member string
	hmac   []byte
	until  clock.Time
}

// longestReview is for how long at most somebody acts on a basis that the person did
// not give, until it is looked at again.
const longestReview = 366 * 24 * time.Hour

// Invite gives a place that waits (see Lent) a code, which works once, until an
// instant. A newer code takes the place of the one before. The code itself is kept
// nowhere: only who was told can say it.
func (v View) Invite(member, code string, until clock.Time) error {
	if v.o.glimpse {
		return errGlimpse
	}
	if len(code) < 12 {
		return fmt.Errorf("record: a code of %d characters can be guessed", len(code))
	}
	m, log := v.o.waiting(member)
	if m == nil || !v.o.own && m.By != v.o.who.Account {
		return fault.NotFound
	}
	v.o.invites = append(v.o.invites, invitation{log, member, v.o.door.hash("invitation", code), until})
	if len(v.o.edits) == 0 { // a code anew is a line in the journal too
		v.o.edits = append(v.o.edits, edited{log, jsonPart(partNote, note{Say: "invite"}), 0})
	}
	return nil
}

// waiting finds a place that waits to be taken up, also one of this change.
func (o *opening) waiting(member string) (*Member, int64) {
	for _, w := range o.wholes {
		for i := range w.members {
			if m := &w.members[i]; m.ID == member && m.Party == Lent(member) && o.now < m.Until {
				return m, w.person
			}
		}
	}
	for _, e := range o.edits {
		var m Member
		if e.part.kind == partMember && decodeJSON(e.part.content, &m) == nil && m.ID == member && m.Party == Lent(member) {
			return &m, e.log
		}
	}
	return nil, 0
}

// Appoint records that somebody acts for the person on a basis that the person does
// not give, such as a power of attorney. Only those who care for them and may judge
// it do, with what it rests on and a day on which it is looked at again: after that
// day it stops. The rule says what they may see. The person is shown both, and may end
// both.
func (v View) Appoint(m Member, r consent.Rule) error {
	if v.o.glimpse {
		return errGlimpse
	}
	if v.o.why != consent.Care || !slices.Contains([]string{"gp", "nurse", "social-worker"}, v.o.who.Role) {
		return fault.New(fault.Refused, "A GP, a nurse or a social worker in the person's circle records this.")
	}
	if v.o.who.Is(m.Party) {
		return fault.New(fault.Refused, "Somebody else must record that you act for this person.")
	}
	var c fault.Check
	c.That(consent.OnRecord(m.Basis), "basis", "Choose on what basis they act")
	c.That(m.Reason != "", "reason", "Say what you have seen, such as the number of the registered power of attorney")
	c.That(m.Review > v.o.now && m.Review <= v.o.now.Add(longestReview), "review", "Choose a day within a year to look at this again")
	c.That(r.Labels != 0 && !r.Refuse && r.Entry == 0, "labels", "Choose what they may see")
	c.That(m.Party.Level == consent.Individual && r.To == m.Party, "party", "Choose one person")
	if err := c.Err(); err != nil {
		return err
	}
	m.Role, m.From, m.Until, m.By, m.Asked, m.Sector = "carer", v.o.now, clock.Never, v.o.who.Account, false, ""
	r.By, r.From, r.Purpose = v.o.who.Account, v.o.now, consent.Carer
	v.add(partMember, m)
	v.add(partRule, r)
	return nil
}

// A Place is one that was taken up.
type Place struct {
	Person person.ID    // for whom they act
	Less   []clock.Time // when what they see grows less by itself, see consent.Steps
}

// TakeUp gives whoever has the code the place that it leads to: they act for that
// person from then on, as far as the person lends it. Of many who try at once, one
// does. A code that is not known, used or too old is NotFound, at the same cost.
func (d *Door) TakeUp(ctx context.Context, who consent.Actor, code string) (Place, error) {
	if consent.ReachOf(who.Role, consent.Carer).Nothing() {
		return Place{}, fault.New(fault.Refused, "Use this code when you are signed in as yourself, not for your work.")
	}
	for range tries {
		p, member, err := d.invited(ctx, code)
		if err != nil {
			return Place{}, err
		}
		o, err := d.open(ctx, who, consent.Joining, p)
		if err != nil {
			return Place{}, err
		}
		o.what = "take-up"
		less, outcome := o.takeUp(member)
		switch err := d.keep(ctx, o, outcome); {
		case err == nil:
			return Place{person.ID(p), less}, outcome
		case !errors.Is(err, db.Taken):
			return Place{}, err
		}
	}
	return Place{}, fault.Busy
}

// invited is where a code leads; to nobody, if it is none.
func (d *Door) invited(ctx context.Context, code string) (p int64, member string, err error) {
	err = d.db.Row(ctx, `SELECT person, member FROM invitation WHERE hmac = $1 AND until > $2`, d.hash("invitation", code), d.clock.Now()).Scan(&p, &member)
	if errors.Is(err, db.NotFound) {
		return id.Random(), "", nil
	}
	return p, member, err
}

var errCode = fault.New(fault.NotFound, "This code has been used, is too old, or was not typed as it was given. Ask for a new one.")

func (o *opening) takeUp(member string) (less []clock.Time, err error) {
	m, log := o.waiting(member)
	switch {
	case m == nil:
		return nil, errCode
	case o.who.Person == o.subject:
		return nil, fault.New(fault.Invalid, "This code is for somebody else. You can see your own record already.")
	case o.among(consent.Carer):
		return nil, fault.New(fault.Invalid, "You can act for this person already.")
	}
	o.edits = append(o.edits, edited{log, jsonPart(partTaken, taking{member, o.who.Individual}), 0})
	return consent.Steps(m.Basis, o.born(), o.now), nil
}

// invite keeps the codes that go with a change.
func (o *opening) invite(ctx context.Context, tx *db.Tx) error {
	for _, i := range o.invites {
		if _, err := tx.Exec(ctx, `DELETE FROM invitation WHERE until < $1 OR person = $2 AND member = $3`, tx.At, i.log, i.member); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO invitation (hmac, person, member, until) VALUES ($1, $2, $3, $4)`, i.hmac, i.log, i.member, i.until)
		if err != nil {
			return err
		}
	}
	return nil
}

// take moves a place, and what is shared with it, to who took it up.
func (w *whole) take(t taking) {
	from := Lent(t.Member)
	for i := range w.members {
		if m := &w.members[i]; m.ID == t.Member && m.Party == from {
			m.Party = t.Party
		}
	}
	for i := range w.rules {
		if w.rules[i].To == from {
			w.rules[i].To = t.Party
		}
	}
}

// acting makes the lens less by the basis on which the actor acts. Of several places,
// the one that leaves most counts: each stands by itself.
func (o *opening) acting() {
	if o.why != consent.Carer {
		return
	}
	whole, made := o.lens.answer, false
	for _, w := range o.wholes {
		for i := range w.members {
			m := &w.members[i]
			if !m.is(&o.who, o.why, o.now) {
				continue
			}
			a := whole
			if m.Basis == consent.Parental {
				a = consent.Acting(whole, m.Basis, o.born(), o.now)
			}
			if m.Review != 0 {
				a.Until = min(a.Until, m.Review)
			}
			if !made || a.Withheld&^o.lens.answer.Withheld == 0 {
				o.lens.answer, made = a, true
			}
		}
	}
}

// born is the person's day of birth, zero where no source gives the whole of it.
func (o *opening) born() time.Time {
	for _, w := range o.wholes {
		for _, x := range w.entries {
			if x.Kind != "Patient" || x.gone {
				continue
			}
			doc, err := x.parsed(o.door.packer)
			if err != nil {
				continue
			}
			if day, err := time.Parse(time.DateOnly, doc.Text("birthDate")); err == nil {
				return day
			}
		}
	}
	return time.Time{}
}
