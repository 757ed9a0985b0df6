// Package sharing is what a person says about who may see what, in their own words:
// topics and people, until when, and why.
//
// It turns these into the rules of package consent and back, and checks what was
// typed, with a sentence for everything that is to be put right. It makes a sharing
// less ([Narrow]), keeps the three choices to opt out apart ([OptOuts]) and says what
// may follow before anything is said ([Consequences]). It decides nothing:
// what somebody may see comes from the rules alone. Only the person shares, refuses
// and reads what they have said; to anybody else there is nothing here.
//
// Ids are made by the caller before the work, since work may run twice. This package
// owns no tables: it is words over record.View.
package sharing

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// A Sharing is one thing that the person says about who may see what.
type Sharing struct {
	ID      string // made by the caller
	To      consent.Party
	Topics  []string        // codes of Topics; none when Entry is set
	Entry   int64           // one entry by its number, or 0
	Refuse  bool            // refuses; otherwise it shares
	Purpose consent.Purpose // "" for the person's care; Emergency seals; Planning lets figures be made
	From    clock.Time      // 0: from now
	Until   clock.Time      // 0: no end
	Reason  string          // in the person's words; may be empty
}

// mostReason is how many characters a reason may have.
const mostReason = 500

// Add says one thing more. It answers Invalid with everything to put right, the
// paths being the fields to, topics, purpose, until and reason.
func Add(v record.View, s Sharing) error {
	s.Reason = strings.TrimSpace(s.Reason)
	if s.From == 0 {
		s.From = v.Now()
	}
	labels, known := labelsOf(s.Topics)
	var c fault.Check
	c.That(someone(s.To), "to", "Choose who this is about")
	c.That(s.Refuse || s.To != consent.Anyone, "to", "Choose who you want to share with. You cannot share with everyone")
	c.That(known, "topics", "Choose topics from the list")
	c.That(labels != 0 || s.Entry != 0 || !known, "topics", "Choose at least one topic")
	c.That(s.Refuse || s.Purpose != consent.Emergency, "purpose", "In an emergency, what keeps you safe is shown already. You can only close topics")
	c.That(said(s.Purpose), "purpose", "Choose what this is for")
	c.That(s.Until == 0 || s.Until > v.Now() && s.Until > s.From, "until", "The last day must be in the future")
	c.That(utf8.RuneCountInString(s.Reason) <= mostReason, "reason", "Reason must be 500 characters or less")
	c.That(member(s.Reason, "circle:") == "" && member(s.Reason, "quiet:") == "" && choice(s.Reason) == "", "reason", "Give the reason in your own words")
	c.That(!opted(v, &s), "to", "You chose not to have a shared record. Change that choice first")
	if err := c.Err(); err != nil {
		return err
	}
	return v.Share(s.Rule())
}

// Rule is the rule that a sharing makes, for seeing what it would do.
func (s Sharing) Rule() consent.Rule {
	labels, _ := labelsOf(s.Topics)
	if s.Entry != 0 {
		labels = 0
	}
	return consent.Rule{
		ID: s.ID, To: s.To, Labels: labels, Refuse: s.Refuse, Purpose: s.Purpose,
		From: s.From, Until: s.Until, Reason: s.Reason, Entry: s.Entry,
	}
}

// someone reports whether a party can be shared with or refused.
func someone(p consent.Party) bool {
	if p.Level != consent.Sector {
		return p.Level >= consent.Organisation && p.Level <= consent.Individual && p.ID != ""
	}
	return p == consent.Anyone || slices.Contains(sectors(), p.ID)
}

func sectors() []string {
	return []string{consent.NHS, consent.Council, consent.Voluntary, consent.Private}
}

// said reports whether a purpose is one that the person can speak of.
func said(p consent.Purpose) bool {
	return slices.Contains([]consent.Purpose{"", consent.Care, consent.Carer, consent.Emergency, consent.Planning, consent.Administration}, p)
}

// End ends one of the person's sharings or refusals, from now on. NotFound when there
// is none of that id, or it has ended.
func End(v record.View, id string) error {
	for _, r := range v.Rules() {
		if r.ID == id && state(&r, v.Now()) != Ended {
			return v.End(id)
		}
	}
	return fault.NotFound
}

// A State says whether something that was said counts.
type State string

const (
	Counts State = "counts" // now
	Later  State = "later"  // it has not begun
	Ended  State = "ended"  // it is over
)

// A Said is a sharing as the page lists it.
type Said struct {
	Sharing
	By     string // who said it: an account
	State  State
	All    bool   // it is about everything, what comes later too
	Member string // the membership that made it, or ""
	Quiet  bool   // it stops that member quietly
	Choice string // the opting out that it belongs to, or ""
}

// List is everything the person has said, the closest first: what counts, then what
// is to come, then what is over; in each, individuals before teams, organisations and
// sectors, and the newest first. Rules that the circle made have their membership in
// place of a reason.
func List(v record.View) []Said {
	var all []Said
	for _, r := range v.Rules() {
		x := Said{
			Sharing: Sharing{
				ID: r.ID, To: r.To, Topics: TopicsOf(r.Labels), Entry: r.Entry, Refuse: r.Refuse,
				Purpose: r.Purpose, From: r.From, Until: r.Until, Reason: r.Reason,
			},
			By: r.By, State: state(&r, v.Now()), All: r.Labels == consent.Everything,
		}
		if x.Until == clock.Never {
			x.Until = 0
		}
		x.Member = member(r.Reason, "circle:")
		if quiet := member(r.Reason, "quiet:"); quiet != "" {
			x.Member, x.Quiet = quiet, true
		}
		x.Choice = choice(r.Reason)
		if x.Member != "" || x.Choice != "" {
			x.Reason = ""
		}
		all = append(all, x)
	}
	order := map[State]int{Counts: 0, Later: 1, Ended: 2}
	slices.SortStableFunc(all, func(a, b Said) int {
		return cmp.Or(
			cmp.Compare(order[a.State], order[b.State]),
			cmp.Compare(b.To.Level, a.To.Level),
			cmp.Compare(b.From, a.From),
		)
	})
	return all
}

// member is the membership in a reason that package circle gave.
func member(reason, prefix string) string {
	id, ok := strings.CutPrefix(reason, prefix)
	if !ok || strings.ContainsAny(id, " \n") {
		return ""
	}
	return id
}

func state(r *consent.Rule, now clock.Time) State {
	switch {
	case r.Until != 0 && r.Until <= now:
		return Ended
	case r.From > now:
		return Later
	}
	return Counts
}

// A Choice is a party that the person can choose on a form.
type Choice struct {
	Party  consent.Party
	Name   string // as the person knows them, or ""
	NameID string // or the id of the name in the catalogue
	Circle bool   // they are in the circle now
}

// Offer is whom the person can choose: those of their circle, as often as they are
// different parties; then others that the caller adds, such as organisations of the
// directory; then the sectors, and, to refuse alone, everyone.
func Offer(v record.View, others []Choice, refuse bool) []Choice {
	var all []Choice
	add := func(c Choice) {
		if !slices.ContainsFunc(all, func(have Choice) bool { return have.Party == c.Party }) {
			all = append(all, c)
		}
	}
	for _, m := range v.Members() {
		if m.From <= v.Now() && v.Now() < m.Until {
			add(Choice{Party: m.Party, Name: m.Name, Circle: true})
		}
	}
	for _, c := range others {
		add(c)
	}
	for _, s := range sectors() {
		add(Choice{Party: consent.Party{Level: consent.Sector, ID: s}, NameID: "sector." + s})
	}
	if refuse {
		add(Choice{Party: consent.Anyone, NameID: "sector.anyone"})
	}
	return all
}
