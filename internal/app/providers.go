package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/openid"
	"onestory/internal/signin"
)

// A ProviderSetting is one entry of the file of providers: how to reach it, and what its
// codes for work mean here.
type ProviderSetting struct {
	openid.Settings
	Roles         map[string]string `json:"roles,omitempty"`         // from its codes to ours, such as "R8000": "gp"
	Organisations map[string]string `json:"organisations,omitempty"` // from its codes to the ids of organisations here
}

// ReadProviders reads the file that lists the services with which people sign in. It
// holds secrets, so it is refused when others on the machine may read it; its group may,
// since that is how Kubernetes hands over a secret. Errors say which setting to change.
func ReadProviders(file string) (all []ProviderSetting, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--providers %s: there is no such file", file)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o037 != 0 {
		return nil, fmt.Errorf("--providers %s: others may read it, and it holds secrets: chmod 600 it", file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(b))
	in.DisallowUnknownFields()
	if err := in.Decode(&all); err != nil {
		return nil, fmt.Errorf("--providers %s: %w", file, err)
	}
	for i, p := range all {
		if slices.ContainsFunc(all[:i], func(o ProviderSetting) bool { return o.Name == p.Name }) {
			return nil, fmt.Errorf("--providers %s: two are named %s", file, p.Name)
		}
		for code, role := range p.Roles {
			if !slices.Contains(consent.Roles(), role) || !account.Strong(role) {
				return nil, fmt.Errorf("--providers %s: %s: %s is %q, which is no role of people at work: %v", file, p.Name, code, role, consent.Roles())
			}
		}
	}
	return all, nil
}

// CheckProviders tells early, and which setting to change, where a provider is set up in
// a way that cannot work. It asks none of them anything.
func CheckProviders(all []ProviderSetting, origin string) error {
	for _, p := range all {
		if _, err := openid.New(p.Settings, origin, clock.New()); err != nil {
			return err
		}
	}
	return nil
}

// Identify makes somebody at a provider the owner of an account, on the word of whoever
// operates the house. What the provider says of them is checked when they come.
func (h *House) Identify(ctx context.Context, account, provider, subject string) error {
	var c fault.Check
	c.That(providerName.MatchString(provider), "provider", "Give the name that the service has in the file of providers")
	c.That(subject != "" && len(subject) <= 255, "subject", "Give what the service calls them in its claim sub")
	if err := c.Err(); err != nil {
		return err
	}
	if _, err := h.Accounts.Get(ctx, account); err != nil {
		return err
	}
	ways, err := signin.New(h.DB, h.Clock, h.Accounts, "http://localhost")
	if err != nil {
		return err
	}
	return ways.Bind(ctx, account, provider, subject)
}

var providerName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// providers makes the clients of all providers.
func (h *House) providers(e Edge) (all []signin.Provider, err error) {
	for _, p := range e.Providers {
		c, err := openid.New(p.Settings, e.Origin, h.Clock)
		if err != nil {
			return nil, err
		}
		all = append(all, signin.Provider{Client: c, Roles: p.Roles, Organisations: p.Organisations})
	}
	return all, nil
}
