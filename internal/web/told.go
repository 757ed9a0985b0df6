package web

import (
	"context"
	"net/http"
	"strings"

	"onestory/internal/directory"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/retold"
	"onestory/internal/task"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// told.go is telling once: what somebody told before is offered where a form would ask it
// again, and how often it was used is shown to them, to teams and for places.

// offerShown is how many letters of an offer a form shows; all of it is used.
const offerShown = 140

// A toldLine is an offer as it stands in an answer.
type toldLine struct {
	plan.Offer
	line string // its words, with who wrote them and when
}

// toldBefore lays what was told already beside a question, as far as the reader may see it.
func (s *Site) toldBefore(a *ask, v record.View, beside *form.Field) (all []toldLine, err error) {
	p, err := plan.Read(v, s.Door.EntryText)
	if err != nil {
		return nil, err
	}
	sent, err := plan.Elsewhere(v)
	if err != nil {
		return nil, err
	}
	beside.Offers = nil
	for _, x := range plan.Offers(p, sent) {
		date := a.day(x.On)
		if x.At != 0 {
			date = a.Date(x.At)
		}
		by, line := a.say("plan.wrote", "Who", alone(x.By), "Date", date), a.say("told.line", "Who", x.By, "Date", date)
		if date == "" {
			by, line = alone(x.By), a.say("told.line.undated", "Who", x.By)
		}
		words := tidy(x.Words)
		all = append(all, toldLine{x, tidy(line + " " + words)})
		beside.Offers = append(beside.Offers, form.Offer{Value: x.Code, Of: a.partTitle(x.Part), Words: clip(words, offerShown), By: by, Name: a.partTitle(x.Part) + ", " + clip(words, 40)})
	}
	return all, nil
}

// stands reports whether an offer stands in an answer, as it was put there.
func (x *toldLine) stands(answer string) bool {
	return strings.Contains("\n"+tidy(answer)+"\n", "\n"+x.line+"\n")
}

// usedIn are the parts that the offers are of that stand in an answer, one for each.
func usedIn(answer string, all []toldLine) (codes []string) {
	for _, x := range all {
		if x.stands(answer) {
			codes = append(codes, x.Part.Code)
		}
	}
	return codes
}

// use puts the offer whose button was pressed into an answer, unless it stands there. What
// was typed stays: where there is no room for both, it says so.
func (a *ask) use(f *form.Form, question string, all []toldLine) {
	field := f.Field(question)
	for _, x := range all {
		if x.Code != f.Pressed() || x.stands(field.Value) {
			continue
		}
		with := strings.TrimSpace(field.Value + "\n" + x.line)
		if field.Max > 0 && len([]rune(with)) > field.Max {
			field.Error = a.say("told.long")
			return
		}
		field.Value = with
	}
}

// usedTells says that answers given before were used: for whoever asks, or whom the person
// asks.
func (s *Site) usedTells(ctx context.Context, a *ask, token string, to workFor, n int) ([]record.Telling, error) {
	if n == 0 || s.Retold == nil {
		return nil, nil
	}
	u := retold.Use{Token: token, N: n, Organisation: a.who.Organisation.ID, Team: a.who.Team.ID}
	if a.answersPlan() || u.Organisation == "" {
		u.Organisation, u.Team = to.of, to.team
	}
	if s.Services != nil {
		var err error
		if u.Area, err = s.Services.BoroughOf(ctx, u.Organisation); err != nil {
			return nil, err
		}
	}
	return []record.Telling{u.Telling()}, nil
}

// many is a sentence with a number; of somebody else's record it is another.
func (a *ask) many(id string, n int) string {
	if !a.mine() {
		id += ".other"
	}
	return a.N(id, n, nil)
}

// usedSoFar says how often what was told in a record was used, as far as the view shows.
func (s *Site) usedSoFar(a *ask, v record.View) (string, error) {
	all, err := s.worksOf(v)
	if n := task.ToldOnce(all); n > 0 {
		return a.many("told.so-far", n), err
	}
	return "", err
}

// usedByTeam says how often what people told was used by the reader's team this year.
func (s *Site) usedByTeam(ctx context.Context, a *ask) (string, error) {
	if s.Retold == nil || a.who.Organisation.ID == "" {
		return "", nil
	}
	n, err := s.Retold.Of(ctx, a.who.Organisation.ID, a.who.Team.ID)
	if err != nil || n == 0 {
		return "", err
	}
	return a.N("told.team", n, nil), nil
}

// toldAtAll is where it says how often what people told was used; "" where it is not
// counted.
func (s *Site) toldAtAll(a *ask) string {
	if s.Retold == nil {
		return ""
	}
	return a.to("/told")
}

type toldPage struct {
	ui.Page
	Places []ui.Row
	How    string
}

// toldOnce is GET /told: how often what people told was used this year, by place. It is for
// anybody, and so says of few only that they are few.
func (s *Site) toldOnce(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Retold.Areas(r.Context())
	if err != nil {
		return err
	}
	few := a.Number(retold.Few)
	p := toldPage{Page: s.page(r, a, a.say("told.title")), How: a.say("told.how", "Few", few)}
	for _, area := range append(directory.Boroughs(), "") {
		name, count := area, a.say("told.few", "Few", few)
		if area == "" {
			name = a.say("told.several")
		}
		if n := all[area]; n >= retold.Few {
			count = a.Number(n)
		}
		p.Places = append(p.Places, ui.Row{Key: name, Value: ui.Said(count)})
	}
	return show(w, r, http.StatusOK, toldOnceView(p, a))
}
