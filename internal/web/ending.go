package web

import (
	"context"
	"net/http"

	"onestory/internal/circle"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

type endPage struct {
	ui.Page
	Said said
	Diff *wouldSee
}

// askEnd is GET /me/sharing/{id}/end: what happens when it ends.
func (s *Site) askEnd(w http.ResponseWriter, r *http.Request, a *ask) error {
	p := endPage{}
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("sharing")
		who, err := s.parties(ctx, a, v)
		if err != nil {
			return err
		}
		for _, x := range sharing.List(v) {
			if x.ID == r.PathValue("id") && x.State != sharing.Ended && x.Choice == "" {
				p.Said = a.said(v, x, who)
				why := consent.Care
				switch x.Purpose {
				case consent.Planning:
					return nil
				case consent.Emergency:
					why = consent.Emergency
				}
				p.Diff, err = s.considered(ctx, a, v, x.To, why, who(x.To), record.Supposing{Without: []string{x.ID}})
				return err
			}
		}
		return fault.NotFound
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.end.title"))
	p.Back = &ui.Link{Text: a.say("web.sharing.title"), Href: a.to("/me/sharing")}
	return show(w, r, http.StatusOK, endView(p, a))
}

// endSharing is POST /me/sharing/{id}/end.
func (s *Site) endSharing(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.open(r, a, func(_ context.Context, v record.View) error { return endSaid(v, r.PathValue("id")) })
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// endSaid ends something said, but for what one of the three choices is made of:
// that ends as a whole, on its own page.
func endSaid(v record.View, id string) error {
	for _, x := range sharing.List(v) {
		if x.ID == id && x.Choice != "" {
			return fault.NotFound
		}
	}
	return sharing.End(v, id)
}

// Ways of stopping what somebody in the circle may see.
const (
	quietly = "quiet"
	loudly  = "loud"
)

func (a *ask) stopForm(name string) *form.Form {
	f := form.Of(a.say("web.stop.title", "Who", alone(name)), form.Field{
		Name: "how", As: form.Radios, Options: []form.Option{
			{Value: quietly, Label: a.say("web.stop.quiet"), Hint: a.say("web.stop.quiet-hint")},
			{Value: loudly, Label: a.say("web.stop.loud"), Hint: a.say("web.stop.loud-hint")},
		},
	})
	f.Button = a.say("web.stop.button")
	return f
}

// askStop is GET /me/circle/{id}/stop.
func (s *Site) askStop(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, err := s.stopping(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, f.Page(s.sharingFrame(r, a, f)))
}

// stopping is the form for one member of the circle.
func (s *Site) stopping(r *http.Request, a *ask) (f *form.Form, err error) {
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("sharing")
		for _, m := range circle.Of(v) {
			if m.ID == r.PathValue("id") && !m.Past {
				f = a.stopForm(m.Name)
				return nil
			}
		}
		return fault.NotFound
	})
	return f, err
}

// stop is POST /me/circle/{id}/stop.
func (s *Site) stop(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, err := s.stopping(r, a)
	if err != nil {
		return err
	}
	rule := newID()
	if err = f.Read(r); err == nil && f.Value("how") == "" {
		err = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "how", Say: "Choose how to stop"}}}
	}
	if err == nil {
		err = s.open(r, a, func(_ context.Context, v record.View) error {
			return circle.Stop(v, r.PathValue("id"), f.Value("how") == quietly, rule)
		})
	}
	switch {
	case f.Took(err):
		return show(w, r, http.StatusUnprocessableEntity, f.Page(s.sharingFrame(r, a, f)))
	case err != nil:
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// resume is POST /me/circle/{id}/resume: what was stopped quietly is shared again.
func (s *Site) resume(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.open(r, a, func(_ context.Context, v record.View) error { return circle.Resume(v, r.PathValue("id")) })
	if err != nil {
		return err
	}
	return on(w, r, a.to("/me/sharing"))
}

// download is GET /me/download: everything of one's own, as FHIR.
func (s *Site) download(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Export == nil {
		return fault.NotFound
	}
	return s.send(w, r, a, "application/fhir+json", "onestory-record.json", s.Export)
}

// journal is GET /me/access/journal: one's journal, for checking elsewhere.
func (s *Site) journal(w http.ResponseWriter, r *http.Request, a *ask) error {
	if s.Journal == nil {
		return fault.NotFound
	}
	return s.send(w, r, a, "application/octet-stream", "onestory-journal.jsonl", s.Journal)
}
