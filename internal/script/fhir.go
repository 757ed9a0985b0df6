package script

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fhir asks as a program: a method and an address below the base, with the headers and
// the body that the indented lines give.
func (p *Player) fhir(rest string, lines []string) {
	p.t.Helper()
	method, path, _ := strings.Cut(rest, " ")
	var body string
	headers := http.Header{}
	for _, l := range lines {
		if name, value, ok := strings.Cut(l, ": "); ok && body == "" && !strings.HasPrefix(l, "{") {
			headers.Set(name, value)
		} else {
			body += l + "\n"
		}
	}
	r, err := http.NewRequest(method, p.server.URL+"/fhir/"+path, strings.NewReader(body))
	if err != nil {
		p.errorf("%v", err)
		return
	}
	r.Header = headers
	if body != "" && headers.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	if p.token != "" && p.token != "nobody" {
		r.Header.Set("Authorization", "Bearer demo-"+p.token)
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

// sees checks how a header of the last answer begins.
func (p *Player) sees(rest string) {
	p.t.Helper()
	name, want, _ := strings.Cut(rest, " ")
	if got := p.header.Get(name); got == "" || !strings.HasPrefix(got, want) {
		p.errorf("the header %s is %q, and does not begin with %q", name, got, want)
	}
}

// keep remembers a member of the last answer, or its ETag, under a name for later lines.
func (p *Player) keep(rest string) {
	p.t.Helper()
	name, member, _ := strings.Cut(rest, " ")
	if member == "etag" {
		p.ids[name] = p.header.Get("ETag")
		return
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(p.body), &all); err != nil {
		p.errorf("the answer is no JSON: %v", err)
		return
	}
	if member == "entry" { // the id of the first in a Bundle
		entries, _ := all["entry"].([]any)
		if len(entries) == 0 {
			p.errorf("there is nothing in the answer: %s", p.body)
			return
		}
		all, _ = entries[0].(map[string]any)["resource"].(map[string]any)
		member = "id"
	}
	p.ids[name] = fmt.Sprint(all[member])
}
