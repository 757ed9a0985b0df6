package demo

// Codes of conditions that others ask after.
const (
	diabetes2          = "44054006"
	hypertension       = "38341003"
	heartFailure       = "84114007"
	atrialFib          = "49436004"
	kidney3            = "433144002"
	asthma             = "195967001"
	copd               = "13645005"
	ischaemic          = "414545008"
	stroke             = "230690007"
	dementia           = "52448006"
	depression         = "35489007"
	anxiety            = "197480006"
	hypothyroid        = "40930008"
	arthritis          = "396275006"
	learningDisability = "110359009"
	epilepsy           = "84757009"
	bipolar            = "13746004"
	alcohol            = "7200002"
	osteoporosis       = "64859006"
	obesity            = "414916001"
	anaemia            = "87522002"
	eczema             = "43116000"
	hayFever           = "61582004"
	migraine           = "37796009"
	reflux             = "235595009"
	hearing            = "15188001"
	hiv                = "86406008"
)

// A condition is something that people of the area have.
type condition struct {
	code, name string // SNOMED CT
	icd        string // ICD-10, as hospitals write it, or ""
	from       int    // youngest age at which it is found
	atBirth    bool

	// per are the chances in a thousand at 0-15, 16-39, 40-64, 65-79 and 80 or over.
	per    [5]int
	women  bool     // women alone
	smoke  bool     // four times as likely in those who smoke or did
	raises []string // what becomes likelier with it; these must come later
	not    []string // what it does not go together with; these must come earlier
	seen   string   // the clinic that follows it up at the hospital, or ""
}

// odds is how likely the condition is, at an age.
func (c *condition) odds(age int, p *resident) float64 {
	band := 0
	for _, from := range []int{16, 40, 65, 80} {
		if age >= from {
			band++
		}
	}
	per := float64(c.per[band]) / 1000
	if c.women && !p.woman {
		return 0
	}
	if c.smoke {
		if p.smokes == "never" {
			return per / 3
		}
		return per * 1.4
	}
	return per
}

// conditions are in the order in which one makes another likelier. The chances are of
// the size that English practices report, made a little higher so that a small area
// has something of everything.
var conditions = []condition{
	{code: learningDisability, name: "Learning disability", icd: "F79", atBirth: true, per: [5]int{6, 8, 6, 3, 1}, raises: []string{epilepsy}},
	{code: eczema, name: "Atopic dermatitis", from: 0, per: [5]int{110, 40, 20, 15, 15}, raises: []string{asthma, hayFever}},
	{code: asthma, name: "Asthma", icd: "J45.9", from: 3, per: [5]int{80, 70, 70, 60, 50}, raises: []string{hayFever}, seen: "Respiratory"},
	{code: hayFever, name: "Allergic rhinitis", from: 4, per: [5]int{60, 90, 50, 25, 10}},
	{code: obesity, name: "Obese", icd: "E66.9", from: 18, per: [5]int{0, 120, 220, 200, 80}, raises: []string{diabetes2, hypertension, arthritis}},
	{code: hypertension, name: "Hypertension", icd: "I10", from: 32, per: [5]int{0, 12, 200, 480, 560}, raises: []string{kidney3, ischaemic, atrialFib}},
	{code: diabetes2, name: "Type 2 diabetes mellitus", icd: "E11.9", from: 32, per: [5]int{0, 10, 100, 180, 170}, raises: []string{kidney3, ischaemic}, seen: "Diabetes"},
	{code: ischaemic, name: "Ischaemic heart disease", icd: "I25.9", from: 45, per: [5]int{0, 0, 25, 110, 170}, raises: []string{heartFailure}, seen: "Cardiology"},
	{code: atrialFib, name: "Atrial fibrillation", icd: "I48.9", from: 50, per: [5]int{0, 0, 12, 70, 160}, raises: []string{heartFailure, stroke}, seen: "Cardiology"},
	{code: heartFailure, name: "Heart failure", icd: "I50.9", from: 55, per: [5]int{0, 0, 5, 25, 60}, raises: []string{kidney3}, seen: "Cardiology"},
	{code: stroke, name: "Stroke", icd: "I64", from: 50, per: [5]int{0, 0, 8, 40, 80}},
	{code: kidney3, name: "Chronic kidney disease stage 3", icd: "N18.3", from: 50, per: [5]int{0, 0, 15, 80, 180}, seen: "Renal"},
	{code: copd, name: "Chronic obstructive lung disease", icd: "J44.9", from: 45, per: [5]int{0, 0, 40, 90, 90}, smoke: true, not: []string{asthma}, seen: "Respiratory"},
	{code: hypothyroid, name: "Hypothyroidism", icd: "E03.9", from: 25, per: [5]int{0, 10, 30, 60, 70}},
	{code: depression, name: "Depressive disorder", icd: "F32.9", from: 16, per: [5]int{0, 80, 110, 80, 60}, raises: []string{anxiety}},
	{code: anxiety, name: "Anxiety disorder", icd: "F41.9", from: 16, per: [5]int{0, 60, 60, 35, 25}},
	{code: bipolar, name: "Bipolar disorder", icd: "F31.9", from: 20, per: [5]int{0, 6, 8, 5, 2}, not: []string{depression}, seen: "Community mental health"},
	{code: alcohol, name: "Alcohol dependence", icd: "F10.2", from: 22, per: [5]int{0, 6, 14, 8, 2}},
	{code: epilepsy, name: "Epilepsy", icd: "G40.9", from: 1, per: [5]int{5, 8, 8, 10, 10}, seen: "Neurology"},
	{code: migraine, name: "Migraine", icd: "G43.9", from: 12, per: [5]int{10, 80, 60, 20, 5}},
	{code: arthritis, name: "Osteoarthritis", icd: "M19.9", from: 48, per: [5]int{0, 0, 90, 260, 350}},
	{code: osteoporosis, name: "Osteoporosis", icd: "M81.9", from: 60, women: true, per: [5]int{0, 0, 15, 110, 220}},
	{code: reflux, name: "Gastro-oesophageal reflux disease", icd: "K21.9", from: 25, per: [5]int{0, 30, 90, 110, 100}},
	{code: anaemia, name: "Iron deficiency anaemia", icd: "D50.9", from: 18, women: true, per: [5]int{0, 60, 50, 40, 50}},
	{code: hearing, name: "Hearing loss", icd: "H91.9", from: 60, per: [5]int{0, 0, 10, 150, 350}},
	{code: dementia, name: "Dementia", icd: "F03", from: 70, per: [5]int{0, 0, 0, 35, 150}, seen: "Memory"},
	{code: hiv, name: "Human immunodeficiency virus infection", icd: "B24", from: 20, per: [5]int{0, 4, 7, 3, 0}},
}

func conditionOf(code string) *condition {
	for i := range conditions {
		if conditions[i].code == code {
			return &conditions[i]
		}
	}
	panic("demo: no condition " + code)
}
