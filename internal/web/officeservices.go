package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// officeservices.go is for those who look after what their organisation offers: what is
// said to be wrong with it, what it says, and what it said before.

type officeServicesView struct {
	ui.Page
	All     []officeService
	Pending []pendingService
}

type officeService struct {
	Name, Href, Checked string
	Reports             int
	Tags                []ui.Tag
}

type pendingService struct {
	Name, Says, Confirm, Withdraw string
	Mine                          bool
}

// officeServices is GET /organisation/services.
func (s *Site) officeServices(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.Services.ServicesOf(r.Context(), a.who.Organisation.ID)
	if err != nil {
		return err
	}
	reports, err := s.Services.ServiceReports(r.Context(), a.who.Organisation.ID)
	if err != nil {
		return err
	}
	p := officeServicesView{Page: s.page(r, a, a.say("services.office.title"))}
	p.Back = &ui.Link{Text: a.who.OrganisationName, Href: a.to("/organisation")}
	for _, x := range all {
		one := officeService{Name: x.Name, Href: a.to("/organisation/services/" + x.ID), Checked: a.checked(&x), Tags: a.serviceTags(&x)}
		for _, y := range reports {
			if y.Service == x.ID {
				one.Reports++
			}
		}
		p.All = append(p.All, one)
	}
	// What somebody says is wrong comes first, then what was checked longest ago.
	slices.SortStableFunc(p.All, func(x, y officeService) int { return y.Reports - x.Reports })
	if p.Pending, err = s.pendingHere(r, a, ""); err != nil {
		return err
	}
	return show(w, r, http.StatusOK, officeServicesViewOf(p, a))
}

// pendingHere is what waits for a second person, of one service or of all.
func (s *Site) pendingHere(r *http.Request, a *ask, id string) (all []pendingService, err error) {
	waits, err := s.Services.PendingServices(r.Context(), a.who.Organisation.ID)
	for _, x := range waits {
		if id != "" && x.Service.ID != id {
			continue
		}
		at := "/organisation/services/" + x.Service.ID
		says := a.say("services.office.waits", "By", alone(x.By), "Date", a.Date(x.At))
		now, err := s.Services.Service(r.Context(), x.Service.ID)
		switch {
		case errors.Is(err, fault.NotFound):
			says += " " + a.say("services.office.new")
		case err != nil:
			return nil, err
		default:
			says += " " + a.say("services.office.differs", "What", strings.Join(a.differs(&now, &x.Service), ", "))
		}
		all = append(all, pendingService{x.Service.Name, says, a.to(at + "/confirm"), a.to(at + "/withdraw"), x.Account == a.who.Account})
	}
	return all, err
}

func (a *ask) checked(x *directory.Service) string {
	if x.Checked == 0 {
		return a.say("services.checked.never")
	}
	return a.say("services.checked", "Date", a.Date(x.Checked), "By", alone(x.CheckedBy))
}

type officeServiceView struct {
	ui.Page
	ID, Public, Checked string
	Stale               bool
	Reports             []serviceReport
	Past                []servicePast
	Pending             []pendingService
	Version             string
}

type serviceReport struct{ ID, When, What, Words string }

type servicePast struct {
	Says string
	Undo bool
}

// ownService is the service that the address names, if the reader's organisation offers it.
func (s *Site) ownService(r *http.Request, a *ask) (x directory.Service, err error) {
	x, err = s.Services.Service(r.Context(), r.PathValue("id"))
	if err == nil && x.Organisation != a.who.Organisation.ID {
		err = fault.NotFound
	}
	return x, err
}

// askOfficeService is GET /organisation/services/{id}.
func (s *Site) askOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	x, err := s.ownService(r, a)
	if err != nil {
		return err
	}
	return s.showOfficeService(w, r, a, http.StatusOK, a.serviceForm(&x), &x)
}

func (s *Site) showOfficeService(w http.ResponseWriter, r *http.Request, a *ask, status int, f *form.Form, x *directory.Service) error {
	p := officeServiceView{Page: f.In(s.page(r, a, f.Title)), ID: x.ID, Public: a.to("/services/" + x.ID), Checked: a.checked(x), Version: strconv.FormatInt(x.Version, 10)}
	p.Back, p.Stale = &ui.Link{Text: a.say("services.office.title"), Href: a.to("/organisation/services")}, x.Stale(s.Services.Now())
	if x.Version == 0 {
		return show(w, r, status, officeServiceViewOf(p, f, a))
	}
	reports, err := s.Services.ServiceReports(r.Context(), a.who.Organisation.ID)
	if err != nil {
		return err
	}
	for _, y := range reports {
		if y.Service == x.ID {
			p.Reports = append(p.Reports, serviceReport{y.ID, a.DateTime(y.At), a.say("services.wrong." + y.What), y.Words})
		}
	}
	past, err := s.Services.ServicePast(r.Context(), x.ID)
	if err != nil {
		return err
	}
	for i, e := range past {
		one := servicePast{Says: a.say("services.office.did."+e.Did, "When", a.DateTime(e.At), "By", alone(e.By)), Undo: i == 0 && len(past) > 1}
		if i+1 < len(past) {
			if what := a.differs(&past[i+1].Service, &e.Service); len(what) > 0 {
				one.Says += " " + a.say("services.office.differs", "What", strings.Join(what, ", "))
			}
		}
		p.Past = append(p.Past, one)
	}
	if p.Pending, err = s.pendingHere(r, a, x.ID); err != nil {
		return err
	}
	return show(w, r, status, officeServiceViewOf(p, f, a))
}

// differs are the questions that two versions answer otherwise.
func (a *ask) differs(old, now *directory.Service) (all []string) {
	was := a.serviceForm(old)
	for i, f := range a.serviceForm(now).Fields {
		if f.As != form.Hidden && (f.Value != was.Fields[i].Value || !slices.Equal(f.Values, was.Fields[i].Values)) {
			all = append(all, f.Label)
		}
	}
	return all
}

// newOfficeService is GET /organisation/services/new.
func (s *Site) newOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	x := directory.Service{Status: directory.Active}
	return s.showOfficeService(w, r, a, http.StatusOK, a.serviceForm(&x), &x)
}

// addOfficeService is POST to the same.
func (s *Site) addOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	return s.writeService(w, r, a, directory.Service{Status: directory.Active})
}

// setOfficeService is POST /organisation/services/{id}.
func (s *Site) setOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	x, err := s.ownService(r, a)
	if err != nil {
		return err
	}
	return s.writeService(w, r, a, x)
}

func (s *Site) writeService(w http.ResponseWriter, r *http.Request, a *ask, x directory.Service) error {
	f := a.serviceForm(&x)
	err := f.Read(r)
	if err == nil {
		y := x
		if err = serviceFrom(f, &y); err == nil {
			var waits bool
			y, waits, err = s.Services.SetService(r.Context(), a.who, y)
			if err == nil && !waits {
				return on(w, r, a.to("/organisation/services/"+y.ID))
			}
			if err == nil {
				return on(w, r, a.to("/organisation/services"))
			}
		}
	}
	if errors.Is(err, fault.Stale) {
		return s.tooLate(w, r, a, f)
	}
	if f.Took(err) {
		return s.showOfficeService(w, r, a, http.StatusUnprocessableEntity, f, &x)
	}
	return err
}

// tooLate keeps what was typed by somebody before whom another saved. The page says what
// that changed; to save again is to put one's own in its place, knowingly.
func (s *Site) tooLate(w http.ResponseWriter, r *http.Request, a *ask, f *form.Form) error {
	now, err := s.ownService(r, a)
	if err != nil {
		return err
	}
	f.Set("version", strconv.FormatInt(now.Version, 10))
	f.Took(fault.New(fault.Invalid, a.say("services.office.stale")))
	return s.showOfficeService(w, r, a, http.StatusConflict, f, &now)
}

// checkOfficeService is POST /organisation/services/{id}/check.
func (s *Site) checkOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Services.CheckService(r.Context(), a.who, r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/services/"+r.PathValue("id")))
}

// undoOfficeService is POST /organisation/services/{id}/undo: of the newest version, which
// the page names.
func (s *Site) undoOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil || version < 2 {
		return fault.NotFound
	}
	waits, err := s.Services.UndoService(r.Context(), a.who, r.PathValue("id"), version)
	if err != nil {
		return err
	}
	if waits {
		return on(w, r, a.to("/organisation/services"))
	}
	return on(w, r, a.to("/organisation/services/"+r.PathValue("id")))
}

// confirmOfficeService is POST /organisation/services/{id}/confirm.
func (s *Site) confirmOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Services.ConfirmService(r.Context(), a.who, r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/services"))
}

// withdrawOfficeService is POST /organisation/services/{id}/withdraw.
func (s *Site) withdrawOfficeService(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Services.WithdrawService(r.Context(), a.who, r.PathValue("id")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/services"))
}

// answerReport is POST /organisation/services/{id}/answer.
func (s *Site) answerReport(w http.ResponseWriter, r *http.Request, a *ask) error {
	if err := s.Services.AnswerReport(r.Context(), a.who, r.PathValue("id"), r.PostFormValue("report")); err != nil {
		return err
	}
	return on(w, r, a.to("/organisation/services/"+r.PathValue("id")))
}
