package signin

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"

	"onestory/internal/fault"
)

// What one hash of a short code costs: OWASP's least for Argon2id.
const (
	slowMemory = 19 << 10 // KiB
	slowPasses = 2
	slowWait   = 2 * time.Second
)

// A slow hashes what is short enough to be guessed. Half of the machine at most is at
// it, whoever floods it: others are told that it is busy.
type slow struct{ room chan struct{} }

func newSlow() slow { return slow{make(chan struct{}, max(1, runtime.NumCPU()/2))} }

// hash is Argon2id of a code, salted with what it is an answer to. It fails with
// fault.Busy when too many wait.
func (s slow) hash(ctx context.Context, code string, salt []byte) ([]byte, error) {
	wait := time.NewTimer(slowWait)
	defer wait.Stop()
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
		return argon2.IDKey([]byte(code), salt, slowPasses, slowMemory, 1, 32), nil
	case <-wait.C:
		return nil, fault.New(fault.Busy, "Very many people are signing in. Try again in a minute, or use a passkey.")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
