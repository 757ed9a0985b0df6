// Package task is work that crosses organisations: somebody asks a team or an
// organisation of any sector to do something for a person, who sees at each moment what
// they see.
//
// A piece of work is a FHIR Task. What can become of it is the table Moves: from which
// state, by which side, with what said. Whatever is not in it is refused with the reason,
// at the door, so for pages and FHIR alike (see Rule). What was said stays said: notes are
// only added.
//
// Asking opens the record no further than it must: see record.View's Offer, TakeOn and
// Over. This package owns no tables: it is words over record.View.
package task

import (
	"slices"
	"strconv"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// System is the code system of what a Task is; Code is its code for work.
const (
	System = "urn:onestory:task"
	Code   = "work"
)

// The states, as FHIR's TaskStatus calls them.
const (
	Asked    = "requested"
	Taken    = "accepted"
	Declined = "rejected"
	Begun    = "in-progress"
	Done     = "completed"
	Returned = "failed"
	Stopped  = "cancelled"
)

// A Side is who may make a move.
type Side int

// The sides. The person, and whoever acts for them, is on the side of whoever asks.
const (
	Doer  Side = 1 << iota // whom it was put to
	Asker                  // who asked
)

// A Move is one thing that can be done with a piece of work.
type Move struct {
	Code string
	From []string
	To   string // "" stays as it is
	By   Side
	Says string // "" nothing need be said; otherwise what must be: "reason", "outcome" or "words"
}

var open = []string{Asked, Taken, Begun}

var moves = []Move{
	{"take", []string{Asked}, Taken, Doer, ""},
	{"begin", []string{Taken}, Begun, Doer, ""},
	{"finish", []string{Taken, Begun}, Done, Doer, "outcome"},
	{"say", open, "", Doer | Asker, "words"},
	{"decline", []string{Asked}, Declined, Doer, "reason"},
	{"return", []string{Taken, Begun}, Returned, Doer, "reason"},
	{"stop", open, Stopped, Asker, "reason"},
}

// Moves are all moves, in the order in which they are offered.
func Moves() []Move { return moves }

// MoveOf returns the move of that code, or nil.
func MoveOf(code string) *Move {
	for i := range moves {
		if moves[i].Code == code {
			return &moves[i]
		}
	}
	return nil
}

// A Note is something that was said about a piece of work.
type Note struct {
	Words, By string
	At        string // as FHIR has instants
}

// A Work is one piece of work, as its reader may see it.
type Work struct {
	Entry    record.Entry
	Text     string // its id in addresses
	What     string
	Why      string
	Status   string
	By       string // the day by which it is to be done; "" for none
	AnswerBy string // the day by which whoever is asked answers
	Asker    consent.Party
	Doer     consent.Party
	AskedBy  string // what the two are called
	DoneBy   string
	Service  string // of the directory, by its id; "" for none
	Notes    []Note
	Reason   string // why it was declined, given back or stopped
	Outcome  string
	Told     []string // which answers given before it used: codes of parts of the plan, one for each
}

// partyText is a party in a document; partyOf is the way back. The zero Party, which
// is the person, is not written.
func partyText(p consent.Party) string {
	return strconv.Itoa(int(p.Level)) + ":" + p.ID
}

func partyOf(s string) consent.Party {
	level, name, ok := strings.Cut(s, ":")
	n, err := strconv.Atoi(level)
	if !ok || err != nil {
		return consent.Party{}
	}
	return consent.Party{Level: consent.Level(n), ID: name}
}

const (
	partySystem = System + ":party"
	answerURL   = System + ":answer-by"
	serviceURL  = System + ":service"
	toldURL     = System + ":told-once"
)

// is reports whether a document is a piece of work.
func is(d *fhir.Doc) bool {
	if d == nil || d.Type() != "Task" {
		return false
	}
	for t := range d.At("meta.tag") {
		if t.Get("system").Str() == System && t.Get("code").Str() == Code {
			return true
		}
	}
	return false
}

// read is a document as a piece of work.
func read(d *fhir.Doc) Work {
	w := Work{
		What: d.Text("description"), Why: d.Text("reasonCode.text"), Status: d.Text("status"), By: d.Text("restriction.period.end"),
		Asker: partyOf(d.Text("requester.identifier.value")), AskedBy: d.Text("requester.display"),
		Doer: partyOf(d.Text("owner.identifier.value")), DoneBy: d.Text("owner.display"),
		Reason: d.Text("statusReason.text"), Outcome: d.Text("output.valueString"),
	}
	for x := range d.At("extension") {
		switch x.Get("url").Str() {
		case answerURL:
			w.AnswerBy = x.Get("valueDate").Str()
		case serviceURL:
			w.Service = x.Get("valueString").Str()
		case toldURL:
			w.Told = append(w.Told, x.Get("valueCode").Str())
		}
	}
	for n := range d.At("note") {
		w.Notes = append(w.Notes, Note{n.Get("text").Str(), n.Get("authorString").Str(), n.Get("time").Str()})
	}
	return w
}

// As is an entry as a piece of work; false when it is none.
func As(e record.Entry, text func(record.Entry) string) (w Work, ok bool) {
	if !is(e.Doc) || e.Source != "" {
		return w, false
	}
	w = read(e.Doc)
	w.Entry, w.Text = e, text(e)
	return w, true
}

// Of are all pieces of work that the view shows, the latest asked first.
func Of(v record.View, text func(record.Entry) string) (all []Work, err error) {
	err = v.All("Task", func(e record.Entry) error {
		if w, ok := As(e, text); ok {
			all = append(all, w)
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// ToldOnce counts the answers given before that were used in all of them.
func ToldOnce(all []Work) (n int) {
	for _, w := range all {
		n += len(w.Told)
	}
	return n
}

// Open reports whether it is still to be answered or done.
func (w *Work) Open() bool { return slices.Contains(open, w.Status) }

// Silent reports whether nobody answered in time; Late whether it should be done by now.
func (w *Work) Silent(now clock.Time) bool {
	return w.Status == Asked && w.AnswerBy != "" && w.AnswerBy < day(now)
}

// Late reports whether it should be done by now.
func (w *Work) Late(now clock.Time) bool { return w.Open() && w.By != "" && w.By < day(now) }

func day(t clock.Time) string { return t.FHIR()[:10] }

// SideOf is on which sides somebody stands; theirs says whether they are the person, or
// act for them.
func (w *Work) SideOf(who consent.Actor, theirs bool) (s Side) {
	if theirs || w.Asker != (consent.Party{}) && who.Is(w.Asker) {
		s |= Asker
	}
	if !theirs && who.Is(w.Doer) {
		s |= Doer
	}
	return s
}

// May are the moves that a side can make now.
func (w *Work) May(s Side) (all []Move) {
	for _, m := range moves {
		if m.By&s != 0 && slices.Contains(m.From, w.Status) {
			all = append(all, m)
		}
	}
	return all
}
