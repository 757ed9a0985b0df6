package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/record"
)

// A topic is a section of the record page. What no other takes is in the last, so
// that nothing is lost.
type topic struct {
	Code  string // in addresses; its name is web.section.<code>
	Kinds []string
}

// topics are the sections, in the order of the page: first what keeps safe.
var topics = [...]topic{
	{"know", []string{"Flag"}},
	{"allergies", []string{"AllergyIntolerance"}},
	{"medicines", []string{"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"}},
	{"conditions", []string{"Condition", "ClinicalImpression"}},
	{"results", []string{"Observation", "DiagnosticReport", "ImagingStudy", "Specimen"}},
	{"immunisations", []string{"Immunization", "ImmunizationRecommendation", "ImmunizationEvaluation"}},
	{"treatments", []string{"Procedure", "Device", "DeviceUseStatement", "DeviceRequest"}},
	{"visits", []string{"Encounter", "Appointment", "AppointmentResponse", "EpisodeOfCare"}},
	{"letters", []string{"DocumentReference", "Composition", "Communication", "Media", "DocumentManifest"}},
	{"plans", []string{"CarePlan", "Goal", "ServiceRequest", "Task", "CareTeam", "NutritionOrder", "RequestGroup"}},
	{"social-care", nil},
	{"about", []string{"Patient", "RelatedPerson", "Person"}},
	{"other", nil},
}

// topicOf is the section that an entry is in. Social care is told by what an entry
// is about: it has no types of its own.
func topicOf(h record.Header) string {
	if h.Labels&consent.SocialCare != 0 && h.Kind != "Patient" && h.Kind != "Flag" {
		return "social-care"
	}
	for _, t := range topics {
		if slices.Contains(t.Kinds, h.Kind) {
			return t.Code
		}
	}
	return "other"
}

// facts reads the entries in some sections, or all when none is named. The latest
// are first, and what is over comes after what is not.
func (s *Site) facts(ctx context.Context, v record.View, in ...string) ([]fact, error) {
	var want []id.Entry
	v.Headers(func(h record.Header) {
		if in == nil || slices.Contains(in, topicOf(h)) {
			want = append(want, h.ID)
		}
	})
	all := make([]fact, 0, len(want))
	for _, e := range want {
		f, err := s.factOf(ctx, v, e)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b fact) int {
		return cmp.Or(after(a.Over, b.Over), cmp.Compare(low(b.On), low(a.On)), strings.Compare(a.What, b.What))
	})
	return all, nil
}

func after(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// factOf reads one entry, with the names of whom it refers to.
func (s *Site) factOf(ctx context.Context, v record.View, e id.Entry) (fact, error) {
	x, err := v.Get(e)
	if err != nil {
		return fact{}, err
	}
	return s.named(ctx, v, read(x, s.Door.EntryText(e))), nil
}

// named puts names where there were references: of another entry, as far as the view
// shows it, or from the directory.
func (s *Site) named(ctx context.Context, v record.View, f fact) fact {
	if f.What == "" && f.WhatRef != "" {
		f.What = s.nameOf(ctx, v, f.WhatRef)
	}
	if f.Who == "" && f.WhoRef != "" {
		f.Who = s.nameOf(ctx, v, f.WhoRef)
	}
	if f.Who == "" {
		f.Who = f.Author
	}
	return f
}

func (s *Site) nameOf(ctx context.Context, v record.View, ref string) string {
	kind, text, _ := strings.Cut(ref, "/")
	if !record.Public(kind) {
		e, err := s.Door.EntryID(text)
		if err != nil {
			return ""
		}
		x, err := v.Get(e)
		if err != nil {
			return "" // hidden and absent alike
		}
		if kind == "Medication" {
			return concept(x.Doc.Root().Get("code"))
		}
		return record.PatientName(x.Doc)
	}
	if s.Directory == nil {
		return ""
	}
	return s.Directory.Name(ctx, ref)
}

// of are the facts in one section.
func of(all []fact, section string) (some []fact) {
	for _, f := range all {
		if f.Topic == section {
			some = append(some, f)
		}
	}
	return some
}

// now are the facts that are still so.
func now(all []fact) (some []fact) {
	for _, f := range all {
		if !f.Over {
			some = append(some, f)
		}
	}
	return some
}

// latest leaves, of results that are one thing over time, the last, which knows how
// many there were before it. The order stays.
func latest(all []fact) (some []fact) {
	seen := map[string]int{}
	for _, f := range all {
		if i, ok := seen[f.Series]; ok && f.Series != "" {
			some[i].Before++
			continue
		}
		seen[f.Series] = len(some)
		some = append(some, f)
	}
	return some
}
