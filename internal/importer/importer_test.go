package importer_test

import (
	"strings"
	"testing"

	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/record"
)

func TestAFolderGoesInOnce(t *testing.T) {
	each(t, func(w *world) {
		w.file("b/people.json", bundle("transaction", "", patient("p", "9990000018", "1951-03-02", true), clinic,
			`{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:p"},"serviceProvider":{"reference":"urn:uuid:o"}}`,
			`{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:p"},"encounter":{"reference":"urn:uuid:e"},"code":{"text":"Asthma"}}`))
		w.file("a/later.ndjson", condition("d", "Patient/p", "Gout")+"\n\n"+
			`{"resourceType":"Provenance","id":"v","target":[{"reference":"Condition/d"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Organization/o"}}]}`+"\n")
		w.file("c/one.json.gz", zipped(t, []byte(condition("g", "Patient/p", "Hay fever"))))
		w.file("README.txt", "nothing to read")
		w.imports(importer.Options{}, [4]int{7, 0, 0, 0}, w.folder)
		w.imports(importer.Options{}, [4]int{0, 0, 7, 0}, w.folder)
		if n := len(w.everyone()); n != 1 {
			t.Fatalf("there are %d people", n)
		}
		e := w.one("Encounter")
		if name := w.dir.Name(ctx, e.Text("serviceProvider.reference")); name != "Acton Surgery" {
			w.Errorf("the encounter was at %q", name)
		}
		if to := w.one("Provenance").Text("target.reference"); !strings.HasPrefix(to, "Condition/a") || len(to) != len("Condition/")+53 {
			w.Errorf("the provenance leads to %s", to)
		}
	})
}

func TestWhoIsWho(t *testing.T) {
	for _, c := range []struct {
		name   string
		other  string
		people int
	}{
		{"one verified number and one birth date are one person", patient("x", "9990000018", "1951-03-02", true), 1},
		{"a number that was not verified decides nothing", patient("x", "9990000018", "1951-03-02", false), 2},
		{"one number and two birth dates are two people until somebody looks", patient("x", "9990000018", "1951-03-03", true), 2},
		{"a number that breaks the rule matches nobody", patient("x", "9990000019", "1951-03-02", true), 2},
		{"the same id at another source means nothing", patient("p", "9990000026", "1990-01-01", true), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(w *world) {
				first := w.file("gp.json", bundle("collection", "", patient("p", "9990000018", "1951-03-02", true), condition("c", "urn:uuid:p", "Asthma")))
				w.imports(importer.Options{Source: "gp"}, [4]int{2, 0, 0, 0}, first)
				id := "x"
				if strings.Contains(c.other, `"id":"p"`) {
					id = "p"
				}
				second := w.file("trust.json", bundle("collection", "", c.other, condition("c", "urn:uuid:"+id, "Gout")))
				lines := w.imports(importer.Options{Source: "trust"}, [4]int{2, 0, 0, 0}, second)
				if n := len(w.everyone()); n != c.people {
					t.Errorf("there are %d people", n)
				}
				if warned := len(lines) == 1 && lines[0].Warning != "" && lines[0].Path == "Patient.identifier[0].value"; warned != strings.Contains(c.other, "0019") {
					t.Errorf("the report is %+v", lines)
				}
			})
		})
	}
}

func TestNewerReplacesOlderAndNothingElse(t *testing.T) {
	each(t, func(w *world) {
		is := func(text string) string {
			return bundle("collection", `"timestamp":"`+text[:4]+`-01-01T00:00:00Z",`, patient("p", "9990000018", "1951-03-02", true), condition("c", "urn:uuid:p", text))
		}
		w.imports(importer.Options{}, [4]int{2, 0, 0, 0}, w.file("1.json", is("2021")))
		w.imports(importer.Options{}, [4]int{0, 1, 1, 0}, w.file("2.json", is("2023")))
		w.imports(importer.Options{}, [4]int{0, 0, 2, 0}, w.file("3.json", is("2022")))
		if text := w.one("Condition").Text("code.text"); text != "2023" {
			t.Errorf("the condition is of %s", text)
		}
		// Both at once, in the wrong order, and in one Bundle.
		w.imports(importer.Options{}, [4]int{0, 1, 3, 0}, w.file("4.json", is("2025")), w.file("5.json", is("2024")))
		both := bundle("collection", "", strings.Replace(condition("c", "Patient/p", "2027"), `"id":"c"`, `"id":"c","meta":{"lastUpdated":"2027-01-01T00:00:00Z"}`, 1),
			strings.Replace(condition("c", "Patient/p", "2026"), `"id":"c"`, `"id":"c","meta":{"lastUpdated":"2026-01-01T00:00:00Z"}`, 1))
		w.imports(importer.Options{}, [4]int{0, 1, 1, 0}, w.file("6.json", both))
		if text := w.one("Condition").Text("code.text"); text != "2027" {
			t.Errorf("the condition is of %s", text)
		}
	})
}

func TestAFileCannotRenameAnothersOrganisation(t *testing.T) {
	each(t, func(w *world) {
		w.imports(importer.Options{Source: "gp"}, [4]int{1, 0, 0, 0}, w.file("1.json", clinic))
		w.imports(importer.Options{Source: "stranger"}, [4]int{1, 0, 0, 0},
			w.file("2.json", bundle("collection", `"meta":{"source":"gp","lastUpdated":"2030-01-01T00:00:00Z"},`, strings.Replace(clinic, "Acton Surgery", "Mine now", 1))))
		if l, err := w.dir.Find(ctx, "gp", "Organization", "o"); err != nil || l.Name != "Acton Surgery" {
			t.Errorf("the surgery is called %q, %v", l.Name, err)
		}
	})
}

func TestTransactionsAreAllOrNothing(t *testing.T) {
	each(t, func(w *world) {
		all := []string{patient("p", "9990000018", "1951-03-02", true), clinic}
		for i := range 97 {
			all = append(all, condition("c"+string(rune('a'+i/26))+string(rune('a'+i%26)), "urn:uuid:p", "Asthma"))
		}
		all = append(all, strings.Replace(condition("bad", "urn:uuid:p", "x"), `"subject"`, `"subjekt"`, 1))
		lines := w.imports(importer.Options{}, [4]int{0, 0, 0, 100}, w.file("t.json", bundle("transaction", "", all...)))
		if len(lines) != 1 || *lines[0].Entry != 99 || lines[0].Path == "" || len(lines[0].More) != 1 { // subjekt, and no subject
			t.Errorf("the report is %+v", lines)
		}
		if len(w.everyone()) != 0 {
			t.Error("somebody went in")
		}
		if _, err := w.dir.Find(ctx, "import", "Organization", "o"); err == nil {
			t.Error("an organisation went in")
		}
		w.imports(importer.Options{}, [4]int{99, 0, 0, 1}, w.file("c.json", bundle("batch", "", all...)))
	})
}

func TestConditionsAreMetWithinOneSource(t *testing.T) {
	each(t, func(w *world) {
		visit := `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"},"serviceProvider":{"reference":"Organization?identifier=urn:ods|E1"}}`
		w.file("a.json", bundle("transaction", "", patient("p", "9990000018", "1951-03-02", true), visit))
		lines := w.imports(importer.Options{Source: "one"}, [4]int{0, 0, 0, 2}, w.folder)
		if len(lines) != 1 || lines[0].Path != "Encounter.serviceProvider.reference" {
			t.Errorf("the report is %+v", lines)
		}
		// What it leads to comes in a later file: it is tried again at the end.
		w.file("b.json", `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:9","resource":`+clinic+`,"request":{"method":"POST","url":"Organization","ifNoneExist":"identifier=urn:ods|E1"}}]}`)
		w.imports(importer.Options{Source: "one"}, [4]int{3, 0, 0, 0}, w.folder)
		w.imports(importer.Options{Source: "one"}, [4]int{0, 0, 3, 0}, w.folder)
		w.imports(importer.Options{Source: "two"}, [4]int{0, 0, 0, 2}, w.file("a.json", bundle("transaction", "", patient("p", "9990000026", "1951-03-02", true), visit)))
		if name := w.dir.Name(ctx, w.one("Encounter").Text("serviceProvider.reference")); name != "Acton Surgery" {
			t.Errorf("the encounter was at %q", name)
		}
	})
}

func TestWhatIsRefusedAndWhy(t *testing.T) {
	one := patient("p", "9990000018", "1951-03-02", true)
	for _, c := range []struct {
		name, text, path string
		good             int // how many others went in
	}{
		{"an entry that leads to another person's", bundle("collection", "", one, patient("q", "9990000026", "1960-01-01", true),
			`{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:q"}}`,
			`{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:p"},"encounter":{"reference":"urn:uuid:e"}}`), "Condition.encounter.reference", 3},
		{"an entry about nobody", bundle("collection", "", one, `{"resourceType":"Condition","id":"c","subject":{"reference":"Group/1"}}`), "Condition.subject", 1},
		{"an entry about somebody who never came", bundle("collection", "", one, condition("c", "Patient/zz", "x")), "", 1},
		{"a type that is not kept", bundle("collection", "", one, `{"resourceType":"AuditEvent","id":"a"}`), "", 1},
		{"a public entry that leads to a person", bundle("collection", "", one, `{"resourceType":"Schedule","id":"s","actor":[{"reference":"urn:uuid:p"}]}`), "Schedule.actor[0].reference", 1},
		{"a deletion", bundle("collection", "", one, `{"fullUrl":"urn:uuid:z","resource":`+condition("z", "urn:uuid:p", "x")+`,"request":{"method":"DELETE","url":"Condition/z"}}`), "request.method", 1},
		{"an entry without a name", bundle("collection", "", one, `{"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:p"}}}`), "id", 1},
		{"an entry without a resource", bundle("collection", "", one, `{"fullUrl":"urn:uuid:z"}`), "resource", 1},
		{"a wrong type", bundle("collection", "", one, `{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:p"},"code":"x"}`), "Condition.code", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(w *world) {
				lines := w.imports(importer.Options{}, [4]int{c.good, 0, 0, 1}, w.file("f.json", c.text))
				if len(lines) != 1 || lines[0].Path != c.path || lines[0].Reason == "" || lines[0].Entry == nil {
					t.Errorf("the report is %+v", lines)
				}
			})
		})
	}
}

func TestBrokenFilesDoNotHoldUpOthers(t *testing.T) {
	deep := strings.Repeat(`{"extension":[`, 100) + strings.Repeat(`]}`, 100)
	whole := bundle("collection", "", patient("p", "9990000018", "1951-03-02", true))
	each(t, func(w *world) {
		for name, text := range map[string]string{
			"bom.json": "\xEF\xBB\xBF" + whole, "cut.json": whole[:len(whole)-9], "deep.json": deep, "empty.json": "",
			"twice.json": `{"resourceType":"Patient","id":"a","id":"b"}`, "list.json": "[]", "after.json": whole + "x",
			"bytes.json": "{\"resourceType\":\"Patient\",\"id\":\"\xff\"}", "type.json": bundle("history", ""),
			"entry.json":  `{"resourceType":"Bundle","type":"collection","entry":{"a":1}}`,
			"cut.json.gz": zipped(t, []byte(whole))[:60], "notgz.json.gz": "\x1f\x8bnot",
			"bomb.json.gz": zipped(t, make([]byte, 40<<20)),
		} {
			w.file("bad/"+name, text)
		}
		w.file("../"+filepathBase(w.folder)+"/good/%2e%2e ..;rm -rf.json", whole)
		w.file("good/lines.ndjson", condition("c", "Patient/p", "x")+"\n{broken\n"+condition("d", "Patient/p", "x")+"\n")
		c, lines := w.tries(importer.Options{}, w.folder)
		if c.Total.New != 3 || c.Total.Refused != 2 || c.FilesRefused != 12 || c.Files != 3 {
			t.Errorf("the counts are %+v: %+v", c, lines)
		}
		for _, l := range lines {
			if l.Reason == "" || strings.Contains(l.Reason, "Yusuf") || strings.HasPrefix(l.Reason, "This could not be read") {
				t.Errorf("%s: %q", l.File, l.Reason)
			}
			if strings.HasSuffix(l.File, "lines.ndjson") && l.Line != 2 {
				t.Errorf("the broken line is %d", l.Line)
			}
		}
	})
}

func filepathBase(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func TestStandardInput(t *testing.T) {
	each(t, func(w *world) {
		in := patient("p", "9990000018", "1951-03-02", true) + "\n" + condition("c", "Patient/p", "x") + "\n"
		w.imports(importer.Options{Stdin: strings.NewReader(in)}, [4]int{2, 0, 0, 0}, "-")
		w.imports(importer.Options{Stdin: strings.NewReader(in)}, [4]int{0, 0, 2, 0}, "-")
	})
}

// What is too large for memory is sorted by person, and understood all the same.
func TestLargeStreams(t *testing.T) {
	each(t, func(w *world) {
		long := strings.Repeat("x", 400_000)
		var resources, lines []string
		for p := range 3 {
			name := string(rune('a' + p))
			resources = append(resources,
				`{"resourceType":"Provenance","id":"v`+name+`","target":[{"reference":"urn:uuid:e`+name+`"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"somebody"}}]}`)
			for i := range 16 {
				resources = append(resources, strings.Replace(condition("c"+name+string(rune('a'+i)), "urn:uuid:"+name, long), `"code"`, `"encounter":{"reference":"urn:uuid:e`+name+`"},"code"`, 1))
			}
			resources = append(resources, `{"resourceType":"Encounter","id":"e`+name+`","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:`+name+`"},"serviceProvider":{"reference":"urn:uuid:o"}}`,
				patient(name, "999000001"+string(rune('0'+p)), "1951-03-02", false))
		}
		resources = append(resources, clinic)
		w.imports(importer.Options{}, [4]int{58, 0, 0, 0}, w.file("large.json", bundle("collection", "", resources...)))
		w.imports(importer.Options{}, [4]int{0, 0, 58, 0}, w.file("large.json", bundle("collection", "", resources...)))
		for _, r := range resources {
			lines = append(lines, strings.NewReplacer("urn:uuid:e", "Encounter/e", "urn:uuid:o", "Organization/o", "urn:uuid:", "Patient/").Replace(r))
		}
		w.imports(importer.Options{Source: "bulk"}, [4]int{58, 0, 0, 0}, w.file("large.ndjson", strings.Join(lines, "\n")))
		for _, p := range w.everyone() {
			w.own(p, func(v record.View) error {
				v.All("Provenance", func(e record.Entry) error { return led(w, v, e.Doc.Text("target.reference"), p) })
				return v.All("Condition", func(e record.Entry) error { return led(w, v, e.Doc.Text("encounter.reference"), p) })
			})
		}
	})
}

// led fails the test unless a reference leads to an entry of the person.
func led(w *world, v record.View, ref string, p person.ID) error {
	w.Helper()
	if h, ok := v.OriginOf(ref[strings.LastIndexByte(ref, '/')+1:]); !ok || h.ID.Person != int64(p) {
		w.Errorf("%q leads nowhere", ref)
	}
	return nil
}
