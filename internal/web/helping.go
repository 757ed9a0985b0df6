package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// helping.go is for people without an account. They stand at a front desk, or are on
// the telephone; somebody who works here opens their own pages for them, for half an
// hour, and does what they ask. Every line in the journal has both names.

// helper is for those whose role helps people with their own pages.
func (s *Site) helper(_ *http.Request, a *ask) error {
	if err := s.reach(a, consent.Care); err != nil {
		return err
	}
	if consent.ReachOf(a.who.Role, consent.Helping).Nothing() {
		return fault.NotFound
	}
	return nil
}

// helperCare is for those of them who have the person on their list.
func (s *Site) helperCare(r *http.Request, a *ask) error {
	if err := s.helper(r, a); err != nil {
		return err
	}
	return s.care(r, a)
}

// ways in which a helper makes sure who somebody is.
func sureBy() []string { return []string{"known", "document", "questions"} }

func (a *ask) helpForm(ticket, action string) *form.Form {
	var ways []form.Option
	for _, w := range sureBy() {
		ways = append(ways, form.Option{Value: w, Label: a.say("helping.sure." + w)})
	}
	f := form.Of(a.say("helping.title"),
		form.Field{Name: "how", Label: a.say("helping.sure"), As: form.Radios, Options: ways},
		form.Field{Name: "agreed", Label: a.say("helping.agreed"), As: form.Checkboxes, Options: []form.Option{{Value: "yes", Label: a.say("helping.agreed.yes")}}},
		form.Field{Name: "ticket", As: form.Hidden, Value: ticket},
	)
	f.Button, f.Action = a.say("helping.button"), a.to(action)
	return f
}

// read reads the form, which must say how and that the person agreed.
func readHelp(f *form.Form, r *http.Request) error {
	if err := f.Read(r); err != nil {
		return err
	}
	var c fault.Check
	c.That(slices.Contains(sureBy(), f.Value("how")), "how", "Choose how you made sure who they are")
	c.That(slices.Contains(f.Values("agreed"), "yes"), "agreed", "Ask the person first, and tick this when they say yes")
	return c.Err()
}

// askHelpFound is POST /people/find/help: before helping somebody who was found. It is
// posted so that no address holds the ticket, and changes nothing.
func (s *Site) askHelpFound(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.helpForm(r.PostFormValue("ticket"), "/people/find/helping")
	return show(w, r, http.StatusOK, helpFormView(s.findFrame(r, a), f, a))
}

// helpFound is POST /people/find/helping.
func (s *Site) helpFound(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.helpForm("", "/people/find/helping")
	err := readHelp(f, r)
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, helpFormView(s.findFrame(r, a), f, a))
	}
	if err != nil {
		return err
	}
	whom, err := s.Door.Present(r.Context(), a.who, f.Value("ticket"))
	if errors.Is(err, fault.NotFound) {
		return errOldTicket
	}
	return s.beginHelp(w, r, a, whom, f, err)
}

// askHelp is GET /people/{person}/help: before helping somebody on one's list.
func (s *Site) askHelp(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.open(r, a, func(context.Context, record.View) error { return nil })
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, helpFormView(s.helpFrame(r, a), a.helpForm("", a.base+"/help"), a))
}

func (s *Site) helpFrame(r *http.Request, a *ask) ui.Page {
	p := s.page(r, a, a.say("helping.title"))
	p.Back = &ui.Link{Text: a.say("web.summary.title"), Href: a.at("")}
	return p
}

// help is POST /people/{person}/help.
func (s *Site) help(w http.ResponseWriter, r *http.Request, a *ask) error {
	f := a.helpForm("", a.base+"/help")
	bad := readHelp(f, r)
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		if bad == nil {
			v.Doing("present")
		}
		return nil
	})
	if err == nil && f.Took(bad) {
		return show(w, r, http.StatusUnprocessableEntity, helpFormView(s.helpFrame(r, a), f, a))
	}
	return s.beginHelp(w, r, a, a.whom, f, errors.Join(err, bad))
}

// beginHelp leads to the person's own pages.
func (s *Site) beginHelp(w http.ResponseWriter, r *http.Request, a *ask, whom person.ID, f *form.Form, err error) error {
	if err == nil {
		err = s.Accounts.Help(r.Context(), s.token(r), whom, f.Value("how"))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/with/"+s.Door.Text(whom)))
}

// with is /with/{person}/…: the pages under /me, of somebody who is helped. They are the
// same pages; only the address says whose they are.
func (s *Site) with(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/with/"), "/")
		if r.URL.Path = "/me"; rest != "" {
			r.URL.Path += "/" + rest
		}
		r.URL.RawPath = ""
		mux.ServeHTTP(w, r) // the very same request, so that the log is told its pattern
	}
}

// helpedIn is whom the address of a request names as being helped, or "".
func helpedIn(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.RequestURI, "/with/")
	if !ok || strings.HasPrefix(r.URL.Path, "/with/") {
		return ""
	}
	return rest[:strings.IndexAny(rest+"/", "/?")]
}

// addressOf is the path that was asked for.
func addressOf(r *http.Request) string {
	if helpedIn(r) == "" {
		return r.URL.EscapedPath()
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

type helpedPage struct {
	ui.Page
	Lead  string
	Done  []ui.Row
	Phone string
	Over  bool
}

// helped is GET /me/helped: what was done so far, for the person to take home.
func (s *Site) helped(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.receipt(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, helpedView(p, a))
}

// finish is POST /me/helped: the helping ends, and the receipt is there to be printed.
func (s *Site) finish(w http.ResponseWriter, r *http.Request, a *ask) error {
	p, err := s.receipt(r, a)
	if err != nil {
		return err
	}
	if err := s.Accounts.Helped(r.Context(), s.token(r)); err != nil {
		return err
	}
	p.Over, p.Subject, p.Nav, p.Script = true, nil, []ui.Link{{Text: a.say("nav.people"), Href: a.to("/people")}}, ""
	return show(w, r, http.StatusOK, helpedView(p, a))
}

// mostDone is how many lines a receipt has at most.
const mostDone = 200

func (s *Site) receipt(r *http.Request, a *ask) (p helpedPage, err error) {
	if !a.helping() {
		return p, fault.NotFound
	}
	h, err := s.Accounts.Helping(r.Context(), s.token(r))
	if err != nil {
		return p, err
	}
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("journal")
		p.Done = nil
		t, err := s.telling(ctx, a, v)
		if err != nil {
			return err
		}
		theirs := func(l record.Line) bool { return l.Who.Account == a.who.Account && l.Purpose == consent.Helping }
		_, err = v.Lines(ctx, record.Search{From: h.Started, Keep: theirs}, mostDone, func(l record.Line) error {
			did := t.N(t.act(&l), 1, values("Who", t.person(l.Who), "Things", t.N("web.look.things", len(l.Seen)+len(l.Wrote), nil)))
			p.Done = append(p.Done, ui.Row{Key: t.Time(l.At), Value: ui.Said(did)})
			return nil
		})
		return err
	})
	if err != nil {
		return p, err
	}
	slices.Reverse(p.Done)
	p.Page = s.page(r, a, a.say("helping.receipt"))
	p.Phone = s.Phone
	p.Lead = a.say("helping.receipt.lead", "Name", alone(a.subject.Name), "Helper", alone(a.who.Name), "Organisation", alone(a.who.OrganisationName), "Date", a.DateTime(h.Started), "Sure", a.say("helping.sure."+h.How))
	return p, nil
}

// present is the banner over everything while somebody is helped.
func (s *Site) present(r *http.Request, a *ask) *ui.Subject {
	b := &ui.Subject{Name: a.subject.Name, Back: a.to("/me/helped"), BackText: a.say("helping.finish")}
	until := ""
	if h, err := s.Accounts.Helping(r.Context(), s.token(r)); err == nil {
		until = a.Time(h.Until)
	}
	if b.Says = a.say("helping.banner", "Name", alone(b.Name), "Time", until); b.Name == "" {
		b.Says = a.say("helping.banner.somebody", "Time", until)
	}
	return b
}
