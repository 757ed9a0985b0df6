package text

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"onestory/internal/clock"
)

// world is a catalogue with a Welsh that is not finished.
func world(t *testing.T) *catalogue {
	t.Helper()
	c, err := load(fstest.MapFS{
		"locales/a.en.json": {Data: []byte(`{"hello": "Hello {{.Name}}", "bye": "Goodbye", "cats": {"one": "{{.Count}} cat", "other": "{{.Count}} cats"}}`)},
		"locales/b.en.json": {Data: []byte(`{"new": "Not yet in Welsh"}`)},
		"locales/a.cy.json": {Data: []byte(`{"hello": "Helo {{.Name}}", "bye": "Hwyl", "cats": {"zero": "{{.Count}} cath", "one": "{{.Count}} gath", "two": "{{.Count}} gath (dwy)", "few": "{{.Count}} cath (tair)", "many": "{{.Count}} cath (chwe)", "other": "{{.Count}} o gathod"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWords(t *testing.T) {
	t.Parallel()
	c := world(t)
	en, cy := c.langs["en"], c.langs["cy"]
	amina := map[string]any{"Name": "Amina {{.Name}}"}
	for _, row := range []struct{ sentence, got, want string }{
		{"a value is put in its place, and is never looked into", en.T("hello", amina), "Hello Amina {{.Name}}"},
		{"a language has its own words", cy.T("bye", nil), "Hwyl"},
		{"a message that a language lacks is English", cy.T("new", nil), "Not yet in Welsh"},
		{"a value that is not given can be found by a test", en.T("hello", nil), "Hello {{.Name}}"},
		{"an id that there is not is returned", en.T("no.such", nil), "no.such"},
		{"one", en.N("cats", 1, nil), "1 cat"},
		{"none", en.N("cats", 0, nil), "0 cats"},
		{"many, with the thousands apart", en.N("cats", 1234, nil), "1,234 cats"},
		{"Welsh has a form for none", cy.N("cats", 0, nil), "0 cath"},
		{"and for two", cy.N("cats", 2, nil), "2 gath (dwy)"},
		{"and for three", cy.N("cats", 3, nil), "3 cath (tair)"},
		{"and for six", cy.N("cats", 6, nil), "6 cath (chwe)"},
		{"and for all others", cy.N("cats", 7, nil), "7 o gathod"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %q, not %q", row.sentence, row.got, row.want)
		}
	}
	if cy.Missing("bye") || !cy.Missing("new") || !cy.Missing("no.such") {
		t.Error("what a language lacks is not told")
	}
}

func TestCataloguesThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	for sentence, files := range map[string]fstest.MapFS{
		"code in a message":              {"locales/a.en.json": {Data: []byte(`{"x": "{{printf .Name}}"}`)}},
		"a single brace":                 {"locales/a.en.json": {Data: []byte(`{"x": "{.Name}"}`)}},
		"braces that do not end":         {"locales/a.en.json": {Data: []byte(`{"x": "{{.Name"}`)}},
		"one id in two files":            {"locales/a.en.json": {Data: []byte(`{"x": "1"}`)}, "locales/b.en.json": {Data: []byte(`{"x": "2"}`)}},
		"an id that English has not got": {"locales/a.en.json": {Data: []byte(`{"x": "1"}`)}, "locales/a.cy.json": {Data: []byte(`{"y": "2"}`)}},
		"no JSON":                        {"locales/a.en.json": {Data: []byte(`x = 1`)}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s is accepted", sentence)
		}
	}
}

func TestWhichLanguage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ sentence, accept, param, tag, dir string }{
		{"English when nothing is said", "", "", "en", "ltr"},
		{"English when no language is ours", "zz-ZZ, fr;q=0.5", "", "en", "ltr"},
		{"English when what the browser says makes no sense", ";;;q=x", "", "en", "ltr"},
		{"a browser in Arabic gets no language made for tests", "ar", "", "en", "ltr"},
		{"nor one that asks for it by the header", "en-XA, ar-XB", "", "en", "ltr"},
		{"the long language, by name", "", Long, Long, "ltr"},
		{"the mirrored language, by name", "", Mirror, Mirror, "rtl"},
		{"a name that is none", "", "../../etc", "en", "ltr"},
	} {
		if l := For(row.accept, row.param); l.Tag() != row.tag || l.Dir() != row.dir {
			t.Errorf("%s: %s %s", row.sentence, l.Tag(), l.Dir())
		}
	}
	if got := Languages(); !slices.Equal(got, []string{"en"}) {
		t.Errorf("people can choose %v", got)
	}
	if got := world(t).real; !slices.Equal(got, []string{"en", "cy"}) {
		t.Errorf("people can choose %v", got)
	}
}

// What is made for tests has every message, keeps every value, and is as it says.
func TestLanguagesMadeForTests(t *testing.T) {
	t.Parallel()
	en, long, mirror := For("", ""), For("", Long), For("", Mirror)
	for _, id := range IDs() {
		english := en.T(id, nil)
		for _, l := range []*Lang{long, mirror} {
			said := l.T(id, nil)
			if l.Missing(id) || said == english || strings.Count(said, "{{.") != strings.Count(english, "{{.") {
				t.Errorf("%s in %s: %q", id, l.Tag(), said)
			}
		}
		if size := utf8.RuneCountInString(long.T(id, nil)); !strings.Contains(english, "{{") && size*10 < utf8.RuneCountInString(english)*14 {
			t.Errorf("%s is not longer by two fifths: %q", id, long.T(id, nil))
		}
	}
	for n := range 120 { // Arabic has six forms
		if got := mirror.N("count.days", n, nil); !strings.Contains(got, "day") {
			t.Fatalf("%d: %q", n, got)
		}
	}
}

func TestTimesForPeople(t *testing.T) {
	t.Parallel()
	en := For("", "")
	at := func(text string) clock.Time {
		std, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return clock.At(std)
	}
	for _, row := range []struct{ sentence, got, want string }{
		{"a winter afternoon", en.DateTime(at("2026-11-03T14:30:59Z")), "3 November 2026, 2:30pm"},
		{"a summer afternoon is an hour on", en.DateTime(at("2026-07-03T14:05:00Z")), "3 July 2026, 3:05pm"},
		{"a summer night is the next day already", en.DateTime(at("2026-06-30T23:30:00Z")), "1 July 2026, 12:30am"},
		{"the hour alone", en.Time(at("2026-11-03T09:00:00Z")), "9am"},
		{"midday", en.Time(at("2026-11-03T12:00:00Z")), "midday"},
		{"after midday", en.Time(at("2026-11-03T12:01:00Z")), "12:01pm"},
		{"midnight", en.DateTime(at("2026-11-03T00:00:00Z")), "3 November 2026, midnight"},
		{"the hour that comes twice, first", en.Time(at("2026-10-25T00:30:00Z")), "1:30am"},
		{"the hour that comes twice, again", en.Time(at("2026-10-25T01:30:00Z")), "1:30am"},
		{"before 1970", en.Date(at("1948-07-05T12:00:00Z")), "5 July 1948"},
		{"no time", en.DateTime(0) + en.Date(0) + en.Time(0), ""},
		{"no end", en.DateTime(clock.Never) + en.Date(clock.Never) + en.Time(clock.Never), ""},
		{"a day", en.Partial(1948, 7, 5), "5 July 1948"},
		{"a month", en.Partial(1948, 7, 0), "July 1948"},
		{"a year", en.Partial(1948, 0, 0), "1948"},
		{"not known", en.Partial(0, 0, 0), ""},
	} {
		if row.got != row.want {
			t.Errorf("%s: %q, not %q", row.sentence, row.got, row.want)
		}
	}
}

// Run with the race detector, this shows that a Lang may be used by many.
func TestManySpeakAtOnce(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			l := For("en-GB", "")
			for n := range 50 {
				l.N("count.people", n, nil)
				l.T("frame.on-behalf", map[string]any{"Name": n})
				l.DateTime(clock.Time(n) + 1)
			}
		})
	}
	all.Wait()
}

func BenchmarkT(b *testing.B) {
	l := For("", "")
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			l.T("frame.skip", nil)
		}
	})
	b.Run("with a value", func(b *testing.B) {
		data := map[string]any{"Name": "Amina"}
		for b.Loop() {
			l.T("frame.on-behalf", data)
		}
	})
	b.Run("of a number", func(b *testing.B) {
		for b.Loop() {
			l.N("count.people", 3, nil)
		}
	})
	b.Run("date", func(b *testing.B) {
		for b.Loop() {
			l.DateTime(1_800_000_000_000_000)
		}
	})
}
