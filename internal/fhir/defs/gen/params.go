package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

type parameter struct {
	Code, Type, Expression, URL string
	Base, Target                []string
	Component                   []struct{ Definition, Expression string }
}

func (g *generator) parameters() error {
	var all []parameter
	types := map[string]string{}
	err := each(g.from, "search-parameters.json", func(src json.RawMessage) error {
		var p parameter
		if err := json.Unmarshal(src, &p); err != nil {
			return err
		}
		types[p.URL] = p.Type
		if p.Expression != "" {
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range all {
		g.line("P", p.Code, p.Type, strings.Join(p.Base, " "), oneLine(p.Expression), strings.Join(p.Target, " "))
		for _, c := range p.Component {
			g.line("K", types[c.Definition], oneLine(c.Expression))
		}
		g.params++
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (g *generator) compartment() error {
	src, err := os.ReadFile(filepath.Join(g.from, "compartmentdefinition-patient.json"))
	if err != nil {
		return err
	}
	var c struct {
		Resource []struct {
			Code  string
			Param []string
		}
	}
	if err := json.Unmarshal(src, &c); err != nil {
		return err
	}
	for _, r := range c.Resource {
		if len(r.Param) > 0 {
			g.line("C", r.Code, strings.Join(r.Param, " "))
		}
	}
	return nil
}
