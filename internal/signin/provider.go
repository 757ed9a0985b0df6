package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/openid"
)

// A Provider is another service that says who somebody is, as an operator writes it down.
type Provider struct {
	openid.Settings
	PrivateKeyFile string            `json:"private_key_file,omitempty"` // in place of private_key; beside the file that names it
	Roles          map[string]string `json:"roles,omitempty"`            // of staff: its codes for roles, and ours
	Organisations  map[string]string `json:"organisations,omitempty"`    // of staff: its codes for organisations, and ours
}

// ReadProviders reads the list of providers, as JSON, of a service that browsers reach at
// origin. It asks none of them anything. An error says what to change.
func ReadProviders(path, origin string) (list []Provider, err error) {
	b, err := secret(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a word that is misspelt would be left out in silence
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s is not a list of providers in JSON: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s has something after the list of providers", path)
	}
	for i := range list {
		if file := list[i].PrivateKeyFile; file != "" {
			if list[i].PrivateKey != "" {
				return nil, fmt.Errorf("provider %s: give private_key or private_key_file", list[i].Name)
			}
			if !filepath.IsAbs(file) {
				file = filepath.Join(filepath.Dir(path), file)
			}
			key, err := secret(file)
			if err != nil {
				return nil, err
			}
			list[i].PrivateKey = string(key)
		}
	}
	_, err = clients(list, origin, clock.New())
	return list, err
}

// secret reads a file that nobody but its owner may read.
func secret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others can read %s, which has secrets: chmod 600 it", path)
	}
	return os.ReadFile(path)
}

// clients makes a client of each provider.
func clients(list []Provider, origin string, c *clock.Clock) (all []*provider, err error) {
	for _, x := range list {
		client, err := openid.New(x.Settings, origin, c)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(p *provider) bool { return p.Name() == x.Name }) {
			return nil, fmt.Errorf("two providers are named %s: give each a name of its own", x.Name)
		}
		if err := x.check(client.Staff()); err != nil {
			return nil, fmt.Errorf("provider %s: %w", x.Name, err)
		}
		all = append(all, &provider{client, x})
	}
	return all, nil
}

// check returns which of the codes to change.
func (x Provider) check(staff bool) error {
	if !staff {
		if len(x.Roles)+len(x.Organisations) > 0 {
			return errors.New("roles and organisations are for staff: leave them out")
		}
		return nil
	}
	if len(x.Roles) == 0 || len(x.Organisations) == 0 {
		return errors.New("say in roles and in organisations what its codes mean here")
	}
	for code, role := range x.Roles {
		if !account.Strong(role) || !slices.Contains(consent.Roles(), role) {
			return fmt.Errorf("roles: %s means %s, which is no role of people at work here", code, role)
		}
	}
	for code, organisation := range x.Organisations {
		if organisation == "" {
			return fmt.Errorf("organisations: %s means nothing", code)
		}
	}
	return nil
}

type provider struct {
	*openid.Client
	means Provider
}

// Providers are the services that people can sign in with, and who is who there. Safe for
// concurrent use.
type Providers struct {
	db       *db.DB
	accounts *account.Accounts
	all      []*provider
}

// NewProviders makes the ways in by the providers of a list. The list may be empty.
func NewProviders(d *db.DB, c *clock.Clock, accounts *account.Accounts, origin string, list []Provider) (*Providers, error) {
	all, err := clients(list, origin, c)
	return &Providers{d, accounts, all}, err
}

// Organised refuses a provider that speaks of an organisation that is not here.
func Organised(ctx context.Context, accounts *account.Accounts, x Provider) error {
	there, err := accounts.Organisations(ctx)
	if err != nil {
		return err
	}
	for code, id := range x.Organisations {
		if !slices.ContainsFunc(there, func(o account.Organisation) bool { return o.ID == id }) {
			return fault.New(fault.Invalid, "Provider "+x.Name+": organisation "+code+" means "+id+", and there is no such organisation here. Add it first, or leave it out.")
		}
	}
	return nil
}

// An Offer is a provider as somebody who signs in sees it.
type Offer struct {
	Name  string // in addresses
	Label string
	Staff bool // for people at work, and nobody else
}

// Offers lists the providers in the order of the operator's list.
func (p *Providers) Offers() (all []Offer) {
	for _, x := range p.all {
		all = append(all, Offer{x.Name(), x.Label(), x.Staff()})
	}
	return all
}

func (p *Providers) of(name string) (*provider, error) {
	for _, x := range p.all {
		if x.Name() == name {
			return x, nil
		}
	}
	return nil, fault.NotFound
}

// Begin starts a sign-in with a provider: of nobody in particular, or to add it to an
// account. It answers the ticket to bind to the browser, and the address to send it to.
func (p *Providers) Begin(ctx context.Context, name, account string) (ticket, address string, err error) {
	x, err := p.of(name)
	if err != nil {
		return "", "", err
	}
	a, address, err := x.Begin(ctx)
	if err != nil {
		return "", "", err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	ticket = newTicket()
	return ticket, address, p.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM departure WHERE until < $1`, tx.At); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO departure (ticket, provider, account, asked, until) VALUES ($1, $2, $3, $4, $5)`,
			hash(ticket), name, account, string(text), a.Until)
		return err
	})
}

// Finish takes what a browser came back with from a provider. It answers who it is there,
// and the account that it is to be added to, or "": that also when it fails. The attempt
// is used up, whatever comes of it.
func (p *Providers) Finish(ctx context.Context, name, ticket string, came url.Values) (account string, who openid.Identity, err error) {
	x, err := p.of(name)
	if err != nil {
		return "", who, err
	}
	var text, asked string
	err = p.db.Tx(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `DELETE FROM departure WHERE ticket = $1 RETURNING provider, account, asked`, hash(ticket)).Scan(&asked, &account, &text)
	})
	if errors.Is(err, db.NotFound) {
		return "", who, &fault.Error{Kind: fault.Refused, Say: "That sign-in was not begun in this browser, or it was used already. Start again here.", Cause: openid.Code("no such attempt")}
	}
	if err != nil {
		return "", who, err
	}
	if asked != name {
		return account, who, &fault.Error{Kind: fault.Refused, Say: fault.Say(ErrWrong), Cause: openid.Code("attempt at another provider")}
	}
	var a openid.Attempt
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return account, who, err
	}
	who, err = x.Finish(ctx, a, came)
	return account, who, err
}

// Vouched lists which posts of an account the provider vouches for, by their number. It is
// Refused when there are none.
func (p *Providers) Vouched(ctx context.Context, who openid.Identity, account string) (posts []int64, err error) {
	x, err := p.of(who.Provider)
	if err != nil {
		return nil, err
	}
	all, err := p.accounts.Posts(ctx, account)
	if err != nil {
		return nil, err
	}
	for _, post := range all {
		if slices.ContainsFunc(who.Roles, func(r openid.Role) bool {
			role, organisation := x.means.Roles[r.Role], x.means.Organisations[r.Organisation]
			return role != "" && role == post.Role && organisation != "" && organisation == post.Organisation
		}) {
			posts = append(posts, post.N)
		}
	}
	if len(posts) == 0 {
		return nil, fault.New(fault.Refused, strings.TrimSpace(x.Label())+" does not say that you have your role here now. Ask whoever gives out roles in your organisation.")
	}
	return posts, nil
}
