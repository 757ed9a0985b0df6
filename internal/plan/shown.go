package plan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"

	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/media"
	"onestory/internal/record"
)

// shownTag is what a picture, a sound or a film of About me is tagged as.
const shownTag = "shown"

// MostShown is how many there may be under one heading.
const MostShown = 3

// A Shown is a picture, a sound or a film that stands under a heading of About me, with
// what it shows in words: whoever cannot see or hear it reads those. It is an answer
// under the heading, as words are, and whoever sees those sees it. It is never altered.
type Shown struct {
	Entry  record.Header
	Text   string // its id in addresses
	Part   *Part
	Kind   string // its media type, as its content was found to be
	Words  string
	By     string
	Theirs bool // the person put it there
	At     clock.Time
}

// ShownUnder are those under a heading, the first first.
func (p *Plan) ShownUnder(code string) (all []Shown) {
	for _, x := range p.Shown {
		if x.Part.Code == code {
			all = append(all, x)
		}
	}
	return all
}

// shownIn is the attachment of a document and the heading that it stands under. ok is
// false when there is none, or more than one.
func shownIn(d *fhir.Doc) (part *Part, at fhir.Value, words string, ok bool) {
	n := 0
	for item := range d.At("item") {
		for x := range item.Get("answer").Elems() {
			if a := x.Get("valueAttachment"); a.Exists() {
				part, at, n = PartOf(item.Get("linkId").Str()), a, n+1
			} else if item.Get("linkId").Str() == "words" {
				words = x.Get("valueString").Str()
			}
		}
	}
	return part, at, words, n == 1 && part != nil && part.About()
}

func readShown(e record.Entry, text Text) (x Shown, ok bool) {
	part, at, words, ok := shownIn(e.Doc)
	return Shown{
		Entry: e.Header, Text: text(e.ID), Part: part, Kind: at.Get("contentType").Str(), Words: words,
		By: e.Author.Name, Theirs: e.Author.Account == record.ThePerson, At: e.At,
	}, ok && media.SortOf(at.Get("contentType").Str()) != ""
}

func firstShown(a, b Shown) int { return cmp.Compare(a.At, b.At) }

// Put is a file as somebody wants it to stand under a heading.
type Put struct {
	Part  *Part
	Words string // what it shows
	File  []byte // as it came
	New   id.Entry
	Whom  string              // the person's id in addresses
	Call  func(string) string // what a heading is called, a sort of media, and "words"
}

// A Ready is a file that was found to be one of the kinds that are kept.
type Ready struct {
	Put
	kind  string
	clean []byte
}

// Check finds what the file is, and answers Invalid with what to put right. It does not
// ask who is asking, and takes the most of the work.
func (p Put) Check() (*Ready, error) {
	var c fault.Check
	c.That(p.Words != "", "words", "Say what it shows")
	clean, kind, err := media.Clean(p.File)
	if err != nil {
		c.That(false, "file", fault.Say(err))
	}
	return &Ready{p, kind, clean}, c.Err()
}

// Show puts a file under a heading. It answers Refused when there are enough already.
func (p *Ready) Show(v record.View, text Text) error {
	all, err := Read(v, text)
	if err != nil {
		return err
	}
	if len(all.ShownUnder(p.Part.Code)) >= MostShown {
		return fault.New(fault.Refused, "There are three already under this heading. Remove one first.")
	}
	b := fhir.New("QuestionnaireResponse").
		Add("meta.security", fhir.Obj{"system", topicSystem, "code", p.Part.topic}).
		Add("meta.tag", fhir.Obj{"system", System, "code", shownTag}).
		Add("_questionnaire.extension", fhir.Obj{"url", "http://hl7.org/fhir/StructureDefinition/display", "valueString", p.Call(string(media.SortOf(p.kind)))}).
		Set("status", "completed").Set("subject", patient(v, text, p.Whom)).
		Set("authored", v.Now().FHIR()).
		Add("item", fhir.Obj{"linkId", p.Part.Code, "text", p.Call(p.Part.Code), "answer", fhir.List{fhir.Obj{"valueAttachment", fhir.Obj{
			"contentType", p.kind, "data", base64.StdEncoding.EncodeToString(p.clean), "size", len(p.clean), "title", p.Words,
		}}}}).
		Add("item", fhir.Obj{"linkId", "words", "text", p.Call("words"), "answer", fhir.List{fhir.Obj{"valueString", p.Words}}})
	return v.Put(record.Entry{Header: record.Header{ID: p.New, Kind: "QuestionnaireResponse"}, Doc: b.Doc()})
}

// Content is what is seen or heard, and as what: found anew from its bytes, whatever the
// entry says. It is NotFound for what is none.
func (x Shown) Content(ctx context.Context, v record.View) (b []byte, kind string, err error) {
	e, err := v.Get(x.Entry.ID)
	if err != nil {
		return nil, "", err
	}
	whole, err := v.Full(ctx, e)
	if err != nil {
		return nil, "", err
	}
	d := new(fhir.Doc)
	if err := fhir.Parse(whole, d); err != nil {
		return nil, "", err
	}
	_, at, _, ok := shownIn(d)
	b, err = base64.StdEncoding.DecodeString(at.Get("data").Str())
	if !ok || err != nil {
		return nil, "", fault.NotFound
	}
	if b, kind, err = media.Clean(b); err != nil {
		return nil, "", fault.NotFound
	}
	return b, kind, nil
}

// ShownOf is the one of that id. What is something else is NotFound.
func ShownOf(v record.View, which id.Entry, text Text) (Shown, error) {
	e, err := v.Get(which)
	if err != nil {
		return Shown{}, err
	}
	if x, ok := readShown(e, text); ok && tagged(e.Doc) == shownTag && e.Source == "" {
		return x, nil
	}
	return Shown{}, fault.NotFound
}

// Remove takes it away; its history stays. The door refuses all but whoever put it there
// and whoever it is about.
func (x Shown) Remove(v record.View) error { return v.Remove(x.Entry.ID, x.Entry.Version) }

var (
	errShownBy   = fault.New(fault.Refused, "Only whoever put this here can remove it, and the person it is about.")
	errShownAs   = fault.New(fault.Refused, "This stays as it was put here. Remove it, and put another in its place.")
	errShownHow  = fault.New(fault.Invalid, "Put one file under one heading of About me, with words for what it shows.")
	errShownTo   = fault.New(fault.Invalid, "What stands in About me is seen with it: give it the topic about-me as its security label.")
	errShownType = fault.New(fault.Invalid, "The file is not what its content type says, or tells where it was made. Send it without such marks.")
)

// shown guards what stands beside words of About me: only the person puts it there, or
// whoever acts for them; it is what it says it is; and nobody alters it.
func shown(e record.Edit, theirs bool) error {
	switch {
	case e.New.Doc == nil:
		if by := e.Old.Author.Account; e.Own || by == e.Who.Account && by != "" {
			return nil
		}
		return errShownBy
	case e.Old.Version != 0:
		return errShownAs
	case !theirs:
		return errTheirs
	}
	part, at, words, ok := shownIn(e.New.Doc)
	if !ok || words == "" || at.Get("url").Exists() || e.New.Doc.Type() != "QuestionnaireResponse" {
		return errShownHow
	}
	seen := false
	for s := range e.New.Doc.At("meta.security") {
		seen = seen || s.Get("system").Str() == topicSystem && s.Get("code").Str() == part.topic
	}
	if !seen {
		return errShownTo
	}
	b, err := base64.StdEncoding.DecodeString(at.Get("data").Str())
	if err != nil {
		return errShownType
	}
	clean, kind, err := media.Clean(b)
	switch {
	case err != nil:
		return err
	case kind != at.Get("contentType").Str() || !bytes.Equal(clean, b):
		return errShownType
	}
	return nil
}
