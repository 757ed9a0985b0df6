package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/chart"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// checkin.go asks how a hope is going, and shows how it went.

// monthly is how long a hope is left alone before home offers to say how it is going.
const monthly = 30 * 24 * time.Hour

type howPage struct {
	ui.Page
	Form   *form.Form // nil when the hope is no longer open
	Goal   plan.Piece
	All    []plan.CheckIn
	Aside  string // when the reader laid the form aside; "": they did not
	Figure *figure
}

// checksIn reports whether the reader's role has how hopes are going within reach.
func (a *ask) checksIn() bool {
	return consent.ReachOf(a.who.Role, a.why).Has("QuestionnaireResponse", "")
}

// howAt is where it is asked how a hope is going.
func (a *ask) howAt(goal string) string { return a.at("/plan/goal/" + goal + "/how") }

// howOf reads a hope and how it went.
func (s *Site) howOf(r *http.Request, a *ask) (p howPage, err error) {
	if !a.checksIn() {
		return p, fault.NotFound
	}
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		all, err := plan.Read(v, s.Door.EntryText)
		if err != nil {
			return err
		}
		goal := all.Goal(r.PathValue("id"))
		if goal == nil {
			return fault.NotFound
		}
		p.Goal, p.All = *goal, all.CheckInsOf(goal.Text)
		return nil
	})
	p.Figure = a.course(p.All)
	return p, err
}

func (a *ask) howForm(goal string) *form.Form {
	face := form.Field{Name: "face", Label: a.say("checkin.face"), As: form.Radios}
	for i, f := range plan.Faces() {
		face.Options = append(face.Options, form.Option{Value: f, Label: a.say("checkin.face." + f), Picture: chart.Face(i + 1)})
	}
	f := form.Of(a.say("checkin.title"), face,
		form.Field{Name: "words", Label: a.say("checkin.words"), Hint: a.say("checkin.words.hint"), As: form.Textarea, Max: 4000})
	f.Button, f.Later, f.Action = a.say("plan.save"), a.say("plan.later"), a.howAt(goal)
	return f
}

// showHow shows the form, where there is one, and how it went.
func (s *Site) showHow(w http.ResponseWriter, r *http.Request, a *ask, status int, p howPage) error {
	p.Page = s.page(r, a, a.say("checkin.title"))
	p.Page.Back = a.planBack("/plan")
	if p.Form != nil {
		p.Page = p.Form.In(p.Page)
	}
	return show(w, r, status, howView(p, a))
}

// how is GET …/plan/goal/{id}/how.
func (s *Site) how(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.howOf(r, a)
	if err != nil {
		return err
	}
	if p.Goal.Open() {
		p.Form = a.howForm(p.Goal.Text)
		if p.Aside, err = s.goOn(r, a, p.Form); err != nil {
			return err
		}
	}
	return s.showHow(w, r, a, http.StatusOK, p)
}

// checkIn is POST to the same. What was written while the hope was closed is kept too.
func (s *Site) checkIn(w http.ResponseWriter, r *http.Request, a *ask) error {
	if !a.checksIn() {
		return fault.NotFound
	}
	which := r.PathValue("id")
	f := a.howForm(which)
	bad := f.Read(r)
	made := id.New(int64(a.whom)) // not within the work, which may run twice
	if bad == nil {
		bad = s.open(r, a, func(_ context.Context, v record.View) error {
			v.Doing("plan")
			if f.LaidAside() != "" {
				p, err := plan.Read(v, s.Door.EntryText)
				if err == nil && p.Goal(which) == nil {
					err = fault.NotFound
				}
				return err
			}
			x := plan.CheckIn{Goal: which, Face: f.Value("face"), Words: tidy(f.Value("words"))}
			return plan.Say(v, s.Door.EntryText, made, s.Door.Text(a.whom), x, func(question string) string {
				if question == "" {
					return a.say("checkin.title")
				}
				return a.say("checkin." + question)
			})
		})
	}
	switch {
	case f.Took(bad):
		p, err := s.howOf(r, a)
		if err != nil {
			return err
		}
		p.Form = f
		return s.showHow(w, r, a, http.StatusUnprocessableEntity, p)
	case bad != nil:
		return bad
	case f.LaidAside() != "":
		return s.layAside(w, r, a, f.LaidAside())
	}
	if err := s.Accounts.Drop(r.Context(), a.who.Account, r.URL.Path); err != nil {
		return err
	}
	return on(w, r, a.howAt(which))
}

// checkInOf finds the check-in that an address names, if the reader may take it back.
func (a *ask) checkInOf(r *http.Request, p howPage) (x plan.CheckIn, err error) {
	i := slices.IndexFunc(p.All, func(x plan.CheckIn) bool { return x.Text == r.PathValue("check") && a.saidIt(x) })
	if i < 0 {
		return x, fault.NotFound
	}
	return p.All[i], nil
}

// saidIt reports whether the reader said it, and so may take it back. The door has the
// last word.
func (a *ask) saidIt(x plan.CheckIn) bool {
	if x.Theirs {
		return a.mine()
	}
	return !a.mine() && x.Entry.Author.Account == a.who.Account
}

// askTakeBack is GET …/how/{check}/remove.
func (s *Site) askTakeBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.howOf(r, a)
	if err != nil {
		return err
	}
	x, err := a.checkInOf(r, p)
	if err != nil {
		return err
	}
	page := s.page(r, a, a.say("checkin.mistake.title"))
	page.Back = &ui.Link{Text: a.say("checkin.title"), Href: a.howAt(p.Goal.Text)}
	return show(w, r, http.StatusOK, takeBackView(page, p.Goal, x, a))
}

// takeBack is POST to the same.
func (s *Site) takeBack(w http.ResponseWriter, r *http.Request, a *ask) error {
	if !a.checksIn() {
		return fault.NotFound
	}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		return plan.TakeBack(v, s.Door.EntryText, r.PathValue("id"), r.PathValue("check"))
	})
	if err != nil {
		return err
	}
	return on(w, r, a.howAt(r.PathValue("id")))
}

// latest is in a line how a hope was going when somebody last said so; "" for none, and
// for what is no hope. On paper the reader may be anybody, and nobody is "you".
func (a *ask) latest(p *plan.Plan, x plan.Piece, paper bool) string {
	if x.Part.Code != "goal" {
		return ""
	}
	all := p.CheckInsOf(x.Text)
	if len(all) == 0 {
		return ""
	}
	c := all[0]
	how := a.say("checkin.going." + c.Face)
	if c.Face == "" {
		how = a.say("checkin.going.words", "Words", alone(clip(tidy(c.Words), 100)))
	}
	if c.Theirs && a.mine() && !paper {
		return a.say("checkin.latest", "How", how, "Date", a.Date(c.At))
	}
	return a.say("checkin.latest.other", "How", how, "Who", alone(c.By), "Date", a.Date(c.At))
}

// saidBy is whose words a check-in is in: the person's own are marked as theirs.
func (a *ask) saidBy(c plan.CheckIn) string {
	if c.Theirs {
		return a.hers("checkin.by.theirs", "Name", alone(c.By))
	}
	return a.say("checkin.by", "Who", alone(c.By))
}

// howRows are all check-ins, each with a way to take it back for whoever said it.
func (a *ask) howRows(p howPage) (rows []ui.Row) {
	for _, c := range p.All {
		row := ui.Row{Key: a.Date(c.At), Value: checkInView(c, a), Source: a.saidBy(c)}
		if a.saidIt(c) {
			row.Actions = []ui.Link{{Text: a.say("checkin.mistake"), Hidden: ": " + a.Date(c.At), Href: a.at("/plan/goal/" + p.Goal.Text + "/how/" + c.Text + "/remove")}}
		}
		rows = append(rows, row)
	}
	return rows
}

// course is the picture of what was said with faces; nil for less than two.
func (a *ask) course(all []plan.CheckIn) *figure {
	theirs, others := chart.Line{Name: a.say("checkin.chart.you")}, chart.Line{Name: a.say("checkin.chart.others")}
	var drawn []plan.CheckIn
	for _, c := range slices.Backward(all) {
		if c.Face == "" {
			continue
		}
		drawn = append(drawn, c)
		point := chart.Point{At: int64(c.At), Value: float64(c.Level()), When: a.short2(c.At.FHIR())}
		if !c.Theirs {
			others.Points = append(others.Points, point)
			continue
		}
		theirs.Points = append(theirs.Points, point)
		if !a.mine() {
			theirs.Name = alone(c.By)
		}
	}
	if len(drawn) < 2 {
		return nil
	}
	t := chart.Course{ID: "picture-how", Title: a.courseFound(drawn), Desc: a.N("checkin.chart.count", len(drawn), nil)}
	for _, f := range plan.Faces() {
		t.Steps = append(t.Steps, a.say("checkin.face."+f))
	}
	for _, l := range []chart.Line{theirs, others} {
		if len(l.Points) > 0 {
			t.Lines = append(t.Lines, l)
		}
	}
	return &figure{t.ID, t.Title, t.SVG()}
}

// courseFound says what the picture shows: of the person's own if they said it twice, for
// one may see it otherwise than another.
func (a *ask) courseFound(all []plan.CheckIn) string {
	own := slices.DeleteFunc(slices.Clone(all), func(c plan.CheckIn) bool { return !c.Theirs })
	of := func(all []plan.CheckIn) []any {
		first, last := all[0], all[len(all)-1]
		return []any{"First", alone(a.faceOf(first)), "From", a.Date(first.At), "Last", alone(a.faceOf(last)), "To", a.Date(last.At)}
	}
	if len(own) > 1 {
		return a.hers("checkin.chart.own", append(of(own), "Name", alone(own[0].By))...)
	}
	return a.say("checkin.chart", of(all)...)
}

func (a *ask) faceOf(c plan.CheckIn) string { return a.say("checkin.face." + c.Face) }

// offered is the open hope of which the person has said nothing for longest, if that is a
// month: they may say how it is going, and need not.
func (a *ask) offered(p *plan.Plan) *ui.Link {
	if !a.mine() {
		return nil
	}
	var longest *plan.Piece
	since := a.now.Add(-monthly)
	for _, x := range p.Of("goal") {
		last := x.Entry.At
		for _, c := range p.CheckInsOf(x.Text) {
			if c.Theirs {
				last = max(last, c.At)
			}
		}
		if x.Open() && last < since {
			longest, since = &x, last
		}
	}
	if longest == nil {
		return nil
	}
	return &ui.Link{Text: a.say("checkin.offer", "What", alone(a.about(*longest))), Href: a.howAt(longest.Text)}
}
