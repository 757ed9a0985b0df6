package plan

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// What else of a plan an entry can be.
const (
	versionTag = "version"
	answerTag  = "answer"
)

// A Version is the plan as it was laid before the person.
type Version struct {
	N      int // the first is 1
	At     clock.Time
	By     string
	Pieces []string // which there were, by their ids in addresses
	entry  record.Entry
}

func readVersion(e record.Entry) *Version {
	n, _ := strconv.Atoi(e.Doc.Text("identifier.value"))
	x := &Version{N: n, At: e.At, By: e.Author.Name, entry: e}
	for _, path := range []string{"goal.reference", "activity.reference.reference", "supportingInfo.reference"} {
		for r := range e.Doc.At(path) {
			x.Pieces = append(x.Pieces, last(r.Str()))
		}
	}
	return x
}

// latest is the version made last, or nil.
func latest(v record.View) (found *Version, err error) {
	err = v.All("CarePlan", func(e record.Entry) error {
		if tagged(e.Doc) == versionTag && e.Source == "" {
			found = readVersion(e)
		}
		return nil
	})
	return found, err
}

// Lay makes what the plan says now a version, for the person to answer. It is refused
// when there is nothing new to answer. made is the entry of the first, made by the caller.
func Lay(v record.View, text Text, made id.Entry, whom, title string) error {
	p, err := Read(v, text)
	if err != nil {
		return err
	}
	if p.Empty() || p.Version != nil && p.ChangedSince() == 0 {
		return fault.New(fault.Refused, "Nothing in the plan has changed since the last version. Change something first.")
	}
	e, n := record.Entry{Header: record.Header{ID: made, Kind: "CarePlan"}}, 1
	if p.Version != nil {
		e, n = p.Version.entry, p.Version.N+1
	}
	b := fhir.New("CarePlan").
		Add("meta.tag", fhir.Obj{"system", System, "code", versionTag}).
		Add("identifier", fhir.Obj{"system", System + ":version", "value", strconv.Itoa(n)}).
		Set("status", "active").Set("intent", "plan").Set("title", title).Add("category", fhir.Obj{"text", whole[0]}).
		Set("subject", patient(v, text, whom)).Set("created", v.Now().FHIR())
	for _, kind := range []string{"QuestionnaireResponse", "Goal", "Task"} {
		for _, x := range p.Pieces {
			ref := fhir.Obj{"reference", kind + "/" + x.Text, "display", sentAs(x.Part.Code)} // the heading, and nothing that it says
			switch {
			case x.Part.Kind() != kind:
			case kind == "Goal":
				b.Add("goal", ref)
			case kind == "Task":
				b.Add("activity", fhir.Obj{"reference", ref})
			default:
				b.Add("supportingInfo", ref)
			}
		}
	}
	e.Doc = b.Doc()
	return v.Put(e)
}

// Versions are all versions that the reader may see, the latest first.
func Versions(ctx context.Context, v record.View) (all []*Version, err error) {
	now, err := latest(v)
	if err != nil || now == nil {
		return nil, err
	}
	err = v.History(ctx, now.entry.ID, func(x record.Version) error {
		if x.Doc != nil {
			all = append(all, readVersion(x.Entry))
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// Was is the plan as a version had it: each piece as it was written last before it.
func (x *Version) Was(ctx context.Context, v record.View, text Text, entry func(string) (id.Entry, error)) (all []Piece, err error) {
	for _, which := range x.Pieces {
		e, err := entry(which)
		if err != nil {
			return nil, err
		}
		var was *Piece
		err = v.History(ctx, e, func(old record.Version) error {
			if part := PartOf(tagged(old.Doc)); part != nil && old.At <= x.At {
				was = &Piece{Part: part, Entry: old.Entry, Text: which, Said: read(part, old.Doc)}
			}
			return nil
		})
		switch {
		case errors.Is(err, fault.NotFound): // it may not be seen now
		case err != nil:
			return nil, err
		case was != nil:
			all = append(all, *was)
		}
	}
	return all, nil
}

// What the person may say to a version.
const (
	Agreed     = "agreed"
	WithANote  = "noted"
	NotYet     = "not-yet"
	answerNote = "note"
)

// An Answer is what the person said to a version, or whoever acts for them.
type Answer struct {
	Version int
	Say     string // Agreed, WithANote or NotYet
	Note    string // their view, in their words
	By      string
	At      clock.Time
}

func readAnswer(e record.Entry) Answer {
	x := Answer{By: e.Author.Name, At: e.At}
	for item := range e.Doc.At("item") {
		for a := range item.Get("answer").Elems() {
			switch item.Get("linkId").Str() {
			case "version":
				x.Version, _ = strconv.Atoi(a.Get("valueString").Str())
			case "say":
				x.Say = a.Get("valueString").Str()
			case answerNote:
				x.Note = a.Get("valueString").Str()
			}
		}
	}
	return x
}

// Reply writes down what the person says to a version. It answers Invalid with what to
// put right, and Stale when there is a newer version by now.
func Reply(v record.View, text Text, made id.Entry, whom string, x Answer) error {
	var c fault.Check
	c.That(x.Say == Agreed || x.Say == WithANote || x.Say == NotYet, "say", "Choose what you think of the plan")
	c.That(x.Say != WithANote || x.Note != "", "note", "Write your note, or choose that you agree")
	if err := c.Err(); err != nil {
		return err
	}
	now, err := latest(v)
	if err != nil {
		return err
	}
	if now == nil || now.N != x.Version {
		return fault.New(fault.Stale, "There is a newer version of the plan. Read that one first.")
	}
	b := fhir.New("QuestionnaireResponse").
		Add("meta.security", fhir.Obj{"system", topicSystem, "code", "plan"}).
		Add("meta.tag", fhir.Obj{"system", System, "code", answerTag}).
		Set("status", "completed").Set("subject", patient(v, text, whom)).Set("authored", v.Now().FHIR())
	for _, item := range [][2]string{{"version", strconv.Itoa(x.Version)}, {"say", x.Say}, {answerNote, x.Note}} {
		if item[1] != "" {
			b.Add("item", fhir.Obj{"linkId", item[0], "answer", fhir.List{fhir.Obj{"valueString", item[1]}}})
		}
	}
	return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "QuestionnaireResponse"}, Doc: b.Doc()})
}
