package fhir

// Redirect is the resource with every reference that reads from reading to instead: d
// itself when there is none.
func Redirect(d *Doc, from, to string) (*Doc, error) {
	var edits []Edit
	for ref := range d.References() {
		if ref.Ref.Text == from {
			edits = append(edits, Replace(ref.Value, AppendString(nil, to)))
		}
	}
	if len(edits) == 0 {
		return d, nil
	}
	out := new(Doc)
	return out, Parse(Splice(nil, d, edits), out)
}
