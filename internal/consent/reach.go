package consent

import "slices"

// A Reach is what a role and a purpose leave of each kind of entry, whatever the
// person shares: reception has names and times. The zero Reach leaves nothing.
type Reach struct {
	every bool            // all kinds but those in parts, which are excepted
	parts map[string]part // by kind, which is a FHIR type
}

// part is what is left of one kind.
type part struct {
	only []string // its elements that stay visible; nil: all
	in   []string // the categories it is limited to; nil: all
	none bool     // nothing at all
}

// Has reports whether entries of a kind, in a category ("" for none), are within reach.
func (r Reach) Has(kind, category string) bool {
	p, said := r.parts[kind]
	if !said {
		return r.every
	}
	return !p.none && (p.in == nil || slices.Contains(p.in, category))
}

// Mask names the elements that stay visible in entries of a kind, and nil when all
// do. Of a kind that is out of reach none do: the answer is then empty, not nil.
// What makes an entry one (resourceType, id, meta) is not among the elements.
func (r Reach) Mask(kind string) []string {
	p, said := r.parts[kind]
	switch {
	case said && p.none, !said && !r.every:
		return []string{}
	}
	return slices.Clone(p.only)
}

// Nothing reports whether no kind at all is within reach.
func (r Reach) Nothing() bool { return !r.every && len(r.parts) == 0 }

// ReachOf is what a role has for a purpose. An unknown role has nothing, and so
// has a known one for a purpose that is not its own.
func ReachOf(role string, why Purpose) Reach {
	return reaches[hat{role, why}]
}

// Roles are the roles there are.
func Roles() []string { return slices.Clone(roles) }

// hat is one role, worn for one purpose.
type hat struct {
	role string
	why  Purpose
}

var roles = []string{
	"gp", "nurse", "social-worker", "care-coordinator", "link-worker", "paramedic",
	"pharmacist", "reception", "carer", "resident", "planner", "operator",
	"organisation-admin", "privacy-officer", Invited,
}

// Invited is the role of an organisation that has no other way in than its registered
// address: it sees who somebody is, and the work that it is asked to do.
const Invited = "invited"

// reaches is the whole table: what is not in it is nothing. Planner, operator and
// organisation-admin are not in it, for they have nothing about any person; nor is
// the purpose Planning, which works on figures.
var reaches = map[hat]Reach{
	{"gp", Care}:               everyKind,
	{"nurse", Care}:            everyKind,
	{"social-worker", Care}:    everyKind, // health and social care on equal terms: labels decide
	{"care-coordinator", Care}: everyKind,
	{"link-worker", Care}:      supportKinds,
	{"paramedic", Care}:        urgentKinds,
	{"pharmacist", Care}:       medicineKinds,
	{"reception", Care}:        namesAndTimes,
	{Invited, Care}:            workAlone,

	{"gp", Emergency}:         safetyKinds, // clinical roles alone break the glass
	{"nurse", Emergency}:      safetyKinds,
	{"paramedic", Emergency}:  safetyKinds,
	{"pharmacist", Emergency}: safetyKinds,

	{"gp", Administration}:               namesAndTimes,
	{"nurse", Administration}:            namesAndTimes,
	{"social-worker", Administration}:    namesAndTimes,
	{"care-coordinator", Administration}: namesAndTimes,
	{"link-worker", Administration}:      namesAndTimes,
	{"paramedic", Administration}:        namesAndTimes,
	{"pharmacist", Administration}:       namesAndTimes,
	{"reception", Administration}:        namesAndTimes,
	{"privacy-officer", Administration}:  traces,

	// Who may look for people outside their circles, and ask to join: those to whom
	// people come unannounced. A link worker is sent people, and does not search.
	{"gp", Finding}:               tellApart,
	{"nurse", Finding}:            tellApart,
	{"social-worker", Finding}:    tellApart,
	{"care-coordinator", Finding}: tellApart,
	{"paramedic", Finding}:        tellApart,
	{"pharmacist", Finding}:       tellApart,
	{"reception", Finding}:        tellApart,

	// Who helps somebody without an account, at a front desk or by telephone.
	{"nurse", Helping}:            everyKind,
	{"social-worker", Helping}:    everyKind,
	{"care-coordinator", Helping}: everyKind,
	{"link-worker", Helping}:      everyKind,
	{"reception", Helping}:        everyKind,

	{"resident", Own}:   everyKind,
	{"carer", Own}:      everyKind, // a carer has a record of their own
	{"carer", Carer}:    actingKinds,
	{"resident", Carer}: actingKinds,
}

var (
	all  = part{}
	none = part{none: true}

	everyKind = Reach{every: true}

	// Who acts for a person does not see what the person has said about others'
	// access, so a carer who is kept out of something cannot read that they are.
	actingKinds = Reach{every: true, parts: map[string]part{
		"Consent": none, "AuditEvent": none, "Provenance": none,
	}}

	// The least that lets somebody be greeted and sent to the right room.
	namesAndTimes = Reach{parts: map[string]part{
		"Patient":     {only: []string{"name"}},
		"Appointment": {only: []string{"status", "start", "end"}},
	}}

	// What somebody was asked to do, and for whom.
	workAlone = Reach{parts: map[string]part{"Patient": {only: []string{"name"}}, "Task": all}}

	// What tells two people of one name apart.
	tellApart = Reach{parts: map[string]part{"Patient": {only: []string{"name", "birthDate", "gender"}}}}

	// Who looked and by what right, to review it: not what they saw.
	traces = Reach{parts: map[string]part{
		"Patient": {only: []string{"name"}}, "AuditEvent": all, "Consent": all, "Provenance": all,
	}}

	// What helps somebody live as they want: the plan and the circle, not the clinic.
	supportKinds = Reach{parts: map[string]part{
		"Patient": all, "CarePlan": all, "Goal": all, "Task": all, "Appointment": all,
		"CareTeam": all, "RelatedPerson": all, "ServiceRequest": all, "Communication": all,
		"QuestionnaireResponse": all, "Composition": all, "Flag": all,
		"Observation": {in: []string{"social-history", "survey", "activity"}},
	}}

	// What keeps somebody safe tonight.
	safetyKinds = Reach{parts: map[string]part{
		"Patient": all, "AllergyIntolerance": all, "Condition": all, "MedicationRequest": all,
		"MedicationStatement": all, "MedicationDispense": all, "MedicationAdministration": all,
		"Medication": all, "CarePlan": all, "Goal": all, "RelatedPerson": all, "CareTeam": all,
		"Consent": all, "Flag": all, "Composition": all, "QuestionnaireResponse": all,
	}}

	// The same, and what was found and done lately.
	urgentKinds = Reach{parts: join(safetyKinds.parts, map[string]part{
		"Observation": all, "Encounter": all, "Procedure": all, "Immunization": all,
		"Device": all, "DeviceUseStatement": all, "DocumentReference": all, "ServiceRequest": all,
		"Task": all, "Communication": all, "Appointment": all,
	})}

	// What a medicine can be checked against.
	medicineKinds = Reach{parts: map[string]part{
		"Patient": all, "AllergyIntolerance": all, "Condition": all, "MedicationRequest": all,
		"MedicationStatement": all, "MedicationDispense": all, "MedicationAdministration": all,
		"Medication": all, "Immunization": all, "CarePlan": all, "Goal": all, "Task": all,
		"Communication": all, "Flag": all, "Appointment": all,
		"Observation": {in: []string{"laboratory", "vital-signs"}},
	}}
)

func join(a, b map[string]part) map[string]part {
	both := make(map[string]part, len(a)+len(b))
	for kind, p := range a {
		both[kind] = p
	}
	for kind, p := range b {
		both[kind] = p
	}
	return both
}
