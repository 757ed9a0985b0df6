package web

import (
	"fmt"
	"slices"

	"onestory/internal/web/ui"
)

// This file tells in words what changed between two versions of a fact.

// changes are sentences on what a version says that the one before it did not.
func (a *ask) changes(before, after fact) (all []string) {
	changed := func(name, from, to string) {
		switch {
		case from == to:
		case from == "":
			all = append(all, a.say("web.past.added", "What", name, "To", alone(to)))
		case to == "":
			all = append(all, a.say("web.past.gone", "What", name, "From", alone(from)))
		default:
			all = append(all, a.say("web.past.changed", "What", name, "From", alone(from), "To", alone(to)))
		}
	}
	status := func(f fact) string {
		if f.Status == "" {
			return ""
		}
		return a.status(f.Status)
	}
	changed(a.say("web.line.name"), before.What, after.What)
	changed(a.say("web.fact.status"), status(before), status(after))
	names, from, to := []string{}, a.byName(before, nil), a.byName(after, nil)
	for _, f := range []fact{before, after} {
		a.byName(f, func(name string) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		})
	}
	for _, n := range names {
		changed(n, from[n], to[n])
	}
	changed(a.say("web.fact.when"), a.moment(before.On), a.moment(after.On))
	changed(a.say("web.past.until"), a.moment(before.To), a.moment(after.To))
	changed(a.say("web.fact.who"), before.Who, after.Who)
	if all == nil {
		all = []string{a.say("web.past.same")}
	}
	return all
}

// byName are the lines of a fact by their names; each is told in order.
func (a *ask) byName(f fact, each func(string)) map[string]string {
	m := map[string]string{}
	for _, l := range f.Lines {
		name := l.Label
		if l.Key != "" {
			name = a.say(l.Key)
		}
		for n := 2; m[name] != ""; n++ { // several of one name, such as notes
			name = fmt.Sprint(a.say(l.Key), " ", n)
		}
		m[name] = a.lineWords(l)
		if each != nil {
			each(name)
		}
	}
	return m
}

// past are the versions of an entry, the latest first, each with what it changed.
// now is the fact as it is, old what it was, the latest first.
func (a *ask) past(now fact, old []fact) (events []ui.Event) {
	all := append([]fact{now}, old...)
	for i, f := range all {
		e := ui.Event{ISO: f.Kept.Std().Format("2006-01-02"), When: a.Date(f.Kept), By: a.byline(f), Tags: a.standing(f)}
		if i+1 < len(all) {
			e.Heading, e.Body = a.say("web.past.then"), changesView(a.changes(all[i+1], f))
		} else {
			e.Heading, e.Body = a.say("web.past.first"), a.short(f)
		}
		events = append(events, e)
	}
	return events
}
