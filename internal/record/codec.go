package record

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// What is stored packed starts with a byte that says how. A codec that seals with
// a person's key gets a number of its own; these two do not seal.
const (
	codecPlain = 0 // as it is
	codecZstd  = 1 // zstd; the next byte numbers the dictionary, and there is none but 0, no dictionary
)

// A packer compresses and decompresses. Safe for concurrent use.
//
// There is deliberately no dictionary: one trained on synthetic people made a single
// change a quarter smaller, but the whole database only 2 to 7 in 100, and packing
// three times slower.
type packer struct {
	encoders sync.Pool
	decoder  *zstd.Decoder
}

func newPacker() (*packer, error) {
	p := &packer{}
	options := []zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false)}
	decoding := []zstd.DOption{zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1 << 30)}
	if _, err := zstd.NewWriter(nil, options...); err != nil {
		return nil, fmt.Errorf("record: the compressor: %w", err)
	}
	p.encoders.New = func() any {
		e, _ := zstd.NewWriter(nil, options...) // tried above
		return e
	}
	var err error
	if p.decoder, err = zstd.NewReader(nil, decoding...); err != nil {
		return nil, fmt.Errorf("record: the decompressor: %w", err)
	}
	return p, nil
}

// pack appends the packed form of b to dst.
func (p *packer) pack(dst, b []byte) []byte {
	e := p.encoders.Get().(*zstd.Encoder)
	dst = e.EncodeAll(b, append(dst, codecZstd, 0))
	p.encoders.Put(e)
	return dst
}

// unpack returns what pack was given.
func (p *packer) unpack(b []byte) ([]byte, error) {
	switch {
	case len(b) >= 1 && b[0] == codecPlain:
		return b[1:], nil
	case len(b) >= 2 && b[0] == codecZstd && b[1] == 0:
		return p.decoder.DecodeAll(b[2:], nil)
	}
	return nil, fmt.Errorf("record: packed in an unknown way")
}

// A reader takes a written row apart. After the first thing that does not fit, it
// is bad and yields zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	return r.take(int(n))
}

// An alias is a text that is often a UUID, and then takes 17 bytes: an odd length
// says so.
func appendAlias(b []byte, s string) []byte {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		var id [16]byte
		n, err := hex.Decode(id[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]))
		if err == nil && n == len(id) && uuid(id[:]) == s {
			return append(append(b, 1), id[:]...)
		}
	}
	return append(binary.AppendUvarint(b, 2*uint64(len(s))), s...)
}

func (r *reader) alias() string {
	n := r.uvarint()
	switch {
	case n == 1:
		if id := r.take(16); id != nil {
			return uuid(id)
		}
		return ""
	case n%2 != 0 || n/2 > uint64(len(r.b)):
		r.bad, r.b = true, nil
		return ""
	}
	return string(r.take(int(n / 2)))
}

// uuid writes 16 bytes as a UUID.
func uuid(id []byte) string {
	b := make([]byte, 0, 36)
	for i, n := range [...]int{0, 4, 6, 8, 10} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, id[n:[...]int{4, 6, 8, 10, 16}[i]])
	}
	return string(b)
}

func (r *reader) string() string { return string(r.bytes()) }

func appendBytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func appendString(b []byte, v string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

// decodeJSON reads one of our own small parts. What it does not know is an error:
// a part that a later program wrote must not be half understood.
func decodeJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func appendInt(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }
