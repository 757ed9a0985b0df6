package fhirapi

import (
	"fmt"
	"slices"
	"strings"

	"onestory/internal/fhir"
	"onestory/internal/record"
)

// Access is how the resources of a type are had. The zero access is none, and stops
// the program at its start.
type access uint8

const (
	nobodysRule access = iota
	personal           // through the door, one person at a time
	public             // about nobody: from the directory
	unkept             // not kept here at all
)

// A rule is what holds for a type at this edge, beside what the door itself holds to.
type rule struct {
	name   string
	access access
	owner  string   // of a personal type: the path to whose it is, "" for Patient
	naming []string // of a personal type: the search parameters that say about whom
	writes bool     // whether a program may write such entries
}

// notKept are the R4 types that are neither a person's nor public. Each is here on
// purpose: a type that is nowhere has no rule.
const notKept = `AuditEvent Binary Bundle CapabilityStatement CatalogEntry CompartmentDefinition DeviceMetric
	EffectEvidenceSynthesis EnrollmentResponse Evidence EvidenceVariable ExampleScenario GraphDefinition Group
	Linkage MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
	MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
	MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
	MedicinalProductUndesirableEffect MessageDefinition MessageHeader OperationDefinition OperationOutcome
	Parameters PaymentNotice PaymentReconciliation ResearchDefinition ResearchElementDefinition
	RiskEvidenceSynthesis Subscription SubstanceNucleicAcid SubstancePolymer SubstanceProtein
	SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification TerminologyCapabilities
	TestReport TestScript VerificationResult`

// readOnly are the personal types that no program writes: who a person is comes from
// sources, what they share is said on their own pages, and who did what is set here.
const readOnly = `Patient Person Consent Provenance`

// rulesOf gives each type its rule. It is an error when one has none, or when it could
// not be said about whom a search of it is.
func rulesOf(spec *fhir.Spec, kinds *record.Kinds, types []string) (map[string]*rule, error) {
	all := map[string]*rule{}
	none, read := strings.Fields(notKept), strings.Fields(readOnly)
	for _, name := range append(types[:len(types):len(types)], kinds.Names()...) {
		r := &rule{name: name}
		kind := kinds.Of(name)
		switch {
		case kind != nil && !spec.IsResource(name):
			return nil, fmt.Errorf("fhirapi: %s is kept for people and is no R4 type", name)
		case kind != nil && !record.Public(name) && !slices.Contains(none, name):
			r.access, r.owner, r.writes = personal, kind.Owner, !slices.Contains(read, name)
			if err := r.findNaming(spec); err != nil {
				return nil, err
			}
		case kind == nil && record.Public(name) && !slices.Contains(none, name):
			r.access = public
		case kind == nil && slices.Contains(none, name):
			r.access = unkept
		default:
			return nil, fmt.Errorf("fhirapi: the type %s has no access rule, or two", name)
		}
		all[name] = r
	}
	return all, nil
}

// findNaming finds the parameters by which a search says about whom it is.
func (r *rule) findNaming(spec *fhir.Spec) error {
	for _, code := range []string{"patient", "subject"} {
		if p := spec.Param(r.name, code); p != nil && p.Kind == "reference" {
			r.naming = append(r.naming, code)
		}
	}
	if r.owner == "" {
		r.naming = []string{"_id"}
	}
	if len(r.naming) == 0 {
		return fmt.Errorf("fhirapi: no search parameter of %s says about whom it is", r.name)
	}
	return nil
}
