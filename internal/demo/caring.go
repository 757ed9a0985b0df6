package demo

import (
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// A caring is one thing that a carer says of themselves, as the page for it writes it:
// so that they can change it there.
type caring struct {
	n           int64 // of the entry, made before the work
	code, title string
	said        [][3]string // the question's code, the question, and what they say
}

// put writes it down.
func (c caring) put(v record.View) error {
	who, err := v.Subject()
	if err != nil {
		return err
	}
	me := fhir.Obj{"reference", "Patient/" + who.ID}
	b := fhir.New("QuestionnaireResponse").
		Add("meta.security", fhir.Obj{"system", topicURL, "code", "carers-own"}).
		Add("meta.tag", fhir.Obj{"system", "urn:onestory:caring", "code", c.code}).
		Add("_questionnaire.extension", fhir.Obj{"url", "http://hl7.org/fhir/StructureDefinition/display", "valueString", c.title}).
		Set("status", "completed").Set("subject", me).Set("authored", v.Now().FHIR()).Set("author", me)
	for _, s := range c.said {
		b.Add("item", fhir.Obj{"linkId", s[0], "text", s[1], "answer", fhir.List{fhir.Obj{"valueString", s[2]}}})
	}
	made := id.Entry{Person: int64(v.ID()), N: c.n}
	return v.Put(record.Entry{Header: record.Header{ID: made, Kind: "QuestionnaireResponse"}, Doc: b.Doc()})
}

// leilasCaring is what Amina's daughter says of herself, and her plan for the day on
// which she cannot come.
func leilasCaring(s *saying) []caring {
	all := []caring{
		{code: "doing", title: "What I do", said: [][3]string{
			{"what", "What do you help with?", "Shopping and supper most days. The tablets box on Sundays. Hospital visits. Ringing everybody."},
			{"hours", "How many hours a week?", "About 25"},
		}},
		{code: "me", title: "How it is for me", said: [][3]string{
			{"how", "How is looking after someone for you?", "I sleep badly when Mum has been breathless. My work knows. My brother does not help."},
		}},
		{code: "need", title: "What I need", said: [][3]string{
			{"what", "What would help you?", "Somebody to ring at night, and one evening a week to myself."},
		}},
		{code: "breaks", title: "My breaks", said: [][3]string{
			{"what", "What would be a real break for you?", "A weekend at the sea without my phone."},
			{"last", "When was your last break?", "Two days in June"},
			{"next", "When is your next break?", "Nothing planned yet"},
		}},
		{code: "plan", title: "If I cannot care", said: [][3]string{
			{"call", "Who should be called?", "Samira Haddad next door, 07700 900117. Then Willow Gate Home Care."},
			{"hour", "What has to happen within the hour?", "Somebody tells Mum, in Arabic, that I am not coming and why."},
			{"day", "What has to happen within the day?", "A midday visit, supper, and the weight written on the chart."},
			{"medicines", "Which medicines, and when?", "From the box in the kitchen. The water tablet in the morning. Nothing for pain from the chemist."},
			{"keys", "Who has a key?", "Samira, and the home care team"},
			{"where", "Where are things?", "The yellow folder is by the kettle. The hospital bag is behind the bedroom door."},
			{"who", "Who should know about this plan?", "Samira, Tom Okafor, and Dr Nair's surgery"},
		}},
	}
	for i := range all {
		all[i].n = s.ids.Int64N(1<<62) + 1
	}
	return all
}
