// Package consent turns what a person has said about sharing into what one actor
// may not see of them, for one purpose, now.
//
// Silence withholds. Label by label, the most specific rule that names it decides,
// so that a person can tell one nurse what they refuse her organisation, and the
// other way round; at the same level a refusal outlasts a sharing. A rule counts
// from its From until just before its Until. Doubt denies: a sharing that cannot
// be understood shares nothing, a refusal that cannot be understood refuses
// everyone, and a label without a name is shown to no one.
//
// Everything here is a pure function of its arguments: no database, no clock, no
// state. This package owns no tables; rules are kept in the person's own log.
package consent

import "onestory/internal/clock"

// A Level is how closely a party is named: the higher, the more specific.
// The zero Level is none, and a rule at it is malformed.
type Level int8

const (
	Sector       Level = iota + 1 // the NHS, the council, private or voluntary bodies
	Organisation                  // one body of these
	Team                          // one team of a body, or across bodies
	Individual                    // one human being
)

// A Party is somebody who can be shared with or refused. It is comparable.
type Party struct {
	Level Level
	ID    string // individual: account or person; team; organisation; sector: a constant below
}

// The sectors. A rule for another sector is malformed.
const (
	NHS       = "nhs"
	Council   = "council"
	Private   = "private"
	Voluntary = "voluntary"
)

// Anyone is every actor, at the level of a sector. It can be refused, so that one
// rule seals something from everybody; sharing with it is malformed and shares nothing.
var Anyone = Party{Level: Sector, ID: "anyone"}

// valid reports whether there can be such a party.
func (p Party) valid() bool {
	switch p.Level {
	case Sector:
		return p.ID == NHS || p.ID == Council || p.ID == Private || p.ID == Voluntary || p == Anyone
	case Organisation, Team, Individual:
		return p.ID != ""
	}
	return false
}

// A Purpose is why somebody asks. It comes from the session and the route, never
// from the asker's words.
type Purpose string

const (
	Care           Purpose = "care"           // caring for the person
	Emergency      Purpose = "emergency"      // breaking the glass, see ForEmergency
	Own            Purpose = "own"            // the person, reading what is theirs
	Carer          Purpose = "carer"          // somebody acting for the person
	Planning       Purpose = "planning"       // planning services: needs a sharing that says so
	Administration Purpose = "administration" // appointments, accounts, reviews of access
	Finding        Purpose = "finding"        // being found by number, or by name and birth date; opens nothing
	Joining        Purpose = "joining"        // coming into the circle; a sharing for it lets in without asking again
	Helping        Purpose = "helping"        // doing for somebody who is present what they ask, as they would themselves
)

func (p Purpose) valid() bool {
	switch p {
	case Care, Emergency, Own, Carer, Planning, Administration, Finding, Joining, Helping:
		return true
	}
	return false
}

// A Rule is one thing that was said about sharing.
type Rule struct {
	ID     string // names the rule within the person's log
	To     Party  // whom it is about
	Labels Labels // what it is about; not looked at when Entry is set
	Refuse bool   // refuses; otherwise it shares

	// Purpose is what it is for. An empty Purpose in a sharing is for the
	// person's own care (Care, Carer and Administration), so planning must be said;
	// in a refusal it is every purpose but Emergency, so a seal must be said too.
	Purpose Purpose

	From   clock.Time // counts from this instant; zero: from the beginning
	Until  clock.Time // and until just before this one; zero or clock.Never: without end
	By     string     // who said it: an account
	Reason string     // in the words of who said it
	Entry  int64      // 0, or the one entry that it is about, see Named
}

// An Actor is who is asking, with every party they act as, and on whose behalf.
// One session is one Actor: people do not shop between hats.
type Actor struct {
	Account      string // who signed in
	Version      int64  // of the account, as the session knows it; not looked at here
	Name         string // what people call them, for the journal
	Individual   Party  // they themselves; the zero Party is nobody
	Team         Party  // the team they sign in for, if any
	Organisation Party  // its organisation, if any

	OrganisationName string // what people call it, for the journal

	Sector  Party   // and its sector, if any
	Parties []Party // what they are besides, such as further teams; usually empty
	Role    string  // see ReachOf
	For     int64   // the person they act for, or 0
	Person  int64   // the person that this account is, or 0
}

// is is Is without a copy of the actor, for the loops over rules.
func (a *Actor) is(p Party) bool {
	switch p.Level {
	case Individual:
		if a.Individual == p {
			return p.ID != ""
		}
	case Team:
		if a.Team == p {
			return p.ID != ""
		}
	case Organisation:
		if a.Organisation == p {
			return p.ID != ""
		}
	case Sector:
		if a.Sector == p || p == Anyone {
			return p.ID != ""
		}
	default:
		return false
	}
	for _, have := range a.Parties {
		if have == p {
			return p.ID != ""
		}
	}
	return false
}

// Is reports whether the actor is, or belongs to, a party. Nobody is the zero
// Party; everybody is Anyone.
func (a Actor) Is(p Party) bool { return a.is(p) }

// Among reports whether the actor is one of an audience. An empty audience is all.
func (a Actor) Among(audience []Party) bool {
	for _, p := range audience {
		if a.is(p) {
			return true
		}
	}
	return len(audience) == 0
}
