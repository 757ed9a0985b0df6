package demo

import "onestory/internal/consent"

// An organisation of the area, with some of its staff by name, for what they sign.
type organisation struct {
	id, name, sector string
	staff            []string
	midwife          string
}

// Places of organisations that others name.
const (
	actonPractice = 1
	grandUnion    = 8  // the hospital in the north of the area
	stCuthman     = 9  // and in the south
	riverside     = 10 // community nursing
	ealingCouncil = 12
	homeCare      = 19
	charity       = 20
	clinic        = 21
	ambulance     = 22
	partnership   = 23
	havenLiving   = 24
	befrienders   = 25
	lunchClub     = 26
)

// organisations are fictional, but for the councils, of which the area has the names
// alone.
var organisations = []organisation{
	{"kingfisher", "Kingfisher Medical Centre, Wembley", consent.NHS, []string{"Dr Samuel Adjei", "Dr Meera Rao", "Nurse Karen Blythe"}, ""},
	{"plane-tree", "Plane Tree Surgery, Acton", consent.NHS, []string{"Dr Priya Nair", "Dr Colm Ferris", "Nurse Abena Boateng"}, ""},
	{"lantern", "Lantern Street Practice, Hammersmith", consent.NHS, []string{"Dr Ines Duarte", "Dr Paul Wexford", "Nurse Joy Mendoza"}, ""},
	{"hollybush", "Hollybush Health Centre, Harrow", consent.NHS, []string{"Dr Anil Chandra", "Dr Ruth Levene", "Nurse Carol Pym"}, ""},
	{"orchard-lock", "Orchard Lock Surgery, Uxbridge", consent.NHS, []string{"Dr Helen Stroud", "Dr Imran Qadir", "Nurse Dawn Ellery"}, ""},
	{"weathervane", "Weathervane Practice, Hounslow", consent.NHS, []string{"Dr Tomasz Nowicki", "Dr Farah Aziz", "Nurse Lorna Keats"}, ""},
	{"copper-beech", "Copper Beech Medical Practice, North Kensington", consent.NHS, []string{"Dr Yasmin Toure", "Dr Edward Hale", "Nurse Maria Pinto"}, ""},
	{"canal-basin", "Canal Basin Health Centre, Paddington", consent.NHS, []string{"Dr Leo Marchetti", "Dr Siobhan Quirke", "Nurse Thandi Moyo"}, ""},
	{"grand-union", "Grand Union Hospital", consent.NHS, []string{"Dr Farid Mahdavi", "Dr Claire Osgood", "Mr Vikram Sethi"}, "Midwife Oona Farrell"},
	{"st-cuthman", "St Cuthman's Hospital", consent.NHS, []string{"Dr Beatrice Lomax", "Dr Hassan Idris", "Miss Ailsa Kerr"}, "Midwife Precious Dube"},
	{"riverside", "Brent River Community Health", consent.NHS, []string{"Ruth Amoah, district nurse", "Glen Tarrant, district nurse", "Maeve Dolan, physiotherapist"}, ""},
	{"brent-council", "Brent Council", consent.Council, []string{"Diane Foster, social worker"}, ""},
	{"ealing-council", "Ealing Council", consent.Council, []string{"Tom Okafor, social worker"}, ""},
	{"lbhf-council", "Hammersmith & Fulham Council", consent.Council, []string{"Joanne Platt, social worker"}, ""},
	{"harrow-council", "Harrow Council", consent.Council, []string{"Sunita Vyas, social worker"}, ""},
	{"hillingdon-council", "Hillingdon Council", consent.Council, []string{"Mark Ellwood, social worker"}, ""},
	{"hounslow-council", "Hounslow Council", consent.Council, []string{"Petra Lang, social worker"}, ""},
	{"rbkc-council", "Royal Borough of Kensington and Chelsea", consent.Council, []string{"Alice Penrose, social worker"}, ""},
	{"westminster-council", "Westminster City Council", consent.Council, []string{"Nuno Alves, social worker"}, ""},
	{"willow", "Willow Gate Home Care", consent.Private, []string{"Sam Reid, care coordinator", "Blessing Okoro, care worker"}, ""},
	{"lamplight", "Lamplight Community Links", consent.Voluntary, []string{"Grace Adeyemi, link worker"}, ""},
	{"marigold", "Marigold Sexual Health Clinic", consent.NHS, []string{"Dr Orla Devane", "Nurse Femi Bankole"}, ""},
	{"ambulance", "North West London Demonstration Ambulance Service", consent.NHS, []string{"Jo Marsh, paramedic"}, ""},
	{"partnership", "North West London Demonstration Partnership", consent.NHS, nil, ""},
	{"haven", "Haven Lane Supported Living", consent.Private, []string{"Kelly Brandt, support worker"}, ""},
	{"good-company", "Good Company Befriending", consent.Voluntary, []string{"Hana Saleh, volunteer"}, ""},
	{"kettle", "The Kettle Lunch Club", consent.Voluntary, []string{"Doris Pembury, volunteer"}, ""},
}

func (o *organisation) party() consent.Party {
	return consent.Party{Level: consent.Organisation, ID: o.id}
}

func (p *resident) practice() *organisation {
	return &organisations[boroughs[p.home.borough].practice]
}

func (p *resident) hospital() *organisation {
	return &organisations[boroughs[p.home.borough].hospital]
}

func (p *resident) council() *organisation {
	return &organisations[boroughs[p.home.borough].council]
}
