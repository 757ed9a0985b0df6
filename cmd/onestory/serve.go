package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"onestory/internal/app"
)

// What a database is for is written into it at birth: a demo is never served as
// real, and a real one never opened by anybody's click.
const (
	forDemo = "demo"
	forReal = "real"
)

type serve struct {
	place
	Listen    string        `help:"Address to listen on." default:"127.0.0.1:8080"`
	PublicURL string        `help:"The address people use, https://... Needed unless listening on the loopback." name:"public-url"`
	Metrics   string        `help:"Address for figures, at /metrics, which tell nothing about people; off is none." default:"127.0.0.1:9090"`
	Drain     time.Duration `help:"When told to stop: how long still to take requests, so that others are sent elsewhere first." default:"2s"`
	Witness   string        `help:"Folder for signed checkpoints of the journal, which another machine collects." type:"existingdir"`
}

// Run is the command: it serves until it is told to stop, and then finishes what
// was begun.
func (s *serve) Run(ctx context.Context, c *cli) error {
	hosts, err := s.safe()
	if err != nil {
		return err
	}
	if s.Drain < 0 || s.Drain > longestDrain {
		return usage("--drain " + s.Drain.String() + " must be from 0s to " + longestDrain.String())
	}
	config := s.config()
	config.Witness = s.Witness
	config.Log = slog.New(slog.NewJSONHandler(c.err, nil))
	house, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	if err := marked(ctx, house, forReal); err != nil {
		return errors.Join(err, house.Close())
	}
	c.say("Onestory listens on http://%s", s.Listen)
	edge := app.Edge{HTTPS: s.PublicURL != "", Base: s.PublicURL, Origin: origin(s.PublicURL, s.Listen), Stop: ctx.Done()}
	l := listener{House: house, address: s.Listen, figures: s.Metrics, drain: s.Drain}
	return errors.Join(l.serve(ctx, house.Handler(house.Pages(edge), hosts...)), house.Close())
}

// safe refuses settings under which people's records would cross a network in the
// clear, and says which hosts the server answers to.
func (s *serve) safe() (hosts []string, err error) {
	local := loopback(s.Listen)
	if s.PublicURL == "" {
		if !local {
			return nil, usage("--listen " + s.Listen + " is open to the network: say the address that people use with --public-url https://..., behind TLS")
		}
		return []string{"127.0.0.1", "localhost", "::1"}, nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil, usage("--public-url must be an https:// address, such as https://onestory.example.org")
	}
	return []string{u.Hostname(), "127.0.0.1", "localhost"}, nil
}

// origin is where browsers reach the pages: a name, since passkeys are bound to one and
// not to an address of numbers.
func origin(public, listen string) string {
	if public != "" {
		return strings.TrimRight(public, "/")
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	return "http://localhost:" + port
}

// loopback reports whether only this machine can reach an address.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// marked writes down what a fresh database is for, and refuses one that is for
// something else.
func marked(ctx context.Context, h *app.House, purpose string) error {
	is, err := h.Accounts.Mark(ctx, purpose)
	if err != nil {
		return err
	}
	switch {
	case is == purpose:
		return nil
	case is == forDemo:
		return usage("this database is a demo, where anybody can be anyone: serve another with --data or --database")
	}
	return usage("this database is real: the demo needs a folder of its own, with --data")
}

type version struct{}

// Run is the command.
func (version) Run(c *cli) error {
	_, err := fmt.Fprintln(c.out, "onestory", app.Version)
	return err
}
