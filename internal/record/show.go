package record

import (
	"slices"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

// show reads an entry as this actor may see it, and notes that it was seen.
func (o *opening) show(x *entry) (Entry, error) {
	d, err := x.parsed(o.door.packer)
	if err != nil {
		return Entry{}, err
	}
	if edits := o.mask(x, d); len(edits) > 0 {
		if d, err = reparse(fhir.Splice(nil, d, edits)); err != nil {
			return Entry{}, err
		}
	}
	o.seen[x.ID] = true
	return Entry{Header: x.Header, Doc: d}, nil
}

func reparse(b []byte) (*fhir.Doc, error) {
	d := new(fhir.Doc)
	return d, fhir.Parse(b, d)
}

// mask lists what is taken out of a document for this actor: references to what is
// hidden or not there, which look alike then; the narrative, which may tell what
// the rest no longer does; and all that a role does not need.
func (o *opening) mask(x *entry, d *fhir.Doc) []fhir.Edit {
	var edits []fhir.Edit
	for r := range d.References() {
		if !o.leadsOn(x, r.Ref) {
			edits = append(edits, fhir.Replace(r.Object, []byte(`{"type":"`+r.Ref.Type+`"}`)))
		}
	}
	if o.own || o.lens.whole {
		return edits
	}
	if d.Root().Get("text").Exists() { // most of what is written here has none, and is shown as it is
		edits = append(edits, fhir.Remove(d.Root(), "text"))
	}
	hearsay(d.Root(), func(ref fhir.Value) { edits = append(edits, fhir.Remove(ref, "display")) })
	if keep := o.lens.keeps(&x.Header); keep != nil {
		for name := range d.Root().All() {
			if name != "resourceType" && name != "id" && name != "meta" && !slices.Contains(keep, name) {
				edits = append(edits, fhir.Remove(d.Root(), name))
			}
		}
	}
	return edits
}

// hearsay calls found with each reference that names what it leads to in words and
// leads nowhere that could be judged: by an identifier, or by a URN that was not in
// its bundle. What cannot be judged is not told, but for staff and organisations.
func hearsay(v fhir.Value, found func(fhir.Value)) {
	switch v.Kind() {
	case fhir.Object:
		at := fhir.ParseReference(v.Get("reference").Str())
		named := v.Get("identifier").Kind() == fhir.Object || at.Kind == fhir.RefURN
		if named && v.Get("display").Exists() && at.Kind != fhir.RefRelative && !Public(v.Get("type").Str()) {
			found(v)
		}
		for _, member := range v.All() {
			hearsay(member, found)
		}
	case fhir.Array:
		for item := range v.Elems() {
			hearsay(item, found)
		}
	}
}

// leadsOn reports whether a reference of x may be shown. What leads out of the record,
// to an organisation for instance, may. What leads to an entry that never came tells
// only the person, in the words of whoever sent it: to others it is like a hidden one.
func (o *opening) leadsOn(x *entry, r fhir.Ref) bool {
	e, asSent := o.door.leads(x.ID.Person, x.Source, r)
	if e.N == 0 {
		return true
	}
	to := o.at(e)
	switch {
	case to == nil:
		return asSent && (o.own || o.lens.whole)
	case to.Kind != r.Type:
		return false
	}
	return to.Kind == "Patient" || o.lens.Shows(&to.Header)
}

// A Subject is who the record is about, as a banner shows it to everyone who may
// open the record at all.
type Subject struct {
	ID     string // the outer form
	Name   string
	Family string // for sorting
	Born   string // FHIR date, "" where not known or not for this role
	NHS    string // ten digits, "" likewise
	Gender string
	Dead   bool
}

// Subject tells who the person is. To be in somebody's circle is to know their
// name; what a role does not need stays blank.
func (v View) Subject() (Subject, error) {
	if v.o.over {
		return Subject{}, errOver
	}
	s := Subject{ID: v.o.door.keys.Text(id.Entry{Person: v.o.subject})}
	for _, w := range v.o.wholes {
		for _, x := range w.entries {
			if x.Kind != "Patient" || x.gone {
				continue
			}
			d, err := x.parsed(v.o.door.packer)
			if err != nil {
				return s, err
			}
			full := v.o.own || v.o.lens.whole || v.o.lens.Mask("Patient") == nil
			s.fill(d, full)
		}
	}
	if s.Name == "" {
		s.Name = "Name not known"
	}
	return s, nil
}

// fill takes from one Patient what the ones before it left open.
func (s *Subject) fill(d *fhir.Doc, full bool) {
	if s.Name == "" {
		s.Name, s.Family = PatientName(d), d.Text("name.family")
	}
	if !full {
		return
	}
	set := func(to *string, v string) {
		if *to == "" {
			*to = v
		}
	}
	set(&s.Born, d.Text("birthDate"))
	set(&s.Gender, d.Text("gender"))
	set(&s.NHS, NHSNumber(d))
	s.Dead = s.Dead || d.Text("deceasedDateTime") != "" || d.Root().Get("deceasedBoolean").Bool()
}

// NHSSystem is the identifier system of the NHS number.
const NHSSystem = "https://fhir.nhs.uk/Id/nhs-number"

// NHSNumber is the NHS number of a Patient, or "".
func NHSNumber(d *fhir.Doc) string {
	for i := range d.At("identifier") {
		if i.Get("system").Str() == NHSSystem {
			return i.Get("value").Str()
		}
	}
	return ""
}

// PatientName is a Patient's, Practitioner's or RelatedPerson's name as they are
// called: the text if there is one, else given and family names. Never reformatted.
func PatientName(d *fhir.Doc) string {
	var best fhir.Value
	for n := range d.At("name") {
		use := n.Get("use").Str()
		if use == "old" || use == "maiden" {
			continue
		}
		if !best.Exists() || use == "usual" {
			best = n
		}
	}
	if t := best.Get("text").Str(); t != "" {
		return t
	}
	name := ""
	join := func(s string) {
		if s != "" && name != "" {
			name += " "
		}
		name += s
	}
	for g := range best.Get("given").Elems() {
		join(g.Str())
	}
	join(best.Get("family").Str())
	return name
}

var errSubject = fault.New(fault.Invalid, "This entry says that it is about somebody else.")

func splice(d *fhir.Doc, edits []fhir.Edit) []byte { return fhir.Splice(nil, d, edits) }
