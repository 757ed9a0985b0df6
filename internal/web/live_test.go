package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"onestory/internal/consent"
	"onestory/internal/record"
)

// An openPage is a page in a browser that listens for what becomes of it.
type openPage struct {
	events chan string // closed when the server ends the stream
	leave  context.CancelFunc
}

// opens opens somebody's page of Amina and listens, as the script does.
func (w *world) opens(server *httptest.Server, token, who string, why consent.Purpose, base string) *openPage {
	w.Helper()
	actor, err := w.accounts.As(ctx, who)
	must(w, err)
	stamp := ""
	must(w, w.door.With(ctx, actor, why, w.amina, func(v record.View) error {
		stamp = v.Stamp()
		return nil
	}))
	running, leave := context.WithCancel(ctx)
	w.Cleanup(leave)
	r, err := http.NewRequestWithContext(running, http.MethodGet, server.URL+base+"/live?stamp="+stamp, nil)
	must(w, err)
	r.AddCookie(&http.Cookie{Name: "onestory", Value: token})
	answer, err := http.DefaultClient.Do(r)
	must(w, err)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		w.Fatalf("the stream answers %d %v", answer.StatusCode, answer.Header)
	}
	p := &openPage{make(chan string, 10), leave}
	go func() {
		defer close(p.events)
		defer answer.Body.Close()
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			if name, ok := strings.CutPrefix(in.Text(), "event: "); ok {
				p.events <- name
			}
		}
	}()
	return p
}

// hears waits for the next thing that an open page is told; "" is the end.
func (w *world) hears(p *openPage, want string) {
	w.Helper()
	select {
	case got := <-p.events:
		if got != want {
			w.Errorf("the page is told %q, not %q", got, want)
		}
	case <-time.After(20 * time.Second): // not a measurement: a machine may be slow
		w.Errorf("the page is not told %q", want)
	}
}

func (w *world) says(work func(record.View) error) {
	w.Helper()
	own, err := w.accounts.As(ctx, "amina")
	must(w, err)
	must(w, w.door.With(ctx, own, consent.Own, w.amina, work))
}

func TestWhatIsEndedLeavesThePagesThatAreOpen(t *testing.T) {
	each(t, func(w *world) {
		server := httptest.NewServer(w.site)
		w.Cleanup(server.Close) // after the streams are left: it waits for them
		care, carer := "/people/"+w.address, "/for/"+w.address
		nia, leila := w.as("nia"), w.as("leila")
		a := w.opens(server, nia.token, "nia", consent.Care, care)
		b := w.opens(server, leila.token, "leila", consent.Carer, carer)
		w.says(func(v record.View) error { // quietly: her page is empty, and she is not told why
			return v.Share(consent.Rule{ID: "quiet", To: consent.Party{Level: consent.Individual, ID: "nia"}, Labels: consent.Everything, Refuse: true})
		})
		w.hears(a, "less")
		w.says(func(v record.View) error { return v.End("m2") })
		w.hears(b, "gone")
		w.hears(b, "")

		// Signing out anywhere ends what is open here, and watching keeps no session.
		must(w, w.accounts.End(ctx, nia.token))
		w.hears(a, "gone")
		w.hears(a, "")

		// To a stranger the answer is the same as for somebody who never was.
		for _, path := range []string{care, "/people/" + w.door.Text(12345), "/people/nonsense"} {
			r, err := http.NewRequest(http.MethodGet, server.URL+path+"/live?stamp=x", nil)
			must(w, err)
			r.AddCookie(&http.Cookie{Name: "onestory", Value: w.as("stranger").token})
			answer, err := http.DefaultClient.Do(r)
			must(w, err)
			var b strings.Builder
			_, err = bufio.NewReader(answer.Body).WriteTo(&b)
			must(w, err)
			answer.Body.Close()
			if b.String() != "event: gone\ndata: \n\n" || answer.StatusCode != http.StatusOK {
				w.Errorf("%s answers %d %q", path, answer.StatusCode, b.String())
			}
		}
	})
}

func TestOneSessionWatchesFewPages(t *testing.T) {
	each(t, func(w *world) {
		server := httptest.NewServer(w.site)
		w.Cleanup(server.Close) // after the streams are left: it waits for them
		nia := w.as("nia")
		open := func() *openPage { return w.opens(server, nia.token, "nia", consent.Care, "/people/"+w.address) }
		first := open()
		open()
		open()
		w.hears(open(), "full")
		w.says(func(v record.View) error { return v.End("m1") })
		w.hears(first, "gone")
	})
}
