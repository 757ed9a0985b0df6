package web

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// mostPadding is how many random bytes at most a packed page bears besides. How long a
// packed page is tells, over many tries, whether words that somebody smuggled into the
// address stand in it too; with the padding it takes far too many.
const mostPadding = 127

var packers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

// pack writes a page as gzip. An error is a browser that has gone.
func pack(w io.Writer, page []byte) {
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(w)
	var random [1 + mostPadding]byte
	_, _ = rand.Read(random[:]) // never fails
	z.Comment = hex.EncodeToString(random[1 : 1+int(random[0])%(mostPadding+1)])
	if _, err := z.Write(page); err == nil {
		_ = z.Close()
	}
}
