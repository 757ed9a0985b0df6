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

// act is the id of what was done in a line: a sentence with a number of times.
func (t *teller) act(l *record.Line) string {
	switch {
	case l.Machine && l.What == "export":
		return "looked.did.export"
	case l.Machine:
		return "looked.did.machine"
	case l.Judged == "changed":
		switch {
		case l.What == "ask", l.What == "unask", l.What == "join", l.What == "take-up":
			return "looked.did." + l.What
		case len(l.Wrote) == 0 && len(l.Said) > 0:
			return "looked.did.said"
		}
		return "looked.did.change"
	case l.What == "present" && l.Judged == "shown":
		return "looked.did.present"
	case l.What == "trace":
		return "looked.did.trace"
	case l.Judged != "shown":
		return "looked.did.refused"
	case l.What == "list" && len(l.Seen) > 0:
		return "looked.did.listed"
	case l.What == "list":
		return "looked.did.list"
	case len(l.Seen) == 0:
		return "looked.did.empty"
	}
	return "looked.did.open"
}

// tag is the id of a word that stands out, or "".
func (t *teller) tag(l *record.Line) string {
	switch {
	case l.Judged != "shown" && l.Judged != "changed":
		return "web.look.tag.refused"
	case l.Purpose == consent.Emergency:
		return "web.look.tag.emergency"
	}
	return ""
}

// person is who it was, as they were called then: name, role and organisation.
func (t *teller) person(w record.Who) string {
	if w.Account == t.ask.who.Account && !t.ask.helping() {
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

// because is why somebody could look: what they said it was for, and each rule of the
// person's that opened it.
func (t *teller) because(l *record.Line) (all []because) {
	switch {
	case l.Machine:
		return nil
	case slices.Contains(reasons(), string(l.Purpose)):
		all = append(all, because{Text: t.say("looked.for." + string(l.Purpose))})
	}
	if l.Judged != "shown" {
		return all
	}
	n := 0
	for _, r := range l.Because {
		x, known := t.rules[r]
		if known && !x.Refuse && n < mostRules {
			n++
			all = append(all, because{t.say("web.why.share", "What", t.topics(x.Topics, x.All), "Who", alone(t.who(x.To))), t.to("/me/sharing") + "#rule-" + r})
		}
	}
	if n == 0 && (l.Purpose == consent.Care || l.Purpose == consent.Carer) {
		all = append(all, because{Text: t.say("web.why.circle")})
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

type lookPage struct {
	ui.Page
	Rows   []ui.Row
	Why    []because
	Tag    string
	Seen   []seenFacts
	Hidden bool // nothing was shown
	Phone  string
}

// seenFacts are the facts of one section that were shown, or written.
type seenFacts struct {
	Name string
	All  []ui.Link
}

// oneLook is GET /me/access/line/{line}: one look, with what was seen. The facts are
// those that the person may read themselves.
func (s *Site) oneLook(w http.ResponseWriter, r *http.Request, a *ask) error {
	var p lookPage
	err := s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("journal")
		t, err := s.telling(ctx, a, v)
		if err != nil {
			return err
		}
		l, err := v.Line(ctx, r.PathValue("line"))
		if err != nil {
			return err
		}
		p = lookPage{Why: t.because(&l), Tag: t.tag(&l), Phone: s.Phone}
		p.Hidden = l.Judged != "shown" && l.Judged != "changed"
		p.Title = t.N(t.act(&l), 1, values("Who", t.person(l.Who), "Things", t.N("web.look.things", len(l.Seen)+len(l.Wrote), nil)))
		row := func(key, value string) {
			if value != "" {
				p.Rows = append(p.Rows, ui.Row{Key: t.say(key), Value: ui.Said(value)})
			}
		}
		row("looked.who", l.Who.Name)
		row("looked.role", t.role(l.Who.Role))
		row("looked.where", l.Who.Organisation)
		row("looked.when", t.DateTime(l.At))
		p.Seen, err = s.factsSeen(ctx, a, v, t, append(slices.Clone(l.Wrote), l.Seen...))
		return err
	})
	if err != nil {
		return err
	}
	title := p.Title
	p.Page = s.lookedFrame(r, a)
	p.Title = title
	return show(w, r, http.StatusOK, lookView(p, a))
}

// factsSeen are those entries of a line that are still there, by section.
func (s *Site) factsSeen(ctx context.Context, a *ask, v record.View, t *teller, seen []id.Entry) (all []seenFacts, err error) {
	for _, section := range topics {
		x := seenFacts{Name: a.say("web.section." + section.Code)}
		for _, e := range seen {
			if t.kinds[e] != section.Code {
				continue
			}
			f, err := s.factOf(ctx, v, e)
			if err != nil {
				return nil, err
			}
			link := ui.Link{Text: a.title(f), Href: a.where(f)}
			if f.Kind == "QuestionnaireResponse" && len(f.Lines) > 0 && f.Lines[0].Value != "" {
				link.Text += ": " + strings.TrimRight(clip(tidy(f.Lines[0].Value), 60), ".") // of one question there may be many
			}
			if on := a.day(f.On); on != "" {
				link.Text += ", " + on
			}
			x.All = append(x.All, link)
		}
		if x.All != nil {
			all = append(all, x)
		}
	}
	return all, nil
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
