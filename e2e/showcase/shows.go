package main

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"onestory/internal/fault"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

type shown struct {
	status int
	page   func(ui.Page) templ.Component
}

func ok(page func(ui.Page) templ.Component) shown { return shown{http.StatusOK, page} }

// shows are the pages there are, by path. pages.json lists the same for the checks.
func shows() map[string]shown {
	return map[string]shown{
		"/{$}":          ok(home),
		"/plan":         ok(plan),
		"/facts":        ok(facts),
		"/extreme":      ok(extreme),
		"/lists":        ok(lists),
		"/table":        ok(table),
		"/panels":       ok(panels),
		"/empty":        ok(empty),
		"/person":       ok(person),
		"/emergency":    ok(emergency),
		"/acting":       ok(acting),
		"/interruption": ok(interruption),
		"/confirmation": ok(confirmation),
		"/check":        ok(check),
		"/unstyled":     ok(func(p ui.Page) templ.Component { p.Style = ""; return home(p) }),
		"/form":         ok(func(p ui.Page) templ.Component { return everyQuestion(p.Words).Page(p) }),
		"/form/one":     ok(func(p ui.Page) templ.Component { return oneQuestion().Page(p) }),
		"/form/errors":  {http.StatusUnprocessableEntity, formErrors},
		"/form/one/error": {http.StatusUnprocessableEntity, func(p ui.Page) templ.Component {
			f := oneQuestion()
			f.Took(fault.New(fault.Invalid, "Choose what is wrong"))
			f.Took(&fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "wrong", Say: "Choose what is wrong"}}})
			return f.Page(p)
		}},
		"/e2": {http.StatusForbidden, func(p ui.Page) templ.Component {
			return ui.RefusedPage(p, "Only the person can put their goals into words. You can suggest a goal.", &ui.Link{Text: "Suggest a goal", Href: "/form"})
		}},
		"/e3": {http.StatusNotFound, func(p ui.Page) templ.Component {
			return ui.NotFoundPage(p, &ui.Link{Text: "Find support", Href: "/"})
		}},
		"/e4": {http.StatusConflict, clash},
		"/e5": {http.StatusUnauthorized, func(p ui.Page) templ.Component {
			return ui.SignedOutPage(p, ui.Link{Text: "Sign in", Href: "/"}, true)
		}},
		"/e7": {http.StatusInternalServerError, func(p ui.Page) templ.Component {
			no := false
			return ui.FaultPage(p, "7F3K-2M9Q", &no)
		}},
		"/e8": {http.StatusTooManyRequests, func(p ui.Page) templ.Component {
			return ui.TooManyPage(p, "2:30pm", ui.Link{Text: "Sign in with a code from a letter", Href: "/"})
		}},
		"/e9": {http.StatusConflict, func(p ui.Page) templ.Component {
			return ui.DonePage(p, "Leila Hassan", "20 November 2026", &ui.Link{Text: "See what was sent", Href: "/"})
		}},
		"/e9/expired": {http.StatusGone, func(p ui.Page) templ.Component {
			return ui.ExpiredPage(p, &ui.Link{Text: "Ask for a new link", Href: "/form"})
		}},
	}
}

func everyQuestion(ui.Words) *form.Form {
	f := form.Of("Add someone you trust",
		form.Field{Name: "name", Path: "name", Label: "Their name", Hint: "As they would write it themselves", Autocomplete: "off"},
		form.Field{Name: "phone", Label: "Their phone number", Inputmode: "tel", Short: true},
		form.Field{Name: "how", Label: "How they know you", As: form.Select, Options: []form.Option{{Value: "family", Label: "Family"}, {Value: "friend", Label: "Friend or neighbour"}, {Value: "paid", Label: "Paid to help"}}},
		form.Field{Name: "what", Label: "What they can see", As: form.Radios, Hint: "You can change this at any time", Options: []form.Option{
			{Value: "plan", Label: "My plan"}, {Value: "dates", Label: "My plan and my dates"}, {Value: "all", Label: "Everything, except what I keep private", Hint: "You choose later what stays private"}}},
		form.Field{Name: "tell", Label: "Tell me when they look", As: form.Checkboxes, Options: []form.Option{{Value: "text", Label: "By text message"}, {Value: "post", Label: "By post"}}},
		form.Field{Name: "until", Label: "Until when", As: form.Date, Hint: "For example, 3 11 2027"},
		form.Field{Name: "why", Path: "reason.text", Label: "Anything else they should know (optional)", As: form.Textarea, Hint: "In any language"},
		form.Field{Name: "version", As: form.Hidden, Value: "3"},
	)
	f.Action = "/form"
	return f
}

func oneQuestion() *form.Form {
	return form.Of("What is wrong?", form.Field{Name: "wrong", As: form.Radios, Options: []form.Option{
		{Value: "not", Label: "I do not have this"}, {Value: "detail", Label: "A detail is wrong"}, {Value: "me", Label: "It is not about me"}, {Value: "else", Label: "Something else"}}})
}

func formErrors(p ui.Page) templ.Component {
	f := everyQuestion(p.Words)
	f.Set("name", "Leila").Set("why", "She has a key.\nShe comes on Fridays.").Set("until", "2020-02-03")
	var c fault.Check
	c.That(false, "name", "Enter their full name")
	c.That(false, "phone", "Enter a phone number, such as 07700 900 982")
	c.That(false, "how", "Choose how they know you")
	c.That(false, "what", "Choose what they can see")
	c.That(false, "until", "Date must be in the future")
	c.That(false, "Consent.provision", "Somebody else has added this person already. Look at who can see your record.")
	f.Took(c.Err())
	return f.Page(p)
}

func row(key, value, source string, actions ...ui.Link) ui.Row {
	return ui.Row{Key: key, Value: ui.Said(value), Source: source, Actions: actions}
}

func wrong(what string) ui.Link {
	return ui.Link{Text: "This is wrong", Href: "/form/one", Hidden: ": " + what}
}

var aVeryLongName = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 2) + "O’Shaughnessy-Abdulrahman"

func subject() *ui.Subject {
	return &ui.Subject{Name: "Amina HASSAN (Mrs)", Born: "14 February 1951", Age: "75 years", NHSNumber: "9990000018", Called: "Amina", Needs: []string{"Arabic interpreter, large print"}}
}

var (
	longWords = strings.TrimSpace(strings.Repeat("Staying in my own home, with my books and my garden, and getting to the mosque on Fridays when Leila can come. ", 8))
	noSpaces  = strings.Repeat("donaudampfschifffahrt", 6)
)

func peopleRows() (rows [][]templ.Component) {
	for _, name := range []string{"Amina Hassan", "Michael O’Brien", aVeryLongName, "Wei Chen", "دعاء حسن"} {
		rows = append(rows, []templ.Component{ui.Said(name), ui.Text("14 February 1951"), ui.NHSNumber("9990000018"), ui.Number("1,240"),
			ui.Tags(ui.Tag{Text: "Overdue", Colour: ui.Late})})
	}
	return rows
}
