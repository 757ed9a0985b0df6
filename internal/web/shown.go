package web

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/media"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/web/form"
)

// shown.go is about the pictures, sounds and films of About me.

// addShown stands in the addresses where one is put.
const addShown = "/about/add/"

// mostWeighed is how many files are looked at and kept at once: each takes some times its
// own size while it is.
const mostWeighed = 4

// longUpload is how long somebody may take to send one.
const longUpload = 3 * time.Minute

func (a *ask) showForm(part *plan.Part) *form.Form {
	f := form.Of(a.say("media.add"),
		form.Field{Name: "words", Label: a.say("media.words"), Hint: a.say("media.words.hint"), As: form.Textarea, Max: 300},
		form.Field{Name: "file", Label: a.say("media.file"), Hint: a.say("media.file.hint"), As: form.File, Max: media.Most,
			Accept: "image/jpeg,image/png,image/webp,audio/mpeg,audio/mp4,audio/ogg,audio/wav,video/mp4,video/webm,.m4a"})
	f.Button, f.Action = a.say("plan.save"), a.at(addShown+part.Code)
	return f
}

// headingOf is the heading of About me that an address names, if the reader writes there.
func (a *ask) headingOf(r *http.Request) (*plan.Part, error) {
	part := plan.PartOf(r.PathValue("part"))
	if part == nil || !part.About() || !a.writes(part) {
		return nil, fault.NotFound
	}
	return part, nil
}

// askShow is GET …/about/add/{part}.
func (s *Site) askShow(w http.ResponseWriter, r *http.Request, a *ask) error {
	part, err := a.headingOf(r)
	if err != nil {
		return err
	}
	p, err := s.planOf(r, a, "about-me")
	if err != nil {
		return err
	}
	if len(p.ShownUnder(part.Code)) >= plan.MostShown {
		return fault.New(fault.Refused, "There are three already under this heading. Remove one first.")
	}
	return s.showShow(w, r, a, http.StatusOK, part, a.showForm(part))
}

func (s *Site) showShow(w http.ResponseWriter, r *http.Request, a *ask, status int, part *plan.Part, f *form.Form) error {
	return show(w, r, status, showFormView(a.piecePage(s, r, part, f.Title), part, f, a))
}

// putShown is POST to the same.
func (s *Site) putShown(w http.ResponseWriter, r *http.Request, a *ask) error {
	part, err := a.headingOf(r)
	if err != nil {
		return err
	}
	if to := http.NewResponseController(w); strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		_ = to.SetReadDeadline(time.Now().Add(longUpload)) // a connection that has no deadlines needs none
		_ = to.SetWriteDeadline(time.Now().Add(longUpload + time.Minute))
	}
	f := a.showForm(part)
	bad := f.Read(r)
	if bad == nil {
		bad = s.weigh(r, a, part, f)
	}
	switch {
	case f.Took(bad):
		return s.showShow(w, r, a, http.StatusUnprocessableEntity, part, f)
	case bad != nil:
		return bad
	}
	return on(w, r, a.at("/about")+"#"+part.Code)
}

// weigh looks at what was sent, and keeps it.
func (s *Site) weigh(r *http.Request, a *ask, part *plan.Part, f *form.Form) error {
	select {
	case s.weighing <- struct{}{}:
		defer func() { <-s.weighing }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	ready, err := plan.Put{
		Part: part, Words: tidy(f.Value("words")), File: f.Field("file").Data, New: id.New(int64(a.whom)), Whom: s.Door.Text(a.whom),
		Call: func(what string) string {
			if what == part.Code {
				return a.partTitle(part)
			}
			return a.say("media." + what)
		},
	}.Check()
	if err != nil {
		return err
	}
	return s.open(r, a, func(_ context.Context, v record.View) error {
		v.Doing("plan")
		return ready.Show(v, s.Door.EntryText)
	})
}

// shown is GET …/about/shown/{id}: seen on a page or played there, otherwise kept as a
// file. What it is, its content tells.
func (s *Site) shown(w http.ResponseWriter, r *http.Request, a *ask) error {
	e, err := s.Door.EntryID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var body []byte
	var kind string
	err = s.open(r, a, func(ctx context.Context, v record.View) error {
		v.Doing("file")
		x, err := plan.ShownOf(v, e, s.Door.EntryText)
		if err == nil {
			body, kind, err = x.Content(ctx, v)
		}
		return err
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", "sandbox; "+policy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if media.SortOf(kind) != media.Picture {
		h.Set("Content-Disposition", `attachment; filename="onestory`+media.Ending(kind)+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// unshows reports whether the reader may take one away. The door has the last word.
func (a *ask) unshows(x plan.Shown) bool {
	return a.mine() || a.writes(x.Part) && x.Entry.Author.Account == a.who.Account
}

// askUnshow is GET …/about/shown/{id}/remove.
func (s *Site) askUnshow(w http.ResponseWriter, r *http.Request, a *ask) error {
	e, err := s.Door.EntryID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var x plan.Shown
	err = s.open(r, a, func(_ context.Context, v record.View) (err error) {
		v.Doing("about-me")
		x, err = plan.ShownOf(v, e, s.Door.EntryText)
		return err
	})
	if err != nil {
		return err
	}
	if !a.unshows(x) {
		return fault.NotFound
	}
	return show(w, r, http.StatusOK, unshowView(a.piecePage(s, r, x.Part, a.say("media.remove")), x, a))
}

// unshow is POST to the same.
func (s *Site) unshow(w http.ResponseWriter, r *http.Request, a *ask) error {
	var x plan.Shown
	e, err := s.Door.EntryID(r.PathValue("id"))
	if err != nil {
		return err
	}
	err = s.open(r, a, func(_ context.Context, v record.View) (err error) {
		v.Doing("plan")
		if x, err = plan.ShownOf(v, e, s.Door.EntryText); err != nil {
			return err
		}
		return x.Remove(v)
	})
	if err != nil {
		return err
	}
	return on(w, r, a.at("/about")+"#"+x.Part.Code)
}

// shownIn is one in a line, for where it is not shown itself.
func (a *ask) shownIn(x plan.Shown) string {
	return colon(a.sortOf(x)) + " " + alone(tidy(x.Words))
}

func (a *ask) sortOf(x plan.Shown) string { return a.say("media." + string(media.SortOf(x.Kind))) }

func (a *ask) shownAt(x plan.Shown) string { return a.at("/about/shown/" + x.Text) }

// shownBy says who put it there, and when.
func (a *ask) shownBy(x plan.Shown) string {
	if x.Theirs && a.mine() {
		return a.say("media.by.you", "Date", a.Date(x.At))
	}
	return a.say("media.by", "Who", alone(x.By), "Date", a.Date(x.At))
}
