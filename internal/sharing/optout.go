package sharing

import (
	"slices"
	"strconv"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// The three choices that people in England have about what is not their own care
// alone. They are three because each says something else: see docs/adr/0010.
const (
	SharedRecord = "shared-record"     // no shared record for those who work in health and care
	Research     = "planning-research" // the national data opt-out
	TypeOne      = "gp-type-1"         // what the GP practice holds is not sent on for planning and research
)

// choicePrefix begins the reason of a rule that one of the choices made.
const choicePrefix = "choice:"

// An OptOut is one of the three choices, as it stands.
type OptOut struct {
	Code  string
	Out   bool       // the person has opted out
	Since clock.Time // when they did; 0 unless Out
	By    string     // the account that said so; "" unless Out
}

// OptOuts are the three choices, in the order of the page. Without a word from the
// person, none of them is out.
func OptOuts(v record.View) []OptOut {
	all := []OptOut{{Code: SharedRecord}, {Code: Research}, {Code: TypeOne}}
	for _, r := range v.Rules() {
		for i := range all {
			if x := &all[i]; r.Reason == choicePrefix+x.Code && state(&r, v.Now()) == Counts && (!x.Out || r.From < x.Since) {
				x.Out, x.Since, x.By = true, r.From, r.By
			}
		}
	}
	return all
}

// Out is the person opting out of one of the three, from now on. NotFound when there
// is no such choice; twice is once.
//
// Research and TypeOne refuse everyone the purpose Planning, each by a rule of its
// own. SharedRecord refuses everyone everything for what staff do, and besides, by
// name, each party that works in health or care and has a place in the circle or a
// sharing: else what was shared with them by name would be closer. works says of an individual whether
// they are one of these, and not family or a friend. id is made by the caller; the
// ids of further rules are made from it.
func Out(v record.View, code, id string, works func(consent.Party) bool) error {
	out, known := find(v, code)
	switch {
	case !known || !v.Own():
		return fault.NotFound
	case out.Out:
		return nil
	}
	if code != SharedRecord {
		return v.Share(consent.Rule{
			ID: id, To: consent.Anyone, Labels: consent.Everything, Refuse: true, Purpose: consent.Planning, Reason: choicePrefix + code,
		})
	}
	n := 0
	for _, r := range append([]consent.Rule{{To: consent.Anyone, Labels: consent.Everything}}, closer(v, works)...) {
		for _, r.Purpose = range staffPurposes() {
			n++
			r.ID, r.Refuse, r.Reason = id+"."+strconv.Itoa(n), true, choicePrefix+code
			if err := v.Share(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// staffPurposes are what staff of health and care look at a record for. Finding is not
// among them: who cannot be found cannot be helped in an emergency.
func staffPurposes() []consent.Purpose {
	return []consent.Purpose{consent.Care, consent.Administration, consent.Joining}
}

// closer are the refusals that it takes to keep out who has something by name: each
// party once, and each single entry shared with them.
func closer(v record.View, works func(consent.Party) bool) (all []consent.Rule) {
	add := func(to consent.Party, entry int64) { // 0: all of the record
		x := consent.Rule{To: to, Labels: consent.Everything, Entry: entry}
		if entry != 0 {
			x.Labels = 0
		}
		if to.Level == consent.Individual && !works(to) || to.Level == consent.Sector && entry == 0 {
			return
		}
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	for _, m := range v.Members() {
		if v.Now() < m.Until {
			add(m.Party, 0)
		}
	}
	for _, r := range v.Rules() {
		if !r.Refuse && state(&r, v.Now()) != Ended && r.Purpose != consent.Planning {
			add(r.To, 0)
			if r.Entry != 0 {
				add(r.To, r.Entry)
			}
		}
	}
	return all
}

// In takes the opting out back, from now on: what was said before counts again.
// NotFound when there is no such choice; Invalid never.
func In(v record.View, code string) error {
	if _, known := find(v, code); !known || !v.Own() {
		return fault.NotFound
	}
	for _, r := range v.Rules() {
		if r.Reason == choicePrefix+code && state(&r, v.Now()) != Ended {
			if err := v.End(r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func find(v record.View, code string) (OptOut, bool) {
	for _, x := range OptOuts(v) {
		if x.Code == code {
			return x, true
		}
	}
	return OptOut{}, false
}

// opted reports whether a sharing would go past the choice not to have a shared
// record: with that, only family and friends of the circle are shared with.
func opted(v record.View, s *Sharing) bool {
	if s.Refuse || s.Purpose == consent.Planning {
		return false
	}
	if x, _ := find(v, SharedRecord); !x.Out {
		return false
	}
	kept := func(r consent.Rule) bool {
		return r.To == s.To && r.Reason == choicePrefix+SharedRecord && state(&r, v.Now()) == Counts
	}
	family := s.To.Level == consent.Individual && !slices.ContainsFunc(v.Rules(), kept) &&
		slices.ContainsFunc(v.Members(), func(m record.Member) bool { return m.Party == s.To && v.Now() < m.Until })
	return !family
}

// choice is the choice in the reason of a rule, or "".
func choice(reason string) string {
	code, ok := strings.CutPrefix(reason, choicePrefix)
	if !ok || !slices.Contains([]string{SharedRecord, Research, TypeOne}, code) {
		return ""
	}
	return code
}
