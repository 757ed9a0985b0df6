package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestThePlanSaysWhatOthersWroteSinceTheReaderLooked(t *testing.T) {
	each(t, func(w *world) {
		amina, nia := w.as("amina"), w.as("nia")
		const says = "written by others since you last looked"
		if page := amina.sees("/me/plan", 200); strings.Contains(page, says) {
			t.Error("something is new to who never looked")
		}
		theirs := "/people/" + w.address + "/plan"
		nia.sees(theirs, 200)
		nia.posts(theirs+"/need/write", url.Values{"words": {"Her knees hurt"}}, 303)
		w.later.Add(int64(40 * time.Minute))
		amina, nia = w.as("amina"), w.as("nia")
		for range 2 { // a visit goes on
			page := amina.sees("/me/plan", 200)
			if !strings.Contains(page, "1 thing here was "+says) || !strings.Contains(page, "New since you looked") {
				t.Errorf("it is not new to her: %s", page)
			}
			w.later.Add(int64(time.Minute))
		}
		if page := nia.sees(theirs, 200); strings.Contains(page, says) {
			t.Error("her own is new to who wrote it")
		}
		w.later.Add(int64(40 * time.Minute))
		if page := w.as("amina").sees("/me/plan", 200); strings.Contains(page, says) {
			t.Error("it is still new to who saw it")
		}
	})
}
