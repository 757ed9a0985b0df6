package directory

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"onestory/internal/person"
)

// A Need is what somebody may look for, with the words in which people say it. The
// list is data of its own version; ids are appended and never used again.
type Need struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	About string   `json:"about"`
	Words []string `json:"words"`
}

//go:embed data/needs.json
var needsJSON []byte

// taxonomy is the list with what is worked out from it.
type taxonomy struct {
	Version int    `json:"version"`
	Needs   []Need `json:"needs"`

	said map[string][]string // ids by what people say, folded
	most int                 // words in the longest of these
}

var taxonomyOf = sync.OnceValue(func() *taxonomy {
	t := &taxonomy{said: map[string][]string{}}
	if err := json.Unmarshal(needsJSON, t); err != nil {
		panic(err) // cannot be: it is part of the program, and tested
	}
	for _, n := range t.Needs {
		for _, w := range append([]string{n.Name}, n.Words...) {
			w = stemmed(w)
			if !slices.Contains(t.said[w], n.ID) {
				t.said[w] = append(t.said[w], n.ID)
			}
			t.most = max(t.most, strings.Count(w, " ")+1)
		}
	}
	return t
})

// Needs are all that may be looked for, in the order of pages, and their version.
func Needs() (all []Need, version int) {
	t := taxonomyOf()
	return slices.Clone(t.Needs), t.Version
}

// NeedOf is the need of an id; its ID is "" when there is none.
func NeedOf(id string) Need {
	for _, n := range taxonomyOf().Needs {
		if n.ID == id {
			return n
		}
	}
	return Need{}
}

// little are words that say nothing of what is looked for.
var little = func() map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(`a about after am an and any are at be because but by can cant could dont do for from get getting give has have having he help
		helping her him his how i id if im in is it its ive know like looking me my near need needs no not of on one or our out people person please she so some somebody someone
		something support that the their them there they this to too up us want was we what when where which who with would you your very feel feeling keep keeps always really lot much often find way`) {
		all[w] = true
	}
	return all
}()

// stem takes off endings that tell apart what people mean as one: falls, falling. It
// need not make a word, only the same of both.
func stem(w string) string {
	for _, end := range []string{"ings", "ing", "ies", "es", "ed", "s"} {
		if cut, ok := strings.CutSuffix(w, end); ok && len(cut) >= 3 && !strings.HasSuffix(w, "ss") {
			return strings.TrimRight(cut, "ey")
		}
	}
	if len(w) >= 4 {
		return strings.TrimRight(w, "ey")
	}
	return w
}

// stemmed is a text folded, each of its words stemmed.
func stemmed(s string) string {
	words := strings.Fields(person.Fold(s))
	for i, w := range words {
		words[i] = stem(w)
	}
	return strings.Join(words, " ")
}

// A term is one thing that was asked for: a phrase with a need, or a word.
type term struct {
	typed string // as it was typed, for saying that nothing answers to it
	stem  string
	needs []string
}

// terms takes what was typed apart: the longest phrases that say a need first, then
// words that say anything.
func terms(q string) (all []term) {
	t := taxonomyOf()
	typed := strings.Fields(person.Fold(q))
	if len(typed) > mostWords {
		typed = typed[:mostWords]
	}
	for i := 0; i < len(typed); {
		taken := 0
		if little[typed[i]] && (i+1 == len(typed) || !t.begins(typed[i:])) {
			i++
			continue
		}
		for n := min(t.most, len(typed)-i); n > 0; n-- {
			phrase := strings.Join(typed[i:i+n], " ")
			s := stemmed(phrase)
			if ids := t.said[s]; ids != nil {
				all = append(all, term{phrase, s, ids})
				taken = n
				break
			}
		}
		if taken == 0 {
			all = append(all, term{typed[i], stem(typed[i]), nil})
			taken = 1
		}
		i += taken
	}
	return all
}

// begins reports whether a phrase that says a need begins with these words, and is more
// than the first of them.
func (t *taxonomy) begins(words []string) bool {
	for n := min(t.most, len(words)); n > 1; n-- {
		if t.said[stemmed(strings.Join(words[:n], " "))] != nil {
			return true
		}
	}
	return false
}

// mostWords is how many words of a search are read.
const mostWords = 24
