package demo

import "math/rand/v2"

// An allergen is what somebody does not bear, and how it shows.
type allergen struct {
	code, name string // SNOMED CT; without a code the name alone
	atc        string // of the medicine, or ""
	kind       string // medication, food or environment
	is         string // allergy or intolerance
	happened   []string
	severe     string // low, high or unable-to-assess
	child, old int    // of a thousand below 16, and above
}

const penicillin = "91936005"

var allergens = []allergen{
	{penicillin, "Allergy to penicillin", "J01C", "medication", "allergy", []string{"Itchy rash", "Rash as a child, not tested since", "Hives", "Swollen lips and face"}, "low", 15, 60},
	{"91939003", "Allergy to sulfonamides", "J01E", "medication", "allergy", []string{"Widespread rash"}, "low", 2, 9},
	{"293586001", "Allergy to aspirin", "N02BA01", "medication", "allergy", []string{"Wheezing within an hour"}, "high", 0, 8},
	{"", "Codeine intolerance", "R05DA04", "medication", "intolerance", []string{"Nausea and vomiting", "Confusion"}, "low", 0, 18},
	{"300916003", "Latex allergy", "", "environment", "allergy", []string{"Itching and redness where it touched"}, "low", 2, 6},
	{"91930004", "Allergy to eggs", "", "food", "allergy", []string{"Hives around the mouth"}, "low", 14, 1},
}

// peanut is an allergy that is also a condition, since something is prescribed for it.
var peanut = allergen{peanutAllergy, "Allergy to peanut", "", "food", "allergy", []string{"Swollen lips and hives; wheezing once"}, "high", 0, 0}

// allergies are what somebody does not bear.
func (p *resident) allergies(age int, r *rand.Rand) (all []*allergen) {
	for i := range allergens {
		per := allergens[i].old
		if age < 16 {
			per = allergens[i].child
		}
		if r.IntN(1000) < per {
			all = append(all, &allergens[i])
		}
	}
	if p.has(peanutAllergy) {
		all = append(all, &peanut)
	}
	return all
}

// allergic reports whether somebody is known not to bear a medicine, by the beginning
// of its ATC code.
func (p *resident) allergic(code string) bool {
	for _, x := range p.bears {
		if x.code == code {
			return true
		}
	}
	return false
}

// allergies writes down what a source knows of them. The practice has all; others have
// now and then not been told, and some have one that the practice has not.
func (s *sheaf) allergies(all []*allergen, author string) {
	for _, x := range all {
		verified := "confirmed"
		if x.happened[0] != x.happened[len(x.happened)-1] && s.r.IntN(3) == 0 {
			verified = "unconfirmed"
		}
		s.allergy(x.code, x.name, x.atc, pick(s.r, x.happened), x.severe, verified, s.between(5000, 700), author).
			Set("type", x.is).Set("category", listOf(x.kind))
	}
}
