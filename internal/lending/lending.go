// Package lending lets somebody act for a person: as far as the person says, for as
// long, and with a code that whoever is meant uses once.
//
// Lending is no mechanism of its own: it is a place in the circle and one rule, as any
// other joining, so that what stops, narrows and shows those does it here too. Until
// the code is used the place is nobody's. This package owns no tables: it is words
// over record.View.
package lending

import (
	"crypto/rand"
	"strings"
	"time"
	"unicode/utf8"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// A Scope is how far somebody may act, as people speak of it.
type Scope struct {
	Code   string // in forms; "choose" leaves it to topics
	Labels consent.Labels
}

// private are the topics that "everything" leaves out: people often keep them to
// themselves, from their family most of all.
const private = consent.MentalHealth | consent.SexualHealth | consent.SubstanceUse | consent.Safeguarding | consent.Abuse |
	consent.Gender | consent.Genetics | consent.Adoption | consent.ThirdParty | consent.SeriousHarm | consent.CarersOwn

// Choose is the scope that leaves it to topics.
const Choose = "choose"

// Scopes are what can be lent, the least first.
func Scopes() []Scope {
	return []Scope{
		{"plan", consent.Plan},
		{"plan-dates", consent.Plan | consent.Dates},
		{"medicines", consent.Medicines},
		{"everything", everything},
		{Choose, 0},
	}
}

const everything = consent.General | consent.Plan | consent.AboutMe | consent.Medicines | consent.Dates | consent.SocialCare |
	consent.HomeEntry | consent.Contacts | consent.Wishes

// ScopeOf is the scope of that code; the zero Scope is none.
func ScopeOf(code string) Scope {
	for _, s := range Scopes() {
		if s.Code == code {
			return s
		}
	}
	return Scope{}
}

// Private reports whether labels take in what people often keep to themselves.
func Private(l consent.Labels) bool { return l&private != 0 }

// A Loan is what a person lends to somebody who is to use a code.
type Loan struct {
	ID, Rule string // of the place and of its rule, made by the caller
	Name     string // how the person knows them
	Relation string // what they are to the person, such as daughter
	Labels   consent.Labels
	Until    clock.Time // 0: no end
	Code     string     // see NewCode
}

// codeLasts is for how long a code waits to be used.
const codeLasts = 14 * 24 * time.Hour

// Lend makes the place, its rule and its code, in one change. It answers Invalid with
// what to put right.
func Lend(v record.View, l Loan) error {
	var c fault.Check
	c.That(l.Name != "", "name", "Enter their name")
	c.That(utf8.RuneCountInString(l.Name) <= 80, "name", "Name must be 80 characters or less")
	c.That(l.Relation != "", "relation", "Say how they know you, such as daughter or neighbour")
	c.That(utf8.RuneCountInString(l.Relation) <= 80, "relation", "This must be 80 characters or less")
	c.That(l.Labels != 0, "scope", "Choose what they can see")
	if err := c.Err(); err != nil {
		return err
	}
	err := circle.Join(v, circle.Usual(), circle.Newcomer{
		ID: l.ID, Rule: l.Rule, Party: record.Lent(l.ID), Name: l.Name, Role: "carer", Relation: l.Relation, Shares: l.Labels, Until: l.Until,
	})
	if err != nil {
		return err
	}
	return v.Invite(l.ID, Fold(l.Code), v.Now().Add(codeLasts))
}

// Renew gives a place that waits a new code; the one before works no more.
func Renew(v record.View, id, code string) error {
	return v.Invite(id, Fold(code), v.Now().Add(codeLasts))
}

// Waits reports whether nobody has used the code of a place yet.
func Waits(m record.Member) bool { return m.Party == record.Lent(m.ID) }

// An Appointment is somebody who acts on a basis that the person does not give.
type Appointment struct {
	Loan
	Basis  string // one of consent.Bases, but for consent
	Seen   string // what whoever records it has seen
	Review clock.Time
}

// Appoint records it, for those who care for the person and may; see View.Appoint.
func Appoint(v record.View, x Appointment) error {
	var c fault.Check
	c.That(x.Name != "", "name", "Enter their name")
	c.That(x.Relation != "", "relation", "Say what they are to the person")
	if err := c.Err(); err != nil {
		return err
	}
	party := record.Lent(x.ID)
	m := record.Member{ID: x.ID, Party: party, Name: x.Name, Relation: x.Relation, Basis: x.Basis, Reason: x.Seen, Review: x.Review}
	if err := v.Appoint(m, consent.Rule{ID: x.Rule, To: party, Labels: x.Labels, Reason: circle.Reason(x.ID)}); err != nil {
		return err
	}
	return v.Invite(x.ID, Fold(x.Code), v.Now().Add(codeLasts))
}

// Due reports whether it is time to ask the person whether a loan is still right: each
// year after it began, for four weeks.
func Due(m record.Member, now clock.Time) bool {
	if m.Role != "carer" || Waits(m) || now < m.From {
		return false
	}
	began, today := m.From.Std(), now.Std()
	years := today.Year() - began.Year()
	for _, n := range []int{years - 1, years} {
		day := clock.At(began.AddDate(n, 0, 0))
		if n >= 1 && day <= now && now < day.Add(28*24*time.Hour) {
			return true
		}
	}
	return false
}

// alphabet has no two characters that look or sound alike when somebody spells them.
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCode is a code to speak, print or write: three groups of four, of which there are
// more than can be tried (58 bits).
func NewCode() string {
	var b strings.Builder
	for i := 0; b.Len() < 14; {
		var one [1]byte
		rand.Read(one[:])
		if int(one[0]) >= 256/len(alphabet)*len(alphabet) {
			continue // or some would come more often
		}
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[int(one[0])%len(alphabet)])
		i++
	}
	return b.String()
}

// Fold is a code as it was meant, however it was typed.
func Fold(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(alphabet, r) {
			return r
		}
		return -1
	}, strings.ToUpper(code))
}
