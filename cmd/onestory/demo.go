package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"onestory/internal/app"
)

type demonstration struct {
	Data     string `help:"Folder for the demo's data." default:"data/demo" type:"path"`
	Database string `help:"PostgreSQL address, postgres://...; otherwise SQLite in the data folder."`
	Listen   string `help:"Address to listen on; the loopback unless told otherwise." default:"127.0.0.1:8080"`
	People   int    `help:"How many people live in the area." default:"1000"`
	Metrics  string `help:"Address for figures, at /metrics; off is none." default:"off"`
	Anywhere bool   `help:"Let others on the network in too: anybody can then be anyone."`
}

// Run is the command: it makes the area if it is not there yet, says where to go
// and as whom, and serves until it is told to stop.
func (d *demonstration) Run(ctx context.Context, c *cli) error {
	hosts := []string{"127.0.0.1", "localhost", "::1"}
	switch {
	case d.Anywhere:
		hosts = nil
	case !loopback(d.Listen):
		return usage("--listen " + d.Listen + " lets the whole network in, where anybody could be anyone: say --anywhere if you mean it")
	}
	house, err := app.Open(ctx, app.Config{Data: d.Data, Database: d.Database, Log: slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	return errors.Join(d.serve(ctx, c, house, hosts), house.Close())
}

func (d *demonstration) serve(ctx context.Context, c *cli, house *app.House, hosts []string) error {
	if err := marked(ctx, house, forDemo); err != nil {
		return err
	}
	if err := d.populate(ctx, c, house); err != nil {
		return err
	}
	c.say("\nOnestory, with people who do not exist: http://%s/demo\n\nBe one of them in a click:", d.Listen)
	for _, who := range app.Cast() {
		c.say("  %-8s %s", who.Who, who.Is)
	}
	c.say("\nStop with Ctrl-C.")
	l := listener{House: house, address: d.Listen, figures: d.Metrics}
	return l.serve(ctx, house.Handler(house.Pages(app.Edge{Demo: true, Origin: origin("", d.Listen), Stop: ctx.Done()}), hosts...))
}

// populate makes the area, once for a database, and finishes one that was left half
// made.
func (d *demonstration) populate(ctx context.Context, c *cli, house *app.House) error {
	state, err := house.Accounts.Fact(ctx, "area", "begun")
	if err != nil {
		return err
	}
	switch state {
	case "done":
		return nil
	case "begun":
		c.say("The area in %s was left half made: going on with it, with as many people as were asked for then.", d.Data)
	default:
		c.say("Making an area of %d people who do not exist; this takes a moment, once.", d.People)
	}
	began := time.Now()
	bar := c.bar()
	err = house.Populate(ctx, d.People, func(done, of int) { bar(int64(done), int64(of)) })
	if err != nil {
		return fmt.Errorf("making the area: %w", err)
	}
	bar(1, 1)
	c.say("The area was made in %s", time.Since(began).Round(100*time.Millisecond))
	return house.Accounts.SetFact(ctx, "area", "done")
}
