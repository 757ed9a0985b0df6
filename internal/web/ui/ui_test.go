package ui_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"onestory/internal/text"
	"onestory/internal/web/ui"
)

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page(lang string) ui.Page {
	return ui.Page{Words: text.For("", lang), Title: "My plan", Style: "/assets/style.css"}
}

const fixed = "Some information may not be shown"

func TestTheFrameKeepsItsPromises(t *testing.T) {
	t.Parallel()
	amina := &ui.Subject{Name: "Amina <HASSAN>", Born: "14 February 1951", Age: "75 years", NHSNumber: "9990000018", Needs: []string{"Large print"}}
	tests := []struct {
		name  string
		make  func(*ui.Page)
		has   []string
		lacks []string
	}{
		{"a page with nothing said is somebody else's", func(*ui.Page) {}, []string{fixed, `data-whose="others"`}, nil},
		{"one's own page has its mark and not the sentence", func(p *ui.Page) { p.Whose = ui.Own }, []string{"Your own record", `data-whose="own"`}, []string{fixed}},
		{"a page about nobody has neither", func(p *ui.Page) { p.Whose = ui.Nobodys }, nil, []string{fixed, "Your own record"}},
		{"a page about a person says whose record it is", func(p *ui.Page) { p.Subject = amina },
			[]string{"You are looking at \u2068Amina &lt;HASSAN&gt;\u2069’s record", `<bdi dir="ltr">999 000 0018</bdi>`, "(75 years)", fixed, "<section class=\"one-whose\" aria-label="}, []string{"Amina <HASSAN>"}},
		{"an error is in the title", func(p *ui.Page) { p.Error, p.About = true, "Riverside" }, []string{"<title>Error: My plan - Riverside - Onestory</title>"}, nil},
		{"the person is in the title", func(p *ui.Page) { p.Subject = amina }, []string{"<title>My plan - Amina &lt;HASSAN&gt; - Onestory</title>"}, nil},
		{"without styles it says so", func(p *ui.Page) { p.Style = "" }, []string{"This page has no styles"}, nil},
		{"an address that is a script leads nowhere", func(p *ui.Page) { p.Back = &ui.Link{Href: "javascript:alert(1)"} }, nil, []string{"javascript:"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := page("en")
			c.make(&p)
			got := html(t, ui.Frame(p))
			for _, want := range c.has {
				if !strings.Contains(got, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(got, not) {
					t.Errorf("the page has %s", not)
				}
			}
			if n := strings.Count(got, "<h1"); n != 1 {
				t.Errorf("%d main headings", n)
			}
			if regexp.MustCompile(`<script|<style|\sstyle=|\son[a-z]+=`).MatchString(got) {
				t.Error("the page has an inline style or script")
			}
		})
	}
}

// A page that is not found must not differ by what was looked for.
func TestNotFoundIsTheSameForEverybody(t *testing.T) {
	t.Parallel()
	hidden := page("en")
	hidden.Subject, hidden.About, hidden.Whose = &ui.Subject{Name: "Amina"}, "Amina", ui.Others
	hidden.Back = &ui.Link{Href: "/people/amina"}
	absent := page("en")
	absent.Title = "Something else"
	if html(t, ui.NotFoundPage(hidden, nil)) != html(t, ui.NotFoundPage(absent, nil)) {
		t.Error("what is hidden can be told from what is absent")
	}
}

func TestNoMessageIsMissing(t *testing.T) {
	t.Parallel()
	yes := true
	p := page("en")
	w := p.Words
	p.Subject = &ui.Subject{Name: "A", Born: "B", Acting: true, Called: "C", Needs: []string{"D"}, NHSNumber: "1", Back: "/"}
	p.Nav, p.Languages, p.SignedInAs, p.SignOut = []ui.Link{{Text: "x", Href: "/"}}, []ui.Language{{Name: "y"}}, "A", "/out"
	p.Help = ui.Help{Phone: "1", Relay: "2", Interpreter: true}
	p.Back = &ui.Link{Href: "/"}
	own := p
	own.Whose, own.Style = ui.Own, ""
	all := []templ.Component{
		ui.Frame(p), ui.Frame(own), ui.RefusedPage(p, "", nil), ui.NotFoundPage(p, nil), ui.StalePage(p, ui.Text(""), ui.Text(""), ""),
		ui.SignedOutPage(p, ui.Link{}, true), ui.SignedOutPage(p, ui.Link{}, false), ui.SourceLate(w, "s", "d"), ui.FaultPage(p, "r", &yes),
		ui.TooManyPage(p, "t", ui.Link{}), ui.DonePage(p, "n", "d", nil), ui.ExpiredPage(p, nil), ui.Inset(w), ui.Confirmation(w, "t", "l"),
		ui.ErrorSummary(w, ui.Wrong{}), ui.NoneKnown(w, "a", "b", "c"), ui.NotAsked(w, nil), ui.CouldNotGet(w, "s", ""), ui.CouldNotGet(w, "s", "d"),
		ui.Nothing(w), ui.Pagination(w, ui.Pages{Prev: &ui.Link{}, Next: &ui.Link{}}),
	}
	id := regexp.MustCompile(`\b(ui|frame|error|help|form|service|button)\.[a-z][a-z.0-9-]+\b|\{\{`)
	for i, c := range all {
		if found := id.FindString(html(t, c)); found != "" {
			t.Errorf("part %d shows %q in place of words", i, found)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"9990000018": "999 000 0018", "999 000 0018": "999 000 0018", "12": "12", "": ""} {
		if got := html(t, ui.NHSNumber(in)); got != `<bdi dir="ltr">`+want+`</bdi>` {
			t.Errorf("NHS number %q is shown as %s", in, got)
		}
	}
	if got := html(t, ui.Phone("(020) 7946-0123")); !strings.Contains(got, `href="tel:02079460123"`) {
		t.Errorf("a phone number is shown as %s", got)
	}
}
