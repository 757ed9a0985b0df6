package plan_test

import (
	"errors"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/plan"
	"onestory/internal/record"
)

// piece is a document of a plan, with words.
func piece(kind, code, words string) *fhir.Doc {
	b := fhir.New(kind).Add("meta.tag", fhir.Obj{"system", plan.System, "code", code})
	switch kind {
	case "Goal":
		b.Set("description.text", words)
	default:
		b.Add("item", fhir.Obj{"linkId", "words", "answer", fhir.List{fhir.Obj{"valueString", words}}})
	}
	return b.Doc()
}

// taken is the same document, made from what another system sent.
func taken(d *fhir.Doc) *fhir.Doc {
	b := fhir.New(d.Type())
	for name, x := range d.Root().All() {
		if name != "resourceType" {
			b.Set(name, x)
		}
	}
	return b.Add("extension", fhir.Obj{"url", "urn:onestory:taken-from", "extension", fhir.List{
		fhir.Obj{"url", "entry", "valueReference", fhir.Obj{"reference", "Goal/1"}}, fhir.Obj{"url", "which", "valueString", "ab"},
	}}).Doc()
}

func entry(d *fhir.Doc, version int64) record.Entry {
	return record.Entry{Header: record.Header{Version: version, Author: record.Author{Account: "ruth"}}, Doc: d}
}

func TestThePersonsOwnWordsAreChangedByThemAndWhoeverActsForThem(t *testing.T) {
	t.Parallel()
	rest := func(record.Edit) error { return errors.New("asked the other rule") }
	rule := plan.Rule(rest)
	nurse, daughter := consent.Actor{Account: "ruth", Role: "nurse"}, consent.Actor{Account: "leila", Role: "carer", For: 7}
	hope, answer := piece("Goal", "goal", "Walk"), piece("QuestionnaireResponse", "answer", "agreed")
	need, about := piece("QuestionnaireResponse", "need", "Stairs"), piece("QuestionnaireResponse", "important", "Garden")
	version := piece("CarePlan", "version", "")
	none := record.Entry{}
	said := func(face, about, topic string) *fhir.Doc {
		return fhir.New("QuestionnaireResponse").Add("meta.tag", fhir.Obj{"system", plan.System, "code", "check-in"}).
			Add("meta.security", fhir.Obj{"system", "urn:onestory:topic", "code", topic}).
			Add("extension", fhir.Obj{"url", "urn:onestory:under", "valueReference", fhir.Obj{"reference", about}}).
			Add("item", fhir.Obj{"linkId", "face", "answer", fhir.List{fhir.Obj{"valueString", face}}}).Doc()
	}
	well := said("well", "Goal/1", "plan")
	hers := entry(well, 1)
	hers.Author.Account = record.ThePerson
	for _, c := range []struct {
		says string
		edit record.Edit
		may  bool
	}{
		{"a nurse writes down a hope she was told", record.Edit{New: entry(hope, 0), Who: nurse}, true},
		{"a nurse changes its words", record.Edit{Old: entry(hope, 1), New: entry(piece("Goal", "goal", "Mobilise"), 1), Who: nurse}, false},
		{"a nurse says how it goes", record.Edit{Old: entry(hope, 1), New: entry(hope, 1), Who: nurse}, true},
		{"a nurse removes it", record.Edit{Old: entry(hope, 1), Who: nurse}, false},
		{"the person changes its words", record.Edit{Old: entry(hope, 1), New: entry(piece("Goal", "goal", "Dance"), 1), Own: true}, true},
		{"her daughter does, acting for her", record.Edit{Old: entry(hope, 1), New: entry(piece("Goal", "goal", "Dance"), 1), Who: daughter}, true},
		{"a nurse takes in a hope that another system sent", record.Edit{New: entry(taken(hope), 0), Who: nurse}, false},
		{"a nurse says that a hope was taken from there", record.Edit{Old: entry(hope, 1), New: entry(taken(hope), 1), Who: nurse}, false},
		{"a nurse says how one goes that was", record.Edit{Old: entry(taken(hope), 1), New: entry(taken(hope), 1), Who: nurse}, true},
		{"a nurse takes in a need that another system sent", record.Edit{New: entry(taken(need), 0), Who: nurse}, true},
		{"the daughter takes the hope in, acting for her", record.Edit{New: entry(taken(hope), 0), Who: daughter}, true},
		{"a nurse writes About me", record.Edit{New: entry(about, 0), Who: nurse}, false},
		{"a nurse turns About me into a need", record.Edit{Old: entry(about, 1), New: entry(need, 1), Who: nurse}, false},
		{"a nurse takes the mark off it", record.Edit{Old: entry(about, 1), New: entry(fhir.New("QuestionnaireResponse").Doc(), 1), Who: nurse}, false},
		{"anybody changes a need", record.Edit{Old: entry(need, 1), New: entry(need, 1), Who: nurse}, true},
		{"a nurse agrees for her", record.Edit{New: entry(answer, 0), Who: nurse}, false},
		{"the person agrees", record.Edit{New: entry(answer, 0), Own: true}, true},
		{"the person alters what they said", record.Edit{Old: entry(answer, 1), New: entry(answer, 1), Own: true}, false},
		{"the person takes it away", record.Edit{Old: entry(answer, 1), Own: true}, false},
		{"a nurse makes a version", record.Edit{Old: entry(version, 1), New: entry(version, 1), Who: nurse}, true},
		{"the person removes all versions", record.Edit{Old: entry(version, 1), Own: true}, false},
		{"a nurse says how it is going", record.Edit{New: entry(well, 0), Who: nurse}, true},
		{"with a face that there is not", record.Edit{New: entry(said("fine", "Goal/1", "plan"), 0), Who: nurse}, false},
		{"of nothing that is hoped for", record.Edit{New: entry(said("well", "Condition/1", "plan"), 0), Who: nurse}, false},
		{"of a hope somewhere else", record.Edit{New: entry(said("well", "https://example.org/Goal/1", "plan"), 0), Who: nurse}, false},
		{"so that others than those who see the plan would see it", record.Edit{New: entry(said("well", "Goal/1", "dates"), 0), Who: nurse}, false},
		{"she says it otherwise later", record.Edit{Old: entry(well, 1), New: entry(said("badly", "Goal/1", "plan"), 1), Who: nurse}, false},
		{"she takes back what she said", record.Edit{Old: entry(well, 1), Who: nurse}, true},
		{"she takes back what the person said", record.Edit{Old: hers, Who: nurse}, false},
		{"the daughter takes back what the person said", record.Edit{Old: hers, Who: daughter}, false},
		{"the person takes it back", record.Edit{Old: hers, Own: true}, true},
		{"the person takes back what the nurse said", record.Edit{Old: entry(well, 1), Own: true}, false},
		{"the person alters what they said", record.Edit{Old: hers, New: entry(well, 1), Own: true}, false},
		{"something that is no part", record.Edit{New: entry(piece("Goal", "nonsense", ""), 0), Own: true}, false},
	} {
		err := rule(c.edit)
		if kind, _ := fault.Of(err); (err == nil) != c.may || err != nil && kind != fault.Refused && kind != fault.Invalid {
			t.Errorf("%s: %v", c.says, err)
		}
	}
	if err := rule(record.Edit{Old: none, New: entry(fhir.New("Goal").Doc(), 0), Who: nurse}); err == nil || err.Error() != "asked the other rule" {
		t.Errorf("what is no piece of a plan is not left to the other rule: %v", err)
	}
}

// picture is a document of something shown, of a type by its own account.
func picture(heading, kind, words, topic, data string) *fhir.Doc {
	return fhir.New("QuestionnaireResponse").Add("meta.tag", fhir.Obj{"system", plan.System, "code", "shown"}).
		Add("meta.security", fhir.Obj{"system", "urn:onestory:topic", "code", topic}).
		Add("item", fhir.Obj{"linkId", heading, "answer", fhir.List{fhir.Obj{"valueAttachment", fhir.Obj{"contentType", kind, "data", data}}}}).
		Add("item", fhir.Obj{"linkId", "words", "answer", fhir.List{fhir.Obj{"valueString", words}}}).Doc()
}

// dot is a PNG of one dot.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

func TestWhatIsShownInAboutMeIsWhatItSaysAndStaysAsItWasPut(t *testing.T) {
	t.Parallel()
	rule := plan.Rule(func(record.Edit) error { return errors.New("asked the other rule") })
	nurse, daughter := consent.Actor{Account: "ruth", Role: "nurse"}, consent.Actor{Account: "leila", Role: "carer", For: 7}
	good := picture("important", "image/png", "A dot", "about-me", dot)
	hers, his := entry(good, 1), entry(good, 1)
	hers.Author.Account, his.Author.Account = "leila", record.ThePerson
	twice := fhir.New("QuestionnaireResponse")
	for d := range good.At("item") {
		twice.Add("item", d).Add("item", d)
	}
	for _, c := range []struct {
		says string
		edit record.Edit
		may  bool
	}{
		{"the person puts it there", record.Edit{New: entry(good, 0), Own: true}, true},
		{"whoever acts for them does", record.Edit{New: entry(good, 0), Who: daughter}, true},
		{"a nurse does", record.Edit{New: entry(good, 0), Who: nurse}, false},
		{"under a heading of the plan", record.Edit{New: entry(picture("need", "image/png", "A dot", "about-me", dot), 0), Own: true}, false},
		{"without words", record.Edit{New: entry(picture("important", "image/png", "", "about-me", dot), 0), Own: true}, false},
		{"seen by others than About me is", record.Edit{New: entry(picture("important", "image/png", "A dot", "dates", dot), 0), Own: true}, false},
		{"as another type than it is", record.Edit{New: entry(picture("important", "image/jpeg", "A dot", "about-me", dot), 0), Own: true}, false},
		{"with something behind it", record.Edit{New: entry(picture("important", "image/png", "A dot", "about-me", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggjxzY3JpcHQ+"), 0), Own: true}, false},
		{"a page", record.Edit{New: entry(picture("important", "text/html", "A page", "about-me", "PGh0bWw+"), 0), Own: true}, false},
		{"two at once", record.Edit{New: entry(twice.Add("meta.tag", fhir.Obj{"system", plan.System, "code", "shown"}).Doc(), 0), Own: true}, false},
		{"the person alters it", record.Edit{Old: his, New: entry(good, 1), Own: true}, false},
		{"the person removes it", record.Edit{Old: his, Own: true}, true},
		{"the person removes what was put there for them", record.Edit{Old: hers, Own: true}, true},
		{"who put it there removes it", record.Edit{Old: hers, Who: daughter}, true},
		{"who acts for the person removes what they put there", record.Edit{Old: his, Who: daughter}, false},
		{"a nurse removes it", record.Edit{Old: his, Who: nurse}, false},
	} {
		if err := rule(c.edit); (err == nil) != c.may {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}
