package fhirapi_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	identity "onestory/internal/id"
	"onestory/internal/record"
)

var dates = regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:.]+Z`)

// types are those that the CapabilityStatement says are had through the door.
func (w *world) types() (personal, public []string) {
	for _, r := range list(list(w.get("", "/metadata").json, "rest")[0].(map[string]any), "resource") {
		m := r.(map[string]any)
		if m["versioning"] != nil {
			personal = append(personal, m["type"].(string))
		} else {
			public = append(public, m["type"].(string))
		}
	}
	return personal, public
}

func TestForEveryTypeSomebodyElseIsLikeSomebodyWhoNeverWas(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		personal, _ := w.types()
		if len(personal) < 60 {
			t.Fatalf("only %d types are checked", len(personal))
		}
		// Amina is nobody to Marcus. Her id with a letter changed is nobody's.
		other, never := w.id("amina"), w.id("amina")[:52]+"1"
		theirs := map[string]string{}
		w.entries("amina", func(e record.Entry) { theirs[e.Kind] = w.house.Door.EntryText(e.ID) })
		if len(theirs) < 10 {
			t.Fatal("there is little to be hidden")
		}
		for i, kind := range personal {
			id := theirs[kind]
			absent := w.house.Door.EntryText(identity.New(int64(w.person("amina"))))
			if id == "" {
				id = w.house.Door.EntryText(identity.New(int64(w.person("amina"))))
			}
			for _, who := range []string{"marcus", []string{"jo", "chen", "omar"}[i%3]} {
				for _, at := range []string{"/%", "/%/_history", "/%/_history/00112233445566778899aabbccddeeff"} {
					a := w.get(who, "/"+kind+strings.ReplaceAll(at, "%", id))
					w.want(a, 404, who+" at "+kind+at)
					w.same(kind+at, a, w.get(who, "/"+kind+strings.ReplaceAll(at, "%", absent)))
				}
			}
			// Searches about her are those about nobody.
			for _, about := range []string{"patient=%", "patient=Patient/%", "patient:Patient=%", "subject=Patient/%", "patient=https://onestory.test/fhir/Patient/%"} {
				if kind == "Patient" {
					about = strings.Replace(about, "patient", "_id", 1)
				}
				ask := func(id string) got {
					return w.get("marcus", "/"+kind+"?"+strings.ReplaceAll(about, "%", id), "Prefer", "handling=lenient")
				}
				a, b := ask(other), ask(never)
				if a.status == 200 && strings.HasPrefix(about, "patient") && len(resources(a)) > 0 {
					t.Errorf("%s?%s shows something", kind, about)
				}
				w.same(kind+"?"+about, a, b, other, "ID", never, "ID")
			}
			if g := w.get("marcus", "/"+kind+"?_id="+id); len(resources(g)) > 0 {
				t.Errorf("%s?_id= shows something", kind)
			}
			for _, at := range []string{"/Patient/" + other + "/" + kind, "/Patient/" + theirs["Patient"] + "/" + kind} {
				w.want(w.get("marcus", at), 404, at)
			}
		}
		for _, at := range []string{"/Patient/" + other, "/Patient/" + other + "/*", "/Patient/" + other + "/$everything", "/Encounter/" + theirs["Encounter"] + "/*", "/_history?patient=" + other} {
			w.same(at, w.want(w.get("marcus", at), 404, at), w.get("marcus", strings.ReplaceAll(at, other, never)))
		}
		// One of two is had, the other never: together they are nobody.
		mine := w.id("marcus")
		if g := w.get("marcus", "/Observation?patient="+mine+","+other); len(resources(g)) == 0 || strings.Contains(g.body, `Patient/`+theirs["Patient"]) {
			t.Errorf("of two persons one's own are not what comes: %.300s", g.body)
		}
		if g := w.get("marcus", "/Observation?patient="+mine+"&patient="+other); len(resources(g)) != 0 {
			t.Error("two persons at once are somebody")
		}
		if g := w.get("marcus", "/Observation"); len(resources(g)) == 0 || strings.Contains(g.body, theirs["Patient"]) {
			t.Error("who names nobody does not get their own")
		}
		if w.journal("amina", "withheld") == 0 {
			t.Error("that somebody tried is not in her journal")
		}
		w.nothingWritten(theirs, other)
	})
}

// nothingWritten tries to change what is another's.
func (w *world) nothingWritten(theirs map[string]string, other string) {
	before := w.get("amina", "/Observation/"+theirs["Observation"])
	etag := before.header.Get("ETag")
	w.want(w.ask("marcus", "PUT", "/Observation/"+theirs["Observation"], before.body, "If-Match", etag), 404, "to change another's entry")
	w.want(w.ask("marcus", "DELETE", "/Observation/"+theirs["Observation"], "", "If-Match", etag), 404, "to remove another's entry")
	for _, id := range []string{other, theirs["Patient"], other[:52] + "1"} {
		w.want(w.ask("marcus", "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/`+id+`"}}`), 404, "to write about another")
	}
	w.same("a change that was not let be", before, w.get("amina", "/Observation/"+theirs["Observation"]))
}

func TestProfessionalsNameOnePerson(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		personal, public := w.types()
		for _, kind := range personal {
			w.want(w.get("priya", "/"+kind), 400, kind+" of nobody")
			w.want(w.get("priya", "/"+kind+"?patient=&_count=1"), 400, kind+" of nobody, said emptily")
		}
		w.want(w.get("priya", "/Patient?identifier=9999321259&name=Amina"), 400, "to look for people")
		w.want(w.get("priya", "/Patient?name=Amina"), 400, "to look for people by name")
		w.want(w.get("priya", "/Observation?patient:identifier=9999321259"), 400, "to name somebody by number")
		w.want(w.get("priya", "/Observation?patient="+w.id("amina")+","+w.id("marcus")), 400, "two people at once")
		for _, at := range []string{"/_history", "/Observation/_history", "/"} {
			w.want(w.get("priya", at), 400, at)
		}
		g := w.want(w.get("priya", "/Observation?patient="+w.id("amina")), 200, "one person")
		if len(resources(g)) == 0 {
			t.Error("she sees nothing of her patient")
		}
		for _, kind := range public {
			w.want(w.get("priya", "/"+kind+"?_count=1"), 200, kind)
		}
		// Neither a header nor a parameter says why: the role does.
		for _, h := range []string{"X-Purpose", "X-Role", "Purpose-Of-Use"} {
			a := w.get("chen", "/Observation?patient="+w.id("amina"), h, "ETREAT", "X-HTTP-Method-Override", "DELETE")
			w.same(h, a, w.get("chen", "/Observation?patient="+w.id("amina")))
		}
	})
}

func TestWhoIsNobodyIsAskedForATokenEverywhere(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for _, at := range []string{"", "/", "/Patient", "/Nothing", "/Patient/1", "/Patient/1/$everything", "/_history", "/a/b/c/d/e", "/Patient/1/2"} {
			for _, token := range []string{"", "Bearer demo-nobody", "Bearer demo-", "Basic demo-amina", "Bearer amina", "Bearer demo-resident-20"} {
				for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"} {
					g := w.ask("", method, at, "", "Authorization", token)
					if g.status != 401 || !strings.HasPrefix(g.header.Get("WWW-Authenticate"), "Bearer") {
						t.Errorf("%s %s with %q: %d", method, at, token, g.status)
					}
				}
			}
		}
		for _, method := range []string{"PATCH", "TRACE", "OPTIONS", "BREW"} {
			for _, at := range []string{"/metadata", "/Observation", "/Observation/x", "/Patient/x/$everything"} {
				if g := w.ask("amina", method, at, ""); g.status != 405 || g.header.Get("Allow") == "" {
					t.Errorf("%s %s: %d, allowed %q", method, at, g.status, g.header.Get("Allow"))
				}
			}
		}
		for _, origin := range []string{"https://evil.test", "null", "https://onestory.test.evil.test"} {
			if g := w.get("amina", "/Patient", "Origin", origin); g.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("another site may read this")
			}
		}
		if g := w.ask("amina", "HEAD", "/Patient", ""); g.status != 200 || g.body != "" || g.header.Get("Content-Length") == "0" {
			t.Error("HEAD is not GET without its body", g)
		}
		if g := w.get("", "/metadata", "Accept", "text/html"); g.status != 200 || !strings.Contains(g.body, "<h1>") || !strings.Contains(g.body, "clinical-status (token)") {
			t.Errorf("metadata cannot be read: %.200s", g.body)
		}
	})
}

func TestWhatAProgramDoesNotUnderstandNeverShowsMore(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		all := w.get("amina", "/Observation?_summary=count").json["total"].(float64)
		for _, q := range []string{
			"_has:Condition:patient:code=86406008", "_has:Observation:patient:code-value-quantity=8480-6$gt3",
			"subject:Patient.name=Amina", "subject.name=Amina", "subject.general-practitioner.name=x", "patient.identifier=1",
			"_filter=code eq 1", "code:in=http://x", "code:above=1", "code:below=1", "code:of-type=a|b|c", "_text=x", "_content=x", "_list=x",
			"_query=x", "a.b.c.d.e.f.g.h.i.j=1", "date=nonsense", "code:missing=maybe", "_count=x", "_count=-1", "value-quantity=a", "_cursor=abc",
		} {
			name, value, _ := strings.Cut(q, "=")
			g := w.want(w.get("amina", "/Observation?"+url.Values{name: {value}}.Encode()), 400, q)
			if g.json["resourceType"] != "OperationOutcome" {
				t.Error(q, g.body)
			}
		}
		for _, q := range []string{"colour=red", "_sort=colour", "_total=maybe", "_include=Nothing:x", "_include:x=Observation:subject", "_summary=some"} {
			w.want(w.get("amina", "/Observation?"+q, "Prefer", "handling=strict"), 400, q)
			g := w.want(w.get("amina", "/Observation?_count=1&"+q), 200, q)
			if name, _, _ := strings.Cut(q, "="); strings.Contains(link(g, "self"), name) || g.json["total"].(float64) != all {
				t.Errorf("%s: %s", q, link(g, "self"))
			}
		}
		// What hurts elsewhere hurts nobody here, in any parameter of any type.
		personal, public := w.types()
		bads := []string{`' OR 1=1 --`, `"; DROP TABLE change; /*`, "%", "_", "*", "\x00", "\xff", "$.a", strings.Repeat("a,", 900), "<script>alert(1)</script>", `\`}
		for i, kind := range append(personal, public...) {
			for j, p := range []string{"_id", "_sort", "_elements", "patient", "_lastUpdated", "_tag", "_include", "_revinclude", "code", "date", "_cursor", "identifier"} {
				bad := bads[(i+j)%len(bads)] // every parameter meets each of them, at one type or another
				g := w.get("amina", "/"+kind+"?_count=1&"+p+"="+url.QueryEscape(bad))
				if g.status != 200 && g.status != 400 {
					t.Errorf("%s?%s=%q: %d", kind, p, bad, g.status)
				}
				if strings.Contains(g.body, "<script>") && !strings.Contains(g.header.Get("Content-Type"), "json") {
					t.Error("what was asked comes back as it was")
				}
			}
		}
		w.want(w.get("amina", "/Observation?_count=1000000"), 200, "a million")
		w.want(w.get("amina", "/Observation?"+strings.Repeat("_include=Observation:subject&", 200)), 400, "two hundred includes")
		w.want(w.get("amina", "/Observation?code="+strings.Repeat("a", 9000)), 414, "a long address")
		w.want(w.get("amina", "/Observation?_format=xml"), 406, "XML")
	})
}

func TestWhatCannotBeReadIsRefusedEarly(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for what, body := range map[string]string{
			"deep":                strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000),
			"many keys":           `{"resourceType":"Observation"` + strings.Repeat(`,"a":1`, 300_000) + "}",
			"a key twice":         `{"resourceType":"Observation","status":"final","status":"final"}`,
			"another case":        `{"resourcetype":"Observation"}`,
			"more after the end":  `{"resourceType":"Observation"}{}`,
			"not a number":        `{"resourceType":"Observation","valueInteger":NaN}`,
			"not text":            "{\"resourceType\":\"Observation\",\"status\":\"\xff\"}",
			"a byte order mark":   "\ufeff{\"resourceType\":\"Observation\"}",
			"nothing":             " ",
			"another type":        `{"resourceType":"Patient"}`,
			"a list":              `[]`,
			"half of a thing":     `{"resourceType":"Observation",`,
			"a thing of no type":  `{}`,
			"something unwritten": `null`,
		} {
			g := w.ask("amina", "POST", "/Observation", body)
			if g.status != 400 || g.json["resourceType"] != "OperationOutcome" {
				t.Errorf("%s: %d %.200s", what, g.status, g.body)
			}
		}
		g := w.ask("amina", "POST", "/Observation", `{"resourceType":"Observation","status":"maybe","subject":{"reference":"Patient/`+w.id("amina")+`"}}`)
		w.want(g, 422, "what the definitions do not let through")
		var at []string
		for _, i := range list(g.json, "issue") {
			at = append(at, list(i.(map[string]any), "expression")[0].(string))
		}
		if !slices.Contains(at, "Observation.status") || !slices.Contains(at, "Observation.code") && !slices.Contains(at, "Observation") {
			t.Error("it is not said where:", at)
		}
		w.want(w.ask("amina", "POST", "/Observation", "{}", "Content-Type", "application/fhir+xml"), 415, "XML")
		w.want(w.ask("amina", "POST", "/Observation", "{}", "Content-Encoding", "gzip"), 415, "something compressed")
		r, err := http.NewRequest("POST", "https://onestory.test/fhir/Observation", neverRead{t})
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = 100 << 20
		w.want(w.send("amina", r), 413, "a hundred megabytes")
	})
}
