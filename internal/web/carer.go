package web

import (
	"context"
	"net/http"
	"strconv"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
	"onestory/internal/web/form"
	"onestory/internal/web/ui"
)

// carer.go is for people who look after somebody: whom they help, and what they say of
// themselves. What they say lies in their own record, under a topic of its own, so that
// nobody reads it until they share that topic.

const (
	topicSystem  = "urn:onestory:topic"
	caringSystem = "urn:onestory:caring" // the code table says what its codes are about
)

// A carePart is one thing that a carer may write down, with its questions. The names of
// both are in the catalogue: carers.<part> and carers.<part>.<question>.
type carePart struct {
	Code string // in addresses, and as a code
	Ask  []string
}

var careParts = [...]carePart{
	{"doing", []string{"what", "hours"}},
	{"me", []string{"how"}},
	{"need", []string{"what"}},
	{"breaks", []string{"what", "last", "next"}},
	{"plan", []string{"call", "hour", "day", "medicines", "keys", "where", "who"}},
}

// adultAge is from when the law on adults' assessments holds: Care Act 2014, section 10.
const adultAge = 18

// A cared is one part, as somebody wrote it; without an Entry they have not yet.
type cared struct {
	carePart
	Entry record.Entry
	Said  map[string]string // by question
	On    string
}

func (c *cared) there() bool { return c.Entry.ID.N != 0 }

// stamp stands for what the writer had before them. It is the instant of writing, since
// the number of a version tells how much else was written.
func (c *cared) stamp() string { return strconv.FormatInt(int64(c.Entry.At), 10) }

type carerPage struct {
	ui.Page
	People []opened
	Lists  bool    // whether the people one helps are on this page
	Own    bool    // whether there is a record of one's own to write in
	Parts  []cared // of it
	Young  bool
}

// carer is GET /carer: the people one may act for, and what one says of oneself.
func (s *Site) carer(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.mine(r, a, consent.Carer, "/for/")
	if err != nil {
		return err
	}
	p := carerPage{People: all, Lists: true}
	if me, ok := a.ownAsk(); ok {
		if p.Parts, err = s.caring(r, me); err != nil {
			return err
		}
		p.Own, p.Young = true, me.young()
	}
	p.Page = s.page(r, a, a.say("carers.title"))
	return show(w, r, http.StatusOK, carerView(p, a))
}

// ownCaring is GET /me/caring: the same without the people, for whoever is helped with
// their own pages.
func (s *Site) ownCaring(w http.ResponseWriter, r *http.Request, a *ask) error {
	parts, err := s.caring(r, a)
	if err != nil {
		return err
	}
	p := carerPage{Own: true, Parts: parts, Young: a.young(), Page: s.page(r, a, a.say("carers.title"))}
	p.Page.Back = &ui.Link{Text: a.say("nav.home"), Href: a.to("/me")}
	return show(w, r, http.StatusOK, carerView(p, a))
}

// young reports whether the person is certainly under eighteen.
func (a *ask) young() bool {
	age, err := strconv.Atoi(a.ageAt(a.subject.Born, a.now))
	return err == nil && age < adultAge
}

// aged is the message of an id, in the words for a child where they are one.
func (a *ask) aged(young bool, id string, pairs ...any) string {
	if young {
		id += ".young"
	}
	return a.say(id, pairs...)
}

// caring are all parts, as the person wrote them.
func (s *Site) caring(r *http.Request, a *ask) (all []cared, err error) {
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("caring")
		all, err = caredIn(v)
		return err
	})
	return all, err
}

// caredIn reads the parts; of one that was written twice, what was written last.
func caredIn(v record.View) ([]cared, error) {
	all := make([]cared, len(careParts))
	for i, p := range careParts {
		all[i] = cared{carePart: p, Said: map[string]string{}}
	}
	err := v.All("QuestionnaireResponse", func(e record.Entry) error {
		for i := range all {
			c := &all[i]
			if !tagged(e.Doc, c.Code) || e.At < c.Entry.At {
				continue
			}
			c.Entry, c.On, c.Said = e, e.Doc.Text("authored"), map[string]string{}
			for item := range e.Doc.At("item") {
				for x := range item.Get("answer").Elems() {
					c.Said[item.Get("linkId").Str()] = tidy(x.Get("valueString").Str())
				}
			}
		}
		return nil
	})
	return all, err
}

// tagged reports whether a document was written as one of the things of this page.
func tagged(d *fhir.Doc, code string) bool {
	for t := range d.At("meta.tag") {
		if t.Get("system").Str() == caringSystem && t.Get("code").Str() == code {
			return true
		}
	}
	return false
}

// careHome is where the parts are shown.
func (a *ask) careHome() string {
	return a.to(a.wayToCare())
}

// wayToCare is the same before a language is put to it.
func (a *ask) wayToCare() string {
	if a.helping() {
		return "/me/caring"
	}
	return "/carer"
}

// partOf is the part that the address names.
func partOf(r *http.Request, all []cared) (cared, error) {
	for _, c := range all {
		if c.Code == r.PathValue("part") {
			return c, nil
		}
	}
	return cared{}, fault.NotFound
}

func (a *ask) careForm(c cared) *form.Form {
	var fields []form.Field
	for _, q := range c.Ask {
		id := "carers." + c.Code + "." + q
		f := form.Field{Name: q, Label: a.say(id), Hint: a.say(id + ".hint"), As: form.Textarea, Max: 2000, Value: c.Said[q]}
		if f.Hint == id+".hint" {
			f.Hint = ""
		}
		fields = append(fields, f)
	}
	stamp := ""
	if c.there() {
		stamp = c.stamp()
	}
	f := form.Of(a.say("carers."+c.Code), append(fields, form.Field{Name: "stamp", As: form.Hidden, Value: stamp}, form.Field{Name: "both", As: form.Hidden})...)
	f.Button, f.Action = a.say("carers.save"), a.to("/me/caring/"+c.Code)
	return f
}

func (s *Site) careFrame(r *http.Request, a *ask, title string) ui.Page {
	p := s.page(r, a, title)
	p.Back = &ui.Link{Text: a.say("carers.title"), Href: a.careHome()}
	return p
}

// askCare is GET /me/caring/{part}: to write it or to change it.
func (s *Site) askCare(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.caring(r, a)
	if err != nil {
		return err
	}
	c, err := partOf(r, all)
	if err != nil {
		return err
	}
	f := a.careForm(c)
	return show(w, r, http.StatusOK, careFormView(s.careFrame(r, a, f.Title), f, c, a))
}

type clash struct {
	Theirs, Mine cared
	Action, Keep string
}

// writeCare is POST /me/caring/{part}.
func (s *Site) writeCare(w http.ResponseWriter, r *http.Request, a *ask) error {
	blank := make([]cared, len(careParts))
	for i, p := range careParts {
		blank[i] = cared{carePart: p}
	}
	c, err := partOf(r, blank)
	if err != nil {
		return err
	}
	f := a.careForm(c)
	bad := f.Read(r)
	c.Said = map[string]string{}
	said := false
	for _, q := range c.Ask {
		c.Said[q] = f.Value(q)
		said = said || c.Said[q] != ""
	}
	if bad == nil && !said {
		bad = &fault.Error{Kind: fault.Invalid, Problems: []fault.Problem{{Path: c.Ask[0], Say: "Write something down, or go back"}}}
	}
	made := id.New(int64(a.whom)) // not within the work, which may run twice
	var now cared
	stale := false
	err = s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("caring")
		all, err := caredIn(v)
		if err != nil || bad != nil {
			return err
		}
		if now, err = partOf(r, all); err != nil {
			return err
		}
		if stale = now.there() && now.stamp() != f.Value("stamp"); stale {
			return nil
		}
		e := now.Entry
		if !now.there() {
			e = record.Entry{Header: record.Header{ID: made, Kind: "QuestionnaireResponse"}}
		}
		e.Doc = a.careDoc(c, s.Door.Text(a.whom), v.Now().FHIR())
		return v.Put(e)
	})
	switch {
	case err != nil:
		return err
	case f.Took(bad):
		return show(w, r, http.StatusUnprocessableEntity, careFormView(s.careFrame(r, a, f.Title), f, c, a))
	case bad != nil:
		return bad
	case stale && f.Value("both") == "yes":
		for _, q := range c.Ask {
			now.Said[q] = together(now.Said[q], c.Said[q])
		}
		f = a.careForm(now)
		return show(w, r, http.StatusOK, careFormView(s.careFrame(r, a, f.Title), f, now, a))
	case stale:
		x := clash{Theirs: now, Mine: c, Action: a.to("/me/caring/" + c.Code), Keep: a.careHome()}
		return show(w, r, http.StatusConflict, careClashView(s.careFrame(r, a, f.Title), x, a))
	}
	return on(w, r, a.careHome()+"#"+c.Code)
}

// together is what two people wrote, one below the other.
func together(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return a + "\n" + b
}

// careDoc is what somebody says of themselves as a carer, as FHIR has it.
func (a *ask) careDoc(c cared, whom, now string) *fhir.Doc {
	me := fhir.Obj{"reference", "Patient/" + whom}
	b := fhir.New("QuestionnaireResponse").
		Add("meta.security", fhir.Obj{"system", topicSystem, "code", "carers-own"}).
		Add("meta.tag", fhir.Obj{"system", caringSystem, "code", c.Code}).
		Add("_questionnaire.extension", fhir.Obj{"url", "http://hl7.org/fhir/StructureDefinition/display", "valueString", a.say("carers." + c.Code)}).
		Set("status", "completed").Set("subject", me).Set("authored", now).Set("author", me)
	for _, q := range c.Ask {
		if c.Said[q] != "" {
			b.Add("item", fhir.Obj{"linkId", q, "text", a.say("carers." + c.Code + "." + q), "answer", fhir.List{fhir.Obj{"valueString", c.Said[q]}}})
		}
	}
	return b.Doc()
}

// askUncare is GET /me/caring/{part}/remove.
func (s *Site) askUncare(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.caring(r, a)
	if err != nil {
		return err
	}
	c, err := partOf(r, all)
	if err != nil || !c.there() {
		return fault.NotFound
	}
	return show(w, r, http.StatusOK, uncareView(s.careFrame(r, a, a.say("carers.remove.title", "What", a.say("carers."+c.Code))), c, a))
}

// uncare is POST /me/caring/{part}/remove.
func (s *Site) uncare(w http.ResponseWriter, r *http.Request, a *ask) error {
	stamp := r.PostFormValue("stamp")
	err := s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("caring")
		all, err := caredIn(v)
		if err != nil {
			return err
		}
		c, err := partOf(r, all)
		switch {
		case err != nil:
			return err
		case !c.there():
			return fault.NotFound
		case c.stamp() != stamp:
			return fault.New(fault.Stale, "This was changed since you opened it. Look at it again before you remove it.")
		}
		return v.Remove(c.Entry.ID, c.Entry.Version)
	})
	if err != nil {
		return err
	}
	return on(w, r, a.careHome())
}

// printCare is GET /me/caring/{part}/print: on one side of paper, in large print.
func (s *Site) printCare(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.caring(r, a)
	if err != nil {
		return err
	}
	c, err := partOf(r, all)
	if err != nil || !c.there() {
		return fault.NotFound
	}
	p := printPage{What: c.Code, Size: "large", Class: "one-sheet one-sheet--large", Made: a.Date(a.now)}
	for _, q := range c.Ask {
		if c.Said[q] != "" {
			p.Parts = append(p.Parts, sheetPart{Code: q, Title: a.say("carers." + c.Code + "." + q), Items: []string{c.Said[q]}})
		}
	}
	p.Page = s.careFrame(r, a, a.say("carers."+c.Code))
	a.subject.Born, a.subject.NHS = "", "" // a neighbour may be given it
	return show(w, r, http.StatusOK, carePrintView(p, a))
}
