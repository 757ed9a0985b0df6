package record

import (
	"maps"
	"slices"
	"strings"
)

// A Sent is how a resource was written at its source, where that cannot be told
// from its aliases: how its references began, and each that was written otherwise.
// It is kept as one string, in [Item.Began] and with the directory's entries.
type Sent struct {
	// Began is what references to entries began with: "" for Type/id, "urn:uuid:"
	// with the bare id after it, or the address of a server, which ends in a slash.
	Began string

	// Odd are the references that were not written so, by Type/id of what they
	// lead to at the source, or by our reference when that is not known. The key
	// "id" holds the resource's own id there when it is not the alias, and "url" its
	// fullUrl when it had no id.
	Odd map[string]string
}

// String is the form in which it is kept; ParseSent reads it.
func (s Sent) String() string {
	if len(s.Odd) == 0 {
		return s.Began
	}
	var b strings.Builder
	b.WriteString(s.Began)
	for _, to := range slices.Sorted(maps.Keys(s.Odd)) {
		b.WriteString("\n" + to + "\t" + s.Odd[to])
	}
	return b.String()
}

// ParseSent reads what String wrote.
func ParseSent(text string) Sent {
	began, rest, more := strings.Cut(text, "\n")
	s := Sent{Began: began}
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		to, text, _ := strings.Cut(line, "\t")
		s.Keep(to, text)
	}
	return s
}

// Keep notes a reference that was not written as Began has it. What could not be
// kept in one line, as no reference that leads anywhere is, is left out.
func (s *Sent) Keep(to, text string) {
	if strings.ContainsAny(to, "\n\t") || strings.Contains(text, "\n") {
		return
	}
	if s.Odd == nil {
		s.Odd = map[string]string{}
	}
	s.Odd[to] = text
}

// Usual is how a reference to an entry is written when it is not odd.
func (s Sent) Usual(kind, foreign string) string {
	if strings.HasPrefix(s.Began, "urn:") {
		return s.Began + foreign
	}
	return s.Began + kind + "/" + foreign
}

// Reference is how the source wrote a reference to an entry. ours is our own.
func (s Sent) Reference(ours, kind, foreign string) string {
	if text, odd := s.Odd[ours]; odd {
		return text
	}
	if text, odd := s.Odd[kind+"/"+foreign]; odd {
		return text
	}
	return s.Usual(kind, foreign)
}

// ID is the resource's own id as its source wrote it, "" when it wrote none.
func (s Sent) ID(foreign string) string {
	if id, odd := s.Odd["id"]; odd {
		return id
	}
	return foreign
}

// Origin tells under what an entry is known at its source: the alias and how it
// was written there. source is "" for what was first written here.
func (h Header) Origin() (source, foreign string, sent Sent) {
	return h.Source, h.foreign, ParseSent(h.refs)
}

// OriginOf tells of an entry that the view shows under what it is known at its
// source, and false of one that was first written here, is hidden or is not there.
func (v View) OriginOf(text string) (h Header, ok bool) {
	e, err := v.o.door.keys.Parse(text)
	if err != nil || e.N == 0 || v.o.over {
		return Header{}, false
	}
	x := v.o.at(e)
	if x == nil || x.Source == "" || x.Kind != "Patient" && !v.o.lens.Shows(&x.Header) {
		return Header{}, false
	}
	return x.Header, true
}
