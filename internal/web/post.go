package web

import (
	"net/http"
	"strconv"

	"onestory/internal/account"
	"onestory/internal/fault"
	"onestory/internal/web/ui"
)

// post.go is for whoever does more than one thing at work: each session is for one.

type postPage struct {
	ui.Page
	Posts []ui.Post
}

// askPost is GET /post: for which of their posts somebody is here.
func (s *Site) askPost(w http.ResponseWriter, r *http.Request, a *ask) error {
	if len(a.posts) == 0 {
		return fault.NotFound
	}
	p := postPage{Page: s.page(r, a, a.say("post.title"))}
	p.Page.Posts = nil // the page itself has them
	for _, x := range a.posts {
		p.Posts = append(p.Posts, ui.Post{Text: a.post(x), Value: strconv.FormatInt(x.N, 10)})
	}
	return show(w, r, http.StatusOK, postView(p, a))
}

// wear is POST /post.
func (s *Site) wear(w http.ResponseWriter, r *http.Request, a *ask) error {
	n, err := strconv.ParseInt(r.PostFormValue("post"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	token, err := s.Accounts.Wear(r.Context(), s.token(r), n)
	if err != nil {
		return err
	}
	to, err := s.arrive(r, token)
	if err != nil {
		return err
	}
	s.keep(w, token)
	return on(w, r, a.to(to))
}

// post is what somebody does at work, in words: "nurse, District nurses Acton".
func (a *ask) post(x account.Post) string {
	where := x.TeamName
	if where == "" {
		where = x.OrganisationName
	}
	if where == "" {
		return a.role(x.Role)
	}
	return a.say("post.at", "Role", a.role(x.Role), "Where", alone(where))
}

// wears reports whether this is what the session is for.
func (a *ask) wears(x account.Post) bool {
	return a.who.Role == x.Role && a.who.Team.ID == x.Team && a.who.Organisation.ID == x.Organisation
}
