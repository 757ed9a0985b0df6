package plan

import (
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fhir"
)

// taken.go is how a piece of ours names what another system sent that it was made from.
// That is then no longer shown beside the plan; when the piece goes, it is again.

// takenFrom is the extension: an entry, and which of the things it says.
const takenFrom = "urn:onestory:taken-from"

// takenIn are the keys, as [Received] has them, of what a document was made from.
func takenIn(d *fhir.Doc) (keys []string) {
	if d == nil {
		return nil
	}
	for x := range d.At("extension") {
		if x.Get("url").Str() != takenFrom {
			continue
		}
		var from, which string
		for y := range x.Get("extension").Elems() {
			switch y.Get("url").Str() {
			case "entry":
				from = last(y.Get("valueReference").Get("reference").Str())
			case "which":
				which = y.Get("valueString").Str()
			}
		}
		if from != "" { // it is there, and the reader may see it
			keys = append(keys, from+"."+which)
		}
	}
	return keys
}

// Took is the piece that was made from what another system sent, or nil.
func (p *Plan) Took(x Received) *Piece {
	for i := range p.Pieces {
		if slices.Contains(takenIn(p.Pieces[i].Entry.Doc), x.Key) {
			return &p.Pieces[i]
		}
	}
	return nil
}

// Beside are those of what others sent that no piece of the plan was made from.
func (p *Plan) Beside(all []Received) (left []Received) {
	for _, x := range all {
		if p.Took(x) == nil {
			left = append(left, x)
		}
	}
	return left
}

// Hangs is the piece of ours that something sent would hang under: the one made from what
// it was for there. "" when there is none.
func (p *Plan) Hangs(x Received) string {
	to := x.Part.Ask("under")
	if to == nil {
		return ""
	}
	for _, piece := range p.Of(to.Options[0]) {
		for _, key := range takenIn(piece.Entry.Doc) {
			for _, under := range x.under {
				if under != "" && len(key) > len(under) && key[:len(under)+1] == under+"." {
					return piece.Text
				}
			}
		}
	}
	return ""
}

// taken are the extensions of a piece: those it had, and the one for what is taken now.
func (w *Writing) taken(was Piece) (all []fhir.Value) {
	if was.Entry.Doc != nil {
		for x := range was.Entry.Doc.At("extension") {
			if x.Get("url").Str() == takenFrom {
				all = append(all, x)
			}
		}
	}
	if x := w.Took; x != nil && !slices.Contains(takenIn(was.Entry.Doc), x.Key) {
		d := fhir.New("").Add("extension", fhir.Obj{"url", takenFrom, "extension", fhir.List{
			fhir.Obj{"url", "entry", "valueReference", fhir.Obj{"reference", x.Entry.Kind + "/" + x.Text}},
			fhir.Obj{"url", "which", "valueString", x.Key[len(x.Text)+1:]},
		}}).Doc()
		for x := range d.At("extension") {
			all = append(all, x)
		}
	}
	return all
}

// topics are what a piece is about: what its part is, what it was about before, and what
// that is about which it was made from, so that nobody is shown it here who was not there.
// Labels that references carry it has from that entry, as long as they stand there.
func (w *Writing) topics(was Piece) (all []string) {
	add := func(topic string) {
		if topic != "" && !slices.Contains(all, topic) {
			all = append(all, topic)
		}
	}
	add(w.Part.topic)
	if was.Entry.Doc != nil {
		for s := range was.Entry.Doc.At("meta.security") {
			if s.Get("system").Str() == topicSystem {
				add(s.Get("code").Str())
			}
		}
	}
	const kept = consent.Plan | consent.AboutMe | consent.Medicines | consent.Dates | consent.SocialCare | consent.HomeEntry |
		consent.CarersOwn | consent.Contacts | consent.Wishes
	if w.Took != nil {
		for _, topic := range (w.Took.Entry.Labels & kept).Names() {
			add(topic)
		}
	}
	return all
}
