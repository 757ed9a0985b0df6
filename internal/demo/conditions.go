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
	diabetes1          = "46635009"
	prediabetes        = "15777000"
	pregnancy          = "77386006"
	polycystic         = "69878008"
	frailty            = "248279007"
	falls              = "129839007"
	gout               = "90560007"
	prostate           = "266569009"
	breastCancer       = "254837009"
	prostateCancer     = "399068003"
	rheumatoid         = "69896004"
	psoriasis          = "9014002"
	schizophrenia      = "58214004"
	parkinsons         = "49049000"
	cataract           = "193570009"
	autism             = "408856003"
	adhd               = "406506008"
	peanutAllergy      = "91935009"
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
	men    bool     // men alone
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
	if c.women && !p.woman || c.men && p.woman {
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
	{code: eczema, name: "Atopic dermatitis", from: 0, per: [5]int{70, 20, 12, 15, 15}, raises: []string{asthma, hayFever}},
	{code: asthma, name: "Asthma", icd: "J45.9", from: 3, per: [5]int{75, 50, 60, 60, 50}, raises: []string{hayFever}, seen: "Respiratory"},
	{code: hayFever, name: "Allergic rhinitis", from: 4, per: [5]int{35, 50, 40, 25, 10}},
	{code: obesity, name: "Obese", icd: "E66.9", from: 18, per: [5]int{0, 70, 200, 200, 80}, raises: []string{diabetes2, hypertension, arthritis}},
	{code: diabetes1, name: "Type 1 diabetes mellitus", icd: "E10.9", from: 4, per: [5]int{3, 5, 5, 3, 1}, seen: "Diabetes"},
	{code: peanutAllergy, name: "Allergy to peanut", from: 1, per: [5]int{18, 10, 3, 0, 0}},
	{code: autism, name: "Autistic disorder", icd: "F84.0", from: 3, per: [5]int{16, 10, 3, 1, 0}},
	{code: adhd, name: "Attention deficit hyperactivity disorder", icd: "F90.0", from: 6, per: [5]int{24, 14, 4, 0, 0}},
	{code: polycystic, name: "Polycystic ovaries", icd: "E28.2", from: 17, women: true, per: [5]int{0, 55, 20, 0, 0}, raises: []string{prediabetes}},
	{code: hypertension, name: "Hypertension", icd: "I10", from: 32, per: [5]int{0, 12, 200, 480, 560}, raises: []string{diabetes2, kidney3, ischaemic, atrialFib}},
	{code: diabetes2, name: "Type 2 diabetes mellitus", icd: "E11.9", from: 32, per: [5]int{0, 10, 90, 170, 160}, raises: []string{kidney3, ischaemic}, not: []string{diabetes1}, seen: "Diabetes"},
	{code: prediabetes, name: "Prediabetes", from: 35, per: [5]int{0, 8, 80, 130, 120}, not: []string{diabetes1, diabetes2}},
	{code: ischaemic, name: "Ischaemic heart disease", icd: "I25.9", from: 45, per: [5]int{0, 0, 25, 110, 170}, raises: []string{heartFailure}, seen: "Cardiology"},
	{code: atrialFib, name: "Atrial fibrillation", icd: "I48.9", from: 50, per: [5]int{0, 0, 12, 70, 160}, raises: []string{heartFailure, heartFailure, stroke}, seen: "Cardiology"},
	{code: heartFailure, name: "Heart failure", icd: "I50.9", from: 55, per: [5]int{0, 0, 5, 25, 60}, raises: []string{kidney3}, seen: "Cardiology"},
	{code: stroke, name: "Stroke", icd: "I64", from: 50, per: [5]int{0, 0, 8, 40, 80}},
	{code: kidney3, name: "Chronic kidney disease stage 3", icd: "N18.3", from: 50, per: [5]int{0, 0, 15, 80, 180}, seen: "Renal"},
	{code: copd, name: "Chronic obstructive lung disease", icd: "J44.9", from: 45, per: [5]int{0, 0, 40, 90, 90}, smoke: true, not: []string{asthma}, seen: "Respiratory"},
	{code: hypothyroid, name: "Hypothyroidism", icd: "E03.9", from: 25, per: [5]int{0, 10, 30, 60, 70}},
	{code: depression, name: "Depressive disorder", icd: "F32.9", from: 16, per: [5]int{0, 55, 110, 90, 70}, raises: []string{anxiety}},
	{code: anxiety, name: "Anxiety disorder", icd: "F41.9", from: 16, per: [5]int{0, 35, 50, 35, 25}},
	{code: schizophrenia, name: "Schizophrenia", icd: "F20.9", from: 19, per: [5]int{0, 6, 8, 6, 3}, not: []string{depression}, seen: "Community mental health"},
	{code: bipolar, name: "Bipolar disorder", icd: "F31.9", from: 20, per: [5]int{0, 6, 8, 5, 2}, not: []string{depression, schizophrenia}, seen: "Community mental health"},
	{code: alcohol, name: "Alcohol dependence", icd: "F10.2", from: 22, per: [5]int{0, 6, 14, 8, 2}},
	{code: epilepsy, name: "Epilepsy", icd: "G40.9", from: 1, per: [5]int{5, 8, 8, 10, 10}, seen: "Neurology"},
	{code: migraine, name: "Migraine", icd: "G43.9", from: 12, per: [5]int{8, 40, 45, 20, 5}},
	{code: arthritis, name: "Osteoarthritis", icd: "M19.9", from: 48, per: [5]int{0, 0, 90, 260, 350}},
	{code: osteoporosis, name: "Osteoporosis", icd: "M81.9", from: 60, women: true, per: [5]int{0, 0, 15, 110, 220}, raises: []string{falls}},
	{code: reflux, name: "Gastro-oesophageal reflux disease", icd: "K21.9", from: 25, per: [5]int{0, 12, 80, 110, 100}},
	{code: anaemia, name: "Iron deficiency anaemia", icd: "D50.9", from: 18, women: true, per: [5]int{0, 30, 45, 40, 50}},
	{code: hearing, name: "Hearing loss", icd: "H91.9", from: 60, per: [5]int{0, 0, 10, 150, 350}},
	{code: dementia, name: "Dementia", icd: "F03", from: 70, per: [5]int{0, 0, 0, 35, 150}, raises: []string{falls, falls, frailty}, seen: "Memory"},
	{code: gout, name: "Gout", icd: "M10.9", from: 35, per: [5]int{0, 3, 22, 50, 55}},
	{code: rheumatoid, name: "Rheumatoid arthritis", icd: "M06.9", from: 28, per: [5]int{0, 3, 9, 18, 18}, seen: "Rheumatology"},
	{code: psoriasis, name: "Psoriasis", icd: "L40.9", from: 10, per: [5]int{4, 18, 25, 25, 15}},
	{code: prostate, name: "Benign prostatic hyperplasia", icd: "N40", from: 52, men: true, per: [5]int{0, 0, 40, 180, 280}},
	{code: prostateCancer, name: "Malignant tumour of prostate", icd: "C61", from: 55, men: true, per: [5]int{0, 0, 5, 45, 80}, seen: "Urology"},
	{code: breastCancer, name: "Malignant neoplasm of breast", icd: "C50.9", from: 38, women: true, per: [5]int{0, 1, 14, 30, 30}, seen: "Oncology"},
	{code: cataract, name: "Cataract", icd: "H26.9", from: 62, per: [5]int{0, 0, 6, 90, 200}},
	{code: parkinsons, name: "Parkinson's disease", icd: "G20", from: 58, per: [5]int{0, 0, 1, 12, 25}, raises: []string{falls, frailty}, seen: "Neurology"},
	{code: frailty, name: "Frailty", icd: "R54", from: 74, per: [5]int{0, 0, 0, 30, 200}, raises: []string{falls}},
	{code: falls, name: "At risk for falls", icd: "R29.6", from: 68, per: [5]int{0, 0, 0, 50, 190}},
	{code: hiv, name: "Human immunodeficiency virus infection", icd: "B24", from: 20, per: [5]int{0, 4, 7, 3, 0}},
}

// expecting is a pregnancy, which is not in the table: it is not for life.
var expecting = condition{code: pregnancy, name: "Pregnant", icd: "Z34.9", from: 18, women: true}

func conditionOf(code string) *condition {
	for i := range conditions {
		if conditions[i].code == code {
			return &conditions[i]
		}
	}
	panic("demo: no condition " + code)
}
