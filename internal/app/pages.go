package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"

	"onestory/internal/consent"
	"onestory/internal/demo"
	"onestory/internal/exporter"
	"onestory/internal/fhirapi"
	"onestory/internal/mail"
	"onestory/internal/person"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/web"
)

// An Edge says how the pages face the world.
type Edge struct {
	HTTPS bool // whether browsers reach them over https
	Demo  bool // whether anybody may sign in as any of the cast

	Stop <-chan struct{} // closed when the server is to stop; nil: never

	// Base is the address that people use, such as https://onestory.example.org, for
	// links in what programs read. "": the name by which a request calls the server.
	Base string

	// Mail carries messages to people. Nil: none go out, and codes by e-mail are not
	// offered. The demo sends none, and shows them on a page.
	Mail *mail.SMTP

	// Proxies are our own, between readers and this server.
	Proxies []netip.Prefix

	// Origin is where browsers reach the pages, such as https://onestory.example.org:
	// passkeys are bound to it. "": there are none.
	Origin string

	// Providers are the other services that people sign in with.
	Providers []ProviderSetting
}

// Pages are the pages of the house, and beside them the same records for programs.
func (h *House) Pages(e Edge) http.Handler {
	p := web.Parts{
		Door: h.Door, Accounts: h.Accounts, Directory: h.Directory, Services: h.Directory, Log: h.Log, HTTPS: e.HTTPS, Stop: e.Stop, Proxies: e.Proxies,
		Export: func(ctx context.Context, who consent.Actor, why consent.Purpose, whose person.ID, to io.Writer) error {
			open := func(p person.ID, work func(record.View) error) error { return h.Door.With(ctx, who, why, p, work) }
			_, err := exporter.Person(ctx, h.Directory, open, whose, exporter.Options{}, to)
			return err
		},
		Journal: func(ctx context.Context, who consent.Actor, why consent.Purpose, whose person.ID, to io.Writer) error {
			var held bytes.Buffer // nothing leaves before the line that says so is on disk
			err := h.Door.With(ctx, who, why, whose, func(v record.View) error {
				held.Reset()
				return v.Download(ctx, h.Signer.Key(), &held)
			})
			if err == nil {
				_, err = held.WriteTo(to)
			}
			return err
		},
	}
	if e.Origin != "" {
		ways, err := signin.New(h.DB, h.Clock, h.Accounts, e.Origin)
		if err != nil {
			h.Log.Error("app: there are no passkeys", "error", err)
		}
		if p.Ways = ways; ways != nil {
			p.Retold = h.Retold // whoever sends messages counts these too
			switch {
			case e.Demo:
				p.Mailbox = h.boxed(ways)
			case e.Mail != nil:
				h.post(ways, e.Mail.Send)
			default:
				h.post(ways, nil)
			}
			all, err := h.providers(e)
			if err != nil {
				h.Log.Error("app: there are no providers to sign in with", "error", err)
			}
			ways.With(all...)
		}
	}
	if e.Demo {
		p.Demo, p.Environment = true, "Training system: these are not real people"
		p.People = Cast
	}
	if err := h.Directory.Ready(context.Background()); err != nil {
		h.Log.Error("app: the services cannot be read now", "error", err) // a search tries again
	}
	pages, api := web.New(p).Handler(), h.fhir(e)
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle(fhirapi.Prefix, api)
	mux.Handle(fhirapi.Prefix+"/", api)
	return mux
}

// Cast is who one can be in the demo.
func Cast() (all []web.DemoPerson) {
	for _, r := range demo.Cast() {
		all = append(all, web.DemoPerson{Who: r.Who, Name: r.Name, Is: r.Is, Find: r.Story})
	}
	return all
}
