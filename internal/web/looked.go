package web

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/sharing"
	"onestory/internal/web/ui"
)

type lookedPage struct {
	ui.Page
	Others   []look // by others
	Mine     []look // by the person
	Machines []look
	Since    string // the first day that the list reaches back to
	More     string // where more of it is, or ""
	Journal  string // where it can be had for checking, or ""
}

// A look is one line of the journal, as a sentence.
type look struct {
	ISO, When string
	Day       string
	Sentence  string
	Why       []string
	Things    []thing
	Tag       string // the id of a word that stands out, or ""
}

// A thing is how many of a kind were looked at.
type thing struct {
	Kind string
	N    int
}

// How much of the journal is shown, at first and when all is asked for.
const (
	recent = 100
	most   = 2000
)

// looked is GET /me/access: who has looked, at what, and why they could.
func (s *Site) looked(w http.ResponseWriter, r *http.Request, a *ask) error {
	limit := recent
	if r.URL.Query().Get("all") != "" {
		limit = most
	}
	p, n := lookedPage{}, 0
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("journal")
		p, n = lookedPage{}, 0
		t, err := s.telling(ctx, a, v)
		if err != nil {
			return err
		}
		return v.Journal(ctx, limit, func(l record.Line) error {
			n++
			p.Since = a.Date(l.At)
			switch x := t.tell(l); {
			case l.Machine:
				p.Machines = append(p.Machines, x)
			case l.Who.Account == a.who.Account:
				p.Mine = append(p.Mine, x)
			default:
				p.Others = append(p.Others, x)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	p.Page = s.page(r, a, a.say("web.looked.title"))
	if n == limit && limit == recent {
		p.More = a.to("/me/access?all=1")
	}
	if s.Journal != nil {
		p.Journal = a.to("/me/access/journal")
	}
	return show(w, r, http.StatusOK, lookedView(p, a))
}

// A teller puts journal lines into sentences.
type teller struct {
	*ask
	who   func(consent.Party) string
	rules map[string]sharing.Said
	kinds map[id.Entry]string
}

func (s *Site) telling(ctx context.Context, a *ask, v record.View) (*teller, error) {
	who, err := s.parties(ctx, a, v)
	if err != nil {
		return nil, err
	}
	t := &teller{a, who, map[string]sharing.Said{}, map[id.Entry]string{}}
	for _, x := range sharing.List(v) {
		t.rules[x.ID] = x
	}
	v.Headers(func(h record.Header) { t.kinds[h.ID] = topicOf(h) })
	return t, nil
}

func (t *teller) tell(l record.Line) look {
	x := look{ISO: l.At.Std().Format("2006-01-02T15:04:05Z"), When: t.DateTime(l.At), Day: t.Date(l.At)}
	seen := l.Seen
	id := "web.look.open"
	switch {
	case l.Judged == "changed":
		seen = l.Wrote
		id = "web.look.change"
		if len(l.Wrote) == 0 && len(l.Said) > 0 {
			id = "web.look.said"
		}
	case l.Judged != "shown":
		id, x.Tag = "web.look.refused", "web.look.tag.refused"
	case l.What == "list":
		id = "web.look.name"
	case len(seen) == 0:
		id = "web.look.empty"
	}
	if l.Machine {
		id = "web.look.machine"
	}
	if l.Purpose == consent.Emergency {
		x.Tag = "web.look.tag.emergency"
	}
	x.Sentence = t.say(id, "Who", t.person(l.Who), "Things", t.N("web.look.things", len(seen), nil))
	x.Things = t.things(seen)
	if l.Judged == "shown" {
		x.Why = t.because(l)
	}
	return x
}

// person is who it was, as they were called then: name, role and organisation.
func (t *teller) person(w record.Who) string {
	if w.Account == t.ask.who.Account {
		return t.say("web.look.you")
	}
	name := alone(w.Name)
	if w.Name == "" {
		name = alone(strings.TrimPrefix(w.Account, "import:"))
	}
	role := t.role(w.Role)
	switch {
	case role != "" && w.Organisation != "":
		return t.say("web.look.role-at", "Name", name, "Role", role, "Organisation", alone(w.Organisation))
	case role != "":
		return t.say("web.look.role", "Name", name, "Role", role)
	}
	return name
}

// mostRules is how many of the rules that let somebody in are told.
const mostRules = 3

func (t *teller) because(l record.Line) (all []string) {
	if l.Purpose == consent.Carer {
		all = append(all, t.say("web.why.carer"))
	}
	for _, r := range l.Because {
		x, known := t.rules[r]
		switch {
		case r == consent.BecauseOwn:
			all = append(all, t.say("web.why.own"))
		case r == consent.BecauseEmergency:
			all = append(all, t.say("web.why.emergency"))
		case known && !x.Refuse && len(all) < mostRules:
			all = append(all, t.say("web.why.share", "What", t.topics(x.Topics, x.All), "Who", alone(t.who(x.To))))
		}
	}
	if all == nil {
		all = append(all, t.say("web.why.circle"))
	}
	return all
}

// things counts entries by the section they are in, in the order of the page.
func (t *teller) things(seen []id.Entry) (all []thing) {
	n := map[string]int{}
	for _, e := range seen {
		n[t.kinds[e]]++
	}
	for _, section := range topics {
		if n[section.Code] > 0 {
			all = append(all, thing{t.say("web.section." + section.Code), n[section.Code]})
		}
	}
	return slices.Clip(all)
}

// send streams a file of one's own. When nothing has left yet, an error is a page;
// after that the file is cut short, which its reader can tell.
func (s *Site) send(w http.ResponseWriter, r *http.Request, a *ask, kind, name string,
	write func(context.Context, consent.Actor, consent.Purpose, person.ID, io.Writer) error) error {
	begun := &beginning{w: w, kind: kind, name: name}
	b := bufio.NewWriterSize(begun, 64<<10)
	err := write(r.Context(), a.who, a.why, a.whom, b)
	if err != nil && !begun.yes {
		return err
	}
	if err != nil {
		s.Log.Error("web: a download was cut short", "pattern", r.Pattern, "error", err)
		panic(http.ErrAbortHandler)
	}
	return b.Flush()
}

// beginning sets the headers when the first bytes leave.
type beginning struct {
	w          http.ResponseWriter
	kind, name string
	yes        bool
}

func (b *beginning) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.w.Header().Set("Content-Type", b.kind)
		b.w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(b.name))
		b.w.Header().Set("Content-Security-Policy", "sandbox; "+policy)
	}
	return b.w.Write(p)
}
