package fhirapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/record"
)

// names are those of the matches of a search, or of the members of care teams.
func names(g got) (all []string) {
	for _, e := range items(g.json["entry"]) {
		r := e["resource"].(map[string]any)
		switch r["resourceType"] {
		case "RelatedPerson":
			for _, n := range items(r["name"]) {
				text, _ := n["text"].(string)
				all = append(all, text)
			}
		case "CareTeam":
			for _, p := range items(r["participant"]) {
				if member, ok := p["member"].(map[string]any); ok { // whom to ask first is a place, and no name
					all = append(all, member["display"].(string))
				}
			}
		}
	}
	return all
}

func items(of any) (all []map[string]any) {
	list, _ := of.([]any)
	for _, x := range list {
		all = append(all, x.(map[string]any))
	}
	return all
}

func TestALoanIsARelatedPersonAndTheCircleACareTeamAsFarAsTheReaderMayKnow(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		about := "patient=" + w.id("amina")
		// A second carer, of whom the first does not learn.
		w.as("amina", func(v record.View) error {
			to := consent.Party{Level: consent.Individual, ID: "jo"}
			return errors.Join(
				v.Join(record.Member{ID: "second", Party: to, Name: "Second Carer", Role: "carer", Relation: "neighbour"}),
				v.Share(consent.Rule{ID: "second.r", To: to, Labels: consent.Dates, Purpose: consent.Carer}))
		})
		loans := "/RelatedPerson?name:contains=e&active=true&" + about
		has := func(who, path string, want, not string) got {
			w.Helper()
			g := w.get(who, path)
			all := "," + strings.Join(names(g), ",") + ","
			if want != "" && !strings.Contains(all, want) || not != "" && strings.Contains(all, not) {
				w.Errorf("%s at %s is told of %s: not %q, or else %q", who, path, all, want, not)
			}
			return g
		}
		has("amina", loans, ",Second Carer,", "")
		has("amina", loans, ",Leila", "")
		has("priya", loans, ",Second Carer,", "")
		mine := has("leila", loans, ",Leila", "Second")
		has("leila", "/CareTeam?"+about, "Leila", "Second")
		has("amina", "/CareTeam?"+about, ",Second Carer,", "")
		has("amina", "/Patient/"+w.id("amina")+"/$everything", ",Second Carer,", "")
		has("leila", "/Patient/"+w.id("amina")+"/$everything", "", "Second")
		has("amina", loans+"&relationship:missing=true", "", "Second")
		has("reception-acton", loans, "", "e") // reception has names and times

		// Each is read by itself, and its version is what it says.
		var id string
		for _, e := range items(mine.json["entry"]) {
			if r := e["resource"].(map[string]any); strings.HasPrefix(r["name"].([]any)[0].(map[string]any)["text"].(string), "Leila") && r["period"] != nil {
				id = r["id"].(string)
			}
		}
		one := w.get("leila", "/RelatedPerson/"+id)
		version := one.json["meta"].(map[string]any)["versionId"].(string)
		if again := w.get("leila", "/RelatedPerson/"+id+"/_history/"+version); again.body != one.body {
			w.Errorf("the version is %s", again.body)
		}
		w.get("priya", "/RelatedPerson/"+id)
		w.want(w.ask("priya", "GET", "/CareTeam/"+id, ""), 404, "what is of another type")

		// Who ends it is believed in the next request, and nothing is kept to say otherwise.
		w.as("amina", func(v record.View) error { return v.End("second") })
		has("priya", loans, "", "Second")
		has("priya", "/CareTeam?"+about, "", "Second")
	})
}

// as opens a person's record as themselves.
func (w *world) as(who string, work func(record.View) error) {
	w.Helper()
	actor, err := w.house.Accounts.As(context.Background(), who)
	if err == nil {
		err = w.house.Door.With(context.Background(), actor, consent.Own, w.person(who), work)
	}
	if err != nil {
		w.Fatal(err)
	}
}
