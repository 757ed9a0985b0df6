// Package id makes the names that entries and people have outside the database.
//
// Inside, an entry is a pair of numbers: whose it is, and which. Outside it is
// 53 characters: a version letter, then 52 of base32 over 32 bytes, of which 16
// authenticate and 16 are the pair, sealed. So an id leads to its person's log
// without a look-up, tells nothing to who reads it, and a forged one is refused
// before anything is read. Ids are permanent: keys are added ([Keys.Add]), never
// retired, and kept apart from the data.
package id

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"sync"
)

// An Entry is one entry of one person, or, with N zero, the person.
type Entry struct {
	Person int64 // the number of the log in which the entry was born
	N      int64 // which entry of it, never negative; 0 is the person
}

// Len is how many characters the outer form of an id has.
const Len = 53

// ErrForged is the answer to a text that no key here has sealed.
var ErrForged = errors.New("id: not one of ours")

var coding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Keys seal and open ids. Make them with [NewKeys]. Safe for concurrent use.
type Keys struct {
	keys []*key // the first seals; all open
}

type key struct {
	letter byte
	block  cipher.Block
	macs   sync.Pool // of hash.Hash, keyed
}

// NewKeys makes keys whose ids start with letter ('a' to 'z'), from 32 secret bytes.
func NewKeys(letter byte, secret []byte) (*Keys, error) {
	k := &Keys{}
	return k, k.Add(letter, secret)
}

// Add adds a key that can open ids. The first key added is the one that seals.
func (k *Keys) Add(letter byte, secret []byte) error {
	if len(secret) != 32 || letter < 'a' || letter > 'z' {
		return fmt.Errorf("id: a key has a letter from a to z and 32 secret bytes, not %d", len(secret))
	}
	for _, have := range k.keys {
		if have.letter == letter {
			return fmt.Errorf("id: there is a key %q already", letter)
		}
	}
	block, err := aes.NewCipher(derive(secret, "seal"))
	if err != nil {
		return err
	}
	macKey := derive(secret, "mac")
	n := &key{letter: letter, block: block}
	n.macs.New = func() any { return hmac.New(sha256.New, macKey) }
	k.keys = append(k.keys, n)
	return nil
}

func derive(secret []byte, use string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("onestory id " + use))
	return m.Sum(nil)
}

// New returns an entry of person that has not been before, by chance of 63 random bits.
func New(person int64) Entry {
	return Entry{Person: person, N: Random()}
}

// Random returns a number from 1 to 2^63-1 that cannot be guessed.
func Random() int64 {
	var b [8]byte
	for {
		rand.Read(b[:]) // never fails since Go 1.24
		if n := int64(binary.BigEndian.Uint64(b[:]) >> 1); n != 0 {
			return n
		}
	}
}

// Text is the outer form of e: 53 characters that fit a FHIR id and a URL.
func (k *Keys) Text(e Entry) string {
	return string(k.Append(nil, e))
}

// Append appends the outer form of e to b.
func (k *Keys) Append(b []byte, e Entry) []byte {
	sealer := k.keys[0]
	var plain [16]byte
	binary.BigEndian.PutUint64(plain[:8], uint64(e.Person))
	binary.BigEndian.PutUint64(plain[8:], uint64(e.N))
	var sealed [32]byte
	sealer.mac(sealed[:16], &plain)
	sealer.pad(sealed[16:], sealed[:16], plain[:])
	b = append(b, sealer.letter)
	return coding.AppendEncode(b, sealed[:])
}

// Parse opens the outer form of an id. Anything that no key has sealed is ErrForged.
func (k *Keys) Parse(text string) (Entry, error) {
	if len(text) != Len {
		return Entry{}, ErrForged
	}
	for _, opener := range k.keys {
		if opener.letter == text[0] {
			return opener.open(text[1:])
		}
	}
	return Entry{}, ErrForged
}

func (k *key) open(text string) (Entry, error) {
	var sealed [32]byte
	if n, err := coding.Decode(sealed[:], []byte(text)); err != nil || n != 32 {
		return Entry{}, ErrForged
	}
	var plain, want [16]byte
	k.pad(plain[:], sealed[:16], sealed[16:])
	k.mac(want[:], &plain)
	// 52 characters carry 260 bits: the last 4 must be zero, or two texts would be one id.
	if !hmac.Equal(want[:], sealed[:16]) || coding.EncodeToString(sealed[:]) != text {
		return Entry{}, ErrForged
	}
	e := Entry{
		Person: int64(binary.BigEndian.Uint64(plain[:8])),
		N:      int64(binary.BigEndian.Uint64(plain[8:])),
	}
	return e, nil
}

// mac puts the first 16 bytes of the authentication of plain into out.
func (k *key) mac(out []byte, plain *[16]byte) {
	m := k.macs.Get().(hash.Hash)
	m.Reset()
	m.Write(plain[:])
	var sum [32]byte
	copy(out, m.Sum(sum[:0])[:16])
	k.macs.Put(m)
}

// pad seals and opens: out is in with the cipher of the authentication laid over it.
// The authentication never repeats for another pair, so neither does the pad.
func (k *key) pad(out, tag, in []byte) {
	var stream [16]byte
	k.block.Encrypt(stream[:], tag)
	for i := range stream {
		out[i] = in[i] ^ stream[i]
	}
}
