package plan

import (
	"cmp"
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// checkTag is what a check-in is tagged as.
const checkTag = "check-in"

var faces = []string{"very-badly", "badly", "so-so", "well", "very-well"}

// Faces are how a hope may be going, the worst first.
func Faces() []string { return faces }

// A CheckIn is how a hope is going, as somebody said it at a moment: with a face, in
// words, or both. It is never altered; whoever said it may take it back.
type CheckIn struct {
	Entry  record.Entry
	Text   string // its id in addresses
	Goal   string // which hope it is about, likewise
	Face   string // one of Faces, or ""
	Words  string
	By     string
	Theirs bool // the person said it
	At     clock.Time
}

// Level is where its face stands among Faces, from 1; 0 when there is none.
func (x CheckIn) Level() int { return slices.Index(faces, x.Face) + 1 }

// Goal is the hope of that id in addresses, or nil.
func (p *Plan) Goal(text string) *Piece {
	for i := range p.Pieces {
		if x := &p.Pieces[i]; x.Part.Code == "goal" && x.Text == text {
			return x
		}
	}
	return nil
}

// Open reports whether a hope is still hoped for.
func (x *Piece) Open() bool { return x.Said["status"] == "" || x.Said["status"] == going[0] }

// CheckInsOf is how a hope went, the latest first.
func (p *Plan) CheckInsOf(goal string) (all []CheckIn) {
	for _, x := range p.CheckIns {
		if x.Goal == goal {
			all = append(all, x)
		}
	}
	return all
}

func readCheckIn(e record.Entry, text Text) CheckIn {
	x := CheckIn{Entry: e, Text: text(e.ID), By: e.Author.Name, Theirs: e.Author.Account == record.ThePerson, At: e.At}
	said := read(&Part{}, e.Doc)
	x.Goal, x.Words = said["under"], said["words"]
	if slices.Contains(faces, said["face"]) {
		x.Face = said["face"]
	}
	// A program may tell later of how it was, but not of what is to come.
	if on, err := time.Parse(time.RFC3339Nano, e.Doc.Text("authored")); err == nil {
		x.At = min(clock.At(on), e.At)
	}
	return x
}

func latestFirst(a, b CheckIn) int {
	return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Entry.At, a.Entry.At))
}

// Say writes down how a hope is going. made is for the new entry, whom the person's id
// in addresses, and call tells what a question is called ("" for all of it). What is said
// to be At no time is said now. It answers Invalid with what to put right, and NotFound
// when there is no such hope.
func Say(v record.View, text Text, made id.Entry, whom string, x CheckIn, call func(string) string) error {
	var c fault.Check
	c.That(x.Face != "" || x.Words != "", "face", "Choose a face, or write something")
	c.That(x.Face == "" || x.Level() > 0, "face", "Choose one of these")
	if err := c.Err(); err != nil {
		return err
	}
	p, err := Read(v, text)
	if err != nil {
		return err
	}
	if p.Goal(x.Goal) == nil {
		return fault.NotFound
	}
	b := fhir.New("QuestionnaireResponse").
		Add("meta.security", fhir.Obj{"system", topicSystem, "code", "plan"}).
		Add("meta.tag", fhir.Obj{"system", System, "code", checkTag}).
		Add("extension", fhir.Obj{"url", under, "valueReference", fhir.Obj{"reference", "Goal/" + x.Goal}}).
		Add("_questionnaire.extension", fhir.Obj{"url", "http://hl7.org/fhir/StructureDefinition/display", "valueString", call("")}).
		Set("status", "completed").Set("subject", patient(v, text, whom)).
		Set("authored", cmp.Or(x.At, v.Now()).FHIR())
	for _, item := range [][2]string{{"face", x.Face}, {"words", x.Words}} {
		if item[1] != "" {
			b.Add("item", fhir.Obj{"linkId", item[0], "text", call(item[0]), "answer", fhir.List{fhir.Obj{"valueString", item[1]}}})
		}
	}
	return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "QuestionnaireResponse"}, Doc: b.Doc()})
}

// TakeBack removes what somebody said of a hope; its history stays. The door refuses all
// but whoever said it.
func TakeBack(v record.View, text Text, goal, which string) error {
	p, err := Read(v, text)
	if err != nil {
		return err
	}
	if p.Goal(goal) != nil {
		for _, x := range p.CheckInsOf(goal) {
			if x.Text == which {
				return v.Remove(x.Entry.ID, x.Entry.Version)
			}
		}
	}
	return fault.NotFound
}

// checkIn guards how a hope is going: it names a hope, is seen with the plan, and is what
// somebody said at a moment, which nobody alters and they alone take back.
func checkIn(e record.Edit) error {
	switch {
	case e.New.Doc == nil:
		by := e.Old.Author.Account
		if by == e.Who.Account && by != "" || e.Own && by == record.ThePerson {
			return nil
		}
		return errSaid
	case e.Old.Version != 0:
		return errAsSaid
	}
	said, goal, seen := read(&Part{}, e.New.Doc), "", false
	for x := range e.New.Doc.At("extension") {
		if x.Get("url").Str() == under {
			goal = x.Get("valueReference").Get("reference").Str()
		}
	}
	for s := range e.New.Doc.At("meta.security") {
		seen = seen || s.Get("system").Str() == topicSystem && s.Get("code").Str() == "plan"
	}
	to := fhir.ParseReference(goal)
	switch {
	case e.New.Doc.Type() != "QuestionnaireResponse":
		return errNoPiece
	case to.Kind != fhir.RefRelative || to.Type != "Goal":
		return errNoGoal
	case !seen:
		return errUnseen
	case said["face"] == "" && said["words"] == "" || said["face"] != "" && !slices.Contains(faces, said["face"]):
		return errFace
	}
	return nil
}
