package app

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"onestory/internal/chain"
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

// mark tells these keys from others, and tells nothing of them.
func (k *Keys) mark() string {
	m := hmac.New(sha256.New, k.Index)
	m.Write([]byte("onestory keys " + k.IDs.Text(id.Entry{Person: 1})))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// secret reads 32 bytes, written as hexadecimal digits, or makes them.
func secret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b := make([]byte, 32)
		rand.Read(b)
		err = chain.WriteNew(path, []byte(hex.EncodeToString(b)+"\n"))
		if err == nil || errors.Is(err, os.ErrExist) { // another server may have been faster
			text, err = os.ReadFile(path)
		}
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
