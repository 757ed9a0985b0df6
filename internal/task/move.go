package task

import (
	"cmp"
	"slices"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// An Asking is a piece of work to be put to somebody.
type Asking struct {
	Work
	ID           id.Entry // of the Task, and of the three below: made by the caller
	Member, Rule string
	Whom         string // the person's id in addresses
	Shares       consent.Labels
	Until        clock.Time       // until when whoever is asked sees it without having answered
	Agreed       string           // what the person agreed to
	Tells        []record.Telling // who is written to, now or when nobody has answered
}

// Ask puts a piece of work to a team or an organisation. It answers Invalid with what to
// put right.
func Ask(v record.View, x Asking) error {
	var c fault.Check
	c.That(x.What != "", "what", "Say what you ask them to do")
	c.That(x.Why != "", "why", "Say why")
	c.That(x.DoneBy != "", "to", "Choose whom to ask")
	c.That(x.By == "" || x.By >= day(v.Now()), "by", "The day must be today or later")
	if err := c.Err(); err != nil {
		return err
	}
	x.Status = Asked
	if err := v.Put(record.Entry{Header: record.Header{ID: x.ID, Kind: "Task"}, Doc: x.Work.doc(x.Whom, v.Now().FHIR(), v.Now().FHIR())}); err != nil {
		return err
	}
	for _, t := range x.Tells {
		v.Tell(t)
	}
	return v.Offer(record.Member{ID: x.Member, Party: x.Doer, Name: x.DoneBy, Reason: x.Agreed, Until: x.Until, Shares: x.Shares}, x.ID, x.Rule)
}

// doc is the piece of work as FHIR has it.
func (w *Work) doc(whom, authored, now string) *fhir.Doc {
	// The type says that it is no patient: the name of one whom a reference does not
	// lead to would be kept from readers.
	party := func(p consent.Party, name string) fhir.Obj {
		kind := "Organization"
		switch p.Level {
		case 0:
			return fhir.Obj{"reference", "Patient/" + whom, "display", name}
		case consent.Individual:
			kind = "Practitioner"
		}
		return fhir.Obj{"type", kind, "identifier", fhir.Obj{"system", partySystem, "value", partyText(p)}, "display", name}
	}
	b := fhir.New("Task").Add("meta.tag", fhir.Obj{"system", System, "code", Code})
	for _, x := range [][3]string{{answerURL, "valueDate", w.AnswerBy}, {serviceURL, "valueString", w.Service}} {
		if x[2] != "" {
			b.Add("extension", fhir.Obj{"url", x[0], x[1], x[2]})
		}
	}
	for _, code := range w.Told {
		b.Add("extension", fhir.Obj{"url", toldURL, "valueCode", code})
	}
	b.Set("status", w.Status)
	if w.Reason != "" {
		b.Set("statusReason.text", w.Reason)
	}
	b.Set("intent", "order").Set("description", w.What).Set("for", fhir.Obj{"reference", "Patient/" + whom}).
		Set("authoredOn", authored).Set("lastModified", now).
		Set("requester", party(w.Asker, w.AskedBy)).Set("owner", party(w.Doer, w.DoneBy)).
		Set("reasonCode.text", w.Why)
	for _, n := range w.Notes {
		b.Add("note", fhir.Obj{"authorString", n.By, "time", n.At, "text", n.Words})
	}
	b.Set("restriction.period.end", w.By)
	if w.Outcome != "" {
		b.Add("output", fhir.Obj{"type", fhir.Obj{"text", "What came of it"}, "valueString", w.Outcome})
	}
	return b.Doc()
}

// A Making is a move that somebody makes.
type Making struct {
	Move         *Move
	Had          int64  // the version that they had before them
	Words        string // what they say with it
	Whom         string
	Name         string // of who makes it, with what they are
	Member, Rule string // ids, for who takes it on: the caller's

	Answers record.Telling // said when whoever was asked answers
}

// Make makes a move. It answers Invalid with what to put right, Refused when the move
// cannot be made from where the work stands, and Stale when somebody moved it since.
func Make(v record.View, w Work, x Making, reason func(member string) string) error {
	var c fault.Check
	c.That(x.Move.Says == "" || x.Words != "", "words", map[string]string{
		"reason": "Say why, so that whoever asked can find another way", "outcome": "Say what came of it", "words": "Write what you want to say",
	}[x.Move.Says])
	if err := c.Err(); err != nil {
		return err
	}
	if !slices.Contains(x.Move.From, w.Status) {
		return errNow(w.Status)
	}
	if w.Status == Asked && x.Move.To != "" && x.Answers.Topic != "" {
		v.Tell(x.Answers)
	}
	authored := w.Entry.Doc.Text("authoredOn")
	w.Status = cmp.Or(x.Move.To, w.Status)
	switch x.Move.Says {
	case "reason":
		w.Reason = x.Words
	case "outcome":
		w.Outcome = x.Words
	}
	if x.Move.Says == "words" || x.Move.Says == "" && x.Words != "" {
		w.Notes = append(slices.Clone(w.Notes), Note{x.Words, x.Name, v.Now().FHIR()})
	}
	e := w.Entry
	e.Version, e.Doc = x.Had, w.doc(x.Whom, authored, v.Now().FHIR())
	if err := v.Put(e); err != nil {
		return err
	}
	switch {
	case w.Status == Taken && x.Move.To == Taken:
		return v.TakeOn(e.ID, x.Member, x.Rule, reason(x.Member))
	case !w.Open():
		return v.Over(e.ID)
	}
	return nil
}
