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

// Member is the name of the member that the value is in, also when it is in that
// member's list: result, of what is at DiagnosticReport.result[2]. It is "" for the root.
func (v Value) Member() string {
	if v.d == nil {
		return ""
	}
	nodes := v.d.nodes
	at := v.i
	for at > 0 && nodes[at].key == 0 { // an element: its list is the nearest before it that ends after it
		from := at
		for at--; nodes[at].next <= from; at-- {
		}
	}
	return Value{v.d, at}.Key()
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
