package exporter

import (
	"fmt"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// An entry is one resource on its way out.
type entry struct {
	kind, source, foreign string
	sent                  record.Sent
	doc                   *fhir.Doc
	version               string
	at                    clock.Time
}

// write writes one resource, as an entry of the Bundle or as a line. view is that
// of its person, nil for what is public.
func (e *export) write(view *record.View, x entry) error {
	if x.source == "" && e.patient != "" {
		// What was written here names the person by their own id, which no entry of the
		// file has: whoever takes the file in would refuse what leads nowhere.
		d, err := fhir.Redirect(x.doc, "Patient/"+e.subject, "Patient/"+e.patient)
		if err != nil {
			return fmt.Errorf("exporting: an entry cannot be written: %w", err)
		}
		x.doc = d
	}
	var edits []fhir.Edit
	original := e.o.References == Original
	for ref := range x.doc.References() {
		r := ref.Ref
		if r.Kind != fhir.RefRelative || len(r.ID) != id.Len {
			continue
		}
		text, err := e.restored(view, x, r)
		if err != nil {
			return err
		}
		if original && text != "" {
			edits = append(edits, fhir.Replace(ref.Value, fhir.AppendString(nil, text)))
		}
	}
	url, out := "", []byte(nil)
	switch {
	case !original && x.version != "":
		out = fhir.Stamp(nil, x.doc, "", x.version, x.at)
	case !original:
		out = x.doc.Bytes()
	case x.source == "":
		out = fhir.Splice(nil, x.doc, edits)
	default:
		if own := x.sent.ID(x.foreign); own != "" {
			edits = append(edits, fhir.Set(x.doc.Root(), "id", fhir.AppendString(nil, own)))
		} else {
			edits = append(edits, fhir.Remove(x.doc.Root(), "id"))
		}
		out = fhir.Splice(nil, x.doc, edits)
		url = e.url(x)
	}
	if !original && e.o.Base != "" {
		url = strings.TrimSuffix(e.o.Base, "/") + "/" + x.kind + "/" + x.doc.ID()
	}
	return e.put(x.kind, url, out)
}

// url is the fullUrl of an entry with the ids of its source: what references of
// that source lead to.
func (e *export) url(x entry) string {
	if url := x.sent.Odd["url"]; url != "" {
		return url
	}
	began := x.sent.Began
	if began == "" {
		began = e.began[x.source]
	}
	if began == "" {
		return ""
	}
	return record.Sent{Began: began}.Usual(x.kind, x.foreign)
}

// restored is what the source wrote for a reference of ours, "" where that is not
// known. A public resource that it leads to is noted, to be written too.
func (e *export) restored(view *record.View, x entry, r fhir.Ref) (string, error) {
	if record.Public(r.Type) {
		t, err := e.lookUp(r.Type + "/" + r.ID)
		if err != nil {
			return "", err
		}
		if t.there {
			return x.sent.Reference(r.Text, t.listed.Kind, t.listed.Foreign), nil
		}
		return x.sent.Odd[r.Text], nil
	}
	if view == nil {
		return "", nil
	}
	h, ok := view.OriginOf(r.ID)
	if !ok {
		return "", nil
	}
	source, foreign, _ := h.Origin()
	if x.source != "" && x.source != source {
		return "", nil
	}
	return x.sent.Reference(r.Text, h.Kind, foreign), nil
}

// put writes one resource that is ready.
func (e *export) put(kind, url string, resource []byte) error {
	var b []byte
	switch {
	case e.lines:
		b = append(resource[:len(resource):len(resource)], '\n')
	default:
		start := `,{`
		if len(e.counts) == 0 {
			start = `,"entry":[{`
		}
		b = append(b, start...)
		if url != "" {
			b = append(fhir.AppendString(append(b, `"fullUrl":`...), url), ',')
		}
		b = append(append(append(b, `"resource":`...), resource...), '}')
	}
	e.counts[kind]++
	_, err := e.w.Write(b)
	return err
}
