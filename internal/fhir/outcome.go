package fhir

import (
	"onestory/internal/fault"
)

// An Issue is one thing wrong with a resource.
type Issue struct {
	Path string // such as Observation.component[1].code
	Code string // of FHIR's issue-type: structure, required, value, code-invalid, invariant, too-long
	Say  string // a full sentence that says what to do; never what the resource says
}

// An Outcome gathers what [Spec.Validate] finds. It may be used again after Reset.
type Outcome struct {
	Issues []Issue
	More   bool // there are more than Most

	// Most is how many issues are listed, 50 when it is 0.
	Most int
	// Resolve tells what type a urn: reference leads to, "" when that is not
	// known; then it is let be, as it is when Resolve is nil.
	Resolve func(Ref) string

	text []byte // where strings with escapes are written out, to be looked at
}

// OK reports that nothing is wrong.
func (o *Outcome) OK() bool { return len(o.Issues) == 0 }

// Reset empties the outcome and keeps its memory and settings.
func (o *Outcome) Reset() { o.Issues, o.More = o.Issues[:0], false }

// Err is nil when nothing is wrong, and otherwise a fault of kind Invalid with a
// problem for each issue.
func (o *Outcome) Err() error {
	var c fault.Check
	for _, i := range o.Issues {
		c.That(false, i.Path, i.Say)
	}
	return c.Err()
}

// full reports, and notes, that there are as many issues as are listed.
func (o *Outcome) full() bool {
	most := o.Most
	if most == 0 {
		most = 50
	}
	o.More = o.More || len(o.Issues) >= most
	return o.More
}
