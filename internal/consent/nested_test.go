package consent

import (
	"slices"
	"strings"
	"testing"

	"onestory/internal/clock"
)

// Consents elsewhere are written as provisions within provisions, each the
// exception to the one around it (IHE Privacy Consent on FHIR has about twenty such
// cases). Here nesting is closeness, so the cases are told as rules, and must come
// out alike whatever order they are in.
//
// Each asks five people about general health, mental health and sexual health at
// noon: a capital letter is shown, a dot is not.
func TestNestedProvisions(t *testing.T) {
	t.Parallel()
	people := []Actor{
		theNurse,
		{Individual: Party{Individual, "colleague"}, Team: district, Organisation: clinic, Sector: nhs},
		{Individual: Party{Individual, "other team"}, Team: diabetes, Organisation: clinic, Sector: nhs},
		{Individual: Party{Individual, "other body"}, Organisation: Party{Organisation, "hospital"}, Sector: nhs},
		{Individual: Party{Individual, "home carer"}, Organisation: agency, Sector: council},
	}
	const sensitive = MentalHealth | SexualHealth
	for _, row := range []struct {
		sentence string
		why      Purpose
		rules    []Rule
		shown    string // nurse, colleague, other team, other body, council
	}{
		{"nothing said", Care, nil, "... ... ... ... ..."},
		{"permit all to two sectors", Care, said(share(nhs, Everything), share(council, Everything)), "GMS GMS GMS GMS GMS"},
		{"deny all to everybody", Care, said(refuse(Anyone, Everything)), "... ... ... ... ..."},
		{"permit a sector, except what is sensitive", Care, said(share(nhs, Everything), refuse(nhs, sensitive)), "G.. G.. G.. G.. ..."},
		{"permit a sector, except to an organisation", Care, said(share(nhs, Everything), refuse(clinic, Everything)), "... ... ... GMS ..."},
		{"reversed: permit an organisation alone", Care, said(refuse(nhs, Everything), share(clinic, Everything)), "GMS GMS GMS ... ..."},
		{"permit a sector, deny an organisation, permit a team in it", Care, said(share(nhs, Everything), refuse(clinic, Everything), share(district, Everything)), "GMS GMS ... GMS ..."},
		{"reversed: deny, permit, deny", Care, said(refuse(nhs, Everything), share(clinic, Everything), refuse(district, Everything)), "... ... GMS ... ..."},
		{"four deep", Care, said(share(nhs, Everything), refuse(clinic, Everything), share(district, Everything), refuse(nadia, Everything)), "... GMS ... GMS ..."},
		{"four deep, reversed", Care, said(refuse(nhs, Everything), share(clinic, Everything), refuse(district, Everything), share(nadia, Everything)), "GMS ... GMS ... ..."},
		{"permit an author's organisation what is sensitive, and others the rest", Care, said(share(nhs, General), share(clinic, sensitive)), "GMS GMS GMS G.. ..."},
		{"deny what is sensitive, except to one person", Care, said(share(nhs, Everything), refuse(nhs, sensitive), share(nadia, sensitive)), "GMS G.. G.. G.. ..."},
		{"deny one topic at one level and permit it further in", Care, said(share(nhs, Everything), refuse(clinic, MentalHealth), share(district, MentalHealth)), "GMS GMS G.S GMS ..."},
		{"permit from now", Care, said(from(share(nhs, Everything), noon)), "GMS GMS GMS GMS ..."},
		{"permit from tonight", Care, said(from(share(nhs, Everything), evening)), "... ... ... ... ..."},
		{"permit, except this afternoon", Care, said(share(nhs, Everything), until(from(refuse(nhs, sensitive), noon), evening)), "G.. G.. G.. G.. ..."},
		{"permit, except this morning", Care, said(share(nhs, Everything), until(from(refuse(nhs, sensitive), morning), noon)), "GMS GMS GMS GMS ..."},
		{"permit for care, asked for care", Care, said(forThe(Care, share(nhs, Everything))), "GMS GMS GMS GMS ..."},
		{"permit for care, asked for planning", Planning, said(forThe(Care, share(nhs, Everything))), "... ... ... ... ..."},
		{"permit planning, except what is sensitive", Planning, said(forThe(Planning, share(nhs, Everything)), forThe(Planning, refuse(nhs, sensitive))), "G.. G.. G.. G.. ..."},
		{"permit care and deny planning, asked for care", Care, said(share(nhs, Everything), forThe(Planning, refuse(nhs, Everything))), "GMS GMS GMS GMS ..."},
		{"an inner exception for another purpose is none", Care, said(refuse(nhs, Everything), forThe(Planning, share(nadia, Everything))), "... ... ... ... ..."},
		{"an emergency, whatever is denied", Emergency, said(refuse(Anyone, Everything)), "GMS GMS GMS GMS GMS"},
		{"an emergency, with one topic sealed from all", Emergency, said(forThe(Emergency, refuse(Anyone, SexualHealth))), "GM. GM. GM. GM. GM."},
		{"an emergency, with all sealed from one sector", Emergency, said(forThe(Emergency, refuse(nhs, Everything))), "... ... ... ... GMS"},
		{"a permit nobody can read, around a denial", Care, said(share(Party{Sector, "?"}, Everything), refuse(clinic, MentalHealth)), "... ... ... ... ..."},
		{"a denial nobody can read, within a permit", Care, said(share(nhs, Everything), refuse(Party{Level: 7, ID: "?"}, MentalHealth)), "G.S G.S G.S G.S ..."},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			orders(row.rules, func(rules []Rule) {
				var told []string
				for _, who := range people {
					told = append(told, seen(For(false, rules, who, row.why, noon)))
				}
				if got := strings.Join(told, " "); got != row.shown {
					t.Errorf("shown %s, not %s", got, row.shown)
				}
			})
		})
	}
}

func seen(a Answer) string {
	told := []byte("...")
	for i, l := range []Labels{General, MentalHealth, SexualHealth} {
		if a.Shows(l) {
			told[i] = "GMS"[i]
		}
	}
	return string(told)
}

// orders calls try with the rules in every order.
func orders(rules []Rule, try func([]Rule)) {
	var rest func(done, left []Rule)
	rest = func(done, left []Rule) {
		if len(left) == 0 {
			try(done)
		}
		for i := range left {
			rest(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	rest(nil, rules)
}

func TestWithdrawnSharingEndsAtTheVeryInstant(t *testing.T) {
	t.Parallel()
	rules := said(until(share(nadia, Everything), noon))
	for now, shown := range map[clock.Time]bool{morning: true, noon - 1: true, noon: false, evening: false} {
		if For(false, rules, theNurse, Care, now).Shows(General) != shown {
			t.Errorf("at %d shown is not %v", now, shown)
		}
	}
}
