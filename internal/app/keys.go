package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"onestory/internal/id"
)

// Keys are the secrets of one installation. They live in a folder of their own,
// apart from the data and from its backups: ids cannot be opened, nor anybody
// found by number, without them.
type Keys struct {
	IDs   *id.Keys
	Index []byte // for finding people by number and name, 32 bytes
	Dir   string
}

// OpenKeys reads the keys in dir, making those that are not there yet.
func OpenKeys(dir string) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("app: the folder for keys: %w", err)
	}
	first, err := secret(filepath.Join(dir, "id.a.key"))
	if err != nil {
		return nil, err
	}
	ids, err := id.NewKeys('a', first)
	if err != nil {
		return nil, err
	}
	index, err := secret(filepath.Join(dir, "index.key"))
	if err != nil {
		return nil, err
	}
	return &Keys{ids, index, dir}, nil
}

// secret reads 32 bytes, written as hexadecimal digits, or makes them.
func secret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b := make([]byte, 32)
		rand.Read(b)
		return b, WriteFile(path, []byte(hex.EncodeToString(b)+"\n"))
	}
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("app: the key file %s does not hold 64 hexadecimal digits: put back a whole copy of it", filepath.Base(path))
	}
	return b, nil
}

// WriteFile puts a small file in place whole or not at all, also when the power
// goes: written beside, synced, renamed, and the folder synced.
func WriteFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there any more when all went well
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
