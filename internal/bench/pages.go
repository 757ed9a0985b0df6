package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"onestory/internal/account"
	"onestory/internal/person"
)

// pages measures the pages that people open most, over HTTP, against everything a
// server answers with, in an area of many people: how long the server takes, from the
// request to the last byte, with its line in the journal on disk.
func (b *bench) pages(ctx context.Context, dir string) error {
	if !b.wants("pages") {
		return nil
	}
	people := b.pick(100_000, 400)
	a, err := b.area(ctx, dir, people, min(people, 2_500))
	if err != nil {
		return err
	}
	defer a.close()
	raw, err := newRawReader(ctx, a.house.DB)
	if err != nil {
		return err
	}
	residents, err := a.sessions(ctx, b.pick(300, 60), func(x account.Account) bool { return strings.HasPrefix(x.ID, "resident-") && !x.Suspended })
	if err != nil {
		return err
	}
	amina, err := a.as("amina")
	if err != nil {
		return err
	}
	priya, err := a.as("priya")
	if err != nil {
		return err
	}
	var list []string
	for _, page := range []string{"/people", "/people?page=2"} {
		more, err := priya.linked(page, `href="(/people/[0-9a-z]{40,})"`)
		if err != nil {
			return err
		}
		for _, l := range more {
			if !slices.Contains(list, l) {
				list = append(list, l)
			}
		}
	}
	finders, err := a.sessions(ctx, 40, func(x account.Account) bool { return x.Role == "gp" && x.ID != "priya" })
	if err != nil {
		return err
	}
	var ids []person.ID
	for _, l := range list {
		p, err := a.house.Door.ID(strings.TrimPrefix(l, "/people/"))
		if err != nil {
			return err
		}
		ids = append(ids, p)
	}
	if len(list) != 60 && !b.quick {
		return fmt.Errorf("%d people are on the list, not 60", len(list))
	}
	one := func(who *visitor, path string) func(int) (*visitor, string, person.ID) {
		return func(int) (*visitor, string, person.ID) { return who, path, amina.person }
	}
	listed := func(path string) func(int) (*visitor, string, person.ID) {
		return func(i int) (*visitor, string, person.ID) { return priya, list[i%len(list)] + path, ids[i%len(ids)] }
	}
	if err := planned(priya, list); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		n    int
		goal float64 // ms at the 95th of a hundred; 0: none
		of   int     // people whose rows the counterpart reads
		at   func(i int) (*visitor, string, person.ID)
	}{
		{"pages: home, each somebody else's", len(residents), 30, 1, func(i int) (*visitor, string, person.ID) {
			r := residents[i%len(residents)]
			return r, "/me", r.person
		}},
		{"pages: home, Amina's", b.pick(300, 60), 30, 1, one(amina, "/me")},
		{"pages: one person's summary", b.pick(600, 60), 30, 1, listed("")},
		{fmt.Sprintf("pages: my people, %d of them", len(list)), b.pick(100, 20), 60, len(list), one(priya, "/people")},
		{"pages: one person's plan", b.pick(300, 60), 40, 1, listed("/plan")},
		{fmt.Sprintf("pages: my work, over %d people", len(list)), b.pick(100, 20), 40, len(list), one(priya, "/work")},
		{"pages: find, by name and birth date", b.pick(100, 40), 50, 1, func(i int) (*visitor, string, person.ID) {
			x := url.Values{"given": {"Kokila"}, "family": {"Patel"}, "born-day": {fmt.Sprint(1 + i%28)}, "born-month": {"3"}, "born-year": {fmt.Sprint(1940 + i%60)}}
			return finders[i%len(finders)], "POST /people/find?" + x.Encode(), amina.person
		}},
		{"pages: whole record", b.pick(200, 30), 0, 1, listed("/record")},
		{"pages: sharing", b.pick(200, 30), 0, 1, one(amina, "/me/sharing")},
		{"pages: who looked", b.pick(100, 20), 0, 1, one(amina, "/me/access")},
	} {
		if err := b.page(ctx, a, raw, p.name, p.n, p.goal, p.of, ids, p.at); err != nil {
			return err
		}
	}
	for _, w := range []struct {
		who  *visitor
		path string
	}{{amina, "/me"}, {amina, "/me/record"}, {amina, "/me/sharing"}, {amina, "/me/access"}, {priya, "/people"}, {priya, list[0]}} {
		if err := b.weight(w.who, w.path); err != nil {
			return err
		}
	}
	return nil
}

// planned gives each person on a list a plan of some pieces, and work that was asked for,
// unless they have it from a run before.
func planned(who *visitor, list []string) error {
	for _, l := range list {
		if _, plan, err := who.get(l + "/plan"); err != nil || bytes.Contains(plan, []byte("Action 5")) {
			if err != nil {
				return err
			}
			continue
		}
		forms := []string{
			"/plan/need/write?words=To+get+up+the+stairs&matters=high", "/plan/need/write?words=Company", "/plan/goal/write?words=To+walk+in+the+park",
			"/plan/worse/write?words=Out+of+breath&do=Weigh+her&call=The+nurses", "/plan/version?",
		}
		for i := range 6 {
			forms = append(forms, fmt.Sprintf("/plan/action/write?words=Action+%d&who=person&when-day=%d&when-month=12&when-year=2099", i, i+1))
		}
		_, page, err := who.get(l + "/work/new")
		if err != nil {
			return err
		}
		if to := asks.FindSubmatch(page); to != nil {
			forms = append(forms, "/work/new?what=Look+at+her+tablets&why=Her+knees&shares=none&agreed=Yes&to="+string(to[1]))
		}
		for _, f := range forms {
			if _, _, err := who.get("POST " + l + f); err != nil {
				return err
			}
		}
	}
	return nil
}

var asks = regexp.MustCompile(`[?&;]to=(circle:[^"&]+)"`)

// page measures one page in turns with the least that would have to be read and written
// for it.
func (b *bench) page(ctx context.Context, a *area, raw *rawReader, name string, n int, goal float64, of int, ids []person.ID, at func(int) (*visitor, string, person.ID)) error {
	far := len(ids) / 2
	busy := time.Duration(0)
	s, err := inTurns(n, func() error { return nil },
		func(i int) (time.Duration, error) {
			who, path, _ := at(i)
			before := processor()
			took, _, err := who.get(path)
			busy += processor() - before
			return took, err
		},
		timed(func(i int) error {
			_, _, whose := at(i)
			for k := range of {
				if of > 1 {
					whose = ids[(k+far)%len(ids)]
				}
				if err := raw.person(ctx, whose); err != nil {
					return err
				}
			}
			return raw.rows.insert(ctx, 420)
		}))
	if err != nil {
		return err
	}
	f := figure{
		Name: name, On: "SQLite", Unit: "ms", P50: s[0].at(.5) / 1000, P95: s[0].at(.95) / 1000, P99: s[0].at(.99) / 1000,
		Raw:    "select the header and blocks of each person, decompress them, and insert one line",
		RawP50: s[1].at(.5) / 1000, RawP99: s[1].at(.99) / 1000, Ratio: s[0].at(.5) / s[1].at(.5), CPU: float64(busy.Microseconds()) / float64(n+n/10),
	}
	if goal > 0 {
		f.Goal, f.Met = fmt.Sprintf("p95 %.0f ms", goal), judge(f.P95, goal, goal)
		f.Ceiling = f.Goal
	}
	b.add(f)
	return nil
}

// weight is what a browser fetches when it opens a page for the first time, compressed.
func (b *bench) weight(who *visitor, path string) error {
	_, page, err := who.get(path)
	if err != nil {
		return err
	}
	size, requests := squeezed(page), 1
	for _, m := range fetched.FindAllSubmatch(page, -1) {
		_, more, err := who.get(string(m[1]))
		if err != nil {
			return err
		}
		size += squeezed(more)
		requests++
	}
	if strings.HasPrefix(path, "/people/") {
		path = "/people/{id}"
	}
	f := figure{
		Name: fmt.Sprintf("pages: first view of %s, %d requests", path, requests), Unit: "kB", P50: float64(size) / 1000,
		Raw: "the page alone, not compressed", RawP50: float64(len(page)) / 1000, Goal: "40 kB, 4 requests", Ceiling: "40 kB, 4 requests", Met: judge(float64(size), 40e3, 40e3),
	}
	if requests > 4 {
		f.Met = "over"
	}
	b.add(f)
	return nil
}

// fetched are the addresses that a browser fetches with a page.
var fetched = regexp.MustCompile(`<(?:link [^>]*rel="(?:stylesheet|icon)"[^>]*href|img [^>]*src|script [^>]*src)="(/[^"]+)"`)

func squeezed(page []byte) int {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(page)
	_ = z.Close()
	return out.Len()
}

// A visitor is somebody signed in.
type visitor struct {
	a      *area
	client *http.Client
	person person.ID
}

func (a *area) visitor() (*visitor, error) {
	jar, err := cookiejar.New(nil)
	return &visitor{a: a, client: &http.Client{Jar: jar, Timeout: time.Minute}}, err
}

// as signs in as one of the cast, as the demo does.
func (a *area) as(who string) (*visitor, error) {
	v, err := a.visitor()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, a.server.URL+"/demo/sign-in", strings.NewReader(url.Values{"who": {who}}.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", a.server.URL)
	answer, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	x, err := a.house.Accounts.Get(context.Background(), who)
	v.person = x.Person
	a.forget()
	return v, errors.Join(err, expect(answer))
}

// sessions signs some of those in who fit.
func (a *area) sessions(ctx context.Context, most int, fits func(account.Account) bool) (all []*visitor, err error) {
	accounts, err := a.house.Accounts.All(ctx)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(a.server.URL)
	if err != nil {
		return nil, err
	}
	for _, x := range accounts {
		if len(all) == most || !fits(x) {
			continue
		}
		token, err := a.house.Accounts.Begin(ctx, x.ID, account.How{Strong: true})
		if err != nil {
			return nil, err
		}
		v, err := a.visitor()
		if err != nil {
			return nil, err
		}
		v.client.Jar.SetCookies(at, []*http.Cookie{{Name: "onestory", Value: token, Path: "/"}})
		v.person = x.Person
		all = append(all, v)
	}
	return all, nil
}

// get asks for a page, or sends the form after "POST ", and says how long the server
// took.
func (v *visitor) get(path string) (time.Duration, []byte, error) {
	v.a.forget()
	r, err := http.NewRequest(http.MethodGet, v.a.server.URL+strings.TrimPrefix(path, "POST "), nil)
	if to, form, sends := strings.Cut(strings.TrimPrefix(path, "POST "), "?"); err == nil && sends && strings.HasPrefix(path, "POST ") {
		if r, err = http.NewRequest(http.MethodPost, v.a.server.URL+to, strings.NewReader(form)); err != nil {
			return 0, nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.a.server.URL)
	}
	if err != nil {
		return 0, nil, err
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, expect(answer)); err != nil {
		return 0, nil, err
	}
	return <-v.a.served, page, nil
}

// forget drops the time of an answer that nobody looked at.
func (a *area) forget() {
	select {
	case <-a.served:
	default:
	}
}

func expect(answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", answer.Request.URL.Path, answer.Status)
	}
	return nil
}

// linked are the addresses on a page that fit a pattern, each once.
func (v *visitor) linked(path, pattern string) (all []string, err error) {
	_, page, err := v.get(path)
	if err != nil {
		return nil, err
	}
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(page, -1) {
		if to := string(m[1]); !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all, nil
}
