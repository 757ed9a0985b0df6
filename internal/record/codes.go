package record

import (
	_ "embed" // the table
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"

	"onestory/internal/consent"
)

// Codes say what a code is about, for sharing: that a code for a viral load is
// about sexual health, whoever wrote it down and wherever. The table is data, see
// codes.csv, and can be replaced; every person is judged by the new one at once,
// since labels are derived whenever a person is folded.
type Codes struct {
	Version int64 // another table has another version
	systems map[string]*system
	plain   map[string]*system // by plainSystem of their names
}

// A system is what the table says of one code system.
type system struct {
	exact  map[string]consent.Labels
	prefix []prefixed // longest first
}

type prefixed struct {
	start  string
	labels consent.Labels
}

// columns of codes.csv: the system's address, a code or the start of one, how it
// is to be compared, the labels with "+" between them, and what it means, for people.
const columns = 5

// DefaultCodes is the table that comes with the program.
func DefaultCodes() (*Codes, error) { return LoadCodes(strings.NewReader(codesCSV)) }

//go:embed codes.csv
var codesCSV string

// LoadCodes reads a code table: CSV with the columns system, code, match ("exact"
// or "prefix"), labels and meaning. A label without a name is refused.
func LoadCodes(r io.Reader) (*Codes, error) {
	sum := fnv.New64a()
	sum.Write([]byte{readingCodes})
	in := csv.NewReader(io.TeeReader(r, sum))
	in.Comment, in.FieldsPerRecord = '#', columns
	c := &Codes{systems: map[string]*system{}, plain: map[string]*system{}}
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("record: the code table: %w", err)
		}
		if err := c.row(row); err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("record: the code table, line %d: %w", line, err)
		}
	}
	for _, s := range c.systems {
		slices.SortFunc(s.prefix, func(a, b prefixed) int { return len(b.start) - len(a.start) })
	}
	c.Version = int64(sum.Sum64() >> 1)
	return c, nil
}

func (c *Codes) row(row []string) error {
	var labels consent.Labels
	for name := range strings.SplitSeq(row[3], "+") {
		if name == "" {
			continue // known, and about nothing in particular
		}
		l, ok := consent.LabelNamed(name)
		if !ok {
			return fmt.Errorf("there is no label %q", name)
		}
		labels |= l
	}
	s := c.systems[row[0]]
	if s == nil {
		s = &system{exact: map[string]consent.Labels{}}
		c.systems[row[0]], c.plain[plainSystem(row[0])] = s, s
	}
	switch row[2] {
	case "exact":
		s.exact[row[1]] |= labels
	case "prefix":
		s.prefix = append(s.prefix, prefixed{row[1], labels})
	default:
		return fmt.Errorf("match must be exact or prefix, not %q", row[2])
	}
	return nil
}

// Of returns the labels of a code, whether the table lists it, and whether the
// table knows its system at all: a code of a system it does not know is general,
// and worth an alert.
func (c *Codes) Of(sys, code string) (labels consent.Labels, listed, known bool) {
	s := c.systems[sys]
	if s == nil {
		if s = c.plain[plainSystem(sys)]; s == nil {
			return 0, false, false
		}
	}
	labels, listed = s.of(code)
	if upper := strings.ToUpper(code); !listed && upper != code {
		labels, listed = s.of(upper)
	}
	if strings.ContainsAny(code, " |:=+,") { // an expression is about all that it is made of
		for _, part := range strings.FieldsFunc(code, func(r rune) bool { return strings.ContainsRune(" |:=+,(){}<>*", r) }) {
			l, yes := s.of(part)
			labels, listed = labels|l, listed || yes
		}
	}
	return labels, listed, true
}

func (s *system) of(code string) (labels consent.Labels, listed bool) {
	labels, listed = s.exact[code]
	for _, p := range s.prefix {
		if strings.HasPrefix(code, p.start) {
			labels, listed = labels|p.labels, true
		}
	}
	return labels, listed
}

// readingCodes is another number whenever codes are read in another way, so that
// everybody is judged anew.
const readingCodes = 2

// plainSystem is what the several ways of writing a code system's address have in
// common: senders differ in case, in https, in a last slash, in naming an edition or a
// version of it, and in using its OID. Doubt denies, so they are one.
func plainSystem(sys string) string {
	sys, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(sys)), "|")
	sys = strings.TrimPrefix(strings.TrimPrefix(sys, "https://"), "http://")
	sys = strings.TrimRight(strings.TrimPrefix(sys, "www."), "/")
	switch {
	case strings.HasPrefix(sys, "snomed.info/sct/"), sys == "snomed.info/id", sys == "urn:oid:2.16.840.1.113883.6.96":
		return "snomed.info/sct"
	case sys == "hl7.org/fhir/sid/icd-10-pcs":
		return sys // procedures: other codes
	case strings.HasPrefix(sys, "hl7.org/fhir/sid/icd-10-"), sys == "urn:oid:2.16.840.1.113883.6.3", sys == "urn:oid:2.16.840.1.113883.6.90":
		return "hl7.org/fhir/sid/icd-10"
	case sys == "urn:oid:2.16.840.1.113883.6.1":
		return "loinc.org"
	}
	return sys
}
