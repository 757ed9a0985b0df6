package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"onestory/internal/app"
	"onestory/internal/db"
)

func TestNoFileLeavesWhenTheJournalCannotSayThatItDid(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h, err := app.Open(ctx, app.Config{Data: t.TempDir(), Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	if err := h.Populate(ctx, 14, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	pages := h.Pages(app.Edge{Demo: true})
	ask := func(method, path, body string, cookies []*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w
	}
	in := ask("POST", "/demo/sign-in", "who=amina", nil).Result().Cookies()
	files := []string{"/me/access/journal", "/me/download"}
	for _, path := range files {
		if w := ask("GET", path, "", in); w.Code != http.StatusOK || w.Body.Len() < 1000 {
			t.Fatalf("%s answers %d with %d bytes", path, w.Code, w.Body.Len())
		}
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TRIGGER refuse_looks BEFORE INSERT ON look BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		func() {
			defer func() {
				if recover() != nil {
					t.Errorf("%s had begun to leave", path)
				}
			}()
			if w := ask("GET", path, "", in); w.Code == http.StatusOK || strings.Contains(w.Body.String(), `"journal"`) {
				t.Errorf("%s answers %d with %d bytes", path, w.Code, w.Body.Len())
			}
		}()
	}
}
