package record

import (
	"fmt"
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fhir"
)

// A Kind is a type of entry, with the rules that hold for it at the door: pages,
// the API, imports and jobs all meet them there.
type Kind struct {
	Name  string         // the FHIR type
	Owner string         // the one path to whose it is, such as "subject"; "" for Patient
	Base  consent.Labels // what an entry is about when its codes say nothing more

	// Labels derives further labels from a document, beside those of its codes.
	// May be nil.
	Labels func(*fhir.Doc) consent.Labels

	// Rule decides whether a change may be made, with a fault that tells why not.
	// It runs inside the door, so that every edge meets it and an attempt is in
	// the journal. Nil lets through what the structure allows.
	Rule func(Edit) error
}

// An Edit is one entry about to be written.
type Edit struct {
	Old Entry // as the writer may see it; the zero Entry when it is new
	New Entry // with Doc nil when it is to be removed
	Own bool  // whether the person themselves writes it
	Who consent.Actor
}

// Kinds are the types that the door keeps. Make them with NewKinds.
type Kinds struct{ byName map[string]*Kind }

// NewKinds is the table of every R4 type that belongs to a person, with the kinds
// given in place of the plain ones. A kind without a name, an owner or a topic,
// or one that replaces another replacement, is a programmer's mistake and panics.
func NewKinds(special ...Kind) *Kinds {
	k := &Kinds{byName: map[string]*Kind{}}
	for _, kind := range owned() {
		k.byName[kind.Name] = &kind
	}
	seen := map[string]bool{}
	for _, kind := range special {
		plain, ok := k.byName[kind.Name]
		if !ok || seen[kind.Name] {
			panic(fmt.Sprintf("record: kind %q is not an R4 type of a person's, or comes twice", kind.Name))
		}
		if kind.Owner == "" {
			kind.Owner = plain.Owner
		}
		if kind.Base == 0 {
			kind.Base = plain.Base
		}
		seen[kind.Name] = true
		k.byName[kind.Name] = &kind
	}
	return k
}

// Of returns the kind of that name, or nil.
func (k *Kinds) Of(name string) *Kind { return k.byName[name] }

// Names are the names of all kinds, sorted.
func (k *Kinds) Names() []string {
	names := make([]string, 0, len(k.byName))
	for name := range k.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// intern returns the table's own copy of a name, so that a hundred million
// headers share it.
func (k *Kinds) intern(name string) string {
	if kind := k.byName[name]; kind != nil {
		return kind.Name
	}
	return name
}
