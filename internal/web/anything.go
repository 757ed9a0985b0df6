package web

import (
	"strconv"
	"strings"
	"unicode"

	"onestory/internal/fhir"
	"onestory/internal/id"
)

// anything reads a type that no other function knows, so that nothing of a record
// is left out for being unusual.
func anything(d *fhir.Doc) fact {
	root := d.Root()
	f := fact{
		What:   first(d, "title", "name", "description"),
		Status: first(d, "status"),
		On: first(d, "date", "authoredOn", "created", "dateTime", "recorded", "occurrenceDateTime", "effectiveDateTime",
			"period.start", "billablePeriod.start", "issued", "sent", "timing.code.text"),
	}
	for _, member := range []string{"code", "type", "category", "scope", "device"} {
		if f.What == "" {
			f.What = concepts(root, member)
		}
	}
	f.notes(d)
	f.by(d, "author", "performer", "performer.actor", "agent.who", "requester", "provider", "insurer", "organization", "source")
	return f
}

// mostParts is how much of an entry is listed part by part.
const mostParts = 400

// parts lists everything that an entry says, part by part, as its source wrote it.
// Left out are what only machines read: the narrative, which says it again, ids,
// systems of codes, content of files, and references, which are keys.
func parts(d *fhir.Doc) (all []line) {
	var walk func(v fhir.Value, under string)
	walk = func(v fhir.Value, under string) {
		if len(all) == mostParts {
			return
		}
		switch v.Kind() {
		case fhir.Object:
			for name, member := range v.All() {
				if !forMachines(name) && !(under == "" && (name == "text" || name == "resourceType" || name == "meta")) {
					walk(member, strings.TrimSpace(under+" "+spaced(name)))
				}
			}
		case fhir.Array:
			n := v.Len()
			i := 0
			for item := range v.Elems() {
				i++
				name := under
				if n > 1 {
					name += " " + strconv.Itoa(i)
				}
				walk(item, name)
			}
		case fhir.String, fhir.Number, fhir.Bool:
			if s := clip(tidy(v.Literal()), 500); s != "" && !sealed(s) {
				all = append(all, line{Label: under, Value: s})
			}
		}
	}
	walk(d.Root(), "")
	return all
}

func forMachines(name string) bool {
	switch name {
	case "id", "system", "div", "data", "hash", "contained", "url", "fullUrl", "reference":
		return true
	}
	return false
}

// sealed reports whether a text has the form of one of our ids.
func sealed(s string) bool {
	_, last, _ := strings.Cut(s, "/")
	if last == "" {
		last = s
	}
	return len(last) == id.Len && !strings.ContainsAny(last, " .")
}

// spaced writes a member's name as words: clinicalStatus is clinical status.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(name, "_") {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
