package web_test

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var (
	hadStamp = regexp.MustCompile(`name="stamp" value="([0-9]*)"`)
	editAt   = regexp.MustCompile(`href="(/me/plan/need/[a-z0-9]+)/write"`)
)

// Fifty people write in one plan at once. Each adds a line of their own to one of a few
// pieces; who comes too late is shown what was written, puts both together and sends
// again, as the page offers. In the end every line that was acknowledged is there.
// EDITS asks for more of them than a run of all tests has time for.
func TestFiftyEditorsOfOnePlanLoseNothing(t *testing.T) {
	edits := 400
	if n, err := strconv.Atoi(os.Getenv("EDITS")); err == nil {
		edits = n
	}
	each(t, func(w *world) {
		// A hundred lines are as much as a piece holds; four pieces are open at a time.
		const editors = 50
		pieces := edits / 100
		place := func(i int) int { return i/400*4 + i%4 }
		amina := w.as("amina")
		for i := range pieces {
			amina.posts("/me/plan/need/write", url.Values{"words": {fmt.Sprintf("Need %d.", i)}}, 303)
		}
		var at []string
		for _, m := range editAt.FindAllStringSubmatch(amina.sees("/me/plan", 200), -1) {
			at = append(at, m[1])
		}
		if len(at) != pieces {
			t.Fatalf("%d pieces, not %d", len(at), pieces)
		}
		var mu sync.Mutex
		kept := map[string][]string{} // by piece
		clashes := 0
		var wait sync.WaitGroup
		for e := range editors {
			wait.Go(func() {
				who := []*visitor{amina, w.as("nia")}[e%2]
				for i := e; i < edits; i += editors {
					piece := at[place(i)]
					if e%2 == 1 {
						piece = strings.Replace(piece, "/me/", "/people/"+w.address+"/", 1)
					}
					line, times := fmt.Sprintf("Line %d of %d.", i, e), who.adds(piece, i)
					mu.Lock()
					kept[at[place(i)]], clashes = append(kept[at[place(i)]], line), clashes+times
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		all := 0
		lost := 0
		for piece, lines := range kept {
			page := amina.sees(piece+"/write", 200)
			for _, line := range lines {
				if all++; strings.Count(page, line) != 1 {
					lost++
				}
			}
		}
		if all != edits || lost > 0 || clashes == 0 {
			t.Errorf("%d of %d edits were acknowledged, %d of them are lost, and %d met another", all, edits, lost, clashes)
		}
		t.Logf("%d edits by %d people, %d of which met another's", all, editors, clashes)
	})
}

var area = regexp.MustCompile(`(?s)<textarea[^>]*name="words"[^>]*>(.*?)</textarea>`)

// adds a line to a piece, as often as somebody else was first, and answers how often.
func (v *visitor) adds(piece string, i int) (clashes int) {
	line := fmt.Sprintf("Line %d of %d.", i, i%50)
	page := v.sees(piece+"/write", 200)
	for {
		had, words := hadStamp.FindStringSubmatch(page), area.FindStringSubmatch(page)
		if had == nil || words == nil {
			v.w.Errorf("there is no form at %s", piece)
			return clashes
		}
		all := strings.TrimSpace(words[1])
		if !strings.Contains(all, line) {
			all += "\n" + line
		}
		rec := v.do("POST", piece+"/write", url.Values{"words": {all}, "stamp": {had[1]}})
		switch {
		case rec.Code == 303:
			return clashes
		case rec.Code == 503: // busy: what was typed is typed again
			continue
		case rec.Code != 409 || !strings.Contains(rec.Body.String(), line):
			v.w.Errorf("%d, without what to merge", rec.Code)
			return clashes
		}
		clashes++
		page = v.do("POST", piece+"/write", url.Values{"words": {line}, "stamp": {had[1]}, "both": {"yes"}}).Body.String()
	}
}
