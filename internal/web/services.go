package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// services.go finds what people can turn to. It is for anybody, knows of nobody, and asks
// nobody else where a postcode is.

const (
	servicesPage = 20
	nearby       = 3  // miles, at first
	further      = 10 // and then
)

// Filters are the ways to narrow what was found, by their names in the address.
var serviceFilters = []string{"free", "home", "self", "stepfree", "now", "carers", "young"}

// A sought is what the address of a search says.
type sought struct {
	words, near, need, borough, within string
	on                                 map[string]bool
	all                                bool
	page                               int
	point                              *directory.Point
	part                               string // what was not understood of near
	trouble                            directory.Trouble
}

const longestSought = 200

func soughtOfServices(r *http.Request) (x sought) {
	q := r.URL.Query()
	short := func(s string) string {
		if s = tidy(s); len(s) > longestSought {
			s = strings.ToValidUTF8(s[:longestSought], "")
		}
		return s
	}
	x.words, x.near = short(q.Get("q")), short(q.Get("near"))
	if n := directory.NeedOf(q.Get("need")); n.ID != "" {
		x.need = n.ID
	}
	if b := q.Get("borough"); slices.Contains(directory.Boroughs(), b) {
		x.borough = b
	}
	if w := q.Get("within"); w == "10" || w == "all" {
		x.within = w
	}
	x.all = q.Get("all") != ""
	x.on = map[string]bool{}
	for _, f := range serviceFilters {
		x.on[f] = q.Get(f) != ""
	}
	x.page, _ = strconv.Atoi(q.Get("page"))
	x.page = min(max(x.page, 1), 1000)
	if x.near != "" {
		p, part, trouble := directory.Near(x.near)
		x.part, x.trouble = part, trouble
		if trouble == directory.Found {
			x.point = &p
		}
	}
	return x
}

// asks reports whether anything is looked for.
func (x *sought) asks() bool {
	on := false
	for _, f := range serviceFilters {
		on = on || x.on[f]
	}
	return x.words != "" || x.near != "" || x.need != "" || x.borough != "" || x.all || on
}

func (x *sought) query() directory.Query {
	q := directory.Query{
		Words: x.words, Need: x.need, Near: x.point, Borough: x.borough,
		Free: x.on["free"], Home: x.on["home"], Carers: x.on["carers"], Young: x.on["young"], Self: x.on["self"],
		StepFree: x.on["stepfree"], TakesNow: x.on["now"],
		Skip: (x.page - 1) * servicesPage, Most: servicesPage,
	}
	switch x.within {
	case "":
		q.Within = nearby
	case "10":
		q.Within = further
	}
	return q
}

// href is the address of the same search with some things otherwise: name, value, ...
func (x *sought) href(a *ask, path string, but ...string) string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", x.words)
	set("near", x.near)
	set("need", x.need)
	set("borough", x.borough)
	set("within", x.within)
	for _, f := range serviceFilters {
		if x.on[f] {
			v.Set(f, "1")
		}
	}
	if x.all {
		v.Set("all", "1")
	}
	for i := 0; i+1 < len(but); i += 2 {
		if v.Del(but[i]); but[i+1] != "" {
			v.Set(but[i], but[i+1])
		}
	}
	if len(v) > 0 {
		path += "?" + v.Encode()
	}
	return a.to(path)
}

type servicesView struct {
	ui.Page
	Sought   sought
	Asked    bool
	Needs    []ui.Card
	Found    string   // how many
	Notes    []string // what was understood, and what was not
	Trouble  string
	Hits     []serviceHit
	Filters  []serviceFilter
	Boroughs []serviceFilter
	Wider    []ui.Link
	None     bool
	Pages    *ui.Pages
	All      string
	JSON     string
}

type serviceFilter struct {
	ui.Link
	On bool
}

type serviceHit struct {
	Name, Href, By, Summary, Where string
	Tags                           []ui.Tag
}

// services is GET /services.
func (s *Site) services(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := soughtOfServices(r)
	p := servicesView{Page: s.page(r, a, a.say("services.title")), Sought: x, Asked: x.asks(), All: a.to("/services?all=1"), JSON: x.href(a, "/services.json")}
	if !p.Asked {
		all, _ := directory.Needs()
		for _, n := range all {
			p.Needs = append(p.Needs, ui.Card{Heading: n.Name, Text: n.About, Href: a.to("/services?need=" + n.ID)})
		}
		return show(w, r, http.StatusOK, servicesViewOf(p, a))
	}
	found, within, err := s.findServices(r, &x)
	if err != nil {
		return err
	}
	p.Sought = x
	s.sayFound(&p, found, within, a)
	for _, h := range found.Hits {
		p.Hits = append(p.Hits, a.serviceHit(h))
	}
	for _, f := range serviceFilters {
		p.Filters = append(p.Filters, x.filter(a, f, "1", x.on[f], a.say("services.filter."+f)))
	}
	for _, b := range directory.Boroughs() {
		p.Boroughs = append(p.Boroughs, x.filter(a, "borough", b, x.borough == b, b))
	}
	last := (found.All + servicesPage - 1) / servicesPage
	if last > 1 {
		p.Pages = &ui.Pages{}
		of := func(n int) *ui.Link {
			return &ui.Link{Text: a.say("web.page-of", "N", n, "All", last), Href: x.href(a, "/services", "page", strconv.Itoa(n))}
		}
		if x.page > 1 {
			p.Pages.Prev = of(min(x.page-1, last))
		}
		if x.page < last {
			p.Pages.Next = of(x.page + 1)
		}
	}
	return show(w, r, http.StatusOK, servicesViewOf(p, a))
}

func (x *sought) filter(a *ask, name, value string, on bool, words string) serviceFilter {
	if on {
		return serviceFilter{ui.Link{Text: words, Href: x.href(a, "/services", name, "")}, true}
	}
	return serviceFilter{ui.Link{Text: words, Href: x.href(a, "/services", name, value)}, false}
}

// findServices looks nearby, and further away where nobody is nearby. It answers how far it
// looked, in miles; 0 is everywhere.
func (s *Site) findServices(r *http.Request, x *sought) (found directory.Result, within float64, err error) {
	q := x.query()
	if x.point == nil || x.point.Whole {
		q.Within = 0
	}
	for {
		if found, err = s.Services.Services(r.Context(), q); err != nil || found.All > 0 || q.Within == 0 {
			return found, q.Within, err
		}
		if q.Within < further {
			q.Within = further
		} else {
			q.Within = 0
		}
	}
}

// sayFound says how many there are, how far was looked, and what was not understood.
func (s *Site) sayFound(p *servicesView, found directory.Result, within float64, a *ask) {
	x := &p.Sought
	p.None = found.All == 0
	p.Found = a.N("services.found", found.All, values("Number", a.Number(found.All)))
	switch x.trouble {
	case directory.NotAPlace:
		p.Trouble = a.say("services.place.unknown", "Part", alone(x.part))
	case directory.OutOfArea:
		p.Trouble = a.say("services.place.away", "Part", alone(x.part), "Boroughs", strings.Join(directory.Boroughs(), ", "))
	case directory.Misspelled:
		p.Trouble = a.say("services.place.wrong", "Part", alone(x.part))
	}
	var heard []string
	for _, n := range found.Heard {
		heard = append(heard, n.Name)
	}
	if len(heard) > 0 && x.need == "" {
		p.Notes = append(p.Notes, a.say("services.heard", "Needs", alone(strings.Join(heard, ", "))))
	}
	if len(found.Lost) > 0 {
		p.Notes = append(p.Notes, a.say("services.lost", "Words", alone(strings.Join(found.Lost, ", "))))
	}
	if x.point == nil || p.None {
		return
	}
	place := alone(x.point.Name)
	looked := map[string]float64{"": nearby, "10": further}[x.within]
	switch {
	case x.point.Whole:
		p.Notes = append(p.Notes, a.say("services.in", "Place", place))
		return
	case looked > 0 && within == 0:
		p.Notes = append(p.Notes, a.say("services.widened.all", "Miles", int(looked), "Place", place))
		return
	case looked > 0 && within != looked:
		p.Notes = append(p.Notes, a.say("services.widened", "Miles", int(looked), "Further", int(within), "Place", place))
	case within > 0:
		p.Notes = append(p.Notes, a.say("services.within", "Miles", int(within), "Place", place))
	default:
		p.Notes = append(p.Notes, a.say("services.near", "Place", place))
	}
	if within > 0 && within < further {
		p.Wider = append(p.Wider, ui.Link{Text: a.say("services.wider", "Miles", further), Href: x.href(a, "/services", "within", "10")})
	}
	if within > 0 {
		p.Wider = append(p.Wider, ui.Link{Text: a.say("services.wider.all"), Href: x.href(a, "/services", "within", "all")})
	}
}

func (a *ask) serviceHit(h directory.Hit) serviceHit {
	v := serviceHit{Name: h.Name, Href: a.to("/services/" + h.ID), By: h.OfferedBy, Summary: h.Summary}
	switch {
	case h.Place >= 0 && len(h.Places) > 1:
		v.Where = a.say("services.where.more", "Place", alone(placeWords(h.Places[h.Place])), "Miles", a.miles(h.Miles), "N", len(h.Places))
	case h.Place >= 0:
		v.Where = a.say("services.where.far", "Place", alone(placeWords(h.Places[h.Place])), "Miles", a.miles(h.Miles))
	case len(h.Places) == 1:
		v.Where = placeWords(h.Places[0])
	case len(h.Places) > 1:
		var towns []string
		for _, x := range h.Places {
			if !slices.Contains(towns, x.Town) {
				towns = append(towns, x.Town)
			}
		}
		v.Where = strings.Join(towns, ", ")
	}
	v.Tags = a.serviceTags(&h.Service)
	return v
}

func placeWords(p directory.Place) string {
	if p.Name != "" && strings.HasSuffix(p.Name, p.Town) {
		return p.Name
	}
	if p.Name != "" {
		return p.Name + ", " + p.Town
	}
	return p.Address + ", " + p.Town
}

// miles says a distance as roughly as it is known.
func (a *ask) miles(m float64) string {
	switch {
	case m < 0.75:
		return a.say("services.miles.near")
	case m < 10:
		return a.say("services.miles", "Miles", strconv.FormatFloat(float64(int(m*2+.5))/2, 'f', -1, 64))
	}
	return a.say("services.miles", "Miles", strconv.Itoa(int(m+.5)))
}

// serviceTags are what to see at a glance.
func (a *ask) serviceTags(x *directory.Service) (all []ui.Tag) {
	add := func(id string, c ui.Colour, pairs ...any) {
		all = append(all, ui.Tag{Text: a.say(id, pairs...), Colour: c})
	}
	switch {
	case x.Status == directory.Closed:
		add("services.tag.closed", ui.Late)
	case !x.There():
		add("services.tag.ended", ui.Late)
	case x.Capacity == directory.Open:
		add("services.tag.open", ui.Good)
	case x.Capacity == directory.Waiting:
		all = append(all, ui.Tag{Text: a.N("services.tag.waiting", x.Weeks, nil), Colour: ui.Soon})
	case x.Capacity == directory.Full:
		add("services.tag.full", ui.Soon)
	}
	if x.Free {
		add("services.tag.free", ui.Quiet)
	}
	if x.HomeVisits {
		add("services.tag.home", ui.Quiet)
	}
	if x.ByPhone {
		add("services.tag.phone", ui.Quiet)
	}
	if x.Online {
		add("services.tag.online", ui.Quiet)
	}
	return all
}

// servicesJSON is GET /services.json: the same search, as Open Referral UK has lists.
func (s *Site) servicesJSON(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := soughtOfServices(r)
	q := x.query()
	if x.point == nil || x.point.Whole || x.within == "all" {
		q.Within = 0
	}
	if x.trouble != directory.Found {
		return fault.New(fault.Invalid, "This place is not known here. Use a postcode or the name of a place in the area.")
	}
	found, err := s.Services.Services(r.Context(), q)
	if err != nil {
		return err
	}
	var contents []map[string]any
	for _, h := range found.Hits {
		x, err := s.Services.Service(r.Context(), h.ID)
		if err != nil {
			return err
		}
		contents = append(contents, x.OpenReferral())
	}
	return showJSON(w, directory.PageOf(contents, x.page, servicesPage, found.All))
}

// showJSON answers a program, of any site: what it says is public.
func showJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(b) // an error here is a program that has gone
	return nil
}

type serviceView struct {
	ui.Page
	Service directory.Service
	Tags    []ui.Tag
	Rows    []ui.Row
	Places  []directory.Place
	Checked string
	Stale   bool
	Wrong   string
	JSON    string
	Others  []serviceHit // in its place, where it has ended
}

// service is GET /services/{id}, and with .json after it the same for a program.
func (s *Site) service(w http.ResponseWriter, r *http.Request, a *ask) error {
	id, asJSON := strings.CutSuffix(r.PathValue("id"), ".json")
	x, err := s.Services.Service(r.Context(), id)
	if err != nil {
		return err
	}
	x = x.Public()
	if asJSON {
		return showJSON(w, x.OpenReferral())
	}
	p := serviceView{Page: s.page(r, a, x.Name), Service: x, Tags: a.serviceTags(&x), Places: x.Places, Stale: x.Stale(s.Services.Now())}
	p.Back = &ui.Link{Text: a.say("services.title"), Href: a.to("/services")}
	p.Wrong, p.JSON = a.to("/services/"+id+"/wrong"), "/services/"+id+".json"
	p.Rows = a.serviceRows(&x)
	p.Checked = a.checked(&x)
	if !x.There() {
		if p.Others, err = s.insteadOf(r, &x, a); err != nil {
			return err
		}
	}
	return show(w, r, http.StatusOK, serviceViewOf(p, a))
}

// insteadOf are services that answer to the same need, near where it was.
func (s *Site) insteadOf(r *http.Request, x *directory.Service, a *ask) (all []serviceHit, err error) {
	q := directory.Query{Need: x.Needs[0], Most: 5}
	if len(x.Places) > 0 {
		if at, _, t := directory.Near(x.Places[0].Postcode); t == directory.Found {
			q.Near = &at
		}
	} else if len(x.Boroughs) > 0 {
		q.Borough = x.Boroughs[0]
	}
	found, err := s.Services.Services(r.Context(), q)
	for _, h := range found.Hits {
		all = append(all, a.serviceHit(h))
	}
	return all, err
}

// serviceRows are the facts, in the order in which people ask. What is not known says so.
func (a *ask) serviceRows(x *directory.Service) (all []ui.Row) {
	add := func(id, value string) {
		row := ui.Row{Key: a.say("services." + id)}
		if value == "" {
			row.Value = ui.Text(a.say("services.ask-them"))
		} else {
			row.Value = ui.English(a, value)
		}
		all = append(all, row)
	}
	if x.Phone != "" {
		all = append(all, ui.Row{Key: a.say("services.phone"), Value: ui.Phone(x.Phone)})
	}
	if x.Email != "" {
		all = append(all, ui.Row{Key: a.say("services.email"), Value: ui.Number(x.Email)})
	}
	if x.Web != "" {
		all = append(all, ui.Row{Key: a.say("services.web"), Value: serviceWeb(x.Web)})
	}
	add("when", x.When)
	add("who", x.WhoFor)
	if x.NotFor != "" {
		add("not", x.NotFor)
	}
	said := func(id, value string) {
		all = append(all, ui.Row{Key: a.say("services." + id), Value: ui.Text(value)})
	}
	switch {
	case x.MinAge > 0 && x.MaxAge > 0:
		said("ages", a.say("services.ages.from-to", "From", x.MinAge, "To", x.MaxAge))
	case x.MinAge > 0:
		said("ages", a.say("services.ages.from", "From", x.MinAge))
	case x.MaxAge > 0:
		said("ages", a.say("services.ages.to", "To", x.MaxAge))
	default:
		said("ages", a.say("services.ages.any"))
	}
	switch {
	case x.Free && x.Cost == "":
		said("cost", a.say("services.cost.free"))
	default:
		add("cost", x.Cost)
	}
	if x.SelfRefer {
		said("come", a.say("services.come.self"))
	} else {
		said("come", a.say("services.come.sent"))
	}
	var ways []string
	for _, y := range x.Access {
		ways = append(ways, a.say("services.access."+string(y)))
	}
	if x.AccessSays == "" {
		all = append(all, ui.Row{Key: a.say("services.access"), Value: serviceList(ways, a.say("services.ask-them"))})
	} else {
		all = append(all, ui.Row{Key: a.say("services.access"), Value: serviceList(append(ways, x.AccessSays), "")})
	}
	add("languages", strings.Join(x.Languages, ", "))
	if len(x.Boroughs) > 0 {
		add("areas", strings.Join(x.Boroughs, ", "))
	}
	if x.Referral.Address != "" {
		all = append(all, ui.Row{Key: a.say("services.referral"), Value: ui.Number(x.Referral.Address)})
	}
	return all
}

// How often one place on the network may say that something is wrong: a household that
// went through all of a list may, and a program that floods may not.
const (
	mostWrongs   = 20
	wrongsWithin = time.Hour
)

// narrowed reports whether any filter is on.
func narrowed(p servicesView) bool {
	on := func(f serviceFilter) bool { return f.On }
	return slices.ContainsFunc(p.Filters, on) || slices.ContainsFunc(p.Boroughs, on)
}
