package person

import (
	"slices"
	"strings"
)

// Facts are what one source says of a person. What it does not say is zero.
type Facts struct {
	NHS         NHS
	NHSVerified bool // the number was traced with the national service, or proved by NHS login
	Born        Date
	Names       Names
	Gender      string // as FHIR codes it: male, female, other, unknown
	Postcode    string
	Died        Date
}

// A Finding is what two descriptions are to one another.
type Finding int8

const (
	Different Finding = iota // nothing that is worth anybody's look
	Candidate                // perhaps one person: somebody must look
	Same                     // one person: one verified NHS number, one birth date
)

// A Likeness is one thing that speaks for or against one person. Pages have a
// sentence for each.
type Likeness string

const (
	NumberAgrees    Likeness = "nhs-number-agrees"
	NumberDiffers   Likeness = "nhs-number-differs"
	BornAgrees      Likeness = "born-agrees"
	BornNear        Likeness = "born-near" // a part agrees, or day and month are exchanged, or one digit differs
	BornDiffers     Likeness = "born-differs"
	FamilyAgrees    Likeness = "family-agrees"
	FamilyNear      Likeness = "family-near"
	FamilyDiffers   Likeness = "family-differs"
	GivenAgrees     Likeness = "given-agrees"
	GivenNear       Likeness = "given-near"
	GivenDiffers    Likeness = "given-differs"
	NamesAgree      Likeness = "names-agree" // the same words, in another order or part
	PostcodeAgrees  Likeness = "postcode-agrees"
	PostcodeDiffers Likeness = "postcode-differs"
	GenderAgrees    Likeness = "gender-agrees"
	GenderDiffers   Likeness = "gender-differs"
	DiedDiffers     Likeness = "died-differs"
)

// weights are what each likeness adds to the score. Somebody whose names and birth
// date agree is a candidate; twins at one address are not, nor is who only shares
// an address and a birth date. People change their family name and move house, so
// that either alone says little against.
var weights = map[Likeness]int{
	NumberAgrees: 60, NumberDiffers: -30,
	BornAgrees: 30, BornNear: 15, BornDiffers: -30,
	FamilyAgrees: 25, FamilyNear: 15, FamilyDiffers: -10,
	GivenAgrees: 20, GivenNear: 10, GivenDiffers: -25,
	NamesAgree:     45,
	PostcodeAgrees: 15, PostcodeDiffers: 0,
	GenderAgrees: 5, GenderDiffers: -5,
	DiedDiffers: -20,
}

// enough is the score from which somebody must look.
const enough = 55

// A Verdict is what Match finds, and why.
type Verdict struct {
	Finding  Finding
	Conflict bool       // one NHS number and two birth dates: one of the sources is wrong, and it may be harmful
	Score    int        // 0 to 100; it orders candidates and decides nothing else
	Why      []Likeness // what spoke for it and against it
}

// Match compares two descriptions. It says Same only when both give one NHS
// number, both have it verified, and both give one whole birth date. Two verified
// numbers that differ are two people. All else is a candidate or nothing. The order
// of the two does not matter.
func Match(a, b Facts) Verdict {
	var v Verdict
	v.Why = append(v.Why, likeNumbers(a, b)...)
	v.Why = append(v.Why, likeBorn(a.Born, b.Born)...)
	v.Why = append(v.Why, likeNames(a.Names, b.Names)...)
	v.Why = append(v.Why, likeRest(a, b)...)
	for _, w := range v.Why {
		v.Score += weights[w]
	}
	v.Score = min(max(v.Score, 0), 100)

	verified := a.NHSVerified && b.NHSVerified
	switch {
	case v.has(NumberAgrees) && verified && v.has(BornAgrees) && !v.has(DiedDiffers):
		v.Finding = Same
	case v.has(NumberAgrees):
		v.Finding = Candidate
		v.Conflict = v.has(BornDiffers) || v.has(BornNear) && a.Born.Whole() && b.Born.Whole()
	case v.has(NumberDiffers) && verified:
		v.Score = 0
	case v.Score >= enough:
		v.Finding = Candidate
	}
	return v
}

func (v Verdict) has(l Likeness) bool { return slices.Contains(v.Why, l) }

func likeNumbers(a, b Facts) []Likeness {
	switch {
	case a.NHS == 0 || b.NHS == 0:
		return nil
	case a.NHS == b.NHS:
		return []Likeness{NumberAgrees}
	}
	return []Likeness{NumberDiffers}
}

func likeBorn(a, b Date) []Likeness {
	switch {
	case a.Year == 0 || b.Year == 0:
		return nil
	case a == b && a.Whole():
		return []Likeness{BornAgrees}
	case within(a, b) || within(b, a),
		a.Year == b.Year && a.Day == b.Month && a.Month == b.Day,
		a.Whole() && b.Whole() && near(a.String(), b.String()):
		return []Likeness{BornNear}
	}
	return []Likeness{BornDiffers}
}

// within reports whether the narrower date lies in the wider.
func within(wide, narrow Date) bool {
	return wide.Year == narrow.Year &&
		(wide.Month == 0 || wide.Month == narrow.Month && (wide.Day == 0 || wide.Day == narrow.Day))
}

func likeNames(a, b Names) (l []Likeness) {
	if one, other := words(a), words(b); len(one) > 1 && slices.Equal(one, other) {
		return []Likeness{NamesAgree}
	}
	like := func(one, other string, agrees, isNear, differs Likeness, isLike bool) {
		switch {
		case one == "" || other == "":
		case one == other:
			l = append(l, agrees)
		case isLike || near(one, other):
			l = append(l, isNear)
		default:
			l = append(l, differs)
		}
	}
	like(squash(a.Family), squash(b.Family), FamilyAgrees, FamilyNear, FamilyDiffers, false)
	one, other := Fold(a.Given), Fold(b.Given)
	like(firstWord(one), firstWord(other), GivenAgrees, GivenNear, GivenDiffers, alsoCalled(a, other) || alsoCalled(b, one))
	return l
}

// words are all words of a name, in an order that does not depend on theirs.
func words(n Names) []string {
	w := strings.Fields(Fold(n.Given + " " + n.Family))
	if len(w) == 0 {
		w = strings.Fields(Fold(n.Text))
	}
	slices.Sort(w)
	return w
}

func firstWord(s string) string { w, _, _ := strings.Cut(s, " "); return w }

// alsoCalled reports whether somebody is called what another is given: by their
// preferred name, a later given name, or an initial.
func alsoCalled(n Names, given string) bool {
	first := firstWord(given)
	for _, w := range append(strings.Fields(Fold(n.Given)), squash(n.Preferred)) {
		if w != "" && first != "" && (w == first || len(first) == 1 && strings.HasPrefix(w, first)) {
			return true
		}
	}
	return false
}

func likeRest(a, b Facts) (l []Likeness) {
	if one, other := postcode(a), postcode(b); one != "" && other != "" {
		l = append(l, either(one == other, PostcodeAgrees, PostcodeDiffers))
	}
	if said(a.Gender) && said(b.Gender) {
		l = append(l, either(a.Gender == b.Gender, GenderAgrees, GenderDiffers))
	}
	if a.Died.Year != 0 && b.Died.Year != 0 && !within(a.Died, b.Died) && !within(b.Died, a.Died) {
		l = append(l, DiedDiffers)
	}
	return l
}

func either(yes bool, one, other Likeness) Likeness {
	if yes {
		return one
	}
	return other
}

func said(gender string) bool   { return gender != "" && gender != "unknown" }
func postcode(f Facts) string   { return squash(f.Postcode) }
func near(one, two string) bool { return len(one) > 3 && len(two) > 3 && oneSlip(one, two) }

// oneSlip reports whether one slip of the hand turns one word into the other: a
// letter more, less or other, or two neighbours exchanged.
func oneSlip(one, two string) bool {
	a, b := []rune(one), []rune(two)
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		if i == len(a) || slices.Equal(a[i+1:], b[i+1:]) {
			return true
		}
		return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
	case 1:
		return slices.Equal(a[i:], b[i+1:])
	}
	return false
}

// Keys are the words by which candidates are found: two descriptions that share a
// key are worth a Match. They are folded, in the clear, and say who somebody is:
// they are kept only as keyed hashes.
func Keys(f Facts) []string {
	var keys []string
	add := func(kind string, parts ...string) {
		if !slices.Contains(parts, "") {
			keys = append(keys, kind+":"+strings.Join(parts, "|"))
		}
	}
	born, year := "", ""
	if f.Born.Whole() {
		born = f.Born.String()
	}
	if f.Born.Year != 0 {
		year = f.Born.String()[:4]
	}
	if f.NHS != 0 {
		add("nhs", f.NHS.Digits())
	}
	add("family-born", squash(f.Names.Family), born)
	add("given-born", firstWord(Fold(f.Names.Given)), born) // who has changed their family name
	add("names-year", strings.Join(words(f.Names), " "), year)
	add("postcode-born", postcode(f), born)
	return keys
}
