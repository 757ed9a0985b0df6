package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// A Received is one thing that another system sent about a plan, in its place in ours: it
// is read beside our own pieces, and stays as it came.
type Received struct {
	Part   *Part
	Said   map[string]string // by question of the part, in the words of whoever sent it
	When   string            // when it is to be: a FHIR date, or words; "" when Said has it, or nobody said
	Status string            // how it stands, as FHIR's code; "" when Said has it, or nobody said
	Not    bool              // it is not to be done
	On     string            // when it was written, as FHIR has dates
	Source string
	Entry  record.Header // where it was read
	Text   string        // that entry's id in addresses
	Key    string        // tells it from all else that was sent, as long as its words stay
	under  []string      // the entries that it is for, by their ids in addresses
}

// Others is what other systems sent about plans, as far as the reader may see it, in the
// order of Parts and the latest first. Left out is what they cancelled, finished as a
// plan, marked as a mistake, or replaced by something newer; what fits no part stands
// under "other". entry turns an id in addresses back into an entry's.
func Others(v record.View, text Text, entry func(string) (id.Entry, error)) ([]Received, error) {
	var all []record.Entry
	for _, kind := range []string{"CarePlan", "Goal", "Task", "ServiceRequest", "QuestionnaireResponse"} {
		if err := v.All(kind, func(e record.Entry) error {
			if e.Source != "" {
				all = append(all, e)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	var failed error
	found := placed(all, text, func(which string) (record.Entry, bool) {
		n, err := entry(which)
		if err != nil {
			return record.Entry{}, false
		}
		e, err := v.Get(n)
		if err != nil && !errors.Is(err, fault.NotFound) {
			failed = err
		}
		return e, err == nil
	})
	return found, failed
}

// A reading is a reading of what others sent.
type reading struct {
	text   Text
	get    func(string) (record.Entry, bool)
	names  lexicon
	sent   map[string]record.Entry // by id in addresses
	live   map[string]bool         // what a plan that stands refers to, by id in addresses
	over   map[string]bool         // what a plan that is over refers to
	hidden map[string]bool         // plans that are over
	seen   map[string]bool         // keys
	many   map[string]int          // how much was read from each entry
	all    []Received
}

// placed puts what was sent into its places. It knows nothing but what it is given.
func placed(all []record.Entry, text Text, get func(string) (record.Entry, bool)) []Received {
	r := &reading{
		text: text, get: get, names: newLexicon(), sent: map[string]record.Entry{}, live: map[string]bool{},
		over: map[string]bool{}, hidden: map[string]bool{}, seen: map[string]bool{}, many: map[string]int{},
	}
	for _, e := range all {
		r.sent[text(e.ID)] = e
	}
	r.standing(all)
	for _, e := range all {
		switch which := text(e.ID); {
		case e.Kind == "CarePlan" && !r.hidden[which]:
			r.carePlan(e)
		case r.over[which] && !r.live[which]: // it went with its plan
		case e.Kind == "Goal":
			r.add(r.goal(e, e.Doc.Root()))
		case e.Kind == "Task" && (r.live[which] || planned(e.Doc)):
			r.add(r.task(e, e.Doc.Root()))
		case e.Kind == "ServiceRequest" && (r.live[which] || planned(e.Doc)):
			r.add(r.request(e, e.Doc.Root()))
		case e.Kind == "QuestionnaireResponse" && !ended(e.Doc.Text("status")):
			r.answers(e)
		}
	}
	slices.SortStableFunc(r.all, func(a, b Received) int {
		return cmp.Or(cmp.Compare(slices.Index(parts, a.Part), slices.Index(parts, b.Part)), cmp.Compare(b.On, a.On))
	})
	return r.all
}

// planned reports whether a Task or ServiceRequest that no plan refers to is of a plan all
// the same: it says so itself, or is for a plan or a hope. What was ordered otherwise is a
// referral, and stands in the record.
func planned(d *fhir.Doc) bool {
	switch d.Text("intent") {
	case "plan", "proposal":
		return true
	}
	for _, path := range []string{"basedOn.reference", "focus.reference"} {
		for x := range d.At(path) {
			if to := fhir.ParseReference(x.Str()); to.Type == "CarePlan" || to.Type == "Goal" {
				return true
			}
		}
	}
	return false
}

// ended reports whether FHIR's status says that something is not, and will not be.
func ended(status string) bool {
	switch status {
	case "cancelled", "revoked", "stopped", "rejected", "failed", "entered-in-error", "noshow", "not-done":
		return true
	}
	return false
}

// standing finds which plans stand, and what those refer to that do and that do not.
func (r *reading) standing(all []record.Entry) {
	next := map[string][]string{} // what each replaces
	old := map[string]bool{}
	for _, e := range all {
		if e.Kind != "CarePlan" {
			continue
		}
		which := r.text(e.ID)
		status := e.Doc.Text("status")
		r.hidden[which] = ended(status) || status == "completed"
		if status == "draft" || status == "entered-in-error" || status == "unknown" {
			continue // it takes no other's place
		}
		for x := range e.Doc.At("replaces.reference") {
			to := last(x.Str())
			if was, here := r.sent[to]; here && to != which && was.Source == e.Source { // nobody replaces what another sent
				next[which], old[to] = append(next[which], to), true
			}
		}
	}
	var replace func(which string)
	replace = func(which string) {
		for _, to := range next[which] {
			if old[to] {
				old[to], r.hidden[to] = false, true
				replace(to)
			}
		}
	}
	for _, e := range all { // from those that nothing replaces: of a ring, all stand
		if which := r.text(e.ID); !old[which] {
			replace(which)
		}
	}
	for _, e := range all {
		if e.Kind != "CarePlan" {
			continue
		}
		to := r.live
		if r.hidden[r.text(e.ID)] {
			to = r.over
		}
		for _, path := range []string{"goal.reference", "activity.reference.reference"} {
			for x := range e.Doc.At(path) {
				to[last(x.Str())] = true
			}
		}
	}
}

// begun is a thing read from an entry, with nothing said yet.
func (r *reading) begun(e record.Entry, part, on string) Received {
	if on == "" && e.Updated != 0 {
		on = e.Updated.FHIR()
	}
	return Received{Part: PartOf(part), Said: map[string]string{}, On: on, Source: e.Source, Entry: e.Header, Text: r.text(e.ID)}
}

// mostOf is how many things are read of one entry, and longest how many bytes of words for
// one question: what is more, no page could show. All of it stands in the record.
const (
	mostOf  = 300
	longest = 20_000
)

// enough reports whether as much was read of an entry as ever is.
func (r *reading) enough(which string) bool { return r.many[which] >= mostOf }

// add takes what was read, unless it says nothing, is over, or was read already.
func (r *reading) add(x Received) {
	if x.Part == nil || ended(x.Status) {
		return
	}
	for code, said := range x.Said {
		if x.Said[code] = strings.TrimSpace(said); x.Said[code] == "" {
			delete(x.Said, code)
		}
	}
	if len(x.Said) == 0 {
		return
	}
	x.Key = x.Text + "." + x.print()
	if !r.seen[x.Key] && !r.enough(x.Text) {
		r.seen[x.Key] = true
		r.many[x.Text]++
		r.all = append(r.all, x)
	}
}

// print stands for the words, in whichever way they are spaced: how it goes may change,
// and it is the same thing.
func (x *Received) print() string {
	h := sha256.New()
	h.Write([]byte(x.Part.Code))
	for _, q := range x.Part.Asks {
		if words := plainly(x.Said[q.Code]); q.Code != "how" && (q.As == Words || q.As == Line) && words != "" {
			h.Write([]byte("\n" + q.Code + " " + words))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// put adds to what is said already, on a line of its own.
func (x *Received) put(code, words string) {
	words = strings.TrimSpace(words)
	switch had := x.Said[code]; {
	case words == "" || len(had) >= longest:
	case len(had)+len(words) >= longest:
		x.Said[code] = strings.ToValidUTF8((had + "\n" + words)[:longest], "") + " …"
	case had == "":
		x.Said[code] = words
	case !slices.Contains(strings.Split(had, "\n"), words):
		x.Said[code] = had + "\n" + words
	}
}

// when takes a day into the question for it, and all else beside.
func (x *Received) when(date string) {
	if _, _, ok := fhir.Interval(date); ok && len(date) >= 10 && x.Part.Ask("when") != nil {
		x.Said["when"] = date[:10]
	} else {
		x.When = date
	}
}

// concept is what a CodeableConcept says: the words somebody chose, else those of a code,
// else the code.
func concept(v fhir.Value) string {
	found := v.Get("text").Str()
	for c := range v.Get("coding").Elems() {
		if found == "" {
			found = c.Get("display").Str()
		}
	}
	return cmp.Or(found, v.Text("coding.code"))
}

// notes are what was noted, one to a line.
func notes(v fhir.Value) string {
	var all []string
	for n := range v.At("note.text") {
		all = append(all, n.Str())
	}
	return strings.Join(all, "\n")
}

// dated is the first date at any of the paths.
func dated(v fhir.Value, paths ...string) string {
	for _, p := range paths {
		if on := v.Text(p); on != "" {
			return on
		}
	}
	return ""
}

// within is the resource that is contained in a document under an id.
func within(d *fhir.Doc, name string) fhir.Value {
	for c := range d.At("contained") {
		if name != "" && c.Get("id").Str() == name {
			return c
		}
	}
	return fhir.Value{}
}

// Day is the day on which it was written, as FHIR has it.
func (x *Received) Day() string {
	if from, _, ok := fhir.Interval(x.On); ok && len(x.On) > 10 {
		return from.FHIR()[:10]
	}
	return x.On
}
