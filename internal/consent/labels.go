package consent

import (
	"math/bits"
	"strconv"
	"strings"
)

// Labels say what an entry is about, for sharing: a set of up to 63. An entry may
// bear several, and is shown only where none of them is withheld.
//
// The numbers are in every log that was ever written: a label is appended, and
// never renumbered, renamed or taken away.
type Labels uint64

const (
	General      Labels = 1 << iota // health and care in general: what is under no other label
	Plan                            // the plan, its goals, actions and reviews
	AboutMe                         // what the person says of themselves
	Medicines                       // medicines, and what they are for
	Dates                           // appointments and visits: where to be, and when
	MentalHealth                    // mental health
	SexualHealth                    // sexual and reproductive health, HIV among them
	SubstanceUse                    // alcohol and drugs
	SocialCare                      // social care: assessments, support, what it costs
	Safeguarding                    // worries that somebody is being harmed
	HomeEntry                       // how to get into the home: key safes, codes, who has a key
	CarersOwn                       // what a carer says of themselves, which is theirs
	ThirdParty                      // told by, or about, somebody else
	SeriousHarm                     // would seriously harm the person to read, a clinician says
	Genetics                        // genetic tests and what they tell of relatives
	Adoption                        // that, and how, somebody was adopted
	Gender                          // gender history
	Abuse                           // violence and abuse that somebody has lived through
	Contacts                        // family, friends and others to turn to
	Wishes                          // what to do, and not to do, in a crisis and at the end of life

	unnamed // the first bit without a name: new labels go above this line
)

// Everything is every label there is or will be.
const Everything Labels = 1<<63 - 1

// known are the labels that have names.
const known = unnamed - 1

// names are in the order of the bits. Everything outside this program speaks names.
var names = [...]string{
	"general", "plan", "about-me", "medicines", "dates",
	"mental-health", "sexual-health", "substance-use", "social-care", "safeguarding",
	"home-entry", "carers-own", "third-party", "serious-harm", "genetics",
	"adoption", "gender", "abuse", "contacts", "wishes",
}

// Names are the names of the labels in the set, in the order of their numbers. A
// label that this program does not know is called by its number: "label-41".
func (l Labels) Names() []string {
	var all []string
	for ; l != 0; l &= l - 1 {
		n := bits.TrailingZeros64(uint64(l))
		if n < len(names) {
			all = append(all, names[n])
		} else {
			all = append(all, "label-"+strconv.Itoa(n))
		}
	}
	return all
}

// String is the names with commas between them; of Everything it is "everything".
func (l Labels) String() string {
	if l == Everything {
		return "everything"
	}
	return strings.Join(l.Names(), ",")
}

// LabelNamed is the label of that name, and whether there is one.
func LabelNamed(name string) (Labels, bool) {
	for n, have := range names {
		if have == name {
			return 1 << n, true
		}
	}
	return 0, false
}
