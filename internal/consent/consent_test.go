package consent

import (
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onestory/internal/clock"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A small world. Nadia is a nurse in the district team of a clinic of the NHS.
var (
	nadia    = Party{Individual, "nadia"}
	boris    = Party{Individual, "boris"}
	district = Party{Team, "district nurses"}
	diabetes = Party{Team, "diabetes team"}
	clinic   = Party{Organisation, "clinic"}
	agency   = Party{Organisation, "agency"}
	nhs      = Party{Sector, NHS}
	council  = Party{Sector, Council}

	theNurse = Actor{
		Account: "nadia", Individual: nadia, Team: district, Organisation: clinic, Sector: nhs, Role: "nurse",
	}
)

const (
	morning clock.Time = 1_000_000
	noon    clock.Time = 2_000_000
	evening clock.Time = 3_000_000
)

func said(rules ...Rule) []Rule {
	for i := range rules {
		rules[i].ID = "r" + strconv.Itoa(i+1)
	}
	return rules
}

func share(to Party, l Labels) Rule    { return Rule{To: to, Labels: l} }
func refuse(to Party, l Labels) Rule   { return Rule{To: to, Labels: l, Refuse: true} }
func until(r Rule, t clock.Time) Rule  { r.Until = t; return r }
func from(r Rule, t clock.Time) Rule   { r.From = t; return r }
func forThe(why Purpose, r Rule) Rule  { r.Purpose = why; return r }
func entry(n int64, r Rule) Rule       { r.Entry = n; return r }
func because(a Answer) string          { return strings.Join(a.Because, " ") }
func asked(why Purpose, r []Rule) bool { return For(false, r, theNurse, why, noon).Shows(Plan) }

// The nurse asks at noon, for care.
func TestWhatANurseMaySee(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence string
		rules    []Rule
		bears    Labels
		shown    bool
	}{
		{"silence withholds", nil, General, false},
		{"sharing shows what it names", said(share(clinic, General)), General, true},
		{"sharing shows only what it names", said(share(clinic, General)), General | MentalHealth, false},
		{"two sharings together show what bears both labels", said(share(clinic, General), share(nhs, MentalHealth)), General | MentalHealth, true},
		{"a sharing with somebody else is silence", said(share(boris, Everything), share(diabetes, Everything), share(agency, Everything), share(council, Everything)), General, false},
		{"a team, an organisation and a sector are shared with like people: team", said(share(district, Plan)), Plan, true},
		{"a team, an organisation and a sector are shared with like people: sector", said(share(nhs, Plan)), Plan, true},
		{"at the same level a refusal outlasts a sharing", said(refuse(clinic, Plan), share(clinic, Plan)), Plan, false},
		{"at the same level a refusal outlasts a sharing, whichever was said last", said(share(clinic, Plan), refuse(clinic, Plan)), Plan, false},
		{"a closer sharing decides over a wider refusal", said(refuse(nhs, Plan), share(nadia, Plan)), Plan, true},
		{"a closer refusal decides over a wider sharing", said(share(nhs, Plan), refuse(nadia, Plan)), Plan, false},
		{"a team is closer than its organisation", said(refuse(clinic, Plan), share(district, Plan)), Plan, true},
		{"an organisation is closer than its sector", said(share(nhs, Plan), refuse(clinic, Plan)), Plan, false},
		{"a person is closer than their team", said(refuse(district, Plan), share(nadia, Plan)), Plan, true},
		{"each label is decided on its own", said(share(nhs, General|Plan), refuse(nadia, Plan)), General, true},
		{"each label is decided on its own, and one refused withholds the entry", said(share(nhs, General|Plan), refuse(nadia, Plan)), General | Plan, false},
		{"refusing somebody else refuses nobody here", said(share(nhs, Plan), refuse(boris, Plan), refuse(agency, Plan)), Plan, true},
		{"refusing anyone withholds at the level of a sector", said(share(nhs, Plan), refuse(Anyone, Plan)), Plan, false},
		{"who is let in by name is let in though anyone is refused", said(refuse(Anyone, Plan), share(nadia, Plan)), Plan, true},
		{"nobody can share with anyone", said(share(Anyone, Plan)), Plan, false},
		{"a rule ends on time", said(until(share(nadia, Plan), noon)), Plan, false},
		{"a rule counts until just before its end", said(until(share(nadia, Plan), noon+1)), Plan, true},
		{"a rule counts from its first instant", said(from(share(nadia, Plan), noon)), Plan, true},
		{"a rule does not count before its time", said(from(share(nadia, Plan), noon+1)), Plan, false},
		{"a refusal that has ended lets wider rules speak again", said(share(nhs, Plan), until(refuse(nadia, Plan), morning)), Plan, true},
		{"a rule that ends before it begins says nothing", said(share(nhs, Plan), until(from(refuse(nadia, Plan), evening), morning)), Plan, true},
		{"a rule without an end lasts", said(until(share(nadia, Plan), clock.Never)), Plan, true},
		{"an entry without a label is shown to no one", said(share(nadia, Everything)), 0, false},
		{"a label without a name is shown to no one", said(share(nadia, Everything)), General | 1<<62, false},
		{"what is marked as hurtful to the person is shown to who cares for them", said(share(nadia, General)), General | SeriousHarm, true},
		{"but no more of it than what it is about", said(share(nadia, General)), MentalHealth | ThirdParty, false},
		{"and not to who was refused everything", said(share(nhs, General), refuse(nadia, Everything)), General | SeriousHarm, false},
		{"a sharing with a party of no level shares nothing", said(share(Party{0, "nadia"}, Plan)), Plan, false},
		{"a refusal of a party of no level refuses everyone", said(share(nadia, Plan), refuse(Party{0, "boris"}, Plan)), Plan, false},
		{"a sharing with a sector that is none shares nothing", said(share(Party{Sector, "army"}, Plan)), Plan, false},
		{"a sharing for a purpose that is none shares nothing", said(forThe("marketing", share(nadia, Plan))), Plan, false},
		{"a refusal for a purpose that is none is for all", said(share(nadia, Plan), forThe("marketing", refuse(boris, Plan))), Plan, false},
		{"a refusal that cannot be understood withholds only what it names", said(share(nadia, Plan|General), refuse(Party{}, Plan)), General, true},
		{"a sharing by name of one entry shares no label", said(entry(7, share(nadia, Everything))), Plan, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			if got := For(false, row.rules, theNurse, Care, noon).Shows(row.bears); got != row.shown {
				t.Errorf("shown = %v, not %v", got, row.shown)
			}
		})
	}
}

func TestPurposes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence string
		why      Purpose
		rules    []Rule
		shown    bool
	}{
		{"a sharing that names no purpose is for care", Care, said(share(nadia, Plan)), true},
		{"and for who acts for the person", Carer, said(share(nadia, Plan)), true},
		{"and for arranging it", Administration, said(share(nadia, Plan)), true},
		{"but not for planning services", Planning, said(share(nadia, Plan)), false},
		{"planning is shared by saying so", Planning, said(forThe(Planning, share(nadia, Plan))), true},
		{"what is shared for planning is not shared for care", Care, said(forThe(Planning, share(nadia, Plan))), false},
		{"a refusal that names no purpose is for planning too", Planning, said(forThe(Planning, share(nadia, Plan)), refuse(nadia, Plan)), false},
		{"a refusal for planning leaves care alone", Care, said(share(nadia, Plan), forThe(Planning, refuse(nadia, Plan))), true},
		{"nobody else's record is one's own", Own, said(share(nadia, Plan), forThe(Own, share(nadia, Plan))), false},
		{"a purpose that is none shows nothing", "ETREAT", said(share(nadia, Plan)), false},
		{"no purpose shows nothing", "", said(share(nadia, Plan)), false},
		{"an emergency needs no sharing", Emergency, nil, true},
		{"an emergency goes past a refusal", Emergency, said(refuse(nadia, Plan), refuse(Anyone, Everything)), true},
		{"but not past a seal", Emergency, said(forThe(Emergency, refuse(Anyone, Plan))), false},
		{"nor past a seal that a closer sharing would undo", Emergency, said(forThe(Emergency, refuse(nhs, Plan)), forThe(Emergency, share(nadia, Plan))), false},
		{"a seal that has ended seals nothing", Emergency, said(until(forThe(Emergency, refuse(nhs, Plan)), noon)), true},
		{"a seal against somebody else seals nothing here", Emergency, said(forThe(Emergency, refuse(boris, Plan))), true},
		{"a seal does not touch care", Care, said(share(nadia, Plan), forThe(Emergency, refuse(Anyone, Plan))), true},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			if asked(row.why, row.rules) != row.shown {
				t.Errorf("shown = %v, not %v", !row.shown, row.shown)
			}
		})
	}
}

func TestHurtfulEntries(t *testing.T) {
	t.Parallel()
	all := said(share(nadia, Everything))
	for _, row := range []struct {
		sentence string
		own      bool
		why      Purpose
		bears    Labels
		shown    bool
	}{
		{"people see everything of their own", true, Own, known &^ (SeriousHarm | ThirdParty), true},
		{"but not what would seriously harm them", true, Own, General | SeriousHarm, false},
		{"nor what others told", true, Own, General | ThirdParty, false},
		{"nor what bears no label", true, Own, 0, false},
		{"nor what bears a label without a name", true, Own, 1 << 60, false},
		{"who acts for a person sees what is shared", false, Carer, MentalHealth, true},
		{"but no more than the person would", false, Carer, General | SeriousHarm, false},
		{"a nurse at work is not at home in her own record", true, Care, General, true}, // because it was shared
		{"an emergency opens no adoption papers", false, Emergency, Adoption, false},
		{"an emergency shows how to get in", false, Emergency, HomeEntry, true},
		{"an emergency shows a medicine for what people hide", false, Emergency, Medicines | SexualHealth, true},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			if got := For(row.own, all, theNurse, row.why, noon).Shows(row.bears); got != row.shown {
				t.Errorf("shown = %v, not %v", got, row.shown)
			}
		})
	}
	if For(true, nil, theNurse, Care, noon).Shows(General) {
		t.Error("a nurse sees her own record at work though nobody shared it with her")
	}
	if (Answer{}).Shows(General) {
		t.Error("the zero answer shows something")
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence    string
		why         Purpose
		rules       []Rule
		named, seen bool
	}{
		{"nothing is said of an entry that is not named", Care, said(share(nadia, Plan), entry(8, share(nadia, 0))), false, false},
		{"one entry is shared by name", Care, said(entry(7, share(nadia, 0))), true, true},
		{"one entry is refused by name", Care, said(share(nadia, Plan), entry(7, refuse(clinic, 0))), true, false},
		{"the closest decides", Care, said(entry(7, refuse(clinic, 0)), entry(7, share(nadia, 0)), entry(7, refuse(nhs, 0))), true, true},
		{"at the same level a refusal outlasts a sharing", Care, said(entry(7, refuse(nadia, 0)), entry(7, share(nadia, 0))), true, false},
		{"a name ends on time", Care, said(until(entry(7, share(nadia, 0)), noon)), false, false},
		{"a refusal that cannot be understood refuses", Care, said(entry(7, share(nadia, 0)), entry(7, refuse(Party{}, 0))), true, false},
		{"who is refused everything in their own name is not shown what their team is shown", Care, said(entry(7, share(district, 0)), refuse(nadia, Everything)), true, false},
		{"but what they are shown in their own name", Care, said(entry(7, share(nadia, 0)), refuse(nadia, Everything)), true, true},
		{"and a team, what it is shown though its organisation is refused", Care, said(entry(7, share(district, 0)), refuse(clinic, Everything)), true, true},
		{"an emergency asks for no sharing by name", Emergency, said(forThe(Emergency, entry(7, share(nadia, 0)))), false, false},
		{"an entry is sealed by name", Emergency, said(forThe(Emergency, entry(7, refuse(Anyone, 0)))), true, false},
		{"an entry that is refused is not thereby sealed", Emergency, said(entry(7, refuse(Anyone, 0))), false, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			seen, named := Named(row.rules, theNurse, row.why, noon)[7]
			if named != row.named || seen != row.seen {
				t.Errorf("named = %v, seen = %v", named, seen)
			}
		})
	}
	carer := For(false, said(share(nadia, Everything)), theNurse, Carer, noon)
	if carer.ShowsNamed(General|SeriousHarm, true) || !carer.ShowsNamed(MentalHealth, true) {
		t.Error("a name opens what is barred, or not what is withheld")
	}
}

func TestUntilIsTheNextInstantThatMatters(t *testing.T) {
	t.Parallel()
	rules := said(
		until(share(nadia, Plan), evening),
		from(refuse(clinic, General), evening-1),
		until(share(boris, Plan), noon+1),                   // somebody else's
		until(forThe(Planning, share(nadia, Plan)), noon+1), // another purpose
		until(from(share(nadia, Dates), noon+1), noon+1),    // never
		until(share(nadia, General), morning),               // past
	)
	if a := For(false, rules, theNurse, Care, noon); a.Until != evening-1 || because(a) != "r1" {
		t.Errorf("until %d because %s", a.Until, because(a))
	}
	if a := For(false, rules, theNurse, Care, evening); a.Until != clock.Never || because(a) != "r2" {
		t.Errorf("until %d because %s", a.Until, because(a))
	}
	if a := For(false, said(until(entry(7, share(nadia, 0)), evening)), theNurse, Care, noon); a.Until != evening {
		t.Error("an entry shared by name ends unnoticed")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	rules := said(
		share(nhs, General|Plan|Medicines),
		refuse(nadia, Plan),
		share(boris, Adoption), // somebody else's
		share(clinic, Medicines),
		refuse(nhs, Medicines), // wider than r4
	)
	got := ""
	for _, r := range Explain(For(false, rules, theNurse, Carer, noon), rules) {
		got += string(r.Cause) + " " + r.Rule + " " + (r.Labels &^ (known &^ (General | Plan | Medicines | SeriousHarm | Gender))).String() + "\n"
	}
	want := "shared r1 general\nrefused r2 plan\nshared r4 medicines\nsilence  gender\nkept back  serious-harm\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	sealed := said(forThe(Emergency, refuse(Anyone, SexualHealth)))
	all := Labels(0)
	for _, r := range Explain(For(false, sealed, theNurse, Emergency, noon), sealed) {
		all |= r.Labels
	}
	if all != known {
		t.Errorf("nothing is said of %v", known&^all)
	}
}

func TestLabelsAreNeverRenumbered(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for n, name := range known.Names() {
		b.WriteString(name + "=" + strconv.Itoa(n) + "\n")
		if l, ok := LabelNamed(name); !ok || l != 1<<n {
			t.Errorf("%s is %d", name, l)
		}
	}
	const golden = "testdata/labels.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("labels are\n%snot\n%s\nif a label was appended, run the test with -update", b.String(), want)
	}
	if got := (Wishes | 1<<41).Names(); !slices.Equal(got, []string{"wishes", "label-41"}) {
		t.Error(got)
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence       string
		role           string
		why            Purpose
		kind, category string
		has            bool
	}{
		{"a nurse has conditions", "nurse", Care, "Condition", "", true},
		{"a nurse has kinds that nobody thought of", "nurse", Care, "VisionPrescription", "", true},
		{"a social worker has what a nurse has", "social-worker", Care, "Observation", "laboratory", true},
		{"a link worker has the plan", "link-worker", Care, "Goal", "", true},
		{"a link worker has no conditions", "link-worker", Care, "Condition", "", false},
		{"a link worker has how people live", "link-worker", Care, "Observation", "social-history", true},
		{"a link worker has no blood results", "link-worker", Care, "Observation", "laboratory", false},
		{"what is in no category is in no limited reach", "link-worker", Care, "Observation", "", false},
		{"a pharmacist has medicines", "pharmacist", Care, "MedicationRequest", "", true},
		{"reception has appointments", "reception", Administration, "Appointment", "", true},
		{"reception has no plan", "reception", Care, "CarePlan", "", false},
		{"reception breaks no glass", "reception", Emergency, "Patient", "", false},
		{"a social worker breaks no glass", "social-worker", Emergency, "AllergyIntolerance", "", false},
		{"a paramedic does", "paramedic", Emergency, "AllergyIntolerance", "", true},
		{"and sees no letters then", "paramedic", Emergency, "DocumentReference", "", false},
		{"who acts for somebody sees their appointments", "carer", Carer, "Appointment", "", true},
		{"but not whom else they let in", "carer", Carer, "Consent", "", false},
		{"a resident has all of their own", "resident", Own, "Consent", "", true},
		{"a nurse does not read her own record in this hat", "nurse", Own, "Patient", "", false},
		{"a planner has nothing about any person", "planner", Planning, "Patient", "", false},
		{"nor for care", "planner", Care, "Patient", "", false},
		{"an operator has nothing", "operator", Administration, "Patient", "", false},
		{"who runs an organisation has nothing", "organisation-admin", Administration, "Patient", "", false},
		{"a privacy officer sees who looked", "privacy-officer", Administration, "AuditEvent", "", true},
		{"and not what they saw", "privacy-officer", Administration, "Condition", "", false},
		{"an unknown role has nothing", "wizard", Care, "Patient", "", false},
		{"no role has nothing", "", Care, "Patient", "", false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			if got := ReachOf(row.role, row.why).Has(row.kind, row.category); got != row.has {
				t.Errorf("has = %v", got)
			}
		})
	}
	desk := ReachOf("reception", Administration)
	if got := desk.Mask("Patient"); !slices.Equal(got, []string{"name"}) {
		t.Errorf("reception sees %v of a person", got)
	}
	if got := desk.Mask("Condition"); got == nil || len(got) != 0 {
		t.Error("what is out of reach is not masked")
	}
	if ReachOf("nurse", Care).Mask("Patient") != nil {
		t.Error("a nurse sees somebody masked")
	}
	for h := range reaches {
		if !slices.Contains(roles, h.role) || !h.why.valid() {
			t.Errorf("%v is in the table and is not a role with a purpose", h)
		}
	}
}

func TestPeopleCanBeFoundUnlessTheyRefuseItMoreCloselyThanTheyShareIt(t *testing.T) {
	t.Parallel()
	who := Actor{
		Individual: Party{Individual, "nadia"}, Team: Party{Team, "district"},
		Organisation: Party{Organisation, "trust"}, Sector: Party{Sector, NHS},
	}
	hide := func(to Party) Rule { return Rule{ID: "h", To: to, Labels: Everything, Refuse: true, Purpose: Finding} }
	show := func(to Party) Rule { return Rule{ID: "s", To: to, Labels: Everything, Purpose: Finding} }
	for _, row := range []struct {
		says  string
		rules []Rule
		found bool
	}{
		{"who says nothing can be found", nil, true},
		{"who hides from everyone cannot", []Rule{hide(Anyone)}, false},
		{"but by a team that is excepted", []Rule{hide(Anyone), show(who.Team)}, true},
		{"a nurse who is refused finds nobody, whatever her team may", []Rule{show(who.Team), hide(who.Individual)}, false},
		{"who shares nothing with anybody can still be found, in an emergency too", []Rule{{ID: "q", To: Anyone, Labels: Everything, Refuse: true}}, true},
		{"another organisation's refusal is not theirs", []Rule{hide(Party{Organisation, "other"})}, true},
		{"a refusal that nobody can read hides", []Rule{{ID: "m", To: Party{9, "x"}, Labels: Everything, Refuse: true}}, false},
	} {
		if got := Findable(row.rules, who, 5); got != row.found {
			t.Errorf("%s: %v", row.says, got)
		}
	}
}
