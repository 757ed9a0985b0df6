package web

import (
	"context"
	"net/http"
	"strconv"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// planagree.go is about the versions of a plan: making one, answering it, comparing two.

// layVersion is POST …/plan/version.
func (s *Site) layVersion(w http.ResponseWriter, r *http.Request, a *ask) error {
	made := id.New(int64(a.whom))
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan-version")
		return plan.Lay(v, s.Door.EntryText, made, s.Door.Text(a.whom), a.say("plan.title"))
	})
	if err != nil {
		return err
	}
	return on(w, r, a.at("/plan"))
}

// answersPlan is for the person and whoever acts for them. To others there is no such page.
func (a *ask) answersPlan() bool { return a.mine() || a.why == consent.Carer }

func (a *ask) replyForm(version int) *form.Form {
	f := form.Of(a.say("plan.reply.title"),
		form.Field{Name: "say", Label: a.say("plan.reply.say"), As: form.Radios, Options: []form.Option{
			{Value: plan.Agreed, Label: a.say("plan.reply.agreed")},
			{Value: plan.WithANote, Label: a.say("plan.reply.noted")},
			{Value: plan.NotYet, Label: a.say("plan.reply.not-yet"), Hint: a.say("plan.reply.not-yet.hint")},
		}},
		form.Field{Name: "note", Label: a.say("plan.reply.note"), Hint: a.say("plan.reply.note.hint"), As: form.Textarea, Max: 4000},
		form.Field{Name: "version", As: form.Hidden, Value: strconv.Itoa(version)})
	f.Button, f.Action = a.say("plan.reply.button"), a.at("/plan/answer")
	return f
}

// askReply is GET …/plan/answer.
func (s *Site) askReply(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.planOf(r, a, "plan")
	if err != nil {
		return err
	}
	if !a.answersPlan() || p.Version == nil {
		return fault.NotFound
	}
	f := a.replyForm(p.Version.N)
	if x := p.Plan.Answer(); x != nil {
		f.Set("say", x.Say).Set("note", x.Note)
	}
	p.Page = s.page(r, a, f.Title)
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, replyView(p, f, a))
}

// reply is POST …/plan/answer.
func (s *Site) reply(w http.ResponseWriter, r *http.Request, a *ask) error {
	if !a.answersPlan() {
		return fault.NotFound
	}
	f := a.replyForm(0)
	bad := f.Read(r)
	made := id.New(int64(a.whom))
	if bad == nil {
		n, _ := strconv.Atoi(f.Value("version"))
		bad = s.open(r, a, func(_ context.Context, v record.View) error {
			v.Doing("plan-answer")
			return plan.Reply(v, s.Door.EntryText, made, s.Door.Text(a.whom), plan.Answer{Version: n, Say: f.Value("say"), Note: tidy(f.Value("note"))})
		})
	}
	if !f.Took(bad) {
		if bad != nil {
			return bad
		}
		return on(w, r, a.at("/plan"))
	}
	p, err := s.planOf(r, a, "plan")
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, f.Title)
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusUnprocessableEntity, replyView(p, f, a))
}

type versionsPage struct {
	ui.Page
	Versions []versionRow
	Shown    *versionRow // nil: the list
	Before   int
	Changes  []change
}

type versionRow struct {
	*plan.Version
	Says    string // what the person said to it
	Note    string
	Compare string // where it is compared with the one before
}

// A change is what became of one piece between two versions.
type change struct {
	Part     *plan.Part
	Was, Is  *plan.Piece
	New, Old bool // came, went; neither: changed
}

// versions is GET …/plan/versions: which there were, and what was said to each.
func (s *Site) versions(w http.ResponseWriter, r *http.Request, a *ask) error {
	if r.URL.Query().Has("n") {
		return s.version(w, r, a)
	}
	p := versionsPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("plan")
		p.Versions, err = s.versionRows(ctx, a, v)
		return err
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("plan.versions.title"))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, versionsView(p, a))
}

func (s *Site) versionRows(ctx context.Context, a *ask, v record.View) (rows []versionRow, err error) {
	all, err := plan.Versions(ctx, v)
	if err != nil {
		return nil, err
	}
	p, err := plan.Read(v, s.Door.EntryText)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		row := versionRow{Version: x, Says: a.hers("plan.said.nothing", "Name", alone(a.subject.Name)), Compare: a.at("/plan/versions") + sep(a) + "n=" + strconv.Itoa(x.N)}
		for _, said := range p.Answers {
			if said.Version == x.N {
				row.Says, row.Note = a.say("plan.said."+said.Say, "Who", alone(said.By), "Date", a.Date(said.At)), said.Note
				break // the latest stands
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// version is GET …/plan/versions?n=: what is new in it since the one before.
func (s *Site) version(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := versionsPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("plan")
		p = versionsPage{}
		rows, err := s.versionRows(ctx, a, v)
		if err != nil {
			return err
		}
		for i := range rows {
			if strconv.Itoa(rows[i].N) != r.URL.Query().Get("n") {
				continue
			}
			p.Shown = &rows[i]
			is, err := rows[i].Was(ctx, v, s.Door.EntryText, s.Door.EntryID)
			if err != nil {
				return err
			}
			var was []plan.Piece
			if i+1 < len(rows) {
				p.Before = rows[i+1].N
				if was, err = rows[i+1].Was(ctx, v, s.Door.EntryText, s.Door.EntryID); err != nil {
					return err
				}
			}
			p.Changes = changesOf(was, is)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.Shown == nil {
		return fault.NotFound
	}
	p.Page = s.page(r, a, a.say("plan.version.title", "N", strconv.Itoa(p.Shown.N)))
	p.Page.Back = &ui.Link{Text: a.say("plan.versions.title"), Href: a.at("/plan/versions")}
	return show(w, r, http.StatusOK, versionView(p, a))
}

// changesOf is what became of each piece, in the order of the parts.
func changesOf(was, is []plan.Piece) (all []change) {
	find := func(all []plan.Piece, text string) *plan.Piece {
		for i := range all {
			if all[i].Text == text {
				return &all[i]
			}
		}
		return nil
	}
	for _, part := range plan.Parts() {
		for i := range is {
			old := find(was, is[i].Text)
			if is[i].Part == part && (old == nil || old.Entry.At != is[i].Entry.At) {
				all = append(all, change{Part: part, Was: old, Is: &is[i], New: old == nil})
			}
		}
		for i := range was {
			if was[i].Part == part && find(is, was[i].Text) == nil {
				all = append(all, change{Part: part, Was: &was[i], Old: true})
			}
		}
	}
	return all
}

// printPlan is GET …/plan/print: on one side of paper, in large print or as easy read.
func (s *Site) printPlan(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := printPage{What: "plan", Size: r.URL.Query().Get("size")}
	if p.Size == easyRead {
		return s.easyPlan(w, r, a)
	}
	for _, x := range prints {
		if x.Code == p.Size {
			p.Class = x.Class
		}
	}
	if p.Size == "" {
		p.Size, p.Class = prints[0].Code, prints[0].Class
	}
	if p.Class == "" {
		return fault.NotFound
	}
	all, err := s.planOf(r, a, "print")
	if err != nil {
		return err
	}
	beside, room := a.besideSheet(&all), oneSide-4
	if len(beside.Items) > 0 {
		room-- // to say at least how much was sent
	}
	p.Made, p.Parts = a.Date(a.now), a.planSheet(&all, true, true)
	if p.Size == prints[0].Code && tallest(p.Parts) > room { // what is seen elsewhere gives way first
		p.Parts = a.planSheet(&all, true, false)
	}
	if p.Size == prints[0].Code && tallest(p.Parts) > room { // and then how it is going
		p.Parts = a.planSheet(&all, false, false)
	}
	if p.Size == prints[0].Code {
		for _, x := range p.Parts {
			for i := range x.Items {
				if x.Code != "worse" && x.Code != "state" { // what keeps them safe, and what they said of it, is whole
					x.Items[i] = clip(x.Items[i], 400)
				}
			}
		}
		fit(p.Parts, room)
		for len(beside.Items) > 0 && tallest(append(p.Parts[:len(p.Parts):len(p.Parts)], beside)) > oneSide-4 {
			beside.Items, beside.More = beside.Items[:len(beside.Items)-1], beside.More+1
		}
	}
	switch {
	case len(beside.Items) > 0:
		p.Parts = append(p.Parts, beside)
	case beside.More > 0:
		p.Parts[0].Items = append(p.Parts[0].Items, a.N("planin.left", beside.More, nil))
	}
	p.Page = s.page(r, a, a.hers("plan.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, planPrintView(p, a))
}

// planSheet is the plan for paper: what to do if things get worse before all else, and a
// different view of the person's beside what it is about. going says whether to tell how
// hopes are going, shown whether to name pictures, sounds and films.
func (a *ask) planSheet(p *planPage, going, shown bool) (parts []sheetPart) {
	add := func(code, title string, items ...string) {
		if len(items) > 0 {
			parts = append(parts, sheetPart{Code: code, Title: title, Items: items})
		}
	}
	state := []string{p.State}
	if p.Note != "" {
		state = append(state, alone(p.NoteBy)+": "+alone(p.Note))
	}
	add("state", a.say("plan.sheet.state"), state...)
	for _, code := range []string{"worse", "important", "communicate", "please", "strengths", "need", "goal", "action", "wishes"} {
		part := plan.PartOf(code)
		var items []string
		for _, x := range p.Of(code) {
			if s := x.Said["status"]; s == "cancelled" || s == "completed" {
				continue
			}
			line := a.inOneLine(x)
			if latest := a.latest(p.Plan, x, true); going && latest != "" {
				line += " · " + latest
			}
			items = append(items, line)
		}
		for _, x := range p.ShownUnder(code) {
			if shown {
				items = append(items, a.shownIn(x))
			}
		}
		title := a.partTitle(part)
		if part.Many && code != "worse" {
			title = a.say("plan.sheet." + code)
		}
		add(code, title, items...)
	}
	return parts
}

// inOneLine is a piece as a sentence or two.
func (a *ask) inOneLine(x plan.Piece) string {
	line := tidy(x.Said[headOf(x.Part)])
	for _, row := range x.Part.Asks {
		said := tidy(x.Said[row.Code])
		switch {
		case said == "" || row.Code == headOf(x.Part):
			continue
		case row.As == plan.Who:
			said = a.doer(x)
		case row.As == plan.Day:
			said = a.day(said)
		case row.As != plan.Words && row.As != plan.Line:
			continue
		case row.Code == "helped":
			continue
		}
		if line != "" {
			line += " · "
		}
		line += colon(a.asked(x.Part, row.Code)) + " " + said
	}
	return line
}
