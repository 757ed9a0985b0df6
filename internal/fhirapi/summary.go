package fhirapi

// isSummary reports whether an element is one of those that give the gist of a resource.
func (s *API) isSummary(typ, name string) bool {
	switch name {
	case "identifier", "status", "code", "category", "subject", "patient", "name", "birthDate", "gender", "active":
		return true
	}
	return false
}
