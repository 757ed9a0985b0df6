package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/demo"
	"onestory/internal/fault"
	"onestory/internal/fhirapi"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/task"
	"onestory/internal/web/assets"
)

// fhir is the FHIR edge of the house. A type or an address without a rule is a
// programmer's mistake, and stops the program here.
func (h *House) fhir(e Edge) http.Handler {
	m := hmac.New(sha256.New, h.Keys.Index)
	m.Write([]byte("fhir edge"))
	api, err := fhirapi.New(fhirapi.Parts{
		Door: h.Door, Directory: h.Directory, Spec: h.Spec, Clock: h.Clock, Log: h.Log, Secret: m.Sum(nil),
		Who: h.bearer(e), Base: e.Base, HTTPS: e.HTTPS, Style: assets.Style(), Version: Version,
	})
	if err != nil {
		panic(err)
	}
	return api
}

// remembered is how long it is remembered whose a token is. The door asks on every
// open whether the account still is what it was.
const remembered = time.Second

// bearer tells whose a bearer token is: in a demo, demo-NAME is anybody of the cast.
// Otherwise there are none yet.
func (h *House) bearer(e Edge) func(context.Context, string) (consent.Actor, error) {
	if !e.Demo {
		return func(context.Context, string) (consent.Actor, error) { return consent.Actor{}, fault.NotFound }
	}
	type who struct {
		actor consent.Actor
		until clock.Time
	}
	var known sync.Map
	cast := map[string]bool{}
	for _, r := range demo.Cast() {
		cast[r.Who] = true
	}
	return func(ctx context.Context, token string) (consent.Actor, error) {
		name, ok := strings.CutPrefix(token, "demo-")
		if !ok || !cast[name] {
			return consent.Actor{}, fault.NotFound
		}
		now := h.Clock.Now()
		if k, ok := known.Load(name); ok && now < k.(who).until {
			return k.(who).actor, nil
		}
		actor, err := h.Accounts.As(ctx, name)
		if err == nil {
			known.Store(name, who{actor, now.Add(remembered)})
		}
		return actor, err
	}
}

// kinds are the types of entries, with the rules that hold for all of them at the
// door, whichever edge a change comes through.
func kinds() *record.Kinds {
	plain := record.NewKinds()
	var all []record.Kind
	for _, name := range plain.Names() {
		k := *plain.Of(name)
		k.Rule = plan.Rule(task.Rule(ownWords))
		all = append(all, k)
	}
	return record.NewKinds(all...)
}

// ownWords lets nobody alter what somebody else wrote, or another organisation sent:
// who disagrees says so beside it.
func ownWords(e record.Edit) error {
	switch old := e.Old; {
	case old.Version == 0: // it is new
		return nil
	case old.Source != "":
		return fault.New(fault.Refused, "This came from another organisation, which alone can change it. You can write an entry of your own beside it.")
	case old.Author.Account != e.Who.Account && !(e.Own && old.Author.Account == record.ThePerson):
		return fault.New(fault.Refused, "Somebody else wrote this, and they alone can change it. You can write an entry of your own beside it.")
	}
	return nil
}
