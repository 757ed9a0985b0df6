package fhir

import (
	"os"
	"path/filepath"
	"testing"

	"onestory/internal/fault"
)

// TestFolder validates every resource of the Bundles and resources in the folder
// that ONESTORY_FHIR_DIR names, and reads each back from its own bytes.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("ONESTORY_FHIR_DIR")
	if dir == "" {
		t.Skip("ONESTORY_FHIR_DIR is not set: no folder of resources to validate")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	s := spec(t)
	total, hits, kinds := 0, 0, map[string]int{}
	var whole, one Doc
	var o Outcome
	said := map[Issue]int{}
	check := func(d *Doc) {
		o.Reset()
		s.Validate(d, &o)
		for _, i := range o.Issues {
			said[Issue{Path: i.Path, Say: i.Say}]++
		}
		s.Index(d, func(Hit) { hits++ })
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Limits{Bytes: 64 << 20, Nodes: 1 << 23}).Parse(src, &whole); err != nil {
			t.Fatal(filepath.Base(f), fault.Say(err))
		}
		check(&whole)
		if whole.Type() != "Bundle" {
			total++
			continue
		}
		for r := range whole.At("entry.resource") {
			if err := Parse(r.Raw(), &one); err != nil {
				t.Fatal(fault.Say(err))
			}
			total++
			kinds[one.Type()]++
			check(&one)
		}
	}
	for i, n := range said {
		t.Errorf("%d times %s: %s", n, i.Path, i.Say)
	}
	t.Logf("%d resources of %d types, %d search values", total, len(kinds), hits)
}
