package web

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"onestory/internal/record"
	"onestory/internal/text"
)

func TestNoCellOfATableIsAFormula(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+44": "'+44", "-1+cmd|x": "'-1+cmd|x", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "\x00=1": "'=1",
		"＝1": "'＝1", "-1.50": "-1.50", "7": "7", "": "", "Body weight": "Body weight", "a=b": "a=b",
	} {
		if got := harmlessCell(cell); got != want {
			t.Errorf("%q becomes %q, not %q", cell, got, want)
		}
	}
}

func TestResultsAsATable(t *testing.T) {
	t.Parallel()
	d := parsed(t, `{"resourceType":"Observation","status":"final","code":{"text":"=HYPERLINK(\"x\")"},"effectiveDateTime":"2026-01-01","valueQuantity":{"value":5.40,"unit":"mmol/L"},"referenceRange":[{"high":{"value":5.3,"unit":"mmol/L"}}],"performer":[{"display":"Lab, \"north\""}]}`)
	f := read(record.Entry{Header: record.Header{Kind: "Observation", Source: "+Practice"}, Doc: d}, "")
	var b bytes.Buffer
	if err := (&ask{Lang: text.For("", "en")}).csv(&b, []fact{f}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	want := `2026-01-01|'=HYPERLINK("x")||5.40|mmol/L||5.3|Higher than usual|Final|Lab, "north"|'+Practice`
	if got := strings.Join(rows[1], "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOneSideLeavesOutNothingThatKeepsSafe(t *testing.T) {
	t.Parallel()
	many := func(n int) (all []string) {
		for range n {
			all = append(all, "Something that is so long that it takes two lines of a column")
		}
		return all
	}
	parts := []sheetPart{{Code: "allergies", Items: many(12)}, {Code: "medicines", Items: many(30)}, {Code: "conditions", Items: many(3)}, {Code: "results", Items: many(5)}}
	if !fit(parts, oneSide) {
		t.Error("nothing was left out")
	}
	if len(parts[0].Items) != 12 || len(parts[1].Items)+parts[1].More != 30 || len(parts[2].Items) != 1 || len(parts[3].Items) != 1 || parts[1].More == 0 || tallest(parts) > oneSide {
		t.Errorf("%d, %d (and %d more), %d, %d", len(parts[0].Items), len(parts[1].Items), parts[1].More, len(parts[2].Items), len(parts[3].Items))
	}
	if short := []sheetPart{{Items: many(3)}}; fit(short, oneSide) || short[0].More != 0 {
		t.Error("something that fits was left out")
	}
}
