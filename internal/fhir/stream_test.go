package fhir

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"onestory/internal/fault"
)

func TestParseReference(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Ref{
		"Patient/1":                          {Kind: RefRelative, Type: "Patient", ID: "1"},
		"Patient/1/_history/2":               {Kind: RefRelative, Type: "Patient", ID: "1", Version: "2"},
		"Patient?identifier=a|b":             {Kind: RefConditional, Type: "Patient", Query: "identifier=a|b"},
		"#":                                  {Kind: RefFragment},
		"#p1":                                {Kind: RefFragment, ID: "p1"},
		"urn:uuid:0":                         {Kind: RefURN},
		"https://x.org/r4/Patient/1":         {Kind: RefAbsolute, Type: "Patient", ID: "1"},
		"https://x.org/Patient/1?x=y":        {Kind: RefAbsolute, Type: "Patient", ID: "1"},
		"http://x.org/Group/a/_history/7":    {Kind: RefAbsolute, Type: "Group", ID: "a", Version: "7"},
		"https://x.org/things/1":             {Kind: RefAbsolute},
		"https://Patient/1":                  {Kind: RefAbsolute},
		"Patient/":                           {},
		"Patient/a b":                        {},
		"Patient/1/2":                        {},
		"Patient/1/_history/":                {},
		"patient/1":                          {},
		"Patient?":                           {},
		"somebody":                           {},
		"":                                   {},
		"Patient/" + strings.Repeat("a", 65): {},
	} {
		want.Text = s
		if got := ParseReference(s); got != want {
			t.Errorf("%q: got %+v, want %+v", s, got, want)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"},
		"contained":[{"resourceType":"Condition","id":"c","subject":{"identifier":{"assigner":{"reference":"Organization/2"}}}}],
		"extension":[{"url":"u","valueReference":{"_reference":{"id":"i"},"reference":"urn:uuid:3"}},{"url":"v","valueExpression":{"language":"l","reference":"http://no"}}],
		"education":[{"reference":"http://no"}],"encounter":{"reference":"Encounter/4"},"reference":"http://no",
		"text":{"div":"<div><a href=\"Patient/9\">x</a></div>"}}`)
	got := ""
	var edits []Edit
	for r := range d.References() {
		got += r.Path() + "=" + r.Ref.Text + " "
		edits = append(edits, Replace(r.Value, []byte(`"Group/7"`)))
	}
	want := "Observation.subject.reference=Patient/1 Observation.contained[0].subject.identifier.assigner.reference=Organization/2 Observation.extension[0].valueReference.reference=urn:uuid:3 Observation.encounter.reference=Encounter/4 "
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if out := string(Splice(nil, d, edits)); strings.Count(out, "Group/7") != 4 || !strings.Contains(out, "Patient/9") {
		t.Errorf("rewritten: %s", out)
	}
}

const transaction = `{"type":"transaction","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient", "x":1.50},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=a"}},
 {"resource":{"resourceType":"Goal","x":"}]\\\"}\\\\"},"request":{"method":"PUT","url":"Goal/7"}},
 {"request":{"method":"DELETE","url":"Goal?status=x"}} ], "resourceType":"Bundle"}`

func TestEachEntry(t *testing.T) {
	t.Parallel()
	want := parse(t, transaction).Root().Get("entry")
	n := 0
	// Bytes that come one by one must not matter.
	meta, err := EachEntry(iotest.OneByteReader(strings.NewReader(transaction)), Limits{Bytes: 300}, func(i int, entry []byte) error {
		if i != n || string(entry) != string(want.Index(i).Raw()) {
			t.Errorf("entry %d is %s", i, entry)
		}
		n++
		return nil
	})
	if err != nil || n != 3 || meta.Text("type") != "transaction" || meta.Root().Get("entry").Exists() {
		t.Errorf("%d %v", n, fault.Say(err))
	}
	stop := errors.New("enough")
	for name, c := range map[string]struct{ src, say, path string }{
		"an entry that is not JSON":      {`{"resourceType":"Bundle","entry":[{},{"a":{"b":tru}}]}`, "value is expected", "Bundle.entry[1].a"},
		"an entry too large":             {`{"resourceType":"Bundle","entry":[{"a":"` + strings.Repeat("x", 400) + `"}]}`, "larger than 300", "Bundle.entry[0]"},
		"an end too early":               {`{"resourceType":"Bundle","entry":[{"a":`, "too early", "Bundle.entry[0]"},
		"entries twice":                  {`{"entry":[],"entry":[],"resourceType":"Bundle"}`, "twice", ""},
		"something after":                {`{"resourceType":"Bundle"} x`, "follows", ""},
		"another type":                   {`{"resourceType":"Patient"}`, "not Bundle", ""},
		"no JSON":                        {`hello`, "Send a Bundle", ""},
		"a member that is not JSON":      {`{"resourceType":"Bundle","total":01}`, "comma", "Bundle"},
		"a list that is not closed":      {`{"resourceType":"Bundle","entry":[{}}`, "comma", ""},
		"a name that is no string":       {`{resourceType:"Bundle"}`, "double quotes", ""},
		"entries that are not in a list": {`{"resourceType":"Bundle","entry":{}}`, "list", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := EachEntry(strings.NewReader(c.src), Limits{Bytes: 300}, func(int, []byte) error { return nil })
			path := ""
			if p := fault.Problems(err); len(p) > 0 {
				path = p[0].Path
			}
			if !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Say(err), c.say) || path != c.path {
				t.Errorf("said %q at %q", fault.Say(err), path)
			}
		})
	}
	if _, err := EachEntry(strings.NewReader(transaction), Limits{}, func(int, []byte) error { return stop }); err != stop {
		t.Errorf("the caller's error came back as %v", err)
	}
	if _, err := EachEntry(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(transaction))), Limits{}, func(int, []byte) error { return nil }); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader's failure came back as %v", err)
	}
}
