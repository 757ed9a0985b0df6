package script

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/record"
)

// TestTheFileWithEverythingHasEverythingThatIsTheirs holds what a person downloads
// against the database: every entry of theirs is in it, and what a clinician has marked
// as harmful to them, or told by somebody else, is not. That it was made is a line.
func TestTheFileWithEverythingHasEverythingThatIsTheirs(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(t *testing.T, place func() string) {
		w := makeWorld(t, place(), true)
		for _, who := range []string{"amina", "marcus", "rita", "leila"} {
			kept := map[string]bool{}
			err := w.house.Door.Export(context.Background(), "test", w.person(t, who), func(v record.View) error {
				return v.Every(func(e record.Entry) error {
					kept[w.house.Door.EntryText(e.ID)] = e.Labels&(consent.SeriousHarm|consent.ThirdParty) == 0
					return nil
				})
			})
			if err != nil || len(kept) < 20 {
				t.Fatalf("%s has %d entries: %v", who, len(kept), err)
			}
			before, _ := w.lines(t, w.person(t, who))
			a := w.visitor(t, who).ask(get("/me/download"))
			if after, _ := w.lines(t, w.person(t, who)); a.Code != http.StatusOK || after != before+1 {
				t.Fatalf("the file of %s: %d, %d lines", who, a.Code, after-before)
			}
			file, missing := a.Body.String(), 0
			for id, theirs := range kept {
				if has := strings.Contains(file, `"id":"`+id+`"`); theirs && !has {
					missing++
				} else if !theirs && has {
					t.Errorf("the file of %s has an entry that would harm", who)
				}
			}
			if missing > 0 {
				t.Errorf("the file of %s lacks %d of %d entries", who, missing, len(kept))
			}
			if names := w.spilled(who, file); names != nil {
				t.Errorf("the file of %s has the words of %v", who, names)
			}
		}
	})
}
