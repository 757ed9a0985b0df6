package web

import (
	"strings"
	"testing"

	"onestory/internal/record"
	"onestory/internal/text"
)

func TestWhatChangedIsToldInWords(t *testing.T) {
	t.Parallel()
	english := &ask{Lang: text.For("", "en")}
	med := func(status, dose, more string) string {
		return `{"resourceType":"MedicationRequest","status":"` + status + `","medicationCodeableConcept":{"text":"Furosemide"},"dosageInstruction":[{"text":"` + dose + `"}]` + more + `}`
	}
	for _, c := range []struct{ name, before, after, want string }{
		{"a dose that changed", med("active", "One", ""), med("active", "Two", ""), "How to take it: it was “One”. Now it is “Two”."},
		{"a status that changed", med("active", "One", ""), med("stopped", "One", ""), "Status: it was “Active”. Now it is “Stopped”."},
		{"a note that was added", med("active", "One", ""), med("active", "One", `,"note":[{"text":"With food"}]`), "Note: “With food” was added."},
		{"a note that was taken out", med("active", "One", `,"note":[{"text":"With food"},{"text":"Warm"}]`), med("active", "One", `,"note":[{"text":"With food"}]`), "Note 2: “Warm” was taken out."},
		{"something that we have no words for", med("active", "One", ""), med("active", "One", `,"priority":"routine"`), "A detail changed that is not shown here. See everything the source sent."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			of := func(s string) fact {
				d := parsed(t, s)
				return read(record.Entry{Header: record.Header{Kind: d.Type()}, Doc: d}, "")
			}
			got := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(strings.Join(english.changes(of(c.before), of(c.after)), " "))
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
