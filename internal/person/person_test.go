package person

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onestory/internal/fault"
)

func TestParseNHS(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence, text, shown string
	}{
		{"ten digits", "9434765919", "943 476 5919"},
		{"spaces do not matter", " 401 023 2137 ", "401 023 2137"},
		{"hyphens do not matter", "401-023-2137", "401 023 2137"},
		{"the first that nobody is given", "9990000018", "999 000 0018"},
		{"a check digit of nothing", "9990000069", "999 000 0069"},
		{"the check digit is wrong", "987 654 4321", ""},
		{"the check would be ten", "999 000 0000", ""},
		{"nine digits", "943476591", ""},
		{"eleven digits", "94347659190", ""},
		{"a letter", "943476591O", ""},
		{"digits of another script", "٩٤٣٤٧٦٥٩١٩", ""},
		{"nothing", " ", ""},
		{"all noughts, though they check", "0000000000", ""},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			n, err := ParseNHS(row.text)
			if n.String() != row.shown || (err == nil) != (row.shown != "") {
				t.Errorf("%q, %v", n.String(), err)
			}
			if err != nil && (!errors.Is(err, fault.Invalid) || fault.Say(err) == "") {
				t.Errorf("not an answer for a person: %v", err)
			}
		})
	}
	n, _ := ParseNHS("9990000018")
	real, _ := ParseNHS("9434765919")
	if !n.Synthetic() || real.Synthetic() || strings.Contains(slog.AnyValue(n).Resolve().String(), "999") {
		t.Error("a number that nobody has is taken for one that somebody has, or is logged")
	}
}

// Every digit that is wrong and every two neighbours that are exchanged are noticed.
func TestNHSNumbersNoticeSlips(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	for tried := 0; tried < 300; {
		text := fmt.Sprintf("%010d", chance.Int64N(1e10))
		if _, err := ParseNHS(text); err != nil {
			continue
		}
		tried++
		for i := range text {
			for d := byte('0'); d <= '9'; d++ {
				slip := text[:i] + string(d) + text[i+1:]
				if _, err := ParseNHS(slip); slip != text && err == nil {
					t.Fatalf("%s passes for %s", slip, text)
				}
			}
			if i == 9 || text[i] == text[i+1] {
				continue
			}
			slip := text[:i] + text[i+1:i+2] + text[i:i+1] + text[i+2:]
			if _, err := ParseNHS(slip); err == nil {
				t.Fatalf("%s passes for %s", slip, text)
			}
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ sentence, a, b string }{
		{"capitals", "McDonald", "MCDONALD"},
		{"accents", "Zoë Núñez", "ZOE NUNEZ"},
		{"accents taken apart", "Zoe\u0308", "Zoë"},
		{"apostrophes", "O'Brien", "O’Brien"},
		{"no apostrophe", "O'Brien", "OBrien"},
		{"an acute for an apostrophe", "O´Brien", "OBrien"},
		{"hyphens", "Smith-Jones", "Smith  Jones"},
		{"other hyphens", "Smith\u2011Jones", "Smith–Jones"},
		{"the German sharp s", "Weiß", "WEISS"},
		{"the Polish l", "Łukasz Wałęsa", "lukasz walesa"},
		{"the Turkish dotless i", "Işıl", "ISIL"},
		{"the Turkish dotted capital", "İpek", "ipek"},
		{"Scandinavian letters", "Søren Đorđević Æsa", "soren dordevic aesa"},
		{"Greek accents and final sigma", "Αλέξανδρος", "ΑΛΕΞΑΝΔΡΟΣ"},
		{"Cyrillic", "Артём", "АРТЕМ"},
		{"Arabic vowels", "مُحَمَّد", "محمد"},
		{"the line that stretches Arabic words", "محـــمد", "محمد"},
		{"the forms of alef", "أحمد إبراهيم آدم ٱلله", "احمد ابراهيم ادم الله"},
		{"the forms of yeh and kaf", "علی کریم مصطفى", "علي كريم مصطفي"},
		{"the Arabic feminine ending", "فاطمة", "فاطمه"},
		{"joined Arabic letters", "ﻣﺤﻤﺪ", "محمد"},
		{"Hebrew points and geresh", "שָׂרָה ג׳", "שרה ג"},
		{"joiners and marks of direction", "\u200fمحمد\u200c", "محمد"},
		{"wide letters", "Ｌｅｅ", "lee"},
		{"Vietnamese", "Nguyễn", "nguyen"},
		{"nukta", "ज़ारा", "जारा"},
		{"signs alone are nothing", " -’. ", ""},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			if Fold(row.a) != Fold(row.b) {
				t.Errorf("%q and %q", Fold(row.a), Fold(row.b))
			}
		})
	}
	for _, apart := range [][2]string{
		{"か", "が"}, {"किरण", "करण"}, {"Ali", "علي"}, {"Müller", "Mueller"}, {"王", "玉"}, {"김", "금"},
	} {
		if Fold(apart[0]) == Fold(apart[1]) {
			t.Errorf("%s and %s become one", apart[0], apart[1])
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"O'Brien", "İßŁ", "ͅΑ", "ﷺ", "أحمد", "a\u0345", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { foldOnce(t, s) })
}

func TestFoldOfAFoldedNameIsThatName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { foldOnce(t, rapid.String().Draw(t, "name")) })
	for r := rune(1); r < 0x20000; r++ {
		foldOnce(t, "x"+string(r)+"y")
	}
}

func foldOnce(t interface{ Errorf(string, ...any) }, s string) {
	once := Fold(s)
	if twice := Fold(once); twice != once {
		t.Errorf("%q becomes %q, then %q", s, once, twice)
	}
	if strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
		t.Errorf("%q has spaces to spare", once)
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"": true, "1948": true, "1948-07": true, "1948-07-05": true, "2024-02-29": true,
		"2023-02-29": false, "1948-13": false, "1948-00": false, "48": false, "1948-7-5": false, "1948-07-": false,
		"1948-07-05T10:00": false, "0000": false, "1948/07/05": false, "+948": false, "today": false,
	} {
		d, err := ParseDate(text)
		if (err == nil) != good || good && d.String() != text {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
}

func date(text string) Date {
	d, err := ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestAgeOn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence, born, on string
		least, most        int
		ok                 bool
	}{
		{"the day before a birthday", "2010-06-15", "2026-06-14", 15, 15, true},
		{"a birthday begins the age", "2010-06-15", "2026-06-15", 16, 16, true},
		{"on 28 February of a common year, born on the 29th", "2008-02-29", "2026-02-28", 17, 17, true},
		{"on 1 March of a common year, born on the 29th", "2008-02-29", "2026-03-01", 18, 18, true},
		{"on 29 February of a leap year, born on the 29th", "2008-02-29", "2028-02-29", 20, 20, true},
		{"on the day of birth", "2026-11-03", "2026-11-03", 0, 0, true},
		{"before birth", "2026-11-04", "2026-11-03", 0, 0, false},
		{"only the year is known", "1948", "2026-11-03", 77, 78, true},
		{"only the month is known, and it is not over", "1948-11", "2026-11-03", 77, 78, true},
		{"only the month is known, and it is over", "1948-10", "2026-11-03", 78, 78, true},
		{"in the first year, only the year known", "2026", "2026-11-03", 0, 0, true},
		{"nothing is known", "", "2026-11-03", 0, 0, false},
		{"on no day", "1948-10", "2026-11", 0, 0, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			least, most, ok := AgeOn(date(row.born), date(row.on))
			if least != row.least || most != row.most || ok != row.ok {
				t.Errorf("%d to %d, %v", least, most, ok)
			}
		})
	}
}

var amina = Facts{
	NHS: 9990000018, NHSVerified: true, Born: Date{1948, 7, 5}, Gender: "female", Postcode: "W6 0QT",
	Names: Names{Family: "Rahman", Given: "Amina Begum", Preferred: "Mina"},
}

func but(change func(*Facts)) Facts {
	f := amina
	change(&f)
	return f
}

func unnumbered(change func(*Facts)) Facts {
	f := but(change)
	f.NHS, f.NHSVerified = 0, false
	return f
}

func TestMatch(t *testing.T) {
	t.Parallel()
	other := Names{Family: "Okafor", Given: "Chidi"}
	for _, row := range []struct {
		sentence string
		b        Facts
		finding  Finding
		conflict bool
	}{
		{"one verified number and one birth date are one person", amina, Same, false},
		{"whatever else is said", but(func(f *Facts) { f.Names, f.Postcode, f.Gender = other, "N1 1AA", "male" }), Same, false},
		{"a number that was not verified is not enough", but(func(f *Facts) { f.NHSVerified = false }), Candidate, false},
		{"nor is one with another birth date", but(func(f *Facts) { f.Born = Date{1971, 1, 9} }), Candidate, true},
		{"nor is one with day and month exchanged", but(func(f *Facts) { f.Born = Date{1948, 5, 7} }), Candidate, true},
		{"nor is one with only the year of birth", but(func(f *Facts) { f.Born = Date{Year: 1948} }), Candidate, false},
		{"nor is one with no birth date", but(func(f *Facts) { f.Born = Date{} }), Candidate, false},
		{"two verified numbers are two people, however like", but(func(f *Facts) { f.NHS = 9990000026 }), Different, false},
		{"another number that was only typed may be a slip", but(func(f *Facts) { f.NHS, f.NHSVerified = 9990000026, false }), Candidate, false},
		{"without a number nobody is the same", unnumbered(func(*Facts) {}), Candidate, false},
		{"a misspelt family name", unnumbered(func(f *Facts) { f.Names.Family = "Rehman" }), Candidate, false},
		{"a preferred name", unnumbered(func(f *Facts) { f.Names.Given = "Mina" }), Candidate, false},
		{"names in another order", unnumbered(func(f *Facts) { f.Names = Names{Text: "Rahman Amina Begum"} }), Candidate, false},
		{"another family name at the same address", unnumbered(func(f *Facts) { f.Names.Family = "Khan" }), Candidate, false},
		{"moved house", unnumbered(func(f *Facts) { f.Postcode = "N1 1AA" }), Candidate, false},
		{"a twin", unnumbered(func(f *Facts) { f.Names.Given = "Farida" }), Different, false},
		{"a lodger with the same birthday", unnumbered(func(f *Facts) { f.Names = other }), Different, false},
		{"the same name, another birth date and address", unnumbered(func(f *Facts) { f.Born, f.Postcode = Date{1971, 1, 9}, "N1 1AA" }), Different, false},
		{"nothing to compare", Facts{}, Different, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			v := Match(amina, row.b)
			if v.Finding != row.finding || v.Conflict != row.conflict {
				t.Errorf("%d, conflict %v, score %d, %v", v.Finding, v.Conflict, v.Score, v.Why)
			}
			if row.finding == Candidate && !share(Keys(amina), Keys(row.b)) {
				t.Error("no key finds them")
			}
		})
	}
}

func share(a, b []string) bool {
	for _, one := range a {
		for _, other := range b {
			if one == other {
				return true
			}
		}
	}
	return false
}

func TestNobodyIsTheSameByLikeness(t *testing.T) {
	t.Parallel()
	draw := func(t *rapid.T) Facts {
		return Facts{
			NHS:         rapid.SampledFrom([]NHS{0, 9990000018, 9990000026}).Draw(t, "nhs"),
			NHSVerified: rapid.Bool().Draw(t, "verified"),
			Born:        rapid.SampledFrom([]Date{{}, {1948, 0, 0}, {1948, 7, 0}, {1948, 7, 5}, {1948, 5, 7}, {1950, 1, 1}}).Draw(t, "born"),
			Names: Names{
				Family: rapid.SampledFrom([]string{"", "Rahman", "Rehman", "Khan"}).Draw(t, "family"),
				Given:  rapid.SampledFrom([]string{"", "Amina", "A", "Mina", "Amina Begum"}).Draw(t, "given"),
				Text:   rapid.SampledFrom([]string{"", "Rahman Amina"}).Draw(t, "text"),
			},
			Gender:   rapid.SampledFrom([]string{"", "female", "male", "unknown"}).Draw(t, "gender"),
			Postcode: rapid.SampledFrom([]string{"", "W6 0QT", "w60qt", "N1 1AA"}).Draw(t, "postcode"),
			Died:     rapid.SampledFrom([]Date{{}, {2020, 1, 1}, {2021, 0, 0}}).Draw(t, "died"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		v := Match(a, b)
		if v.Finding == Same && !(a.NHS != 0 && a.NHS == b.NHS && a.NHSVerified && b.NHSVerified && a.Born == b.Born && a.Born.Whole()) {
			t.Fatalf("taken for one: %v", v.Why)
		}
		if !reflect.DeepEqual(v, Match(b, a)) {
			t.Fatalf("%v one way, %v the other", v, Match(b, a))
		}
	})
}

func TestCalled(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]Names{
		"Mina": amina.Names, "Amina": {Given: "Amina Begum", Family: "Rahman"}, "Suharto": {Text: "Suharto"}, "Rahman": {Family: "Rahman"}, "": {},
	} {
		if n.Called() != want {
			t.Errorf("called %q, not %q", n.Called(), want)
		}
	}
}
