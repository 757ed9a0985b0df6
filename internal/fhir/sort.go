package fhir

import (
	"strings"

	"onestory/internal/clock"

	"github.com/cockroachdb/apd/v3"
)

// A SortKey is what a document is sorted by: see [Spec.SortKey].
type SortKey struct {
	Exists bool
	Time   clock.Time
	Number apd.Decimal
	Text   string // folded
}

// SortKey is the document's key for a search parameter of its type: the lowest
// of its values for ascending order and the highest for descending.
func (s *Spec) SortKey(d *Doc, code string, descending bool) (key SortKey) {
	p := s.Param(d.Type(), code)
	if p == nil {
		return key
	}
	p.values(d.Root(), func(h Hit) bool {
		k := h.sortKey(descending)
		if k.Exists && (!key.Exists || (k.Compare(key) < 0) != descending) {
			key = k
		}
		return true
	})
	return key
}

func (h Hit) sortKey(descending bool) (k SortKey) {
	v := h.Value
	switch h.Param.Kind {
	case "date":
		low, high, ok := h.interval()
		k.Time, k.Exists = low, ok
		if descending {
			k.Time = high
		}
	case "number":
		k.Number, k.Exists = v.Decimal()
	case "quantity":
		k.Number, k.Exists = v.Get("value").Decimal()
	default:
		k.Text = Fold(h.sortText())
		k.Exists = k.Text != ""
	}
	return k
}

// sortText is a value as a person would look for it in a list.
func (h Hit) sortText() string {
	v := h.Value
	if v.Kind() != Object {
		return v.Literal()
	}
	switch h.Type {
	case "HumanName":
		if family := v.Text("family"); family != "" {
			return family + " " + v.Text("given")
		}
	case "Identifier", "ContactPoint":
		return v.Text("value")
	case "Reference":
		return v.Text("reference")
	case "Address":
		return strings.TrimSpace(v.Text("city") + " " + v.Text("line"))
	}
	for _, path := range [...]string{"text", "display", "coding.display", "code", "coding.code"} {
		if s := v.Text(path); s != "" {
			return s
		}
	}
	return ""
}

// Compare puts keys in ascending order, those of documents without a value last.
func (k SortKey) Compare(o SortKey) int {
	switch {
	case k.Exists != o.Exists:
		if k.Exists {
			return -1
		}
		return 1
	case k.Time != o.Time:
		if k.Time < o.Time {
			return -1
		}
		return 1
	}
	if c := k.Number.Cmp(&o.Number); c != 0 {
		return c
	}
	return strings.Compare(k.Text, o.Text)
}
