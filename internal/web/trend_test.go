package web

import (
	"fmt"
	"strings"
	"testing"

	"onestory/internal/record"
	"onestory/internal/text"
)

func TestResultsBecomePictures(t *testing.T) {
	t.Parallel()
	english := &ask{Lang: text.For("", "en")}
	number := func(day, value, unit, more string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1"}],"text":"Potassium"},"effectiveDateTime":%q,"valueQuantity":{"value":%s,"unit":%q}%s}`, day, value, unit, more)
	}
	pressure := func(day, upper, lower, unit string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}],"text":"Blood pressure"},"effectiveDateTime":%q,"component":[{"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":%s,"unit":"mmHg"}},{"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":%s,"unit":%q}}]}`, day, upper, lower, unit)
	}
	usual := `,"referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.3,"unit":"mmol/L"}}]`
	for _, c := range []struct {
		name string
		docs []string
		want string // findings, and what must be in the pictures
		in   []string
	}{
		{"one result is no picture", []string{number("2026-01-01", "4", "mmol/L", "")}, "", nil},
		{"the last is compared with the one before and with what is usual",
			[]string{number("2026-03-01", "5.4", "mmol/L", usual), number("2026-01-01", "4", "mmol/L", usual)},
			"1 March 2026: Potassium was 5.4 mmol/L. It was lower the time before. The last result is higher than usual.",
			[]string{"Usual: 3.5 to 5.3", ">mmol/L<", ">5.4<", ">1 Jan<"}},
		{"different units are never on one picture",
			[]string{number("2026-01-01", "4", "mmol/L", ""), number("2026-02-01", "4", "mmol/L", ""), number("2026-03-01", "90", "mg/dL", ""), number("2026-04-01", "80", "mg/dL", "")},
			"1 February 2026: Potassium was 4 mmol/L. It was the same the time before.|1 April 2026: Potassium was 80 mg/dL. It was higher the time before.", nil},
		{"what is only less than a number is not drawn",
			[]string{number("2026-01-01", "4", "mmol/L", ""), strings.Replace(number("2026-02-01", "3", "mmol/L", ""), `"unit"`, `"comparator":"<","unit"`, 1)}, "", nil},
		{"one measurement that two sources tell of is drawn once",
			[]string{number("2026-01-01", "4", "mmol/L", ""), number("2026-01-01", "4", "mmol/L", "")}, "", nil},
		{"where laboratories differ on what is usual, there is no band",
			[]string{number("2026-01-01", "4", "mmol/L", usual), number("2026-02-01", "4", "mmol/L", strings.Replace(usual, "5.3", "5.1", 1))},
			"1 February 2026: Potassium was 4 mmol/L. It was the same the time before. The last result is as usual.", nil},
		{"blood pressure is two lines of one picture",
			[]string{pressure("2026-01-01", "150", "90", "mmHg"), pressure("2026-02-01", "130", "75", "mmHg")},
			"1 February 2026: Blood pressure was 130/75 mmHg. It was 150/90 mmHg the time before.", []string{">Upper<", ">Lower<", ">130<", ">75<"}},
		{"unless its parts have different units",
			[]string{pressure("2026-01-01", "150", "90", "kPa"), pressure("2026-02-01", "130", "75", "kPa")},
			"1 February 2026: Blood pressure was 130 mmHg. It was higher the time before.|1 February 2026: Blood pressure was 75 kPa. It was higher the time before.", nil},
		{"a date that is only a year has its place", []string{number("2025", "4", "g", ""), number("2026", "5", "g", "")},
			"2026: Potassium was 5 g. It was lower the time before.", []string{">2025<"}},
		{"what has no date has none", []string{number("", "4", "g", ""), number("2026", "5", "g", "")}, "", nil},
		{"what cannot be drawn is left out", []string{number("2026-01-01", "1e400", "g", ""), number("2026-02-01", "1e400", "g", "")}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all []fact
			for i, s := range c.docs {
				f := read(record.Entry{Header: record.Header{Kind: "Observation"}, Doc: parsed(t, s)}, fmt.Sprint(i))
				all = append(all, f)
			}
			var findings []string
			drawn := ""
			for _, f := range english.figures(all) {
				findings = append(findings, strings.NewReplacer("\u2068", "", "\u2069", "").Replace(f.Finding))
				drawn += f.SVG
			}
			if got := strings.Join(findings, "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for _, want := range c.in {
				if !strings.Contains(drawn, want) {
					t.Errorf("no %s in %s", want, drawn)
				}
			}
		})
	}
}
