package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/record"
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

func TestSomebodyOfTheSameNameChangesNothing(t *testing.T) {
	t.Parallel()
	old := record.Entry{Header: record.Header{Version: 3, Author: record.Author{Account: "ann-1", Name: "Ann Jones"}}}
	for account, want := range map[string]error{"ann-1": nil, "ann-2": fault.Refused} {
		err := ownWords(record.Edit{Old: old, Who: consent.Actor{Account: account, Name: "Ann Jones"}})
		if !errors.Is(err, want) {
			t.Errorf("%s answered %v, not %v", account, err, want)
		}
	}
	unknown := record.Entry{Header: record.Header{Version: 3, Author: record.Author{Name: "Ann Jones"}}}
	if err := ownWords(record.Edit{Old: unknown, Who: consent.Actor{Account: "ann-1", Name: "Ann Jones"}}); !errors.Is(err, fault.Refused) {
		t.Error("what nobody in particular wrote:", err)
	}
}
