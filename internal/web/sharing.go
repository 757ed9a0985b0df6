package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/lending"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/task"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

type sharingPage struct {
	ui.Page
	Circle []placed
	Work   []workShare // what others were asked to do, as far as it is shared
	Said   []said
	Over   []said
	Add    string
	Outs   []string // the choices by which the person has opted out, in a sentence each
	Opt    string
	As     string
	Asks   *ui.Link // who asks to join
	Lend   string
	Due    []string // loans that it is time to think about again
}

// A placed is somebody in the circle, with what can be done about it.
type placed struct {
	circle.Person
	Topics       string
	Joined       []said // what came with their joining
	Stop, Resume string
	As           string // where their view of the record is
	NewCode      string // where there is a new code, while nobody has used the first
}

// A said is one thing said about sharing, as a sentence.
type said struct {
	sharing.Said
	Who      string // whom it is about
	Sentence string
	Until    string
	By       string
	Why      string // why it is there, when joining made it
	End      string // where it can be ended, or ""
	Change   string // where it can be made less, or ""
}

// sharing is GET /me/sharing: who can see what, until when, and who said so.
func (s *Site) sharing(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := sharingPage{Add: a.to("/me/sharing/new"), Lend: a.to("/me/lending/new"), Opt: a.to("/me/sharing/choices"), As: a.to("/me/sharing/as")}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		p.Circle, p.Work, p.Said, p.Over, p.Outs, p.Due = nil, nil, nil, nil, nil, nil
		p.Asks = a.asksLink(v)
		who, err := s.parties(ctx, a, v)
		if err != nil {
			return err
		}
		works, err := s.worksOf(v)
		if err != nil {
			return err
		}
		members := circle.Of(v)
		a.shareCircle(&p, members, v.Now())
		for _, x := range sharing.OptOuts(v) {
			if x.Out {
				p.Outs = append(p.Outs, a.say("optout."+x.Code+".is-out"))
			}
		}
		var rules []said
		for _, x := range sharing.List(v) {
			if x.Choice == "" { // these have a page of their own
				rules = append(rules, a.said(v, x, who))
			}
		}
		p.Work = a.workShares(works, members, rules)
		a.shareRules(&p, rules)
		return nil
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.sharing.title"))
	return show(w, r, http.StatusOK, sharingView(p, a))
}

// shareCircle puts on the page who is in the circle, but for those who are there for a
// piece of work alone.
func (a *ask) shareCircle(p *sharingPage, members []circle.Person, now clock.Time) {
	for _, m := range members {
		if m.Past || m.Work != 0 {
			continue
		}
		x := placed{Person: m, Topics: a.topics(sharing.TopicsOf(m.Shares), m.Shares == consent.Everything)}
		x.Stop, x.As = a.to("/me/circle/"+m.ID+"/stop"), a.to("/me/circle/"+m.ID+"/as")
		if m.Quiet {
			x.Stop, x.Resume = "", a.to("/me/circle/"+m.ID+"/resume")
		}
		if lending.Waits(m.Member) {
			x.As, x.NewCode = "", a.to("/me/lending/"+m.ID+"/code")
		}
		if lending.Due(m.Member, now) {
			p.Due = append(p.Due, a.say("lending.due", "Who", alone(m.Name)))
		}
		p.Circle = append(p.Circle, x)
	}
}

// shareRules puts each rule where it is looked for: what came with joining beside who
// joined, what work shares beside the work, and the rest by itself.
func (a *ask) shareRules(p *sharingPage, rules []said) {
	for _, x := range rules {
		if x.State == sharing.Ended {
			p.Over = append(p.Over, x)
			continue
		}
		if slices.ContainsFunc(p.Work, func(w workShare) bool { return w.has(x.ID) }) {
			continue
		}
		x.End = a.to("/me/sharing/" + x.ID + "/end")
		if !x.Refuse {
			x.Change = a.to("/me/sharing/" + x.ID + "/less")
		}
		at := slices.IndexFunc(p.Circle, func(m placed) bool { return x.Member == m.ID && !x.Quiet })
		if at >= 0 {
			p.Circle[at].Joined = append(p.Circle[at].Joined, x)
			continue
		}
		p.Said = append(p.Said, x)
	}
}

// A workShare is one thing that somebody was asked to do, who sees it and until when.
type workShare struct {
	task.Work
	Href string
	Rule said   // what shares it; nothing when they see it only through their place
	Also []said // what else is shared while it lasts
	Ends string // when their place in the circle, which they have for it, ends by itself
	As   string // where their view of the record is; "" when they have no such place
}

// has reports whether that rule is there for the work.
func (w *workShare) has(rule string) bool {
	return w.Rule.ID == rule || slices.ContainsFunc(w.Also, func(x said) bool { return x.ID == rule })
}

// workShares are the pieces of work that are shared with somebody now.
func (a *ask) workShares(works []task.Work, members []circle.Person, rules []said) (all []workShare) {
	for _, w := range works {
		x := workShare{Work: w, Href: a.to("/me/work/" + w.Text)}
		place := ""
		for _, m := range members {
			if m.Work == w.Entry.ID.N && !m.Past {
				place = m.ID
				x.As = a.to("/me/circle/" + m.ID + "/as")
				if m.Until != clock.Never {
					x.Ends = a.say("web.rule.until", "Date", a.lastDay(m.Until))
				}
			}
		}
		for _, r := range rules {
			r.End = a.to("/me/sharing/" + r.ID + "/end")
			switch {
			case r.State == sharing.Ended || r.Refuse:
			case r.Entry == w.Entry.ID.N:
				x.Rule = r
			case place != "" && r.Member == place:
				x.Also = append(x.Also, r)
			}
		}
		if x.As != "" || x.Rule.ID != "" {
			all = append(all, x)
		}
	}
	return all
}

// offers are whom the form offers, by the value that stands for each.
func (s *Site) offers(ctx context.Context, v record.View) (map[string]sharing.Choice, []string, error) {
	organisations, err := s.Accounts.Organisations(ctx)
	if err != nil {
		return nil, nil, err
	}
	var others []sharing.Choice
	for _, o := range organisations {
		others = append(others, sharing.Choice{Party: consent.Party{Level: consent.Organisation, ID: o.ID}, Name: o.Name})
	}
	all, order := map[string]sharing.Choice{}, []string(nil)
	for _, c := range sharing.Offer(v, others, true) {
		key := strconv.Itoa(int(c.Party.Level)) + "." + c.Party.ID
		all[key], order = c, append(order, key)
	}
	return all, order, nil
}

// Answers to what the person wants.
const (
	toShare  = "share"
	toRefuse = "refuse"
	toSeal   = "seal" // refuse, in an emergency too
	toPlan   = "planning"
)

// Answers to how long a sharing counts.
const (
	always = "always"
	month  = "month"
	year   = "year"
	chosen = "date"
)

// sharingForm is the one list of questions about a sharing.
func (s *Site) sharingForm(ctx context.Context, a *ask, v record.View) (*form.Form, map[string]sharing.Choice, error) {
	offered, order, err := s.offers(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	var whom, topics []form.Option
	for _, key := range order {
		c := offered[key]
		whom = append(whom, form.Option{Value: key, Label: a.called(c)})
	}
	for _, sensitive := range []bool{false, true} {
		for _, t := range sharing.Topics() {
			if t.Sensitive == sensitive {
				topics = append(topics, form.Option{Value: t.Code, Label: a.say(t.Name), Hint: a.say(t.Hint)})
			}
		}
	}
	option := func(value, id string) form.Option { return form.Option{Value: value, Label: a.say(id)} }
	f := form.Of(a.say("web.share.title"),
		form.Field{Name: "to", Label: a.say("web.share.to"), As: form.Select, Options: whom},
		form.Field{Name: "what", Label: a.say("web.share.what"), As: form.Radios, Options: []form.Option{
			option(toShare, "web.share.share"), option(toRefuse, "web.share.refuse"), option(toSeal, "share.seal"), option(toPlan, "share.planning"),
		}},
		form.Field{Name: "topics", Label: a.say("web.share.topics"), Hint: a.say("web.share.topics-hint"), As: form.Checkboxes, Options: topics},
		form.Field{Name: "long", Label: a.say("web.share.long"), As: form.Radios, Options: []form.Option{
			option(month, "web.share.month"), option(year, "web.share.year"), option(always, "web.share.always"), option(chosen, "web.share.chosen"),
		}},
		form.Field{Name: "until", Label: a.say("web.share.until"), Hint: a.say("web.share.until-hint"), As: form.Date},
		form.Field{Name: "from", Label: a.say("answer.optional", "Question", a.say("share.from")), Hint: a.say("share.from-hint"), As: form.Date},
		form.Field{Name: "reason", Label: a.say("answer.optional", "Question", a.say("web.share.reason")), As: form.Textarea, Max: 500},
	)
	f.Action = a.to("/me/sharing/check")
	f.Button = a.say("web.share.check")
	return f, offered, nil
}

// sharingOf is what was answered, as one thing said or, for a seal, as two: with the
// first goes what happens in an emergency. at is the instant from which it would count.
func sharingOf(f *form.Form, offered map[string]sharing.Choice, at clock.Time) ([]sharing.Sharing, error) {
	what := f.Value("what")
	x := sharing.Sharing{To: offered[f.Value("to")].Party, Topics: f.Values("topics"), Reason: f.Value("reason")}
	x.Refuse = what == toRefuse || what == toSeal
	if what == toPlan {
		x.Purpose = consent.Planning
	}
	var c fault.Check
	c.That(what != "", "what", "Choose what you want")
	from := at
	if f.Value("from") != "" {
		day, ok := dayOf(f, "from")
		c.That(ok && day.Add(24*time.Hour) > at, "from", "Enter today or a later day, or leave it empty")
		if day > at {
			x.From, from = day, day
		}
	}
	var err error
	x.Until, err = until(f, from)
	if err = both(c.Err(), err); err != nil {
		return []sharing.Sharing{x}, err
	}
	if what != toSeal {
		return []sharing.Sharing{x}, nil
	}
	seal := x
	seal.Purpose = consent.Emergency
	return []sharing.Sharing{seal, x}, nil
}

// until is the end of a period that was chosen, 0 for none.
func until(f *form.Form, from clock.Time) (clock.Time, error) {
	var c fault.Check
	switch f.Value("long") {
	case always:
	case month:
		return clock.At(from.Std().AddDate(0, 1, 0)), nil
	case year:
		return clock.At(from.Std().AddDate(1, 0, 0)), nil
	case chosen:
		day, ok := dayOf(f, "until")
		c.That(ok, "until", "Enter the last day")
		return day.Add(24 * time.Hour), c.Err() // through that day
	default:
		c.That(false, "long", "Choose how long")
	}
	return 0, c.Err()
}

// dayOf is the beginning of the day that was typed, and whether it is one.
func dayOf(f *form.Form, name string) (clock.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, f.Value(name), time.UTC)
	return clock.At(day), err == nil
}

// errAsked ends work that only asked what would be: nothing is kept, and nothing shown.
var errAsked = errors.New("web: only asked")

// askSharing is GET /me/sharing/new.
func (s *Site) askSharing(w http.ResponseWriter, r *http.Request, a *ask) error {
	var f *form.Form
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("sharing")
		f, _, err = s.sharingForm(ctx, a, v)
		return err
	})
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, sharingFormView(s.sharingFrame(r, a, f), a, f))
}

func (s *Site) sharingFrame(r *http.Request, a *ask, f *form.Form) ui.Page {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to("/me/sharing")}
	return p
}

type checkPage struct {
	ui.Page
	Rows   []ui.Row
	Then   []string // what follows from it, in sentences
	Hidden [][2]string
	Action string
	Again  string // where to begin again
	Diff   *wouldSee
}

// checkSharing is POST /me/sharing/check: what would follow, before anything is said.
func (s *Site) checkSharing(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, all, who, err := s.readSharing(r, a)
	if f != nil && f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, sharingFormView(s.sharingFrame(r, a, f), a, f))
	}
	if err != nil {
		return err
	}
	x := all[0]
	diff, err := s.difference(r, a, all, who)
	if err != nil {
		return err
	}
	p := checkPage{Page: s.sharingFrame(r, a, f), Action: a.to("/me/sharing/new"), Again: a.to("/me/sharing/new"), Then: a.then(x, who), Hidden: again(f), Diff: diff}
	p.Title = a.say("web.check.title")
	row := func(key, value string) { p.Rows = append(p.Rows, ui.Row{Key: a.say(key), Value: ui.Said(value)}) }
	row("web.check.to", who)
	row("web.check.what", a.say(map[string]string{
		toShare: "web.share.share", toRefuse: "web.share.refuse", toSeal: "share.seal", toPlan: "share.planning",
	}[f.Value("what")]))
	row("web.check.topics", a.topics(x.Topics, false))
	if x.From != 0 {
		row("share.check.from", a.Date(x.From))
	}
	row("web.check.until", a.lastDay(x.Until))
	if x.Reason != "" {
		row("web.check.reason", x.Reason)
	}
	return show(w, r, http.StatusOK, checkView(p, a))
}

// lastDay is the last day on which something counts, in words.
func (a *ask) lastDay(until clock.Time) string {
	if until == 0 || until == clock.Never {
		return a.say("web.rule.no-end")
	}
	return a.Date(until.Add(-time.Second))
}

// again are the answers of a form, to be sent once more.
func again(f *form.Form) (all [][2]string) {
	for _, field := range f.Fields {
		switch field.As {
		case form.Checkboxes:
			for _, v := range field.Values {
				all = append(all, [2]string{field.Name, v})
			}
		case form.Date:
			if day, err := time.Parse(time.DateOnly, field.Value); err == nil {
				all = append(all, [2]string{field.Name + "-day", strconv.Itoa(day.Day())},
					[2]string{field.Name + "-month", strconv.Itoa(int(day.Month()))}, [2]string{field.Name + "-year", strconv.Itoa(day.Year())})
			}
		default:
			all = append(all, [2]string{field.Name, field.Value})
		}
	}
	return all
}

// then are what follows from a sharing, in plain words.
func (a *ask) then(x sharing.Sharing, who string) (all []string) {
	add := func(id string) { all = append(all, a.say(id, "Who", alone(who))) }
	sealed := x.Refuse && x.Purpose == consent.Emergency
	switch {
	case x.Refuse:
		add("web.then.refuse")
		if x.To.Level < consent.Individual {
			add("web.then.closer")
		}
		if sealed {
			add("then.seal")
		} else {
			add("web.then.emergency")
		}
	case x.Purpose == consent.Planning:
		add("then.planning")
	default:
		add("web.then.share")
		if x.To.Level < consent.Individual {
			add("web.then.many")
		}
		add("web.then.circle")
		add("web.then.looks")
	}
	for _, id := range sharing.Consequences(x) {
		add(id)
	}
	if sealed {
		add("then.seal.how")
	}
	add("web.then.end")
	return all
}

// readSharing reads the form and asks the door whether it would do. The form is nil
// when it could not be made.
func (s *Site) readSharing(r *http.Request, a *ask) (f *form.Form, all []sharing.Sharing, who string, err error) {
	var offered map[string]sharing.Choice
	var at clock.Time
	err = s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("sharing")
		at = v.Now()
		f, offered, err = s.sharingForm(ctx, a, v)
		return err
	})
	if err != nil {
		return nil, nil, "", err
	}
	if err = f.Read(r); err != nil {
		return f, nil, "", err
	}
	all, own := sharingOf(f, offered, at)
	who = a.called(offered[f.Value("to")])
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		if err := addAll(v, "asked", all); err != nil {
			return err
		}
		return errAsked
	})
	if errors.Is(err, errAsked) {
		err = nil
	}
	return f, all, who, both(own, err)
}

// difference is what some sharings would change in what their party sees, by opening
// the person once more: what it names is then in the journal.
func (s *Site) difference(r *http.Request, a *ask, all []sharing.Sharing, who string, without ...string) (d *wouldSee, err error) {
	why, what := consent.Care, record.Supposing{Without: without}
	for _, x := range all {
		switch x.ID = "asked"; x.Purpose {
		case consent.Planning:
			return nil, nil // figures show nobody
		case consent.Emergency:
			why = consent.Emergency
		}
		x.From = 0 // as it is once it counts
		what.Also = append(what.Also, x.Rule())
	}
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		d, err = s.considered(ctx, a, v, all[0].To, why, who, what)
		return err
	})
	return d, err
}

// addAll says several things in one change, under ids made from one.
func addAll(v record.View, id string, all []sharing.Sharing) error {
	for i, x := range all {
		if x.ID = id; i > 0 {
			x.ID = id + "." + strconv.Itoa(i)
		}
		if err := sharing.Add(v, x); err != nil {
			return err
		}
	}
	return nil
}

// both is one Invalid of two, or whichever of them is an error.
func both(a, b error) error {
	ka, _ := fault.Of(a)
	kb, _ := fault.Of(b)
	if ka == fault.Invalid && kb == fault.Invalid {
		return &fault.Error{Kind: fault.Invalid, Problems: append(fault.Problems(a), fault.Problems(b)...)}
	}
	if a != nil && kb != "" || b == nil {
		return a
	}
	return b
}

// addSharing is POST /me/sharing/new: what was checked is said.
func (s *Site) addSharing(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, all, _, err := s.readSharing(r, a)
	if err == nil {
		id := newID() // not below: that may run twice
		err = s.open(r, a, func(_ context.Context, v record.View) error { return addAll(v, id, all) })
	}
	if f != nil && f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, sharingFormView(s.sharingFrame(r, a, f), a, f))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// newID is the id of a rule: a number that cannot be guessed.
func newID() string { return strconv.FormatInt(id.Random(), 36) }
