package plan

import (
	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// A Told is what somebody said of themselves elsewhere, under one heading of About me.
type Told struct {
	Part   *Part
	Words  string
	On     string // when, as FHIR has dates
	Source string
	Entry  record.Header
}

// headings are those of PRSB About Me 2.0, as systems write them.
var headings = map[string]string{
	"What is most important to me":                     "important",
	"People who are important to me":                   "people",
	"How I communicate and how to communicate with me": "communicate",
	"My wellness":                 "wellness",
	"Please do and please do not": "please",
	"How and when to support me":  "support",
	"Also worth knowing about me": "worth",
}

// Elsewhere is what other systems sent of what the person says of themselves, by heading:
// of each, what was said last. Nobody should have to say it twice.
func Elsewhere(v record.View) (map[string]Told, error) {
	folded := make(map[string]string, len(headings))
	for heading, code := range headings {
		folded[fhir.Fold(heading)] = code
	}
	all := map[string]Told{}
	err := v.All("QuestionnaireResponse", func(e record.Entry) error {
		if e.Source == "" || e.Labels&consent.AboutMe == 0 {
			return nil
		}
		on := e.Doc.Text("authored")
		for item := range e.Doc.At("item") {
			code := folded[fhir.Fold(item.Get("text").Str())]
			if code == "" || all[code].On > on {
				continue
			}
			words := item.Text("answer.valueString")
			for x := range item.Get("item").Elems() {
				if words == "" { // in a group of that name, they come first
					words = x.Text("answer.valueString")
				}
			}
			if words != "" {
				all[code] = Told{PartOf(code), words, on, e.Source, e.Header}
			}
		}
		return nil
	})
	return all, err
}
