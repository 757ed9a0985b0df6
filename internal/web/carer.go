package web

import (
	"net/http"

	"onestory/internal/consent"
)

// carer is GET /carer: the people one may act for.
func (s *Site) carer(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.mine(r, a, consent.Carer, "/for/")
	if err != nil {
		return err
	}
	return show(w, r, http.StatusOK, carerView(peoplePage{Page: s.page(r, a, a.say("web.carer.title")), People: all}, a))
}
