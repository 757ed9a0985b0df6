package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"onestory/internal/account"
)

func TestServeKnowsNoDemoBearers(t *testing.T) {
	t.Parallel()
	h, err := Open(context.Background(), Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Accounts.Put(context.Background(), account.Account{ID: "amina", Name: "Amina Yusuf", Role: "resident"}); err != nil {
		t.Fatal(err)
	}
	ask := func(e Edge) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/fhir/Patient", nil)
		r.Header.Set("Authorization", "Bearer demo-amina")
		w := httptest.NewRecorder()
		h.Handler(h.Pages(e)).ServeHTTP(w, r)
		return w
	}
	if w := ask(Edge{}); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != `Bearer realm="onestory"` {
		t.Error("a demo's bearer is somebody when serving for real:", w.Code, w.Header())
	}
	if w := ask(Edge{Demo: true}); w.Code == http.StatusUnauthorized {
		t.Error("a demo's bearer is nobody in a demo")
	}
}
