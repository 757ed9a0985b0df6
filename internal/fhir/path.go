package fhir

import "strconv"

// Path is where the value is, as FHIR names places: Observation.component[1].code.
// It begins with the type of the outermost resource. Names that do not look like
// FHIR's are given as a question mark. It is worked out by a walk from the
// document's beginning, so ask for it when it is to be shown.
func (v Value) Path() string {
	if v.d == nil {
		return ""
	}
	return string(v.d.appendPath(nil, v.i))
}

func (d *Doc) appendPath(path []byte, to uint32) []byte {
	if typ := d.Type(); typ != "" {
		path = append(path, sayable([]byte(typ))...)
	}
	at := uint32(0)
	for at != to {
		parent, n := &d.nodes[at], 0
		at++
		for d.nodes[at].next <= to {
			at = d.nodes[at].next
			n++
		}
		if parent.kind == Array {
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(n), 10)
			path = append(path, ']')
			continue
		}
		if len(path) > 0 {
			path = append(path, '.')
		}
		m := &d.nodes[at]
		path = append(path, sayable(d.src[m.key:m.key+uint32(m.keyLen)])...)
	}
	return path
}
