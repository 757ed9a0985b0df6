package web

import "strings"

// This file has what common conditions, medicines and tests are, in plain words of
// our own. It is general knowledge, as leaflets and dictionaries of medicine give it,
// and never advice: what it means for one person only their team knows.

// A plain is what a code means: the words are the message web.plain.<word>.
type plain struct{ system, code, word string }

// Systems, by a part of their name that no other has.
const (
	snomed = "snomed.info/sct"
	loinc  = "loinc.org"
	atc    = "whocc.no/atc"
)

// plains are what is explained. A code of ATC stands for all that begin with it; the
// narrower comes first.
var plains = [...]plain{
	{snomed, "44054006", "diabetes2"}, {snomed, "46635009", "diabetes1"}, {snomed, "38341003", "hypertension"},
	{snomed, "84114007", "heart-failure"}, {snomed, "49436004", "atrial-fibrillation"}, {snomed, "433144002", "kidney"},
	{snomed, "195967001", "asthma"}, {snomed, "13645005", "copd"}, {snomed, "230690007", "stroke"},
	{snomed, "52448006", "dementia"}, {snomed, "35489007", "depression"}, {snomed, "197480006", "anxiety"},
	{snomed, "40930008", "thyroid-low"}, {snomed, "396275006", "arthritis"}, {snomed, "84757009", "epilepsy"},
	{snomed, "64859006", "osteoporosis"}, {snomed, "87522002", "anaemia"},

	{atc, "A10A", "m.insulin"}, {atc, "A10BA", "m.metformin"}, {atc, "A10B", "m.diabetes"}, {atc, "C03C", "m.water"},
	{atc, "C07A", "m.beta"}, {atc, "C08C", "m.pressure"}, {atc, "C09", "m.pressure"}, {atc, "C10AA", "m.statin"},
	{atc, "B01A", "m.clots"}, {atc, "N02BE01", "m.paracetamol"}, {atc, "A02BC", "m.acid"}, {atc, "H03AA", "m.thyroid"},
	{atc, "N06A", "m.mood"}, {atc, "R03AC", "m.reliever"}, {atc, "R03BA", "m.preventer"}, {atc, "N03A", "m.epilepsy"},
	{atc, "B03A", "m.iron"}, {atc, "J01", "m.antibiotic"}, {atc, "R06A", "m.antihistamine"},

	{loinc, "59261-8", "t.hba1c"}, {loinc, "62238-1", "t.egfr"}, {loinc, "14682-9", "t.creatinine"}, {loinc, "2823-3", "t.potassium"},
	{loinc, "2951-2", "t.sodium"}, {loinc, "14647-2", "t.cholesterol"}, {loinc, "14646-4", "t.hdl"}, {loinc, "718-7", "t.haemoglobin"},
	{loinc, "2276-4", "t.ferritin"}, {loinc, "3016-3", "t.tsh"}, {loinc, "33762-6", "t.bnp"}, {loinc, "29463-7", "t.weight"},
	{loinc, "39156-5", "t.bmi"}, {loinc, "8867-4", "t.pulse"}, {loinc, "59408-5", "t.oxygen"}, {loinc, "85354-9", "t.pressure"},
}

// plainly is the id of the message that explains what a fact is, or "".
func (f *fact) plainly() string {
	for _, p := range plains {
		for _, c := range f.Codes {
			system, code, _ := strings.Cut(c, "|")
			if strings.Contains(system, p.system) && (code == p.code || p.system == atc && strings.HasPrefix(code, p.code)) {
				return "web.plain." + p.word
			}
		}
	}
	return ""
}

// explains are the sections in which people look for an explanation, so that it is
// said when there is none.
func explains(section string) bool {
	return section == "conditions" || section == "medicines" || section == "results"
}
