package record_test

import (
	"maps"
	"testing"

	"onestory/internal/record"
)

func TestHowThingsWereWrittenIsKeptInOneString(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]record.Sent{
		"nothing odd":    {Began: "urn:uuid:"},
		"all is usual":   {},
		"a condition":    {Odd: map[string]string{"Organization/o": "Organization?identifier=urn:ods|E1", "id": ""}},
		"another server": {Began: "https://gp.example/fhir/", Odd: map[string]string{"Patient/p": "Patient/p"}},
	} {
		got := record.ParseSent(s.String())
		if got.Began != s.Began || !maps.Equal(got.Odd, s.Odd) {
			t.Errorf("%s: %+v became %+v", name, s, got)
		}
	}
	s := record.Sent{Began: "urn:uuid:"}
	s.Keep("Organization/o", "Organization?identifier=urn:ods|E1")
	s.Keep("Patient/p", "two\nlines")
	for to, want := range map[string]string{"o": "Organization?identifier=urn:ods|E1", "x": "urn:uuid:x"} {
		if got := s.Reference("Organization/ours", "Organization", to); got != want {
			t.Errorf("%s was written %q, not %q", to, got, want)
		}
	}
	if len(s.Odd) != 1 {
		t.Errorf("what is no reference was kept: %v", s.Odd)
	}
}
