package fhir

import (
	"iter"
	"strings"
)

// A RefKind is what sort of address a reference is.
type RefKind uint8

const (
	RefNone        RefKind = iota // none of the others: it leads nowhere
	RefRelative                   // Patient/1
	RefURN                        // urn:uuid:… or urn:oid:…
	RefAbsolute                   // https://…
	RefFragment                   // #id, or # for the resource itself
	RefConditional                // Patient?identifier=…
)

// A Ref is a reference taken apart. Of an absolute one, Type, ID and Version are
// there if its end looks like a FHIR address; whether the server is ours is not judged.
type Ref struct {
	Kind    RefKind
	Type    string
	ID      string // of a fragment, what follows the #
	Version string
	Query   string // of a conditional one, what follows the ?
	Text    string // as written
}

// ParseReference takes a reference apart.
func ParseReference(s string) Ref {
	r := Ref{Text: s}
	switch {
	case s == "" || spaced(s):
		return r
	case s[0] == '#':
		r.Kind, r.ID = RefFragment, s[1:]
		return r
	case strings.HasPrefix(s, "urn:"):
		r.Kind = RefURN
		return r
	}
	if i := strings.Index(s, "://"); i > 0 && strings.Trim(s[:i], "abcdefghijklmnopqrstuvwxyz+.-") == "" {
		r.Kind = RefAbsolute
		path, _, _ := strings.Cut(s[i+3:], "?")
		_, path, _ = strings.Cut(path, "/") // after the host
		segments := path
		if at := strings.LastIndex(path, "/_history/"); at >= 0 {
			segments = path[:at]
			r.Version = path[at+len("/_history/"):]
		}
		cut := strings.LastIndexByte(segments, '/')
		if cut < 0 {
			r.Version = ""
			return r
		}
		head, id := segments[:cut], segments[cut+1:]
		head = head[strings.LastIndexByte(head, '/')+1:]
		if !isTypeName(head) || !IsID(id) || r.Version != "" && !IsID(r.Version) {
			r.Version = ""
			return r
		}
		r.Type, r.ID = head, id
		return r
	}
	if typ, query, ok := strings.Cut(s, "?"); ok {
		if isTypeName(typ) && query != "" {
			r.Kind, r.Type, r.Query = RefConditional, typ, query
		}
		return r
	}
	typ, id, _ := strings.Cut(s, "/")
	id, version, versioned := strings.Cut(id, "/_history/")
	if isTypeName(typ) && IsID(id) && (!versioned || IsID(version)) {
		r.Kind, r.Type, r.ID, r.Version = RefRelative, typ, id, version
	}
	return r
}

// isTypeName reports whether s could be the name of a resource type.
func isTypeName(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0]-'A' > 25 {
		return false
	}
	for i := range len(s) {
		if s[i]|0x20-'a' > 25 {
			return false
		}
	}
	return true
}

// A Reference is one Reference.reference in a document.
type Reference struct {
	Object Value // the Reference itself
	Value  Value // the string: hand it to [Replace] to point elsewhere
	Ref    Ref
}

// Path is where it is, such as Observation.subject.reference.
func (r Reference) Path() string { return r.Value.Path() }

// References yields every Reference.reference of the document, those of
// contained resources, extensions and the resources of a Bundle too, in the
// order of the source. Canonicals, URIs and links in narratives are no References.
func (d *Doc) References() iter.Seq[Reference] { return d.Root().References() }

// References yields those within the value.
func (v Value) References() iter.Seq[Reference] {
	return func(yield func(Reference) bool) {
		if v.d == nil {
			return
		}
		nodes := v.d.nodes
		var leaflet, leaflets uint32 // the next element of Immunization.education, and where they end
		for i, end := v.i, v.node().next; i < end; i++ {
			o := Value{v.d, i}
			if nodes[i].kind == Array && o.Key() == "education" {
				leaflet, leaflets = i+1, nodes[i].next
				continue
			}
			if i == leaflet && i < leaflets {
				leaflet = nodes[i].next
				continue
			}
			if nodes[i].kind != Object {
				continue
			}
			if at := o.Get("reference"); at.Kind() == String && o.isReference() {
				if !yield(Reference{o, at, ParseReference(at.Str())}) {
					return
				}
			}
		}
	}
}

// isReference tells a Reference by what it holds: of all R4 types with a member
// named reference that is a string, only Immunization.education can hold nothing else.
// [Value.References] knows those by where they are.
func (v Value) isReference() bool {
	for k := range v.All() {
		switch strings.TrimPrefix(k, "_") {
		case "reference", "type", "identifier", "display", "id", "extension":
		default:
			return false
		}
	}
	return true
}
