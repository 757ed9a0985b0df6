package chain

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A Signer signs checkpoints. Its key is in a file outside the database.
type Signer struct {
	s   note.Signer
	key string // the verifier's
}

// OpenSigner reads the key in the file at path, or makes a new one there, which
// only the file's owner can read. The name goes into every checkpoint: the
// host's, for instance. An existing key keeps its own.
func OpenSigner(path, name string) (*Signer, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret, _, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			return nil, fmt.Errorf("making the key that signs checkpoints: %w", err)
		}
		if err := WriteNew(path, []byte(secret+"\n")); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("keeping the key that signs checkpoints: %w", err)
		}
		b, err = os.ReadFile(path) // another may have been faster
		if err != nil {
			return nil, err
		}
		return newSigner(b)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key that signs checkpoints: %w", err)
	}
	return newSigner(b)
}

func newSigner(file []byte) (*Signer, error) {
	secret := strings.TrimSpace(string(file))
	s, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("the file for the key that signs checkpoints holds something else")
	}
	// PRIVATE+KEY+name+hash+base64 of the algorithm and the seed
	encoded := secret[strings.LastIndexByte(secret, '+')+1:]
	if parts := strings.SplitN(secret, "+", 5); len(parts) == 5 {
		encoded = parts[4]
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("the key that signs checkpoints is of an unknown kind")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	key, err := note.NewEd25519VerifierKey(s.Name(), public)
	return &Signer{s: s, key: key}, err
}

// Key is the key that checks what this signs. Give it to everyone.
func (s *Signer) Key() string { return s.key }

// WriteNew makes a file that is either whole or not there, even after a loss of
// power, and that only its owner can read. It never replaces one: os.ErrExist.
func WriteNew(path string, content []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
