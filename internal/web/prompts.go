package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// prompts.go is the questions by which organisations help people to plan: where they are
// looked after, and where they stand beside a plan. An answer is a piece like any other,
// and nothing is kept of what prompted it.

// A promptRow is a question beside a plan, or in the list of its organisation.
type promptRow struct{ Words, Part, By, Href string }

type promptsPage struct {
	ui.Page
	All []promptRow
	New string
}

// promptParts are the parts that questions are for: those of which there may be several,
// so that an answer never stands in the way of another.
func promptParts() (all []*plan.Part) {
	for _, x := range plan.Parts() {
		if x.Many {
			all = append(all, x)
		}
	}
	return all
}

// prompts is GET /organisation/prompts.
func (s *Site) prompts(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Accounts.Prompts(r.Context(), a.who.Organisation.ID)
	if err != nil {
		return err
	}
	p := promptsPage{Page: s.page(r, a, a.say("prompt.title")), New: a.to("/organisation/prompts/new")}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	for _, x := range all {
		p.All = append(p.All, promptRow{Words: x.Words, Part: a.say("plan." + x.Part), Href: a.to("/organisation/prompts/" + x.ID)})
	}
	return show(w, r, http.StatusOK, promptsView(p, a))
}

// promptOf is the form for the question that the address names, or for a new one.
func (s *Site) promptOf(r *http.Request, a *ask) (f *form.Form, id string, err error) {
	var x account.Prompt
	title := a.say("prompt.new")
	if id = r.PathValue("prompt"); id != "" {
		all, err := s.Accounts.Prompts(r.Context(), a.who.Organisation.ID)
		if err != nil {
			return nil, "", err
		}
		i := slices.IndexFunc(all, func(x account.Prompt) bool { return x.ID == id })
		if i < 0 {
			return nil, "", fault.NotFound
		}
		x, title = all[i], a.say("prompt.change")
	}
	var parts []form.Option
	for _, part := range promptParts() {
		parts = append(parts, form.Option{Value: part.Code, Label: a.partTitle(part)})
	}
	f = form.Of(title,
		form.Field{Name: "words", Label: a.say("prompt.words"), Hint: a.say("prompt.words.hint"), Value: x.Words, Max: 150},
		form.Field{Name: "part", Label: a.say("prompt.part"), As: form.Radios, Options: parts, Value: x.Part})
	f.Action, f.Button = a.to("/organisation/prompts/"+cmp.Or(id, "new")), a.say("office.save")
	return f, id, nil
}

// askPrompt is GET /organisation/prompts/new and GET /organisation/prompts/{prompt}.
func (s *Site) askPrompt(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, id, err := s.promptOf(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, promptFormView(s.promptFrame(r, a, f), f, id, a))
}

func (s *Site) promptFrame(r *http.Request, a *ask, f *form.Form) ui.Page {
	p := s.page(r, a, f.Title)
	p.Back = &ui.Link{Text: a.say("prompt.title"), Href: a.to("/organisation/prompts")}
	return p
}

// setPrompt is POST to the same.
func (s *Site) setPrompt(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, id, err := s.promptOf(r, a)
	if err != nil {
		return err
	}
	if err = f.Read(r); err == nil {
		err = s.Accounts.SetPrompt(r.Context(), a.who, account.Prompt{
			ID: cmp.Or(id, "p-"+newID()), Part: f.Value("part"), Words: tidy(f.Value("words")),
		})
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, promptFormView(s.promptFrame(r, a, f), f, id, a))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/prompts"))
}

// endPrompt is POST /organisation/prompts/{prompt}/end.
func (s *Site) endPrompt(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Accounts.EndPrompt(r.Context(), a.who, r.PathValue("prompt")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/prompts"))
}

// promptsOf are the questions of whoever is in the circle now, for the parts that the
// reader writes.
func (s *Site) promptsOf(ctx context.Context, a *ask, v record.View) (all []promptRow, err error) {
	var seen []string
	for _, m := range v.Members() {
		which, _, err := s.worksFor(ctx, m)
		if err != nil {
			return nil, err
		}
		if which == "" || slices.Contains(seen, which) || v.Now() < m.From || v.Now() >= m.Until {
			continue
		}
		seen = append(seen, which)
		asked, err := s.Accounts.Prompts(ctx, which)
		if err != nil {
			return nil, err
		}
		if len(asked) == 0 {
			continue
		}
		by, err := s.organisationName(ctx, which)
		if err != nil {
			return nil, err
		}
		for _, x := range asked {
			if part := plan.PartOf(x.Part); part != nil && a.writes(part) {
				all = append(all, promptRow{
					Words: x.Words, Part: a.partTitle(part), By: by, Href: a.at("/plan/"+x.Part+"/write") + sep(a) + "ask=" + x.ID,
				})
			}
		}
	}
	return all, nil
}

func (s *Site) organisationName(ctx context.Context, which string) (string, error) {
	all, err := s.Accounts.Organisations(ctx)
	for _, o := range all {
		if o.ID == which {
			return o.Name, err
		}
	}
	return which, err
}

// prompted puts the question that the address names into a form, while its organisation
// is in the circle.
func (s *Site) prompted(r *http.Request, a *ask, v record.View, f *pieceForm) error {
	which := r.URL.Query().Get("ask")
	if which == "" || f.Text != "" {
		return nil
	}
	all, err := s.promptsOf(r.Context(), a, v)
	href := a.at("/plan/"+f.Part.Code+"/write") + sep(a) + "ask=" + which
	for _, x := range all {
		if x.Href == href {
			f.Ask, f.Action = a.say("prompt.asked", "Who", alone(x.By), "Words", x.Words), x.Href
		}
	}
	return err
}
