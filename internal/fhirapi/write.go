package fhirapi

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// document reads the resource in a body. What is not JSON that could be one is told
// apart (400) from what the definitions or the rules do not let through (422).
func (a *ask) document() (*fhir.Doc, error) {
	kind, _, err := mime.ParseMediaType(a.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/fhir+json" && kind != "application/json" || a.r.Header.Get("Content-Encoding") != "" {
		return nil, answered(http.StatusUnsupportedMediaType, "not-supported", "Send the resource as application/fhir+json, not compressed.")
	}
	b, err := a.body(largest)
	if err != nil {
		return nil, err
	}
	d := new(fhir.Doc)
	if err := (fhir.Limits{Bytes: largest, Nodes: 200_000}).Parse(b, d); err != nil {
		t := answered(http.StatusBadRequest, "structure", "This is not JSON that can be read.")
		if say := fault.Say(err); say != "" {
			t.say, t.problems = say, fault.Problems(err)
		}
		return nil, t
	}
	return d, nil
}

// own reads the document of a change, which must be of the type in the address.
func (a *ask) own() (*fhir.Doc, error) {
	d, err := a.document()
	if err == nil && d.Type() != a.at.typ {
		err = answered(http.StatusBadRequest, "invalid", "Send a "+a.at.typ+" to this address.")
	}
	return d, err
}

// subject is the person that a document says it is about.
func (s *API) subject(a *ask, d *fhir.Doc) (person.ID, error) {
	path := a.rule.owner + ".reference"
	for ref := range d.At(path) {
		r := fhir.ParseReference(ref.Str())
		if r.Kind == fhir.RefRelative {
			if whom, _, ok := s.person(r.ID); ok {
				return whom, nil
			}
		}
		return 0, errNothing // like a person who never was
	}
	return 0, &fault.Error{Kind: fault.Invalid, Say: "Say whose record this belongs to.", Problems: []fault.Problem{{
		Path: a.at.typ + "." + a.rule.owner, Say: "Say whose record this belongs to: a reference such as Patient/ and their id.",
	}}}
}

// create makes a new entry, unless the asker said under what condition and it is there.
func (s *API) create(a *ask) (*reply, error) {
	d, err := a.own()
	if err != nil {
		return nil, err
	}
	whom, err := s.subject(a, d)
	if err != nil {
		return nil, err
	}
	unless, err := s.condition(a)
	if err != nil {
		return nil, err
	}
	made := id.New(int64(whom)) // not within the work, which may run twice
	var there *record.Entry
	var out *reply
	err = s.open(a, whom, func(v record.View) error {
		v.Doing("fhir create")
		there, out = nil, nil
		if unless != nil {
			n := 0
			err := v.Find(a.at.typ, unless, func(e record.Entry) error { n++; there = &e; return nil })
			if err != nil {
				return err
			}
			if n > 1 {
				return answered(http.StatusPreconditionFailed, "multiple-matches", "There are several such entries already. Say more exactly which you mean.")
			}
			if n == 1 {
				out, err = s.resource(a, v, *there, s.narrowed(s.seen(a, there.Kind), there.Kind, inFull))
				return err
			}
		}
		mine, err := s.authored(a, v, d, nil)
		if err != nil {
			return err
		}
		if err := s.reaches(a, mine); err != nil {
			return err
		}
		s.reading(a, v, made, &out)
		return v.Put(record.Entry{Header: record.Header{ID: made, Kind: a.at.typ}, Doc: mine})
	})
	if err != nil {
		return nil, err
	}
	if there != nil {
		return s.kept(a, there.ID, http.StatusOK, out), nil
	}
	return s.kept(a, made, http.StatusCreated, out), nil
}

// condition reads If-None-Exist: under which condition nothing is made. It is about
// the same person as what would be made, so naming one is let be.
func (s *API) condition(a *ask) (url.Values, error) {
	text := a.r.Header.Get("If-None-Exist")
	if text == "" {
		return nil, nil
	}
	_, after, found := strings.Cut(text, "?")
	if !found {
		after = text
	}
	q, err := url.ParseQuery(after)
	if err != nil || !clean(q) || len(q) == 0 {
		return nil, refuse([]fault.Problem{{Path: "If-None-Exist", Say: "Write the condition as the parameters of a search, such as identifier=system|value."}})
	}
	terms := url.Values{}
	for name, values := range q {
		if !slices.Contains(a.rule.naming, name) {
			terms[name] = values
		}
	}
	if len(terms) == 0 {
		return nil, refuse([]fault.Problem{{Path: "If-None-Exist", Say: "Say more in the condition than whose entry it is."}})
	}
	_, _, err = s.Spec.ParseQuery(a.at.typ, terms, true)
	if err == nil && slices.ContainsFunc(slices.Collect(keys(terms)), fhir.ForResults) {
		err = errors.New("results")
	}
	if err != nil {
		return nil, refuse([]fault.Problem{{Path: "If-None-Exist", Say: "A parameter of the condition is not known for this type, or its value cannot be read."}})
	}
	return terms, nil
}

func keys(q url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range q {
			if !yield(k) {
				return
			}
		}
	}
}

// reaches refuses a change of what the asker's role has nothing, or only a part, of: it
// says so of the role, whatever the record holds.
func (s *API) reaches(a *ask, d *fhir.Doc) error {
	reach := consent.ReachOf(a.who.Role, a.why)
	category := ""
	if a.at.typ == "Observation" {
		category = d.Text("category.coding.code")
	}
	if reach.Mask(a.at.typ) != nil || !reach.Has(a.at.typ, category) {
		return fault.New(fault.Refused, "In your role you do not write entries of this type.")
	}
	return nil
}

// update replaces an entry by a newer version of it.
func (s *API) update(a *ask) (*reply, error) {
	had, err := a.had()
	if err != nil {
		return nil, err
	}
	d, err := a.own()
	if err != nil {
		return nil, err
	}
	if d.ID() != a.at.id {
		return nil, &told{status: http.StatusBadRequest, code: "invalid", say: "Send the entry with the id that is in the address.",
			problems: []fault.Problem{{Path: a.at.typ + ".id", Say: "Send the entry with the id that is in the address."}}}
	}
	if v := d.Text("meta.versionId"); v != "" && v != had {
		return nil, answered(http.StatusConflict, "conflict", "If-Match and the version in the resource are not the same. Read the entry again and start from that.")
	}
	if partial(d) {
		return nil, fault.New(fault.Invalid, "This is a part of the entry, so it cannot be saved in its place. Read the whole of it and start from that.")
	}
	e, err := s.entryOf(a)
	if err != nil {
		return nil, err
	}
	var out *reply
	err = s.open(a, person.ID(e.Person), func(v record.View) error {
		v.Doing("fhir update")
		old, err := s.before(a, v, e)
		if err != nil {
			return err
		}
		if masked(a.why) {
			return fault.New(fault.Refused, "You see what the person shares of this entry, so you cannot save it back as a whole. Write a new entry instead.")
		}
		mine, err := s.authored(a, v, d, &old)
		if err != nil {
			return err
		}
		old.Version, old.Doc = s.versionHad(e, had), mine
		s.reading(a, v, e, &out)
		return v.Put(old)
	})
	if err != nil {
		return nil, err
	}
	return s.kept(a, e, http.StatusOK, out), nil
}

// remove takes an entry out of the record. Its history stays, for who may see it.
func (s *API) remove(a *ask) (*reply, error) {
	had, err := a.had()
	if err != nil {
		return nil, err
	}
	e, err := s.entryOf(a)
	if err != nil {
		return nil, err
	}
	err = s.open(a, person.ID(e.Person), func(v record.View) error {
		v.Doing("fhir delete")
		if _, err := s.before(a, v, e); err != nil {
			return err
		}
		return v.Remove(e, s.versionHad(e, had))
	})
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent}, nil
}

// before is the entry as it is, and notes its version for whoever had another.
func (s *API) before(a *ask, v record.View, e id.Entry) (record.Entry, error) {
	old, err := v.Get(e)
	if err != nil {
		return old, err
	}
	if old.Kind != a.at.typ {
		return old, errNothing
	}
	version, _ := s.stamp(old.Header)
	a.etag = etag(version)
	return old, nil
}

// had is the version that the asker had before them.
func (a *ask) had() (string, error) {
	text := strings.TrimSpace(a.r.Header.Get("If-Match"))
	if text == "" || text == "*" {
		return "", answered(http.StatusPreconditionRequired, "required", "Say which version you had: send If-Match with the ETag of your last read.")
	}
	return strings.Trim(strings.TrimPrefix(text, "W/"), `"`), nil
}

// versionHad is the place in the log of a version; -1, which none has, of one that
// never was.
func (s *API) versionHad(e id.Entry, text string) int64 {
	seq, err := s.version(e, text)
	if err != nil {
		return -1
	}
	return seq
}

// partial reports whether a document says of itself that it is not the whole.
func partial(d *fhir.Doc) bool {
	for _, path := range []string{"meta.security", "meta.tag"} {
		for c := range d.At(path) {
			if code := c.Get("code").Str(); code == "SUBSETTED" || code == "REDACTED" {
				return true
			}
		}
	}
	return false
}

// said are the elements that tell who wrote an entry: the server knows.
var said = []string{"recorder", "author", "sender"}

// authored is a document as it is to be kept: who wrote it is set here, and so is what
// a program cannot say of its own entry, such as labels.
func (s *API) authored(a *ask, v record.View, d *fhir.Doc, old *record.Entry) (*fhir.Doc, error) {
	root := d.Root()
	var edits []fhir.Edit
	put := func(name string, is fhir.Value) {
		switch {
		case is.Exists():
			edits = append(edits, fhir.Set(root, name, is.Raw()))
		case root.Get(name).Exists():
			edits = append(edits, fhir.Remove(root, name))
		}
	}
	if old != nil {
		for _, name := range append([]string{"meta"}, said...) {
			put(name, old.Doc.Root().Get(name))
		}
	} else {
		meta := fhir.New("")
		if profile := root.Get("meta").Get("profile"); profile.Exists() {
			meta.Set("profile", profile)
			edits = append(edits, fhir.Set(root, "meta", meta.Bytes()))
		} else {
			put("meta", fhir.Value{})
		}
		for _, e := range s.Spec.Type(a.at.typ).Elements {
			if slices.Contains(said, e.Name) {
				who := fhir.New("").Set("display", a.who.Name).Bytes()
				if e.Max != 1 {
					who = append(append([]byte{'['}, who...), ']')
				}
				edits = append(edits, fhir.Set(root, e.Name, who))
			}
		}
	}
	out := new(fhir.Doc)
	return out, fhir.Parse(fhir.Splice(nil, d, edits), out)
}

// inFull is a wish for no part.
var inFull = &results{self: url.Values{}}

// reading has what came of a change read once it is kept, as the asker may see it: out
// stays nil when it is about something that they do not see. It was kept all the same.
func (s *API) reading(a *ask, v record.View, e id.Entry, out **reply) {
	v.Kept(func(v record.View) error {
		x, err := v.Get(e)
		if errors.Is(err, fault.Withheld) {
			return nil
		}
		if err != nil {
			return err
		}
		*out, err = s.resource(a, v, x, s.narrowed(s.seen(a, x.Kind), x.Kind, inFull))
		return err
	})
}

// kept is the answer to a change: what it said to read, and where that is.
func (s *API) kept(a *ask, e id.Entry, status int, out *reply) *reply {
	if out == nil {
		out = &reply{}
	}
	location := a.base + "/" + a.at.typ + "/" + s.Door.EntryText(e)
	out.status = status
	if out.etag != "" {
		location += "/_history/" + strings.Trim(strings.TrimPrefix(out.etag, "W/"), `"`)
	}
	if status == http.StatusCreated {
		out.location = location
	}
	switch a.want {
	case "minimal":
		out.body = nil
	case "OperationOutcome":
		out.body = wellDone("It is saved.")
	}
	return out
}
