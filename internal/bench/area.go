package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"onestory/internal/app"
	"onestory/internal/demo"
	"onestory/internal/importer"
)

// An area is a whole house with many people in it, serving over HTTP.
type area struct {
	house  *app.House
	server *httptest.Server
	served chan time.Duration // how long each answer took, inside the server
}

// area opens the area of so many people, making it when it is not there. It is kept in
// the folder that ONESTORY_BENCH_AREA names, or else goes with the temporary folder.
func (b *bench) area(ctx context.Context, dir string, people, whole int) (*area, error) {
	if kept := os.Getenv("ONESTORY_BENCH_AREA"); kept != "" {
		dir = kept
	}
	data := filepath.Join(dir, fmt.Sprintf("area-%d", people))
	ready := filepath.Join(data, "ready")
	if _, err := os.Stat(ready); err != nil {
		began := time.Now()
		if err := makeArea(ctx, data, people, whole); err != nil {
			return nil, err
		}
		size, err := os.Stat(filepath.Join(data, "onestory.db"))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			return nil, err
		}
		f := figure{Name: fmt.Sprintf("pages: making %d people", people), On: "SQLite", Unit: "s", P50: time.Since(began).Seconds()}
		if !b.quick {
			f.Goal, f.Ceiling, f.Met = "240 s", "240 s", judge(f.P50, 240, 240)
		}
		b.add(f)
		b.add(figure{Name: fmt.Sprintf("pages: disk for %d people", people), On: "SQLite", Unit: "MB", P50: float64(size.Size()) / 1e6})
	}
	house, err := app.Open(ctx, app.Config{Data: data})
	if err != nil {
		return nil, err
	}
	return serving(house), nil
}

// serving answers with everything a server answers with.
func serving(house *app.House) *area {
	a := &area{house: house, served: make(chan time.Duration, 1)}
	handler := a.house.Handler(a.house.Pages(app.Edge{Demo: true}))
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		handler.ServeHTTP(w, r)
		select { // only who asks one page after another looks at this
		case a.served <- time.Since(began):
		default:
		}
	}))
	return a
}

func (a *area) close() error {
	a.server.Close()
	return a.house.Close()
}

// makeArea makes an area of which the first have all there is, and the others are on a
// practice's list.
func makeArea(ctx context.Context, data string, people, whole int) error {
	h, err := app.Open(ctx, app.Config{Data: data, Quiet: true})
	if err != nil {
		return err
	}
	if _, err := h.Accounts.Mark(ctx, "demo"); err != nil {
		return err
	}
	err = demo.Build(ctx, demo.Parts{
		Accounts: h.Accounts, Door: h.Door, Seed: app.DemoSeed, People: people, Whole: whole, Today: time.Now().UTC().Truncate(time.Second),
		Import: func(ctx context.Context, x demo.Bundle) error {
			counts, err := importer.Import(ctx, h.Door, h.Directory, h.Spec, importer.Options{Source: x.Source, Stdin: bytes.NewReader(x.JSON)}, "-")
			if err == nil && counts.Total.Refused > 0 {
				err = fmt.Errorf("%d entries of %s were refused", counts.Total.Refused, x.Source)
			}
			return err
		},
	}, nil)
	if err == nil {
		err = h.Settle(ctx)
	}
	if cerr := h.Close(); err == nil {
		err = cerr
	}
	return err
}
