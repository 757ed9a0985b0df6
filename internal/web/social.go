package web

import (
	"strings"

	"onestory/internal/fhir"
)

// planned reads what is planned or asked for: a CarePlan, Goal, ServiceRequest, Task,
// CareTeam or Flag.
func planned(d *fhir.Doc) fact {
	root := d.Root()
	f := fact{
		Status: first(d, "lifecycleStatus", "status"),
		On:     first(d, "period.start", "startDate", "occurrenceDateTime", "occurrencePeriod.start", "executionPeriod.start", "authoredOn", "created", "statusDate"),
		To:     first(d, "period.end", "target.dueDate", "restriction.period.end"),
	}
	f.What = first(d, "title", "name")
	for _, member := range []string{"description", "code", "category"} {
		if f.What == "" {
			if f.What = tidy(root.Get(member).Str()); f.What == "" {
				f.What = concepts(root, member)
			}
		}
	}
	switch f.Status {
	case "completed", "revoked", "cancelled", "rejected", "inactive", "failed":
		f.Over = true
	}
	if s := tidy(root.Get("description").Str()); s != f.What {
		f.add("web.line.says", s)
	}
	for activity := range d.At("activity.detail") {
		s := tidy(activity.Get("description").Str())
		if s == "" {
			s = concept(activity.Get("code"))
		}
		f.add("web.line.action", s)
	}
	f.add("web.line.for", concepts(root, "reasonCode"))
	var team []string
	for m := range d.At("participant") {
		name, role := tidy(m.Get("member").Get("display").Str()), concepts(m, "role")
		if name != "" && role != "" {
			name += " (" + role + ")"
		}
		if name != "" {
			team = append(team, name)
		}
	}
	f.add("web.line.team", strings.Join(team, ", "))
	f.notes(d)
	f.by(d, "author", "expressedBy", "requester", "owner", "performer", "managingOrganization")
	return f
}

// answers reads a QuestionnaireResponse, such as an assessment: what was asked, and
// what was answered.
func answers(d *fhir.Doc) fact {
	f := fact{What: first(d, "_questionnaire.extension.valueString"), Status: d.Text("status"), On: first(d, "authored")}
	f.items(d.Root().Get("item"), 0)
	f.by(d, "author", "source")
	return f
}

func (f *fact) items(list fhir.Value, depth int) {
	if depth > 8 {
		return
	}
	for item := range list.Elems() {
		var said []string
		for x := range item.Get("answer").Elems() {
			if s := answered(x); s != "" {
				said = append(said, s)
			}
			f.items(x.Get("item"), depth+1)
		}
		if len(said) > 0 {
			f.Lines = append(f.Lines, line{Label: clip(tidy(item.Get("text").Str()), 300), Value: clip(strings.Join(said, ", "), 2000)})
		}
		f.items(item.Get("item"), depth+1)
	}
}

func answered(v fhir.Value) string {
	x, kind := v.Choice("value")
	if kind == "Coding" {
		return tidy(x.Get("display").Str())
	}
	return value(v)
}

// someone reads a Patient or a RelatedPerson, as one source has them.
func someone(d *fhir.Doc) fact {
	f := fact{What: nameIn(d.Root()), On: first(d, "meta.lastUpdated")}
	f.add("web.line.relation", concepts(d.Root(), "relationship"))
	for t := range d.At("telecom") {
		f.add("web.line.contact", tidy(t.Get("value").Str()))
	}
	for a := range d.At("address") {
		f.add("web.line.address", address(a))
	}
	for c := range d.At("communication") {
		f.add("web.line.language", concept(c.Get("language")))
	}
	f.add("web.line.marital", concept(d.Root().Get("maritalStatus")))
	for p := range d.At("generalPractitioner") {
		f.add("web.line.practice", tidy(p.Get("display").Str()))
	}
	return f
}

// nameIn is the first name, whole as it was written or from its parts.
func nameIn(v fhir.Value) string {
	for n := range v.Get("name").Elems() {
		if t := tidy(n.Get("text").Str()); t != "" {
			return t
		}
		var parts []string
		for g := range n.Get("given").Elems() {
			parts = append(parts, g.Str())
		}
		return tidy(strings.Join(append(parts, n.Get("family").Str()), " "))
	}
	return ""
}

func address(a fhir.Value) string {
	if t := tidy(a.Get("text").Str()); t != "" {
		return t
	}
	var parts []string
	for _, member := range []string{"line", "city", "district", "postalCode"} {
		for v := range a.Get(member).Elems() {
			if s := tidy(v.Str()); s != "" {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(parts, ", ")
}
