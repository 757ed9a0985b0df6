// Package chain makes lines that cannot be changed, dropped or reordered unseen,
// and whose parts can be erased all the same.
//
// A line commits to each of its parts with a salted hash and to the line before it
// ([Commit], [Link]): when a part and its salt are erased, what it said cannot be
// guessed, and the chain still verifies. A [Sequencer] numbers the lines of each
// person and puts them into a Merkle tree ([Log]), whose root is signed every
// minute with a key outside the database ([Checkpoint]), kept in a file outside
// the database, and given to witnesses. So who can write to every table still
// cannot rewrite what was signed; [Log.Verify] tells which line was tampered with.
//
// This package owns the tables:
//
//	leaf        (stream, subject, j, n, kind, writer, ref, hash)   which line has which number, of its person and in the tree
//	node        (stream, i, hash)                                  the hashes of the tree, as golang.org/x/mod/sumdb/tlog numbers them
//	checkpoint  (stream, epoch, size, at, note)                    what was signed
//	lease       (name, holder, until)                              which server does what only one should do at a time
package chain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
)

// A Hash is a SHA-256 hash.
type Hash [32]byte

// MarshalText writes the hash in base64, as checkpoints do.
func (h Hash) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads the hash from base64.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("chain: a hash is 32 bytes in base64")
	}
	copy(h[:], b)
	return nil
}

// String is the hash in base64.
func (h Hash) String() string { return base64.StdEncoding.EncodeToString(h[:]) }

// Salt is the salt of one part of a line: all of them come from one secret seed,
// which is stored with the line until the first of its parts is erased.
func Salt(seed [16]byte, part int) (salt [16]byte) {
	m := hmac.New(sha256.New, seed[:])
	m.Write([]byte("onestory salt 1"))
	writeInt(m, uint64(part))
	var sum [32]byte
	copy(salt[:], m.Sum(sum[:0]))
	return salt
}

// Commit is the hash that stands for a part of a line. Without the salt, which
// must be secret and of that part alone, nobody can tell what the part said.
func Commit(salt [16]byte, content []byte) (h Hash) {
	s := begin("onestory part 1")
	s.Write(salt[:])
	writeBytes(s, content)
	s.Sum(h[:0])
	return h
}

// Link is the hash of a line: of the line before it, of its head, which is never
// erased, and of what stands for its parts. The first line follows the zero Hash.
func Link(prev Hash, head []byte, parts []Hash) (h Hash) {
	s := begin("onestory line 1")
	s.Write(prev[:])
	writeBytes(s, head)
	writeInt(s, uint64(len(parts)))
	for i := range parts {
		s.Write(parts[i][:])
	}
	s.Sum(h[:0])
	return h
}

// begin starts a hash that cannot be mistaken for one of another use.
func begin(use string) hash.Hash {
	s := sha256.New()
	writeBytes(s, []byte(use))
	return s
}

func writeInt(s hash.Hash, n uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	s.Write(b[:])
}

func writeBytes(s hash.Hash, b []byte) {
	writeInt(s, uint64(len(b)))
	s.Write(b)
}
