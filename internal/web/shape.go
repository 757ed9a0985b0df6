package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"onestory/internal/consent"
	"onestory/internal/web/ui"
)

// This file gives facts the shapes that the parts of package ui take.

// where is the address of a fact's own page.
func (a *ask) where(f fact) string { return a.at("/record/" + f.Kind + "/" + f.ID) }

// byline says who said it and when, and where it came from.
func (a *ask) byline(f fact) string {
	on := a.day(f.On)
	var said string
	switch {
	case f.Who != "" && on != "":
		said = a.say("web.by.who-on", "Who", alone(f.Who), "Date", on)
	case f.Who != "":
		said = a.say("web.by.who", "Who", alone(f.Who))
	case on != "":
		said = a.say("web.by.on", "Date", on)
	default:
		said = a.say("web.by.nobody")
	}
	said += " " + a.source(f)
	for _, other := range f.Also {
		if other == "" {
			said += " " + a.say("web.by.here")
			continue
		}
		said += " " + a.say("web.by.also", "Source", alone(other))
	}
	return said
}

func (a *ask) source(f fact) string {
	if f.Source == "" {
		return a.say("web.by.here")
	}
	return a.say("web.by.source", "Source", alone(f.Source))
}

// rows are facts in a list, each leading to its own page.
func (a *ask) rows(all []fact) (rows []ui.Row) {
	for _, f := range all {
		row := ui.Row{
			Key: a.title(f), Value: a.short(f), Source: a.byline(f), Tags: a.tags(f),
			Actions: []ui.Link{{Text: a.more(f), Hidden: " " + a.title(f), Href: a.where(f)}},
		}
		if len(f.Differ) > 0 { // who says what stands beside each other, so not once more below
			row.Value, row.Source, row.Tags = shortAndDiffer(row.Value, row.Tags, f, a), "", nil
		}
		rows = append(rows, row)
	}
	return rows
}

// more is what leads to a fact's own page.
func (a *ask) more(f fact) string {
	if f.Before > 0 {
		return a.N("web.fact.all-results", f.Before+1, nil)
	}
	return a.say("web.fact.more")
}

// saying is what a saying says, in words.
func (a *ask) saying(s saying) templ.Component {
	if s.Date != "" {
		return ui.Text(a.day(s.Date))
	}
	if code, ok := strings.CutPrefix(s.Line.Words, "web.status."); ok {
		return ui.Text(a.status(code))
	}
	return a.worded(s.Line)
}

// whoOf is who said a fact, or where it is from; dayOf when.
func (a *ask) whoOf(f fact) string {
	return cmp.Or(f.Who, f.Source, a.say("web.by.here-short"))
}

func (a *ask) dayOf(f fact) string { return cmp.Or(a.day(f.On), a.say("date.not-known")) }

// sayers are who say something, when, and where that is from.
func (a *ask) sayers(all []fact) (said []string) {
	for _, f := range all {
		f.Also, f.On = nil, cmp.Or(f.Recorded, f.On)
		said = append(said, a.byline(f))
	}
	return said
}

// short is the most telling of what a fact says besides its name.
func (a *ask) short(f fact) templ.Component {
	if f.Result != "" {
		return measured(f, a)
	}
	if l := f.gist(); l.Key != "" {
		return a.worded(l)
	}
	if t := a.moment(f.On); f.Topic == "visits" && t != "" {
		return ui.Text(t)
	}
	return nil
}

// gist is the line that tells most about a fact; the zero line when none does.
func (f *fact) gist() line {
	for _, l := range f.Lines {
		switch l.Key {
		case "web.line.dose", "web.line.often", "web.line.reaction", "web.line.conclusion", "web.line.with", "web.line.place",
			"web.line.says", "web.line.team", "web.line.result":
			return l
		}
	}
	return line{}
}

// result is a value: kept together, unless it has several parts.
func result(f fact) templ.Component {
	if len(f.Result) > 20 || strings.Contains(f.Result, ";") {
		return ui.Said(f.Result)
	}
	return ui.Number(f.Result)
}

// worded is what a line says.
func (a *ask) worded(l line) templ.Component {
	switch {
	case l.Count != 0:
		return ui.Text(a.N(l.Words, l.Count, nil))
	case l.Words != "":
		return ui.Text(a.T(l.Words, l.With))
	case l.Number:
		return ui.Number(l.Value)
	}
	return ui.Said(l.Value)
}

// tags are a fact's status in a word or two, where there is anything to say.
func (a *ask) tags(f fact) []ui.Tag {
	if f.Mistake {
		return []ui.Tag{{Text: a.say("web.status.entered-in-error"), Colour: ui.Late}}
	}
	all := append(a.outside(f), a.standing(f)...)
	if len(f.Differ) > 0 {
		all = append(all, ui.Tag{Text: a.say("web.differ.tag"), Colour: ui.Soon})
	}
	return all
}

// outside says that a result is not as usual.
func (a *ask) outside(f fact) (all []ui.Tag) {
	for _, l := range f.Lines {
		if l.Words == "web.means.high" || l.Words == "web.means.low" {
			if t := (ui.Tag{Text: a.say(l.Words), Colour: ui.Notice}); !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	return all
}

func (a *ask) standing(f fact) []ui.Tag {
	switch {
	case f.Status == "", f.Status == "unknown", f.Status == "final", f.Status == "current", f.Status == "active", !f.Over && f.Status == "completed":
		return nil
	case f.Over:
		return []ui.Tag{{Text: a.status(f.Status), Colour: ui.Quiet}}
	}
	return []ui.Tag{{Text: a.status(f.Status), Colour: ui.Calm}}
}

// status is FHIR's code in words; one that we have no words for as it is.
func (a *ask) status(code string) string {
	id := "web.status." + code
	if s := a.say(id); s != id {
		return s
	}
	return clip(tidy(code), 40)
}

// factRows are everything about one fact.
func (a *ask) factRows(f fact) (rows []ui.Row) {
	add := func(key string, value templ.Component) {
		rows = append(rows, ui.Row{Key: key, Value: value})
	}
	if f.Status != "" && f.Status != "unknown" {
		add(a.say("web.fact.status"), ui.Text(a.status(f.Status)))
	}
	for _, l := range f.Lines {
		key := l.Label
		if l.Key != "" {
			key = a.say(l.Key)
		}
		add(key, a.worded(l))
	}
	when := a.moment(f.On)
	if to := a.moment(f.To); when != "" && to != "" {
		when = a.say("web.fact.from-to", "From", when, "To", to)
	}
	if when == "" {
		when = a.say("date.not-known")
	}
	add(a.say("web.fact.when"), ui.Text(when))
	who := f.Who
	if who == "" {
		add(a.say("web.fact.who"), ui.Text(a.say("web.fact.who-not-said")))
	} else {
		add(a.say("web.fact.who"), ui.Said(who))
	}
	add(a.say("web.fact.source"), ui.Text(a.source(f)))
	add(a.say("web.fact.kept"), ui.Text(a.Date(f.Kept)))
	return rows
}

// seriesTable is one result over time.
func (a *ask) seriesTable(all []fact, this fact) ui.Table {
	t := ui.Table{
		ID: "over-time", Caption: a.say("web.series.title", "What", alone(a.title(this))),
		Head: []ui.Column{{Text: a.say("web.fact.when")}, {Text: a.say("web.line.result")}, {Text: a.say("web.fact.source-short")}},
	}
	for _, f := range all {
		when := a.day(f.On)
		if when == "" {
			when = a.say("date.not-known")
		}
		source := f.Source
		if source == "" {
			source = a.say("web.by.here-short")
		}
		t.Rows = append(t.Rows, []templ.Component{ui.Text(when), found(f, a), ui.Said(source)})
	}
	return t
}

// newCards are what is new on the home page.
func (a *ask) newCards(all []fact) (cards []ui.Card) {
	for _, f := range all {
		text := a.byline(f)
		if f.Result != "" {
			is := alone(f.Result) + ". "
			for _, t := range a.outside(f) {
				is += t.Text + ". "
			}
			text = is + text
		}
		cards = append(cards, ui.Card{Heading: a.title(f), Href: a.where(f), Text: text, Level: 3})
	}
	return cards
}

// ways are the ways on from the home page.
func (a *ask) ways() []ui.Card {
	card := func(id, path string) ui.Card {
		return ui.Card{Heading: a.hers(id), Href: a.to(path), Text: a.hers(id + ".text"), Level: 3}
	}
	cards := []ui.Card{card("plan.way", a.base+"/plan"), card("web.way.record", a.base+"/record")}
	if a.mine() {
		cards = append(cards,
			card("web.way.sharing", "/me/sharing"), card("web.way.looked", "/me/access"), card("carers.way", a.wayToCare()))
	}
	if a.why == consent.Carer {
		cards = append(cards, card("carers.tell", a.base+"/tell"))
	}
	return append(cards, card("web.way.print", a.base+"/print"))
}

func (a *ask) peopleCards(all []opened) (cards []ui.Card) {
	for _, o := range all {
		cards = append(cards, ui.Card{Heading: o.Subject.Name, Href: o.Href, Text: a.say("web.carer.open")})
	}
	return cards
}

// memberRows are what somebody in the circle may see.
func (a *ask) memberRows(m placed) []ui.Row {
	role := a.memberRole(m.Role)
	if m.Relation != "" {
		role = a.say("lending.relation.is", "Relation", m.Relation)
	}
	is := ui.Row{Key: a.say("web.member.role"), Value: ui.Said(role)}
	if m.Basis != "" {
		is.Source = a.say("lending.on-record", "Basis", a.say("lending.basis."+m.Basis), "Date", a.lastDay(m.Review))
	}
	if m.NewCode != "" {
		is.Tags = []ui.Tag{{Text: a.say("lending.waits"), Colour: ui.Notice}}
	}
	rows := []ui.Row{is}
	see := ui.Row{Key: a.say("web.member.sees"), Value: ui.Text(m.Topics)}
	if m.Quiet {
		see.Value, see.Tags = ui.Text(a.say("web.member.sees-nothing")), []ui.Tag{{Text: a.say("web.member.stopped"), Colour: ui.Notice}}
	}
	if m.As != "" {
		see.Actions = append(see.Actions, ui.Link{Text: a.say("as.link"), Hidden: " " + m.Name, Href: m.As})
	}
	for _, x := range m.Joined {
		see.Actions = append(see.Actions, ui.Link{Text: a.say("less.link"), Hidden: " " + x.Sentence, Href: x.Change})
	}
	rows = append(rows, see)
	until := a.say("web.rule.no-end")
	if d := a.Date(m.Until); d != "" {
		until = d
	}
	return append(rows, ui.Row{
		Key: a.say("web.check.until"), Value: ui.Text(until), Source: a.say("web.member.since", "Date", a.Date(m.From)),
	})
}

// memberRole is what somebody is to the person: their own words, but for the codes.
func (a *ask) memberRole(role string) string {
	if s := a.role(role); s != "" {
		return s
	}
	if role == "asked" || role == "helps" {
		return a.say("work.member." + role)
	}
	return role
}

// looks are what was done with the record, a heading for each day.
func (a *ask) looks(all []lookedAt) (events []ui.Event) {
	for _, x := range all {
		e := ui.Event{Group: x.Day, ISO: x.First.ISO, When: x.First.When, Heading: x.Sentence, Body: lookBody(x, a)}
		if x.Tag != "" {
			e.Tags = []ui.Tag{{Text: a.say(x.Tag), Colour: ui.Late}}
		}
		events = append(events, e)
	}
	return events
}

// times is how many lines of the journal there are in groups of them.
func times(all []lookedAt) (n int) {
	for _, x := range all {
		n += len(x.Times)
	}
	return n
}

func (a *ask) thingsLine(all []thing) string {
	var parts []string
	for _, t := range all {
		parts = append(parts, t.Kind+" "+strconv.Itoa(t.N))
	}
	return strings.Join(parts, ", ")
}

// emptyOf are the names of the sections with nothing in them.
func (a *ask) emptyOf(all []sectionPart) string {
	var names []string
	for _, p := range all {
		if !p.stands() {
			names = append(names, a.say("web.section."+p.Code))
		}
	}
	return strings.Join(names, ", ")
}

func (a *ask) fileTitle(f file) string {
	if f.Title != "" {
		return f.Title
	}
	return a.say("web.file.title", "N", f.N+1)
}
