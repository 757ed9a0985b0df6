package demo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/retold"
	"onestory/internal/task"
	"onestory/internal/text"
)

// A favour is a piece of work that one of the cast asked others to do for Amina, and what
// became of it, move by move.
type favour struct {
	who, from string // the account that asks; what it is called, "" for Amina
	asker     consent.Party
	to        consent.Party
	name      string
	what, why string
	days      int // in which it is to be done; 0: no day
	shares    consent.Labels
	uses      []string // parts of About me whose words were put to why, in place of asking again
	moves     []moved
}

type moved struct{ who, name, move, words string }

// aminasWork is one piece of work in each state that people meet most: one that waits for
// an answer, one that somebody is at, one that is done and one that was declined.
func aminasWork() []favour {
	const tom, priya, hana, sam, ruth = "Tom Okafor, Ealing Council", "Dr Priya Nair, Plane Tree Surgery, Acton", "Hana Saleh, Good Company Befriending", "Sam Reid, Willow Gate Home Care", "Ruth Amoah, Riverside Community Trust"
	team := func(id string) consent.Party { return consent.Party{Level: consent.Team, ID: id} }
	return []favour{
		{who: "priya", from: priya, asker: team(priyasTeam), to: team(ruthsTeam), name: "District nurses, Ealing",
			what: "Weigh her and look at her ankles every Monday in October.", why: "Her water tablet was changed on 28 September.", shares: consent.Plan | consent.AboutMe,
			moves: []moved{{"ruth", ruth, "take", ""}, {"ruth", ruth, "finish", "Four visits. 71 kg at the end, ankles hardly swollen. She weighs herself now and writes it down."}}},
		{who: "amina", to: team(samsTeam), name: "Willow Gate Home Care",
			what: "Come a quarter of an hour earlier on Fridays.", why: "So that I am ready when my lift to the mosque comes.", shares: consent.Plan,
			moves: []moved{{"sam", sam, "decline", "Nobody is free before nine on Fridays until January. We ask again then, and Leila can stay with you on two Fridays."}}},
		{who: "tom", from: tom, asker: team(tomsTeam), to: organisations[befrienders].party(), name: organisations[befrienders].name,
			what: "Somebody who speaks Arabic, to have tea with her on Tuesdays.", why: "The days are long when Leila is at work.", shares: consent.AboutMe, uses: []string{"communicate", "worth"},
			moves: []moved{{"hana", hana, "take", ""}, {"tom", tom, "say", "She hears better on her left side."}, {"hana", hana, "begin", "Samar comes from this Tuesday, at three."}}},
		{who: "tom", from: tom, asker: team(tomsTeam), to: team(priyasTeam), name: "Plane Tree Surgery, Acton, blue team", days: 9,
			what: "Say whether ibuprofen goes with her other tablets.", why: "She buys it for her knees, and her ankles are worse in those weeks.", shares: 0},
	}
}

// workFor has the cast ask and answer, each as themselves. What is there already, from
// before an interruption, stays as it is.
func (a *area) workFor(ctx context.Context, parts *Parts, s *saying, all []favour, whose person.ID) error {
	whom := parts.Door.Text(whose)
	for _, f := range all {
		w := at{parts, whose, id.Entry{Person: int64(whose), N: s.ids.Int64N(1<<62) + 1}}
		ids := [5]string{uuid(s.ids), uuid(s.ids), uuid(s.ids), uuid(s.ids)}
		if len(f.uses) > 0 {
			ids[4] = uuid(s.ids)
		}
		moves := f.moves
		err := w.as(ctx, f.who, "work-ask", func(v record.View, there task.Work) error {
			if there.Text != "" {
				moves = nil
				return nil
			}
			asked := a.asked(f)
			told, err := toldBefore(v, parts.Door.EntryText, f.uses)
			if err != nil {
				return err
			}
			if asked.Why, asked.Told = f.why+told, f.uses; len(f.uses) > 0 {
				v.Tell(retold.Use{
					Token: ids[4], Area: boroughs[ealing].name, Organisation: organisations[ealingCouncil].id, Team: f.asker.ID, N: len(f.uses),
				}.Telling())
			}
			return task.Ask(v, task.Asking{
				Work: asked, ID: w.entry, Member: ids[0], Rule: ids[1], Whom: whom, Shares: f.shares,
				Until: clock.At(a.today.Add(28 * 24 * time.Hour)), Agreed: "She said yes when we talked about her plan.",
			})
		})
		for _, m := range moves {
			if err != nil {
				return err
			}
			err = w.as(ctx, m.who, "work-"+m.move, func(v record.View, there task.Work) error {
				return task.Make(v, there, task.Making{
					Move: task.MoveOf(m.move), Had: there.Entry.Version, Words: m.words, Whom: whom, Name: m.name, Member: ids[2], Rule: ids[3],
				}, circle.Reason)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// toldBefore is what stands in About me under some headings, as a form puts it into an
// answer.
func toldBefore(v record.View, entry plan.Text, parts []string) (lines string, err error) {
	p, err := plan.Read(v, entry)
	if err != nil {
		return "", err
	}
	for _, x := range plan.Offers(p, nil) {
		if slices.Contains(parts, x.Code) {
			in := text.For("", "")
			lines += "\n" + in.T("told.line", map[string]any{"Who": x.By, "Date": in.Date(x.At)}) + " " + x.Words
		}
	}
	return lines, nil
}

func (a *area) asked(f favour) task.Work {
	day := func(days int) string { return a.today.AddDate(0, 0, days).Format(dayOnly) }
	x := task.Work{What: f.what, Why: f.why, Asker: f.asker, AskedBy: cmp.Or(f.from, "Amina Yusuf"), Doer: f.to, DoneBy: f.name, AnswerBy: day(7)}
	if f.days > 0 {
		x.By = day(f.days)
	}
	return x
}

// An at is one piece of work of one person.
type at struct {
	parts *Parts
	whose person.ID
	entry id.Entry
}

// as opens the person to somebody, with the piece of work as it stands.
func (w *at) as(ctx context.Context, who, doing string, then func(record.View, task.Work) error) error {
	actor, err := w.parts.Accounts.As(ctx, who)
	if err != nil {
		return err
	}
	why := consent.Care
	if actor.Person == int64(w.whose) {
		why = consent.Own
	}
	return w.parts.Door.With(ctx, actor, why, w.whose, func(v record.View) error {
		v.Doing(doing)
		all, err := task.Of(v, func(e record.Entry) string { return w.parts.Door.EntryText(e.ID) })
		for _, x := range all {
			if x.Entry.ID == w.entry {
				return then(v, x)
			}
		}
		if err != nil {
			return err
		}
		return then(v, task.Work{})
	})
}
