package app

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"onestory/internal/demo"
	"onestory/internal/importer"
)

// DemoSeed is the seed of the area that everybody gets.
const DemoSeed = 2014

// Populate fills an empty database with a synthetic area of so many people, or goes on
// where that was interrupted: then with as many as were asked for, and on the day that
// it was, when it began.
func (h *House) Populate(ctx context.Context, people int, progress func(done, of int)) error {
	today := h.Clock.Now().Std().UTC().Truncate(time.Second)
	began, err := h.Accounts.Fact(ctx, "area-begun", fmt.Sprintf("%d %d", people, today.Unix()))
	if err != nil {
		return err
	}
	if began != "" {
		var at int64
		if _, err := fmt.Sscan(began, &people, &at); err != nil {
			return fmt.Errorf("app: when the area was begun cannot be read: %w", err)
		}
		today = time.Unix(at, 0).UTC()
	}
	err = demo.Build(ctx, demo.Parts{
		Accounts: h.Accounts, Door: h.Door, Directory: h.Directory, Import: h.take, Seed: DemoSeed, People: people, Today: today,
	}, progress)
	if err != nil {
		return err
	}
	return h.Settle(ctx)
}

// take takes one bundle of the area in, as the import command would.
func (h *House) take(ctx context.Context, b demo.Bundle) error {
	var refused bytes.Buffer
	counts, err := importer.Import(ctx, h.Door, h.Directory, h.Spec, importer.Options{
		Source: b.Source, Stdin: bytes.NewReader(b.JSON), Report: &refused,
	}, "-")
	if err == nil && counts.Total.Refused+counts.FilesRefused > 0 {
		first, _ := refused.ReadString('\n')
		err = fmt.Errorf("app: the synthetic area has entries that the door refuses: %s", first)
	}
	return err
}
