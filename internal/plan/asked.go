package plan

import (
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// asked.go reads a plan that was sent as answers: a QuestionnaireResponse whose questions
// bear the standards' headings, in groups within groups or one after the other.

// details are what the standards ask of a hope, an action or a contingency beside its
// words, as plainly has them, with our question for it; "how" keeps the name of what was
// asked.
var details = map[string]string{
	"free text": "words", "text": "words", "name": "words", "what": "words", "description": "words", "details": "words", "content": "do",
	"plan name": "words", "title": "title", "heading": "title",
	"who": "who", "by whom": "who", "performer": "who", "who will do this": "who",
	"when": "when", "by when": "when", "date": "when", "due date": "when", "target date": "when",
	"review date": "review",
	"status":      "status",
	"importance":  "matters", "importance score": "matters",
	"confidence": "sure", "confidence score": "sure",
}

// most is how deep groups are followed.
const most = 12

// A sheet is one document of answers as it is read.
type sheet struct {
	*reading
	e     record.Entry
	on    string
	found bool // a heading of a plan was met
	// loose are answers under no heading: they belong to the plan only if there is one.
	loose []Received
}

func (r *reading) answers(e record.Entry) {
	switch tagged(e.Doc) {
	case answerTag, checkTag, shownTag:
		return // what was said of a plan, and not what is in it
	}
	if part := PartOf(tagged(e.Doc)); part != nil { // a system like this one sent it
		if x := r.begun(e, part.Code, e.Doc.Text("authored")); !part.About() {
			x.Said = read(part, e.Doc)
			r.add(x)
		}
		return
	}
	s := &sheet{reading: r, e: e, on: e.Doc.Text("authored")}
	all := s.group(e.Doc.Root().Get("item"), nil, 0)
	if !s.found {
		return
	}
	for _, x := range append(all, s.loose...) {
		r.add(x)
	}
}

// group reads the questions of a group. in is what they are asked of; nil for nothing. It
// returns the things that were begun there, the first first.
func (s *sheet) group(list fhir.Value, in *Received, depth int) (all []Received) {
	if depth > most {
		return nil
	}
	begun := map[string]int{} // of the questions that stand without their part's heading: where it is in all
	for item := range list.Elems() {
		name := item.Get("text").Str()
		h, known := s.names.of(name)
		part := PartOf(h.Part)
		switch {
		case known && h.Part == "aside", known && part != nil && part.About():
			if part != nil && s.e.Labels&consent.AboutMe == 0 { // such words are offered in About me only from what is about that
				s.unplaced(item, name, depth)
			}
		case known && h.Part == "whole":
			s.found = true
			all = append(all, s.group(item.Get("item"), nil, depth+1)...)
		case known && h.Ask == "":
			s.found = true
			all = append(all, s.part(item, part, depth)...)
		case known && h.Ask != "":
			s.found = true
			if in != nil && in.Part == part {
				in.put(h.Ask, said(item))
				continue
			}
			at, here := begun[h.Part]
			if !here {
				at = len(all)
				begun[h.Part], all = at, append(all, s.begun(s.e, h.Part, s.on))
			}
			all[at].put(h.Ask, said(item))
		case in != nil:
			all = append(all, s.more(item, name, in, depth)...)
		default:
			s.unplaced(item, name, depth)
		}
	}
	return all
}

// part reads what stands under the heading of a part: each answer is a thing of its own,
// and so is a group of questions.
func (s *sheet) part(item fhir.Value, part *Part, depth int) (all []Received) {
	first := firstAsk(part)
	for x := range item.Get("answer").Elems() {
		one := s.begun(s.e, part.Code, s.on)
		one.put(first, answered(x))
		below := s.group(x.Get("item"), &one, depth+1)
		all = append(append(all, one), below...)
	}
	if nested := item.Get("item"); nested.Exists() {
		one := s.begun(s.e, part.Code, s.on)
		below := s.group(nested, &one, depth+1)
		if len(all) == 1 && len(one.Said) > 0 && one.Said[first] == "" { // it says more of the one answer
			for code, words := range one.Said {
				all[0].put(code, words)
			}
			all[0].When = one.When
		} else {
			all = append(all, one)
		}
		all = append(all, below...)
	}
	return all
}

// firstAsk is the question that an answer right under the heading of a part is for.
func firstAsk(part *Part) string {
	switch part.Code {
	case "worse":
		return "do"
	case "wishes":
		return "want"
	}
	return "words"
}

// more reads a question about a thing.
func (s *sheet) more(item fhir.Value, name string, in *Received, depth int) (all []Received) {
	words := said(item)
	ask := details[plainly(name)]
	if own := in.Part.Ask(item.Get("linkId").Str()); own != nil && ask == "" {
		ask = own.Code // our own names for it
	}
	switch q := in.Part.Ask(ask); {
	case words == "":
	case ask == "status":
		in.stands(words)
		in.Status = ""
		if in.Said["status"] == "" {
			in.put(in.rest(), name+": "+words)
		}
	case ask == "who" && q != nil:
		in.Said["who"], in.Said["name"] = words, words
	case ask == "when":
		in.when(words)
	case q != nil && q.As == Choice:
		if slices.Contains(q.Options, words) {
			in.Said[ask] = words
		} else {
			in.put(in.rest(), name+": "+words)
		}
	case q != nil && ask != "how" && q.As != Under:
		in.put(ask, words)
	default:
		in.put(in.rest(), name+": "+words)
	}
	for x := range item.Get("answer").Elems() {
		all = append(all, s.group(x.Get("item"), in, depth+1)...)
	}
	return append(all, s.group(item.Get("item"), in, depth+1)...)
}

// rest is where what is said of a thing goes that none of its questions asks for.
func (x *Received) rest() string {
	if x.Part.Ask("how") != nil {
		return "how"
	}
	return firstAsk(x.Part)
}

// unplaced keeps what stands under no heading that is known, to be shown under "other".
func (s *sheet) unplaced(item fhir.Value, name string, depth int) {
	if words := said(item); words != "" {
		x := s.begun(s.e, "other", s.on)
		x.put("title", name)
		x.put("words", words)
		s.loose = append(s.loose, x)
	}
	all := s.group(item.Get("item"), nil, depth+1)
	for x := range item.Get("answer").Elems() {
		all = append(all, s.group(x.Get("item"), nil, depth+1)...)
	}
	s.loose = append(s.loose, all...)
}

// said is what was answered, with a line for each.
func said(item fhir.Value) string {
	var all []string
	for x := range item.Get("answer").Elems() {
		if words := strings.TrimSpace(answered(x)); words != "" {
			all = append(all, words)
		}
	}
	return strings.Join(all, "\n")
}

// answered is an answer in words.
func answered(v fhir.Value) string {
	x, kind := v.Choice("value")
	switch kind {
	case "Coding":
		if d := x.Get("display").Str(); d != "" {
			return d
		}
		return x.Get("code").Str()
	case "Quantity":
		return strings.TrimSpace(x.Get("value").Literal() + " " + x.Get("unit").Str())
	case "Reference":
		return x.Get("display").Str()
	case "Attachment":
		return x.Get("title").Str()
	}
	return x.Literal()
}
