package fhirapi

import (
	"net/url"
	"strconv"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fhir"
)

// A bundle is one being written: its entries first, since only then is known what
// comes after them.
type bundle struct {
	entries []byte
	n       int
}

// most is how many bytes of entries a page may have before it ends early.
const most = 8 << 20

// begin writes what goes before a resource, with its address.
func (b *bundle) begin(base, typ, id string) {
	if b.n > 0 {
		b.entries = append(b.entries, ',')
	}
	b.n++
	b.entries = append(b.entries, `{"fullUrl":"`...)
	b.entries = append(append(append(b.entries, base...), '/'), typ...)
	b.entries = append(append(append(b.entries, '/'), id...), `","resource":`...)
}

// matched ends an entry of a search.
func (b *bundle) matched(mode string) {
	b.entries = append(append(append(b.entries, `,"search":{"mode":"`...), mode...), `"}}`...)
}

// done writes the whole. total is left out when it is negative, and so are links that
// are "".
func (b *bundle) done(kind string, at clock.Time, masked bool, total int, self, next string) []byte {
	out := make([]byte, 0, len(b.entries)+1024)
	out = append(out, `{"resourceType":"Bundle","meta":{`...)
	if at != 0 {
		out = append(append(append(out, `"lastUpdated":"`...), at.FHIR()...), '"')
	}
	if masked {
		if at != 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, `"security":[`...), redacted...), ']')
	}
	out = append(append(append(out, `},"type":"`...), kind...), '"')
	if total >= 0 {
		out = strconv.AppendInt(append(out, `,"total":`...), int64(total), 10)
	}
	out = append(out, `,"link":[{"relation":"self","url":`...)
	out = append(fhir.AppendString(out, self), '}')
	if next != "" {
		out = append(fhir.AppendString(append(out, `,{"relation":"next","url":`...), next), '}')
	}
	out = append(out, ']')
	if b.n > 0 {
		out = append(append(append(out, `,"entry":[`...), b.entries...), ']')
	}
	return append(out, '}')
}

// link is an address with parameters.
func (a *ask) link(path string, q url.Values) string {
	if len(q) == 0 {
		return a.base + path
	}
	return a.base + path + "?" + legible.Replace(q.Encode())
}

// legible leaves as they are the marks that may stand in the parameters of an address.
var legible = strings.NewReplacer("%2F", "/", "%3A", ":", "%2C", ",", "%24", "$")
