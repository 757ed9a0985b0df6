package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// What a worker does. Each act has a token of its own, which is in everything that
// the act leaves behind.
const (
	acted = "say"  // one change of three parts: somebody joins, a rule about them, an entry edited
	took  = "take" // an arrival: a person and entries, one in eight with an attachment
	saw   = "look" // somebody's whole record opened
)

// source is who sends the arrivals.
const source = "practice"

// somebody is the one account of the house.
const somebody = "somebody"

// own is the person themselves.
func own(p person.ID) consent.Actor {
	return consent.Actor{
		Account: somebody, Version: 1, Name: "Somebody", Role: "resident", Person: int64(p),
		Individual: consent.Party{Level: consent.Individual, ID: somebody},
	}
}

// enrol makes the account, if it is not there yet.
func enrol(ctx context.Context, h *app.House) error {
	_, err := h.Accounts.Get(ctx, somebody)
	if errors.Is(err, fault.NotFound) {
		return h.Accounts.Put(ctx, account.Account{ID: somebody, Name: "Somebody", Role: "resident"})
	}
	return err
}

// party is whom an act of that token brings into the circle.
func party(token string) consent.Party {
	return consent.Party{Level: consent.Individual, ID: token}
}

// refusing reports whether the rule of an act refuses, which the restore ledger keeps too.
func refusing(token string) bool { return strings.HasSuffix(token, "0") }

// attached reports whether an arrival has an attachment.
func attached(token string) bool { return strings.HasSuffix(token, "4") }

// speak makes one change of three parts.
func speak(ctx context.Context, h *app.House, p person.ID, token string) error {
	first := id.New(int64(p)) // not within the work, which may run twice
	return h.Door.With(ctx, own(p), consent.Own, p, func(v record.View) error {
		v.Doing(token)
		e, err := ownWords(v, first, h.Door.Text(p), token)
		if err != nil {
			return err
		}
		return errors.Join(
			v.Join(record.Member{ID: token, Party: party(token), Name: "Somebody else", Role: "friend"}),
			v.Share(consent.Rule{ID: token, To: party(token), Labels: consent.General, Refuse: refusing(token)}),
			v.Put(e),
		)
	})
}

// ownWords is what the person says of their allergies, with the token of an act in it:
// the entry that they wrote before, or else their first.
func ownWords(v record.View, first id.Entry, whose, token string) (e record.Entry, err error) {
	e.ID, e.Kind = first, "AllergyIntolerance"
	said := `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/` + whose + `"},"code":{"text":"Penicillin"},"note":[{"text":"` + token + `"}]}`
	err = v.All(e.Kind, func(x record.Entry) error {
		if x.Source == "" {
			e = x
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	e.Doc = new(fhir.Doc)
	return e, fhir.Parse([]byte(said), e.Doc)
}

// look opens the whole record.
func look(ctx context.Context, h *app.House, p person.ID, token string) error {
	return h.Door.With(ctx, own(p), consent.Own, p, func(v record.View) error {
		v.Doing(token)
		return v.Every(func(record.Entry) error { return nil })
	})
}

// take receives an arrival about the person whom the source knows as foreign.
func take(ctx context.Context, h *app.House, foreign, token string) (fates []record.Fate, p person.ID, err error) {
	a, err := arrival(foreign, token)
	if err != nil {
		return nil, 0, err
	}
	fates, people, err := h.Door.Receive(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	return fates[2:], people[0], nil // the Patient and the allergy may be there already
}

// entries is how many entries bear the token of an arrival.
func entries(token string) int {
	if attached(token) {
		return 3
	}
	return 2
}

// attachment is what an attachment holds: more than one piece of it.
func attachment(token string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(token+" ", 240_000/len(token))))
}

func arrival(foreign, token string) (record.Arrival, error) {
	all := []string{
		fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%[1]q}],"birthDate":"1951-03-02"}`, foreign),
		fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":"allergy-%s","patient":{"reference":"Patient/%[1]s"},"code":{"text":"Penicillin"}}`, foreign),
	}
	for i := range 2 {
		all = append(all, fmt.Sprintf(`{"resourceType":"Observation","id":"%s-%d","status":"final","code":{"text":%[1]q},"subject":{"reference":"Patient/%[3]s"},"valueString":"%[4]s"}`,
			token, i, foreign, strings.Repeat("as it was written down ", 8)))
	}
	if attached(token) {
		all = append(all, fmt.Sprintf(`{"resourceType":"DocumentReference","id":"%s-d","status":"current","description":%[1]q,"subject":{"reference":"Patient/%[2]s"},"content":[{"attachment":{"contentType":"text/plain","data":%[3]q}}]}`,
			token, foreign, attachment(token)))
	}
	a := record.Arrival{Source: source}
	for i, text := range all {
		d := new(fhir.Doc)
		if err := fhir.Parse([]byte(text), d); err != nil {
			return a, err
		}
		if i == 0 {
			a.People = []record.Newcomer{{Foreign: foreign, Facts: record.FactsOf(d), Known: true}}
		}
		it := record.Item{Foreign: d.ID(), Doc: d, Updated: 1}
		for r := range d.References() {
			it.Refs = append(it.Refs, record.Ref{Value: r.Value, Item: 0})
		}
		a.Items = append(a.Items, it)
	}
	return a, nil
}
