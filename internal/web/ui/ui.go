// Package ui is what every page is made of: the frame around it and the parts in it.
//
// Parts are typed templ components. They take values that are already what the
// reader may see, in the reader's language, and escape them; they never hold a
// record, a session or a request. No part needs a script or an inline style, and
// none asks anything of another server.
//
// The frame promises what no page should have to remember: one main heading, the
// person's banner before anything about them, the sentence "Some information may
// not be shown" on every view that is not the person's own, and help in the same
// place. A [Page] with nothing said about whose it is counts as somebody else's.
//
// Markup follows the published HTML of nhsuk-frontend, whose style sheet it is
// shown with; classes that begin with one- are our own. People's words stand in
// [Said], numbers in [Number], [Phone] and [NHSNumber]. It owns no tables.
package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// Words are the sentences of one language. A *text.Lang is one.
type Words interface {
	// T is the message of that id, with values in their places.
	T(id string, data map[string]any) string
	// Tag is the language's name in HTML: en, cy, ar.
	Tag() string
	// Dir is the direction of its script, as HTML says it: ltr or rtl.
	Dir() string
	// Missing reports whether T answers in English for want of a message.
	Missing(id string) bool
}

// Whose says whose record a page shows. The zero value is the careful one.
type Whose int

const (
	Others  Whose = iota // somebody else's, or several people's: the fixed sentence is shown
	Own                  // the reader's own
	Nobodys              // about no person: public pages, signing in, settings
)

// String is how main says it to tests, in data-whose.
func (w Whose) String() string {
	switch w {
	case Own:
		return "own"
	case Nobodys:
		return "nobodys"
	}
	return "others"
}

// A Post is another role that somebody may change to.
type Post struct {
	Text          string
	Action, Value string // what is posted where
}

// A Page is what the frame shows around a page's own parts.
type Page struct {
	Words   Words  // required
	Title   string // the page, also its main heading; required
	About   string // a person or area, for the title of the tab
	Service string // the name of the service; "" is the catalogue's
	Home    string // where the name of the service leads; "" is /
	Error   bool   // an answer needs putting right: the tab's title says so
	Whose   Whose
	Subject *Subject // the person it is about, unless Own or several

	// NoHeading leaves the main heading to the content: a question, a panel.
	NoHeading bool

	Back        *Link      // where one came from
	Nav         []Link     // five at most
	SignedInAs  string     // name and role; "" when nobody is signed in
	SignOut     string     // where signing out is posted to
	Posts       []Post     // what else they do at work, which one press changes to
	Account     *Link      // where the name leads: how they sign in; nil: nowhere
	Passkey     string     // the address of the script for passkeys, on pages that use it
	Environment string     // such as "Training system: not real people"; "" in real use
	Languages   []Language // the same page in other languages
	Help        Help
	Footer      []Link
	Style, Icon string // from package assets; without Style the page says so

	// Script, from package assets, asks Live whether what the page shows still stands,
	// and takes it away when it does not. Without either, the page stays as it is.
	Script, Live string
	Idle         int // seconds after which it also asks whether somebody is there; 0 never
}

// A Link leads somewhere. Hidden is read out after Text, to tell links apart.
type Link struct {
	Text, Href, Hidden string
	Current            bool
}

// A Language is the same page in another language, named in that language.
type Language struct {
	Name, Tag, Dir, Href string
	Current              bool
}

// Help is how to reach somebody, the same on every page. Each may be "".
type Help struct {
	Phone, Relay string // numbers as people read them
	Interpreter  bool
	More         *Link
}

// A Subject is the person whom a page is about.
type Subject struct {
	Name      string // as they write it; never reformatted
	Born      string // a date in words, "" when not known
	Age       string // such as "75 years"
	NHSNumber string // ten digits; shown 3-3-4
	Called    string // what they like to be called
	Needs     []string
	As        string // as what the reader looks, such as "GP, Acton surgery"
	Acting    bool   // the reader acts for them: "You are looking at …'s record"
	Back      string // where to get back to one's own record, when Acting
	BackText  string // in place of the usual words for that
	Says      string // in place of the usual sentence
	Emergency string // when this is emergency access: what to say about it
}

// title is what the browser's tab shows: [Error: ]Page - Person or area - Service.
func (p Page) title() string {
	parts := []string{p.Title}
	if p.About != "" {
		parts = append(parts, p.About)
	} else if p.Subject != nil {
		parts = append(parts, p.Subject.Name)
	}
	all := strings.Join(append(parts, p.service()), " - ")
	if p.Error {
		return p.Words.T("frame.title-error", map[string]any{"Title": all})
	}
	return all
}

func (p Page) service() string {
	if p.Service != "" {
		return p.Service
	}
	return p.Words.T("service.name", nil)
}

// facts reports whether the banner has more to say than the name.
func (s Subject) facts() bool {
	return s.Born != "" || s.NHSNumber != "" || s.Called != "" || len(s.Needs) > 0 || s.As != ""
}

// marked reports whether the fixed sentence belongs on the page. It looks at
// whose page it is and at nothing else, so that it cannot tell anything.
func (p Page) marked() bool { return p.Whose == Others }

// digits are the digits of a number as people write it, for a tel: address.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}

func tel(number string) templ.SafeURL { return templ.SafeURL("tel:" + digits(number)) }

// grouped writes ten digits 3-3-4; anything else stays as it is.
func grouped(number string) string {
	d := digits(number)
	if len(d) != 10 {
		return number
	}
	return d[:3] + " " + d[3:6] + " " + d[6:]
}

// data is short for the values of a message.
type data = map[string]any

// home is where the name of the service leads.
func (p Page) home() string {
	if p.Home == "" {
		return "/"
	}
	return p.Home
}
