package plan

import (
	"cmp"
	"slices"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// under is where a piece says under which other it hangs, doer whose place in the circle
// is that of whoever does it.
const (
	under = "urn:onestory:under"
	doer  = "urn:onestory:doer"
)

// ThePerson stands among the answers to Who for whose plan it is.
const ThePerson = "person"

// A Text turns an entry's id into the one in addresses, as the door does.
type Text func(id.Entry) string

// kinds are the types of entries that hold pieces.
var kinds = []string{"QuestionnaireResponse", "Goal", "Task"}

// Read reads the plan.
func Read(v record.View, text Text) (*Plan, error) {
	p := &Plan{}
	for _, kind := range kinds {
		err := v.All(kind, func(e record.Entry) error {
			code := tagged(e.Doc)
			if code == answerTag {
				p.Answers = append(p.Answers, readAnswer(e))
			}
			if code == checkTag && kind == "QuestionnaireResponse" && e.Source == "" {
				p.CheckIns = append(p.CheckIns, readCheckIn(e, text))
			}
			if code == shownTag && kind == "QuestionnaireResponse" && e.Source == "" {
				if x, ok := readShown(e, text); ok {
					p.Shown = append(p.Shown, x)
				}
			}
			if part := PartOf(code); part != nil && part.Kind() == kind && e.Source == "" {
				p.Pieces = append(p.Pieces, Piece{Part: part, Entry: e, Text: text(e.ID), Said: read(part, e.Doc)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.Pieces, func(a, b Piece) int {
		return cmp.Compare(slices.Index(parts, a.Part), slices.Index(parts, b.Part))
	})
	slices.SortStableFunc(p.Answers, func(a, b Answer) int { return cmp.Compare(b.At, a.At) })
	slices.SortStableFunc(p.CheckIns, latestFirst)
	slices.SortStableFunc(p.Shown, firstShown)
	var err error
	p.Version, err = latest(v)
	return p, err
}

// read is what a document says, by question.
func read(part *Part, d *fhir.Doc) map[string]string {
	said := map[string]string{}
	for x := range d.At("extension") {
		switch x.Get("url").Str() {
		case under:
			said["under"] = last(x.Get("valueReference").Get("reference").Str())
		case doer:
			said["who"] = x.Get("valueString").Str()
		}
	}
	switch part.Kind() {
	case "Goal":
		said["words"] = d.Text("description.text")
		said["matters"] = strings.TrimSuffix(d.Text("priority.coding.code"), "-priority")
		said["status"], said["how"] = d.Text("lifecycleStatus"), d.Text("note.text")
	case "Task":
		said["words"], said["status"], said["how"] = d.Text("description"), d.Text("status"), d.Text("note.text")
		said["when"], said["sure"] = d.Text("restriction.period.end"), d.Text("input.valueString")
		if said["who"] == "" {
			said["who"] = d.Text("owner.display")
		}
		said["name"] = d.Text("owner.display")
	default:
		for _, path := range []string{"item", "item.item"} { // right there as they once were, or under the part's heading
			for item := range d.At(path) {
				for x := range item.Get("answer").Elems() {
					said[item.Get("linkId").Str()] = x.Get("valueString").Str()
				}
			}
		}
	}
	for k, v := range said {
		if v == "" {
			delete(said, k)
		}
	}
	return said
}

func last(reference string) string { return reference[strings.LastIndexByte(reference, '/')+1:] }

// A Writing is a piece as somebody wants it to be.
type Writing struct {
	Piece
	Had  string                   // the stamp of what they had before them; "" for a new piece
	New  id.Entry                 // made by the caller, for a new piece
	Whom string                   // the person's id in addresses
	Name string                   // what whoever is to do an action is called
	Call func(code string) string // what a question is called
	Took *Received                // what another system sent that it is made from; nil for nothing
}

// Write makes a piece part of the change. When somebody wrote it since, it writes
// nothing and answers what they wrote. It answers Invalid with what to put right.
func Write(v record.View, text Text, w Writing) (theirs *Piece, err error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	all, err := Read(v, text)
	if err != nil {
		return nil, err
	}
	now := Piece{Part: w.Part}
	for _, x := range all.Pieces {
		if x.Part == w.Part && (x.Text == w.Text || !w.Part.Many) {
			now = x
		}
	}
	if w.Text != "" && now.Text == "" {
		return nil, fault.NotFound
	}
	if now.Stamp() != w.Had {
		return &now, nil
	}
	if w.Took != nil {
		if taken := all.Took(*w.Took); taken != nil && taken.Text != now.Text {
			return taken, nil // nothing is taken in twice
		}
	}
	if to := w.Said["under"]; to != "" && !all.Has(to) {
		w.Said["under"] = "" // it was removed meanwhile
	}
	e := now.Entry
	if now.Text == "" {
		e = record.Entry{Header: record.Header{ID: w.New, Kind: w.Part.Kind()}}
	}
	e.Doc = w.doc(now, patient(v, text, w.Whom), v.Now())
	return nil, v.Put(e)
}

// check answers Invalid with what to put right.
func (w *Writing) check() error {
	var c fault.Check
	said := false
	for _, q := range w.Part.Asks {
		answer := w.Said[q.Code]
		said = said || answer != ""
		switch {
		case q.Needed && q.As == Who:
			c.That(answer != "", q.Code, "Choose who does this")
		case q.Needed && q.As == Day:
			c.That(answer != "", q.Code, "Say by which day")
		case q.Needed:
			c.That(answer != "", q.Code, "Write something here")
		}
		if q.As == Choice && answer != "" {
			c.That(slices.Contains(q.Options, answer), q.Code, "Choose one of these")
		}
	}
	if len(w.Part.Asks) > 0 {
		c.That(said, w.Part.Asks[0].Code, "Write something down, or go back")
	}
	return c.Err()
}

// doc is the piece as FHIR has it.
func (w *Writing) doc(was Piece, whose fhir.Obj, now clock.Time) *fhir.Doc {
	b := fhir.New(w.Part.Kind())
	for _, topic := range w.topics(was) {
		b.Add("meta.security", fhir.Obj{"system", topicSystem, "code", topic})
	}
	for _, x := range w.taken(was) {
		b.Add("extension", x)
	}
	b.Add("meta.tag", fhir.Obj{"system", System, "code", w.Part.Code})
	if to := w.Said["under"]; to != "" {
		kind := PartOf(w.Part.Ask("under").Options[0]).Kind()
		b.Add("extension", fhir.Obj{"url", under, "valueReference", fhir.Obj{"reference", kind + "/" + to}})
	}
	if who := w.Said["who"]; who != "" && who != w.Name {
		b.Add("extension", fhir.Obj{"url", doer, "valueString", who})
	}
	switch w.Part.Kind() {
	case "Goal":
		w.goal(b, whose, now)
	case "Task":
		w.task(b, whose, now)
	default:
		b.Add("_questionnaire.extension", fhir.Obj{"url", "http://hl7.org/fhir/StructureDefinition/display", "valueString", w.Call("")}).
			Set("status", "completed").Set("subject", whose).Set("authored", now.FHIR())
		var answers fhir.List
		for _, q := range w.Part.Asks {
			if w.Said[q.Code] != "" {
				answers = append(answers, fhir.Obj{"linkId", q.Code, "text", cmp.Or(asSent(w.Part.Code, q.Code), w.Call(q.Code)), "answer", fhir.List{fhir.Obj{"valueString", w.Said[q.Code]}}})
			}
		}
		b.Add("item", fhir.Obj{"linkId", w.Part.Code, "text", sentAs(w.Part.Code), "item", answers})
	}
	return b.Doc()
}

func (w *Writing) goal(b *fhir.Builder, whose fhir.Obj, now clock.Time) {
	b.Set("lifecycleStatus", cmp.Or(w.Said["status"], going[0])).Add("category", fhir.Obj{"text", sentAs("goal")})
	if m := w.Said["matters"]; m != "" {
		b.Set("priority", fhir.Obj{"coding", fhir.List{fhir.Obj{"system", "http://terminology.hl7.org/CodeSystem/goal-priority", "code", m + "-priority"}}})
	}
	b.Set("description.text", w.Said["words"]).Set("subject", whose).Set("statusDate", now.FHIR()[:10])
	if w.Said["how"] != "" {
		b.Add("note", fhir.Obj{"text", w.Said["how"]})
	}
}

func (w *Writing) task(b *fhir.Builder, whose fhir.Obj, now clock.Time) {
	b.Set("status", cmp.Or(w.Said["status"], doing[0])).Set("intent", "plan").Set("code.text", sentAs("action")).Set("description", w.Said["words"]).Set("for", whose)
	if to := w.Said["under"]; to != "" {
		b.Set("focus", fhir.Obj{"reference", "Goal/" + to})
	}
	b.Set("lastModified", now.FHIR())
	// Who it is stands apart from what they are called: a reference that led nowhere would
	// lose its name.
	b.Set("owner", fhir.Obj{"display", w.Name})
	if w.Said["how"] != "" {
		b.Add("note", fhir.Obj{"text", w.Said["how"]})
	}
	b.Set("restriction.period.end", w.Said["when"])
	if w.Said["sure"] != "" {
		b.Add("input", fhir.Obj{"type", fhir.Obj{"text", "How sure they are that it will happen"}, "valueString", w.Said["sure"]})
	}
}

// Remove takes a piece out of the plan; its history stays. It answers Stale when it was
// written since had.
func Remove(v record.View, text Text, part *Part, which, had string) error {
	all, err := Read(v, text)
	if err != nil {
		return err
	}
	for _, x := range all.Of(part.Code) {
		switch {
		case x.Text != which:
		case x.Stamp() != had:
			return fault.New(fault.Stale, "This was changed since you opened it. Look at it again before you remove it.")
		default:
			return v.Remove(x.Entry.ID, x.Entry.Version)
		}
	}
	return fault.NotFound
}

// patient refers to the person whose plan it is: by the first of their Patients that is
// about nothing but who they are, so that what is sent of it leads to one that is sent
// with it; or by their own id in addresses, whom.
func patient(v record.View, text Text, whom string) fhir.Obj {
	found := ""
	v.Headers(func(h record.Header) {
		if found == "" && h.Kind == "Patient" && h.Labels == consent.General {
			found = text(h.ID)
		}
	})
	return fhir.Obj{"reference", "Patient/" + cmp.Or(found, whom)}
}
