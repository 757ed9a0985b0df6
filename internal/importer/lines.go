package importer

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"onestory/internal/fault"
	"onestory/internal/fhir"
)

var (
	errPart = fault.New(fault.Invalid, "One part of the file is too large. Send attachments separately.")
	errBOM  = fault.New(fault.Invalid, "The file begins with a byte order mark. Save it as UTF-8 without one.")
)

// line reads one line, whatever its length. long says that it was longer than max
// and is not all there.
func line(r *bufio.Reader, dst []byte, max int) (b []byte, long bool, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if len(dst)+len(piece) <= max {
			dst = append(dst, piece...)
		} else {
			long = true
		}
		switch {
		case err == nil, err == io.EOF && (len(dst) > 0 || long):
			return bytes.TrimSpace(dst), long, nil
		case err != bufio.ErrBufferFull:
			return dst, long, err
		}
	}
}

// lined reports whether text is NDJSON although its name does not say so: its first
// line is an object, and another follows.
func lined(text []byte) bool {
	first, rest, more := bytes.Cut(text, []byte("\n"))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if !more || len(rest) == 0 || rest[0] != '{' {
		return false
	}
	return fhir.Parse(bytes.TrimSpace(first), new(fhir.Doc)) == nil
}

// before is the type of a Bundle as far as it is said ahead of the entries, "" if it
// is not.
func before(head []byte) string {
	at := bytes.Index(head, []byte(`"entry"`))
	if at < 0 {
		return ""
	}
	start := append(bytes.TrimRight(bytes.Clone(head[:at]), " \t\r\n,"), '}')
	var d fhir.Doc
	if fhir.Parse(start, &d) != nil {
		return ""
	}
	return strings.Clone(d.Text("type"))
}
