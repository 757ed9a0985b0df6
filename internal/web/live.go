package web

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"onestory/internal/fault"
	"onestory/internal/record"
)

const (
	tick     = time.Second      // how often an open page is judged anew
	beat     = 20               // after so many ticks of silence a word goes out, to find who has left
	patience = 10 * time.Second // how long a reader may take to take a word in
)

// How many open pages are watched: of one session, since a browser has six
// connections to a server, and of all, so that watching never stops care.
const (
	mostOpen    = 3
	mostWatched = 5000
)

// watched counts the open pages that are watched, by session.
type watched struct {
	mu  sync.Mutex
	by  map[string]int
	all int
}

// begin takes a place, and reports whether there was one. end gives it back.
func (w *watched) begin(session string) (end func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string]int{}
	}
	if w.by[session] >= mostOpen || w.all >= mostWatched {
		return nil, false
	}
	w.by[session]++
	w.all++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all--
		if w.by[session]--; w.by[session] == 0 {
			delete(w.by, session)
		}
	}, true
}

// live is GET …/live: as long as a page is open, whether what it shows still stands.
// It says "gone", "less" or "more", see record.Turn, and no content. Whoever may not
// be here is told "gone", as is who asks about somebody who never was: the script
// then asks for the page, which answers as it always does.
//
// It is no use of the session, which ends as if the page were not there, and it leaves
// no line in the journal: the page has one.
func (s *Site) live(who gate) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out := &events{w: w, to: http.NewResponseController(w)}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		token := s.token(r)
		a, err := s.ask(r, s.Accounts.Still)
		if err == nil {
			err = who(r, a)
		}
		if err != nil {
			s.unwatched(out, r, err)
			return
		}
		end, ok := s.watched.begin(token)
		if !ok {
			out.say("full")
			return
		}
		defer end()
		page := s.Door.Watch(a.who, a.why, a.whom, r.URL.Query().Get("stamp"))
		clock := time.NewTicker(tick)
		defer clock.Stop()
		for n := 0; ; n++ {
			turn, err := s.turn(r, token, a, page)
			switch {
			case err != nil:
				s.unwatched(out, r, err)
				return
			case turn != record.AsWas:
				err = out.say(string(turn))
			case n%beat == 0:
				err = out.write(":\n\n")
			}
			if err != nil || turn == record.Gone {
				return
			}
			select {
			case <-clock.C:
			case <-r.Context().Done():
				return
			case <-s.Stop:
				return // the browser tries again, and meets whoever comes after
			}
		}
	}
}

// turn judges once: the session first, then the door.
func (s *Site) turn(r *http.Request, token string, a *ask, page *record.Watch) (record.Turn, error) {
	now, err := s.Accounts.Still(r.Context(), token)
	if err != nil || now.Version != a.who.Version {
		return record.Gone, errors.Join(err, fault.NotFound)
	}
	turn, err := page.Look(r.Context())
	if turn == record.Less && a.mine() {
		turn = record.More // it was theirs, and they may be typing
	}
	return turn, err
}

// unwatched ends the watching of a page. Doubt denies: what could not be judged is
// taken away, but for a reader who left or a database that is busy.
func (s *Site) unwatched(out *events, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	if kind, answered := fault.Of(err); !answered && !errors.Is(err, errSignedOut) {
		s.Log.Error("web: an open page could not be judged", "pattern", r.Pattern, "error", err)
	} else if kind == fault.Busy {
		return // it tries again by itself
	}
	_ = out.say(string(record.Gone)) // whoever has left needs no word
}

// events is a stream of server-sent events.
type events struct {
	w  http.ResponseWriter
	to *http.ResponseController
}

// say sends one event, which has a name and nothing else.
func (e *events) say(name string) error { return e.write("event: " + name + "\ndata: \n\n") }

// write sends what it is given at once. The deadlines of the server are for pages; a
// connection that has none to set has none to miss.
func (e *events) write(text string) error {
	_ = e.to.SetReadDeadline(time.Time{})
	_ = e.to.SetWriteDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.to.Flush()
}
