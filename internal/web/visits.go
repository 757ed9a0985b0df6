package web

import (
	"strings"

	"onestory/internal/fhir"
)

// encounter reads an Encounter.
func encounter(d *fhir.Doc) fact {
	f := fact{Status: d.Text("status"), On: first(d, "period.start"), To: first(d, "period.end")}
	f.What = concepts(d.Root(), "type")
	if f.What == "" {
		f.What = first(d, "class.display")
	}
	f.Over = f.Status == "cancelled"
	f.add("web.line.for", concepts(d.Root(), "reasonCode"))
	f.add("web.line.place", first(d, "serviceProvider.display", "location.location.display"))
	f.add("web.line.with", names(d, "participant.individual"))
	f.by(d, "participant.individual", "serviceProvider")
	return f
}

// appointment reads an Appointment.
func appointment(d *fhir.Doc) fact {
	f := fact{What: first(d, "description"), Status: d.Text("status"), On: first(d, "start"), To: first(d, "end")}
	for _, member := range []string{"serviceType", "appointmentType", "reasonCode"} {
		if f.What == "" {
			f.What = concepts(d.Root(), member)
		}
	}
	f.Over = f.Status == "cancelled" || f.Status == "noshow"
	f.add("web.line.with", names(d, "participant.actor"))
	f.add("web.line.for", concepts(d.Root(), "reasonCode"))
	f.add("web.line.know", first(d, "patientInstruction", "comment"))
	return f
}

// names are whom references name, with commas between them.
func names(d *fhir.Doc, path string) string {
	var all []string
	for v := range d.At(path) {
		if strings.HasPrefix(v.Get("reference").Str(), "Patient/") {
			continue // the person themselves
		}
		if s := tidy(v.Get("display").Str()); s != "" {
			all = append(all, s)
		}
	}
	return clip(strings.Join(all, ", "), 500)
}
