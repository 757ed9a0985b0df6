package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// kept is the answer that leaves the end of a sharing as it is.
const kept = "keep"

// lessForm asks what is to be left of one sharing.
func (a *ask) lessForm(x said) *form.Form {
	option := func(value, id string) form.Option { return form.Option{Value: value, Label: a.say(id)} }
	var fields []form.Field
	if x.Entry == 0 {
		var topics []form.Option
		for _, t := range sharing.Topics() {
			if slices.Contains(x.Topics, t.Code) {
				topics = append(topics, form.Option{Value: t.Code, Label: a.say(t.Name), Hint: a.say(t.Hint)})
			}
		}
		fields = append(fields, form.Field{Name: "topics", Label: a.say("less.topics"), Hint: a.say("less.topics-hint"), As: form.Checkboxes, Options: topics, Values: x.Topics})
	}
	fields = append(fields,
		form.Field{Name: "long", Label: a.say("less.long"), As: form.Radios, Value: kept, Options: []form.Option{
			{Value: kept, Label: a.say("less.keep"), Hint: x.Until}, option(month, "web.share.month"), option(year, "web.share.year"), option(chosen, "web.share.chosen"),
		}},
		form.Field{Name: "until", Label: a.say("web.share.until"), Hint: a.say("web.share.until-hint"), As: form.Date},
		form.Field{Name: "sure", As: form.Hidden})
	f := form.Of(a.say("less.title"), fields...)
	f.Action = a.to("/me/sharing/" + x.ID + "/less")
	f.Button = a.say("web.share.check")
	return f
}

// lessening is the form for one sharing, with that sharing.
func (s *Site) lessening(r *http.Request, a *ask) (f *form.Form, x said, at clock.Time, err error) {
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		at = v.Now()
		who, err := s.parties(ctx, a, v)
		if err != nil {
			return err
		}
		for _, one := range sharing.List(v) {
			if one.ID == r.PathValue("id") && one.State != sharing.Ended && !one.Refuse {
				x = a.said(v, one, who)
				f = a.lessForm(x)
				return nil
			}
		}
		return fault.NotFound
	})
	return f, x, at, err
}

// askLess is GET /me/sharing/{id}/less: fewer topics, or an earlier end.
func (s *Site) askLess(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, x, _, err := s.lessening(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, lessView(s.sharingFrame(r, a, f), a, f, x))
}

// less is POST /me/sharing/{id}/less: what it would mean, and once that was read,
// that it is so.
func (s *Site) less(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, x, at, err := s.lessening(r, a)
	if err != nil {
		return err
	}
	l := sharing.Less{ID: newID()}
	if err = f.Read(r); err == nil {
		if x.Entry == 0 {
			l.Topics = f.Values("topics")
		}
		if f.Value("long") != kept {
			l.Until, err = until(f, at)
		}
		err = both(err, s.open(r, a, func(_ context.Context, v record.View) error {
			if err := sharing.Narrow(v, x.ID, l); err != nil || f.Value("sure") == "yes" {
				return err
			}
			return errAsked
		}))
	}
	switch {
	case f.Took(err):
		return show(w, r, http.StatusUnprocessableEntity, lessView(s.sharingFrame(r, a, f), a, f, x))
	case errors.Is(err, errAsked):
		left := x.Sharing
		left.Topics = l.Topics
		diff, err := s.difference(r, a, []sharing.Sharing{left}, x.Who, x.ID)
		if err != nil {
			return err
		}
		return show(w, r, http.StatusOK, checkView(s.checkLess(r, a, f, x, l, diff), a))
	case err != nil:
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// checkLess is what would be left, and what would not.
func (s *Site) checkLess(r *http.Request, a *ask, f *form.Form, x said, l sharing.Less, diff *wouldSee) checkPage {
	p := checkPage{Page: s.sharingFrame(r, a, f), Action: a.to("/me/sharing/" + x.ID + "/less"), Diff: diff}
	p.Again = p.Action
	p.Title = a.say("web.check.title")
	row := func(key, value string) { p.Rows = append(p.Rows, ui.Row{Key: a.say(key), Value: ui.Said(value)}) }
	row("less.now", strings.TrimSuffix(x.Sentence, "."))
	if x.Entry == 0 {
		var gone []string
		for _, t := range x.Topics {
			if !slices.Contains(l.Topics, t) {
				gone = append(gone, t)
			}
		}
		if gone != nil {
			row("less.gone", a.topics(gone, false))
			p.Then = append(p.Then, a.say("less.then.gone"))
		}
		row("less.left", a.topics(l.Topics, false))
	}
	if l.Until == 0 {
		l.Until = x.Said.Until
	}
	row("web.check.until", a.lastDay(l.Until))
	p.Then = append(p.Then, a.say("web.end.kept"), a.say("web.then.end"))
	f.Set("sure", "yes")
	p.Hidden = again(f)
	return p
}
