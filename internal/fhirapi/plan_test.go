package fhirapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// planKinds are the types that plans, work and circles are made of, each with the least
// that one of them says. % is whom it is about.
var planKinds = map[string]string{
	"CarePlan":              `"status":"active","intent":"plan","title":"words","subject":{"reference":"Patient/%"}`,
	"Goal":                  `"lifecycleStatus":"active","description":{"text":"words"},"subject":{"reference":"Patient/%"}`,
	"CareTeam":              `"status":"active","name":"words","subject":{"reference":"Patient/%"}`,
	"Task":                  `"status":"requested","intent":"order","description":"words","for":{"reference":"Patient/%"}`,
	"ServiceRequest":        `"status":"active","intent":"order","code":{"text":"words"},"subject":{"reference":"Patient/%"}`,
	"RelatedPerson":         `"active":true,"name":[{"text":"words"}],"patient":{"reference":"Patient/%"}`,
	"QuestionnaireResponse": `"status":"completed","item":[{"linkId":"1","answer":[{"valueString":"words"}]}],"subject":{"reference":"Patient/%"}`,
	"DocumentReference":     `"status":"current","description":"words","content":[{"attachment":{"contentType":"text/plain","data":"d29yZHM="}}],"subject":{"reference":"Patient/%"}`,
}

func TestOfWhatPlansAreMadeOfNobodyWritesAnybodyElses(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		hers, his := w.id("amina"), w.id("marcus")
		for kind, rest := range planKinds {
			about := func(whom, more string) string {
				return `{"resourceType":"` + kind + `",` + more + strings.Replace(rest, "%", whom, 1) + `}`
			}
			g := w.want(w.ask("amina", "POST", "/"+kind, about(hers, "")), 201, kind+" of her own")
			id := g.json["id"].(string)
			at := "/" + kind + "/" + id
			mine := w.get("amina", at)
			before := len(resources(w.get("amina", at+"/_history")))

			// Somebody who is nothing to her: to write about her, in her entry's place or
			// upon it is like nothing, whatever else is said of it.
			never := w.house.Door.EntryText(fresh(w))
			tag := mine.header.Get("ETag")
			w.same(kind+" put", w.ask("marcus", "PUT", at, about(hers, `"id":"`+id+`",`), "If-Match", tag),
				w.ask("marcus", "PUT", "/"+kind+"/"+never, about(hers, `"id":"`+never+`",`), "If-Match", tag), id, never)
			w.same(kind+" deleted", w.ask("marcus", "DELETE", at, "", "If-Match", tag), w.ask("marcus", "DELETE", "/"+kind+"/"+never, "", "If-Match", tag), id, never)
			if g := w.ask("marcus", "POST", "/"+kind, about(hers, "")); g.status < 400 {
				t.Errorf("%s about her is taken of him: %d", kind, g.status)
			}
			// Her entry's id in his: it gets one of its own, or is refused.
			if g := w.ask("marcus", "POST", "/"+kind, about(his, `"id":"`+id+`",`)); g.status == 201 && g.json["id"] == id || g.status != 201 && g.status != 400 && g.status != 422 {
				t.Errorf("%s with her entry's id: %d", kind, g.status)
			}
			// By a condition, or many at once, nothing is written at all.
			for _, where := range []string{"/" + kind + "?status=active", "/" + kind + "?_id=" + id} {
				for _, method := range []string{"DELETE", "PUT"} {
					if g := w.ask("amina", method, where, about(hers, "")); g.status < 400 {
						t.Errorf("%s %s: %d", method, where, g.status)
					}
				}
			}
			both := `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"` + kind + `"},"resource":` + about(his, "") + `},{"request":{"method":"DELETE","url":"` + kind + "/" + id + `"}}]}`
			if g := w.ask("marcus", "POST", "", both); g.status < 400 {
				t.Errorf("a transaction with a foreign %s: %d", kind, g.status)
			}
			w.same(kind, mine, w.get("amina", at))
			if after := len(resources(w.get("amina", at+"/_history"))); after != before {
				t.Errorf("%s has %d versions, not %d", kind, after, before)
			}

			// What the server says of an entry, nobody else does.
			for _, more := range []string{
				`"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},`, `"meta":{"tag":[{"system":"urn:onestory:plan","code":"goal"}]},`,
				`"meta":{"lastUpdated":"2001-01-01T00:00:00Z"},`,
			} {
				g := w.ask("amina", "POST", "/"+kind, about(hers, more))
				if g.status == 201 && (strings.Contains(g.body, `"HIV"`) || strings.Contains(g.body, `"urn:onestory:plan"`) || strings.Contains(g.body, `"2001-`)) || g.status != 201 && g.status != 422 && g.status != 403 && g.status != 400 {
					t.Errorf("%s with %s: %d %s", kind, more, g.status, g.body)
				}
			}
		}
	})
}

func TestOfWhatPlansAreMadeOfOneIsMadeOnceHoweverManyAskAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for kind, rest := range planKinds {
			body := fmt.Sprintf(`{"resourceType":%q,"identifier":[{"system":"urn:app","value":"1"}],%s}`, kind, strings.Replace(rest, "%", w.id("amina"), 1))
			if kind == "QuestionnaireResponse" {
				body = strings.Replace(strings.Replace(body, "[{", "{", 1), "}]", "}", 1)
			}
			var all sync.WaitGroup
			var mu sync.Mutex
			counts := map[int]int{}
			for range 20 {
				all.Go(func() {
					g := w.ask("amina", "POST", "/"+kind, body, "If-None-Exist", "identifier=urn:app|1")
					mu.Lock()
					defer mu.Unlock()
					counts[g.status]++
				})
			}
			all.Wait()
			if counts[201] != 1 || counts[200] != 19 {
				t.Error(kind, counts)
			}
		}
	})
}
