package directory

import (
	"fmt"
	"slices"
	"strings"
)

// OpenReferral is the service as Open Referral UK 3.0 has it, for JSON: only what anybody
// may see. What the standard lacks, or leaves out of the version before it, stands under
// names that begin with onestory_.
func (s Service) OpenReferral() map[string]any {
	s = s.Public()
	organisation := map[string]any{"id": UUID("organisation", s.Organisation), "name": s.OfferedBy, "description": s.OfferedBy}
	o := map[string]any{
		"id": s.ID, "name": s.Name, "status": string(s.Status), "description": strings.TrimSpace(s.Summary + "\n\n" + s.Description),
		"organization_id": organisation["id"], "organization": organisation,
		"onestory_who_for": s.WhoFor, "onestory_who_not_for": s.NotFor, "onestory_self_referral": s.SelfRefer,
		"onestory_for_carers": s.Carers, "onestory_for_young_people": s.Young, "onestory_capacity": string(s.Capacity),
		"onestory_home_visits": s.HomeVisits, "onestory_by_phone": s.ByPhone, "onestory_online": s.Online,
		"onestory_taxonomy_version": taxonomyOf().Version,
	}
	some := func(name, value string) {
		if value != "" {
			o[name] = value
		}
	}
	some("url", s.Web)
	some("email", s.Email)
	some("alert", s.Alert)
	some("fees", s.Cost)
	some("onestory_access", s.AccessSays)
	some("onestory_referral_email", s.Referral.Address)
	some("onestory_assured_by", s.CheckedBy)
	if s.Checked != 0 {
		o["assured_date"] = s.Checked.Std().Format("2006-01-02")
	}
	if s.MinAge > 0 {
		o["minimum_age"] = s.MinAge
	}
	if s.MaxAge > 0 {
		o["maximum_age"] = s.MaxAge
	}
	if s.Capacity == Waiting {
		o["onestory_wait_weeks"] = s.Weeks
	}
	if s.When != "" {
		o["schedules"] = []any{map[string]any{"id": s.Of("schedule", 0), "notes": s.When}}
	}
	if s.Free {
		o["cost_options"] = []any{map[string]any{"id": s.Of("cost", 0), "option": "free", "amount": 0}}
	}
	if s.Phone != "" {
		o["contacts"] = []any{map[string]any{"id": s.Of("contact", 0), "name": s.Name, "phones": []any{
			map[string]any{"id": s.Of("phone", 0), "number": s.Phone},
		}}}
	}
	list := func(name string, all []string, each func(i int, value string) map[string]any) {
		var to []any
		for i, value := range all {
			to = append(to, each(i, value))
		}
		if to != nil {
			o[name] = to
		}
	}
	list("languages", s.Languages, func(i int, l string) map[string]any { return map[string]any{"id": s.Of("language", i), "name": l} })
	list("service_areas", s.Boroughs, func(i int, b string) map[string]any {
		return map[string]any{"id": s.Of("area", i), "name": b, "extent_type": "borough"}
	})
	list("attributes", s.Needs, func(i int, n string) map[string]any {
		return map[string]any{"id": s.Of("need", i), "link_entity": "service", "taxonomy_term": termOf(n)}
	})
	if at := s.locations(); at != nil {
		o["service_at_locations"] = at
	}
	return o
}

// termOf is a need as the standard's taxonomy term.
func termOf(need string) map[string]any {
	n := NeedOf(need)
	return map[string]any{"id": UUID("need", n.ID), "name": n.Name, "description": n.About, "code": n.ID, "taxonomy": "onestory-needs"}
}

func (s *Service) locations() (all []any) {
	for i, p := range s.Places {
		name := p.Name
		if name == "" {
			name = p.Address
		}
		out, _, _ := ParsePostcode(p.Postcode)
		at, known := pointOf(out)
		borough := at.Borough
		if borough == "" {
			borough = p.Town
		}
		location := map[string]any{
			"id": s.Of("location", i), "location_type": "physical", "name": name,
			"addresses": []any{map[string]any{
				"id": s.Of("address", i), "address_1": p.Address, "city": p.Town, "state_province": borough,
				"postal_code": p.Postcode, "country": "GB", "address_type": "physical",
			}},
		}
		if known { // to about half a mile, and said so
			location["latitude"], location["longitude"], location["onestory_accuracy"] = at.Lat, at.Lon, "postcode area"
		}
		var access []any
		for k, a := range accessibility(s, p) {
			access = append(access, map[string]any{"id": s.Of(fmt.Sprintf("access%d", i), k), "description": a})
		}
		if access != nil {
			location["accessibility"] = access
		}
		all = append(all, map[string]any{"id": s.Of("at", i), "location": location})
	}
	return all
}

func accessibility(s *Service, p Place) (all []string) {
	for _, a := range s.Access {
		all = append(all, string(a))
	}
	if step := "step-free"; p.StepFree && !slices.Contains(all, step) {
		all = append([]string{step}, all...)
	}
	return all
}

// A Page is what the standard puts around a list.
type Page struct {
	TotalItems int              `json:"total_items"`
	TotalPages int              `json:"total_pages"`
	PageNumber int              `json:"page_number"`
	Size       int              `json:"size"`
	FirstPage  bool             `json:"first_page"`
	LastPage   bool             `json:"last_page"`
	Empty      bool             `json:"empty"`
	Contents   []map[string]any `json:"contents"`
}

// PageOf is one page of so many in all, of size each.
func PageOf(contents []map[string]any, number, size, all int) Page {
	pages := (all + size - 1) / size
	if contents == nil {
		contents = []map[string]any{}
	}
	return Page{all, pages, number, len(contents), number == 1, number >= pages, len(contents) == 0, contents}
}
