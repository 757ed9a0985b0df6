package consent

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"onestory/internal/clock"
)

// slow answers as For does, obviously and slowly: one label at a time, one level at
// a time, and all rules each time.
func slow(own bool, rules []Rule, who Actor, why Purpose, now clock.Time) (withheld Labels, because []string) {
	decided := map[string]bool{}
	for bit := range 64 {
		label := Labels(1) << bit
		if !slowShows(label, own, rules, who, why, now, decided) {
			withheld |= label
		}
	}
	for _, r := range rules {
		if decided[r.ID] {
			because = append(because, r.ID)
		}
	}
	return withheld, because
}

func slowShows(label Labels, own bool, rules []Rule, who Actor, why Purpose, now clock.Time, decided map[string]bool) bool {
	named := label < unnamed
	hurts := label == SeriousHarm || label == ThirdParty
	switch why {
	case Own:
		return own && named && !hurts
	case Emergency:
		shown := label&openedInEmergency != 0
		for _, r := range rules {
			if r.Refuse && r.Entry == 0 && slowCounts(r, who, why, now) {
				decided[r.ID] = true
				shown = shown && r.Labels&label == 0
			}
		}
		return shown
	case Care, Carer, Planning, Administration, Finding, Joining:
	default:
		return false
	}
	for _, level := range []Level{Individual, Team, Organisation, Sector} {
		var sharing, refusing []string
		for _, r := range rules {
			at := r.To.Level
			if slowMalformed(r) {
				at = Individual
			}
			if at != level || r.Entry != 0 || r.Labels&label == 0 || !slowCounts(r, who, why, now) {
				continue
			}
			if r.Refuse {
				refusing = append(refusing, r.ID)
			} else if named && !(why == Carer && hurts) {
				sharing = append(sharing, r.ID)
			}
		}
		deciding := sharing
		if len(refusing) > 0 {
			deciding = refusing
		}
		for _, id := range deciding {
			decided[id] = true
		}
		if len(deciding) > 0 {
			return len(refusing) == 0
		}
	}
	return hurts && why == Care
}

func slowMalformed(r Rule) bool {
	switch r.To.Level {
	case Sector:
		if !slices.Contains([]string{"nhs", "council", "private", "voluntary", "anyone"}, r.To.ID) {
			return true
		}
	case Organisation, Team, Individual:
		if r.To.ID == "" {
			return true
		}
	default:
		return true
	}
	if !slices.Contains([]Purpose{"", Care, Emergency, Own, Carer, Planning, Administration, Finding, Joining}, r.Purpose) {
		return true
	}
	return r.To == Anyone && !r.Refuse || r.From < 0 || r.Until < 0 || r.Entry < 0 || r.Labels>>63 != 0
}

func slowCounts(r Rule, who Actor, why Purpose, now clock.Time) bool {
	if slowMalformed(r) {
		return r.Refuse
	}
	parties := append([]Party{who.Individual, who.Team, who.Organisation, who.Sector, Anyone}, who.Parties...)
	for _, p := range parties {
		if p != r.To {
			continue
		}
		rightTime := r.From <= now && (r.Until == 0 || now < r.Until)
		rightPurpose := r.Purpose == why
		if r.Purpose == "" && r.Refuse {
			rightPurpose = why != Emergency
		} else if r.Purpose == "" {
			rightPurpose = why == Care || why == Carer || why == Administration
		}
		return rightTime && rightPurpose && r.Labels != 0
	}
	return false
}

var (
	someParties = []Party{
		nadia, boris, district, diabetes, clinic, agency, nhs, council, Anyone,
		{}, {Individual, ""}, {Sector, "army"}, {9, "nadia"},
	}
	somePurposes = []Purpose{Care, Emergency, Own, Carer, Planning, Administration, Finding, Joining, "", "marketing"}
	someLabels   = []Labels{General, Plan, SeriousHarm, General | Plan, ThirdParty | Adoption, Everything, known, 1 << 50, 1<<63 | Plan, 0}
)

func drawRules(t *rapid.T) []Rule {
	rules := make([]Rule, rapid.IntRange(0, 9).Draw(t, "rules"))
	for i := range rules {
		pick := func(of int) int { return rapid.IntRange(0, of-1).Draw(t, "") }
		rules[i] = Rule{
			ID:      string(rune('a' + i)),
			To:      someParties[pick(len(someParties))],
			Labels:  someLabels[pick(len(someLabels))],
			Refuse:  pick(2) == 0,
			Purpose: []Purpose{"", "", Care, Emergency, Carer, Planning, Joining, "marketing"}[pick(8)],
			From:    []clock.Time{0, 0, 0, morning, noon, evening, -1}[pick(7)],
			Until:   []clock.Time{0, 0, clock.Never, morning, noon, evening, -1}[pick(7)],
			Entry:   []int64{0, 0, 0, 0, 7}[pick(5)],
		}
	}
	return rules
}

func TestForAgreesWithASlowReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		for range 20 {
			who := Actor{
				Individual: rapid.SampledFrom([]Party{nadia, boris, {}}).Draw(t, "individual"),
				Team:       rapid.SampledFrom([]Party{district, {}}).Draw(t, "team"),
				Sector:     rapid.SampledFrom([]Party{nhs, council, {}}).Draw(t, "sector"),
				Parties:    rapid.SampledFrom([][]Party{nil, {clinic}, {diabetes, agency}}).Draw(t, "besides"),
			}
			own := rapid.Bool().Draw(t, "own")
			why := rapid.SampledFrom(somePurposes).Draw(t, "why")
			now := rapid.SampledFrom([]clock.Time{0, morning, noon - 1, noon, evening, clock.Never - 1}).Draw(t, "now")
			agree(t, own, rules, who, why, now)
		}
	})
}

func agree(t *rapid.T, own bool, rules []Rule, who Actor, why Purpose, now clock.Time) {
	got := For(own, rules, who, why, now)
	withheld, because := slow(own, rules, who, why, now)
	if got.Withheld != withheld {
		t.Fatalf("withheld %v, not %v", got.Withheld, withheld)
	}
	if why == Emergency || own && why == Own {
		got.Because = got.Because[1:]
	}
	if !slices.Equal(got.Because, because) {
		t.Fatalf("because %v, not %v", got.Because, because)
	}
	if got.Barred&^got.Withheld != 0 {
		t.Fatalf("%v is barred and not withheld", got.Barred&^got.Withheld)
	}
	if got.Until <= now {
		t.Fatalf("an answer of %d lasts until %d", now, got.Until)
	}
	if got.Until != clock.Never { // nothing changes before Until
		if last := For(own, rules, who, why, got.Until-1); last.Withheld != got.Withheld {
			t.Fatalf("the answer is another before %d", got.Until)
		}
	}
	backwards := slices.Clone(rules)
	slices.Reverse(backwards)
	if again := For(own, backwards, who, why, now); again.Withheld != got.Withheld || again.Until != got.Until {
		t.Fatalf("the order in which rules were said matters")
	}
	explained, shown := Labels(0), Labels(0)
	for _, r := range Explain(got, rules) {
		explained |= r.Labels
		if r.Cause == Shared || r.Cause == Marked || r.Cause == OwnRecord || r.Cause == Urgent {
			shown |= r.Labels
		}
	}
	if len(got.Because) > 0 && (explained != known || why != Emergency && why != Own && shown != known&^got.Withheld) {
		t.Fatalf("explained %v, shown %v of %v", explained, shown, known&^got.Withheld)
	}
}

func BenchmarkFor(b *testing.B) {
	rules := make([]Rule, 0, 30)
	for i := range 10 {
		rules = append(rules,
			share([]Party{nhs, council, clinic, agency, district}[i%5], General|Plan|Medicines|1<<(i+5)),
			refuse([]Party{boris, nadia, diabetes}[i%3], 1<<(i+5)),
			until(from(share(nadia, Labels(1)<<i), morning), evening))
	}
	rules = said(rules...)
	b.ReportAllocs()
	for b.Loop() {
		For(false, rules, theNurse, Care, noon)
	}
}
