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
	Who   string // the id of a place in the circle, or ThePerson; another is nobody in particular
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

// AskFirst is whom to ask first, as it was said last. It may be somebody of whom the
// reader is not told: to them, that is nobody in particular.
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

// SetFirst says whom to ask first. Nobody in particular is an id that nobody has: then
// an id that says nothing to a reader does not tell that somebody is there of whom they
// may not know. For the same reason no name is kept. had is the stamp of what the writer
// had before them; Stale says that somebody was faster. made is the entry of the first,
// made by the caller; title is what the entry is called.
func SetFirst(v record.View, text Text, made id.Entry, whom, title, who, had string) error {
	now, err := AskFirst(v)
	switch {
	case err != nil:
		return err
	case now.Who == who:
		return nil
	case now.Stamp() != had:
		return fault.New(fault.Stale, "Somebody else changed this meanwhile. Look at it again before you change it.")
	}
	e := now.entry
	if now.Stamp() == "" {
		e = record.Entry{Header: record.Header{ID: made, Kind: "CareTeam"}}
	}
	e.Doc = fhir.New("CareTeam").
		Add("meta.tag", fhir.Obj{"system", System, "code", firstTag}).
		Set("status", "active").Set("name", title).
		Set("subject", patient(v, text, whom)).
		Add("participant", fhir.Obj{
			"extension", fhir.List{fhir.Obj{"url", doer, "valueString", who}},
			"role", fhir.List{fhir.Obj{"text", title}},
		}).Doc()
	return v.Put(e)
}
