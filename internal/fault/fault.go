// Package fault holds the answers that a question or a deed may get, each with
// words for the person who asked and a cause for the log.
//
// There are six: [Invalid], [NotFound], [Withheld], [Stale], [Refused] and
// [Busy]. Every other error is a failure of ours. Edges show [Error.Say] and
// [Error.Problems]; the log has Error(); the two never mix, and neither ever
// holds a name, a number or a clinical word.
package fault

import (
	"errors"
	"strings"
)

// A Kind is one of the answers that a question or a deed may get. It is itself
// an error, so that errors.Is(err, fault.Stale) asks the natural question.
type Kind string

const (
	Invalid  Kind = "invalid"   // the words given cannot be accepted
	NotFound Kind = "not found" // there is no such thing
	Withheld Kind = "withheld"  // it is not shared with you; edges tell it as NotFound
	Stale    Kind = "stale"     // somebody changed that entry first
	Refused  Kind = "refused"   // you may see this, but not do that
	Busy     Kind = "busy"      // no answer now: try again
)

// Error is the kind's own words.
func (k Kind) Error() string { return string(k) }

// A Problem is one thing to put right: where, as FHIR names the path, and what to do.
type Problem struct {
	Path string // a FHIRPath-like location, such as Goal.description.text; "" speaks of the whole
	Say  string // a full sentence that says what to do
}

// An Error is an answer with its words and its cause.
type Error struct {
	Kind     Kind
	Say      string    // a full sentence for a person
	Problems []Problem // each a Path, as FHIR names it, and what to put right there
	Cause    error     // for the log alone
}

// Error is the text for the log: the kind, the paths of the problems and the
// cause. It leaves out Say, which may repeat what a person typed.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	for i, p := range e.Problems {
		if i == 8 {
			b.WriteString(" …")
			break
		}
		b.WriteString(" " + p.Path)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap lets errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// Of returns the kind of answer that err is. It reports false when err is nil
// or a failure of ours.
func Of(err error) (Kind, bool) {
	var k Kind
	if errors.As(err, &k) {
		return k, true
	}
	return "", false
}

// Say returns the sentence for a person, or "" when the error has none.
func Say(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Say
	}
	return ""
}

// Problems returns what is to be put right, in the order it was found.
func Problems(err error) []Problem {
	var e *Error
	if errors.As(err, &e) {
		return e.Problems
	}
	return nil
}

// New makes an answer with words for a person.
func New(kind Kind, say string) *Error { return &Error{Kind: kind, Say: say} }

// A Check gathers problems, so that a person hears of all of them at once.
type Check struct{ problems []Problem }

// That notes a problem at path unless it holds.
func (c *Check) That(holds bool, path, say string) {
	if !holds {
		c.problems = append(c.problems, Problem{Path: path, Say: say})
	}
}

// Err is nil when all was well, and otherwise an Invalid with every problem.
func (c *Check) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Say: c.problems[0].Say, Problems: c.problems}
}
