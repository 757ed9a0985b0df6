package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"onestory/internal/account"
	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/task"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// work.go is work that crosses organisations: asking somebody to help, and what becomes
// of it. The person sees the same page as whoever asked and whoever does it. mywork.go
// is the same for one professional, over all their people.

// How many working days whoever is asked has to answer, and for how long the offer stands.
const (
	answerDays  = 5
	offerStands = 28 * 24 * time.Hour
)

// answerBy is the day by which whoever is asked answers: a week, where the bank holidays
// of the year are not known.
func answerBy(now clock.Time) string {
	day, err := clock.AfterWorkingDays(now.Std(), answerDays)
	if err != nil {
		day = now.Std().AddDate(0, 0, 7)
	}
	return day.Format(time.DateOnly)
}

// A workRow is one piece of work in a list.
type workRow struct {
	task.Work
	Href  string
	Whose string // the person, on a page about many
	Tags  []ui.Tag
}

type workListPage struct {
	ui.Page
	Open, Past []workRow
	New        string // where one asks; "" for those who do not
}

// worksOf are the pieces of work that a view shows.
func (s *Site) worksOf(v record.View) ([]task.Work, error) {
	return task.Of(v, func(e record.Entry) string { return s.Door.EntryText(e.ID) })
}

// workList is GET …/work.
func (s *Site) workList(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := workListPage{}
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("work")
		p = workListPage{}
		all, err := s.worksOf(v)
		for _, x := range all {
			row := workRow{Work: x, Href: a.at("/work/" + x.Text), Tags: a.workTags(&x, v.Now())}
			if x.Open() {
				p.Open = append(p.Open, row)
			} else {
				p.Past = append(p.Past, row)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.offersWork() {
		p.New = a.at("/work/new")
	}
	p.Page = s.page(r, a, a.hers("work.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, workListView(p, a))
}

// offersWork reports whether the reader asks others to help this person.
func (a *ask) offersWork() bool { return a.answersPlan() || record.Offers(a.who.Role) }

// workTags say how it stands, at a glance.
func (a *ask) workTags(x *task.Work, now clock.Time) []ui.Tag {
	state := ui.Tag{Text: a.say("work.is." + x.Status)}
	switch {
	case x.Status == task.Done:
		state.Colour = ui.Good
	case x.Status == task.Asked:
		state.Colour = ui.Soon
	case !x.Open():
		state.Colour = ui.Quiet
	}
	tags := []ui.Tag{state}
	if x.Silent(now) {
		tags = append(tags, ui.Tag{Text: a.say("work.silent"), Colour: ui.Late})
	} else if x.Late(now) {
		tags = append(tags, ui.Tag{Text: a.say("plan.overdue"), Colour: ui.Late})
	}
	return tags
}

// A workFor is whom work can be put to.
type workFor struct {
	party   consent.Party
	name    string
	sector  string
	team    string             // and of the team, when it is one
	service *directory.Service // nil: none of the directory
	phone   string

	organisation string // what it is called
	of           string // and its id
	address      string // where they are written to, who have nobody here; "": they see it here
}

// errUntold is a service that nobody can be told through.
func errUntold(x workFor) error {
	say := "Nobody of " + x.name + " can be told here, so nothing was sent."
	if x.phone != "" {
		say += " Call them on " + x.phone + "."
	}
	return fault.New(fault.Refused, say)
}

// workTo finds whom an address names: a service of the directory, or somebody of the
// circle. What it does not find is NotFound.
func (s *Site) workTo(r *http.Request, v record.View, to string) (x workFor, err error) {
	ctx := r.Context()
	kind, which, _ := strings.Cut(to, ":")
	switch kind {
	case "service":
		if s.Services == nil {
			return x, fault.NotFound
		}
		service, err := s.Services.Service(ctx, which)
		if err != nil {
			return x, err
		}
		x = workFor{party: consent.Party{Level: consent.Organisation, ID: service.Organisation}, name: service.Name, service: &service, phone: service.Phone}
		if service.OfferedBy != "" && service.OfferedBy != service.Name {
			x.name += ", " + service.OfferedBy
		}
	case "circle":
		for _, m := range circle.Of(v) {
			if m.ID == which && !m.Past && (m.Party.Level == consent.Team || m.Party.Level == consent.Organisation) {
				x = workFor{party: m.Party, name: m.Name}
			}
		}
	}
	if x.party.ID == "" {
		return x, fault.NotFound
	}
	organisation := x.party.ID
	if x.party.Level == consent.Team {
		team, err := s.Accounts.Team(ctx, x.party.ID)
		if err != nil {
			return x, err
		}
		organisation, x.team = team.Organisation, x.party.ID
	}
	x.of = organisation
	staff, err := s.Accounts.Staff(ctx, organisation)
	if err != nil {
		return x, err
	}
	all, err := s.Accounts.Organisations(ctx)
	for _, o := range all {
		if o.ID == organisation {
			x.sector, x.organisation = o.Sector, o.Name
		}
	}
	if slices.ContainsFunc(staff, func(one account.Account) bool { return !one.Suspended && one.Role != consent.Invited }) {
		return x, err
	}
	if x.service != nil && s.mails() {
		x.address = x.service.Offer().Address
	}
	if err == nil && (x.address == "" || x.organisation == "") {
		err = errUntold(x)
	}
	return x, err
}

type workNewPage struct {
	ui.Page
	Words, Near string
	Found       []workChoice
	Circle      []workChoice
	Looked      bool
	To          string // whom, once chosen
	Info        []string
}

type workChoice struct{ Name, Text, Href string }

func (a *ask) workForm(to string) *form.Form {
	f := form.Of(a.say("work.new.title"),
		form.Field{Name: "what", Label: a.say("work.what"), Hint: a.say("work.what.hint"), As: form.Textarea, Max: 1000},
		form.Field{Name: "why", Label: a.say("work.why"), Hint: a.hers("work.why.hint"), As: form.Textarea, Max: 4000},
		form.Field{Name: "by", Label: a.say("work.by"), Hint: a.say("work.by.hint"), As: form.Date},
		form.Field{Name: "shares", Label: a.say("work.shares"), Hint: a.say("work.shares.hint"), As: form.Radios, Value: "plan", Options: []form.Option{
			{Value: "none", Label: a.say("work.shares.none")}, {Value: "plan", Label: a.say("work.shares.plan")}, {Value: "usual", Label: a.say("work.shares.usual")},
		}})
	if !a.answersPlan() {
		f.Fields = append(f.Fields, form.Field{Name: "agreed", Label: a.say("work.agreed", "Name", alone(a.subject.Name)), Hint: a.say("work.agreed.hint"), As: form.Textarea, Max: 1000})
	}
	f.Fields = append(f.Fields, form.Field{Name: "to", As: form.Hidden, Value: to})
	f.Button, f.Action = a.say("work.send"), a.at("/work/new")
	return f
}

// askWork is GET …/work/new: whom, and then what.
func (s *Site) askWork(w http.ResponseWriter, r *http.Request, a *ask) error {
	if !a.offersWork() {
		return fault.NotFound
	}
	q := r.URL.Query()
	to := q.Get("to")
	p, f := workNewPage{Words: tidy(q.Get("q")), Near: tidy(q.Get("near"))}, a.workForm(to)
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("work")
		p.Circle, p.To, p.Info = nil, "", nil
		if to != "" {
			x, err := s.workTo(r, v, to)
			if err == nil {
				p.To, p.Info = x.name, a.workInfo(x)
				_, err = s.toldBefore(a, v, f.Field("why"))
			}
			return err
		}
		for _, m := range circle.Of(v) {
			if !m.Past && m.Work == 0 && (m.Party.Level == consent.Team || m.Party.Level == consent.Organisation) {
				p.Circle = append(p.Circle, workChoice{m.Name, a.memberRole(m.Role), a.at("/work/new") + sep(a) + "to=circle:" + m.ID})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if to == "" {
		if err := s.findWork(r, a, &p); err != nil {
			return err
		}
	}
	return show(w, r, http.StatusOK, s.workNewView(r, a, p, f))
}

func (s *Site) workNewView(r *http.Request, a *ask, p workNewPage, f *form.Form) templ.Component {
	p.Page = s.page(r, a, f.Title)
	p.Page.Back = &ui.Link{Text: a.hers("work.title", "Name", alone(a.subject.Name)), Href: a.at("/work")}
	if p.To == "" {
		return workChooseView(p, a)
	}
	return workNewFormView(p, f, a)
}

// workInfo is what to know of a service before one asks it.
func (a *ask) workInfo(x workFor) (all []string) {
	if x.service == nil {
		return nil
	}
	for _, said := range [][2]string{{"work.info.for", x.service.WhoFor}, {"work.info.not", x.service.NotFor}, {"work.info.cost", x.service.Cost}, {"work.info.alert", x.service.Alert}} {
		if said[1] != "" {
			all = append(all, a.say(said[0], "Says", alone(said[1])))
		}
	}
	if x.service.Capacity == directory.Full {
		all = append(all, a.say("work.info.full"))
	}
	return all
}

// findWork looks in the directory.
func (s *Site) findWork(r *http.Request, a *ask, p *workNewPage) error {
	if p.Looked = s.Services != nil && p.Words != ""; !p.Looked {
		return nil
	}
	q := directory.Query{Words: p.Words, Most: 10}
	if near, _, trouble := directory.Near(p.Near); p.Near != "" && trouble == "" {
		q.Near = &near
	}
	found, err := s.Services.Services(r.Context(), q)
	for _, h := range found.Hits {
		p.Found = append(p.Found, workChoice{h.Name, h.Summary, a.at("/work/new") + sep(a) + "to=service:" + h.ID})
	}
	return err
}

// putWork is POST …/work/new.
func (s *Site) putWork(w http.ResponseWriter, r *http.Request, a *ask) error {
	if !a.offersWork() {
		return fault.NotFound
	}
	f := a.workForm("")
	bad := f.Read(r)
	x := task.Asking{ID: id.New(int64(a.whom)), Member: newID(), Rule: newID(), Whom: s.Door.Text(a.whom)}
	p, token := workNewPage{}, newID()
	var told []toldLine
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("work-ask")
		to, err := s.workTo(r, v, f.Value("to"))
		if err != nil {
			return err
		}
		p.To, p.Info = to.name, a.workInfo(to)
		told, err = s.toldBefore(a, v, f.Field("why"))
		if err != nil || bad != nil || f.Pressed() != "" {
			return err
		}
		x.Told = usedIn(f.Value("why"), told)
		a.asking(&x, f, to, v.Now())
		invited := ""
		if to.address != "" {
			if invited, err = s.Ways.Invited(r.Context(), to.party.ID, to.organisation, to.address, a.Tag()); err != nil {
				return err
			}
		}
		if x.Tells, err = s.askTells(a, x, to, invited); err != nil {
			return err
		}
		used, err := s.usedTells(ctx, a, token, to, len(x.Told))
		if err != nil {
			return err
		}
		x.Tells = append(x.Tells, used...)
		return task.Ask(v, x)
	})
	if err == nil && p.To != "" && f.Pressed() != "" {
		a.use(f, "why", told)
		return show(w, r, http.StatusOK, s.workNewView(r, a, p, f))
	}
	if bad == nil && p.To != "" && f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, s.workNewView(r, a, p, f))
	}
	switch {
	case err != nil:
		return err
	case f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, s.workNewView(r, a, p, f))
	case bad != nil:
		return bad
	}
	return on(w, r, a.at("/work/"+s.Door.EntryText(x.ID)))
}

// asking lays what was typed into what is asked.
func (a *ask) asking(x *task.Asking, f *form.Form, to workFor, now clock.Time) {
	x.What, x.Why, x.By = tidy(f.Value("what")), tidy(f.Value("why")), f.Value("by")
	x.Doer, x.DoneBy = to.party, to.name
	if to.service != nil {
		x.Service = to.service.ID
	}
	x.AnswerBy, x.Until = answerBy(now), now.Add(offerStands)
	switch f.Value("shares") {
	case "plan":
		x.Shares = consent.Plan | consent.AboutMe
	case "usual":
		x.Shares, _ = circle.Usual().For(to.sector)
	}
	if a.answersPlan() {
		x.AskedBy, x.Agreed = a.subject.Name, a.say("work.own")
		return
	}
	x.Agreed = tidy(f.Value("agreed"))
	x.AskedBy = a.who.Name
	if a.who.OrganisationName != "" {
		x.AskedBy += ", " + a.who.OrganisationName
	}
	for _, p := range []consent.Party{a.who.Team, a.who.Organisation, a.who.Individual} {
		if p.ID != "" && x.Asker == (consent.Party{}) {
			x.Asker = p
		}
	}
}

type workPage struct {
	ui.Page
	task.Work
	Tags    []ui.Tag
	Moves   []workMove
	Version int64
	Wrong   string
	Since   string
	Used    string // how many answers given before it used, as a sentence; "" for none
}

type workMove struct {
	task.Move
	Action string
}

// workOf finds the piece of work that the address names.
func (s *Site) workOf(r *http.Request, v record.View) (x task.Work, err error) {
	all, err := s.worksOf(v)
	for _, one := range all {
		if one.Text == r.PathValue("id") {
			return one, nil
		}
	}
	if err == nil {
		err = fault.NotFound
	}
	return x, err
}

// work is GET …/work/{id}: what was asked, how it stands, and what can be done.
func (s *Site) work(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.showWork(w, r, a, http.StatusOK, "")
}

func (s *Site) showWork(w http.ResponseWriter, r *http.Request, a *ask, status int, wrong string) error {
	p := workPage{Wrong: wrong}
	err := s.open(r, a, func(_ context.Context, v record.View) (err error) {
		v.Doing("work")
		if p.Work, err = s.workOf(r, v); err != nil {
			return err
		}
		p.Tags, p.Version, p.Moves = a.workTags(&p.Work, v.Now()), p.Entry.Version, nil
		for _, m := range p.May(p.SideOf(a.who, a.answersPlan())) {
			p.Moves = append(p.Moves, workMove{m, a.at("/work/" + p.Text + "/" + m.Code)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n := len(p.Work.Told); n > 0 {
		p.Used = a.many("told.work", n)
	}
	p.Since = a.moment(p.Entry.Doc.Text("authoredOn"))
	p.Page = s.page(r, a, a.say("work.one"))
	p.Page.Back = &ui.Link{Text: a.hers("work.title", "Name", alone(a.subject.Name)), Href: a.at("/work")}
	return show(w, r, status, workView(p, a))
}

// moveWork is POST …/work/{id}/{move}.
func (s *Site) moveWork(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := task.Making{
		Move: task.MoveOf(r.PathValue("move")), Words: tidy(r.PostFormValue("words")), Whom: s.Door.Text(a.whom), Name: a.who.Name,
		Member: newID(), Rule: newID(),
	}
	had := r.PostFormValue("version")
	if x.Move == nil {
		return fault.NotFound
	}
	if len([]rune(x.Words)) > 4000 {
		return s.showWork(w, r, a, http.StatusUnprocessableEntity, a.say("work.long"))
	}
	if !a.answersPlan() && a.who.OrganisationName != "" {
		x.Name += ", " + a.who.OrganisationName
	}
	over := false
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("work-" + x.Move.Code)
		now, err := s.workOf(r, v)
		if err != nil {
			return err
		}
		if numeral64(now.Entry.Version) != had {
			return fault.New(fault.Stale, "Somebody did something with this since you opened it. Look at it again.")
		}
		x.Had = now.Entry.Version
		over = x.Move.To != "" && !slices.Contains([]string{task.Taken, task.Begun}, x.Move.To)
		x.Answers = signin.Answered(now.Text)
		return task.Make(v, now, x, circle.Reason)
	})
	kind, _ := fault.Of(err)
	switch {
	case kind == fault.Invalid:
		return s.showWork(w, r, a, http.StatusUnprocessableEntity, sentence(err))
	case err != nil:
		return err
	case over && a.why == consent.Care:
		return on(w, r, a.to("/work")) // it may be the last that they see of this person
	}
	return on(w, r, a.at("/work/"+r.PathValue("id")))
}
