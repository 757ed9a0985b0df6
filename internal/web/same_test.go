package web

import (
	"strings"
	"testing"

	"onestory/internal/record"
	"onestory/internal/text"
)

// shown is a list of facts in one line: what each says, from whom, and how they differ.
func shown(all []fact) string {
	english := &ask{Lang: text.For("", "en")}
	var lines []string
	for _, f := range all {
		s := f.What + " [" + strings.Join(append([]string{f.Source}, f.Also...), " ") + "]"
		for _, d := range f.Differ {
			s += " " + english.say(d.Key) + ":"
			for i, x := range d.Says {
				if i > 0 {
					s += " /"
				}
				said := x.Line.Value
				if x.Line.Words != "" {
					said = english.status(strings.TrimPrefix(x.Line.Words, "web.status."))
				}
				s += " " + said + english.day(x.Date)
				for _, by := range x.By {
					s += " (" + by.Source + ")"
				}
			}
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "; ")
}

func TestOneThingFromSeveralSourcesIsShownOnce(t *testing.T) {
	t.Parallel()
	med := func(source, what, code, dose, status string) [2]string {
		return [2]string{source, `{"resourceType":"MedicationRequest","status":"` + status + `","medicationCodeableConcept":{"text":"` + what + `","coding":[{"system":"atc","code":"` + code + `"}]},"dosageInstruction":[{"text":"` + dose + `"}]}`}
	}
	condition := func(source, what, code, onset, status string) [2]string {
		return [2]string{source, `{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"` + status + `"}]},"code":{"text":"` + what + `","coding":[{"system":"s","code":"` + code + `"}]},"onsetDateTime":"` + onset + `"}`}
	}
	allergy := func(source, more string) [2]string {
		return [2]string{source, `{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin"}` + more + `}`}
	}
	vaccine := func(source, on string) [2]string {
		return [2]string{source, `{"resourceType":"Immunization","status":"completed","vaccineCode":{"text":"Flu"},"occurrenceDateTime":"` + on + `"}`}
	}
	weight := func(source, on, kg string) [2]string {
		return [2]string{source, `{"resourceType":"Observation","status":"final","code":{"text":"Weight","coding":[{"system":"l","code":"w"}]},"effectiveDateTime":"` + on + `","valueQuantity":{"value":` + kg + `,"unit":"kg"}}`}
	}
	sure := func(code string) string {
		return `,"verificationStatus":{"coding":[{"code":"` + code + `"}]}`
	}
	for _, c := range []struct {
		name string
		docs [][2]string
		want string
	}{
		{"a medicine with the same dose is one, with its sources",
			[][2]string{med("gp", "Metformin 1g", "A", "Twice a day", "active"), med("home", "Metformin 1g", "A", "TWICE a day", "active")},
			"Metformin 1g [gp home]"},
		{"another dose stands beside it",
			[][2]string{med("gp", "Metformin 1g", "A", "Once a day", "active"), med("home", "Metformin 1g", "A", "Twice a day", "active"), med("ward", "Metformin 1g", "A", "Once a day", "active")},
			"Metformin 1g [gp ward home] How to take it: Once a day (gp) (ward) / Twice a day (home)"},
		{"another strength of the same medicine too",
			[][2]string{med("gp", "Furosemide 40mg", "C", "Once a day", "active"), med("home", "Furosemide 20mg", "C", "Once a day", "active")},
			"Furosemide 40mg [gp home] What it is called: Furosemide 40mg (gp) / Furosemide 20mg (home)"},
		{"two doses from one source are two, whatever others say",
			[][2]string{med("gp", "Insulin", "I", "10 in the morning", "active"), med("gp", "Insulin", "I", "12 at night", "active"), med("home", "Insulin", "I", "12 at night", "active")},
			"Insulin [gp]; Insulin [gp home]"},
		{"what one source has stopped and another has not differs in its status",
			[][2]string{med("gp", "Ramipril", "R", "Once a day", "active"), med("ward", "Ramipril", "R", "Once a day", "stopped")},
			"Ramipril [gp ward] Status: Active (gp) / Stopped (ward)"},
		{"a course that is finished says nothing against one that goes on",
			[][2]string{med("gp", "Ramipril", "R", "Once a day", "active"), med("ward", "Ramipril", "R", "Twice a day", "completed")},
			"Ramipril [gp]; Ramipril [ward]"},
		{"a condition is known by its code or by its name",
			[][2]string{condition("gp", "Type 2 diabetes", "44054006", "2012-10-12", "active"), condition("ward", "type 2 Diabetes", "E11", "2012", "active")},
			"Type 2 diabetes [gp ward]"},
		{"when it began may differ, and a year and a day in it do not",
			[][2]string{condition("gp", "Heart failure", "1", "2023-11-02", "active"), condition("ward", "Heart failure", "2", "2024-04-02", "active"), condition("nurse", "Heart failure", "3", "2023", "active")},
			"Heart failure [gp ward nurse] When it began: 2 November 2023 (gp) (nurse) / 2 April 2024 (ward)"},
		{"an allergy that one has ruled out",
			[][2]string{allergy("gp", sure("confirmed")), allergy("ward", sure("refuted"))},
			"Penicillin [gp ward] How sure: Confirmed (gp) / Ruled out (ward)"},
		{"an allergy that one is not sure of",
			[][2]string{allergy("gp", sure("confirmed")), allergy("ward", sure("unconfirmed"))},
			"Penicillin [gp ward] How sure: Confirmed (gp) / Not yet confirmed (ward)"},
		{"two that are unlike are two",
			[][2]string{condition("gp", "Asthma", "1", "2020", "active"), condition("ward", "Eczema", "2", "2020", "active")},
			"Asthma [gp]; Eczema [ward]"},
		{"a vaccine of one day is one, of another day another",
			[][2]string{vaccine("gp", "2025-10-01T09:00:00Z"), vaccine("pharmacy", "2025-10-01"), vaccine("gp", "2024-10-01")},
			"Flu [gp pharmacy]; Flu [gp]"},
		{"a result of one day is one; two from one source are two; another value is another",
			[][2]string{weight("gp", "2025-10-01", "70"), weight("ward", "2025-10-01", "70"), weight("ward", "2025-10-01", "70"), weight("ward", "2025-10-01", "71")},
			"Weight [gp ward]; Weight [ward]; Weight [ward]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all []fact
			for _, d := range c.docs {
				doc := parsed(t, d[1])
				all = append(all, read(record.Entry{Header: record.Header{Kind: doc.Type(), Source: d[0]}, Doc: doc}, ""))
			}
			got := united(all)
			if s := shown(got); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
			n := 0
			for _, f := range got {
				n += 1 + len(f.Same)
			}
			if n != len(all) {
				t.Errorf("%d entries in, %d out", len(all), n)
			}
		})
	}
}
