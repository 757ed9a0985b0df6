package record

import (
	"testing"

	"onestory/internal/consent"
)

func TestOnlyWhatSomebodyErasedMayBeGoneFromALog(t *testing.T) {
	t.Parallel()
	refusal := jsonPart(partRule, consent.Rule{ID: "r", To: consent.Anyone, Labels: consent.General, Refuse: true})
	words := (&resource{n: 5, kind: "Observation", json: []byte(`{"resourceType":"Observation"}`)}).encode()
	removal := (&resource{n: 5, kind: "Observation", gone: true}).encode()
	for _, c := range []struct {
		says  string
		first part
		then  []part
		found bool
	}{
		{"a refusal is gone", refusal, nil, true},
		{"words are gone that nobody erased", words, nil, true},
		{"words are gone, and the entry was removed", words, []part{removal}, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			codes, err := DefaultCodes()
			if err != nil {
				t.Fatal(err)
			}
			found := false
			r := &retelling{
				find: func(string, string) { found = true }, words: map[int64]bool{}, removed: map[int64]bool{},
				f: newWhole(1).fold(&law{codes: codes, kinds: NewKinds()}),
			}
			first := &change{person: 1, seq: 1, parts: []part{c.first}}
			first.seal()
			before := first.hash
			first.erase(0)
			if first.link() != before {
				t.Fatal("the chain tells what was erased")
			}
			r.add(first)
			r.add(&change{person: 1, seq: 2, parts: c.then})
			if err := r.end(t.Context(), nil); err != nil || found != c.found {
				t.Errorf("found is %v: %v", found, err)
			}
		})
	}
}
