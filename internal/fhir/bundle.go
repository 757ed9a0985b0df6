package fhir

import (
	"iter"
	"strconv"
	"strings"

	"onestory/internal/fault"
)

// A Bundle is a parsed Bundle resource.
type Bundle struct {
	Type    string // transaction, batch, collection, document …
	Doc     *Doc
	Entries []BundleEntry
}

// A BundleEntry is one entry; what it lacks is empty.
type BundleEntry struct {
	Index       int
	FullURL     string
	Method      string // GET, PUT …
	URL         string // as written
	Target      Ref    // the URL taken apart; of a bare type, Type alone
	IfNoneExist string
	IfMatch     string
	Resource    Value // its bytes are Resource.Raw()
}

// Path is where the entry is, such as Bundle.entry[3].
func (e BundleEntry) Path() string { return entryPath(e.Index) }

func entryPath(i int) string { return "Bundle.entry[" + strconv.Itoa(i) + "]" }

// ParseBundle reads the entries of a document that is a Bundle. What is no
// Bundle, or has entries that cannot be acted on, is a fault of kind Invalid
// with a problem for each: in a transaction or batch every entry needs a method
// and an address, and a resource where the method sends one.
func ParseBundle(d *Doc) (*Bundle, error) {
	if d.Type() != "Bundle" {
		return nil, fault.New(fault.Invalid, "Send a Bundle: its resourceType is not Bundle.")
	}
	b := &Bundle{Doc: d, Type: d.Root().Get("type").Str()}
	var check fault.Check
	check.That(b.Type != "", "Bundle.type", "Say which type of Bundle this is, such as transaction.")
	acts := b.Type == "transaction" || b.Type == "batch"
	for v := range d.At("entry") {
		e := BundleEntry{Index: len(b.Entries), FullURL: v.Text("fullUrl"), Resource: v.Get("resource")}
		request := v.Get("request")
		e.Method, e.URL = request.Text("method"), request.Text("url")
		e.IfNoneExist, e.IfMatch = request.Text("ifNoneExist"), request.Text("ifMatch")
		e.Target = ParseReference(e.URL)
		if e.Target.Kind == RefNone && isTypeName(e.URL) {
			e.Target.Type = e.URL
		}
		path := e.Path()
		if acts {
			check.That(e.Method != "", path+".request.method", "Give the entry a method, such as POST.")
			check.That(e.URL != "" || e.Method == "", path+".request.url", "Give the entry an address, such as Patient or Patient/1.")
			sends := e.Method == "POST" || e.Method == "PUT"
			check.That(!sends || e.Resource.Kind() == Object, path+".resource", "Give the entry the resource that it sends.")
			typ := e.Resource.Get("resourceType").Str()
			check.That(!sends || typ == "" || e.Target.Type == "" || typ == e.Target.Type, path+".request.url", "Make the type in the address the resource's own.")
		}
		b.Entries = append(b.Entries, e)
	}
	return b, check.Err()
}

// ByFullURL finds entries by their fullUrl, as references of the kind urn: name them.
func (b *Bundle) ByFullURL() map[string]BundleEntry {
	found := make(map[string]BundleEntry, len(b.Entries))
	for _, e := range b.Entries {
		if e.FullURL != "" {
			found[e.FullURL] = e
		}
	}
	return found
}

// Resolve tells the types of resources that fullUrls name: see [Outcome.Resolve].
func (b *Bundle) Resolve() func(Ref) string {
	types := map[string]string{}
	for _, e := range b.Entries {
		if e.FullURL != "" {
			types[e.FullURL] = e.Resource.Get("resourceType").Str()
		}
	}
	return func(r Ref) string { return types[r.Text] }
}

// Resources yields the resource of each entry that has one.
func (b *Bundle) Resources() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for _, e := range b.Entries {
			if e.Resource.Kind() == Object && !yield(e.Index, e.Resource) {
				return
			}
		}
	}
}

// within puts an entry's place before the problems of an error about it.
func within(path string, err error) error {
	f, ok := err.(*fault.Error)
	if !ok {
		return err
	}
	moved := *f
	moved.Problems = nil
	for _, p := range f.Problems {
		p.Path = strings.TrimSuffix(path+"."+p.Path, ".")
		moved.Problems = append(moved.Problems, p)
	}
	if len(moved.Problems) == 0 {
		moved.Problems = []fault.Problem{{Path: path, Say: f.Say}}
	}
	return &moved
}
