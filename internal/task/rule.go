package task

import (
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// sayings are what a state means for whoever cannot make a move from it.
var sayings = map[string]string{
	Asked:    "This waits for an answer of whoever was asked.",
	Taken:    "This was taken on already.",
	Begun:    "This was begun already.",
	Declined: "This was declined. Ask somebody else.",
	Done:     "This is done. Ask anew if more is needed.",
	Returned: "This was given back. Ask somebody else.",
	Stopped:  "This was stopped by whoever asked.",
}

func errNow(status string) error {
	return fault.New(fault.Refused, sayings[status]+" Look at it again.")
}

var (
	errSide  = fault.New(fault.Refused, "Only whoever was asked can say that, or whoever asked, as the case may be.")
	errFixed = fault.New(fault.Refused, "What was asked, of whom and by whom stays as it was. Stop this and ask anew.")
	errStays = fault.New(fault.Refused, "Work that was asked for stays in the record. Stop it instead.")
	errNotes = fault.New(fault.Refused, "What was said stays said. Add something new.")
	errFirst = fault.New(fault.Refused, "New work begins by asking, in your own name or that of your team or organisation.")
)

// Rule is the rule of the door for work; everything else is for rest. It holds whichever
// edge a change comes through.
func Rule(rest func(record.Edit) error) func(record.Edit) error {
	return func(e record.Edit) error {
		was, now := is(e.Old.Doc), is(e.New.Doc)
		theirs := e.Own || e.Who.For != 0
		switch {
		case !was && !now || e.Old.Source != "":
			return rest(e)
		case e.New.Doc == nil:
			return errStays
		case was != now && e.Old.Version != 0:
			return errFixed
		}
		w := read(e.New.Doc)
		if e.Old.Version == 0 {
			asks := w.Asker == (consent.Party{}) && theirs || w.Asker != (consent.Party{}) && !theirs && e.Who.Is(w.Asker)
			if w.Status != Asked || len(w.Notes) > 0 || w.Outcome != "" || !asks {
				return errFirst
			}
			return nil
		}
		return moved(read(e.Old.Doc), w, e.Who, theirs)
	}
}

// moved judges what became of a piece of work.
func moved(old, w Work, who consent.Actor, theirs bool) error {
	if old.What != w.What || old.Why != w.Why || old.Asker != w.Asker || old.Doer != w.Doer || old.AskedBy != w.AskedBy ||
		old.DoneBy != w.DoneBy || old.By != w.By || old.AnswerBy != w.AnswerBy || old.Service != w.Service || !slices.Equal(old.Told, w.Told) {
		return errFixed
	}
	if len(w.Notes) < len(old.Notes) || !slices.Equal(w.Notes[:len(old.Notes)], old.Notes) {
		return errNotes
	}
	side, known := old.SideOf(who, theirs), false
	for _, m := range moves {
		to := m.To
		if to == "" {
			to = old.Status
		}
		if to != w.Status || !slices.Contains(m.From, old.Status) {
			continue
		}
		if known = true; m.By&side != 0 {
			return nil
		}
	}
	if known {
		return errSide
	}
	return errNow(old.Status)
}
