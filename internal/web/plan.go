package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// plan.go shows a person's plan: on a page, About me, and what to do if things get
// worse. planedit.go changes its pieces, planagree.go is about its versions.

type planPage struct {
	ui.Page
	*plan.Plan
	State   string // of the latest version, as a sentence
	Note    string // what the person said to it
	NoteBy  string
	Changed string               // how much is new since, as a sentence; "" when nothing is
	Looked  clock.Time           // when the reader looked at it last, on an earlier visit; 0: never
	New     string               // how much others wrote since, as a sentence; "" when nothing
	Reply   string               // where the person answers; "" when there is nothing to answer, or it is not theirs
	Lay     string               // where a new version is made
	Beside  []plan.Received      // what other systems sent, and nobody took into the plan
	Aside   []ui.Link            // what the reader laid aside
	Told    map[string]plan.Told // About me, by heading, as other systems sent it
	Prompts []promptRow          // questions of those in the circle
	Used    string               // how often what was told was used, as a sentence; "" for never
}

// plan is GET …/plan.
func (s *Site) plan(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.planOf(r, a, "plan")
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.hers("plan.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("")
	return show(w, r, http.StatusOK, planView(p, a))
}

func (s *Site) planOf(r *http.Request, a *ask, doing string) (p planPage, err error) {
	err = s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing(doing)
		p = planPage{}
		if p.Plan, err = plan.Read(v, s.Door.EntryText); err != nil {
			return err
		}
		if p.Told, err = plan.Elsewhere(v); err != nil {
			return err
		}
		if doing == "about-me" {
			p.Used, err = s.usedSoFar(a, v)
			return err
		}
		sent, err := plan.Others(v, s.Door.EntryText, s.Door.EntryID)
		if p.Beside = p.Plan.Beside(sent); err != nil || doing != "plan" {
			return err
		}
		if p.Prompts, err = s.promptsOf(ctx, a, v); err != nil {
			return err
		}
		p.Looked, err = v.Before(ctx, "plan")
		return err
	})
	if err != nil {
		return p, err
	}
	a.planState(&p)
	a.newOf(&p)
	drafts, err := s.Accounts.Kept(r.Context(), a.who.Account)
	for _, d := range drafts {
		if d.Aside && strings.HasPrefix(d.Path, a.base+"/plan/") {
			p.Aside = append(p.Aside, ui.Link{Text: a.say("plan.aside", "Date", a.DateTime(d.At)), Href: a.to(d.Path)})
		}
	}
	return p, err
}

// planState says how it stands with the latest version.
func (a *ask) planState(p *planPage) {
	if p.Version == nil {
		p.State = a.say("plan.none-yet")
		if !p.Empty() {
			p.State, p.Lay = a.say("plan.draft"), a.at("/plan/version")
		}
		return
	}
	p.State = a.say("plan.version", "N", strconv.Itoa(p.Version.N), "Date", a.Date(p.Version.At), "By", alone(p.Version.By))
	if x := p.Answer(); x != nil {
		p.State += " " + a.say("plan.said."+x.Say, "Who", alone(x.By), "Date", a.Date(x.At))
		p.Note, p.NoteBy = x.Note, x.By
	} else {
		p.State += " " + a.hers("plan.said.nothing", "Name", alone(a.subject.Name))
	}
	if a.mine() || a.why == consent.Carer {
		p.Reply = a.at("/plan/answer")
	}
	if n := p.ChangedSince(); n > 0 {
		p.Changed, p.Lay = a.N("plan.changed", n, nil), a.at("/plan/version")
	}
}

// newOf says how much others wrote since the reader looked at the plan last.
func (a *ask) newOf(p *planPage) {
	n := 0
	for _, x := range p.Pieces {
		if a.isNew(p, x) {
			n++
		}
	}
	for _, x := range p.CheckIns {
		if a.newTo(p.Looked, x.Entry) {
			n++
		}
	}
	if n > 0 {
		p.New = a.N("plan.new-to-you", n, map[string]any{"Date": a.Date(p.Looked)})
	}
}

// isNew reports whether somebody else wrote a piece since the reader looked last.
func (a *ask) isNew(p *planPage, x plan.Piece) bool { return a.newTo(p.Looked, x.Entry) }

// newTo reports whether somebody else wrote an entry since the reader looked.
func (a *ask) newTo(looked clock.Time, e record.Entry) bool {
	by := e.Author.Account
	return looked != 0 && e.At > looked && by != a.who.Account && !(a.mine() && by == record.ThePerson)
}

// planBack leads from a page of the plan: to what it belongs to.
func (a *ask) planBack(under string) *ui.Link {
	switch {
	case under != "":
		return &ui.Link{Text: a.hers("plan.title", "Name", alone(a.subject.Name)), Href: a.at(under)}
	case a.why == consent.Care:
		return &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	}
	return &ui.Link{Text: a.say("nav.home"), Href: a.at("")}
}

// aboutMe is GET …/about.
func (s *Site) aboutMe(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.planOf(r, a, "about-me")
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.hers("plan.about.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("")
	w.Header().Set("Content-Security-Policy", pagePolicy+"; media-src 'self'")
	return show(w, r, http.StatusOK, aboutView(p, a))
}

// worse is GET …/plan/worse: whom to call, before anything else.
func (s *Site) worse(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.planOf(r, a, "plan")
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("plan.worse.title"))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, worseView(p, a))
}

// writes reports whether the reader may write pieces of a part: what the person says of
// themselves is theirs, and of whoever acts for them. The door has the last word.
func (a *ask) writes(x *plan.Part) bool {
	return a.mine() || a.why == consent.Carer || !x.Theirs || x.Code == "goal"
}

// answers are what a piece says besides its heading, as rows.
func (a *ask) answers(x plan.Piece) (rows []ui.Row) {
	for _, q := range x.Part.Asks {
		said := x.Said[q.Code]
		if said == "" || q.Code == headOf(x.Part) || q.As == plan.Under {
			continue
		}
		switch q.As {
		case plan.Choice:
			if said == q.Options[0] && q.Code == "status" {
				continue // as usual
			}
			said = a.say("plan." + q.Code + "." + said)
		case plan.Day:
			said = a.day(said)
		case plan.Who:
			said = a.doer(x)
		}
		rows = append(rows, ui.Row{Key: a.asked(x.Part, q.Code), Value: ui.Said(tidy(said))})
	}
	return rows
}

// headOf is the question whose answer stands at the head of a piece; "" for those whose
// heading is the part's.
func headOf(x *plan.Part) string {
	switch {
	case x.Ask("title") != nil:
		return "title"
	case x.Ask("words") != nil:
		return "words"
	}
	return ""
}

// asked is what a question of a part is called.
func (a *ask) asked(x *plan.Part, question string) string {
	if x.About() {
		return a.say("plan.about." + question)
	}
	return a.say("plan." + x.Code + "." + question)
}

// colon ends a question that has no mark of its own.
func colon(asked string) string {
	if strings.HasSuffix(asked, "?") {
		return asked
	}
	return asked + ":"
}

// doer is who does an action.
func (a *ask) doer(x plan.Piece) string {
	if x.Said["who"] == plan.ThePerson {
		return a.hers("plan.who.me", "Name", alone(a.subject.Name))
	}
	return tidy(x.Said["name"])
}

// wrote says who wrote a piece last, and when.
func (a *ask) wrote(x plan.Piece) string {
	return a.say("plan.wrote", "Who", alone(x.Entry.Author.Name), "Date", a.Date(x.Entry.At))
}

// toldAt says where and when something was said elsewhere.
func (a *ask) toldAt(x plan.Told) string {
	return a.say("plan.told", "Source", alone(x.Source), "Date", a.day(x.On))
}

// overdue reports whether an action should be done by now.
func (a *ask) overdue(x plan.Piece) bool {
	return x.Part.Code == "action" && x.Todo() && x.Said["when"] != "" && x.Said["when"] < a.now.FHIR()[:10]
}

// tagsOf are what to see of a piece at a glance.
func (a *ask) tagsOf(p *planPage, x plan.Piece) (tags []ui.Tag) {
	if s := x.Said["status"]; s != "" && s != x.Part.Ask("status").Options[0] {
		tags = append(tags, ui.Tag{Text: a.say("plan.status." + s)})
	}
	if a.overdue(x) {
		tags = append(tags, ui.Tag{Text: a.say("plan.overdue"), Colour: ui.Late})
	}
	switch {
	case a.isNew(p, x):
		tags = append(tags, ui.Tag{Text: a.say("plan.new-to-you.tag"), Colour: ui.Notice})
	case p.Plan.Changed(x):
		tags = append(tags, ui.Tag{Text: a.say("plan.new-since"), Colour: ui.Notice})
	}
	return tags
}

// pieceOf finds what an address names: a piece of a part, or the one that there is of a
// part without many. It is NotFound to whoever does not write such pieces.
func (a *ask) pieceOf(r *http.Request, p *plan.Plan) (x plan.Piece, err error) {
	part, which := plan.PartOf(r.PathValue("part")), r.PathValue("id")
	if part == nil || !a.writes(part) || (which != "" && !part.Many) {
		return x, fault.NotFound
	}
	x = plan.Piece{Part: part, Said: map[string]string{}}
	for _, had := range p.Of(part.Code) {
		if had.Text == which || !part.Many {
			return had, nil
		}
	}
	if which != "" {
		return x, fault.NotFound
	}
	return x, nil
}

// doers are whom an action can be given to, by the value that stands for each.
func (a *ask) doers(v record.View) (values, names []string) {
	values, names = []string{plan.ThePerson}, []string{a.hers("plan.who.me", "Name", alone(a.subject.Name))}
	for _, m := range circle.Of(v) {
		if !m.Past && !slices.Contains(names, m.Name) {
			values, names = append(values, m.ID), append(names, m.Name)
		}
	}
	return values, names
}

// writeAt and removeAt are where a piece is changed and taken out.
func (a *ask) writeAt(x plan.Piece) string  { return a.at(pathOf(x) + "/write") }
func (a *ask) removeAt(x plan.Piece) string { return a.at(pathOf(x) + "/remove") }

func pathOf(x plan.Piece) string {
	if x.Part.Many {
		return "/plan/" + x.Part.Code + "/" + x.Text
	}
	return "/plan/" + x.Part.Code
}

// about tells a piece from its neighbours, for links that are read out alone.
func (a *ask) about(x plan.Piece) string {
	if !x.Part.Many {
		return a.partTitle(x.Part)
	}
	return clip(tidy(x.Said[headOf(x.Part)]), 60)
}

// nameOf tells the piece that others hang under from its neighbours; "" for none.
func (a *ask) nameOf(p *plan.Plan, under string) string {
	for _, x := range p.Pieces {
		if x.Text == under {
			return a.about(x)
		}
	}
	return ""
}

// clashBy is who wrote the other version, and when.
func (a *ask) clashBy(x pieceClash) string {
	if x.Theirs.Text == "" {
		return a.say("plan.gone")
	}
	return a.wrote(x.Theirs)
}

// sep goes before what is added to an address that at made.
func sep(a *ask) string {
	if a.lang == "" {
		return "?"
	}
	return "&"
}

func numeral(n int) string { return strconv.Itoa(n) }
