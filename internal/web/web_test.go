package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/circle"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/text"
	"onestory/internal/web"
)

var ctx = context.Background()

// A world is the pages over a fresh database, with Amina, her daughter who acts for
// her, a nurse of her circle, a stranger and a planner.
type world struct {
	*testing.T
	door     *record.Door
	accounts *account.Accounts
	db       *db.DB
	clock    *clock.Clock
	site     http.Handler
	amina    person.ID
	address  string // Amina's, outside

	later atomic.Int64 // by how much it is later than it is, in nanoseconds
}

const canary = "kanarienvogel" // in the one thing that the nurse may not see

func resources() []string {
	letter := base64.StdEncoding.EncodeToString([]byte("Dear Amina, your heart is well."))
	page := base64.StdEncoding.EncodeToString([]byte("<script>alert(1)</script>"))
	return []string{
		`{"resourceType":"Patient","id":"1","name":[{"family":"Yusuf","given":["Amina"]}],"birthDate":"1951-07-14"}`,
		`{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/1"},"code":{"text":"Penicillin"},"recorder":{"display":"Dr Patel"}}`,
		`{"resourceType":"Condition","id":"h","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}],"text":"` + canary + `"}}`,
		`{"resourceType":"Condition","id":"d","subject":{"reference":"Patient/1"},"code":{"text":"<b>Diabetes</b>"}}`,
		`{"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Weight"},"valueQuantity":{"value":71.50,"unit":"kg"},"effectiveDateTime":"2026-01-01"}`,
		`{"resourceType":"Observation","id":"o2","status":"final","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Weight"},"valueQuantity":{"value":70,"unit":"kg"},"effectiveDateTime":"2026-02-01"}`,
		`{"resourceType":"DocumentReference","id":"l","status":"current","subject":{"reference":"Patient/1"},"description":"Clinic letter","content":[{"attachment":{"contentType":"text/plain","data":"` + letter + `"}},{"attachment":{"contentType":"text/html","data":"` + page + `"}}]}`,
	}
}

func each(t *testing.T, body func(w *world)) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		keys, err := id.NewKeys('a', make([]byte, 32))
		must(t, err)
		spec, err := fhir.Load()
		must(t, err)
		w := &world{T: t}
		c := clock.Fake(func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) })
		d := dbtest.Open(t, where, db.Options{Clock: c})
		w.accounts, w.db, w.clock = account.New(d, c), d, c
		w.door, err = record.Open(ctx, record.Options{DB: d, IDs: keys, Index: make([]byte, 32), Spec: spec, Clock: c, Standing: w.accounts.Standing})
		must(t, err)
		t.Cleanup(func() { must(t, w.door.Close()) })
		w.people()
		w.site = web.New(web.Parts{
			Door: w.door, Accounts: w.accounts, Demo: true,
			People: func() []web.DemoPerson {
				return []web.DemoPerson{{Who: "amina", Name: "Amina Yusuf", Is: "75", Find: "A letter"}}
			},
		}).Handler()
		body(w)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// receive is somebody of whom a practice sends these resources, the Patient first.
func (w *world) receive(resources ...string) person.ID {
	w.Helper()
	a := record.Arrival{Source: "Acton Practice"}
	for i, s := range resources {
		d := new(fhir.Doc)
		must(w, fhir.Parse([]byte(s), d))
		item := record.Item{Foreign: d.ID(), Doc: d, Updated: 1}
		if i == 0 {
			a.People = append(a.People, record.Newcomer{Foreign: d.ID(), Facts: record.FactsOf(d), Known: true})
		}
		for r := range d.References() {
			item.Refs = append(item.Refs, record.Ref{Value: r.Value, Item: 0, Type: r.Ref.Type, ID: r.Ref.ID})
		}
		a.Items = append(a.Items, item)
	}
	_, people, err := w.door.Receive(ctx, a)
	must(w, err)
	return people[0]
}

func (w *world) people() {
	w.Helper()
	w.amina = w.receive(resources()...)
	w.address = w.door.Text(w.amina)

	must(w, w.accounts.AddOrganisation(ctx, account.Organisation{ID: "trust", Name: "Community trust", Sector: consent.NHS}))
	for _, x := range []account.Account{
		{ID: "amina", Name: "Amina Yusuf", Person: w.amina, Role: "resident"},
		{ID: "leila", Name: "Leila Yusuf", Role: "carer"},
		{ID: "nia", Name: "Nia Jones", Role: "nurse", Organisation: "trust"},
		{ID: "stranger", Name: "Sam Stone", Role: "gp"},
		{ID: "chen", Name: "Chen Wei", Role: "planner"},
		{ID: "omar", Name: "Omar Said", Role: "operator"},
		{ID: "nadia", Name: "Nadia Rahman", Role: "privacy-officer"},
	} {
		must(w, w.accounts.Put(ctx, x))
	}
	own, err := w.accounts.As(ctx, "amina")
	must(w, err)
	must(w, w.door.With(ctx, own, consent.Own, w.amina, func(v record.View) error {
		for _, n := range []circle.Newcomer{
			{ID: "m1", Rule: "r1", Party: consent.Party{Level: consent.Individual, ID: "nia"}, Name: "Nia Jones", Role: "District nurse", Way: consent.NHS},
			{ID: "m2", Rule: "r2", Party: consent.Party{Level: consent.Individual, ID: "leila"}, Name: "Leila", Role: "carer", Shares: consent.General | consent.Medicines},
		} {
			if err := circle.Join(v, circle.Usual(), n); err != nil {
				return err
			}
		}
		return nil
	}))
}

// A visitor is somebody's browser.
type visitor struct {
	w     *world
	token string
}

func (w *world) as(who string) *visitor {
	w.Helper()
	if who == "" {
		return &visitor{w: w}
	}
	token, err := w.accounts.Begin(ctx, who, account.How{Strong: true})
	must(w, err)
	return &visitor{w, token}
}

func (v *visitor) do(method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	v.w.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://127.0.0.1:8080")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if v.token != "" {
		r.AddCookie(&http.Cookie{Name: "onestory", Value: v.token})
	}
	rec := httptest.NewRecorder()
	v.w.site.ServeHTTP(rec, r)
	return rec
}

// sees opens a page and returns it; the test fails unless the status is want.
func (v *visitor) sees(path string, want int) string {
	v.w.Helper()
	rec := v.do("GET", path, nil)
	if rec.Code != want {
		v.w.Errorf("%s answered %d, not %d", path, rec.Code, want)
	}
	return rec.Body.String()
}

func (v *visitor) posts(path string, form url.Values, want int) *httptest.ResponseRecorder {
	v.w.Helper()
	rec := v.do("POST", path, form)
	if rec.Code != want {
		v.w.Fatalf("POST %s answered %d, not %d: %s", path, rec.Code, want, rec.Body)
	}
	return rec
}

// entry is the address of one of Amina's entries below /record/.
func (w *world) entry(kind, what string) string {
	w.Helper()
	own, err := w.accounts.As(ctx, "amina")
	must(w, err)
	address := ""
	must(w, w.door.With(ctx, own, consent.Own, w.amina, func(v record.View) error {
		return v.All(kind, func(e record.Entry) error {
			if strings.Contains(string(e.Doc.Bytes()), what) {
				address = kind + "/" + w.door.EntryText(e.ID)
			}
			return nil
		})
	}))
	if address == "" {
		w.Fatalf("there is no %s with %s", kind, what)
	}
	return address
}

func TestWhatIsHiddenAndWhatIsNotThereAreOnePage(t *testing.T) {
	each(t, func(w *world) {
		base := "/people/" + w.address
		hidden := base + "/record/" + w.entry("Condition", canary)
		never := base + "/record/Condition/" + w.door.EntryText(id.Entry{Person: int64(w.amina), N: 12345})
		for _, c := range []struct {
			name, who string
			paths     []string
		}{
			{"a nurse who is refused one thing", "nia", []string{hidden, never, hidden + "/file/0", base + "/record/Condition/x", base + "/record/Condition/" + strings.TrimPrefix(w.entry("AllergyIntolerance", "Penicillin"), "AllergyIntolerance/"), base + "/record/nonsense", "/people/nonsense", "/me", "/for/" + w.address, "/nonsense"}},
			{"somebody outside the circle", "stranger", []string{base, base + "/record", hidden, never, "/people/nonsense", "/people/" + w.door.Text(12345), "/nonsense"}},
			{"a planner", "chen", []string{"/people", base, base + "/record", hidden, "/for/" + w.address, "/carer", "/me", "/me/access", "/nonsense"}},
			{"an operator", "omar", []string{"/people", base, "/for/" + w.address, "/me/record", "/nonsense"}},
			{"a privacy officer", "nadia", []string{"/people", base, base + "/record", "/nonsense"}},
			{"a carer, asking as a professional", "leila", []string{base, "/people", "/me", "/for/nonsense"}},
		} {
			v, first := w.as(c.who), ""
			for _, path := range c.paths {
				page := v.sees(path, http.StatusNotFound)
				if first == "" {
					first = page
				}
				if page != first {
					w.Errorf("%s: %s is told apart from %s", c.name, path, c.paths[0])
				}
			}
		}
	})
}

var links = regexp.MustCompile(`href="(/[^"]*)"`)

// Everybody walks to every page that links lead to, in English and in the two
// languages made for tests: each page renders, says whose it is, and has no id or
// place of a message in it.
func TestEveryPageRendersInEveryLanguage(t *testing.T) {
	raw := regexp.MustCompile(`\{\{|web\.[a-z]+\.[a-z]|(topic|sector)\.[a-z]`)
	each(t, func(w *world) {
		for _, start := range []struct{ who, path string }{
			{"", "/"}, {"amina", "/me"}, {"leila", "/carer"}, {"nia", "/people"}, {"chen", "/staff"}, {"omar", "/staff"}, {"nadia", "/staff"},
		} {
			v := w.as(start.who)
			for _, lang := range []string{"en", text.Long, text.Mirror} {
				seen, todo := map[string]bool{}, []string{start.path + "?lang=" + lang}
				for len(todo) > 0 {
					path := todo[0]
					todo = todo[1:]
					if seen[path] || strings.HasPrefix(path, "/assets/") {
						continue
					}
					seen[path] = true
					rec := v.do("GET", path, nil)
					page := rec.Body.String()
					if rec.Code != http.StatusOK {
						w.Errorf("%q in %s: %s answered %d", start.who, lang, path, rec.Code)
						continue
					}
					if h := rec.Header(); h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
						w.Errorf("%s may be kept, or may fetch from elsewhere", path)
					}
					if strings.Contains(path, "/file/") || strings.Contains(path, ".csv") {
						continue
					}
					if !strings.Contains(page, `lang="`+lang+`"`) {
						w.Errorf("%s is not in %s: a link lost the language", path, lang)
					}
					if m := raw.FindString(page); m != "" {
						w.Errorf("%s in %s shows %s", path, lang, m)
					}
					if strings.Contains(page, "<b>Diabetes") || strings.Contains(page, "<script>") {
						w.Errorf("%s lets what a source sent be markup", path)
					}
					if start.who == "nia" && strings.Contains(page, canary) {
						w.Errorf("%s shows what is withheld", path)
					}
					others := strings.HasPrefix(path, "/people") || strings.HasPrefix(path, "/for") || strings.HasPrefix(path, "/carer") || strings.HasPrefix(path, "/work")
					if others != strings.Contains(page, "one-fixed") {
						w.Errorf("%s: whether the fixed sentence is there is not as it must be", path)
					}
					for _, m := range links.FindAllStringSubmatch(page, -1) {
						if m[1] != "/" { // the name of the service, which the frame leads to the start
							todo = append(todo, strings.ReplaceAll(m[1], "&amp;", "&"))
						}
					}
				}
				if least := map[string]int{"amina": 25, "nia": 10, "leila": 9, "": 4}[start.who]; len(seen) < least {
					w.Errorf("%q in %s came to only %d pages", start.who, lang, len(seen))
				}
			}
		}
	})
}

func TestNobodySeesAnythingWhoIsNotSignedIn(t *testing.T) {
	each(t, func(w *world) {
		for _, path := range []string{"/me", "/me/record", "/me/sharing", "/me/access", "/carer", "/for/" + w.address, "/people", "/people/" + w.address, "/staff", "/me/download"} {
			if page := w.as("").sees(path, http.StatusUnauthorized); strings.Contains(page, "Amina") {
				w.Errorf("%s tells of Amina", path)
			}
		}
		v := w.as("nia")
		must(t, w.accounts.Put(ctx, account.Account{ID: "nia", Name: "Nia Jones", Role: "nurse", Organisation: "trust", Suspended: true}))
		v.sees("/people/"+w.address, http.StatusUnauthorized)
	})
}

func TestARefusalCountsInTheNextRequest(t *testing.T) {
	each(t, func(w *world) {
		amina, nia := w.as("amina"), w.as("nia")
		if page := nia.sees("/people/"+w.address, 200); !strings.Contains(page, "Penicillin") {
			t.Fatal("the nurse does not see the allergy to begin with")
		}
		answers := url.Values{"to": {"4.nia"}, "what": {"refuse"}, "topics": {"general"}, "long": {"always"}, "reason": {"<i>mine</i>"}}
		check := amina.posts("/me/sharing/check", answers, 200).Body.String()
		for _, want := range []string{"Nia Jones", "will not see these things", "&lt;i&gt;mine&lt;/i&gt;", `name="topics" value="general"`} {
			if !strings.Contains(check, want) {
				t.Errorf("the check does not say %q", want)
			}
		}
		if page := nia.sees("/people/"+w.address, 200); !strings.Contains(page, "Penicillin") {
			t.Error("checking has changed something")
		}
		amina.posts("/me/sharing/new", answers, http.StatusSeeOther)
		if page := nia.sees("/people/"+w.address, 200); strings.Contains(page, "Penicillin") {
			t.Error("the nurse still sees what was refused")
		}
		sharing := amina.sees("/me/sharing", 200)
		end := regexp.MustCompile(`/me/sharing/[^"/]+/end`).FindString(sharing[strings.Index(sharing, "You do not share"):])
		amina.sees(end, 200)
		amina.posts(end, url.Values{}, http.StatusSeeOther)
		if page := nia.sees("/people/"+w.address, 200); !strings.Contains(page, "Penicillin") {
			t.Error("the refusal ended and still counts")
		}
		amina.sees(end, http.StatusNotFound)
		nia.posts(end, url.Values{}, http.StatusNotFound)
	})
}

func TestAWrongAnswerIsKeptAndSaidBeside(t *testing.T) {
	each(t, func(w *world) {
		page := w.as("amina").posts("/me/sharing/check", url.Values{
			"to": {"1.anyone"}, "what": {"share"}, "long": {"date"}, "until-day": {"3"}, "until-month": {"x"}, "until-year": {"2020"}, "reason": {"Because I say"},
		}, http.StatusUnprocessableEntity).Body.String()
		for _, want := range []string{"Error: ", "must be a real date", "Because I say", `value="x"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not have %q", want)
			}
		}
		page = w.as("amina").posts("/me/sharing/check", url.Values{"to": {"1.anyone"}, "what": {"share"}}, http.StatusUnprocessableEntity).Body.String()
		for _, want := range []string{"Choose how long", "You cannot share with everyone", "Choose at least one topic"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	})
}

func TestStoppingQuietlyLeavesAnEmptyRecord(t *testing.T) {
	each(t, func(w *world) {
		amina, nia := w.as("amina"), w.as("nia")
		amina.posts("/me/circle/m1/stop", url.Values{}, http.StatusUnprocessableEntity)
		amina.posts("/me/circle/m1/stop", url.Values{"how": {"quiet"}}, http.StatusSeeOther)
		if page := nia.sees("/people/"+w.address+"/record", 200); strings.Contains(page, "Penicillin") || !strings.Contains(page, "Amina Yusuf") {
			t.Error("the page is not that of a person with nothing to show")
		}
		amina.posts("/me/circle/m1/resume", url.Values{}, http.StatusSeeOther)
		if page := nia.sees("/people/"+w.address+"/record", 200); !strings.Contains(page, "Penicillin") {
			t.Error("sharing again shows nothing")
		}
		amina.posts("/me/circle/m1/stop", url.Values{"how": {"loud"}}, http.StatusSeeOther)
		nia.sees("/people/"+w.address, http.StatusNotFound)
	})
}

func TestThePersonSeesWhoLookedAndWhy(t *testing.T) {
	each(t, func(w *world) {
		w.as("nia").sees("/people/"+w.address, 200)
		w.as("stranger").sees("/people/"+w.address, http.StatusNotFound)
		page := w.as("amina").sees("/me/access", 200)
		page = strings.NewReplacer("\u2068", "", "\u2069", "").Replace(page)
		for _, want := range []string{"Nia Jones, nurse at Community trust, looked at 6 things", "You share with Nia Jones: Health and care in general", "Sam Stone, GP, tried to open", "Not shown", "1 time a computer sent something"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	})
}

func TestALinkToSignInIsUsedUpByTheButtonAlone(t *testing.T) {
	each(t, func(w *world) {
		link, err := w.accounts.Link(ctx, "amina")
		must(t, err)
		nobody := w.as("")
		for range 3 {
			nobody.sees("/sign-in/link/"+link, 200)
		}
		rec := nobody.posts("/sign-in/link/"+link, url.Values{}, http.StatusSeeOther)
		c := rec.Result().Cookies()[0]
		if c.Name != "onestory" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || rec.Header().Get("Location") != "/me" {
			t.Errorf("signing in gives %v and leads to %s", c, rec.Header().Get("Location"))
		}
		nobody.posts("/sign-in/link/"+link, url.Values{}, http.StatusGone)

		amina := &visitor{w, c.Value}
		again := amina.posts("/demo/sign-in", url.Values{"who": {"amina"}}, http.StatusSeeOther).Result().Cookies()[0]
		if again.Value == c.Value {
			t.Error("signing in keeps the old token")
		}
		amina.sees("/me", http.StatusUnauthorized)
		amina = &visitor{w, again.Value}
		amina.sees("/me", 200)
		amina.posts("/sign-out", url.Values{}, http.StatusSeeOther)
		amina.sees("/me", http.StatusUnauthorized)
	})
}

func TestAnotherSiteCannotActForAnybody(t *testing.T) {
	each(t, func(w *world) {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
			if rec := w.as("amina").do("POST", "/me/circle/m1/stop", url.Values{"how": {"loud"}}, headers...); rec.Code != http.StatusForbidden {
				t.Errorf("%v: answered %d", headers, rec.Code)
			}
		}
		big := url.Values{"reason": {strings.Repeat("x", 2<<20)}}
		if rec := w.as("amina").do("POST", "/me/sharing/check", big); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("a body over the limit answered %d", rec.Code)
		}
	})
}

func TestFilesAreKeptAndNeverRun(t *testing.T) {
	each(t, func(w *world) {
		amina, letter := w.as("amina"), w.entry("DocumentReference", "Clinic letter")
		if page := amina.sees("/me/record/"+letter, 200); !strings.Contains(page, "your heart is well") || strings.Contains(page, "alert(1)") {
			t.Error("a plain letter is to be read on the page, and nothing else is")
		}
		for n, kind := range []string{"text/plain; charset=utf-8", "application/octet-stream"} {
			h := amina.do("GET", fmt.Sprintf("/me/record/%s/file/%d", letter, n), nil).Header()
			if h.Get("Content-Type") != kind || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
				!strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("file %d is sent with %v", n, h)
			}
		}
		for _, n := range []string{"2", "-1", "x"} {
			amina.sees("/me/record/"+letter+"/file/"+n, http.StatusNotFound)
		}
	})
}

func TestWithoutTheDemoNobodyCanBeAnyone(t *testing.T) {
	each(t, func(w *world) {
		w.site = web.New(web.Parts{Door: w.door, Accounts: w.accounts, HTTPS: true}).Handler()
		w.as("").sees("/demo", http.StatusNotFound)
		w.as("").posts("/demo/sign-in", url.Values{"who": {"amina"}}, http.StatusNotFound)
		rec := w.as("").do("GET", "/", nil)
		if rec.Header().Get("Strict-Transport-Security") == "" {
			t.Error("browsers are not told to stay with https")
		}
		link, err := w.accounts.Link(ctx, "amina")
		must(t, err)
		r := httptest.NewRequest("POST", "https://one.example/sign-in/link/"+link, nil)
		signed := httptest.NewRecorder()
		w.site.ServeHTTP(signed, r)
		c := signed.Result().Cookies()[0]
		if c.Name != "__Host-onestory" || !c.Secure || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie over https is %v", c)
		}
	})
}

// What she takes away is all that her own view shows, entry by entry.
func TestACopyIsCompleteAndAsksForNothing(t *testing.T) {
	each(t, func(w *world) {
		rec := w.as("amina").do("GET", "/me/copy", nil)
		page := rec.Body.String()
		own, err := w.accounts.As(ctx, "amina")
		must(w, err)
		there := 0
		must(w, w.door.With(ctx, own, consent.Own, w.amina, func(v record.View) error {
			there = 0
			return v.Every(func(record.Entry) error { there++; return nil })
		}))
		if n := strings.Count(page, "<article"); n != there || there != len(resources()) {
			w.Errorf("%d entries in the copy, %d in the record", n, there)
		}
		for _, want := range []string{canary, "Dear Amina, your heart is well.", "71.50", "Acton Practice"} {
			if !strings.Contains(page, want) {
				w.Errorf("no %q in the copy", want)
			}
		}
		for _, not := range []string{"src=", "url(", "<script", "<link", "@import"} {
			if strings.Contains(page, not) {
				w.Errorf("the copy has %s in it", not)
			}
		}
		if h := rec.Header(); !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
			w.Errorf("sent to be opened here: %v", h)
		}
		for _, who := range []string{"leila", "nia", "stranger"} {
			w.as(who).sees("/me/copy", 404)
		}
	})
}
