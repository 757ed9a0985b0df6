package consent

import "onestory/internal/clock"

// A Cause is what sort of thing makes an answer what it is.
type Cause string

const (
	Shared    Cause = "shared"    // a rule shares these labels
	Refusal   Cause = "refused"   // a rule refuses them
	Sealed    Cause = "sealed"    // a rule refuses them even in an emergency
	Silence   Cause = "silence"   // nothing was said about them, so they are withheld
	OwnRecord Cause = "own"       // they are shown because the record is one's own
	Urgent    Cause = "emergency" // they are shown because the glass was broken
	Marked    Cause = "marked"    // a clinician marked it to be kept from the person, not from who cares for them
	KeptBack  Cause = "kept back" // withheld whatever anybody shares: marked as hurtful, or outside an emergency
)

// A Reason is one thing that makes an answer what it is: what a sentence needs,
// not the sentence. Every label that has a name is in at least one.
type Reason struct {
	Cause       Cause
	Labels      Labels // which it decides; never empty
	Rule        string // the ID of the rule, for Shared, Refusal and Sealed; otherwise the rest is zero
	To          Party
	By          string
	Words       string // what whoever made the rule gave as their reason
	From, Until clock.Time
}

// Explain says why an answer is as it is, given the rules that it was made from.
// The order is that of the rules; what follows from no rule comes last. It tells
// what is withheld, so it is for the person alone, and for nobody else's page.
func Explain(a Answer, rules []Rule) []Reason {
	shown := known &^ a.Withheld
	if len(a.Because) > 0 && a.Because[0] == BecauseOwn {
		return tell(nil, OwnRecord, shown, KeptBack, known&a.Withheld)
	}
	if len(a.Because) > 0 && a.Because[0] == BecauseEmergency {
		return explainEmergency(a, rules, shown)
	}
	// The rules that decided, decide again: those that did not, cannot now.
	because := named(a, rules)
	var said saying
	for _, r := range because {
		said.add(r.closeness(), r, a.Barred)
	}
	said.decide()
	var reasons []Reason
	for _, r := range because {
		cause := Shared
		if r.Refuse {
			cause = Refusal
		}
		reasons = r.tell(reasons, cause, known&said.by(r.closeness(), r))
	}
	unsaid := known &^ said.everDecided
	reasons = tell(reasons, Marked, unsaid&^a.Withheld, Silence, unsaid&a.Withheld&^a.Barred)
	return tell(reasons, KeptBack, unsaid&a.Barred, Silence, 0)
}

func explainEmergency(a Answer, rules []Rule, shown Labels) (reasons []Reason) {
	for _, r := range named(a, rules) {
		reasons = r.tell(reasons, Sealed, known&r.Labels)
	}
	return tell(reasons, Urgent, shown, KeptBack, known&^openedInEmergency)
}

// named are the rules that an answer names, in their order.
func named(a Answer, rules []Rule) (those []*Rule) {
	said := make(map[string]bool, len(a.Because))
	for _, id := range a.Because {
		said[id] = true
	}
	for i := range rules {
		if said[rules[i].ID] && rules[i].Entry == 0 {
			those = append(those, &rules[i])
		}
	}
	return those
}

// closeness is the level at which a rule counts, where it does.
func (r *Rule) closeness() Level {
	if r.state() == malformed {
		return Individual
	}
	return r.To.Level
}

func (r *Rule) tell(reasons []Reason, cause Cause, l Labels) []Reason {
	if l == 0 {
		return reasons
	}
	return append(reasons, Reason{
		Cause: cause, Labels: l, Rule: r.ID, To: r.To, By: r.By, Words: r.Reason, From: r.From, Until: r.Until,
	})
}

func tell(reasons []Reason, one Cause, l Labels, other Cause, m Labels) []Reason {
	if l != 0 {
		reasons = append(reasons, Reason{Cause: one, Labels: l})
	}
	if m != 0 {
		reasons = append(reasons, Reason{Cause: other, Labels: m})
	}
	return reasons
}
