package record_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// lines are the ids of the lines that a search picks, so many at a time.
func (w *world) lines(s record.Search, at int) (all []string) {
	w.Helper()
	w.as(w.own, consent.Own, nil, func(v record.View) error {
		all = nil
		for s.After = ""; ; {
			more, err := v.Lines(ctx, s, at, func(l record.Line) error {
				all = append(all, l.ID)
				return nil
			})
			if err != nil || more == "" {
				return err
			}
			s.After = more
		}
	})
	return all
}

func TestALongJournalIsReadPieceByPiece(t *testing.T) {
	each(t, func(w *world) {
		w.joins(consent.General)
		for i := range 7 {
			w.as(nurse, consent.Care, nil, func(v record.View) error { v.Doing(fmt.Sprint("n", i)); return nil })
			w.as(w.own, consent.Own, nil, func(v record.View) error {
				return v.Share(consent.Rule{ID: fmt.Sprint("x", i), To: nurse.Team, Labels: consent.Plan})
			})
		}
		theirs := record.Search{Keep: func(l record.Line) bool { return l.Who.Account == "nurse" }}
		if got := w.lines(theirs, 3); len(got) != 7 {
			w.Errorf("the nurse has %d lines: %v", len(got), got)
		}
		whole := w.lines(record.Search{}, 1000)
		pieces := w.lines(record.Search{}, 2)
		if pieces = pieces[len(pieces)-len(whole):]; !slices.Equal(whole, pieces) || len(whole) < 16 {
			w.Errorf("piece by piece it is\n%v, not\n%v", pieces, whole)
		}
		w.as(w.own, consent.Own, nil, func(v record.View) error {
			var all []record.Line
			if _, err := v.Lines(ctx, record.Search{}, 1000, func(l record.Line) error { all = append(all, l); return nil }); err != nil {
				return err
			}
			for _, l := range all {
				one, err := v.Line(ctx, l.ID)
				if err != nil || one.ID != l.ID || one.At != l.At || one.Who != l.Who || len(one.Said) != len(l.Said) {
					w.Errorf("line %s is %+v: %v", l.ID, one, err)
				}
			}
			mid := all[len(all)/2].At
			n := 0
			if _, err := v.Lines(ctx, record.Search{From: mid, Until: mid + 1}, 1000, func(l record.Line) error { n++; return nil }); err != nil || n == 0 {
				w.Errorf("one instant has %d lines: %v", n, err)
			}
			for _, id := range []string{"", "x", "l1", "c0-0", "l1-1", "lzzzzzzzzzzzzzzzz-1"} {
				if _, err := v.Line(ctx, id); !errors.Is(err, fault.NotFound) {
					w.Errorf("line %q: %v", id, err)
				}
			}
			if _, err := v.Lines(ctx, record.Search{After: "1.x"}, 1, nil); !errors.Is(err, fault.NotFound) {
				w.Errorf("a place that is none: %v", err)
			}
			return nil
		})
		w.as(nurse, consent.Care, nil, func(v record.View) error {
			if _, err := v.Line(ctx, whole[0]); !errors.Is(err, fault.NotFound) {
				w.Errorf("somebody else reads a line: %v", err)
			}
			more, err := v.Lines(ctx, record.Search{}, 10, func(record.Line) error { return errors.New("a line") })
			if more != "" {
				w.Error("there is more for somebody else")
			}
			return err
		})
	})
}
