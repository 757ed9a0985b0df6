// Package script plays acceptance texts against the whole house: testdata/*.txt, on
// both databases, through the same handler as the command serves. Tests only.
//
// A script is lines:
//
//	# a sentence about what follows
//	as amina                  sign in, as the demo does; "as nobody" signs out
//	get /me                   ask for a page; {amina} stands for her id, {amina.nhs} for
//	                          her number and {amina.born} for her birth date, in fields too
//	again 30 post /find       the same line so many times
//	click Who can see         follow the link with these words on the last page
//	post /me/sharing/new      send a form; the indented lines below are its fields
//		topic=medicines
//		file=@photo.jpg       a file, of those that sample.go makes
//	submit                    send the form of the last page, with its own hidden fields
//	resend                    the same, with what stands in its boxes where nothing else is given
//	press Let them in         send the form whose button has these words, likewise
//	status 404                the last answer's status; 200 or a redirect is assumed
//	redirect /me/sharing      where it sent us; the page there is then read; * at the end is anything
//	see Walk to the park      words on the last page, in any markup
//	not Walk to the park      words that are not there
//	look image/jpeg           fetch the first picture, sound or film on the page, of that type
//	note code [0-9]{4}        keep what first looks like this on the page, or in its links, as {code}
//
// and of programs, which read and write FHIR:
//
//	bearer amina              a program with her token; "bearer nobody" has none
//	fhir GET Patient/{amina}  ask; indented lines below are headers, with a colon, or the body
//	header ETag W/            how a header of the last answer begins; with no more, that it is there
//	keep note id              keep a member of the last answer, "etag", or the first "entry", as {note}
package script

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onestory/internal/app"
	"onestory/internal/record"
)

// A Player plays one script against one server.
type Player struct {
	t      *testing.T
	house  *app.House
	server *httptest.Server
	client *http.Client
	place  string // file and line, for what goes wrong
	at     string // the path of the last page
	status int
	to     string // Location of a redirect
	body   string
	told   bool // the status was looked at
	ids    map[string]string

	token  string // of the program
	header http.Header
}

// Play plays the script in text against the house, as demo people.
func Play(t *testing.T, house *app.House, name, text string) {
	t.Helper()
	p := &Player{t: t, house: house, ids: map[string]string{}, told: true}
	p.server = httptest.NewServer(house.Handler(house.Pages(app.Edge{Demo: true, Origin: "http://localhost"})))
	defer p.server.Close()
	p.nobody()
	in := bufio.NewScanner(strings.NewReader(text))
	var lines []string
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	for i := 0; i < len(lines); i++ {
		p.place = fmt.Sprintf("%s:%d", name, i+1)
		word, rest, _ := strings.Cut(strings.TrimSpace(lines[i]), " ")
		fields := url.Values{}
		var raw []string
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
			i++
			raw = append(raw, p.named(strings.TrimSpace(lines[i])))
			k, v, _ := strings.Cut(strings.TrimSpace(lines[i]), "=")
			fields.Add(k, p.named(v))
		}
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if word == "fhir" {
			p.expectWell()
			p.fhir(p.named(rest), raw)
			continue
		}
		p.do(word, p.named(rest), fields)
	}
	p.expectWell()
}

func (p *Player) errorf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s: %s", p.place, fmt.Sprintf(format, args...))
}

func (p *Player) do(word, rest string, fields url.Values) {
	p.t.Helper()
	switch word {
	case "as":
		p.expectWell()
		p.as(rest)
	case "get":
		p.expectWell()
		p.ask(http.MethodGet, rest, nil)
	case "post":
		p.expectWell()
		p.ask(http.MethodPost, rest, fields)
	case "bearer":
		p.expectWell()
		p.token = rest
	case "look":
		p.look(rest)
	case "header":
		p.sees(rest)
	case "keep":
		p.keep(rest)
	case "click":
		p.expectWell()
		p.click(rest)
	case "submit":
		p.expectWell()
		p.submit("", fields)
	case "resend":
		p.expectWell()
		for _, box := range boxes.FindAllStringSubmatch(p.body, -1) {
			if !fields.Has(box[1]) {
				fields.Add(box[1], html.UnescapeString(box[2]))
			}
		}
		p.submit("", fields)
	case "press":
		p.expectWell()
		p.submit(rest, fields)
	case "again":
		times, line, _ := strings.Cut(rest, " ")
		word, rest, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(times)
		if err != nil {
			p.errorf("again how often: %s", times)
		}
		for range n {
			p.do(word, rest, maps.Clone(fields))
		}
	case "status":
		p.told = true
		if got := fmt.Sprint(p.status); got != rest {
			p.errorf("the answer was %s, not %s", got, rest)
		}
	case "redirect":
		p.told = true
		if before, any := strings.CutSuffix(rest, "*"); p.to != rest && !(any && strings.HasPrefix(p.to, before)) {
			p.errorf("sent to %q (%d), not %q\n%s", p.to, p.status, rest, words(p.body))
			return
		}
		p.ask(http.MethodGet, p.to, nil)
	case "see":
		if !strings.Contains(words(p.body), words(rest)) {
			p.errorf("%q is not on the page:\n%s", rest, words(p.body))
		}
	case "note":
		name, like, _ := strings.Cut(rest, " ")
		if p.ids[name] = regexp.MustCompile(like).FindString(words(p.body)); p.ids[name] == "" {
			p.ids[name] = html.UnescapeString(regexp.MustCompile(like).FindString(p.body)) // in a link
		}
		if p.ids[name] == "" {
			p.errorf("nothing is like %s on the page:\n%s", like, words(p.body))
		}
	case "not":
		if strings.Contains(p.body, rest) || strings.Contains(words(p.body), words(rest)) {
			p.errorf("%q is on the page", rest)
		}
	default:
		p.errorf("no such command: %s", word)
	}
}

// expectWell fails when the last answer was an error that the script did not expect.
func (p *Player) expectWell() {
	p.t.Helper()
	if !p.told && p.status >= 400 {
		p.errorf("the answer before this was %d:\n%s", p.status, words(p.body))
	}
	p.told = true
}

func (p *Player) nobody() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (p *Player) as(who string) {
	p.t.Helper()
	p.nobody()
	if who == "nobody" {
		return
	}
	p.ask(http.MethodPost, "/demo/sign-in", url.Values{"who": {who}})
	if p.status != http.StatusSeeOther {
		p.errorf("cannot sign in as %s: %d", who, p.status)
		return
	}
	p.told = true
	p.ask(http.MethodGet, p.to, nil)
}

func (p *Player) ask(method, path string, form url.Values) {
	p.t.Helper()
	body, kind := strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	if name, ok := strings.CutPrefix(form.Get("file"), "@"); ok {
		body, kind = withFile(form, name)
	}
	r, err := http.NewRequest(method, p.server.URL+path, body)
	if err != nil {
		p.errorf("%v", err)
		return
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", p.server.URL)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.errorf("%v", err)
		return
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		p.errorf("%v", err)
	}
	p.at, p.header = path, answer.Header
	p.status, p.to, p.body, p.told = answer.StatusCode, answer.Header.Get("Location"), string(b), false
}

var links = regexp.MustCompile(`(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>`)

func (p *Player) click(text string) {
	p.t.Helper()
	for _, m := range links.FindAllStringSubmatch(p.body, -1) {
		if strings.Contains(words(m[2]), text) {
			p.ask(http.MethodGet, html.UnescapeString(m[1]), nil)
			return
		}
	}
	p.errorf("there is no link %q on the page:\n%s", text, words(p.body))
}

var (
	forms  = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	action = regexp.MustCompile(`action="([^"]*)"`)
	boxes  = regexp.MustCompile(`(?s)<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>`)
	hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*>`)
	named  = regexp.MustCompile(`name="([^"]*)"`)
	valued = regexp.MustCompile(`value="([^"]*)"`)
)

// submit sends the last form of the page, or the first whose button has certain words,
// with its hidden fields and those given.
func (p *Player) submit(button string, fields url.Values) {
	p.t.Helper()
	main := p.body
	if i := strings.Index(main, "<main"); i >= 0 && button == "" {
		main, _, _ = strings.Cut(main[i:], "</main>")
	}
	all := forms.FindAllStringSubmatch(main, -1)
	if len(all) == 0 {
		p.errorf("there is no form on the page")
		return
	}
	last := all[len(all)-1]
	if button != "" {
		i := slices.IndexFunc(all, func(form []string) bool { return strings.Contains(words(form[2]), button) })
		if i < 0 {
			p.errorf("there is no button %q on the page:\n%s", button, words(p.body))
			return
		}
		last = all[i]
	}
	for _, input := range hidden.FindAllString(last[2], -1) {
		n, v := named.FindStringSubmatch(input), valued.FindStringSubmatch(input)
		if n != nil && v != nil {
			fields.Add(html.UnescapeString(n[1]), html.UnescapeString(v[1]))
		}
	}
	to := p.at // a form that does not say where goes back to its own page
	if m := action.FindStringSubmatch(last[1]); m != nil && m[1] != "" {
		to = html.UnescapeString(m[1])
	}
	p.ask(http.MethodPost, to, fields)
}

var names = regexp.MustCompile(`\{([a-z]+)(\.[a-z]+)?\}`)

// named puts the id of a person of the cast in place of their name in braces, or what
// is asked of them after it.
func (p *Player) named(s string) string {
	return names.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		if p.ids[name] == "" {
			who, what, _ := strings.Cut(name, ".")
			p.ids[name] = p.known(who, what)
		}
		if p.ids[name] == "" {
			return m
		}
		return p.ids[name]
	})
}

// known is the id of a person of the cast, or their number or birth date.
func (p *Player) known(who, what string) string {
	ctx := context.Background()
	x, err := p.house.Accounts.Get(ctx, who)
	if err != nil || x.Person == 0 {
		return ""
	}
	if what == "" {
		return p.house.Door.Text(x.Person)
	}
	var subject record.Subject
	err = p.house.Door.Export(ctx, "to play a script", x.Person, func(v record.View) (err error) {
		subject, err = v.Subject()
		return err
	})
	if err != nil {
		p.errorf("%v", err)
	}
	return map[string]string{"nhs": subject.NHS, "born": subject.Born}[what]
}

var tag = regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>|<[^>]*>`)

// isolates are the marks that keep a name's direction from its neighbours.
var isolates = strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "")

// words are what a reader meets: without markup, with single spaces.
func words(s string) string {
	return strings.Join(strings.Fields(isolates.Replace(html.UnescapeString(tag.ReplaceAllString(s, " ")))), " ")
}
