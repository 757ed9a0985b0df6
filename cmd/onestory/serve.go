package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"onestory/internal/app"
	"onestory/internal/mail"
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
	Proxies   []string      `help:"Addresses or networks of your own proxies, which say in X-Forwarded-For where a request comes from." placeholder:"10.0.0.0/8"`
	Providers string        `help:"File that lists the services people sign in with, such as NHS login: see docs/operating/sign-in.md." type:"existingfile"`
	Witness   string        `help:"Folder for signed checkpoints of the journal, which another machine collects." type:"existingdir"`

	SMTP         string `help:"Where mail is handed in. Without it no code goes out by e-mail." placeholder:"HOST:PORT" name:"smtp"`
	SMTPUser     string `help:"Name at the mail server, when it asks for one." name:"smtp-user"`
	SMTPPassword string `help:"Password there. Better said as ONESTORY_SMTP_PASSWORD, which nobody else on the machine sees." name:"smtp-password"`
	SMTPFrom     string `help:"The address that messages come from." placeholder:"no-reply@example.org" name:"smtp-from"`
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
	post, err := s.post()
	if err != nil {
		return err
	}
	proxies, err := s.between()
	if err != nil {
		return err
	}
	var providers []app.ProviderSetting
	if s.Providers != "" {
		if providers, err = app.ReadProviders(s.Providers); err != nil {
			return usage(err.Error())
		}
		if err := app.CheckProviders(providers, origin(s.PublicURL, s.Listen)); err != nil {
			return usage(err.Error())
		}
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
	edge := app.Edge{HTTPS: s.PublicURL != "", Base: s.PublicURL, Origin: origin(s.PublicURL, s.Listen), Stop: ctx.Done(), Mail: post, Proxies: proxies, Providers: providers}
	l := listener{House: house, address: s.Listen, figures: s.Metrics, drain: s.Drain}
	return errors.Join(l.serve(ctx, house.Handler(house.Pages(edge), hosts...)), house.Close())
}

// post is how mail goes out, or nil.
func (s *serve) post() (*mail.SMTP, error) {
	if s.SMTP == "" {
		if s.SMTPUser+s.SMTPPassword+s.SMTPFrom != "" {
			return nil, usage("--smtp-user, --smtp-password and --smtp-from need --smtp HOST:PORT")
		}
		return nil, nil
	}
	post, err := mail.Open(mail.Server{Where: s.SMTP, User: s.SMTPUser, Password: s.SMTPPassword, From: s.SMTPFrom})
	if err != nil {
		return nil, usage("--smtp and --smtp-from: " + strings.TrimPrefix(err.Error(), "mail: "))
	}
	return post, nil
}

// between are our own proxies.
func (s *serve) between() (all []netip.Prefix, err error) {
	for _, text := range s.Proxies {
		p, err := netip.ParsePrefix(text)
		if a, alone := netip.ParseAddr(text); alone == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, usage("--proxies " + text + " is no address and no network such as 10.0.0.0/8")
		}
		all = append(all, p.Masked())
	}
	return all, nil
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
