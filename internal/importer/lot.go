package importer

import (
	"context"
	"strconv"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A lot is entries of one source that are understood together and saved together:
// a Bundle, or some people of something larger.
type lot struct {
	im     *importer
	source string
	all    bool // a transaction: all or nothing
	final  bool // what leads to nothing is refused, rather than tried again at the end
	items  []*entry
	shared *known // what was found in other lots of the same stream; may be nil
	here   *known
	people map[string]*human
	broken error // a failure of ours on the way
}

// An entry is one resource on its way in.
type entry struct {
	from    *origin
	line, n int    // where it stands there: the line, or the place in Bundle.entry
	url     string // fullUrl
	method  string
	request string // its address
	none    string // its ifNoneExist
	raw     []byte
	idle    bool // already decided: it only helps to understand the others

	doc      *fhir.Doc
	kind     string
	foreign  string
	updated  clock.Time
	problems []problem // why it is refused
	later    bool      // it leads to something that may come in a later file
	saved    bool      // it went in
	settled  bool      // nothing is to be done: it is there already
	who      *human    // whom it is about; nil when about nobody
	asked    bool      // whether who was looked for
	refs     []lead
	sent     record.Sent
}

// A human is a person as the lot knows them.
type human struct {
	foreign string
	patient *entry // nil when not described here
}

// A lead is a reference and what it leads to.
type lead struct {
	value fhir.Value
	to    *entry // in this lot
	kind  string // otherwise a type
	id    string // and an id at the source, for an entry that came earlier
	text  string // or what to write
}

// A known is what resources are called at their source.
type known struct {
	byURL   map[string]*entry
	byID    map[string]*entry // type/id, and the bare id after a line break
	byToken map[string]*entry // type?identifier; nil where several have it
}

func newKnown() *known {
	return &known{byURL: map[string]*entry{}, byID: map[string]*entry{}, byToken: map[string]*entry{}}
}

func (e *entry) place() place { return place{e.line + e.from.line, e.n} }

func (e *entry) public() bool { return record.Public(e.kind) }

// fine reports whether the entry is still to be saved.
func (e *entry) fine() bool { return len(e.problems) == 0 && !e.later && !e.settled }

func (e *entry) refuse(path, reason string) {
	e.problems = append(e.problems, problem{path, reason})
}

// asProblems lists all that an error has to say.
func asProblems(err error) []problem {
	var all []problem
	for _, p := range fault.Problems(err) {
		all = append(all, problem{p.Path, p.Say})
	}
	if len(all) == 0 {
		all = []problem{{"", plain(err)}}
	}
	return all
}

func (im *importer) newLot(source string, all bool) *lot {
	return &lot{im: im, source: source, all: all, final: im.later == nil, people: map[string]*human{}}
}

// prepare does all that can be done before saving: parse, check, find out whose
// each entry is and where it leads.
func (l *lot) prepare(ctx context.Context) {
	if len(l.items) > 0 && l.items[0].from.path == "-" {
		l.final = true // it cannot be read twice
	}
	if l.here == nil {
		l.index()
	}
	l.withDirectory(ctx)
	out := fhir.Outcome{Resolve: l.typeOf}
	for _, e := range l.items {
		if e.doc == nil || len(e.problems) > 0 || e.idle {
			continue
		}
		out.Reset()
		l.im.spec.Validate(e.doc, &out)
		for _, i := range out.Issues {
			e.refuse(i.Path, i.Say)
		}
	}
	for _, e := range l.items {
		l.whose(e)
	}
	for _, e := range l.items {
		if len(e.problems) == 0 {
			l.leads(ctx, e)
		}
	}
	l.warn()
	if l.shared != nil {
		l.share()
	}
}

// index parses the entries and learns what they are called.
func (l *lot) index() {
	l.here = newKnown()
	for _, e := range l.items {
		if l.read(e); e.doc == nil {
			continue
		}
		l.learn(l.here, e)
	}
}

// learn puts an entry among those that references may lead to. Of two with one
// name the newer stays, and of equals the one that came last.
func (l *lot) learn(k *known, e *entry) {
	if e.url != "" {
		k.byURL[e.url] = e
	}
	if e.foreign == "" || len(e.problems) > 0 {
		return
	}
	name := e.kind + "/" + e.foreign
	if old := k.byID[name]; old != nil && old != e {
		switch {
		case l.all:
			e.refuse("id", "Another entry of the transaction has the same id. Send each resource once.")
			return
		case e.none != "" || old.updated > e.updated:
			e.settled = true
			return
		}
		old.settled = true
	}
	k.byID[name] = e
	k.byID["\n"+e.foreign] = e
	if id := e.doc.ID(); id != e.foreign && id != "" {
		k.byID[e.kind+"/"+id] = e
	}
	for _, t := range directory.Tokens(e.doc) {
		t = e.kind + "?" + t
		if old, twice := k.byToken[t]; twice && (old == nil || old.foreign != e.foreign) {
			k.byToken[t] = nil
		} else {
			k.byToken[t] = e
		}
	}
}

// share remembers what is about nobody for the other lots of the stream, without
// the bytes.
func (l *lot) share() {
	for _, e := range l.items {
		if e.public() && len(e.problems) == 0 {
			s := &entry{kind: l.im.known(e.kind), foreign: strings.Clone(e.foreign)}
			l.shared.byID[s.kind+"/"+s.foreign] = s
			l.shared.byID["\n"+s.foreign] = s
			if e.url != "" {
				l.shared.byURL[strings.Clone(e.url)] = s
			}
			for _, t := range directory.Tokens(e.doc) {
				l.shared.byToken[s.kind+"?"+strings.Clone(t)] = s
			}
		}
	}
}

// read parses an entry and finds out its type, its id at the source and its time.
func (l *lot) read(e *entry) {
	if len(e.raw) == 0 {
		e.refuse("resource", "The entry holds no resource. Send one, or leave the entry out.")
		return
	}
	d := l.im.docs.Get().(*fhir.Doc)
	if err := fhir.Parse(e.raw, d); err != nil {
		l.im.docs.Put(d)
		e.problems = asProblems(err)
		return
	}
	e.doc, e.kind = d, d.Type()
	switch {
	case !l.im.spec.IsResource(e.kind):
		e.refuse("resourceType", "Use the name of an R4 resource type, such as Patient.")
		return
	case !e.public() && l.im.kinds.Of(e.kind) == nil:
		e.refuse("", "A "+e.kind+" is neither about a person nor public, so it is not kept here. Leave it out.")
		return
	}
	e.updated = e.from.updated
	if low, _, ok := fhir.Interval(d.Text("meta.lastUpdated")); ok {
		e.updated = low
	}
	e.name()
}

// name finds the id under which the source knows the resource.
func (e *entry) name() {
	id := e.doc.ID()
	switch e.method {
	case "", "POST", "PUT":
	default:
		e.refuse("request.method", "An import only takes in what is there: POST and PUT. Leave other requests out.")
		return
	}
	at := fhir.ParseReference(e.request)
	switch {
	case e.method == "PUT" && at.Kind == fhir.RefConditional:
		e.foreign = "?" + at.Query
	case e.method == "PUT" && at.ID != "" && id != "" && at.ID != id:
		e.refuse("id", "The address of the request names another id than the resource. Make them the same.")
	case e.method == "PUT" && at.ID != "":
		e.foreign = at.ID
	case e.none != "":
		e.foreign = "?" + strings.TrimPrefix(e.none, "?")
	case id != "":
		e.foreign = id
	default:
		e.foreign = last(e.url)
	}
	if e.foreign == "" {
		e.refuse("id", "The resource has neither an id nor a fullUrl, so it could not be told from others. Give it one.")
	}
	if e.foreign != id {
		e.sent.Keep("id", strings.Clone(id))
	}
	if id == "" && e.url != "" {
		e.sent.Keep("url", strings.Clone(e.url))
	}
}

// identifier is the token of a search by identifier alone.
func identifier(query string) (token string, ok bool) {
	name, token, _ := strings.Cut(strings.TrimPrefix(query, "?"), "=")
	if name != "identifier" || token == "" || strings.ContainsAny(token, "&,") {
		return "", false
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "%7C", "|"), "%7c", "|"), true
}

// withDirectory settles what is only to be made when there is none yet, and finds
// what is to replace an entry with some identifier.
func (l *lot) withDirectory(ctx context.Context) {
	for _, e := range l.items {
		if !strings.HasPrefix(e.foreign, "?") || len(e.problems) > 0 {
			continue
		}
		token, ok := identifier(e.foreign)
		if !ok {
			e.refuse("request", "Only a condition on one identifier can be understood, such as identifier=system|value.")
			continue
		}
		e.foreign = "?identifier=" + token
		if !e.public() {
			continue
		}
		there, err := l.im.dir.ByIdentifier(ctx, l.source, e.kind, token)
		switch {
		case err != nil:
			l.broken = err
		case len(there) > 1:
			e.refuse("request", "Several entries have this identifier, so it is not clear which one is meant.")
		case len(there) == 1:
			e.settled = e.settled || e.method != "PUT" && e.none != ""
			e.foreign = there[0]
		}
	}
}

// typeOf tells the validator what a urn leads to.
func (l *lot) typeOf(r fhir.Ref) string {
	if e := l.urn(r.Text); e != nil {
		return e.kind
	}
	return ""
}

// warn tells of NHS numbers that break the rule. They are kept as they are, and
// nobody is found by them.
func (l *lot) warn() {
	for _, e := range l.items {
		if e.kind != "Patient" || len(e.problems) > 0 || e.idle {
			continue
		}
		i := 0
		for v := range e.doc.At("identifier") {
			if v.Get("system").Str() == record.NHSSystem {
				if _, err := person.ParseNHS(v.Get("value").Str()); err != nil {
					line := e.reported()
					line.Path = "Patient.identifier[" + strconv.Itoa(i) + "].value"
					line.Warning = "This NHS number breaks the rule for its digits. It is kept as it is and nobody is matched by it."
					l.im.mu.Lock()
					l.im.write(line)
					l.im.mu.Unlock()
				}
			}
			i++
		}
	}
}
