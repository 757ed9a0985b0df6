package plan

import (
	"strconv"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// firstTag marks the entry that says whom to ask first. It is no part of the plan: who
// leads may change without anybody agreeing anew.
const firstTag = "ask-first"

// A First says whom to ask first about the person.
type First struct {
	Who   string // the id of a place in the circle, or ThePerson; "": nobody said
	By    string // who said so
	At    clock.Time
	entry record.Entry
}

// Stamp stands for what a writer had before them; "" when nobody had said.
func (f First) Stamp() string {
	if f.entry.ID.N == 0 {
		return ""
	}
	return strconv.FormatInt(int64(f.At), 10)
}

// AskFirst is whom to ask first, as it was said last. The place may be one that the
// reader is not told of: then there is none for them.
func AskFirst(v record.View) (First, error) {
	var f First
	err := v.All("CareTeam", func(e record.Entry) error {
		if tagged(e.Doc) != firstTag || e.Source != "" || e.At < f.At {
			return nil
		}
		f = First{By: e.Author.Name, At: e.At, entry: e}
		for p := range e.Doc.At("participant") {
			for x := range p.Get("extension").Elems() {
				if x.Get("url").Str() == doer {
					f.Who = x.Get("valueString").Str()
				}
			}
		}
		return nil
	})
	return f, err
}

// SetFirst says whom to ask first; "" is nobody in particular. It keeps no name: readers
// look it up among those of whom they may know. had is the stamp of what the writer had
// before them; Stale says that somebody was faster. made is the entry of the first, made
// by the caller; title is what the entry is called.
func SetFirst(v record.View, made id.Entry, whom, title, who, had string) error {
	now, err := AskFirst(v)
	switch {
	case err != nil:
		return err
	case now.Who == who:
		return nil
	case now.Stamp() != had:
		return fault.New(fault.Stale, "Somebody else changed this meanwhile. Look at it again before you change it.")
	case who == "":
		return v.Remove(now.entry.ID, now.entry.Version)
	}
	e := now.entry
	if now.Stamp() == "" {
		e = record.Entry{Header: record.Header{ID: made, Kind: "CareTeam"}}
	}
	e.Doc = fhir.New("CareTeam").
		Add("meta.tag", fhir.Obj{"system", System, "code", firstTag}).
		Set("status", "active").Set("name", title).
		Set("subject", fhir.Obj{"reference", "Patient/" + whom}).
		Add("participant", fhir.Obj{
			"extension", fhir.List{fhir.Obj{"url", doer, "valueString", who}},
			"role", fhir.List{fhir.Obj{"text", title}},
		}).Doc()
	return v.Put(e)
}
