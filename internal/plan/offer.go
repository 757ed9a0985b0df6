package plan

import "onestory/internal/clock"

// An Offer is something that was told already, for a form that would ask it again.
type Offer struct {
	Code  string // names it among those of one person
	Part  *Part
	Words string
	By    string     // who wrote it, or which system sent it
	At    clock.Time // when; 0 of what was sent: see On
	On    string     // when it was said, of what was sent, as FHIR has dates
}

// Offers are what a plan and what other systems sent have to offer: About me, heading by
// heading, needs, and hopes that are still open. What was sent is offered where nothing of
// one's own stands. They hold what their reader may see of the plan, and no more.
func Offers(p *Plan, sent map[string]Told) (all []Offer) {
	for _, part := range parts {
		own := p.Of(part.Code)
		switch {
		case part.About() && len(own) == 0:
			if x, ok := sent[part.Code]; ok {
				all = append(all, Offer{Code: part.Code, Part: part, Words: x.Words, By: x.Source, On: x.On})
			}
		case part.About(), part.Code == "need", part.Code == "goal":
			for _, x := range own {
				if x.Said["words"] == "" || part.Code == "goal" && x.Said["status"] != "" && x.Said["status"] != going[0] {
					continue
				}
				code := part.Code
				if part.Many {
					code = x.Text
				}
				all = append(all, Offer{Code: code, Part: part, Words: x.Said["words"], By: x.Entry.Author.Name, At: x.Entry.At})
			}
		}
	}
	return all
}
