package importer

import (
	"context"
	"errors"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// urn is the entry of the lot, or of its stream, that a urn: reference names: by
// its fullUrl, or else by its id.
func (l *lot) urn(text string) *entry {
	if e := l.lookup(func(k *known) *entry { return k.byURL[text] }); e != nil {
		return e
	}
	return l.lookup(func(k *known) *entry { return k.byID["\n"+last(text)] })
}

func (l *lot) lookup(in func(*known) *entry) *entry {
	if e := in(l.here); e != nil || l.shared == nil {
		return e
	}
	return in(l.shared)
}

// base is the address of the server that a fullUrl names, with its last slash.
func base(url, kind string) string {
	if !strings.Contains(url, "://") {
		return ""
	}
	if at := strings.LastIndex(url, "/"+kind+"/"); at >= 0 {
		return url[:at+1]
	}
	return ""
}

// entryAt is what a reference in e leads to within the lot and its stream, or nil.
func (l *lot) entryAt(e *entry, r fhir.Ref) *entry {
	to := l.named(e, r)
	if to != nil && to.settled { // an older form of something that is here too
		if newer := l.here.byID[to.kind+"/"+to.foreign]; newer != nil {
			return newer
		}
	}
	return to
}

func (l *lot) named(e *entry, r fhir.Ref) *entry {
	switch r.Kind {
	case fhir.RefURN:
		return l.urn(r.Text)
	case fhir.RefAbsolute:
		text, _, _ := strings.Cut(r.Text, "/_history/")
		if to := l.lookup(func(k *known) *entry { return k.byURL[text] }); to != nil {
			return to
		}
		if from := base(e.url, e.kind); from == "" || text != from+r.Type+"/"+r.ID {
			return nil
		}
	case fhir.RefRelative:
		if from := base(e.url, e.kind); from != "" {
			if to := l.lookup(func(k *known) *entry { return k.byURL[from+r.Type+"/"+r.ID] }); to != nil {
				return to
			}
		}
	case fhir.RefConditional:
		if token, ok := identifier(r.Query); ok {
			return l.lookup(func(k *known) *entry { return k.byToken[r.Type+"?"+token] })
		}
		return nil
	default:
		return nil
	}
	return l.lookup(func(k *known) *entry { return k.byID[r.Type+"/"+r.ID] })
}

// earlier reports whether a reference may lead to what the source sent before: it
// names a type and an id, here or at the server that the entry itself is from.
func earlier(e *entry, r fhir.Ref) bool {
	if r.Type == "" || r.ID == "" {
		return false
	}
	return r.Kind == fhir.RefRelative || r.Kind == fhir.RefAbsolute && strings.HasPrefix(r.Text, base(e.url, e.kind)+r.Type+"/") && base(e.url, e.kind) != ""
}

func (l *lot) human(foreign string) *human {
	h := l.people[foreign]
	if h == nil {
		h = &human{foreign: foreign}
		l.people[foreign] = h
	}
	return h
}

// whose finds out whom an entry is about, by the one path that its kind has for it.
func (l *lot) whose(e *entry) *human {
	if e.asked || e.doc == nil || e.public() || e.foreign == "" {
		return e.who
	}
	e.asked = true // also when entries lead to each other in a circle
	kind := l.im.kinds.Of(e.kind)
	if kind == nil {
		return nil
	}
	if kind.Owner == "" {
		e.who = l.human(e.foreign)
		if e.who.patient == nil || !e.settled && len(e.problems) == 0 {
			e.who.patient = e
		}
		return e.who
	}
	path := e.kind + "." + kind.Owner
	waits := false
	var through []*entry
	for v := range e.doc.At(kind.Owner + ".reference") {
		r := fhir.ParseReference(v.Str())
		to := l.entryAt(e, r)
		switch {
		case to != nil && to.kind == "Patient":
			e.who = l.human(to.foreign)
			if e.who.patient == nil {
				e.who.patient = to
			}
		case to != nil:
			through = append(through, to)
		case r.Type == "Patient" && earlier(e, r):
			e.who = l.human(r.ID)
		case r.Kind == fhir.RefURN && e.kind != "Provenance":
			e.who = l.human(last(r.Text))
		case r.Kind == fhir.RefConditional:
			waits = true
		}
		if e.who != nil {
			return e.who
		}
	}
	for v := range e.doc.At(kind.Owner + ".identifier") {
		token := v.Get("system").Str() + "|" + v.Get("value").Str()
		if to := l.here.byToken["Patient?"+token]; to != nil {
			e.who = l.human(to.foreign)
			return e.who
		}
	}
	for _, to := range through {
		if e.who = l.whose(to); e.who != nil {
			return e.who
		}
	}
	switch {
	case len(e.problems) > 0: // that may be why
	case waits:
		e.refuse(path, "The person is named by a condition, and no Patient in the same Bundle meets it. Send their Patient with it.")
	default:
		e.refuse(path, "The entry does not say which person it is about. Give "+path+" a reference to a Patient.")
	}
	return nil
}

// leadsHere reports whether what an entry is about can be found in this lot.
func (l *lot) leadsHere(d *fhir.Doc, e *entry) bool {
	kind := l.im.kinds.Of(d.Type())
	if kind == nil || kind.Owner == "" {
		return false
	}
	for v := range d.At(kind.Owner + ".reference") {
		c := &entry{url: e.url, kind: d.Type()}
		if to := l.here.only(l, c, fhir.ParseReference(v.Str())); to != nil && !to.public() {
			return true
		}
	}
	for v := range d.At(kind.Owner + ".identifier") {
		if l.here.byToken["Patient?"+v.Get("system").Str()+"|"+v.Get("value").Str()] != nil {
			return true
		}
	}
	return false
}

// only resolves within this lot alone.
func (k *known) only(l *lot, e *entry, r fhir.Ref) *entry {
	alone := lot{im: l.im, here: k}
	return alone.entryAt(e, r)
}

// others are the kinds that may lead to another person's Patient: they say who is
// whose relative, who pays, who takes part.
var others = map[string]bool{
	"Patient": true, "Person": true, "RelatedPerson": true, "Account": true, "Coverage": true, "Appointment": true,
	"FamilyMemberHistory": true,
}

// leads finds what each reference of an entry becomes.
func (l *lot) leads(ctx context.Context, e *entry) {
	if e.public() {
		for c := range e.doc.At("contained.resourceType") {
			if c.Str() != "Device" && l.im.kinds.Of(c.Str()) != nil {
				e.refuse(c.Path(), "A public "+e.kind+" cannot hold what is about a person. Leave it out.")
			}
		}
	}
	first := true
	for ref := range e.doc.References() {
		r := ref.Ref
		if r.Kind == fhir.RefNone || r.Kind == fhir.RefFragment {
			continue
		}
		lead, ok := l.lead(ctx, e, ref)
		if e.public() && l.personal(r, lead) {
			e.refuse(ref.Path(), "A public "+e.kind+" cannot lead to a person's entry. Leave the reference out.")
			continue
		}
		if !ok {
			continue
		}
		kind, foreign := lead.kind, lead.id
		if lead.to != nil {
			kind, foreign = lead.to.kind, lead.to.foreign
		}
		if first {
			e.sent.Began, first = began(r), false
		}
		if e.sent.Usual(kind, foreign) != r.Text {
			e.sent.Keep(kind+"/"+foreign, strings.Clone(r.Text))
		}
		e.refs = append(e.refs, lead)
	}
}

// began is what a reference begins with, before type and id.
func began(r fhir.Ref) string {
	switch r.Kind {
	case fhir.RefURN:
		return strings.Clone(r.Text[:strings.LastIndexByte(r.Text, ':')+1])
	case fhir.RefAbsolute:
		if at := strings.Index(r.Text, r.Type+"/"+r.ID); at > 0 && r.Type != "" {
			return strings.Clone(r.Text[:at])
		}
	}
	return ""
}

// personal reports whether a reference leads, or may lead, to a person's entry.
func (l *lot) personal(r fhir.Ref, to lead) bool {
	kind := r.Type
	if to.to != nil {
		kind = to.to.kind
	}
	return kind != "" && kind != "Device" && l.im.kinds.Of(kind) != nil
}

var errPeople = "This entry is about one person and leads to an entry about another. Send each person's entries with their own."

// lead finds what one reference becomes; ok is false where it stays as it was sent.
func (l *lot) lead(ctx context.Context, e *entry, ref fhir.Reference) (to lead, ok bool) {
	r := ref.Ref
	to.value = ref.Value
	if found := l.entryAt(e, r); found != nil {
		switch {
		case found.public():
			to.kind, to.id = found.kind, found.foreign
			to.text = l.im.dir.Ref(l.source, found.kind, found.foreign)
			return to, len(found.problems) == 0
		case e.public():
			to.to = found
			return to, false
		}
		whose := l.whose(found)
		if whose != nil && e.who != nil && whose != e.who && !(found.kind == "Patient" && others[e.kind]) {
			e.refuse(ref.Path(), errPeople)
			return to, false
		}
		if len(found.problems) > 0 { // it may have come before, in a form that was right
			to.kind, to.id = found.kind, found.foreign
			return to, true
		}
		to.to = found
		return to, true
	}
	switch {
	case r.Kind == fhir.RefConditional && record.Public(r.Type):
		return to, l.byCondition(ctx, e, ref, &to)
	case r.Kind == fhir.RefConditional:
		e.refuse(ref.Path(), "Nothing in the same Bundle meets this condition. Send what it leads to with it, or a reference with an id.")
		return to, false
	case !earlier(e, r):
		return to, false
	case !record.Public(r.Type):
		to.kind, to.id = r.Type, r.ID
		return to, l.im.kinds.Of(r.Type) != nil
	}
	to.kind, to.id, to.text = r.Type, r.ID, l.im.dir.Ref(l.source, r.Type, r.ID)
	switch _, err := l.im.dir.Find(ctx, l.source, r.Type, r.ID); {
	case errors.Is(err, fault.NotFound): // it may still come; until then only we know what it was
		e.sent.Keep(to.text, strings.Clone(r.Text))
	case err != nil:
		l.broken = err
	}
	return to, true
}

// byCondition looks in the directory for what a reference names by identifier.
func (l *lot) byCondition(ctx context.Context, e *entry, ref fhir.Reference, to *lead) bool {
	token, ok := identifier(ref.Ref.Query)
	if !ok {
		e.refuse(ref.Path(), "Only a condition on one identifier can be understood, such as Practitioner?identifier=system|value.")
		return false
	}
	there, err := l.im.dir.ByIdentifier(ctx, l.source, ref.Ref.Type, token)
	switch {
	case err != nil:
		l.broken = err
	case len(there) > 1:
		e.refuse(ref.Path(), "Several entries have this identifier, so it is not clear which one is meant.")
	case len(there) == 0 && !l.final:
		e.later = true
	case len(there) == 0:
		e.refuse(ref.Path(), "No "+ref.Ref.Type+" of this source has that identifier. Import it first, or with it.")
	default:
		to.kind, to.id, to.text = ref.Ref.Type, there[0], l.im.dir.Ref(l.source, ref.Ref.Type, there[0])
		return true
	}
	return false
}
