package fhirapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A gate is the rule of an address: whom it is for, and what it may be about. The
// zero gate is none, and stops the program at its start.
type gate uint8

const (
	undeclared gate = iota
	anyone          // says nothing about anybody
	signed          // nobody in particular, or what each type's own rule allows
	persons         // one person, through the door
	changes         // one person, through the door, where the type's rule allows changes
)

// A route is one method at one shape of address.
type route struct {
	method string
	shape  shape
	gate   gate
	do     func(*ask) (*reply, error)
}

// table is every address there is.
func (s *API) table() []route {
	const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		{get, metadata, anyone, s.metadata},
		{get, root, signed, s.acrossTypes},
		{get, allHistory, signed, s.recentHistory},
		{get, typed, signed, s.search},
		{post, typed, changes, s.create},
		{post, typeSearch, signed, s.searchPosted},
		{get, typeHistory, persons, s.recentHistory},
		{post, typeValidate, signed, s.validate},
		{get, instance, signed, s.read},
		{put, instance, changes, s.update},
		{remove, instance, changes, s.remove},
		{get, history, persons, s.history},
		{get, version, persons, s.vread},
		{get, everything, persons, s.everything},
		{get, compartment, persons, s.search},
		{get, compartmentAll, persons, s.everything},
		{post, compartmentAsk, persons, s.searchPosted},
	}
}

// routesOf arranges a table, and refuses an address without a rule.
func routesOf(table []route) (map[shape]map[string]*route, error) {
	all := map[shape]map[string]*route{}
	for _, r := range table {
		if r.gate == undeclared || r.do == nil {
			return nil, fmt.Errorf("fhirapi: %s %s%s has no access rule", r.method, Prefix, r.shape)
		}
		if all[r.shape] == nil {
			all[r.shape] = map[string]*route{}
		}
		if all[r.shape][r.method] != nil {
			return nil, fmt.Errorf("fhirapi: %s %s%s is there twice", r.method, Prefix, r.shape)
		}
		all[r.shape][r.method] = &r
	}
	return all, nil
}

// notAllowed says which methods an address has, without those behind some gates.
func notAllowed(all map[string]*route, but ...gate) error {
	var methods []string
	for m, r := range all {
		if slices.Contains(but, r.gate) {
			continue
		}
		if methods = append(methods, m); m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	e := answered(http.StatusMethodNotAllowed, "not-supported", "This cannot be done at this address.")
	e.header("Allow", strings.Join(methods, ", "))
	return e
}
