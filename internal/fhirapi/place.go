package fhirapi

import (
	"strings"

	"onestory/internal/fhir"
)

// A shape is a form that an address may have.
type shape uint8

const (
	nowhere        shape = iota
	root                 // /
	metadata             // /metadata
	allHistory           // /_history
	typed                // /Observation
	typeSearch           // /Observation/_search
	typeHistory          // /Observation/_history
	typeValidate         // /Observation/$validate
	instance             // /Observation/1
	history              // /Observation/1/_history
	version              // /Observation/1/_history/2
	everything           // /Patient/1/$everything
	compartment          // /Patient/1/Observation, /Patient/1/*
	compartmentAll       // /Patient/1/*
	compartmentAsk       // /Patient/1/Observation/_search
)

// String is the shape as the log says it.
func (s shape) String() string {
	return [...]string{
		"", "", "/metadata", "/_history", "/{type}", "/{type}/_search", "/{type}/_history", "/{type}/$validate",
		"/{type}/{id}", "/{type}/{id}/_history", "/{type}/{id}/_history/{version}", "/Patient/{id}/$everything",
		"/Patient/{id}/{type}", "/Patient/{id}/*", "/Patient/{id}/{type}/_search",
	}[s]
}

// A place is what an address leads to. In a compartment, id is the person's and typ
// what is looked for among theirs.
type place struct {
	shape   shape
	typ     string
	id      string
	version string
}

// parsePlace takes apart what comes after the base of an address.
func parsePlace(path string) (p place, ok bool) {
	path = strings.TrimPrefix(path, "/")
	if path == "" {
		return place{shape: root}, true
	}
	parts := strings.SplitN(path, "/", 6)
	switch {
	case len(parts) > 4:
		return place{}, false
	case parts[len(parts)-1] == "" && len(parts) > 1:
		parts = parts[:len(parts)-1] // one slash at the end is let be
	}
	switch parts[0] {
	case "metadata":
		return place{shape: metadata}, len(parts) == 1
	case "_history":
		return place{shape: allHistory}, len(parts) == 1
	}
	if !typeName(parts[0]) {
		return place{}, false
	}
	p = place{shape: typed, typ: parts[0]}
	if len(parts) == 1 {
		return p, true
	}
	if len(parts) == 2 {
		switch parts[1] {
		case "_search":
			p.shape = typeSearch
			return p, true
		case "_history":
			p.shape = typeHistory
			return p, true
		case "$validate":
			p.shape = typeValidate
			return p, true
		}
	}
	p.shape, p.id = instance, parts[1]
	if !fhir.IsID(p.id) {
		return place{}, false
	}
	return p, len(parts) == 2 || p.within(parts[2:])
}

// within reads what follows an id.
func (p *place) within(rest []string) bool {
	switch {
	case rest[0] == "_history" && len(rest) == 1:
		p.shape = history
	case rest[0] == "_history":
		p.shape, p.version = version, rest[1]
		return fhir.IsID(p.version)
	case p.typ != "Patient":
		return false
	case rest[0] == "$everything" && len(rest) == 1:
		p.shape = everything
	case rest[0] == "*" && len(rest) == 1:
		p.shape = compartmentAll
	case typeName(rest[0]) && len(rest) == 1:
		p.shape, p.typ = compartment, rest[0]
	case typeName(rest[0]) && rest[1] == "_search":
		p.shape, p.typ = compartmentAsk, rest[0]
	default:
		return false
	}
	return true
}

// typeName reports whether a text could be the name of a type.
func typeName(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}
