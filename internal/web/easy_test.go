package web

import (
	"slices"
	"strings"
	"testing"
)

func TestWordsBreakWhereAnIdeaEndsAndStayAsTheyWere(t *testing.T) {
	t.Parallel()
	for words, want := range map[string][]string{
		"My cat Biscuit. My job. My sister Megan.": {"My cat Biscuit.", "My job.", "My sister Megan."},
		"Ask Dr. Nair, not me. Please!  Thank you": {"Ask Dr. Nair, not me.", "Please!", "Thank you"},
		"I take 2.5 mg. Ring e.g. Megan":           {"I take 2.5 mg.", "Ring e.g. Megan"},
		"Is it late? then ring\nFirst line":        {"Is it late? then ring", "First line"},
		"أحب الورد. هل تعرفني؟ نعم":                {"أحب الورد.", "هل تعرفني؟", "نعم"},
		" . . ": {". ."},
		"":      nil,
	} {
		got := ideas(words)
		if !slices.Equal(got, want) {
			t.Errorf("%q became %q, not %q", words, got, want)
		}
		if all := strings.Fields(strings.Join(got, " ")); !slices.Equal(all, strings.Fields(words)) {
			t.Errorf("of %q only %q is left", words, all)
		}
	}
}
