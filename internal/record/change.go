package record

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/id"
)

// A Who is an actor as the journal remembers them: enough for a sentence, as
// things were at the time.
type Who struct {
	Account      string `json:"a"`           // the account that signed in, or "import:" and a source
	Name         string `json:"n,omitempty"` // as it was shown then
	Role         string `json:"r,omitempty"` // the role of the session
	Organisation string `json:"o,omitempty"` // its name
	Sector       string `json:"s,omitempty"` // nhs, council, private or voluntary
}

// partKind says what a part of a change is. Appended, never renumbered.
type partKind byte

const (
	partResource partKind = 1 // an entry, verbatim, or its removal
	partRule     partKind = 2 // something said about sharing
	partEnd      partKind = 3 // the end of a rule or of a membership
	partMember   partKind = 4 // someone in the circle
	partLabels   partKind = 5 // labels that a person set on an entry
	partLink     partKind = 6 // another log of the same person, or its unlinking
	partNote     partKind = 7 // why, and what else the journal should say
	partErase    partKind = 8 // an entry that is to be gone; only in the restore ledger
	partTaken    partKind = 9 // who took up a place in the circle that waited
)

// A part is one erasable piece of a change. Its hash in the chain is a salted
// commitment, so that it can go and the chain still holds.
type part struct {
	kind    partKind
	content []byte      // nil when erased
	salt    *[16]byte   // nil: derived from the change's seed
	commit  *chain.Hash // set only when erased
}

// A change is one committed step in a person's log.
type change struct {
	person  int64
	seq     int64
	at      clock.Time
	actor   string // a Who, as JSON
	purpose consent.Purpose
	seed    [16]byte
	parts   []part
	prev    chain.Hash
	hash    chain.Hash
	stored  int // bytes that its parts take, once it is inserted
}

// seal gives the change its seed and its hash.
func (c *change) seal() {
	rand.Read(c.seed[:])
	c.hash = c.link()
}

// link computes the hash of the line: over the line before, what the row says,
// and a commitment for each part.
func (c *change) link() chain.Hash {
	head := make([]byte, 0, 64+len(c.actor))
	head = append(head, "change"...)
	head = binary.BigEndian.AppendUint64(head, uint64(c.person))
	head = binary.BigEndian.AppendUint64(head, uint64(c.seq))
	head = binary.BigEndian.AppendUint64(head, uint64(c.at))
	head = appendString(head, c.actor)
	head = appendString(head, string(c.purpose))
	commits := make([]chain.Hash, len(c.parts))
	var buf []byte
	for i, p := range c.parts {
		commits[i], buf = c.commit(i, p, buf)
	}
	return chain.Link(c.prev, head, commits)
}

// commitment stands for a part in the chain.
func (c *change) commitment(i int, p part) chain.Hash {
	h, _ := c.commit(i, p, nil)
	return h
}

// commit is commitment with memory to use, which it returns for the next.
func (c *change) commit(i int, p part, buf []byte) (chain.Hash, []byte) {
	if p.commit != nil {
		return *p.commit, buf
	}
	salt := chain.Salt(c.seed, i)
	if p.salt != nil {
		salt = *p.salt
	}
	buf = append(append(buf[:0], byte(p.kind)), p.content...)
	return chain.Commit(salt, buf), buf
}

// erase drops the content and the salt of one part and keeps its commitment, so
// that the line's hash stays. The other parts get their salts written out, since
// the seed, from which the lost salt could be made again, goes too.
func (c *change) erase(n int) {
	for i := range c.parts {
		p := &c.parts[i]
		switch {
		case p.commit != nil:
		case i == n:
			commit := c.commitment(i, *p)
			p.commit, p.content, p.salt = &commit, nil, nil
		case p.salt == nil:
			salt := chain.Salt(c.seed, i)
			p.salt = &salt
		}
	}
	c.seed = [16]byte{}
}

// formatParts is the first byte of encoded parts. Another number is another format.
const formatParts = 1

// encodeParts writes the parts down, before packing.
func (c *change) encodeParts() []byte {
	size := 32
	for _, p := range c.parts {
		size += len(p.content) + 40
	}
	b := append(make([]byte, 0, size), formatParts)
	b = append(b, c.seed[:]...)
	b = binary.AppendUvarint(b, uint64(len(c.parts)))
	for _, p := range c.parts {
		b = append(b, byte(p.kind))
		switch {
		case p.commit != nil:
			b = append(b, 2)
			b = append(b, p.commit[:]...)
			continue
		case p.salt != nil:
			b = append(b, 1)
			b = append(b, p.salt[:]...)
		default:
			b = append(b, 0)
		}
		b = appendBytes(b, p.content)
	}
	return b
}

var errParts = errors.New("record: the parts of a change cannot be read")

// decodeParts reads what encodeParts wrote. Contents are slices of b.
func (c *change) decodeParts(b []byte) error {
	r := reader{b: b}
	if r.byte() != formatParts {
		return fmt.Errorf("%w: an unknown format", errParts)
	}
	copy(c.seed[:], r.take(16))
	n := r.uvarint()
	if n > uint64(len(b)) {
		return errParts
	}
	c.parts = make([]part, 0, n)
	for range n {
		p := part{kind: partKind(r.byte())}
		switch r.byte() {
		case 0:
			p.content = r.bytes()
		case 1:
			p.salt = new([16]byte)
			copy(p.salt[:], r.take(16))
			p.content = r.bytes()
		case 2:
			p.commit = new(chain.Hash)
			copy(p.commit[:], r.take(32))
		default:
			return errParts
		}
		c.parts = append(c.parts, p)
	}
	if r.bad || len(r.b) != 0 {
		return errParts
	}
	return nil
}

// A resource is an entry as one change wrote it.
type resource struct {
	n       int64      // which entry
	kind    string     // the FHIR type
	gone    bool       // removed, and json empty
	ours    bool       // last written here, so that its source no longer decides
	source  string     // where it came from; "" is written here
	foreign string     // its id there
	updated clock.Time // when it was last changed there, as far as they say
	origin  [8]byte    // start of the SHA-256 of the compacted original
	refs    string     // what its references to entries began with there, such as "urn:uuid:"
	author  string     // who is its author, as Author.text has it
	blobs   []blobAt   // what was taken out, being large
	json    []byte     // with our ids and references
}

// A blobAt is a large piece of a resource, kept beside the log.
type blobAt struct {
	at     int // where in json it belongs
	sha256 [32]byte
	size   int
}

func (r *resource) encode() part {
	b := make([]byte, 0, len(r.json)+128)
	b = binary.BigEndian.AppendUint64(b, uint64(r.n))
	b = appendString(b, r.kind)
	var flags byte
	if r.gone {
		flags |= 1
	}
	if r.ours {
		flags |= 2
	}
	b = append(b, flags)
	b = appendString(b, r.source)
	b = appendAlias(b, r.foreign)
	b = binary.AppendVarint(b, int64(r.updated))
	b = append(b, r.origin[:]...)
	b = appendString(b, r.refs)
	b = appendString(b, r.author)
	b = binary.AppendUvarint(b, uint64(len(r.blobs)))
	for _, x := range r.blobs {
		b = binary.AppendUvarint(b, uint64(x.at))
		b = append(b, x.sha256[:]...)
		b = binary.AppendUvarint(b, uint64(x.size))
	}
	return part{kind: partResource, content: append(b, r.json...)}
}

// decodeResource reads what encode wrote. What many resources say goes through name,
// which may share it; see plain.
func decodeResource(content []byte, name func([]byte) string) (resource, error) {
	r := reader{b: content}
	var x resource
	x.n = int64(r.uint64())
	x.kind = name(r.bytes())
	flags := r.byte()
	x.gone, x.ours = flags&1 != 0, flags&2 != 0
	x.source, x.foreign = name(r.bytes()), r.alias()
	x.updated = clock.Time(r.varint())
	copy(x.origin[:], r.take(8))
	x.refs, x.author = name(r.bytes()), name(r.bytes())
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		at := blobAt{at: int(r.uvarint())}
		copy(at.sha256[:], r.take(32))
		at.size = int(r.uvarint())
		x.blobs = append(x.blobs, at)
	}
	if r.bad {
		return x, errParts
	}
	x.json = r.b
	return x, nil
}

// plain is a name that is shared with nobody.
func plain(b []byte) string { return string(b) }

// A Member is someone in a person's circle: who, as what, and for how long.
type Member struct {
	ID    string        `json:"id"`
	Party consent.Party `json:"party"`
	Name  string        `json:"name"` // how the person knows them
	Role  string        `json:"role"`
	From  clock.Time    `json:"from"`
	Until clock.Time    `json:"until"` // clock.Never: no end
	By    string        `json:"by"`    // who said so

	// Asked marks a member who is none yet, but asks to be: see Door.Ask.
	Asked  bool   `json:"asked,omitempty"`
	Reason string `json:"reason,omitempty"` // why they ask, in their words
	Sector string `json:"sector,omitempty"` // of who asks, set by the server

	// Last is until when they would be in the circle, and For is the membership whose
	// place they take till then, both when somebody hands over: see View.HandOver.
	Last clock.Time `json:"last,omitempty"`
	For  string     `json:"for,omitempty"`

	// Basis is why they may act for the person, one of consent.Bases; "" is their
	// consent. Past Review, which the other bases have, the membership rests.
	Basis    string     `json:"basis,omitempty"`
	Relation string     `json:"relation,omitempty"` // what they are to the person, such as daughter
	Review   clock.Time `json:"review,omitempty"`

	// Work is the entry of a piece of work for which the member is in the circle: until
	// it is over, see View.Offer. Shares is what they see besides it once they take it on.
	Work   int64          `json:"work,omitempty"`
	Shares consent.Labels `json:"shares,omitempty"`
}

// An end stops a rule or a membership.
type end struct {
	ID string     `json:"id"`
	At clock.Time `json:"at"`
	By string     `json:"by"`
}

// A marking is labels that a person set on an entry, beside those its codes give it.
type marking struct {
	N      int64          `json:"n"`
	Labels consent.Labels `json:"labels"`
	Reason string         `json:"reason,omitempty"`
	Review clock.Time     `json:"review,omitempty"`
	By     string         `json:"by"`
}

// A link joins another log to this one, or parts them.
type link struct {
	Other  int64  `json:"other"`
	Undo   bool   `json:"undo,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// A note is what the journal says of a change beside its entries.
type note struct {
	Say  string `json:"say,omitempty"`
	Seen []byte `json:"seen,omitempty"` // entries that were shown on the way, as in a look
	For  int64  `json:"for,omitempty"`  // on whose behalf
}

func jsonPart(kind partKind, v any) part {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own plain structs
	}
	return part{kind: kind, content: b}
}

// touched lists the entries that the change wrote.
func (c *change) touched() []id.Entry {
	var out []id.Entry
	for _, p := range c.parts {
		if p.kind == partResource && p.content != nil {
			out = append(out, id.Entry{Person: c.person, N: int64(binary.BigEndian.Uint64(p.content))})
		}
	}
	return out
}
