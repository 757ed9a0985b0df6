package plan

import (
	"slices"
	"strings"

	"onestory/internal/id"
	"onestory/internal/record"
)

// Due are the open actions that are to be done by a day, and what to do if something
// happens that is to be looked at again by then. A day is as FHIR writes it. It reads
// what was written here, and no more of the plan.
func Due(v record.View, text Text, by string) (all []Piece, err error) {
	action, worse := PartOf("action"), PartOf("worse")
	var here []id.Entry
	v.Headers(func(h record.Header) {
		if h.Source == "" && (h.Kind == action.Kind() || h.Kind == worse.Kind()) {
			here = append(here, h.ID)
		}
	})
	for _, n := range here {
		e, err := v.Get(n)
		if err != nil {
			return nil, err
		}
		part := PartOf(tagged(e.Doc))
		if part == nil || part != action && part != worse {
			continue
		}
		x := Piece{Part: part, Entry: e, Text: text(n), Said: read(part, e.Doc)}
		if day := x.Day(); day != "" && day <= by && (part == worse || x.Todo()) {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(x, y Piece) int { return strings.Compare(x.Day(), y.Day()) })
	return all, nil
}

// Day is when it is to be done or looked at again; "" when nothing says so.
func (p *Piece) Day() string {
	if p.Part.Code == "worse" {
		return p.Said["review"]
	}
	return p.Said["when"]
}

// Todo reports whether an action is still to be done.
func (p *Piece) Todo() bool { return p.Said["status"] == "requested" || p.Said["status"] == "in-progress" }
