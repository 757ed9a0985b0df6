package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"onestory/internal/account"
	"onestory/internal/app"
	"onestory/internal/consent"
	"onestory/internal/exporter"
	"onestory/internal/person"
	"onestory/internal/record"
)

// with opens the house for a command and closes it again.
func (p place) with(ctx context.Context, work func(*app.House) error) error {
	house, err := app.Open(ctx, p.config())
	if err != nil {
		return err
	}
	return errors.Join(work(house), house.Settle(ctx), house.Close())
}

type exporting struct {
	place
	Person     string `help:"The id of one person, as in their address." xor:"who" required:""`
	All        bool   `help:"Everyone, as NDJSON." xor:"who" required:""`
	References string `help:"References and ids as the sources wrote them, or as ours." enum:"ours,original" default:"ours"`
	Reason     string `help:"Why, for each person's journal." default:"the operator exported the record"`
	Output     string `help:"File to write; - is standard output." short:"o" default:"-"`
}

// Run is the command. Every export is a line in the person's journal.
func (e *exporting) Run(ctx context.Context, c *cli) error {
	return e.with(ctx, func(h *app.House) (err error) {
		var w io.Writer = c.out
		if e.Output != "-" {
			f, err := os.OpenFile(e.Output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
			w = f
		}
		o := exporter.Options{References: exporter.References(e.References)}
		open := func(p person.ID, work func(record.View) error) error {
			return h.Door.Export(ctx, e.Reason, p, work)
		}
		if e.All {
			_, err := exporter.All(ctx, h.Door, h.Directory, open, o, w)
			return err
		}
		p, err := h.Door.ID(e.Person)
		if err != nil {
			return usage("there is no person with that id: take it from the end of their address, /people/...")
		}
		_, err = exporter.Person(ctx, h.Directory, open, p, o, w)
		return err
	})
}

type user struct {
	Add      userAdd      `cmd:"" help:"Add an account, or change one."`
	Link     userLink     `cmd:"" help:"Make a link that signs an account in, once, within 15 minutes."`
	Post     userPost     `cmd:"" help:"Give an account one more role at work, or take one away."`
	Identity userIdentity `cmd:"" help:"Say who somebody is at a service that they sign in with."`
	List     userList     `cmd:"" help:"List the accounts."`
}

type userAdd struct {
	place
	ID           string `arg:"" help:"Short name of the account."`
	Name         string `help:"What people call them." required:""`
	Role         string `help:"One of the roles; an unknown one lists them." required:""`
	Organisation string `help:"Id of their organisation; it must be there, or --organisation-name and --sector make it."`
	OrgName      string `help:"Name of a new organisation." name:"organisation-name"`
	Sector       string `help:"Its sector: nhs, council, private or voluntary."`
	Team         string `help:"Id of their team."`
	Person       string `help:"The id of their own record, for residents."`
	Suspended    bool   `help:"Suspend the account: its sessions end at once."`
}

// Run is the command.
func (u *userAdd) Run(ctx context.Context) error {
	return u.with(ctx, func(h *app.House) error {
		x := account.Account{ID: u.ID, Name: u.Name, Role: u.Role, Organisation: u.Organisation, Team: u.Team, Suspended: u.Suspended}
		if u.Person != "" {
			p, err := h.Door.ID(u.Person)
			if err != nil {
				return usage("there is no person with that id")
			}
			x.Person = p
		}
		if u.OrgName != "" {
			if err := h.Accounts.AddOrganisation(ctx, account.Organisation{ID: u.Organisation, Name: u.OrgName, Sector: u.Sector}); err != nil {
				return err
			}
		}
		return h.Accounts.Put(ctx, x)
	})
}

type userPost struct {
	place
	ID           string `arg:"" help:"Short name of the account."`
	Role         string `help:"One of the roles; an unknown one lists them." xor:"what" required:""`
	Organisation string `help:"Id of the organisation, which must be there."`
	Team         string `help:"Id of the team."`
	End          int64  `help:"The number of a further role that ends; the list has it." xor:"what" required:""`
}

// Run is the command.
func (u *userPost) Run(ctx context.Context, c *cli) error {
	return u.with(ctx, func(h *app.House) error {
		if u.End != 0 {
			return h.Accounts.EndPost(ctx, u.ID, u.End)
		}
		n, err := h.Accounts.AddPost(ctx, u.ID, account.Post{Role: u.Role, Team: u.Team, Organisation: u.Organisation})
		if err == nil {
			c.say("%s has a further role, number %d", u.ID, n)
		}
		return err
	})
}

type userLink struct {
	place
	ID        string `arg:"" help:"Short name of the account."`
	PublicURL string `help:"The address people use." name:"public-url" default:"http://127.0.0.1:8080"`
}

// Run is the command.
func (u *userLink) Run(ctx context.Context, c *cli) error {
	return u.with(ctx, func(h *app.House) error {
		token, err := h.Accounts.Link(ctx, u.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s/sign-in/link/%s\n", u.PublicURL, token)
		return err
	})
}

type userIdentity struct {
	place
	ID       string `arg:"" help:"Short name of the account."`
	Provider string `help:"Name of the service, as in the file of --providers." required:""`
	Subject  string `help:"What the service calls them in its claim sub, exactly." required:""`
}

// Run is the command. It links the two before their owner ever came from there.
func (u *userIdentity) Run(ctx context.Context) error {
	return u.with(ctx, func(h *app.House) error {
		return h.Identify(ctx, u.ID, u.Provider, u.Subject)
	})
}

type userList struct{ place }

// Run is the command.
func (u *userList) Run(ctx context.Context, c *cli) error {
	return u.with(ctx, func(h *app.House) error {
		accounts, err := h.Accounts.All(ctx)
		if err != nil {
			return err
		}
		type listed struct {
			account.Account
			Posts []account.Post
		}
		var all []listed
		for _, x := range accounts {
			posts, err := h.Accounts.Posts(ctx, x.ID)
			if err != nil {
				return err
			}
			all = append(all, listed{x, posts})
		}
		if c.JSON {
			return json.NewEncoder(c.out).Encode(all)
		}
		for _, x := range all {
			state := ""
			for _, p := range x.Posts[1:] {
				state += fmt.Sprintf("and %d: %s %s ", p.N, p.Role, p.Organisation)
			}
			if x.Suspended {
				state += "suspended"
			}
			if _, err := fmt.Fprintf(c.out, "%-16s %-20s %-30s %s %s\n", x.ID, x.Role, x.Name, x.Organisation, state); err != nil {
				return err
			}
		}
		return nil
	})
}

type persons struct {
	Pairs  personPairs  `cmd:"" help:"List records that may be one person's, for somebody to decide."`
	Link   personLink   `cmd:"" help:"Say that two records are one person's."`
	Unlink personUnlink `cmd:"" help:"Say that two records are not, or no longer, one person's."`
}

type personPairs struct {
	place
	Limit int `help:"How many at most." default:"50"`
}

// Run is the command.
func (p *personPairs) Run(ctx context.Context, c *cli) error {
	return p.with(ctx, func(h *app.House) error {
		all, err := h.Door.Pairs(ctx, p.Limit)
		if err != nil {
			return err
		}
		for _, x := range all {
			if _, err := fmt.Fprintf(c.out, "%s %s %3d %s\n", h.Door.Text(x.Person), h.Door.Text(x.Other), x.Score, x.Why); err != nil {
				return err
			}
		}
		c.say("%d to decide", len(all))
		return nil
	})
}

// A two names two records and the reason for what is done with them.
type two struct {
	place
	One    string `arg:"" help:"The id of one record."`
	Other  string `arg:"" help:"The id of the other."`
	Reason string `help:"Why, for the person's journal." required:""`
	By     string `help:"The account of whoever decided." required:""`
}

func (t two) decide(ctx context.Context, act func(h *app.House, who consent.Actor, a, b person.ID) error) error {
	return t.with(ctx, func(h *app.House) error {
		who, err := h.Accounts.As(ctx, t.By)
		if err != nil {
			return err
		}
		a, err := h.Door.ID(t.One)
		if err != nil {
			return usage("there is no record with the first id")
		}
		b, err := h.Door.ID(t.Other)
		if err != nil {
			return usage("there is no record with the second id")
		}
		return act(h, who, a, b)
	})
}

type personLink struct{ two }

// Run is the command.
func (p *personLink) Run(ctx context.Context) error {
	return p.decide(ctx, func(h *app.House, who consent.Actor, a, b person.ID) error {
		return h.Door.Link(ctx, who, a, b, p.Reason)
	})
}

type personUnlink struct{ two }

// Run is the command.
func (p *personUnlink) Run(ctx context.Context) error {
	return p.decide(ctx, func(h *app.House, who consent.Actor, a, b person.ID) error {
		return h.Door.Unlink(ctx, who, a, b, p.Reason)
	})
}
