package web

import (
	"strconv"

	"onestory/internal/web/ui"
)

// workLine is a piece of work in a sentence: whose, of whom, by when.
func (a *ask) workLine(x workRow) string {
	line := a.say("work.line", "Asker", alone(x.AskedBy), "Doer", alone(x.DoneBy))
	if x.Whose != "" {
		line = alone(x.Whose) + ". " + line
	}
	if x.By != "" {
		line += " " + a.say("work.line.by", "Date", a.day(x.By))
	}
	return line
}

// workCard is a piece of work in a list.
func (a *ask) workCard(x workRow, level int) ui.Card {
	return ui.Card{Heading: clip(tidy(x.What), 120), Href: x.Href, Text: a.workLine(x), Level: level, Tags: x.Tags}
}

// workFacts are what there is to know of one piece of work.
func (a *ask) workFacts(p workPage) (rows []ui.Row) {
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.Row{Key: a.say(key), Value: ui.Said(value)})
		}
	}
	add("work.why", tidy(p.Why))
	add("work.asker", p.AskedBy)
	add("work.doer", p.DoneBy)
	add("work.since", p.Since)
	if p.Status == "requested" {
		add("work.answer-by", a.day(p.AnswerBy))
	}
	add("work.by", a.day(p.By))
	add("work.reason", tidy(p.Reason))
	add("work.outcome", tidy(p.Outcome))
	return rows
}

func numeral64(n int64) string { return strconv.FormatInt(n, 10) }
