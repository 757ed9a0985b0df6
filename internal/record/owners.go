package record

import "onestory/internal/consent"

// owned lists every R4 type that belongs to a person, with the one path to whose
// it is and the topic of an entry whose codes say nothing more. It is our own
// table: the official compartments name several paths for a type, and serve
// search only. An empty path is the person's own.
func owned() []Kind {
	return []Kind{
		{Name: "Account", Owner: "subject", Base: consent.General},
		{Name: "AdverseEvent", Owner: "subject", Base: consent.General},
		{Name: "AllergyIntolerance", Owner: "patient", Base: consent.General},
		{Name: "Appointment", Owner: "participant.actor", Base: consent.Dates},
		{Name: "AppointmentResponse", Owner: "actor", Base: consent.Dates},
		{Name: "Basic", Owner: "subject", Base: consent.General},
		{Name: "BodyStructure", Owner: "patient", Base: consent.General},
		{Name: "CarePlan", Owner: "subject", Base: consent.Plan},
		{Name: "CareTeam", Owner: "subject", Base: consent.Plan},
		{Name: "ChargeItem", Owner: "subject", Base: consent.General},
		{Name: "Claim", Owner: "patient", Base: consent.General},
		{Name: "ClaimResponse", Owner: "patient", Base: consent.General},
		{Name: "ClinicalImpression", Owner: "subject", Base: consent.General},
		{Name: "Communication", Owner: "subject", Base: consent.General},
		{Name: "CommunicationRequest", Owner: "subject", Base: consent.General},
		{Name: "Composition", Owner: "subject", Base: consent.General},
		{Name: "Condition", Owner: "subject", Base: consent.General},
		{Name: "Consent", Owner: "patient", Base: consent.General},
		{Name: "Contract", Owner: "subject", Base: consent.General},
		{Name: "Coverage", Owner: "beneficiary", Base: consent.General},
		{Name: "CoverageEligibilityRequest", Owner: "patient", Base: consent.General},
		{Name: "CoverageEligibilityResponse", Owner: "patient", Base: consent.General},
		{Name: "DetectedIssue", Owner: "patient", Base: consent.General},
		{Name: "Device", Owner: "patient", Base: consent.General},
		{Name: "DeviceRequest", Owner: "subject", Base: consent.General},
		{Name: "DeviceUseStatement", Owner: "subject", Base: consent.General},
		{Name: "DiagnosticReport", Owner: "subject", Base: consent.General},
		{Name: "DocumentManifest", Owner: "subject", Base: consent.General},
		{Name: "DocumentReference", Owner: "subject", Base: consent.General},
		{Name: "Encounter", Owner: "subject", Base: consent.General},
		{Name: "EnrollmentRequest", Owner: "candidate", Base: consent.General},
		{Name: "EpisodeOfCare", Owner: "patient", Base: consent.General},
		{Name: "ExplanationOfBenefit", Owner: "patient", Base: consent.General},
		{Name: "FamilyMemberHistory", Owner: "patient", Base: consent.General},
		{Name: "Flag", Owner: "subject", Base: consent.General},
		{Name: "Goal", Owner: "subject", Base: consent.Plan},
		{Name: "GuidanceResponse", Owner: "subject", Base: consent.General},
		{Name: "ImagingStudy", Owner: "subject", Base: consent.General},
		{Name: "Immunization", Owner: "patient", Base: consent.General},
		{Name: "ImmunizationEvaluation", Owner: "patient", Base: consent.General},
		{Name: "ImmunizationRecommendation", Owner: "patient", Base: consent.General},
		{Name: "Invoice", Owner: "subject", Base: consent.General},
		{Name: "List", Owner: "subject", Base: consent.General},
		{Name: "MeasureReport", Owner: "subject", Base: consent.General},
		{Name: "Media", Owner: "subject", Base: consent.General},
		{Name: "MedicationAdministration", Owner: "subject", Base: consent.Medicines},
		{Name: "MedicationDispense", Owner: "subject", Base: consent.Medicines},
		{Name: "MedicationRequest", Owner: "subject", Base: consent.Medicines},
		{Name: "MedicationStatement", Owner: "subject", Base: consent.Medicines},
		{Name: "MolecularSequence", Owner: "patient", Base: consent.Genetics},
		{Name: "NutritionOrder", Owner: "patient", Base: consent.General},
		{Name: "Observation", Owner: "subject", Base: consent.General},
		{Name: "Patient", Owner: "", Base: consent.General},
		{Name: "Person", Owner: "link.target", Base: consent.General},
		{Name: "Procedure", Owner: "subject", Base: consent.General},
		{Name: "Provenance", Owner: "target", Base: consent.General},
		{Name: "QuestionnaireResponse", Owner: "subject", Base: consent.General},
		{Name: "RelatedPerson", Owner: "patient", Base: consent.Contacts},
		{Name: "RequestGroup", Owner: "subject", Base: consent.Plan},
		{Name: "ResearchSubject", Owner: "individual", Base: consent.General},
		{Name: "RiskAssessment", Owner: "subject", Base: consent.General},
		{Name: "ServiceRequest", Owner: "subject", Base: consent.General},
		{Name: "Specimen", Owner: "subject", Base: consent.General},
		{Name: "SupplyDelivery", Owner: "patient", Base: consent.General},
		{Name: "SupplyRequest", Owner: "deliverTo", Base: consent.General},
		{Name: "Task", Owner: "for", Base: consent.Plan},
		{Name: "VisionPrescription", Owner: "patient", Base: consent.General},
	}
}

// Public reports whether entries of an R4 type are about nobody: organisations,
// staff, places, products and definitions, which package directory keeps. A type
// that is neither public nor owned is not kept here.
func Public(kind string) bool {
	switch kind {
	case "ActivityDefinition", "BiologicallyDerivedProduct", "ChargeItemDefinition", "CodeSystem", "ConceptMap",
		"DeviceDefinition", "Endpoint", "EventDefinition", "HealthcareService", "ImplementationGuide",
		"InsurancePlan", "Library", "Location", "Measure", "Medication",
		"MedicationKnowledge", "NamingSystem", "ObservationDefinition", "Organization", "OrganizationAffiliation",
		"PlanDefinition", "Practitioner", "PractitionerRole", "Questionnaire", "ResearchStudy",
		"Schedule", "SearchParameter", "Slot", "SpecimenDefinition", "StructureDefinition",
		"StructureMap", "Substance", "ValueSet":
		return true
	}
	return false
}
