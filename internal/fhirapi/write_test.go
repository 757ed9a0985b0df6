package fhirapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/record"
)

// walk is an Observation about somebody, as a program writes it.
func walk(about, more string) string {
	return `{"resourceType":"Observation","status":"final","code":{"text":"Steps"},"subject":{"reference":"Patient/` + about + `"}` + more + `}`
}

func TestAProgramSaysWhichVersionItHad(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		amina := w.id("amina")
		g := w.want(w.ask("amina", "POST", "/Observation", walk(amina, `,"id":"`+w.one("marcus", "Observation")+`","valueInteger":1`)), 201, "create")
		at, first := "/Observation/"+g.json["id"].(string), g.header.Get("ETag")
		if !strings.HasPrefix(g.header.Get("Location"), "https://onestory.test/fhir"+at+"/_history/") || g.header.Get("Last-Modified") == "" || first == "" {
			t.Error("it is not said where it is:", g.header)
		}
		if strings.HasSuffix(at, w.one("marcus", "Observation")) {
			t.Error("a program chose the id")
		}
		newer := strings.Replace(g.body, `"valueInteger":1`, `"valueInteger":2`, 1)
		w.want(w.ask("amina", "PUT", at, newer), 428, "without If-Match")
		w.want(w.ask("amina", "PUT", at, newer, "If-Match", "*"), 428, "with any If-Match")
		w.want(w.ask("amina", "DELETE", at, ""), 428, "to delete without If-Match")
		w.want(w.ask("amina", "PUT", at, strings.Replace(newer, at[13:], w.one("amina", "Observation"), 1), "If-Match", first), 400, "with another id in it")
		g = w.want(w.ask("amina", "PUT", at, newer, "If-Match", first), 200, "update")
		second := g.header.Get("ETag")
		w.want(w.ask("amina", "PUT", at, newer, "If-Match", second), 409, "If-Match and the resource's own version differ")
		g = w.want(w.ask("amina", "PUT", at, newer, "If-Match", first), 412, "stale")
		if g.header.Get("ETag") != second {
			t.Errorf("the present version is %s, told is %s", second, g.header.Get("ETag"))
		}
		w.want(w.ask("amina", "PUT", at, newer, "If-Match", `W/"00112233445566778899aabbccddeeff"`), 409, "a version that never was")
		unversioned := walk(amina, `,"id":"`+at[13:]+`"`)
		w.want(w.ask("amina", "PUT", at, unversioned, "If-Match", `W/"00112233445566778899aabbccddeeff"`), 412, "a version that never was")

		old := w.want(w.get("amina", at+"/_history/"+first[3:len(first)-1]), 200, "the first version")
		if old.json["valueInteger"].(float64) != 1 {
			t.Error("the first version is not what it was:", old.body)
		}
		if h := w.get("amina", at+"/_history"); h.json["total"].(float64) != 2 || resources(h)[0]["valueInteger"].(float64) != 2 {
			t.Error("history:", h.body)
		}
		// What moves to somebody else does not move.
		moved := strings.Replace(walk(w.id("marcus"), `,"id":"`+at[13:]+`"`), "Steps", "x", 1)
		w.want(w.ask("amina", "PUT", at, moved, "If-Match", second), 422, "to give it to somebody else")
		w.want(w.ask("amina", "POST", "/Observation?code=x", moved), 404, "to write about somebody else")
		w.want(w.ask("amina", "DELETE", "/Observation?code=x", ""), 405, "to delete whatever there is")
		w.want(w.ask("amina", "PUT", "/Observation?code=x", unversioned), 405, "to change whatever there is")
		w.want(w.ask("amina", "PUT", "/Observation/"+w.house.Door.EntryText(fresh(w)), "{}", "If-Match", first), 400, "to choose an id")

		w.want(w.ask("amina", "DELETE", at, "", "If-Match", first), 412, "to delete what was changed")
		w.want(w.ask("amina", "DELETE", at, "", "If-Match", second), 204, "delete")
		for _, p := range []string{at, at + "/_history", at + "/_history/" + first[3:len(first)-1]} {
			w.same(p, w.want(w.get("amina", p), 404, "what was deleted"), w.get("amina", strings.Replace(p, at[13:], w.house.Door.EntryText(fresh(w)), 1)))
		}
	})
}

func TestNobodyChangesWhatOthersWrote(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		personal, _ := w.types()
		kinds := map[string]string{}
		w.entries("amina", func(e record.Entry) {
			if e.Source != "" {
				kinds[e.Kind] = w.house.Door.EntryText(e.ID)
			}
		})
		for _, kind := range personal {
			id := kinds[kind]
			if id == "" {
				continue
			}
			g := w.get("amina", "/"+kind+"/"+id)
			if g.status != 200 {
				continue // harmful to her, a clinician says
			}
			changed := strings.Replace(g.body, `"meta":{`, `"meta":{"security":[{"code":"R"}],`, 1)
			a := w.ask("amina", "PUT", "/"+kind+"/"+id, changed, "If-Match", g.header.Get("ETag"))
			b := w.ask("amina", "DELETE", "/"+kind+"/"+id, "", "If-Match", g.header.Get("ETag"))
			if a.status != 403 && a.status != 405 && a.status != 400 && a.status != 422 || b.status != 403 && b.status != 405 {
				t.Errorf("%s that a source sent: changed %d, deleted %d", kind, a.status, b.status)
			}
			w.same(kind, g, w.get("amina", "/"+kind+"/"+id))
		}
		// Who wrote it, and what it is about for sharing, is not for a program to say.
		g := w.want(w.ask("amina", "POST", "/Condition", `{"resourceType":"Condition","code":{"text":"Sore knee"},"recorder":{"display":"Dr Who"},
			"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}],"tag":[{"code":"x"}],"lastUpdated":"2001-01-01T00:00:00Z"},
			"subject":{"reference":"Patient/`+w.id("amina")+`"}}`), 201, "create")
		if strings.Contains(g.body, "Dr Who") || strings.Contains(g.body, `"HIV"`) || strings.Contains(g.body, `"2001-`) || !strings.Contains(g.body, `"recorder":{"display":"Amina Yusuf"}`) {
			t.Error("a program says who wrote it:", g.body)
		}
		at := "/Condition/" + g.json["id"].(string)
		changed := strings.Replace(strings.Replace(g.body, "Amina Yusuf", "Dr Who", 1), `"meta":{`, `"meta":{"security":[{"code":"R"}],"tag":[{"code":"x"}],`, 1)
		g = w.want(w.ask("amina", "PUT", at, changed, "If-Match", g.header.Get("ETag")), 200, "update")
		if strings.Contains(g.body, "Dr Who") || strings.Contains(g.body, `"R"`) || strings.Contains(g.body, `"tag"`) {
			t.Error("a program says who wrote it, later:", g.body)
		}
		// Her daughter sees it and does not change it, nor does her doctor.
		for _, who := range []string{"leila", "priya"} {
			seen := w.get(who, at)
			if seen.status != 200 {
				continue
			}
			w.want(w.ask(who, "PUT", at, g.body, "If-Match", g.header.Get("ETag")), 403, who)
			w.want(w.ask(who, "DELETE", at, "", "If-Match", g.header.Get("ETag")), 403, who)
		}
		for _, kind := range []string{"Patient", "Consent", "Provenance", "Person"} {
			w.want(w.ask("amina", "POST", "/"+kind, `{"resourceType":"`+kind+`"}`), 405, kind)
		}
	})
}

func TestAHundredWhoMakeTheSameMakeItOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		body := walk(w.id("amina"), `,"identifier":[{"system":"urn:app","value":"42"}]`)
		var all sync.WaitGroup
		var mu sync.Mutex
		counts := map[int]int{}
		for range 100 {
			all.Go(func() {
				g := w.ask("amina", "POST", "/Observation", body, "If-None-Exist", "identifier=urn:app|42")
				mu.Lock()
				defer mu.Unlock()
				counts[g.status]++
			})
		}
		all.Wait()
		g := w.get("amina", "/Observation?identifier=urn:app|42")
		if counts[201] != 1 || counts[200] != 99 || len(resources(g)) != 1 {
			t.Error(counts, len(resources(g)))
		}
		for _, bad := range []string{"patient=" + w.id("amina"), "x=y", "_count=1", "subject:Patient.name=x", ""} {
			if bad == "" {
				continue
			}
			w.want(w.ask("amina", "POST", "/Observation", body, "If-None-Exist", bad), 400, bad)
		}
		w.ask("amina", "POST", "/Observation", body)
		w.want(w.ask("amina", "POST", "/Observation", body, "If-None-Exist", "identifier=urn:app|42"), 412, "two that it may be")
		for want, has := range map[string]string{"minimal": "", "OperationOutcome": "OperationOutcome", "representation": "Steps"} {
			g := w.ask("amina", "POST", "/Observation", walk(w.id("amina"), ""), "Prefer", "return="+want)
			if g.status != 201 || g.header.Get("ETag") == "" || has == "" && g.body != "" || !strings.Contains(g.body, has) {
				t.Error(want, fmt.Sprint(g))
			}
		}
	})
}

func TestAConditionThatWhatIsHiddenMeetsIsMetByNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		note := func(n string) string {
			return walk(w.id("amina"), `,"identifier":[{"system":"urn:app","value":"`+n+`"}]`)
		}
		shown := w.want(w.ask("amina", "POST", "/Observation", note("shown")), 201, "create")
		hidden := w.want(w.ask("amina", "POST", "/Observation", note("hidden")), 201, "create")
		w.hide("amina", hidden.json["id"].(string), consent.SexualHealth)
		if g := w.get("priya", "/Observation/"+hidden.json["id"].(string)); g.status != 404 {
			t.Fatal("she sees it:", g.status)
		}
		ask := func(n string) got {
			return w.ask("priya", "POST", "/Observation", note(n), "If-None-Exist", "identifier=urn:app|"+n)
		}
		if g := w.want(ask("shown"), 200, "what she sees"); g.json["id"] != shown.json["id"] {
			t.Error("another entry answers")
		}
		made, never := w.want(ask("hidden"), 201, "what is hidden from her"), w.want(ask("never"), 201, "what never was")
		if made.json["id"] == hidden.json["id"] || len(made.body) != len(strings.Replace(never.body, "never", "hidden", 1)) {
			t.Error("what is hidden answers otherwise than what never was")
		}
		for n, want := range map[string]int{"hidden": 200, "never": 200} { // again: what she made herself
			w.want(ask(n), want, "again "+n)
		}
	})
}
