package plan

import (
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/fhir"
	"onestory/internal/record"
)

// shapes.go reads the shapes in which systems send plans: a CarePlan with its goals and
// activities, those by themselves, and answers under the standards' headings.

// carePlan reads a plan: what is said in it of needs, hopes and actions, and its own
// words under the part that its category or title names.
func (r *reading) carePlan(e record.Entry) {
	root, before := e.Doc.Root(), len(r.all)
	on := dated(root, "created", "period.start")
	own, h := r.begun(e, "other", on), r.headed(e)
	refers := false
	for x := range root.At("addresses") {
		if r.enough(own.Text) {
			break
		}
		refers = r.need(e, x, on) || refers
	}
	for x := range root.At("goal") {
		if r.enough(own.Text) {
			break
		}
		to := fhir.ParseReference(x.Get("reference").Str())
		switch _, here := r.sent[last(to.Text)]; {
		case to.Kind == fhir.RefFragment:
			r.add(r.goal(e, within(e.Doc, to.ID)))
		case here: // it is read where it stands
			refers = true
		default:
			one := r.begun(e, "goal", on)
			one.put("words", x.Get("display").Str())
			r.add(one)
		}
	}
	var steps []string
	for x := range root.At("activity") {
		if r.enough(own.Text) {
			break
		}
		if d := x.Get("detail"); d.Exists() {
			step := r.detail(e, d, on)
			switch {
			case ended(step.Status):
			case slices.Contains([]string{"strengths", "worse", "wishes", "other"}, h.Part) && !step.Not:
				steps = append(steps, step.Said["words"]) // they are the words of the one thing that it is about
			default:
				if h.Part == "need" || h.Part == "goal" {
					step.Part = PartOf(h.Part)
				}
				step.put("how", progress(x))
				r.add(step)
			}
		}
		refers = r.activity(e, x, on) || refers
	}
	for x := range root.At("supportingInfo.reference") {
		_, here := r.sent[last(x.Str())]
		refers = refers || here
	}
	words := append(append(texts(root, "description"), texts(root, "note.text")...), steps...)
	r.own(own, h, e, words, refers || len(r.all) > before)
}

// own adds the words of a plan itself.
func (r *reading) own(x Received, h Heading, e record.Entry, words []string, more bool) {
	title := e.Doc.Text("title")
	if named, ok := r.names.of(title); ok && named.Part == h.Part {
		title = "" // it says the heading again
	}
	all := strings.TrimSpace(strings.Join(words, "\n"))
	switch h.Part {
	case "worse":
		x.Part = PartOf("worse")
		if title == "" && len(words) > 0 {
			title, all = words[0], strings.TrimSpace(strings.Join(words[1:], "\n"))
		}
		x.put("words", title)
		if h.Ask != "" && h.Ask != "words" {
			x.put(h.Ask, all)
		} else {
			x.put("do", all)
		}
	case "wishes":
		x.Part = PartOf("wishes")
		ask := h.Ask
		if ask == "" {
			ask = "want"
			x.put(ask, title)
		}
		x.put(ask, all)
	case "strengths", "need", "goal":
		x.Part = PartOf(h.Part)
		x.put("words", all)
		if all == "" && !more {
			x.put("words", title)
		}
	default:
		if all == "" && more {
			return // it holds what stands elsewhere
		}
		if title == "" {
			title = concept(e.Doc.Root().Get("category").Index(0))
		}
		x.put("title", title)
		x.put("words", all)
	}
	r.add(x)
}

// headed is the heading that a plan bears, by its category, its title, or what it is about.
func (r *reading) headed(e record.Entry) Heading {
	var names []string
	for c := range e.Doc.At("category") {
		names = append(names, c.Get("text").Str())
		for x := range c.Get("coding").Elems() {
			names = append(names, x.Get("display").Str())
		}
	}
	for _, name := range append(names, e.Doc.Text("title")) {
		if h, ok := r.names.of(name); ok && PartOf(h.Part) != nil && !PartOf(h.Part).About() {
			return h
		}
	}
	if e.Labels&consent.Wishes != 0 {
		return Heading{Part: "wishes"}
	}
	return Heading{}
}

// need reads what a plan is for: a condition that the reader may see, or words.
func (r *reading) need(e record.Entry, v fhir.Value, on string) (refers bool) {
	to := fhir.ParseReference(v.Get("reference").Str())
	x := r.begun(e, "need", on)
	if to.Kind == fhir.RefFragment {
		x.put("words", concept(within(e.Doc, to.ID).Get("code")))
	} else if c, here := r.find(to); here {
		x = r.begun(c, "need", dated(c.Doc.Root(), "recordedDate", "onsetDateTime"))
		x.put("words", concept(c.Doc.Root().Get("code")))
	}
	if len(x.Said) == 0 || x.Said["words"] == "" {
		x.put("words", v.Get("display").Str())
	}
	r.add(x)
	return false
}

// find is the entry that a reference leads to, if the reader may see it and it came from
// another system.
func (r *reading) find(to fhir.Ref) (e record.Entry, ok bool) {
	if to.Kind != fhir.RefRelative || to.ID == "" {
		return e, false
	}
	if e, ok = r.sent[to.ID]; !ok {
		e, ok = r.get(to.ID)
	}
	return e, ok && e.Source != "" && e.Doc != nil && e.Kind == to.Type
}

// activity reads what an activity of a plan leads to, and reports whether that is read
// where it stands.
func (r *reading) activity(e record.Entry, v fhir.Value, on string) (refers bool) {
	ref := v.Get("reference")
	to := fhir.ParseReference(ref.Get("reference").Str())
	if to.Kind == fhir.RefFragment {
		r.add(r.step(e, within(e.Doc, to.ID), on))
		return false
	}
	if at, here := r.find(to); here {
		if at.Kind != "Task" && at.Kind != "ServiceRequest" {
			r.add(r.step(at, at.Doc.Root(), on))
		}
		return true
	}
	x := r.begun(e, "action", on)
	x.put("words", ref.Get("display").Str())
	if x.Said["words"] != "" {
		x.put("how", progress(v))
	}
	r.add(x)
	return false
}

// progress is what was noted of how an activity goes.
func progress(v fhir.Value) string {
	return strings.Join(append(texts(v, "progress.text"), outcomes(v, "outcomeCodeableConcept")...), "\n")
}

func texts(v fhir.Value, path string) (all []string) {
	for x := range v.At(path) {
		if s := strings.TrimSpace(x.Str()); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func outcomes(v fhir.Value, path string) (all []string) {
	for x := range v.At(path) {
		if s := concept(x); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// goal reads a Goal, which may stand in another resource.
func (r *reading) goal(e record.Entry, v fhir.Value) Received {
	x := r.begun(e, "goal", dated(v, "statusDate", "startDate", "meta.lastUpdated"))
	x.put("words", concept(v.Get("description")))
	if x.Said["words"] == "" {
		return x
	}
	x.matters(v)
	switch status := v.Get("lifecycleStatus").Str(); status {
	case "active", "completed":
		x.Said["status"] = status
	default:
		x.Status = status
	}
	for t := range v.At("target") {
		x.put("how", concept(t.Get("detailCodeableConcept")))
		x.put("how", t.Get("detailString").Str())
		if due := t.Get("dueDate").Str(); due != "" {
			x.when(due)
		}
	}
	x.put("how", v.Text("achievementStatus.text")) // a code by itself says nothing to anybody
	x.put("how", notes(v))
	x.hangs(v, "addresses.reference")
	return x
}

// matters reads how much a goal matters, where that is said as FHIR has it.
func (x *Received) matters(v fhir.Value) {
	p := v.Get("priority")
	for c := range p.Get("coding").Elems() {
		if m := strings.TrimSuffix(c.Get("code").Str(), "-priority"); slices.Contains(matters, m) {
			x.Said["matters"] = m
			return
		}
	}
	x.put("how", concept(p))
}

// hangs notes what a thing is for: by its references there, and by those of our own kind.
func (x *Received) hangs(v fhir.Value, path string) {
	for ref := range v.At(path) {
		x.under = append(x.under, last(ref.Str()))
	}
	for ext := range v.At("extension") {
		if ext.Get("url").Str() == under {
			x.under = append(x.under, last(ext.Get("valueReference").Get("reference").Str()))
		}
	}
}

// stands takes how an action stands: in our own words for it, or beside.
func (x *Received) stands(status string) {
	switch status {
	case "", "unknown":
	case "not-started", "scheduled", "requested", "ready", "received", "booked", "proposed", "pending":
		x.Said["status"] = "requested"
	case "in-progress", "arrived":
		x.Said["status"] = "in-progress"
	case "completed", "fulfilled":
		x.Said["status"] = "completed"
	default:
		x.Status = status
	}
}

// who takes who does it, by what they are called; or the person.
func (x *Received) who(list fhir.Value) {
	var names []string
	for v := range list.Elems() {
		name := strings.TrimSpace(v.Get("display").Str())
		if fhir.ParseReference(v.Get("reference").Str()).Type == "Patient" {
			x.Said["who"], x.Said["name"] = ThePerson, name
			return
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		x.Said["name"] = strings.Join(names, ", ")
		x.Said["who"] = x.Said["name"]
	}
}

// detail reads an activity that is told in the plan itself.
func (r *reading) detail(e record.Entry, v fhir.Value, on string) Received {
	x := r.begun(e, "action", on)
	x.put("words", v.Get("description").Str())
	x.put("words", concept(v.Get("code")))
	if x.Said["words"] == "" {
		return x
	}
	x.Not = v.Get("doNotPerform").Bool()
	x.who(v.Get("performer"))
	x.times(v, "scheduled")
	x.stands(v.Get("status").Str())
	for _, c := range outcomes(v, "reasonCode") {
		x.put("how", c)
	}
	x.put("how", v.Text("location.display"))
	x.hangs(v, "goal.reference")
	return x
}

// times reads when something is to be: as words, a day, a period or a timing.
func (x *Received) times(v fhir.Value, name string) {
	t, kind := v.Choice(name)
	switch kind {
	case "String", "DateTime":
		x.when(t.Str())
	case "Period":
		x.period(t)
	case "Timing":
		if said := concept(t.Get("code")); said != "" {
			x.When = said
		} else if on := t.Text("event"); on != "" {
			x.when(on)
		} else {
			x.period(t.Get("repeat").Get("boundsPeriod"))
		}
	}
}

func (x *Received) period(v fhir.Value) {
	if on := dated(v, "end", "start"); on != "" {
		x.when(on)
	}
}

// task reads a Task.
func (r *reading) task(e record.Entry, v fhir.Value) Received {
	x := r.begun(e, "action", dated(v, "lastModified", "authoredOn"))
	x.put("words", v.Get("description").Str())
	if _, heading := r.names.of(concept(v.Get("code"))); !heading && x.Said["words"] == "" {
		x.put("words", concept(v.Get("code")))
	}
	if x.Said["words"] == "" {
		return x
	}
	x.stands(v.Get("status").Str())
	x.who(v.Get("owner"))
	x.period(v.Get("restriction").Get("period"))
	if x.Said["when"] == "" && x.When == "" {
		x.period(v.Get("executionPeriod"))
	}
	for in := range v.At("input.valueString") {
		if slices.Contains(sureness, in.Str()) {
			x.Said["sure"] = in.Str()
		} else {
			x.put("how", in.Str())
		}
	}
	x.put("how", concept(v.Get("reasonCode")))
	x.put("how", notes(v))
	x.hangs(v, "focus.reference")
	return x
}

// request reads a ServiceRequest.
func (r *reading) request(e record.Entry, v fhir.Value) Received {
	x := r.begun(e, "action", dated(v, "authoredOn"))
	x.put("words", concept(v.Get("code")))
	x.put("words", v.Get("patientInstruction").Str())
	if x.Said["words"] == "" {
		return x
	}
	x.Not = v.Get("doNotPerform").Bool()
	x.stands(v.Get("status").Str())
	x.who(v.Get("performer"))
	x.times(v, "occurrence")
	for _, c := range outcomes(v, "reasonCode") {
		x.put("how", c)
	}
	x.put("how", notes(v))
	return x
}

// step reads what an activity leads to, of whichever type: by its words, if it has any.
func (r *reading) step(e record.Entry, v fhir.Value, on string) Received {
	switch v.Get("resourceType").Str() {
	case "Task":
		return r.task(e, v)
	case "ServiceRequest":
		return r.request(e, v)
	}
	x := r.begun(e, "action", on)
	for _, member := range []string{"code", "medicationCodeableConcept", "codeCodeableConcept", "serviceType"} {
		x.put("words", concept(v.Get(member)))
	}
	x.put("words", v.Get("description").Str())
	x.put("words", v.Text("payload.contentString"))
	if x.Said["words"] == "" {
		return x
	}
	x.stands(v.Get("status").Str())
	x.Not = v.Get("doNotPerform").Bool()
	x.when(dated(v, "start", "authoredOn"))
	x.put("how", notes(v))
	return x
}
