package fhirapi_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fhir"
	identity "onestory/internal/id"
	"onestory/internal/record"
)

func fresh(w *world) identity.Entry { return identity.New(int64(w.person("amina"))) }

const canary = "zyzzyvaquokka"

// keep writes an entry of somebody's as themselves, and returns its id.
func (w *world) keep(who, json string) string {
	w.Helper()
	g := w.want(w.ask(who, "POST", "/"+kindOf(w, json), strings.ReplaceAll(json, "%", w.id(who))), 201, "to write an entry")
	return g.json["id"].(string)
}

func kindOf(w *world, json string) string {
	d := new(fhir.Doc)
	if err := fhir.Parse([]byte(json), d); err != nil {
		w.Fatal(err)
	}
	return d.Type()
}

// hide marks an entry as about what nobody is told of.
func (w *world) hide(who, entry string, labels consent.Labels) {
	w.Helper()
	e, err := w.house.Door.EntryID(entry)
	if err != nil {
		w.Fatal(err)
	}
	w.as(who, func(v record.View) error { return v.Mark(e, labels, "", 0) })
}

func TestWhatIsHiddenIsNowhereInAnyAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		about := "/Observation?patient=" + w.id("amina")
		before := w.get("priya", about+"&_summary=count").json["total"].(float64)
		secret := w.keep("amina", `{"resourceType":"Encounter","status":"finished","class":{"code":"AMB","display":"`+canary+`"},"subject":{"reference":"Patient/%"}}`)
		result := w.keep("amina", `{"resourceType":"Observation","status":"final","code":{"text":"`+canary+`"},"valueString":"`+canary+`","subject":{"reference":"Patient/%"}}`)
		shown := w.keep("amina", `{"resourceType":"Observation","status":"final","code":{"text":"Steps"},"subject":{"reference":"Patient/%"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">`+canary+`</div>"},
			"encounter":{"reference":"Encounter/`+secret+`","display":"`+canary+`"}}`)
		w.hide("amina", secret, consent.Adoption)
		w.hide("amina", result, consent.Adoption)
		if g := w.get("amina", "/Encounter/"+secret); !strings.Contains(g.body, canary) {
			t.Fatal("she does not see her own")
		}
		never := w.house.Door.EntryText(fresh(w))
		for _, who := range []string{"priya", "tom", "leila", "grace"} {
			q := func(more string) string { return about + "&" + more }
			for _, at := range []string{
				"/Observation/" + shown, "/Observation/" + result, "/Encounter/" + secret, "/Encounter/" + secret + "/_history", about,
				q("_include=*"), q("_include=Observation:has-member"), q("_include=Observation:encounter&_include:iterate=*"), q("_revinclude=*"),
				q("_revinclude=Observation:has-member"), q("_elements=code,hasMember"), q("_summary=text"), q("_summary=data"), q("_summary=true"),
				q("_sort=-date"), q("code:text=" + canary), q("has-member=Observation/" + result), q("encounter=Encounter/" + secret),
				q("code:not=x"), q("value-string=" + canary), q("has-member:missing=false"), q("_id=" + result), q("_security:missing=false"),
				"/Encounter?patient=" + w.id("amina"), "/Patient/" + w.id("amina") + "/$everything", "/Patient/" + w.id("amina") + "/*",
				"/_history?patient=" + w.id("amina"), "/Encounter/_history?patient=" + w.id("amina"), "/Observation/" + shown + "/_history",
			} {
				g := w.get(who, at)
				_, told, isBundle := strings.Cut(g.body, `"entry":`) // before it is what was asked
				if !isBundle && g.json["resourceType"] != "Bundle" {
					told = g.body
				}
				if strings.Contains(told, canary) || strings.Contains(told, secret) || strings.Contains(told, result) {
					t.Fatalf("%s sees at %s what is hidden: %s", who, at, g.body)
				}
			}
			for _, term := range []string{"_id=%", "has-member=Observation/%", "encounter=Encounter/%"} {
				a, b := w.get(who, q(strings.Replace(term, "%", result, 1))), w.get(who, q(strings.Replace(term, "%", never, 1)))
				w.same(who+" "+term, a, b, result, "ID", never, "ID")
			}
		}
		// What she may see is counted: one more than before.
		for _, more := range []string{"_summary=count", "_count=0", "_count=1&_total=accurate", "_count=1&_total=estimate"} {
			if n := w.get("priya", about+"&"+more).json["total"].(float64); n != before+1 {
				t.Errorf("%s: %v, not %v", more, n, before+1)
			}
		}
		if g := w.get("priya", about+"&_total=none&_count=1"); g.json["total"] != nil {
			t.Error("a total that nobody asked for")
		}
	})
}

func TestAMaskedViewSaysSoByKindAndPurposeAndIsNotSavedBack(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		marked := func(m map[string]any, list, code string) bool {
			meta, _ := m["meta"].(map[string]any)
			all, _ := meta[list].([]any)
			for _, c := range all {
				if c.(map[string]any)["code"] == code {
					return true
				}
			}
			return false
		}
		for who, masked := range map[string]bool{"amina": false, "priya": true, "leila": true, "tom": true} {
			for _, at := range []string{"/Patient/" + w.id("amina") + "/$everything", "/Observation?patient=" + w.id("amina")} {
				g := w.want(w.get(who, at), 200, at)
				if marked(g.json, "security", "REDACTED") != masked {
					t.Errorf("%s at %s: the bundle is not marked as it should be", who, at)
				}
				for _, r := range resources(g) {
					if personal := r["subject"] != nil || r["resourceType"] == "Patient"; personal && marked(r, "security", "REDACTED") != masked {
						t.Errorf("%s: %s is not marked as it should be", who, r["resourceType"])
					}
					if masked && r["text"] != nil {
						t.Error("a narrative is shown that nobody judged")
					}
				}
			}
		}
		id := w.keep("amina", walk(w.id("amina"), `,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"note":[{"text":"x"}]`))
		at := "/Observation/" + id
		for _, part := range []string{"?_elements=note", "?_summary=text", "?_summary=data", "?_summary=true"} {
			g := w.want(w.get("amina", at+part), 200, part)
			if !marked(g.json, "tag", "SUBSETTED") || g.json["status"] == nil || part == "?_elements=note" && (g.json["text"] != nil || g.json["note"] == nil) || part == "?_summary=data" && g.json["text"] != nil || part == "?_summary=text" && g.json["text"] == nil {
				t.Errorf("%s: %s", part, g.body)
			}
			w.want(w.ask("amina", "PUT", at, g.body, "If-Match", g.header.Get("ETag")), 422, "to save a part in place of the whole")
		}
		if g := w.get("priya", at); g.status == 200 {
			w.want(w.ask("priya", "PUT", at, g.body, "If-Match", g.header.Get("ETag")), 422, "to save a masked view back")
			bare := strings.Replace(g.body, `"REDACTED"`, `"N"`, 1)
			w.want(w.ask("priya", "PUT", at, bare, "If-Match", g.header.Get("ETag")), 403, "to save a masked view back without its mark")
		}
		if g := w.get("amina", at); !strings.Contains(g.body, "<div") && !strings.Contains(g.body, "div") {
			t.Error("something was lost:", g.body)
		}
	})
}

func TestEachPageIsJudgedAnewAndItsLinkSaysNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		about := "/Observation?patient=" + w.id("amina")
		whole := w.get("priya", about+"&_count=1000&_sort=-date,code")
		var want, is []string
		for _, r := range resources(whole) {
			want = append(want, r["id"].(string))
		}
		first := w.get("priya", about+"&_count=7&_sort=-date,code")
		next := link(first, "next")
		if next == "" || strings.Contains(next, w.id("amina")) || strings.Contains(next, "date") {
			t.Error("a link to a page tells what is searched for:", next)
		}
		for g := first; ; g = w.want(w.get("priya", link(g, "next")), 200, "a page") {
			for _, r := range resources(g) {
				is = append(is, r["id"].(string))
			}
			if link(g, "next") == "" || len(is) > len(want) {
				break
			}
		}
		if strings.Join(is, " ") != strings.Join(want, " ") {
			t.Errorf("%d on pages, %d in all", len(is), len(want))
		}
		// Whoever else has the link is judged as themselves.
		if g := w.get("marcus", next); len(resources(g)) != 0 {
			t.Error("a link shows somebody else's entries")
		}
		for _, bad := range []string{next[:len(next)-2], strings.Replace(next, "/Observation", "/Condition", 1), "/Observation?_cursor=" + strings.Repeat("A", 80)} {
			w.want(w.get("priya", bad), 400, "a link that is not ours")
		}
		// What is hidden meanwhile is gone from the next page, and the rest goes on.
		w.hide("amina", want[7], consent.Adoption)
		w.hide("amina", want[6], consent.Adoption)
		var then []string
		for _, r := range resources(w.get("priya", next)) {
			then = append(then, r["id"].(string))
		}
		if len(then) == 0 || then[0] != want[8] {
			t.Error("the next page does not go on where the last ended")
		}
		// And when the team is out, there is nobody.
		actor, err := w.house.Accounts.As(context.Background(), "amina")
		if err != nil {
			t.Fatal(err)
		}
		err = w.house.Door.With(context.Background(), actor, consent.Own, w.person("amina"), func(v record.View) error {
			for _, m := range v.Members() {
				if m.Until == clock.Never || m.Until > v.Now() {
					if err := v.End(m.ID); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if g := w.get("priya", next); len(resources(g)) != 0 {
			t.Error("a link outlives what it was allowed by")
		}
		w.want(w.get("priya", "/Patient/"+w.id("amina")+"/$everything"), 404, "everything of somebody who ended it")
	})
}

func TestASearchKnowsEveryParameterOfEveryType(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		n := 0
		var all sync.WaitGroup
		asking := make(chan bool, 8)
		for _, r := range list(list(w.get("", "/metadata").json, "rest")[0].(map[string]any), "resource") {
			m := r.(map[string]any)
			for _, p := range list(m, "searchParam") {
				p := p.(map[string]any)
				value := map[string]string{"token": "x", "string": "x", "date": "ge2020", "number": "1", "quantity": "1", "reference": "Patient/1", "uri": "http://x", "composite": ""}[p["type"].(string)]
				at := "/" + m["type"].(string) + "?_summary=count&" + p["name"].(string) + ":missing=true"
				if value != "" && p["name"] != "patient" && p["name"] != "subject" {
					at = "/" + m["type"].(string) + "?_summary=count&" + p["name"].(string) + "=" + url.QueryEscape(value)
				}
				asking <- true
				all.Go(func() {
					if g := w.get("amina", at, "Prefer", "handling=strict"); g.status != 200 {
						t.Errorf("%s: %d %.200s", at, g.status, g.body)
					}
					<-asking
				})
				n++
			}
		}
		all.Wait()
		if n < 1000 {
			t.Errorf("only %d parameters are there", n)
		}
		a := w.get("amina", "/Observation?code:text=blood&_sort=-date&_count=5")
		b := w.ask("amina", "POST", "/Observation/_search", "code%3Atext=blood&_sort=-date&_count=5", "Content-Type", "application/x-www-form-urlencoded")
		if len(resources(a)) != len(resources(b)) || link(a, "self") != link(b, "self") {
			t.Error("a search that is posted finds something else")
		}
		inside := w.get("amina", "/Patient/"+w.id("amina")+"/Observation?code:text=blood&_summary=count")
		if inside.json["total"] != a.json["total"] {
			t.Error("a compartment holds something else")
		}
	})
}
