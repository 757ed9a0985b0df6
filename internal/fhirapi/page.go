package fhirapi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"

	"onestory/internal/fault"
	"onestory/internal/id"
)

// ciphers are made from one secret: what links to pages are sealed with, and versions.
func ciphers(secret []byte) (cipher.AEAD, cipher.Block, error) {
	key := func(use string) []byte {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte("onestory fhir " + use))
		return m.Sum(nil)
	}
	block, err := aes.NewCipher(key("pages"))
	if err != nil {
		return nil, nil, err
	}
	pages, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	versions, err := aes.NewCipher(key("versions"))
	return pages, versions, err
}

// versionText is the outer form of a version. Versions are places in the person's log:
// as numbers they would tell how much else was written there, so they are sealed.
func (s *API) versionText(e id.Entry, seq int64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(seq))
	binary.BigEndian.PutUint64(b[8:], uint64(e.N))
	s.versions.Encrypt(b[:], b[:])
	var out [32]byte
	hex.Encode(out[:], b[:])
	return string(out[:])
}

// version opens the outer form of a version of an entry; what is not one is NotFound.
func (s *API) version(e id.Entry, text string) (seq int64, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 16 {
		return 0, fault.NotFound
	}
	s.versions.Decrypt(b, b)
	if seq = int64(binary.BigEndian.Uint64(b[:8])); int64(binary.BigEndian.Uint64(b[8:])) != e.N || seq == 0 {
		return 0, fault.NotFound
	}
	return seq, nil
}

// A bookmark is where a page of results begins. It is sealed: it says what was searched
// for, and an address must not. Whoever has it is judged anew.
type bookmark struct {
	Shape shape  `json:"s"`
	Type  string `json:"t,omitempty"`
	Whose string `json:"w,omitempty"` // of a compartment
	Query string `json:"q"`
	After []byte `json:"a"` // the last entries of the page before, 8 bytes each, so that no link is longer for what they are; the very last first
	Done  int    `json:"d"` // how many came before, for when none of these is left
}

// lastSeen is how many entries a bookmark remembers: a page goes on after the last of
// them that is still there.
const lastSeen = 8

func (s *API) seal(b bookmark) (string, error) {
	plain, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.pages.NonceSize())
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(s.pages.Seal(nonce, nonce, plain, nil)), nil
}

func (s *API) unseal(text string) (b bookmark, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if n := s.pages.NonceSize(); err == nil && len(sealed) >= n {
		if plain, err := s.pages.Open(nil, sealed[:n], sealed[n:], nil); err == nil {
			return b, json.Unmarshal(plain, &b)
		}
	}
	return b, refuse([]fault.Problem{{Path: "_cursor", Say: "This link to a page is not one of ours. Begin the search again."}})
}

// from is where among the numbers of all results a page begins.
func (b *bookmark) from(all []int64) int {
	for after := b.After; len(after) >= 8; after = after[8:] {
		if i := slices.Index(all, int64(binary.BigEndian.Uint64(after))); i >= 0 {
			return i + 1
		}
	}
	return min(b.Done, len(all))
}

// next is the bookmark after results up to, but not with, end.
func (b bookmark) next(all []int64, end int) bookmark {
	b.After = nil
	for i := end - 1; i >= max(0, end-lastSeen); i-- {
		b.After = binary.BigEndian.AppendUint64(b.After, uint64(all[i]))
	}
	b.Done = end
	return b
}
