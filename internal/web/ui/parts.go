package ui

import "github.com/a-h/templ"

// A Row is one fact: what it is, what it says, and what can be done about it.
type Row struct {
	Key     string
	Value   templ.Component // such as Text, Said, Number
	Source  string          // who said it and when, shown under it
	Tags    []Tag
	Actions []Link // Hidden says which row, for those who hear links alone
}

// A Colour is the tone of a [Tag]. The word carries the meaning; this helps.
type Colour string

// The colours there are.
const (
	Plain  Colour = "nhsuk-tag"
	Quiet  Colour = "nhsuk-tag nhsuk-tag--grey"
	Good   Colour = "nhsuk-tag nhsuk-tag--green"
	Soon   Colour = "nhsuk-tag nhsuk-tag--yellow"
	Late   Colour = "nhsuk-tag nhsuk-tag--red"
	Notice Colour = "nhsuk-tag nhsuk-tag--purple"
	Calm   Colour = "nhsuk-tag nhsuk-tag--aqua-green"
)

// A Tag is a status in a word or two.
type Tag struct {
	Text   string
	Colour Colour // "" is Plain
}

func (t Tag) class() string {
	if t.Colour == "" {
		return string(Plain)
	}
	return string(t.Colour)
}

// A Task is one line of a list of things to do. Without Href it cannot start yet.
type Task struct {
	Text, Href, Hint string
	Status           Tag
	Done             bool // shown as plain words: what is finished needs no attention
}

// A Card leads to one thing. Level is that of its heading, 2 when 0.
type Card struct {
	Heading, Href, Text string
	Level               int
	Tags                []Tag
}

// A Table is rows of facts. Its Caption names it and the region it scrolls in.
type Table struct {
	ID      string // unique on the page
	Caption string
	Head    []Column
	Rows    [][]templ.Component // the first of each is its heading
	Foot    string              // a sentence under it, such as how numbers are rounded
}

// A Column heads one column. With Sort it is a link that sorts by it on the server.
type Column struct {
	Text    string
	Numeric bool
	Sort    string // where that order is, "" when it cannot be sorted
	Sorted  Order
}

// An Order is how a column is sorted.
type Order string

// The orders, as aria-sort has them.
const (
	Unsorted   Order = ""
	Ascending  Order = "ascending"
	Descending Order = "descending"
)

func (c Column) class() string {
	if c.Numeric {
		return "nhsuk-table__header nhsuk-table__header--numeric"
	}
	return "nhsuk-table__header"
}

func (t Table) cell(i int) string {
	if i < len(t.Head) && t.Head[i].Numeric {
		return "nhsuk-table__cell nhsuk-table__cell--numeric"
	}
	return "nhsuk-table__cell"
}

func (c Column) aria() string {
	if c.Sorted == Unsorted {
		return "none"
	}
	return string(c.Sorted)
}

// An Event is one thing that happened. Group is a heading above the first of
// several, such as a year; events of one Group stand together.
type Event struct {
	Group     string
	ISO, When string // for machines and for people
	Heading   string
	Href      string // "" when it leads nowhere
	Body      templ.Component
	By        string // who said it
	Tags      []Tag
}

// A Choice is a way on: a link that looks like a button, or a link.
type Choice struct {
	Link
	Post bool // it does something: a button in a form of its own
}

// A Wrong is one line of an error summary. Href leads to the field, or is "".
type Wrong struct{ Say, Href string }

// Pages are where one is in a long list. A nil Prev or Next is not shown.
type Pages struct {
	Prev, Next *Link // Text is what is there, such as "2 of 7"
}

// groups splits events where the group changes, in the order given.
func groups(events []Event) (all [][]Event) {
	for i, e := range events {
		if i == 0 || e.Group != events[i-1].Group {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], e)
	}
	return all
}

// isolated keeps a name from turning the sentence around it: Unicode's first
// strong isolate, for text in which no element can stand.
func isolated(s string) string { return "\u2068" + s + "\u2069" }
