package plan

import (
	"onestory/internal/id"
	"onestory/internal/record"
)

// Due adds up what of a plan falls due: open actions that are to be done by a day, and
// what to do if something happens that is to be looked at again by then.
type Due struct {
	By     string // the day, as FHIR writes it
	Text   Text
	Pieces []Piece // what was found, in the order in which it was written
}

// Take looks at one entry.
func (d *Due) Take(e record.Entry) {
	part := PartOf(tagged(e.Doc))
	if part == nil || part.Code != "action" && part.Code != "worse" || part.Kind() != e.Kind || e.Source != "" {
		return
	}
	x := Piece{Part: part, Entry: e, Text: d.Text(e.ID), Said: read(part, e.Doc)}
	if day := x.Day(); day != "" && day <= d.By && (part.Code == "worse" || x.Todo()) {
		d.Pieces = append(d.Pieces, x)
	}
}

// Worse takes what to do if something happens, and reads no more of the plan for it than
// it must.
func (d *Due) Worse(v record.View) error {
	var here []id.Entry
	v.Headers(func(h record.Header) {
		if h.Source == "" && h.Kind == PartOf("worse").Kind() {
			here = append(here, h.ID)
		}
	})
	for _, n := range here {
		e, err := v.Get(n)
		if err != nil {
			return err
		}
		d.Take(e)
	}
	return nil
}

// Day is when it is to be done or looked at again; "" when nothing says so.
func (p *Piece) Day() string {
	if p.Part.Code == "worse" {
		return p.Said["review"]
	}
	return p.Said["when"]
}

// Todo reports whether an action is still to be done.
func (p *Piece) Todo() bool {
	return p.Said["status"] == "requested" || p.Said["status"] == "in-progress"
}
