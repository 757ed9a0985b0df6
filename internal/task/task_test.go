package task

import (
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

var (
	council = consent.Party{Level: consent.Team, ID: "adults"}
	charity = consent.Party{Level: consent.Organisation, ID: "befrienders"}
	tom     = consent.Actor{Account: "tom", Role: "social-worker", Team: council}
	hana    = consent.Actor{Account: "hana", Role: "link-worker", Organisation: charity}
	priya   = consent.Actor{Account: "priya", Role: "gp", Organisation: consent.Party{Level: consent.Organisation, ID: "surgery"}}
)

func work(status string) Work {
	return Work{What: "Somebody to talk to", Why: "She is alone since June", Status: status, By: "2026-12-24", AnswerBy: "2026-12-01",
		Asker: council, AskedBy: "Tom Okafor, Ealing Council", Doer: charity, DoneBy: "Acton Befrienders", Service: "7b1c"}
}

func entryOf(w Work, version int64) record.Entry {
	return record.Entry{Header: record.Header{Version: version}, Doc: w.doc("P", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z")}
}

func TestWhatWasAskedReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := work(Done)
	w.Notes = []Note{{"When is she at home?", "Hana Saleh", "2026-11-24T10:00:00Z"}}
	w.Outcome, w.Reason = "Rose visits on Tuesdays", "none"
	got := read(entryOf(w, 1).Doc)
	if len(got.Notes) != 1 || got.Notes[0] != w.Notes[0] {
		t.Errorf("notes are %v", got.Notes)
	}
	got.Notes, w.Notes = nil, nil
	if got.What != w.What || got.Why != w.Why || got.Status != w.Status || got.By != w.By || got.AnswerBy != w.AnswerBy || got.Asker != w.Asker ||
		got.Doer != w.Doer || got.AskedBy != w.AskedBy || got.DoneBy != w.DoneBy || got.Service != w.Service || got.Outcome != w.Outcome || got.Reason != w.Reason {
		t.Errorf("was %+v, is %+v", w, got)
	}
}

// every state and every side: a move is let through when the table has it, and refused
// with a sentence when it has not.
func TestOnlyTheMovesOfTheTableAreMade(t *testing.T) {
	t.Parallel()
	rule := Rule(func(record.Edit) error { return nil })
	all := []string{Asked, Taken, Declined, Begun, Done, Returned, Stopped}
	made := 0
	for _, from := range all {
		for _, to := range all {
			for name, who := range map[string]consent.Actor{"who asked": tom, "who does it": hana, "somebody else": priya} {
				for _, theirs := range []bool{false, true} {
					old, now := work(from), work(to)
					if from == to {
						now.Notes = []Note{{"Hello", "X", "2026-11-24T10:00:00Z"}}
					}
					may := false
					for _, m := range old.May(old.SideOf(who, theirs)) {
						may = may || m.To == to || m.To == "" && from == to
					}
					err := rule(record.Edit{Old: entryOf(old, 1), New: entryOf(now, 1), Who: who, Own: theirs})
					if kind, _ := fault.Of(err); (err == nil) != may || err != nil && kind != fault.Refused {
						t.Errorf("%s (the person: %v), from %s to %s: %v", name, theirs, from, to, err)
					}
					if may {
						made++
					}
				}
			}
		}
	}
	if made < 20 {
		t.Errorf("only %d moves could be made", made)
	}
}

func TestWhatWasAskedAndSaidStays(t *testing.T) {
	t.Parallel()
	rule := Rule(func(record.Edit) error { return nil })
	old := work(Asked)
	old.Notes = []Note{{"When?", "Hana", "2026-11-24T10:00:00Z"}}
	for name, alter := range map[string]func(*Work){
		"what":           func(w *Work) { w.What = "Something else" },
		"whom":           func(w *Work) { w.Doer = council },
		"who asked":      func(w *Work) { w.Asker = charity },
		"by when":        func(w *Work) { w.By = "2030-01-01" },
		"answer by when": func(w *Work) { w.AnswerBy = "" },
		"what was said":  func(w *Work) { w.Notes = []Note{{"Never mind", "Hana", "2026-11-24T10:00:00Z"}} },
		"all said":       func(w *Work) { w.Notes = nil },
	} {
		now := old
		alter(&now)
		if rule(record.Edit{Old: entryOf(old, 1), New: entryOf(now, 1), Who: hana}) == nil {
			t.Errorf("%s was altered", name)
		}
	}
	if rule(record.Edit{Old: entryOf(old, 1), Who: tom}) == nil {
		t.Error("it was removed")
	}
}

func TestOneAsksInOnesOwnName(t *testing.T) {
	t.Parallel()
	rule := Rule(func(record.Edit) error { return nil })
	own := work(Asked)
	own.Asker = consent.Party{}
	for name, c := range map[string]struct {
		edit record.Edit
		may  bool
	}{
		"the council's team, by one of it":     {record.Edit{New: entryOf(work(Asked), 0), Who: tom}, true},
		"the council's team, by somebody else": {record.Edit{New: entryOf(work(Asked), 0), Who: priya}, false},
		"the person, by themselves":            {record.Edit{New: entryOf(own, 0), Own: true}, true},
		"the person, by a professional":        {record.Edit{New: entryOf(own, 0), Who: tom}, false},
		"done already":                         {record.Edit{New: entryOf(work(Done), 0), Who: tom}, false},
	} {
		if err := rule(c.edit); (err == nil) != c.may {
			t.Errorf("%s: %v", name, err)
		}
	}
}
