// Package text has the words that people read, in the language they read, and
// writes times and numbers as people do.
//
// Every sentence has an id, and is in the files of locales: one for each area and
// language, such as frame.en.json. A language that lacks a sentence shows the
// English one, and says so ([Lang.Missing]). Translations are words, never code:
// {{.Name}} stands for a value and nothing else is understood. Two languages are
// made from the English for tests: [Long], which is accented and two fifths longer,
// and [Mirror], which runs from right to left; nobody gets them without asking.
//
// What comes out is text, not HTML: pages escape it. The catalogue is read once and
// does not change. This package owns no tables.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// The languages made for tests. They have the tags that Android gave such.
const (
	Long   = "en-XA" // left to right: accented, and two fifths longer
	Mirror = "ar-XB" // right to left
)

//go:embed locales/*.json
var locales embed.FS

// A Lang is one language to speak to somebody in. It does not change, and may be
// used by many at once.
type Lang struct {
	tag       language.Tag
	local     *i18n.Localizer
	words     map[string]string // each message in its usual form, so that only numbers ask the bundle
	translate map[string]bool   // the messages that this language has of its own
}

// For chooses the language for a request: what the person asked for by name
// (langParam, such as "cy"), if there is it; otherwise the best of what their browser
// accepts; otherwise English.
func For(acceptLanguage, langParam string) *Lang {
	c := read()
	if l := c.langs[langParam]; l != nil {
		return l
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return c.langs["en"]
	}
	_, n, _ := c.matcher.Match(wanted...)
	return c.langs[c.real[n]]
}

// Languages are the tags of the languages that people can choose: English first,
// and those made for tests not among them.
func Languages() []string { return slices.Clone(read().real) }

// IDs are the ids of all messages there are, in order.
func IDs() []string { return slices.Clone(read().ids) }

// Tag is the language's name in HTML: en, cy, ar.
func (l *Lang) Tag() string { return l.tag.String() }

// Dir is the direction of its script, as HTML says it: ltr or rtl.
func (l *Lang) Dir() string {
	script, _ := l.tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand":
		return "rtl"
	}
	return "ltr"
}

// T is the message of that id, with values in their places. A value that data does
// not have leaves its name in braces, for a test to find. An id that there is not is
// returned as it is.
func (l *Lang) T(id string, data map[string]any) string {
	words, ok := l.words[id]
	if !ok {
		return id
	}
	return fill(words, data)
}

// N is the message of that id for a number of things, in the form that the language
// has for that number, with {{.Count}} for the number itself.
func (l *Lang) N(id string, n int, data map[string]any) string {
	with := make(map[string]any, len(data)+1)
	maps.Copy(with, data)
	with["Count"] = l.Number(n)
	// The error tells only of a language that lacks the message, and then the English is found.
	words, _ := l.local.Localize(&i18n.LocalizeConfig{
		MessageID: id, PluralCount: n, TemplateParser: template.IdentityParser{},
	})
	if words == "" {
		return id
	}
	return fill(words, with)
}

// Number is a whole number as the language writes it: 1,234.
func (l *Lang) Number(n int) string {
	// A printer is for one goroutine, and a Lang for all: it is made each time.
	return message.NewPrinter(l.tag).Sprint(number.Decimal(n))
}

// Missing reports whether the language lacks a message of its own, so that what T
// returns is English, and the page should say so.
func (l *Lang) Missing(id string) bool { return !l.translate[id] }

// fill puts values in their places.
func fill(words string, data map[string]any) string {
	if !strings.Contains(words, "{{") {
		return words
	}
	var b strings.Builder
	for _, p := range pieces(words) {
		if value, given := data[p.name]; p.name != "" && given {
			fmt.Fprint(&b, value)
		} else {
			b.WriteString(p.words)
		}
	}
	return b.String()
}

// A piece of a message is words, or the place of the value called name.
type piece struct{ words, name string }

func pieces(s string) (all []piece) {
	for s != "" {
		start := strings.Index(s, "{{")
		end := strings.Index(s, "}}")
		if start < 0 || end < start {
			return append(all, piece{words: s})
		}
		if start > 0 {
			all = append(all, piece{words: s[:start]})
		}
		name := strings.TrimPrefix(strings.TrimSpace(s[start+2:end]), ".")
		all = append(all, piece{words: s[start : end+2], name: name})
		s = s[end+2:]
	}
	return all
}

type catalogue struct {
	ids     []string
	real    []string // tags of real languages; English is first
	matcher language.Matcher
	langs   map[string]*Lang
}

// read reads the catalogue, once. It panics if a file cannot be understood, which
// the test of this package would have said.
var read = sync.OnceValue(func() *catalogue {
	c, err := load(locales)
	if err != nil {
		panic(err)
	}
	return c
})

func load(files fs.FS) (*catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	messages := map[string]map[string]*i18n.Message{} // by tag and id
	paths, err := fs.Glob(files, "locales/*.json")
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if err := loadFile(bundle, messages, files, p); err != nil {
			return nil, fmt.Errorf("text: %s: %w", path.Base(p), err)
		}
	}
	english := messages["en"]
	for tag, of := range messages {
		for id := range of {
			if english[id] == nil {
				return nil, fmt.Errorf("text: %s has %s, and English has not", tag, id)
			}
		}
	}
	for tag, change := range map[string]func(string) string{Long: longer, Mirror: mirrored} {
		messages[tag] = map[string]*i18n.Message{}
		for id, m := range english {
			messages[tag][id] = pseudo(m, change)
		}
		if err := bundle.AddMessages(language.MustParse(tag), slices.Collect(maps.Values(messages[tag]))...); err != nil {
			return nil, err
		}
	}

	c := &catalogue{ids: slices.Sorted(maps.Keys(english)), real: []string{"en"}, langs: map[string]*Lang{}}
	for _, tag := range slices.Sorted(maps.Keys(messages)) {
		c.langs[tag] = newLang(bundle, tag, messages[tag], english)
		if tag != "en" && tag != Long && tag != Mirror {
			c.real = append(c.real, tag)
		}
	}
	tags := make([]language.Tag, len(c.real))
	for i, tag := range c.real {
		tags[i] = language.MustParse(tag)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

func loadFile(bundle *i18n.Bundle, messages map[string]map[string]*i18n.Message, files fs.FS, p string) error {
	bytes, err := fs.ReadFile(files, p)
	if err != nil {
		return err
	}
	file, err := bundle.ParseMessageFileBytes(bytes, p)
	if err != nil {
		return err
	}
	tag := file.Tag.String()
	if messages[tag] == nil {
		messages[tag] = map[string]*i18n.Message{}
	}
	for _, m := range file.Messages {
		if messages[tag][m.ID] != nil {
			return fmt.Errorf("%s is in another file too", m.ID)
		}
		if m.Other == "" {
			return fmt.Errorf("%s has no usual form", m.ID)
		}
		for _, form := range forms(m) {
			if !sound(*form) {
				return fmt.Errorf("%s has braces that are no {{.Name}}", m.ID)
			}
		}
		messages[tag][m.ID] = m
	}
	return nil
}

// newLang gathers what a language says, and what it leaves to English.
func newLang(bundle *i18n.Bundle, tag string, own, english map[string]*i18n.Message) *Lang {
	l := &Lang{
		tag:       language.MustParse(tag),
		local:     i18n.NewLocalizer(bundle, tag),
		words:     map[string]string{},
		translate: map[string]bool{},
	}
	for id, m := range english {
		if mine := own[id]; mine != nil {
			m, l.translate[id] = mine, true
		}
		l.words[id] = m.Other
	}
	return l
}

// forms are the plural forms of a message that are not empty.
func forms(m *i18n.Message) (all []*string) {
	for _, form := range []*string{&m.Zero, &m.One, &m.Two, &m.Few, &m.Many, &m.Other} {
		if *form != "" {
			all = append(all, form)
		}
	}
	return all
}

// sound reports whether all braces in a message hold the name of a value.
func sound(words string) bool {
	for _, p := range pieces(words) {
		if p.name == "" && strings.ContainsAny(p.words, "{}") {
			return false
		}
		if p.name != "" && (p.words != "{{."+p.name+"}}" || strings.ContainsAny(p.name, " .|()\"'`$")) {
			return false
		}
	}
	return true
}
