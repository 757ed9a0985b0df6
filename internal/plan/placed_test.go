package plan

import (
	"strconv"
	"testing"

	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// FuzzPlaced hands in documents of any shape, each as every kind that is read: whatever it
// says, each thing has a part, words, and a key of its own.
func FuzzPlaced(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"CarePlan","replaces":[{"reference":"CarePlan/1"}],"goal":[{"reference":"#a"}],"contained":[{"id":"a","description":{"text":"x"}}],"activity":[{"detail":{"description":"y","scheduledPeriod":{"end":"2026"}}},{"reference":{"reference":"Task/3"}}]}`,
		`{"resourceType":"QuestionnaireResponse","item":[{"text":"Strengths","answer":[{"valueString":"x","item":[{"text":"Status"}]}]},{"text":"Contingency plan","item":[{"text":"Trigger factors","answer":[{"valueCoding":{}}]}]}]}`,
		`{"description":"x","status":5,"intent":"plan","focus":[{"reference":"Goal/2"}],"owner":{"reference":"Patient/1"},"extension":[{"url":"urn:onestory:under","valueReference":7}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := new(fhir.Doc)
		if fhir.Parse(b, d) != nil {
			return
		}
		var all []record.Entry
		for i, kind := range []string{"CarePlan", "Goal", "Task", "ServiceRequest", "QuestionnaireResponse"} {
			all = append(all, record.Entry{Header: record.Header{ID: id.Entry{Person: 1, N: int64(i + 1)}, Kind: kind, Source: "Elsewhere"}, Doc: d})
		}
		text := func(e id.Entry) string { return strconv.FormatInt(e.N, 10) }
		keys := map[string]bool{}
		for _, x := range placed(all, text, func(which string) (record.Entry, bool) { return all[0], which == "9" }) {
			if x.Part == nil || len(x.Said) == 0 || x.Key == "" || keys[x.Key] {
				t.Errorf("%+v", x)
			}
			keys[x.Key] = true
		}
	})
}

func TestAnEndlessPlanEnds(t *testing.T) {
	t.Parallel()
	b, q := fhir.New("CarePlan"), fhir.New("QuestionnaireResponse")
	for i := range 20_000 {
		n := strconv.Itoa(i)
		b.Add("contained", fhir.Obj{"resourceType", "Goal", "id", n, "description", fhir.Obj{"text", "Goal " + n}})
		b.Add("goal", fhir.Obj{"reference", "#" + n})
		q.Add("item", fhir.Obj{"text", "Trigger factors", "answer", fhir.List{fhir.Obj{"valueString", "It gets worse " + n}}})
	}
	for _, d := range []*fhir.Doc{b.Doc(), q.Doc()} {
		e := record.Entry{Header: record.Header{ID: id.Entry{Person: 1, N: 1}, Kind: d.Type(), Source: "Elsewhere"}, Doc: d}
		all := placed([]record.Entry{e}, func(id.Entry) string { return "1" }, func(string) (record.Entry, bool) { return e, false })
		if len(all) == 0 || len(all) > mostOf || len(all[0].Said["words"]) > longest+10 {
			t.Error(len(all), "things of", d.Type(), "were read")
		}
	}
}
