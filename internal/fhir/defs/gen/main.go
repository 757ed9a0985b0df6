// Command gen reduces the published R4 definitions to the compact table that
// package fhir embeds: types, required code sets, search parameters and the
// Patient compartment. It is run by hand when the definitions change; the
// command line is in the documentation of package fhir.
//
// The table is text, one line per fact, fields parted by tabs, compressed with zstd:
//
//	T name base kind            a type; kind is r(esource), c(omplex), p(rimitive), or with a capital when abstract
//	E name min max types set s  an element of the type above; choices end in [x]; a type may be Reference(Patient Group); the last is s when it belongs to a summary
//	V url                       a required code set
//	S system codes              codes of the set above, parted by spaces
//	P code type bases expression targets   a search parameter
//	K type expression           a component of the composite parameter above
//	C type codes                parameters by which a type belongs to a patient
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

func main() {
	from := flag.String("from", "", "folder with profiles-types.json and its siblings")
	to := flag.String("to", "", "file to write")
	flag.Parse()
	var out bytes.Buffer
	g := &generator{out: &out, from: *from, sets: map[string]*valueSet{}, systems: map[string]*codeSystem{}, wanted: map[string]bool{}}
	if err := g.run(); err != nil {
		log.Fatal(err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		log.Fatal(err)
	}
	packed := enc.EncodeAll(out.Bytes(), nil)
	if err := os.WriteFile(*to, packed, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d types, %d code sets, %d search parameters; %d bytes, %d packed\n", g.types, g.written, g.params, out.Len(), len(packed))
}

type generator struct {
	out                    *bytes.Buffer
	from                   string
	types, written, params int
	sets                   map[string]*valueSet
	systems                map[string]*codeSystem
	wanted                 map[string]bool // code sets that a required binding names and that can be listed
	order                  []string
}

func (g *generator) run() error {
	for _, name := range []string{"valuesets.json", "v3-codesystems.json", "v2-tables.json"} {
		if err := each(g.from, name, g.terminology); err != nil {
			return err
		}
	}
	for _, name := range []string{"profiles-types.json", "profiles-resources.json"} {
		if err := each(g.from, name, g.structure); err != nil {
			return err
		}
	}
	for _, url := range g.order {
		g.line("V", url)
		for _, part := range g.expand(url, 0) {
			g.line("S", part.system, strings.Join(part.codes, " "))
		}
		g.written++
	}
	if err := g.parameters(); err != nil {
		return err
	}
	return g.compartment()
}

func (g *generator) line(fields ...string) {
	g.out.WriteString(strings.Join(fields, "\t"))
	g.out.WriteByte('\n')
}

// each decodes every resource of a Bundle file.
func each(from, name string, do func(json.RawMessage) error) error {
	src, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	var b struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(src, &b); err != nil {
		return err
	}
	for _, e := range b.Entry {
		if err := do(e.Resource); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func last(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

type structure struct {
	ResourceType, Kind, Derivation, Name, Type, BaseDefinition, FHIRVersion string
	Abstract                                                                bool
	Snapshot                                                                struct{ Element []element }
}

type element struct {
	Path, Max, ContentReference string
	Min                         int
	IsSummary                   bool
	Type                        []elementType
	Binding                     struct{ Strength, ValueSet string }
}

type elementType struct {
	Code          string
	TargetProfile []string
	Extension     []struct{ URL, ValueURL string }
}

// name is the FHIR type; a few are given as types of FHIRPath with the FHIR type beside it.
func (t elementType) name() string {
	if !strings.Contains(t.Code, "/") {
		return t.Code
	}
	for _, e := range t.Extension {
		if strings.HasSuffix(e.URL, "structuredefinition-fhir-type") {
			return e.ValueURL
		}
	}
	return "string"
}

func (g *generator) structure(src json.RawMessage) error {
	if !bytes.Contains(src[:min(len(src), 100)], []byte(`"StructureDefinition"`)) {
		return nil // operations and the like, whose members have other types
	}
	var s structure
	if err := json.Unmarshal(src, &s); err != nil || s.ResourceType != "StructureDefinition" || s.Derivation == "constraint" || s.Kind == "logical" || s.FHIRVersion != "4.0.1" {
		return err
	}
	kind := map[string]string{"resource": "r", "complex-type": "c", "primitive-type": "p"}[s.Kind]
	if s.Abstract {
		kind = strings.ToUpper(kind)
	}
	base := last(s.BaseDefinition)
	g.line("T", s.Name, base, kind)
	g.types++
	if kind == "p" {
		return nil
	}
	g.elements(s.Snapshot.Element, s.Name, base)
	for _, e := range s.Snapshot.Element {
		if e.ContentReference == "" && len(e.Type) == 1 && (e.Type[0].Code == "BackboneElement" || e.Type[0].Code == "Element") && strings.Contains(e.Path, ".") {
			g.line("T", e.Path, e.Type[0].Code, "c")
			g.types++
			g.elements(s.Snapshot.Element, e.Path, e.Type[0].Code)
		}
	}
	return nil
}

// elements writes what the type has beyond its base.
func (g *generator) elements(all []element, path, base string) {
	inherited := map[string]string{
		"Element": " id extension ", "BackboneElement": " id extension modifierExtension ",
		"Resource": " id meta implicitRules language ", "DomainResource": " id meta implicitRules language text contained extension modifierExtension ",
		"Quantity": " id extension value comparator unit system code ",
	}[base]
	for _, e := range all {
		name, ok := strings.CutPrefix(e.Path, path+".")
		if !ok || strings.Contains(name, ".") || strings.Contains(inherited, " "+name+" ") {
			continue
		}
		var types []string
		for _, t := range e.Type {
			n := t.name()
			if n == "BackboneElement" || n == "Element" {
				n = e.Path
			}
			if n == "Reference" && len(t.TargetProfile) > 0 {
				var targets []string
				for _, p := range t.TargetProfile {
					targets = append(targets, last(p))
				}
				n += "(" + strings.Join(targets, " ") + ")"
			}
			if e.Path == "Resource.id" {
				n = "id" // R4 has it as a string, and says in words that it is an id
			}
			types = append(types, n)
		}
		if e.ContentReference != "" {
			types = append(types, e.ContentReference[strings.IndexByte(e.ContentReference, '#')+1:])
		}
		set := ""
		if url, _, _ := strings.Cut(e.Binding.ValueSet, "|"); e.Binding.Strength == "required" && g.expand(url, 0) != nil {
			set = url
			if !g.wanted[url] {
				g.wanted[url] = true
				g.order = append(g.order, url)
			}
		}
		summary := ""
		if e.IsSummary {
			summary = "s"
		}
		g.line("E", name, strconv.Itoa(e.Min), e.Max, strings.Join(types, ","), set, summary)
	}
}
