package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestAPackedPageIsThePageAndItsLengthTellsLittle(t *testing.T) {
	t.Parallel()
	page := []byte(strings.Repeat("<p>Onestory</p>", 500))
	lengths := map[int]bool{}
	for range 200 {
		var b bytes.Buffer
		pack(&b, page)
		lengths[b.Len()] = true
		z, err := gzip.NewReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, page) {
			t.Fatalf("%d bytes of %d came back, %v", len(got), len(page), err)
		}
	}
	if len(lengths) < 40 {
		t.Errorf("of 200 times it had %d lengths", len(lengths))
	}
}
