package web

import (
	"net/http"
	"strings"

	"onestory/internal/directory"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// servicewrong.go takes what anybody says is wrong with a service. Nobody is asked who
// they are, and nothing is kept of them.

func (a *ask) wrongForm(x *directory.Service) *form.Form {
	var what []form.Option
	for _, w := range directory.Wrongs() {
		what = append(what, form.Option{Value: w, Label: a.say("services.wrong." + w)})
	}
	f := form.Of(a.say("services.wrong.title"),
		form.Field{Name: "what", Label: a.say("services.wrong.what"), As: form.Radios, Options: what},
		form.Field{Name: "words", Label: a.say("services.wrong.words"), Hint: a.say("services.wrong.words-hint"), As: form.Textarea, Max: directory.MostSaid},
	)
	f.Action, f.Button = a.to("/services/"+x.ID+"/wrong"), a.say("services.wrong.send")
	return f
}

func (s *Site) wrongFrame(r *http.Request, a *ask, x *directory.Service) ui.Page {
	p := s.page(r, a, a.say("services.wrong.title"))
	p.About, p.Back = x.Name, &ui.Link{Text: x.Name, Href: a.to("/services/" + x.ID)}
	return p
}

// askServiceWrong is GET /services/{id}/wrong.
func (s *Site) askServiceWrong(w http.ResponseWriter, r *http.Request, a *ask) error {
	x, err := s.Services.Service(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, serviceWrongView(s.wrongFrame(r, a, &x), a.wrongForm(&x), &x, a))
}

// serviceWrong is POST to the same.
func (s *Site) serviceWrong(w http.ResponseWriter, r *http.Request, a *ask) error {
	x, err := s.Services.Service(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f := a.wrongForm(&x)
	if err = f.Read(r); err == nil {
		if err := s.wrongFrom.take(s.from(r)); err != nil {
			return err
		}
		err = s.Services.ReportService(r.Context(), x.ID, f.Value("what"), strings.TrimSpace(f.Value("words")))
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, serviceWrongView(s.wrongFrame(r, a, &x), f, &x, a))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/services/"+x.ID+"/told"))
}

// serviceTold is GET /services/{id}/told: what happens next.
func (s *Site) serviceTold(w http.ResponseWriter, r *http.Request, a *ask) error {
	x, err := s.Services.Service(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.wrongFrame(r, a, &x)
	p.Title, p.NoHeading = a.say("services.told.title"), true
	return show(w, r, http.StatusOK, serviceToldView(p, &x, a))
}
