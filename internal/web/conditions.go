package web

import "onestory/internal/fhir"

// condition reads a Condition.
func condition(d *fhir.Doc) fact {
	f := fact{
		What: concept(d.Root().Get("code")), Status: codeOf(d, "clinicalStatus"),
		On: first(d, "onsetDateTime", "onsetPeriod.start", "recordedDate"),
		To: first(d, "abatementDateTime", "abatementPeriod.end"),
	}
	f.Began = first(d, "onsetDateTime", "onsetPeriod.start")
	f.Recorded = first(d, "recordedDate")
	f.verified(d)
	switch f.Status {
	case "inactive", "resolved", "remission":
		f.Over = true
	}
	f.add("web.line.severity", concept(d.Root().Get("severity")))
	f.add("web.line.where", concepts(d.Root(), "bodySite"))
	f.notes(d)
	f.by(d, "asserter", "recorder")
	return f
}

// procedure reads a Procedure.
func procedure(d *fhir.Doc) fact {
	f := fact{
		What: concept(d.Root().Get("code")), Status: d.Text("status"),
		On: first(d, "performedDateTime", "performedPeriod.start", "performedString"), To: first(d, "performedPeriod.end"),
	}
	f.Over = f.Status == "not-done" || f.Status == "stopped"
	f.add("web.line.for", concepts(d.Root(), "reasonCode"))
	f.add("web.line.where", concepts(d.Root(), "bodySite"))
	f.add("web.line.outcome", concept(d.Root().Get("outcome")))
	f.add("web.line.place", first(d, "location.display"))
	f.notes(d)
	f.by(d, "performer.actor", "asserter", "recorder")
	return f
}

// immunisation reads an Immunization.
func immunisation(d *fhir.Doc) fact {
	f := fact{What: concept(d.Root().Get("vaccineCode")), Status: d.Text("status"), On: first(d, "occurrenceDateTime", "occurrenceString", "recorded")}
	f.Over = f.Status == "not-done"
	f.add("web.line.dose-number", first(d, "protocolApplied.doseNumberPositiveInt", "protocolApplied.doseNumberString"))
	f.add("web.line.why-not", concept(d.Root().Get("statusReason")))
	f.add("web.line.batch", first(d, "lotNumber"))
	f.add("web.line.place", first(d, "location.display"))
	f.notes(d)
	f.by(d, "performer.actor", "reportOrigin")
	return f
}
