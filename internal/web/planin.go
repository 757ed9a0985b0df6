package web

import (
	"net/http"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// planin.go shows what other systems sent about a plan in its place, and takes it in.

// besideIn are what others sent for a part, and nobody took in.
func (p *planPage) besideIn(part string) (all []plan.Received) {
	for _, x := range p.Beside {
		if x.Part.Code == part {
			all = append(all, x)
		}
	}
	return all
}

// besideOf are the same, each entry's together.
func (p *planPage) besideOf(part string) (all [][]plan.Received) {
	at := map[string]int{}
	for _, x := range p.besideIn(part) {
		i, met := at[x.Text]
		if !met {
			i = len(all)
			at[x.Text], all = i, append(all, nil)
		}
		all[i] = append(all[i], x)
	}
	return all
}

// takes reports whether the reader may take into a part what others sent: what is in the
// person's words only they do, and whoever acts for them.
func (a *ask) takes(x *plan.Part) bool { return a.writes(x) && (!x.Theirs || a.answersPlan()) }

// takeAt is where something is taken in.
func (a *ask) takeAt(x plan.Received) string {
	return a.at("/plan/"+x.Part.Code+"/write") + sep(a) + "from=" + x.Key
}

// besideHead is what something says first.
func (a *ask) besideHead(x plan.Received) string {
	head := tidy(x.Said[headOf(x.Part)])
	if head == "" {
		head = a.partTitle(x.Part)
	}
	return clip(head, 400)
}

func (a *ask) besideRows(x plan.Received) []ui.Row {
	rows := a.answers(plan.Piece{Part: x.Part, Said: x.Said})
	if when := a.besideWhen(x); when != "" {
		rows = append(rows, ui.Row{Key: a.say("planin.when"), Value: ui.Said(when)})
	}
	return rows
}

// besideWhen is when something is to be, where the part does not ask for it.
func (a *ask) besideWhen(x plan.Received) string {
	if day := a.day(x.When); day != "" {
		return day
	}
	return clip(tidy(x.When), 400)
}

// besideTags are what to see of it at a glance: that it is not to be done, and how it
// stands.
func (a *ask) besideTags(x plan.Received) (tags []ui.Tag) {
	if x.Not {
		tags = append(tags, ui.Tag{Text: a.say("planin.not"), Colour: ui.Late})
	}
	if x.Status != "" && x.Status != "active" {
		tags = append(tags, ui.Tag{Text: a.status(x.Status)})
	}
	return tags
}

// sentBy says who sent it, and when it was written there.
func (a *ask) sentBy(x plan.Received) string {
	if day := a.day(x.On); day != "" {
		return a.say("plan.told", "Source", alone(x.Source), "Date", day)
	}
	return alone(x.Source)
}

// besideSheet is what others sent and nobody took in, for paper: what to do if something
// happens first, and not what is done.
func (a *ask) besideSheet(p *planPage) sheetPart {
	sheet := sheetPart{Code: "beside", Title: a.say("planin.sheet")}
	for _, worse := range []bool{true, false} {
		for _, x := range p.Beside {
			if (x.Part.Code == "worse") == worse && x.Said["status"] != "completed" {
				sheet.Items = append(sheet.Items, clip(a.besideLine(x), 400))
			}
		}
	}
	return sheet
}

// besideLine is something that was sent as a sentence or two, for paper.
func (a *ask) besideLine(x plan.Received) string {
	line := a.inOneLine(plan.Piece{Part: x.Part, Said: x.Said})
	if x.Not {
		line = a.say("planin.not") + ": " + line
	}
	if when := a.besideWhen(x); when != "" {
		line += " · " + colon(a.say("planin.when")) + " " + when
	}
	return a.partTitle(x.Part) + ": " + line + " (" + a.sentBy(x) + ")"
}

// tookOf finds what a form is to be filled from; nil when nothing is named, or what is
// named is no longer sent so: what was typed is saved all the same. Whoever may not take
// it in is told that there is no such page.
func (s *Site) tookOf(r *http.Request, a *ask, v record.View, p *plan.Plan, x plan.Piece) (*plan.Received, error) {
	from := r.URL.Query().Get("from")
	if from == "" {
		return nil, nil
	}
	if !a.takes(x.Part) || x.Text != "" && x.Part.Many {
		return nil, fault.NotFound
	}
	all, err := plan.Others(v, s.Door.EntryText, s.Door.EntryID)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		switch {
		case one.Key != from || one.Part != x.Part:
		case r.Method == http.MethodGet && p.Took(one) != nil:
			return nil, fault.New(fault.Stale, "This was taken into the plan already. Look at the plan again.")
		default:
			return &one, nil
		}
	}
	if r.Method == http.MethodGet {
		return nil, fault.NotFound
	}
	return nil, nil
}

// prefill puts what another system sent into a piece, for its writer to change and save.
func (a *ask) prefill(x *plan.Piece, p *plan.Plan, from plan.Received) {
	said := map[string]string{}
	for code, words := range x.Said {
		said[code] = words
	}
	x.Said = said
	for _, q := range x.Part.Asks {
		words := tidy(from.Said[q.Code])
		switch {
		case words == "":
		case q.As == plan.Words || q.As == plan.Line:
			said[q.Code] = together(said[q.Code], words)
		case said[q.Code] == "":
			said[q.Code] = words
		}
	}
	if said["name"] = tidy(from.Said["name"]); said["who"] != plan.ThePerson && x.Part.Ask("who") != nil {
		said["who"] = clip(said["name"], 99)
		said["name"] = said["who"]
	}
	if len(said["when"]) > 10 {
		said["when"] = said["when"][:10]
	}
	if when := a.besideWhen(from); when != "" && x.Part.Ask("how") != nil {
		said["how"] = together(said["how"], colon(a.say("planin.when"))+" "+when)
	}
	if from.Not {
		said[headOf(x.Part)] = a.say("planin.not") + ": " + said[headOf(x.Part)]
	}
	if to := p.Hangs(from); to != "" {
		said["under"] = to
	}
}

// takesIn makes a form one that takes in what another system sent.
func (a *ask) takesIn(f *pieceForm, from *plan.Received) {
	if f.Sent = from; from == nil {
		return
	}
	f.Action = a.at("/plan/"+f.Part.Code+"/write") + sep(a) + "from=" + from.Key
}

// draftAt is where what is laid aside of a form belongs: that of one thing which was sent
// is not mixed with another's.
func draftAt(r *http.Request) string {
	if from := r.URL.Query().Get("from"); from != "" && !strings.ContainsAny(from, "?&#%/ ") {
		return r.URL.Path + "?from=" + from
	}
	return r.URL.Path
}
