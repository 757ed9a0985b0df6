package fhir

import (
	"slices"

	"onestory/internal/clock"
)

// An Edit is one change to a document's bytes: see [Replace], [Set] and [Remove].
type Edit struct {
	at     Value
	key    string // "" replaces at itself
	raw    []byte
	remove bool
}

// Replace puts raw, a JSON value, in the place of v.
func Replace(v Value, raw []byte) Edit { return Edit{at: v, raw: raw} }

// Set gives the object a member: the value is replaced if there is such a
// member. A new one comes last, but a resource's id and meta come after its type.
func Set(object Value, key string, raw []byte) Edit { return Edit{at: object, key: key, raw: raw} }

// Remove takes a member out of an object; nothing happens if it has none.
func Remove(object Value, key string) Edit { return Edit{at: object, key: key, remove: true} }

// A patch replaces the bytes from start to end.
type patch struct {
	start, end uint32
	rank, seq  int
	comma      byte // written first, unless 0
	key        string
	raw        []byte
}

// Splice appends the document with its edits to dst. Every byte that no edit
// names stays as it was. Of two edits of the same place the later counts; an
// edit inside something that another replaces or removes is lost with it. Edits
// of missing values or of members of what is no object do nothing.
func Splice(dst []byte, d *Doc, edits []Edit) []byte {
	var some [8]patch
	patches := some[:0]
	for seq, e := range edits {
		if e.at.d != d || d == nil {
			continue
		}
		n := e.at.node()
		switch {
		case e.key == "":
			patches = append(patches, patch{start: n.start, end: n.end, seq: seq, raw: e.raw})
		case n.kind == Object:
			patches = appendMember(patches, e, edits, seq)
		}
	}
	slices.SortStableFunc(patches, func(a, b patch) int {
		switch {
		case a.start != b.start:
			return int(a.start) - int(b.start)
		case (a.start == a.end) != (b.start == b.end): // what is put in comes before what is taken out
			if a.start == a.end {
				return -1
			}
			return 1
		case a.start == a.end:
			return (a.rank-b.rank)<<16 + a.seq - b.seq
		case a.end != b.end:
			return int(b.end) - int(a.end)
		}
		return b.seq - a.seq
	})
	pos := uint32(0)
	for _, p := range patches {
		if p.start < pos {
			continue
		}
		dst = append(dst, d.src[pos:p.start]...)
		pos = p.end
		if p.comma != 0 {
			dst = append(dst, p.comma)
		}
		if p.key != "" {
			dst = append(AppendString(dst, p.key), ':')
		}
		dst = append(dst, p.raw...)
	}
	return append(dst, d.src[pos:]...)
}

// appendMember works out what setting or removing a member does to the bytes,
// given what all the edits do to the object's other members.
func appendMember(patches []patch, e Edit, edits []Edit, seq int) []patch {
	for _, later := range edits[seq+1:] {
		if later.at == e.at && later.key == e.key {
			return patches // said again, differently
		}
	}
	d, object := e.at.d, e.at.node()
	old := e.at.Get(e.key)
	if old.Exists() && !e.remove {
		n := old.node()
		return append(patches, patch{start: n.start, end: n.end, seq: seq, raw: e.raw})
	}
	stays := func(m Value) bool { return !lastWord(edits, e.at, m.Key()) }
	if e.remove {
		if !old.Exists() {
			return patches
		}
		before, kept, next := Value{}, false, Value{}
		for _, m := range e.at.All() {
			if m == old {
				if at := d.nodes[m.i].next; at < object.next {
					next = Value{d, at}
				}
				break
			}
			before, kept = m, kept || stays(m)
		}
		n := old.node()
		cut := patch{start: n.key - 1, end: n.end, seq: seq}
		if kept {
			cut.start = before.node().end
		} else if next.Exists() {
			cut.end = next.node().key - 1
		}
		return append(patches, cut)
	}
	put := patch{rank: 2, seq: seq, key: e.key, raw: e.raw, comma: ','}
	anchor := Value{}
	for k, m := range e.at.All() {
		if !stays(m) {
			continue
		}
		anchor = m
		if e.key == "id" && k == "resourceType" || e.key == "meta" && k == "id" {
			break
		}
	}
	switch e.key {
	case "id":
		put.rank = 0
	case "meta":
		put.rank = 1
		if typ := e.at.Get("resourceType"); typ.Exists() && !e.at.Get("id").Exists() {
			anchor = typ
		}
	}
	if anchor.Exists() {
		put.start = anchor.node().end
	} else {
		put.start = object.start + 1
		if first(edits, e.at, seq) {
			put.comma = 0
		}
		put.rank = 2 // in the order of the edits, so that the first has no comma
	}
	put.end = put.start
	return append(patches, put)
}

// lastWord reports whether the edits end by removing the member.
func lastWord(edits []Edit, object Value, key string) (removed bool) {
	for _, e := range edits {
		if e.at == object && e.key == key {
			removed = e.remove
		}
	}
	return removed
}

// first reports whether no earlier edit puts a new member into the object.
func first(edits []Edit, object Value, seq int) bool {
	for i, e := range edits[:seq] {
		if e.at != object || e.key == "" || e.remove || object.Get(e.key).Exists() {
			continue
		}
		again := slices.ContainsFunc(edits[i+1:], func(l Edit) bool { return l.at == object && l.key == e.key })
		if !again {
			return false
		}
	}
	return true
}

// Stamp appends the resource with the id, version and instant that the server
// gives it; an empty id or version, or a zero instant, leaves what is there.
func Stamp(dst []byte, d *Doc, id, version string, at clock.Time) []byte {
	var edits []Edit
	root := d.Root()
	if id != "" {
		edits = append(edits, Set(root, "id", AppendString(nil, id)))
	}
	meta := root.Get("meta")
	if meta.Kind() != Object {
		m := New("")
		if version != "" {
			m.Set("versionId", version)
		}
		if at != 0 {
			m.Set("lastUpdated", at.FHIR())
		}
		if version != "" || at != 0 {
			edits = append(edits, Set(root, "meta", m.Bytes()))
		}
		return Splice(dst, d, edits)
	}
	if version != "" {
		edits = append(edits, Set(meta, "versionId", AppendString(nil, version)))
	}
	if at != 0 {
		edits = append(edits, Set(meta, "lastUpdated", AppendString(nil, at.FHIR())))
	}
	return Splice(dst, d, edits)
}
