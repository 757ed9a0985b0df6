package fhir

import (
	"testing"
)

func TestSplice(t *testing.T) {
	t.Parallel()
	const src = `{ "resourceType":"Goal" , "a" : 1.50, "b":[ {"c":null} ],
 "d":"x" }`
	for name, c := range map[string]struct {
		edits func(r Value) []Edit
		want  string
	}{
		"nothing": {func(Value) []Edit { return nil }, src},
		"a value replaced": {func(r Value) []Edit { return []Edit{Replace(r.Get("b").Index(0).Get("c"), []byte(`2`))} },
			`{ "resourceType":"Goal" , "a" : 1.50, "b":[ {"c":2} ],` + "\n" + ` "d":"x" }`},
		"a member set": {func(r Value) []Edit { return []Edit{Set(r, "d", []byte(`"y"`))} },
			`{ "resourceType":"Goal" , "a" : 1.50, "b":[ {"c":null} ],` + "\n" + ` "d":"y" }`},
		"meta and id added after the type, in that order": {func(r Value) []Edit {
			return []Edit{Set(r, "z", []byte(`0`)), Set(r, "meta", []byte(`{}`)), Set(r, "id", []byte(`"1"`))}
		}, `{ "resourceType":"Goal","id":"1","meta":{} , "a" : 1.50, "b":[ {"c":null} ],` + "\n" + ` "d":"x","z":0 }`},
		"the first member removed": {func(r Value) []Edit { return []Edit{Remove(r, "resourceType")} },
			`{ "a" : 1.50, "b":[ {"c":null} ],` + "\n" + ` "d":"x" }`},
		"the last two removed and one added": {func(r Value) []Edit {
			return []Edit{Remove(r, "d"), Set(r, "e", []byte(`1`)), Remove(r, "b")}
		}, `{ "resourceType":"Goal" , "a" : 1.50,"e":1 }`},
		"all removed": {func(r Value) []Edit {
			return []Edit{Remove(r, "d"), Remove(r, "a"), Remove(r, "resourceType"), Remove(r, "b")}
		}, `{  }`},
		"all removed and two added": {func(r Value) []Edit {
			return []Edit{Remove(r, "d"), Set(r, "y", []byte(`1`)), Remove(r, "a"), Remove(r, "resourceType"), Set(r, "id", []byte(`2`)), Remove(r, "b")}
		}, `{"y":1,"id":2  }`},
		"a change inside what goes is lost": {func(r Value) []Edit {
			return []Edit{Set(r.Get("b").Index(0), "q", []byte(`1`)), Replace(r.Get("b"), []byte(`[]`))}
		}, `{ "resourceType":"Goal" , "a" : 1.50, "b":[],` + "\n" + ` "d":"x" }`},
		"the later of two counts": {func(r Value) []Edit {
			return []Edit{Set(r, "n", []byte(`1`)), Set(r, "n", []byte(`2`)), Remove(r, "a"), Set(r, "a", []byte(`3`))}
		}, `{ "resourceType":"Goal" , "a" : 3, "b":[ {"c":null} ],` + "\n" + ` "d":"x","n":2 }`},
		"what is missing stays missing": {func(r Value) []Edit {
			return []Edit{Remove(r, "n"), Set(r.Get("n"), "a", []byte(`3`)), Replace(Value{}, []byte(`1`))}
		}, src},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, src)
			if got := string(Splice(nil, d, c.edits(d.Root()))); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"nothing there":        {`{"resourceType":"Goal", "v":1.0}`, `{"resourceType":"Goal","id":"i","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:01.000000Z"}, "v":1.0}`},
		"meta with a profile":  {`{"id":"x","meta":{"profile":["p"]},"resourceType":"Goal"}`, `{"id":"i","meta":{"profile":["p"],"versionId":"2","lastUpdated":"1970-01-01T00:00:01.000000Z"},"resourceType":"Goal"}`},
		"everything there":     {`{"id":"x","meta":{"lastUpdated":"a" ,"versionId":"1"}}`, `{"id":"i","meta":{"lastUpdated":"1970-01-01T00:00:01.000000Z" ,"versionId":"2"}}`},
		"an empty meta object": {`{"id":"x","meta":{}}`, `{"id":"i","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:01.000000Z"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := string(Stamp(nil, parse(t, c.src), "i", "2", 1_000_000)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestEqualJSON(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"members in another order":     {`{"a":1,"b":{"c":[1,2]}}`, ` {"b":{"c":[1, 2]},"a":1}`, true},
		"a string escaped another way": {`["\u00e9/"]`, `["é\/"]`, true},
		"a number with another zero":   {`[1.0]`, `[1.00]`, false},
		"elements in another order":    {`[1,2]`, `[2,1]`, false},
		"one member more":              {`{"a":1}`, `{"a":1,"b":2}`, false},
		"not JSON":                     {`{`, `{`, false},
		"crowds in another order":      {`{` + manyMembers(80) + `,"z":1}`, `{"z":1,` + manyMembers(80) + `}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := EqualJSON([]byte(c.a), []byte(c.b)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestBuilder(t *testing.T) {
	t.Parallel()
	got := string(New("Goal").
		Set("lifecycleStatus", "proposed").
		Set("description.text", `Walk "far"`).
		Set("note", "").
		Add("code.coding", Obj{"system", "s", "code", "1", "display", ""}, Obj{"code", "2"}).
		Add("target", Obj{"measure", Obj{"text", "m"}}).
		Set("target.detailQuantity.value", Raw("1.50")).
		Set("lifecycleStatus", "active").
		Set("n", 3).Set("t", true).Bytes())
	want := `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"Walk \"far\""},` +
		`"code":{"coding":[{"system":"s","code":"1"},{"code":"2"}]},` +
		`"target":[{"measure":{"text":"m"},"detailQuantity":{"value":1.50}}],"n":3,"t":true}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
