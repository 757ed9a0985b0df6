package web

import (
	"net/http"
	"slices"
	"time"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/task"
	"onestory/internal/web/ui"
)

// mywork.go is what waits for one professional or their team, over all their people:
// work that others ask of them, and what plans say is theirs. Both are put to teams and
// places in the circle, so that whoever comes when somebody is away finds it here.

type myWorkPage struct {
	ui.Page
	Parts  []myWorkPart
	Used   string // how often what people told was used by their team this year; "" for never
	Latest string // where their people are, whoever's record changed last first; "" for who has no such list
	Away   string // where they hand over; likewise
}

type myWorkPart struct {
	Code  string
	Cards []ui.Card
}

// The parts of the page, in its order.
const (
	mineSilent = iota
	mineOffered
	minePlan
	mineReview
	mineDoing
	mineAsked
)

// dueWithin is how far ahead the page looks in plans.
const dueWithin = 14 * 24 * time.Hour

// A duty is a card of the page: in which part, and by when it is due.
type duty struct {
	part int
	day  string
	card ui.Card
}

// myWork is GET /work.
func (s *Site) myWork(w http.ResponseWriter, r *http.Request, a *ask) error {
	circles, err := s.Door.Circles(r.Context(), a.who)
	if err != nil {
		return err
	}
	var ids []person.ID
	for _, c := range circles {
		if c.Role != "carer" && !slices.Contains(ids, c.Person) {
			ids = append(ids, c.Person)
		}
	}
	found := make([][]duty, len(ids))
	answers, err := s.Door.Together(r.Context(), a.who, consent.Care, ids, func(i int, v record.View) (err error) {
		v.Doing("list")
		found[i], err = s.duties(a, v)
		return err
	})
	if err != nil {
		return err
	}
	p := myWorkPage{Parts: []myWorkPart{{Code: "silent"}, {Code: "offered"}, {Code: "plan"}, {Code: "review"}, {Code: "doing"}, {Code: "asked"}}}
	var all []duty
	for i := range ids {
		switch kind, _ := fault.Of(answers[i]); {
		case answers[i] == nil:
			all = append(all, found[i]...)
		case kind != fault.NotFound && kind != fault.Withheld:
			return answers[i]
		}
	}
	slices.SortStableFunc(all, func(x, y duty) int { return sooner(x.day, y.day) })
	for _, d := range all {
		p.Parts[d.part].Cards = append(p.Parts[d.part].Cards, d.card)
	}
	if a.who.Role != consent.Invited {
		p.Latest, p.Away = a.to("/people?sort=new"), a.to("/work/away")
	}
	if p.Used, err = s.usedByTeam(r.Context(), a); err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("work.mine"))
	return show(w, r, http.StatusOK, myWorkView(p, a))
}

// sooner orders days; those without one come last.
func sooner(x, y string) int {
	switch {
	case x == y:
		return 0
	case y == "" || x != "" && x < y:
		return -1
	}
	return 1
}

// duties are what of one person waits for the reader.
func (s *Site) duties(a *ask, v record.View) (all []duty, err error) {
	var works []task.Work
	due := plan.Due{By: v.Now().Add(dueWithin).FHIR()[:10], Text: s.Door.EntryText}
	err = v.All("Task", func(e record.Entry) error { // both are Tasks, and each is read once
		if w, ok := task.As(e, func(e record.Entry) string { return s.Door.EntryText(e.ID) }); ok {
			works = append(works, w)
		}
		due.Take(e)
		return nil
	})
	if err == nil {
		err = due.Worse(v)
	}
	if err != nil || len(works)+len(due.Pieces) == 0 {
		return nil, err
	}
	subject, err := v.Subject()
	if err != nil {
		return nil, err
	}
	home := "/people/" + subject.ID
	for _, x := range works {
		row := workRow{Work: x, Href: a.to(home + "/work/" + x.Text), Whose: subject.Name, Tags: a.workTags(&x, v.Now())}
		if part := mine(&row, x.SideOf(a.who, false), x.Silent(v.Now()) || x.Late(v.Now())); part >= 0 {
			all = append(all, duty{part, x.By, a.workCard(row, 3)})
		}
	}
	if len(due.Pieces) == 0 {
		return all, nil
	}
	here, err := a.placeOf(v)
	for _, x := range due.Pieces {
		if part := here.part(a, x); part >= 0 {
			all = append(all, duty{part, x.Day(), a.dueCard(x, home+"/plan", subject.Name, v.Now().FHIR()[:10])})
		}
	}
	return all, err
}

// A place is where the reader stands in somebody's circle.
type place struct {
	members []string // by which they are in it
	first   bool     // they are whom to ask first
}

func (a *ask) placeOf(v record.View) (p place, err error) {
	for _, m := range v.Members() {
		if a.who.Is(m.Party) {
			p.members = append(p.members, m.ID)
			if m.For != "" { // they stand in for somebody
				p.members = append(p.members, m.For)
			}
		}
	}
	first, err := plan.AskFirst(v)
	p.first = slices.Contains(p.members, first.Who)
	return p, err
}

// part is the part of the page for what falls due in a plan; -1 when it is not the
// reader's. What is to be looked at again is for who wrote it, and whom to ask first.
func (p place) part(a *ask, x plan.Piece) int {
	switch {
	case x.Part.Code == "action" && slices.Contains(p.members, x.Said["who"]):
		return minePlan
	case x.Part.Code != "action" && (p.first || x.Entry.Author.Account == a.who.Account):
		return mineReview
	}
	return -1
}

func (a *ask) dueCard(x plan.Piece, at, whose, today string) ui.Card {
	card := ui.Card{Heading: clip(tidy(x.Said["words"]), 120), Level: 3, Href: a.to(at) + "#" + x.Part.Code,
		Text: a.say("work.mine.by", "Name", alone(whose), "Date", a.day(x.Day()))}
	if x.Day() < today {
		card.Tags = []ui.Tag{{Text: a.say("plan.overdue"), Colour: ui.Late}}
	}
	return card
}

// mine is the part of the page that a piece of work stands in, for somebody on a side of
// it; -1 for none.
func mine(x *workRow, side task.Side, late bool) int {
	switch {
	case !x.Open():
	case side&task.Asker != 0 && late:
		return mineSilent
	case side&task.Doer != 0 && x.Status == task.Asked:
		return mineOffered
	case side&task.Doer != 0:
		return mineDoing
	case side&task.Asker != 0:
		return mineAsked
	}
	return -1
}
