package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/ui"
)

// summary.go is one person on one screen, for whoever has ten minutes: first what can
// do harm not to know, then what they themselves say matters, then what is so now.

type summaryPage struct {
	ui.Page
	Know, Allergies                *sectionPart // nil: this role does not need them
	Medicines, Conditions, Results *sectionPart
	About                          []aboutMe
	Goals                          []fact
	Latest                         []fact // letters and visits
	Next                           *fact
	Team                           []teammate
	More                           []ui.Link
}

// An aboutMe is one thing that the person says of themselves.
type aboutMe struct {
	Part      *plan.Part
	Words, By string
	Talk      bool // how to communicate with them
	Shown     []plan.Shown
}

// mostLatest is how many letters and visits the summary shows of each.
const mostLatest = 2

// summary is GET /people/{person}: what to know, on one screen.
func (s *Site) summary(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := summaryPage{}
	var needs []string
	err := s.open(r, a, func(ctx context.Context, v record.View) (err error) {
		v.Doing("summary")
		p = summaryPage{Team: roles(v)}
		all, err := s.facts(ctx, v, "know", "allergies", "medicines", "conditions", "results")
		if err != nil {
			return err
		}
		p.Know, p.Allergies = a.needed("know", all, 20), a.needed("allergies", all, 20)
		p.Medicines, p.Conditions, p.Results = a.needed("medicines", all, 30), a.needed("conditions", all, 12), a.needed("results", all, 8)
		if p.Know != nil && len(p.Know.Facts) == 0 {
			p.Know = nil // nobody checks for flags: that there are none says nothing
		}
		if p.About, p.Goals, err = s.matters(ctx, v); err != nil {
			return err
		}
		if p.Latest, err = s.lately(ctx, v); err != nil {
			return err
		}
		if needs, err = speaks(v); err != nil {
			return err
		}
		p.Next, err = s.next(ctx, v)
		return err
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.summary.title"))
	p.Back = &ui.Link{Text: a.say("web.people.title"), Href: a.to("/people")}
	for _, l := range needs {
		p.Subject.Needs = append(p.Subject.Needs, a.say("web.summary.speaks", "Language", alone(l)))
	}
	if role := a.role(a.who.Role); role != "" {
		p.Subject.As = role
		if a.who.OrganisationName != "" {
			p.Subject.As = a.say("web.summary.as", "Role", role, "Organisation", alone(a.who.OrganisationName))
		}
	}
	p.More = []ui.Link{
		{Text: a.hers("plan.title", "Name", alone(a.subject.Name)), Href: a.at("/plan")},
		{Text: a.hers("work.title", "Name", alone(a.subject.Name)), Href: a.at("/work")},
		{Text: a.say("web.summary.more"), Href: a.at("/record")},
		{Text: a.say("web.timeline.title"), Href: a.at("/timeline")},
		{Text: a.say("web.leave.title"), Href: a.at("/leave")},
	}
	if a.recordsCarers() {
		p.More = append(p.More, ui.Link{Text: a.say("carers.ask.title"), Href: a.at("/caring")})
	}
	if a.appoints() {
		p.More = append(p.More, ui.Link{Text: a.say("lending.appoint"), Href: a.at("/acting")})
	}
	if a.helps() {
		p.More = append(p.More, ui.Link{Text: a.say("helping.open"), Href: a.at("/help")})
	}
	return show(w, r, http.StatusOK, summaryView(p, a))
}

// needed is a section of the summary: what is so now. It is nil where the role has
// nothing of its kinds, whoever the person is.
func (a *ask) needed(code string, all []fact, most int) *sectionPart {
	reach := consent.ReachOf(a.who.Role, a.why)
	within := slices.ContainsFunc(topics[:], func(t topic) bool {
		return t.Code == code && slices.ContainsFunc(t.Kinds, func(kind string) bool {
			mask := reach.Mask(kind)
			return mask == nil || len(mask) > 0
		})
	})
	if !within {
		return nil
	}
	part := a.part(code, now(of(all, code)), 1000)
	if code == "results" { // what is not as usual first: it must not be below the fold
		slices.SortStableFunc(part.Facts, func(x, y fact) int { return after(len(a.outside(x)) == 0, len(a.outside(y)) == 0) })
	}
	if len(part.Facts) > most {
		part.Facts, part.More = part.Facts[:most], a.at("/record/"+code)
	}
	return &part
}

// matters is what the person says of themselves, in the words of two headings of the
// national standard (PRSB About Me), and what they want to reach.
func (s *Site) matters(ctx context.Context, v record.View) (about []aboutMe, goals []fact, err error) {
	if about, err = s.saysOfThemselves(v); err != nil {
		return nil, nil, err
	}
	var wanted []id.Entry
	v.Headers(func(h record.Header) {
		if h.Kind == "Goal" {
			wanted = append(wanted, h.ID)
		}
	})
	for _, e := range wanted {
		f, err := s.factOf(ctx, v, e)
		if err != nil {
			return nil, nil, err
		}
		if !f.Over {
			goals = append(goals, f)
		}
	}
	return about, goals[:min(len(goals), 3)], nil
}

// saysOfThemselves is what the person says under the two headings that the summary
// shows: in their plan, or else as another system sent it.
func (s *Site) saysOfThemselves(v record.View) (about []aboutMe, err error) {
	p, err := plan.Read(v, s.Door.EntryText)
	if err != nil {
		return nil, err
	}
	told, err := plan.Elsewhere(v)
	if err != nil {
		return nil, err
	}
	for _, code := range []string{"important", "communicate"} {
		x := aboutMe{Part: plan.PartOf(code), Talk: code == "communicate"}
		if here := p.Of(code); len(here) > 0 {
			x.Words, x.By = here[0].Said["words"], here[0].Entry.Author.Name
		} else if there, ok := told[code]; ok {
			x.Words, x.By = there.Words, there.Source
		}
		x.Shown = p.ShownUnder(code)
		if x.Words = clip(tidy(x.Words), 240); x.Words != "" || len(x.Shown) > 0 {
			about = append(about, x)
		}
	}
	return about, nil
}

// lately are the last letters and visits. They are chosen by headers, so that the
// journal names only what is shown.
func (s *Site) lately(ctx context.Context, v record.View) (all []fact, err error) {
	var heads []record.Header
	v.Headers(func(h record.Header) {
		if topicOf(h) == "letters" || h.Kind == "Encounter" {
			heads = append(heads, h)
		}
	})
	slices.SortStableFunc(heads, func(a, b record.Header) int { return cmp.Compare(written(b), written(a)) })
	had := map[string]int{}
	for _, h := range heads {
		if had[h.Kind]++; had[h.Kind] > mostLatest {
			continue
		}
		f, err := s.factOf(ctx, v, h.ID)
		if err != nil {
			return nil, err
		}
		if !f.Mistake {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b fact) int { return cmp.Compare(low(b.On), low(a.On)) })
	return all, nil
}

// speaks are the languages that somebody would rather speak.
func speaks(v record.View) (all []string, err error) {
	err = v.All("Patient", func(e record.Entry) error {
		for c := range e.Doc.At("communication") {
			if l := concept(c.Get("language")); c.Get("preferred").Bool() && l != "" && !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
		return nil
	})
	return all, err
}

// roles are those in the circle now by what they do: people change, and the place
// stays.
func roles(v record.View) (all []teammate) {
	for _, m := range circle.Of(v) {
		if !m.Past {
			all = append(all, teammate{m.Name, m.Role})
		}
	}
	return all
}

// brief is when and whence in one line.
func (a *ask) brief(f fact) string {
	from := f.Source
	if from == "" {
		from = a.say("web.by.here-short")
	} else {
		from = alone(from)
	}
	var others []string
	for _, x := range f.Same {
		if x.Source != f.Source && !slices.Contains(others, x.Source) {
			others = append(others, x.Source)
		}
	}
	if len(others) > 0 {
		from = a.N("web.summary.and-others", len(others), values("Source", from))
	}
	if on := a.day(f.On); on != "" {
		return a.say("web.people.on", "What", alone(on), "Date", from)
	}
	return from
}
