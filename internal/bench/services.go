package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"time"

	"onestory/internal/app"
	"onestory/internal/directory"
)

// services measures the pages of the directory, over HTTP, among very many services: a
// search by need and place, one by words alone, and the page of one service. The
// counterpart reads from the database the twenty services that a page shows.
func (b *bench) services(ctx context.Context, dir string) error {
	if !b.wants("services") {
		return nil
	}
	of := b.pick(20_000, 2_000)
	h, err := app.Open(ctx, app.Config{Data: filepath.Join(dir, "services"), Quiet: true})
	if err != nil {
		return err
	}
	all := madeServices(of)
	for i := 0; i < len(all); i += 1000 {
		if err := h.Directory.AddServices(ctx, "bench", all[i:min(i+1000, len(all))]); err != nil {
			return errors.Join(err, h.Close())
		}
	}
	began := time.Now()
	if err := h.Directory.Ready(ctx); err != nil {
		return errors.Join(err, h.Close())
	}
	took := time.Since(began)
	a := serving(h)
	defer func() { _ = a.close() }()
	v, err := a.visitor()
	if err != nil {
		return err
	}
	b.add(figure{Name: fmt.Sprintf("services: read into memory, %d of them", of), On: "SQLite", Unit: "ms", P50: float64(took.Microseconds()) / 1000})
	towns := []string{"W3", "HA9 9ZA", "UB8", "Chiswick", "Harrow", "SW6", "W10", "TW3"}
	words := []string{"lonely", "falls", "money", "getting around", "help with washing my mother", "somebody to talk to about bills", "food", "walking group"}
	for _, x := range []struct {
		name string
		n    int
		at   func(i int) string
	}{
		{"services: by need and place", b.pick(300, 60), func(i int) string {
			return "/services?" + url.Values{"q": {words[i%len(words)]}, "near": {towns[i/len(words)%len(towns)]}}.Encode()
		}},
		{"services: by words, everywhere", b.pick(300, 60), func(i int) string {
			return "/services?" + url.Values{"q": {words[i%len(words)]}, "page": {fmt.Sprint(1 + i%5)}}.Encode()
		}},
		{"services: all of them, nearest first", b.pick(100, 30), func(i int) string {
			return "/services?" + url.Values{"all": {"1"}, "within": {"all"}, "near": {towns[i%len(towns)]}}.Encode()
		}},
		{"services: one of them", b.pick(300, 60), func(i int) string { return "/services/" + all[i*37%len(all)].ID }},
	} {
		busy := time.Duration(0)
		s, err := inTurns(x.n, func() error { return nil },
			func(i int) (time.Duration, error) {
				before := processor()
				took, _, err := v.get(x.at(i))
				busy += processor() - before
				return took, err
			},
			timed(func(i int) error {
				for k := range 20 {
					var raw []byte
					if err := h.DB.Row(ctx, `SELECT bytes FROM service WHERE id = $1`, all[(i*53+k*911)%len(all)].ID).Scan(&raw); err != nil {
						return err
					}
				}
				return nil
			}))
		if err != nil {
			return err
		}
		f := figure{
			Name: fmt.Sprintf("%s, %d", x.name, of), On: "SQLite", Unit: "ms", P50: s[0].at(.5) / 1000, P95: s[0].at(.95) / 1000, P99: s[0].at(.99) / 1000,
			Raw: "select twenty services by their ids", RawP50: s[1].at(.5) / 1000, RawP99: s[1].at(.99) / 1000, Ratio: s[0].at(.5) / s[1].at(.5),
			CPU: float64(busy.Microseconds()) / float64(x.n+x.n/10), Goal: "p95 50 ms", Ceiling: "p95 50 ms",
		}
		f.Met = judge(f.P95, 50, 50)
		b.add(f)
	}
	return nil
}

// madeServices are so many services, of all needs, in all of the area.
func madeServices(n int) []directory.Service {
	r := rand.New(rand.NewPCG(7, 7))
	needs, _ := directory.Needs()
	codes := []string{"W3", "W5", "W13", "HA9", "HA1", "NW6", "UB8", "UB1", "TW3", "W4", "SW6", "W12", "W10", "W9", "SW1V", "NW10"}
	all := make([]directory.Service, n)
	for i := range all {
		need := needs[r.IntN(len(needs))]
		other := needs[r.IntN(len(needs))]
		s := directory.Service{
			ID: directory.UUID("bench", fmt.Sprint(i)), Organisation: fmt.Sprint("org-", i%900), OfferedBy: fmt.Sprint("Organisation ", i%900),
			Name: fmt.Sprintf("%s, number %d", need.Name, i), Summary: other.About + ".", Description: fmt.Sprint(need.About, ". ", need.Words),
			Needs: []string{need.ID}, Status: directory.Active, Phone: "020 7946 0101", WhoFor: "Anybody", Languages: []string{"English"},
			HomeVisits: r.IntN(3) == 0, ByPhone: r.IntN(3) == 0, Free: r.IntN(2) == 0, SelfRefer: r.IntN(2) == 0,
		}
		for k := range 1 + r.IntN(3) {
			s.Places = append(s.Places, directory.Place{Name: fmt.Sprint("Hall ", k), Address: fmt.Sprint(i%200, " Larkmead Road"), Town: "Town", Postcode: codes[r.IntN(len(codes))] + " 9ZA"})
		}
		all[i] = s
	}
	return all
}
