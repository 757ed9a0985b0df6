package script

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"onestory/internal/app"
	"onestory/internal/importer"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
)

// writesAll is a plan with one piece in every part, each with words that stand nowhere
// else: "heading-" and the part's code.
func writesAll() string {
	text := "as marcus\n"
	for _, part := range plan.Parts() {
		text += "post /me/plan/" + part.Code + "/write\n"
		for _, q := range part.Asks {
			switch q.As {
			case plan.Words, plan.Line:
				text += "\t" + q.Code + "=heading-" + part.Code + " " + q.Code + "\n"
			case plan.Who:
				text += "\twho=other\n\tname=Joy\n"
			case plan.Day:
				text += "\t" + q.Code + "-day=1\n\t" + q.Code + "-month=3\n\t" + q.Code + "-year=2099\n"
			}
		}
		text += "redirect *\n"
	}
	return text + "get /me/plan\npress Make this a new version to agree\nredirect /me/plan\n"
}

// everythingOf is all that a program of somebody's is given about them, as one Bundle.
func everythingOf(t *testing.T, house *app.House, who string) map[string]any {
	t.Helper()
	served := house.Handler(house.Pages(app.Edge{Demo: true, Origin: "http://localhost"}))
	actor, err := house.Accounts.As(context.Background(), who)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{"resourceType": "Bundle", "type": "collection"}
	var entries []any
	next := "/fhir/Patient/" + house.Door.Text(person.ID(actor.Person)) + "/$everything"
	for next != "" {
		r := httptest.NewRequest(http.MethodGet, next, nil)
		r.Header.Set("Authorization", "Bearer demo-"+who)
		w := httptest.NewRecorder()
		served.ServeHTTP(w, r)
		var page struct {
			Entry []any
			Link  []struct{ Relation, URL string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatal(w.Code, err, w.Body.String())
		}
		entries, next = append(entries, page.Entry...), ""
		for _, l := range page.Link {
			if l.Relation == "next" {
				next = l.URL[strings.Index(l.URL, "/fhir/"):]
			}
		}
	}
	all["entry"] = entries
	return all
}

// anonymous takes all from what was sent that only a system like this one knows: tags,
// extensions and the ids of questions.
func anonymous(v any) {
	switch v := v.(type) {
	case map[string]any:
		if meta, ok := v["meta"].(map[string]any); ok {
			delete(meta, "tag")
		}
		if _, ok := v["linkId"]; ok {
			v["linkId"] = "q" + strconv.Itoa(len(v))
		}
		delete(v, "extension")
		delete(v, "_questionnaire")
		for _, x := range v {
			anonymous(x)
		}
	case []any:
		for _, x := range v {
			anonymous(x)
		}
	}
}

func TestAPlanThatGoesToAnotherAreaIsFoundUnderTheSameHeadings(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		from := area(t, place())
		Play(t, from, "writesAll", writesAll())
		sent := everythingOf(t, from, "marcus")
		referred(t, sent)
		for _, how := range []string{"as it is sent", "with nothing that only we know"} {
			if how != "as it is sent" {
				anonymous(sent)
			}
			file := filepath.Join(t.TempDir(), "plan.json")
			text, err := json.Marshal(sent)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			found(t, place(), how, file)
		}
	})
}

// referred looks whether the CarePlan leads to a piece of each part, with its heading.
func referred(t *testing.T, sent map[string]any) {
	t.Helper()
	for _, e := range sent["entry"].([]any) {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(text); strings.Contains(s, `"resourceType":"CarePlan"`) && strings.Contains(s, `"code":"version"`) {
			for _, h := range plan.Headings() {
				if h.Ask == "" && !strings.Contains(s, `"display":"`+h.Names[0]+`"`) {
					t.Errorf("the plan that is sent leads to nothing under %q", h.Names[0])
				}
			}
			return
		}
	}
	t.Error("no plan is sent")
}

// found imports a plan where nobody is known, and looks for each piece under its part.
func found(t *testing.T, place, how, file string) {
	t.Helper()
	ctx := context.Background()
	c := app.Config{Data: t.TempDir(), Database: place}
	to, err := app.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := to.Close(); err != nil {
			t.Error(err)
		}
	}()
	var report strings.Builder
	if _, err := importer.Import(ctx, to.Door, to.Directory, to.Spec, importer.Options{Source: "The other area", Report: &report}, file); err != nil {
		t.Fatal(err)
	}
	people := 0
	err = to.Door.Everyone(ctx, func(p person.ID) error {
		people++
		return to.Door.Export(ctx, "test", p, func(v record.View) error {
			all, err := plan.Others(v, to.Door.EntryText, to.Door.EntryID)
			if err != nil {
				return err
			}
			told, err := plan.Elsewhere(v)
			for _, part := range plan.Parts() {
				for _, q := range part.Asks {
					want := "heading-" + part.Code + " " + q.Code
					ok := part.About() && (told[part.Code].Words == want || q.Code != "words") || q.As != plan.Words && q.As != plan.Line
					for _, x := range all {
						ok = ok || x.Part == part && (x.Said[q.Code] == want || how != "as it is sent" && strings.Contains(x.Said[q.Code], want))
						if x.Part != part && strings.Contains(x.Said[q.Code], want) {
							t.Errorf("%s: what stood under %s stands under %s", how, part.Code, x.Part.Code)
						}
					}
					if !ok {
						t.Errorf("%s: %s of %s is not found", how, q.Code, part.Code)
					}
				}
			}
			for _, x := range all {
				if x.Part.Code == "action" && strings.HasPrefix(x.Said["words"], "heading-") && (x.Said["who"] != "Joy" || x.Said["when"] != "2099-03-01") {
					t.Errorf("%s: the action is %v", how, x.Said)
				}
			}
			return err
		})
	})
	if err != nil || people != 1 {
		t.Fatal(people, err, report.String())
	}
}
