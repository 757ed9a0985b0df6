package web

import (
	"encoding/base64"
	"strings"

	"onestory/internal/fhir"
)

// document reads a DocumentReference: a letter, most often.
func document(d *fhir.Doc) fact {
	f := fact{What: first(d, "description", "content.attachment.title"), Status: d.Text("status"), On: first(d, "date", "content.attachment.creation", "context.period.start")}
	if f.What == "" {
		f.What = concept(d.Root().Get("type"))
	} else {
		f.add("web.line.kind", concept(d.Root().Get("type")))
	}
	f.Over = f.Status == "superseded"
	f.by(d, "author", "authenticator", "custodian")
	return f
}

// composition reads a Composition: a document written section by section.
func composition(d *fhir.Doc) fact {
	f := fact{What: first(d, "title"), Status: d.Text("status"), On: first(d, "date")}
	if f.What == "" {
		f.What = concept(d.Root().Get("type"))
	}
	for s := range d.At("section") {
		f.Lines = append(f.Lines, line{Label: clip(tidy(s.Get("title").Str()), 200), Value: clip(stripped(s.Get("text").Get("div").Str()), 4000)})
	}
	f.by(d, "author", "custodian")
	return f
}

// communication reads a Communication.
func communication(d *fhir.Doc) fact {
	f := fact{What: concept(d.Root().Get("topic")), Status: d.Text("status"), On: first(d, "sent", "received")}
	if f.What == "" {
		f.What = concepts(d.Root(), "category")
	}
	for p := range d.At("payload") {
		f.add("web.line.says", tidy(p.Get("contentString").Str()))
	}
	f.notes(d)
	f.by(d, "sender")
	if f.Told = tagged(d, "told"); f.Told {
		if day := happenedOn(d); day != "" {
			f.On = day
		}
	}
	return f
}

// stripped is the text of a narrative, without its markup: pages escape what they
// show, so what is left of a tag is only ugly, never run.
func stripped(div string) string {
	var b strings.Builder
	inside := false
	for _, r := range div {
		switch {
		case r == '<':
			inside = true
			b.WriteByte(' ')
		case r == '>' && inside:
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	text := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ", "&amp;", "&").Replace(b.String())
	return tidy(strings.Join(strings.Fields(text), " "))
}

// A file is something attached to an entry.
type file struct {
	N     int    // its place among the entry's files
	Title string // "" when it has none
	Type  string // as the source says, such as text/plain; not to be believed
	Text  string // what it says, when it is plain text and was asked for
	There bool   // whether the record has its content
	Size  int    // its bytes, when known
}

// attachments are the attachments in a document, in its order.
func attachments(d *fhir.Doc) (all []fhir.Value) {
	for _, path := range []string{"content.attachment", "presentedForm", "payload.contentAttachment", "photo", "item.answer.valueAttachment"} {
		for v := range d.At(path) {
			if v.Kind() == fhir.Object {
				all = append(all, v)
			}
		}
	}
	if content := d.Root().Get("content"); content.Kind() == fhir.Object && content.Get("contentType").Exists() {
		all = append(all, content) // Media
	}
	return all
}

// files lists what is attached. Large content is not in d, but beside it: then its
// data is an empty string that is there.
func files(d *fhir.Doc) (all []file) {
	for i, v := range attachments(d) {
		all = append(all, file{
			N: i, Title: clip(tidy(v.Get("title").Str()), 200), Type: clip(tidy(v.Get("contentType").Str()), 100),
			There: v.Get("data").Exists(), Size: sizeOf(v),
		})
	}
	return all
}

// sizeOf is how many bytes an attachment has: of its content, or else as the source
// says.
func sizeOf(v fhir.Value) int {
	if n := len(v.Get("data").Str()); n > 0 {
		return n / 4 * 3
	}
	n, _ := v.Get("size").Int()
	return int(min(max(n, 0), 1<<40))
}

// mostText is how much of a letter is shown on a page; the rest is in the file.
const mostText = 100_000

// content is what an attachment holds.
func content(v fhir.Value) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Get("data").Str()), ""))
	return b, err == nil && len(b) > 0
}

// isText reports whether an attachment says that it is plain text.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.TrimSpace(kind) == "text/plain"
}
