package sharing

import (
	"slices"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// A Less is what is to be left of a sharing.
type Less struct {
	ID     string     // of what is left, made by the caller
	Topics []string   // codes of Topics, all of them shared so far; not looked at for one entry
	Until  clock.Time // no later than so far; 0: as it was
}

// Narrow leaves less of a sharing: fewer topics, an earlier end, or both. The old
// one ends and the new one begins in the same change, so that there is no moment
// between them, and it keeps the reason of the old one, a membership too. Narrow
// answers Invalid with what to put right, the paths being topics and until; NotFound
// when there is no such sharing, when it has ended and when it is a refusal, which
// narrowed would share more.
func Narrow(v record.View, id string, l Less) error {
	for _, r := range v.Rules() {
		if r.ID == id && !r.Refuse && state(&r, v.Now()) != Ended {
			return narrow(v, r, l)
		}
	}
	return fault.NotFound
}

func narrow(v record.View, r consent.Rule, l Less) error {
	if l.Until == 0 || l.Until == clock.Never {
		l.Until = r.Until
	}
	var c fault.Check
	c.That(l.Until == r.Until || l.Until > v.Now(), "until", "The last day must be in the future")
	c.That(l.Until == r.Until || endless(r.Until) || l.Until < r.Until, "until", "Choose a day that is earlier than now agreed")
	fewer := false
	if r.Entry == 0 {
		before := TopicsOf(r.Labels)
		fewer = !slices.Equal(before, inOrder(l.Topics))
		c.That(len(l.Topics) > 0, "topics", "Leave at least one topic. To stop all of it, end it")
		c.That(!slices.ContainsFunc(l.Topics, func(t string) bool { return !slices.Contains(before, t) }),
			"topics", "You can only take topics away here")
	}
	c.That(fewer || l.Until != r.Until || len(l.Topics) == 0 && r.Entry == 0, "topics", "Take a topic away, or choose an earlier last day")
	if err := c.Err(); err != nil {
		return err
	}
	if fewer {
		r.Labels, _ = labelsOf(l.Topics)
	}
	if err := v.End(r.ID); err != nil {
		return err
	}
	r.ID, r.Until, r.From = l.ID, l.Until, max(r.From, v.Now())
	return v.Share(r)
}

func endless(until clock.Time) bool { return until == 0 || until == clock.Never }

// inOrder are codes in the order of the page, each once.
func inOrder(codes []string) []string {
	l, _ := labelsOf(codes)
	return TopicsOf(l)
}
