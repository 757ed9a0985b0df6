package plan

import (
	"testing"

	"onestory/internal/record"
)

func TestWhatWasToldIsOfferedAndOnesOwnWordsGoBeforeThoseThatWereSent(t *testing.T) {
	t.Parallel()
	piece := func(part, text string, said ...string) Piece {
		x := Piece{Part: PartOf(part), Text: text, Said: map[string]string{}, Entry: record.Entry{Header: record.Header{At: 1}}}
		for i := 0; i < len(said); i += 2 {
			x.Said[said[i]] = said[i+1]
		}
		return x
	}
	p := &Plan{Pieces: []Piece{
		piece("important", "a", "words", "my roses"), piece("strengths", "b", "words", "I cook"), piece("need", "n", "words", "the stairs"),
		piece("goal", "g", "words", "to walk", "status", "active"), piece("goal", "h", "words", "to swim", "status", "completed"), piece("goal", "i", "status", "active"),
	}}
	sent := map[string]Told{"important": {PartOf("important"), "older", "2026-01", "council", record.Header{}}, "worth": {PartOf("worth"), "I taught", "2026-02", "council", record.Header{}}}
	got := ""
	for _, x := range Offers(p, sent) {
		got += x.Code + ":" + x.Words + ":" + x.On + " "
	}
	if want := "important:my roses: worth:I taught:2026-02 n:the stairs: g:to walk: "; got != want {
		t.Errorf("offered %q, not %q", got, want)
	}
}
