package web

import (
	"strconv"
	"strings"

	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/web/form"
)

// serviceform.go asks everything that a service says of itself, and reads the answers.
// What rules there are is with the service; the names here are the paths that they use.

// serviceForm has the answers there are.
func (a *ask) serviceForm(x *directory.Service) *form.Form {
	label := func(name string) string { return a.say("services.form." + name) }
	line := func(name, value string) form.Field { return form.Field{Name: name, Label: label(name), Value: value} }
	long := func(name, value string) form.Field {
		return form.Field{Name: name, Label: label(name), Value: value, As: form.Textarea, Max: 4000}
	}
	number := func(name string, n int) form.Field {
		f := form.Field{Name: name, Label: label(name), Short: true, Inputmode: "numeric", Max: 3}
		if n > 0 {
			f.Value = strconv.Itoa(n)
		}
		return f
	}
	several := func(name string, chosen []string, all []form.Option) form.Field {
		return form.Field{Name: name, Label: label(name), As: form.Checkboxes, Options: all, Values: chosen}
	}
	options := func(prefix string, values ...string) (all []form.Option) {
		for _, v := range values {
			all = append(all, form.Option{Value: v, Label: a.say(prefix + v)})
		}
		return all
	}
	var needs, boroughs, access []form.Option
	list, _ := directory.Needs()
	for _, n := range list {
		needs = append(needs, form.Option{Value: n.ID, Label: n.Name})
	}
	for _, b := range directory.Boroughs() {
		boroughs = append(boroughs, form.Option{Value: b, Label: b})
	}
	var has []string
	for _, y := range directory.Accesses() {
		access = append(access, form.Option{Value: string(y), Label: a.say("services.access." + string(y))})
	}
	for _, y := range x.Access {
		has = append(has, string(y))
	}
	places := long("places", placeLines(x.Places))
	places.Hint = a.say("services.form.places-hint")
	referral := line("referral", x.Referral.Address)
	referral.Hint = a.say("services.form.referral-hint")
	needField := several("needs", x.Needs, needs)
	needField.Hint = a.say("services.form.needs-hint")
	capacity := string(x.Capacity)
	if capacity == "" {
		capacity = "unknown"
	}
	f := form.Of(x.Name,
		form.Field{Name: "version", As: form.Hidden, Value: strconv.FormatInt(x.Version, 10)},
		line("name", x.Name), line("summary", x.Summary), long("description", x.Description), needField,
		form.Field{Name: "status", Label: label("status"), As: form.Radios, Value: string(x.Status), Options: options("services.status.", "active", "temporarily closed", "defunct")},
		line("alert", x.Alert),
		form.Field{Name: "capacity", Label: label("capacity"), As: form.Radios, Value: capacity, Options: options("services.capacity.", "open", "waiting", "full", "unknown")},
		number("weeks", x.Weeks), places,
		several("ways", ticked("home", x.HomeVisits, "phone", x.ByPhone, "online", x.Online), options("services.tag.", "home", "phone", "online")),
		several("boroughs", x.Boroughs, boroughs),
		line("when", x.When), line("who", x.WhoFor), line("not", x.NotFor), number("min-age", x.MinAge), number("max-age", x.MaxAge), line("cost", x.Cost),
		several("kinds", ticked("free", x.Free, "self", x.SelfRefer, "carers", x.Carers, "young", x.Young), options("services.filter.", "free", "self", "carers", "young")),
		several("access", has, access), line("access-says", x.AccessSays), line("languages", strings.Join(x.Languages, ", ")),
		line("phone", x.Phone), line("email", x.Email), line("web", x.Web), referral,
		several("shown", ticked("shown", x.Referral.Shown), options("services.form.", "shown")),
	)
	f.Field("shown").Label = a.say("services.form.shown-legend")
	f.Field("web").Max = 500
	for _, name := range []string{"when", "who", "not", "cost", "alert", "access-says", "languages", "summary"} {
		f.Field(name).Max = 1000
	}
	f.Action, f.Button = a.to("/organisation/services/"+x.ID), a.say("office.save")
	if x.Version == 0 {
		f.Title, f.Action = a.say("services.office.add"), a.to("/organisation/services/new")
	}
	return f
}

// ticked are the names of what holds: name, whether, name, whether.
func ticked(pairs ...any) (all []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			all = append(all, pairs[i].(string))
		}
	}
	return all
}

// serviceFrom puts what was answered into a service.
func serviceFrom(f *form.Form, x *directory.Service) error {
	var c fault.Check
	has := func(name, value string) bool {
		for _, v := range f.Values(name) {
			if v == value {
				return true
			}
		}
		return false
	}
	number := func(name string) int {
		if f.Value(name) == "" {
			return 0
		}
		n, err := strconv.Atoi(f.Value(name))
		c.That(err == nil && n >= 0, name, "Enter a number, or leave it empty")
		return n
	}
	if n, err := strconv.ParseInt(f.Value("version"), 10, 64); err != nil || n != x.Version && x.Version == 0 {
		return fault.NotFound
	} else {
		x.Version = n
	}
	x.Name, x.Summary, x.Description = tidy(f.Value("name")), tidy(f.Value("summary")), tidy(f.Value("description"))
	x.Needs, x.Status, x.Alert = f.Values("needs"), directory.Status(f.Value("status")), tidy(f.Value("alert"))
	if x.Capacity = directory.Capacity(f.Value("capacity")); x.Capacity == "unknown" {
		x.Capacity = directory.Unknown
	}
	if x.Weeks = number("weeks"); x.Capacity != directory.Waiting {
		x.Weeks = 0
	}
	x.Places = placesFrom(tidy(f.Value("places")))
	x.HomeVisits, x.ByPhone, x.Online = has("ways", "home"), has("ways", "phone"), has("ways", "online")
	x.Boroughs = f.Values("boroughs")
	x.When, x.WhoFor, x.NotFor, x.Cost = tidy(f.Value("when")), tidy(f.Value("who")), tidy(f.Value("not")), tidy(f.Value("cost"))
	x.MinAge, x.MaxAge = number("min-age"), number("max-age")
	x.Free, x.SelfRefer, x.Carers, x.Young = has("kinds", "free"), has("kinds", "self"), has("kinds", "carers"), has("kinds", "young")
	x.Access = nil
	for _, v := range f.Values("access") {
		x.Access = append(x.Access, directory.Access(v))
	}
	x.AccessSays = tidy(f.Value("access-says"))
	x.Languages = nil
	for l := range strings.SplitSeq(tidy(f.Value("languages")), ",") {
		if l = strings.TrimSpace(l); l != "" {
			x.Languages = append(x.Languages, l)
		}
	}
	x.Phone, x.Email, x.Web = tidy(f.Value("phone")), tidy(f.Value("email")), tidy(f.Value("web"))
	x.Referral = directory.Referral{Address: tidy(f.Value("referral")), Shown: has("shown", "shown")}
	return c.Err()
}

const stepFree = "no steps"

// placeLines are places as they are typed: name, street, town, postcode, and where there
// are none, "no steps".
func placeLines(all []directory.Place) string {
	var lines []string
	for _, p := range all {
		parts := []string{p.Address, p.Town, p.Postcode}
		if p.Name != "" {
			parts = append([]string{p.Name}, parts...)
		}
		if p.StepFree {
			parts = append(parts, stepFree)
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	return strings.Join(lines, "\n")
}

// placesFrom reads them back. A line that says too little has no postcode, which the rule
// about places then refuses.
func placesFrom(text string) (all []directory.Place) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var p directory.Place
		parts := strings.Split(line, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		if n := len(parts) - 1; strings.EqualFold(parts[n], stepFree) {
			p.StepFree, parts = true, parts[:n]
		}
		n := len(parts)
		if n >= 3 {
			p.Address, p.Town, p.Postcode = parts[n-3], parts[n-2], strings.ToUpper(parts[n-1])
			p.Name = strings.Join(parts[:n-3], ", ")
		}
		all = append(all, p)
	}
	return all
}
