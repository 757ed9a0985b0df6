package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// office.go is for those who look after the accounts of an organisation. They see who
// works there, and nothing about any person.

// officePage is how many of those who work there are on one page.
const officePage = 50

// administrator is for pages about the reader's own organisation.
func (s *Site) administrator(_ *http.Request, a *ask) error {
	switch {
	case !a.in:
		return errSignedOut
	case a.who.Role != account.Admin || a.who.Organisation.ID == "":
		return fault.NotFound
	}
	return nil
}

// surely is the same for what changes something: a screen that was left open must not let
// anybody in.
func (s *Site) surely(r *http.Request, a *ask) error {
	if err := s.administrator(r, a); err != nil {
		return err
	}
	return s.proven(r)
}

type officeView struct {
	ui.Page
	People  ui.Table
	Teams   []teamRow
	Waiting int
	Find    string
	Pages   *ui.Pages

	Services string // where its services are looked after; "" is not offered
}

type teamRow struct{ Name, Href string }

// office is GET /organisation: who works there, in which teams.
func (s *Site) office(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, teams, err := s.worksHere(r, a)
	if err != nil {
		return err
	}
	waits, err := s.Accounts.Waits(r.Context(), a.who)
	if err != nil {
		return err
	}
	p := officeView{Page: s.page(r, a, a.who.OrganisationName), Find: tidy(r.URL.Query().Get("find")), Waiting: len(waits)}
	if s.Services != nil {
		p.Services = a.to("/organisation/services")
	}
	all = slices.DeleteFunc(all, func(x account.Account) bool {
		return p.Find != "" && !strings.Contains(strings.ToLower(x.Name+" "+a.role(x.Role)+" "+teams[x.Team]), strings.ToLower(p.Find))
	})
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	last := max(1, (len(all)+officePage-1)/officePage)
	n = min(max(n, 1), last)
	to := func(n int) string {
		return a.to("/organisation?" + url.Values{"find": {p.Find}, "page": {strconv.Itoa(n)}}.Encode())
	}
	if last > 1 {
		p.Pages = &ui.Pages{}
		of := func(n int) *ui.Link {
			return &ui.Link{Text: a.say("web.page-of", "N", n, "All", last), Href: to(n)}
		}
		if n > 1 {
			p.Pages.Prev = of(n - 1)
		}
		if n < last {
			p.Pages.Next = of(n + 1)
		}
	}
	p.People = ui.Table{ID: "people", Caption: a.say("office.people", "Count", len(all)), Head: []ui.Column{
		{Text: a.say("office.name")}, {Text: a.say("office.role")}, {Text: a.say("office.team")}, {Text: a.say("office.state")},
	}}
	for _, x := range all[(n-1)*officePage : min(n*officePage, len(all))] {
		var name templ.Component = ui.Said(x.Name)
		if slices.Contains(account.Given(), x.Role) {
			name = staffName(x.Name, a.to("/organisation/people/"+x.ID))
		}
		p.People.Rows = append(p.People.Rows, []templ.Component{name, ui.Text(a.role(x.Role)), ui.Said(teams[x.Team]), ui.Text(a.state(x))})
	}
	for id, name := range teams {
		p.Teams = append(p.Teams, teamRow{name, a.to("/organisation/teams/" + id)})
	}
	slices.SortFunc(p.Teams, func(x, y teamRow) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Href, y.Href))
	})
	return show(w, r, http.StatusOK, officeViewOf(p, a))
}

func (a *ask) state(x account.Account) string {
	if x.Suspended {
		return a.say("office.suspended")
	}
	return a.say("office.works")
}

// worksHere are the accounts of the reader's organisation, and the names of its teams.
func (s *Site) worksHere(r *http.Request, a *ask) (all []account.Account, teams map[string]string, err error) {
	if all, err = s.Accounts.Staff(r.Context(), a.who.Organisation.ID); err != nil {
		return nil, nil, err
	}
	list, err := s.Accounts.Teams(r.Context(), a.who.Organisation.ID)
	teams = map[string]string{}
	for _, t := range list {
		teams[t.ID] = t.Name
	}
	return all, teams, err
}

// staffForm asks who somebody is at work; of one who joins it does not ask whether they
// work.
func (a *ask) staffForm(x account.Account, teams map[string]string) *form.Form {
	roles := []form.Option{}
	for _, role := range account.Given() {
		roles = append(roles, form.Option{Value: role, Label: a.role(role)})
	}
	in := []form.Option{{Value: "", Label: a.say("office.no-team")}}
	for id, name := range teams {
		in = append(in, form.Option{Value: id, Label: name})
	}
	slices.SortFunc(in[1:], func(x, y form.Option) int { return strings.Compare(x.Label, y.Label) })
	f := form.Of(a.say("office.join"),
		form.Field{Name: "name", Label: a.say("office.name"), Value: x.Name, Max: 200},
		form.Field{Name: "role", Label: a.say("office.role"), As: form.Select, Options: roles, Value: x.Role},
		form.Field{Name: "team", Label: a.say("office.team"), As: form.Select, Options: in, Value: x.Team},
	)
	if f.Action = a.to("/organisation/people/" + x.ID); x.ID == "" {
		f.Action, f.Button = a.to("/organisation/people/new"), a.say("office.join.button")
		return f
	}
	is := "works"
	if x.Suspended {
		is = "out"
	}
	f.Title, f.Button = x.Name, a.say("office.save")
	f.Fields = append(f.Fields, form.Field{Name: "state", Label: a.say("office.state"), As: form.Radios, Value: is, Options: []form.Option{
		{Value: "works", Label: a.say("office.works")}, {Value: "out", Label: a.say("office.suspended"), Hint: a.say("office.suspended.hint")},
	}})
	return f
}

func (s *Site) officeFrame(r *http.Request, a *ask, f *form.Form) ui.Page {
	p := f.In(s.page(r, a, f.Title))
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	return p
}

// askStaff is GET /organisation/people/new and GET /organisation/people/{account}.
func (s *Site) askStaff(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, x, err := s.staffOf(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, staffFormView(s.officeFrame(r, a, f), f, x, a))
}

// staffOf is the form about the account that the address names, or about one who joins.
func (s *Site) staffOf(r *http.Request, a *ask) (f *form.Form, x account.Account, err error) {
	all, teams, err := s.worksHere(r, a)
	if err != nil {
		return nil, x, err
	}
	if id := r.PathValue("account"); id != "" {
		i := slices.IndexFunc(all, func(x account.Account) bool { return x.ID == id })
		if i < 0 || !slices.Contains(account.Given(), all[i].Role) {
			return nil, x, fault.NotFound
		}
		x = all[i]
	}
	return a.staffForm(x, teams), x, nil
}

// setStaff is POST to the same: it takes hold in the next request of whoever it is about.
func (s *Site) setStaff(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, x, err := s.staffOf(r, a)
	if err != nil {
		return err
	}
	err = f.Read(r)
	var joined []account.Account
	if err == nil {
		joined, err = s.Accounts.Administer(r.Context(), a.who, []account.Change{{
			Account: x.ID, Name: tidy(f.Value("name")), Role: f.Value("role"), Team: f.Value("team"), Suspended: x.ID != "" && f.Value("state") == "out",
		}})
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, staffFormView(s.officeFrame(r, a, f), f, x, a))
	}
	if err != nil {
		return err
	}
	if len(joined) == 0 {
		return on(w, r, a.to("/organisation"))
	}
	return on(w, r, a.to("/organisation/waiting"))
}

type linkPage struct {
	ui.Page
	Name, Link string
}

// showLink shows a sign-in link, this once, to be given to whom it is for.
func (s *Site) showLink(w http.ResponseWriter, r *http.Request, a *ask, name, token string) error {
	p := linkPage{Page: s.page(r, a, a.say("office.link")), Name: name}
	p.Link = "/sign-in/link/" + token
	if s.Ways != nil { // as it was set up, and not as the request says that we are called
		p.Link = s.Ways.Origin() + p.Link
	}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	return show(w, r, http.StatusOK, staffLinkView(p, a))
}

// askTeam is GET /organisation/teams/new and GET /organisation/teams/{team}.
func (s *Site) askTeam(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, id, err := s.teamOf(r, a)
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, teamFormView(s.officeFrame(r, a, f), f, id, a))
}

func (s *Site) teamOf(r *http.Request, a *ask) (f *form.Form, id string, err error) {
	_, teams, err := s.worksHere(r, a)
	if err != nil {
		return nil, "", err
	}
	name, title := "", a.say("office.team.new")
	if id = r.PathValue("team"); id != "" {
		var there bool
		if name, there = teams[id]; !there {
			return nil, "", fault.NotFound
		}
		title = name
	}
	f = form.Of(title, form.Field{Name: "name", Label: a.say("office.team.name"), Hint: a.say("office.team.hint"), Value: name, Max: 200})
	f.Action, f.Button = a.to("/organisation/teams/"+cmp.Or(id, "new")), a.say("office.save")
	return f, id, nil
}

// setTeam is POST to the same.
func (s *Site) setTeam(w http.ResponseWriter, r *http.Request, a *ask) error {
	f, id, err := s.teamOf(r, a)
	if err != nil {
		return err
	}
	if err = f.Read(r); err == nil && tidy(f.Value("name")) == "" {
		err = fault.New(fault.Invalid, "Enter a name for the team.")
	}
	if err == nil {
		if id == "" {
			id = "t-" + newID()
		}
		err = s.Accounts.SetTeam(r.Context(), a.who, account.Team{ID: id, Name: tidy(f.Value("name"))})
	}
	if f.Took(err) {
		return show(w, r, http.StatusUnprocessableEntity, teamFormView(s.officeFrame(r, a, f), f, r.PathValue("team"), a))
	}
	if err != nil {
		return err
	}
	return on(w, r, a.to("/organisation"))
}

// endTeam is POST /organisation/teams/{team}/end.
func (s *Site) endTeam(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Accounts.EndTeam(r.Context(), a.who, r.PathValue("team")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation"))
}

type waitingPage struct {
	ui.Page
	All   []waitingRow
	Codes []codeRow
}

type codeRow struct{ Name, Code, Until string }

type waitingRow struct {
	account.Waiting
	Says, Until, Confirm, Withdraw string
}

// waiting is GET /organisation/waiting: what takes two, and the form to ask for more.
func (s *Site) waiting(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Accounts.Waits(r.Context(), a.who)
	if err != nil {
		return err
	}
	p := waitingPage{Page: s.page(r, a, a.say("office.waiting"))}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	for _, x := range all {
		at := "/organisation/waiting/" + x.ID
		p.All = append(p.All, waitingRow{
			Waiting: x, Says: a.say("office.waiting."+x.What, "Name", alone(x.Name), "By", alone(x.By)),
			Until: a.Date(x.Until), Confirm: a.to(at + "/confirm"), Withdraw: a.to(at + "/withdraw"),
		})
	}
	codes, err := s.Accounts.Codes(r.Context(), a.who)
	if err != nil {
		return err
	}
	for _, x := range codes {
		p.Codes = append(p.Codes, codeRow{x.Name, x.Code, a.Date(x.Until)})
	}
	return show(w, r, http.StatusOK, waitingView(p, a))
}

// second is POST /organisation/waiting: one administrator asks for what takes two.
func (s *Site) second(w http.ResponseWriter, r *http.Request, a *ask) error {
	err := s.Accounts.Second(r.Context(), a.who, account.Waiting{
		What: r.PostFormValue("what"), Account: r.PostFormValue("account"), Name: tidy(r.PostFormValue("name")),
	})
	if err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/waiting"))
}

// confirmSecond is POST /organisation/waiting/{id}/confirm.
func (s *Site) confirmSecond(w http.ResponseWriter, r *http.Request, a *ask) error {
	who, token, err := s.Accounts.Confirm(r.Context(), a.who, r.PathValue("id"))
	if errors.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	return s.showLink(w, r, a, who.Name, token)
}

// withdrawSecond is POST /organisation/waiting/{id}/withdraw.
func (s *Site) withdrawSecond(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Accounts.Unsecond(r.Context(), a.who, r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/waiting"))
}
