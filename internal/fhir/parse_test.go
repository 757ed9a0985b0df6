package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"onestory/internal/fault"
)

func parse(t testing.TB, src string) *Doc {
	t.Helper()
	d := new(Doc)
	if err := Parse([]byte(src), d); err != nil {
		t.Fatalf("Parse(%s): %v", src, fault.Say(err))
	}
	return d
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, say string }{
		"nothing at all":                           {" \n", "empty"},
		"a byte order mark":                        {"\xEF\xBB\xBF{}", "byte order mark"},
		"two documents":                            {`{} {}`, "one document at a time"},
		"a comma after the last member":            {`{"a":1,}`, "name of a member"},
		"a comma after the last element":           {`[1,]`, "value is expected"},
		"a missing comma":                          {`[1 2]`, "comma"},
		"a list closed as an object":               {`[1}`, "comma or the matching"},
		"NaN":                                      {`{"a":NaN}`, "value is expected"},
		"a number with a leading zero":             {`[01]`, "comma"},
		"a number with a plus":                     {`[+1]`, "value is expected"},
		"a number that ends in its point":          {`[1.]`, "value is expected"},
		"a member twice":                           {`{"a":1,"b":2,"a":3}`, "twice"},
		"a member twice, once with an escape":      {`{"a":1,"\u0061":3}`, "twice"},
		"a member twice in a crowd":                {`{` + manyMembers(100) + `,"m7":1}`, "twice"},
		"half a surrogate pair":                    {`["\ud800"]`, "surrogate"},
		"the wrong half of a surrogate pair":       {`["\udc00\ud800"]`, "surrogate"},
		"a control character in a string":          {"[\"a\nb\"]", "control character"},
		"bytes that are not UTF-8":                 {"[\"abcdefgh\xff\"]", "UTF-8"},
		"an overlong encoding":                     {"[\"\xc0\x80\"]", "UTF-8"},
		"a surrogate encoded as UTF-8":             {"[\"\xed\xa0\x80\"]", "UTF-8"},
		"65 lists in each other":                   {strings.Repeat("[", 65) + strings.Repeat("]", 65), "64 deep"},
		"a document that ends within a string":     {`{"a":"b`, "too early"},
		"a document that ends within an object":    {`{"a":`, "too early"},
		"a name without a value":                   {`{"a"}`, "colon"},
		"a name that is no string":                 {`{a:1}`, "name of a member"},
		"a comment":                                {`{/**/}`, "name of a member"},
		"true in capitals":                         {`[TRUE]`, "value is expected"},
		"a literal cut short":                      {`[tru]`, "value is expected"},
		"a zero byte after the document":           {"{}\x00", "one document at a time"},
		"whitespace that is not JSON's, U+00A0":    {"[\u00a01]", "value is expected"},
		"a name as long as a book":                 {`{"` + strings.Repeat("a", 70000) + `":1}`, "too long"},
		"a minus that stands alone":                {`[-]`, "value is expected"},
		"an exponent without digits":               {`[1e+]`, "value is expected"},
		"a unicode escape that is not hexadecimal": {`["\u00g0"]`, "backslash"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d Doc
			err := Parse([]byte(c.src), &d)
			if !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Say(err), c.say) {
				t.Errorf("said %q, want something about %q", fault.Say(err), c.say)
			}
			if d.Root().Exists() {
				t.Error("the document can be read all the same")
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"m` + digits(i) + `":0`)
	}
	return b.String()
}

// digits writes a small number.
func digits(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestParseNamesThePlace(t *testing.T) {
	t.Parallel()
	var d Doc
	err := Parse([]byte("{\"resourceType\":\"Patient\",\n \"name\":[{},{\"Ann Other\":{\"given\":[1,nil]}}]}"), &d)
	problems := fault.Problems(err)
	if len(problems) != 1 || problems[0].Path != "name[1].?.given" || !strings.Contains(problems[0].Say, "line 2, column") {
		t.Errorf("got %+v", problems)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var d Doc
	if err := (Limits{Nodes: 3}).Parse([]byte(`[1,2,3]`), &d); !strings.Contains(fault.Say(err), "more than 3 values") {
		t.Errorf("nodes: %v", fault.Say(err))
	}
	if err := (Limits{Bytes: 3}).Parse([]byte(`[1,2]`), &d); !strings.Contains(fault.Say(err), "too large") {
		t.Errorf("bytes: %v", fault.Say(err))
	}
	if err := (Limits{Depth: 2}).Parse([]byte(`[[1],[2],{}]`), &d); err != nil {
		t.Errorf("depth is counted per branch: %v", fault.Say(err))
	}
}

const patient = `{
  "resourceType": "Patient", "active" : true,
  "name": [{"family":"O\u0027Neil \ud83d\ude00", "given":["Ann","Zoë"]}, {"text":"A"}],
  "extension":[{"url":"http://x","valueDecimal":107.50}], "multipleBirthInteger" : 2,
  "maritalStatus":{"coding":[{"system":"s","code":"M","display":"Married"},{"code":"m2"}]},
  "none": null }`

func TestValues(t *testing.T) {
	t.Parallel()
	d := parse(t, patient)
	r := d.Root()
	dec, ok := r.Get("extension").Index(0).Get("valueDecimal").Decimal()
	birth, typ := r.Choice("multipleBirth")
	n, _ := birth.Int()
	given := ""
	for v := range d.At("name.given") {
		given += v.Str() + ","
	}
	codes := ""
	for c := range d.Codes("maritalStatus", "gone") {
		codes += c.System + "|" + c.Code + "|" + c.Display + ","
	}
	keys := ""
	for k := range r.All() {
		keys += k + ","
	}
	for what, got := range map[string]bool{
		"the type":                          d.Type() == "Patient",
		"escapes":                           d.Text("name.family") == "O'Neil 😀",
		"the first found along lists":       d.Text("name.text") == "A",
		"a decimal keeps its digits":        ok && dec.String() == "107.50",
		"a choice":                          typ == "Integer" && n == 2,
		"all along lists":                   given == "Ann,Zoë,",
		"codings":                           codes == "s|M|Married,|m2|,",
		"members in order":                  keys == "resourceType,active,name,extension,multipleBirthInteger,maritalStatus,none,",
		"null exists":                       r.Get("none").Exists() && r.Get("none").Kind() == Null,
		"missing chains to missing":         !r.Get("a").Index(3).Get("b").Exists() && r.Get("a").Str() == "",
		"out of range":                      !r.Get("name").Index(2).Exists() && !r.Get("name").Index(-1).Exists(),
		"bool":                              r.Get("active").Bool() && !r.Get("none").Bool(),
		"raw is verbatim":                   string(r.Get("name").Index(1).Raw()) == `{"text":"A"}`,
		"a literal of a number":             birth.Literal() == "2",
		"a single value counts as its list": countElems(birth) == 1,
		"no list":                           countElems(r.Get("zip")) == 0,
	} {
		if !got {
			t.Error(what)
		}
	}
}

func countElems(v Value) (n int) {
	for range v.Elems() {
		n++
	}
	return n
}

func TestParsingAgainAllocatesNothing(t *testing.T) {
	d := parse(t, patient)
	src := []byte(patient)
	if n := testing.AllocsPerRun(100, func() {
		if Parse(src, d) != nil || d.Type() != "Patient" || d.Text("name.given") != "Ann" {
			t.Fail()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	s := spec(f)
	for _, s := range []string{patient, observation, searched, transaction, `[]`, `{"a":[1,{"b":"\u00e9\ud83d\ude00"}]}`, `-0.0e+1`, `"x"`, `{"a":1,"a":2}`, "[\"\xff\"]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var d Doc
		err := Parse(src, &d)
		if err != nil {
			return
		}
		if !json.Valid(src) || !utf8.Valid(src) {
			t.Fatal("accepted what is not JSON")
		}
		if got := Splice(nil, &d, nil); !bytes.Equal(got, src) {
			t.Fatal("splicing nothing changed something")
		}
		if !EqualJSON(src, Compact(nil, src)) {
			t.Fatal("compacting changed what it says")
		}
		var o Outcome
		s.Validate(&d, &o) // need only not panic
		s.Index(&d, func(h Hit) { s.SortKey(&d, h.Param.Code, true) })
		for r := range d.References() {
			_ = r.Path()
		}
		if entries := d.Root().Get("entry"); d.Type() == "Bundle" && entries.Kind() == Array {
			n := 0
			_, err := EachEntry(bytes.NewReader(src), Limits{}, func(i int, e []byte) error {
				if n++; !bytes.Equal(e, entries.Index(i).Raw()) {
					t.Fatal("streaming cut an entry elsewhere")
				}
				return nil
			})
			if err == nil && n != entries.Len() {
				t.Fatalf("streaming found %d entries of %d", n, entries.Len())
			}
		}
		if root := d.Root(); root.Kind() == Object {
			put := Splice(nil, &d, []Edit{Set(root, "zz", []byte("1.50")), Set(root, "id", []byte(`"x"`))})
			var e Doc
			if err := Parse(put, &e); err != nil || e.ID() != "x" || string(e.Root().Get("zz").Raw()) != "1.50" {
				t.Fatalf("%s: %v", put, err)
			}
			back := Splice(nil, &e, []Edit{Remove(e.Root(), "zz"), Remove(e.Root(), "id")})
			want := Splice(nil, &d, []Edit{Remove(root, "zz"), Remove(root, "id")})
			if !EqualJSON(back, want) {
				t.Fatalf("%s became %s", src, back)
			}
		}
	})
}
