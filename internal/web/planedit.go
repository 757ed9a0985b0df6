package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// planedit.go writes the pieces of a plan, one at a time. Two people who write one piece
// at once get both versions side by side.

// somebodyElse is the choice of whoever is in no list.
const somebodyElse = "other"

// A pieceForm is a form for a piece, and what it needs to know of the plan.
type pieceForm struct {
	*form.Form
	plan.Piece
	names map[string]string // of whom an action can be given to
	Aside string            // when its reader laid it aside; "": they did not
	Ask   string            // the question of an organisation that led here; "" for none
	Sent  *plan.Received    // what another system sent that it is made from; nil: nothing
}

// formFor is the form for a piece.
func (a *ask) formFor(x plan.Piece, p *plan.Plan, values, names []string) pieceForm {
	f := pieceForm{Piece: x, names: map[string]string{}}
	var fields []form.Field
	for _, q := range x.Part.Asks {
		if q.Code == "status" && x.Text == "" {
			continue // what is new is as usual
		}
		one := form.Field{Name: q.Code, Label: a.asked(x.Part, q.Code), Value: x.Said[q.Code], Max: 4000}
		if hint := a.say("plan." + x.Part.Code + "." + q.Code + ".hint"); hint != "plan."+x.Part.Code+"."+q.Code+".hint" {
			one.Hint = hint
		}
		switch q.As {
		case plan.Words:
			one.As = form.Textarea
		case plan.Line:
			one.Max = 200
		case plan.Day:
			one.As, one.Max = form.Date, 0
		case plan.Choice:
			one.As = form.Radios
			for _, o := range q.Options {
				one.Options = append(one.Options, form.Option{Value: o, Label: a.say("plan." + q.Code + "." + o)})
			}
		case plan.Under:
			one.As, one.Options = form.Select, []form.Option{{Value: "none", Label: a.say("plan.under.none")}}
			for _, to := range p.Of(q.Options[0]) {
				one.Options = append(one.Options, form.Option{Value: to.Text, Label: clip(tidy(to.Said["words"]), 80)})
			}
			if len(one.Options) == 1 {
				continue // there is nothing to hang it under
			}
		case plan.Who:
			one.As = form.Select
			for i, value := range values {
				f.names[value] = names[i]
				one.Options = append(one.Options, form.Option{Value: value, Label: names[i]})
			}
			one.Options = append(one.Options, form.Option{Value: somebodyElse, Label: a.say("plan.who.other")})
			other := form.Field{Name: "name", Path: "name", Label: a.say("plan.who.name"), Hint: a.say("plan.who.name.hint"), Max: 100}
			if who := x.Said["who"]; who != "" && f.names[who] == "" {
				one.Value, other.Value = somebodyElse, x.Said["name"]
			}
			fields = append(fields, one)
			one = other
		}
		fields = append(fields, one)
	}
	fields = append(fields, form.Field{Name: "stamp", As: form.Hidden, Value: x.Stamp()}, form.Field{Name: "both", As: form.Hidden})
	f.Form = form.Of(a.partTitle(x.Part), fields...)
	f.Button, f.Later, f.Action = a.say("plan.save"), a.say("plan.later"), a.at("/plan/"+x.Part.Code+"/write")
	if x.Text != "" {
		f.Action = a.writeAt(x)
	}
	return f
}

// partTitle is what a part is called.
func (a *ask) partTitle(x *plan.Part) string { return a.say("plan." + x.Code) }

// take reads what was typed into a piece.
func (f *pieceForm) take(r *http.Request) error {
	bad := f.Read(r)
	f.Said = map[string]string{}
	for _, q := range f.Part.Asks {
		if slices.ContainsFunc(f.Fields, func(x form.Field) bool { return x.Name == q.Code }) {
			f.Said[q.Code] = f.Value(q.Code)
		}
	}
	if f.Said["under"] == "none" {
		f.Said["under"] = ""
	}
	if f.Part.Ask("who") != nil {
		f.Said["name"] = f.names[f.Said["who"]]
		if f.Said["who"] == somebodyElse {
			f.Said["name"] = tidy(f.Value("name"))
			f.Said["who"] = f.Said["name"]
			if bad == nil && f.Said["name"] == "" {
				bad = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "name", Say: "Write the name of whoever does this"}}}
			}
		}
	}
	return bad
}

// piecePage leads back from a page about one piece.
func (a *ask) piecePage(s *Site, r *http.Request, x *plan.Part, title string) ui.Page {
	p := s.page(r, a, title)
	p.Back = a.planBack("/plan")
	if x.About() {
		p.Back = &ui.Link{Text: a.hers("plan.about.title", "Name", alone(a.subject.Name)), Href: a.at("/about")}
	}
	return p
}

// askPiece is GET …/plan/{part}/write and GET …/plan/{part}/{id}/write.
func (s *Site) askPiece(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f pieceForm
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		p, err := plan.Read(v, s.Door.EntryText)
		if err != nil {
			return err
		}
		x, err := a.pieceOf(r, p)
		if err != nil {
			return err
		}
		if to := r.URL.Query().Get("under"); x.Text == "" && p.Has(to) {
			x.Said["under"] = to
		}
		took, err := s.tookOf(r, a, v, p, x)
		if err != nil {
			return err
		}
		if took != nil {
			a.prefill(&x, p, *took)
		}
		values, names := a.doers(v)
		f = a.formFor(x, p, values, names)
		a.takesIn(&f, took)
		return s.prompted(r, a, v, &f)
	})
	if err != nil {
		return err
	}
	if f.Aside, err = s.goOn(r, a, f.Form); err != nil {
		return err
	}
	return show(w, r, http.StatusOK, pieceFormView(a.piecePage(s, r, f.Part, f.Title), f, a))
}

// layAside keeps what somebody typed for them alone, to go on later.
func (s *Site) layAside(w http.ResponseWriter, r *http.Request, a *ask, typed string) error {
	d := account.Draft{Path: draftAt(r), Fields: typed, Aside: true}
	if len(d.Fields) > mostTyped {
		return fault.New(fault.Refused, "This is too long to be kept for later. Save it, or make it shorter.")
	}
	if err := s.Accounts.Keep(r.Context(), a.who.Account, d); err != nil {
		return err
	}
	return on(w, r, a.at("/plan"))
}

// goOn fills a form with what its reader laid aside there, and says when that was; "":
// they did not.
func (s *Site) goOn(r *http.Request, a *ask, f *form.Form) (aside string, err error) {
	all, err := s.Accounts.Kept(r.Context(), a.who.Account)
	for _, d := range all {
		if d.Path != draftAt(r) || !d.Aside {
			continue
		}
		typed := r.Clone(r.Context())
		typed.Method, typed.Header = http.MethodPost, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		typed.Body, typed.Form, typed.PostForm = io.NopCloser(strings.NewReader(d.Fields)), nil, nil
		_ = f.Read(typed) // what is wrong with it is said when it is sent
		aside = a.DateTime(d.At)
	}
	return aside, err
}

// A pieceClash is two versions of one piece.
type pieceClash struct {
	Theirs, Mine plan.Piece
	Fields       [][2]string // of mine, to send again
	Keep         string
	Over         string // where mine goes in place of theirs
}

// writePiece is POST to the same.
func (s *Site) writePiece(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f pieceForm
	var bad error
	var theirs *plan.Piece
	made := id.New(int64(a.whom)) // not within the work, which may run twice
	read := false
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		p, err := plan.Read(v, s.Door.EntryText)
		if err != nil {
			return err
		}
		x, err := a.pieceOf(r, p)
		if err != nil {
			return err
		}
		values, names := a.doers(v)
		if !read { // the body is read once, and this may run twice
			f, read = a.formFor(x, p, values, names), true
			if err := s.prompted(r, a, v, &f); err != nil {
				return err
			}
			bad = f.take(r)
		}
		took, err := s.tookOf(r, a, v, p, x)
		if err != nil {
			return err
		}
		a.takesIn(&f, took)
		if bad != nil || f.LaidAside() != "" {
			return nil
		}
		theirs, err = plan.Write(v, s.Door.EntryText, plan.Writing{
			Piece: f.Piece, Had: f.Value("stamp"), New: made, Whom: s.Door.Text(a.whom), Name: f.Said["name"], Took: took,
			Call: func(code string) string {
				if code == "" {
					return a.partTitle(f.Part)
				}
				return a.asked(f.Part, code)
			},
		})
		return err
	})
	if err == nil && f.LaidAside() != "" {
		return s.layAside(w, r, a, f.LaidAside())
	}
	if bad == nil && f.Form != nil && f.Took(err) {
		bad, err = err, nil
	}
	switch {
	case err != nil:
		return err
	case f.Wrong() || f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, pieceFormView(a.piecePage(s, r, f.Part, f.Title), f, a))
	case bad != nil:
		return bad
	case theirs != nil && theirs.Text != "" && f.Value("both") == "yes":
		return s.bothPieces(w, r, a, f, *theirs)
	case theirs != nil:
		x := pieceClash{Theirs: *theirs, Mine: f.Piece, Keep: a.at("/plan"), Over: f.Action}
		if f.Sent != nil && theirs.Text != f.Text && theirs.Part.Many { // somebody took the same in
			x.Over = a.writeAt(*theirs)
		}
		for _, field := range f.Fields {
			if field.Name != "stamp" && field.Name != "both" {
				x.Fields = append(x.Fields, fieldsOf(field)...)
			}
		}
		return show(w, r, http.StatusConflict, pieceClashView(a.piecePage(s, r, f.Part, f.Title), x, a))
	}
	if err := s.Accounts.Drop(r.Context(), a.who.Account, draftAt(r)); err != nil {
		return err
	}
	if f.Part.About() {
		return on(w, r, a.at("/about")+"#"+f.Part.Code)
	}
	return on(w, r, a.at("/plan")+"#"+f.Part.Code)
}

// fieldsOf is how a browser would send a field again.
func fieldsOf(f form.Field) [][2]string {
	if f.As != form.Date {
		return [][2]string{{f.Name, f.Value}}
	}
	y, rest, _ := strings.Cut(f.Value, "-")
	m, d, _ := strings.Cut(rest, "-")
	return [][2]string{{f.Name + "-year", y}, {f.Name + "-month", m}, {f.Name + "-day", d}}
}

// bothPieces asks again, with the words of both together.
func (s *Site) bothPieces(w http.ResponseWriter, r *http.Request, a *ask, mine pieceForm, theirs plan.Piece) error {
	for _, q := range mine.Part.Asks {
		if q.As == plan.Words || q.As == plan.Line {
			theirs.Said[q.Code] = together(theirs.Said[q.Code], mine.Said[q.Code])
		}
	}
	f := mine
	f.Piece = theirs
	for i := range f.Fields {
		switch name := f.Fields[i].Name; {
		case name == "stamp":
			f.Fields[i].Value = theirs.Stamp()
		case name == "both":
			f.Fields[i].Value = ""
		case mine.Part.Ask(name) != nil && (mine.Part.Ask(name).As == plan.Words || mine.Part.Ask(name).As == plan.Line):
			f.Fields[i].Value = theirs.Said[name]
		}
	}
	return show(w, r, http.StatusOK, pieceFormView(a.piecePage(s, r, f.Part, f.Title), f, a))
}

// askUnpiece is GET …/remove: what goes.
func (s *Site) askUnpiece(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.planOf(r, a, "about-me")
	if err != nil {
		return err
	}
	x, err := a.pieceOf(r, p.Plan)
	if err != nil || x.Stamp() == "" {
		return fault.NotFound
	}
	title := a.say("plan.remove.title", "What", a.partTitle(x.Part))
	return show(w, r, http.StatusOK, unpieceView(a.piecePage(s, r, x.Part, title), x, a))
}

// unpiece is POST …/remove.
func (s *Site) unpiece(w http.ResponseWriter, r *http.Request, a *ask) error {
	part := plan.PartOf(r.PathValue("part"))
	if part == nil || !a.writes(part) {
		return fault.NotFound
	}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		p, err := plan.Read(v, s.Door.EntryText)
		if err != nil {
			return err
		}
		x, err := a.pieceOf(r, p)
		if err != nil || x.Text == "" {
			return fault.NotFound
		}
		return plan.Remove(v, s.Door.EntryText, part, x.Text, r.PostFormValue("stamp"))
	})
	if err != nil {
		return err
	}
	if part.About() {
		return on(w, r, a.at("/about"))
	}
	return on(w, r, a.at("/plan"))
}
