package app

import (
	"context"

	"onestory/internal/signin"
)

// CheckProviders refuses providers that speak of an organisation that is not here.
func (h *House) CheckProviders(ctx context.Context, list []signin.Provider) error {
	for _, x := range list {
		if err := signin.Organised(ctx, h.Accounts, x); err != nil {
			return err
		}
	}
	return nil
}

// Identify says who an account is at a provider, before its owner ever came from there.
func (h *House) Identify(ctx context.Context, account, provider, subject string) error {
	p, err := signin.NewProviders(h.DB, h.Clock, h.Accounts, "", nil)
	if err != nil {
		return err
	}
	return p.Tie(ctx, account, provider, subject)
}
