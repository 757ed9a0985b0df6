package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/text"
	"onestory/internal/web/assets"
	"onestory/internal/web/ui"
)

// plain is the frame with nothing in it about anybody but who is signed in. It does
// not look at the address, so that a page which is not there is one page.
func (s *Site) plain(r *http.Request, a *ask) ui.Page {
	p := ui.Page{
		Words: a.Lang, Home: a.to("/"), Whose: ui.Nobodys, Style: assets.Style(), Icon: assets.Icon(), Environment: s.Environment,
		Help: ui.Help{Phone: s.Phone, Relay: s.Relay, Interpreter: true},
		Footer: []ui.Link{
			{Text: a.say("frame.accessibility"), Href: a.to("/accessibility")},
			{Text: a.say("frame.privacy"), Href: a.to("/privacy")},
		},
	}
	if s.Services != nil {
		p.Footer = append([]ui.Link{{Text: a.say("services.title"), Href: a.to("/services")}}, p.Footer...)
	}
	if s.Demo && p.Environment == "" {
		p.Environment = a.say("frame.demo")
	}
	if a.in {
		p.SignedInAs = a.who.Name
		if role := a.role(a.who.Role); role != "" {
			p.SignedInAs += ", " + role
		}
		p.SignOut = a.to("/sign-out")
		p.Script, p.Idle = assets.Script(), int((account.Idle(a.who.Role) - warnFor).Seconds())
		if a.who.Role != "" && r.Method == http.MethodGet {
			for _, x := range a.posts {
				if !a.wears(x) {
					p.Posts = append(p.Posts, ui.Post{Text: a.say("post.change", "Post", a.post(x)), Action: a.to("/post"), Value: strconv.FormatInt(x.N, 10)})
				}
			}
		}
		p.Account = &ui.Link{Text: a.say("account.title"), Href: a.to("/account")}
		p.Nav = s.nav(a)
	}
	return p
}

// page is the frame of a page, with its title.
func (s *Site) page(r *http.Request, a *ask, title string) ui.Page {
	p := s.plain(r, a)
	p.Title = title
	if a.why == consent.Carer && a.base != "" {
		// Only their pages, so that nobody takes them for their own.
		p.Nav = []ui.Link{
			{Text: a.say("web.nav.their-home"), Href: a.to(a.base)},
			{Text: a.say("web.nav.their-record"), Href: a.at("/record")},
			{Text: a.say("web.nav.carer"), Href: a.to("/carer")},
		}
	}
	for i, l := range p.Nav {
		path, _, _ := strings.Cut(l.Href, "?")
		p.Nav[i].Current = addressOf(r) == path || i > 0 && strings.HasPrefix(addressOf(r), path+"/")
	}
	if r.Method == http.MethodGet && len(s.languages) > 1 {
		p.Languages = s.tongues(r, a)
	}
	switch {
	case a.mine():
		p.Whose = ui.Own
	case a.why != "":
		p.Whose = ui.Others
	}
	if r.Method == http.MethodGet && a.stamp != "" && a.base != "" {
		p.Live = a.base + "/live?stamp=" + a.stamp
	}
	switch {
	case a.helping():
		p.Subject = s.present(r, a)
	case a.subject.ID != "" && !a.mine():
		p.Subject = s.banner(a)
	}
	return p
}

// nav is the menu of whoever is signed in: five at most.
func (s *Site) nav(a *ask) (all []ui.Link) {
	add := func(id, path string) { all = append(all, ui.Link{Text: a.say(id), Href: a.to(path)}) }
	has := func(why consent.Purpose) bool { return !consent.ReachOf(a.who.Role, why).Nothing() }
	switch {
	case has(consent.Own) && a.who.Person != 0, a.helping():
		add("nav.home", "/me")
		add("nav.record", "/me/record")
		add("nav.sharing", "/me/sharing")
		add("web.nav.looked", "/me/access")
		if !a.helping() {
			add("web.nav.carer", "/carer")
		}
	case has(consent.Carer):
		add("web.nav.carer", "/carer")
	case a.who.Role == consent.Invited:
		add("work.mine", "/work")
	case has(consent.Care):
		add("nav.people", "/people")
		add("work.mine", "/work")
		add("web.nav.role", "/staff")
	case a.who.Role == account.Admin && a.who.Organisation.ID != "":
		all = append(all, ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")})
		add("web.nav.role", "/staff")
	case a.who.Role == "":
		add("account.title", "/account")
	default:
		add("nav.home", "/staff")
	}
	return all
}

// homeOf is where somebody arrives who has just signed in.
func homeOf(who consent.Actor) string {
	has := func(why consent.Purpose) bool { return !consent.ReachOf(who.Role, why).Nothing() }
	switch {
	case has(consent.Own) && who.Person != 0:
		return "/me"
	case has(consent.Carer):
		return "/carer"
	case who.Role == consent.Invited:
		return "/work"
	case has(consent.Care):
		return "/people"
	case who.Role == account.Admin && who.Organisation.ID != "":
		return "/organisation"
	case who.Role == "": // signed in with one factor, where two are needed
		return "/account"
	}
	return "/staff"
}

// tongues are the same page in the other languages.
func (s *Site) tongues(r *http.Request, a *ask) (all []ui.Language) {
	for _, tag := range s.languages {
		l := text.For("", tag)
		q := r.URL.Query()
		q.Set("lang", tag)
		all = append(all, ui.Language{
			Name: l.T("language.name", nil), Tag: tag, Dir: l.Dir(),
			Href: addressOf(r) + "?" + q.Encode(), Current: l.Tag() == a.Tag(),
		})
	}
	return all
}

// banner says whose record it is.
func (s *Site) banner(a *ask) *ui.Subject {
	b := &ui.Subject{Name: a.subject.Name, Born: a.day(a.subject.Born), NHSNumber: a.subject.NHS, Acting: a.why == consent.Carer}
	if b.Acting && a.who.Person != 0 {
		b.Back = a.to("/me")
	}
	if a.subject.Dead {
		b.Needs = append(b.Needs, a.say("web.died"))
	}
	y, m, d := text.Day(a.now)
	born, err := person.ParseDate(a.subject.Born)
	if least, most, ok := person.AgeOn(born, person.Date{Year: y, Month: m, Day: d}); err == nil && ok && least == most && !a.subject.Dead {
		b.Age = a.N("count.years", least, nil)
	}
	return b
}

// role is what a role is called, or "" when there is no word for it.
func (a *ask) role(code string) string {
	if !slices.Contains(consent.Roles(), code) {
		return ""
	}
	return a.say("web.role." + code)
}
