// Package person holds what tells people apart: their number here, their NHS
// number, names, birth date, and whether two descriptions are of one person.
//
// It promises that nobody is taken for somebody else by likeness: [Match] says
// Same only for one verified NHS number with one birth date, and everything less
// is for a person to judge. Names are compared as people in any script may write
// them, and are never changed from one script into another.
//
// Everything here is a pure function of its arguments. This package owns no tables.
package person

import "strings"

// An ID is the number of a person, which is the number of their log. It stays
// inside: outside, a person is an id.Entry in its sealed form.
type ID int64

// Names are what a person is called. Any part may be empty; people with one name
// have it in Text, or in whichever part it was given.
type Names struct {
	Family    string
	Given     string // all given names, with spaces between them
	Preferred string // what they like to be called
	Prefix    string // Mrs, Dr, Imam
	Text      string // the whole name as the person writes it, in their order
}

// Full is the whole name as the person writes it, and if nobody said how they
// do, given names and then family name.
func (n Names) Full() string {
	if n.Text != "" {
		return n.Text
	}
	return strings.TrimSpace(n.Given + " " + n.Family)
}

// Called is what to call the person: what they prefer, or else their first given
// name, or else the whole name.
func (n Names) Called() string {
	if n.Preferred != "" {
		return n.Preferred
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(n.Given), " "); first != "" {
		return first
	}
	return n.Full()
}
