package form_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onestory/internal/fault"
	"onestory/internal/text"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

func goal() *form.Form {
	return form.Of("Add what matters to you",
		form.Field{Name: "words", Path: "description.text", Label: "What matters to you", Hint: "For example, walk to the park", As: form.Textarea, Max: 20},
		form.Field{Name: "when", Path: "target[0].dueDate", Label: "By when", As: form.Date},
		form.Field{Name: "who", Label: "Who helps", As: form.Radios, Options: []form.Option{{Value: "me", Label: "Me"}, {Value: "nurse", Label: "My nurse"}}},
		form.Field{Name: "days", Label: "Which days", As: form.Checkboxes, Options: []form.Option{{Value: "mon", Label: "Monday"}, {Value: "fri", Label: "Friday"}}},
		form.Field{Name: "version", As: form.Hidden, Value: "3"},
	)
}

func posted(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/me/goals?words=from+the+address", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func shown(t *testing.T, f *form.Form, lang string) string {
	t.Helper()
	var b strings.Builder
	p := ui.Page{Words: text.For("", lang), Whose: ui.Own, Style: "/assets/style.css"}
	if err := f.Page(p).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReading(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, field string
		want              string
		problem           string
	}{
		{"words are kept without the space around them", "words=+Walk%0D%0Afar+", "words", "Walk\nfar", ""},
		{"what stands in the address is no answer", "", "words", "", ""},
		{"a choice that was offered is taken", "who=nurse", "who", "nurse", ""},
		{"a choice that was not offered reads as none", "who=king", "who", "", ""},
		{"ticks come in the order they were offered", "days=fri&days=mon&days=sun", "days", "mon,fri", ""},
		{"a whole date is written in one way", "when-day=3&when-month=1&when-year=2026", "when", "2026-01-03", ""},
		{"a date left empty is none", "when-day=&when-month=+&when-year=", "when", "", ""},
		{"a day that there is not is refused and kept", "when-day=31&when-month=2&when-year=2026", "when", "2026-02-31", "By when must be a real date, such as 3 11 2026"},
		{"half a date is refused and kept", "when-day=3&when-month=&when-year=2026", "when", "2026--3", "By when must be a real date, such as 3 11 2026"},
		{"letters in a date are refused", "when-day=x&when-month=1&when-year=2026", "when", "2026-1-x", "By when must be a real date, such as 3 11 2026"},
		{"an answer that is too long is refused and kept", "words=" + strings.Repeat("a", 21), "words", strings.Repeat("a", 21), "What matters to you must be 20 characters or less"},
		{"length is counted in characters, not bytes", "words=" + url.QueryEscape(strings.Repeat("é", 20)), "words", strings.Repeat("é", 20), ""},
		{"a NUL is left out", "words=a%00b", "words", "ab", ""},
		{"bytes that are not text do not get in", "words=a%FFb", "words", "a\uFFFDb", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := goal()
			err := f.Read(posted(c.body))
			got := f.Value(c.field)
			if c.field == "days" {
				got = strings.Join(f.Values(c.field), ",")
			}
			if got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
			if f.Took(err) != (c.problem != "") || f.Field(c.field).Error != c.problem {
				t.Errorf("problem %q, want %q", f.Field(c.field).Error, c.problem)
			}
		})
	}
}

func TestABodyOverTheLimitIsAnsweredPlainly(t *testing.T) {
	t.Parallel()
	f := goal()
	f.Limit = 1000
	err := f.Read(posted("words=" + strings.Repeat("a", 1000)))
	if !errors.Is(err, fault.Invalid) || !f.Took(err) {
		t.Fatalf("got %v, want an answer", err)
	}
	if page := shown(t, f, "en"); !strings.Contains(page, "What you sent is too long for us to take") {
		t.Error("the page does not say that it was too long")
	}
}

func TestProblemsLieBesideTheirFields(t *testing.T) {
	t.Parallel()
	problem := func(path string) error {
		return &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: path, Say: "Enter what matters to you"}}}
	}
	tests := []struct {
		name  string
		err   error
		took  bool
		field string // "" when it is for the summary alone
	}{
		{"by the path of the rule", problem("description.text"), true, "words"},
		{"with the type before it", problem("Goal.description.text"), true, "words"},
		{"with a place in a list", problem("Goal.target[2].dueDate"), true, "when"},
		{"by the name of the field", problem("who"), true, "who"},
		{"a path that no field claims goes into the summary", problem("Goal.subject"), true, ""},
		{"a hidden field claims nothing, for nobody could see it", problem("version"), true, ""},
		{"an answer without problems goes into the summary", fault.New(fault.Invalid, "Enter what matters to you"), true, ""},
		{"a refusal is not about the answers", fault.New(fault.Refused, "Only Amina can"), false, ""},
		{"a clash is not about the answers", fault.Stale, false, ""},
		{"nothing wrong is nothing taken", nil, false, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := goal()
			if got := f.Took(c.err); got != c.took {
				t.Fatalf("took %v, want %v", got, c.took)
			}
			page := shown(t, f, "en")
			inSummary := strings.Contains(page, "nhsuk-error-summary")
			if inSummary != c.took || strings.Contains(page, "<title>Error: ") != c.took {
				t.Errorf("summary %v, want summary and title to say %v", inSummary, c.took)
			}
			if c.field == "" {
				return
			}
			link := `<a href="#` + c.field
			if c.field == "when" {
				link += "-day"
			}
			for _, want := range []string{link + `">`, `id="` + c.field + `-error"`, c.field + `-error"`} {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
		})
	}
}

func TestTwoProblemsOfOneFieldAreBothTold(t *testing.T) {
	t.Parallel()
	f := goal()
	f.Took(&fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: "words", Say: "Enter one."}, {Path: "words", Say: "Enter two."}}})
	page := shown(t, f, "en")
	for _, want := range []string{"Enter one.", "Enter two."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestWhatWasTypedIsKeptAndEscaped(t *testing.T) {
	t.Parallel()
	f := goal()
	err := f.Read(posted("words=" + url.QueryEscape("</textarea><b>") + "&who=me&days=fri&when-day=31&when-month=2&when-year=2026&version=4"))
	f.Took(err)
	page := shown(t, f, "en-XA")
	for _, want := range []string{"\n&lt;/textarea&gt;&lt;b&gt;</textarea>", `value="me" checked`, `value="fri" checked`, `value="31"`, `name="version" value="4"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "must be a real date") {
		t.Error("our own sentence is not in the reader's language")
	}
}

func TestASingleQuestionIsTheHeading(t *testing.T) {
	t.Parallel()
	for _, as := range []form.As{form.Text, form.Textarea, form.Radios, form.Checkboxes, form.Date, form.Select} {
		f := form.Of("What is wrong?", form.Field{Name: "what", As: as, Options: []form.Option{{Value: "a", Label: "A"}}})
		page := shown(t, f, "en")
		if n := strings.Count(page, "<h1"); n != 1 {
			t.Errorf("asked as %d: %d main headings", as, n)
		}
		if strings.Count(page, `id="what`) < 1 {
			t.Errorf("asked as %d: nothing for the summary to link to", as)
		}
	}
	if n := strings.Count(shown(t, goal(), "en"), "<h1"); n != 1 {
		t.Errorf("several questions: %d main headings", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("words=a&when-day=1&when-month=2&when-year=2026&days=mon")
	f.Add("%zz=;;&words=%00%ff")
	f.Fuzz(func(t *testing.T, body string) {
		form := goal()
		err := form.Read(posted(body))
		if err != nil && !form.Took(err) {
			t.Fatalf("not an answer: %v", err)
		}
		if v := form.Value("words"); strings.ContainsRune(v, 0) {
			t.Fatal("a NUL got in")
		}
		if v := form.Value("who"); !slices.Contains([]string{"", "me", "nurse"}, v) {
			t.Fatal("a choice that was not offered got in")
		}
	})
}

// sent is a request as a browser sends a form with a file.
func sent(t *testing.T, words string, file []byte, parts int) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for range parts {
		if err := w.WriteField("words", words); err != nil {
			t.Fatal(err)
		}
	}
	to, err := w.CreateFormFile("file", "../../etc/passwd")
	if err == nil {
		_, err = to.Write(file)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func TestAFileIsTakenAsFarAsItMayGoAndTheWordsBesideItStay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says  string
		r     *http.Request
		words string
		data  int
		wrong string
	}{
		{"as large as it may be", sent(t, "My dog", make([]byte, 1<<20), 1), "My dog", 1 << 20, ""},
		{"a byte too large", sent(t, "My dog", make([]byte, 1<<20+1), 1), "My dog", 0, "This file is larger than 1 MB. Choose a smaller one."},
		{"none", sent(t, "My dog", nil, 1), "My dog", 0, ""},
		{"words without end", sent(t, strings.Repeat("x", 300<<10), nil, 1), "", 0, "What you sent is too long for us to take. Shorten it, or call us."},
		{"parts without end", sent(t, "x", nil, 300), "", 0, "We could not read what you sent. Go back and send it again."},
		{"cut short", func() *http.Request {
			r := sent(t, "My dog", nil, 1)
			r.Body = io.NopCloser(io.LimitReader(r.Body, 200))
			return r
		}(), "", 0, "We could not read what you sent. Go back and send it again."},
		{"as a draft comes", func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("words=My+dog"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		}(), "My dog", 0, ""},
	} {
		f := form.Of("Add", form.Field{Name: "words", Label: "Words"}, form.Field{Name: "file", Label: "File", As: form.File, Max: 1 << 20})
		err := f.Read(c.r)
		said := ""
		for _, p := range fault.Problems(err) {
			said = p.Say
		}
		if said != c.wrong || f.Value("words") != c.words || len(f.Field("file").Data) != c.data {
			t.Errorf("%s: %v %q, %q and %d bytes", c.says, err, said, f.Value("words"), len(f.Field("file").Data))
		}
	}
}
