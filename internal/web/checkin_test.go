package web

import (
	"strings"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/text"
)

func TestHomeOffersOnceAMonthToSayHowAHopeIsGoing(t *testing.T) {
	t.Parallel()
	now := clock.At(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	ago := func(days int) clock.Time { return now.Add(-time.Duration(days) * 24 * time.Hour) }
	hope := func(text string, days int, status string) plan.Piece {
		return plan.Piece{Part: plan.PartOf("goal"), Text: text, Entry: record.Entry{Header: record.Header{At: ago(days)}},
			Said: map[string]string{"words": "Hope " + text, "status": status}}
	}
	said := func(of string, days int, theirs bool) plan.CheckIn {
		return plan.CheckIn{Goal: of, At: ago(days), Theirs: theirs}
	}
	for _, c := range []struct {
		says string
		plan plan.Plan
		want string // the hope; "" for none
		why  consent.Purpose
	}{
		{"nothing is hoped for", plan.Plan{}, "", consent.Own},
		{"a hope is new", plan.Plan{Pieces: []plan.Piece{hope("a", 29, "active")}}, "", consent.Own},
		{"a month has gone by", plan.Plan{Pieces: []plan.Piece{hope("a", 31, "active")}}, "a", consent.Own},
		{"not to others", plan.Plan{Pieces: []plan.Piece{hope("a", 31, "active")}}, "", consent.Care},
		{"it is done", plan.Plan{Pieces: []plan.Piece{hope("a", 31, "completed")}}, "", consent.Own},
		{"they said so lately", plan.Plan{Pieces: []plan.Piece{hope("a", 90, "active")}, CheckIns: []plan.CheckIn{said("a", 5, true)}}, "", consent.Own},
		{"somebody else did", plan.Plan{Pieces: []plan.Piece{hope("a", 90, "active")}, CheckIns: []plan.CheckIn{said("a", 5, false)}}, "a", consent.Own},
		{"the one left longest", plan.Plan{Pieces: []plan.Piece{hope("a", 40, "active"), hope("b", 90, "active")}, CheckIns: []plan.CheckIn{said("b", 50, true)}}, "b", consent.Own},
	} {
		a := &ask{Lang: text.For("", ""), why: c.why, base: "/me", now: now}
		got := ""
		if l := a.offered(&c.plan); l != nil {
			got = strings.TrimSuffix(strings.TrimPrefix(l.Href, "/me/plan/goal/"), "/how")
		}
		if got != c.want {
			t.Errorf("%s: offered %q, not %q", c.says, got, c.want)
		}
	}
}
