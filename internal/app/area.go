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

// Populate fills an empty database with a synthetic area of so many people.
func (h *House) Populate(ctx context.Context, people int, progress func(done, of int)) error {
	err := demo.Build(ctx, demo.Parts{
		Accounts: h.Accounts, Door: h.Door, Import: h.take, Seed: DemoSeed, People: people, Today: h.Clock.Now().Std().Truncate(time.Second),
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
