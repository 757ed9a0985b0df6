package fhir

import "math"

// Limits bound what a document may cost. A zero field means the default.
type Limits struct {
	Depth int // objects and lists within each other; 64
	Nodes int // values of any kind; 1,048,576
	Bytes int // length of the source; 32 MiB
}

func (l Limits) filled() Limits {
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Nodes <= 0 {
		l.Nodes = 1 << 20
	}
	if l.Bytes <= 0 {
		l.Bytes = 32 << 20
	}
	l.Bytes = min(l.Bytes, math.MaxInt32)
	l.Nodes = min(l.Nodes, math.MaxInt32)
	return l
}

// A Doc is one JSON document: its bytes and the tape. A Doc may be read by many
// goroutines at once, but not while it is parsed into.
type Doc struct {
	src   []byte
	nodes []node
}

// A node is one value: where its bytes are, and where the next sibling's node is.
// Children follow their container, so a subtree is a run of the tape.
type node struct {
	key    uint32 // offset of the member's name, inside the quotes
	start  uint32 // offset of the value's first byte
	end    uint32 // offset after its last; while a container is open, marks of its keys
	next   uint32 // index after the subtree; while a container is open, its parent
	count  uint32 // members or elements
	keyLen uint16
	kind   Kind
	flags  uint8
}

const (
	escaped    = 1 << iota // the string holds backslashes
	keyEscaped             // the member's name does
	manyKeys               // the object is too large for its marks: check its names when it closes
)

// crowd is how many members an object may have before its names are checked by
// a map rather than against each other. No FHIR type comes near it.
const crowd = 64

// Parse reads a JSON document into d, which it may have been used before: the
// tape is reused. d keeps src, which must not change as long as d, or any Value
// or string had from it, is in use.
//
// It is strict: UTF-8 without a byte order mark, no duplicate names in an
// object, no halves of surrogate pairs, nothing after the document, and within
// the default [Limits]. The error is a fault of kind Invalid that names the place.
func Parse(src []byte, d *Doc) error { return Limits{}.Parse(src, d) }

// Parse is like the function [Parse], within limits of the caller's choosing.
func (l Limits) Parse(src []byte, d *Doc) error {
	l = l.filled()
	d.src, d.nodes = src, d.nodes[:0]
	if len(src) > l.Bytes {
		d.src = nil
		return tooLarge(l)
	}
	if d.nodes == nil {
		d.nodes = make([]node, 0, min(len(src)/20+8, l.Nodes)) // about what a resource needs
	}
	p := parser{src: src, nodes: d.nodes, depth: l.Depth, limit: l.Nodes, open: none}
	why := p.run()
	d.nodes = p.nodes
	if why != fine {
		err := p.explain(why, l)
		d.src, d.nodes = nil, d.nodes[:0]
		return err
	}
	return nil
}

const none = math.MaxUint32

type parser struct {
	src   []byte
	nodes []node
	pos   int
	open  uint32 // the innermost open container
	depth int    // how many more may be opened
	limit int
}

// run reads the whole document. The innermost container's node leads to its
// parent's, so no stack is needed and nothing recurses.
func (p *parser) run() trouble {
	var key node // the member's name, waiting for its value
	p.space()
value:
	if p.pos >= len(p.src) {
		return unfinished
	}
	if len(p.nodes) >= p.limit {
		return manyNodes
	}
	{
		n := node{key: key.key, keyLen: key.keyLen, flags: key.flags, start: uint32(p.pos)}
		key = node{}
		if p.open != none {
			p.nodes[p.open].count++
		}
		switch c := p.src[p.pos]; c {
		case '{', '[':
			if p.depth == 0 {
				return deep
			}
			p.depth--
			n.kind = Object
			if c == '[' {
				n.kind = Array
			}
			n.next = p.open
			p.open = uint32(len(p.nodes))
			p.nodes = append(p.nodes, n)
			p.pos++
			p.space()
			if p.pos < len(p.src) && p.src[p.pos] == c+2 { // '}' and ']' both come two after
				goto closing
			}
			if c == '{' {
				goto name
			}
			goto value
		case '"':
			p.pos++
			esc, why := p.str()
			if why != fine {
				return why
			}
			if esc {
				n.flags |= escaped
			}
			n.kind = String
		case 't', 'f', 'n':
			if n.kind = p.literal(); n.kind == Missing {
				return badValue
			}
		default:
			if !p.number() {
				return badValue
			}
			n.kind = Number
		}
		n.end = uint32(p.pos)
		n.next = uint32(len(p.nodes)) + 1
		p.nodes = append(p.nodes, n)
	}
after:
	p.space()
	if p.open == none {
		if p.pos < len(p.src) {
			return trailing
		}
		return fine
	}
	if p.pos >= len(p.src) {
		return unfinished
	}
	switch p.src[p.pos] {
	case ',':
		p.pos++
		p.space()
		if p.nodes[p.open].kind == Array {
			goto value
		}
		goto name
	case '}', ']':
		goto closing
	}
	return noComma
name:
	if p.pos >= len(p.src) {
		return unfinished
	}
	if p.src[p.pos] != '"' {
		return noName
	}
	p.pos++
	key.key = uint32(p.pos)
	if esc, why := p.str(); why != fine {
		return why
	} else if esc {
		key.flags = keyEscaped
	}
	if n := p.pos - 1 - int(key.key); n > math.MaxUint16 {
		return longName
	} else {
		key.keyLen = uint16(n)
	}
	if p.repeated(key) {
		return repeated
	}
	p.space()
	if p.pos >= len(p.src) {
		return unfinished
	}
	if p.src[p.pos] != ':' {
		return noColon
	}
	p.pos++
	p.space()
	goto value
closing:
	{
		n := &p.nodes[p.open]
		if (n.kind == Object) != (p.src[p.pos] == '}') {
			return noComma
		}
		if n.flags&manyKeys != 0 && p.repeatedInCrowd() {
			return repeated
		}
		p.pos++
		p.depth++
		p.open, n.next = n.next, uint32(len(p.nodes))
		n.end = uint32(p.pos)
	}
	goto after
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return
		}
	}
}

// repeated reports whether the open object has a member of that name. Each
// object keeps a mark per name; only when a mark is taken are names compared.
func (p *parser) repeated(key node) bool {
	o := &p.nodes[p.open]
	if o.flags&manyKeys != 0 {
		return false // checked when it closes
	}
	if key.flags&keyEscaped != 0 || o.count >= crowd {
		o.flags |= manyKeys
		return false
	}
	name := p.src[key.key : key.key+uint32(key.keyLen)]
	h := uint32(key.keyLen)
	if len(name) > 0 {
		h += uint32(name[0])*7 + uint32(name[len(name)-1])*5 + uint32(name[len(name)/2])*3
	}
	mark := uint32(1) << (h & 31)
	if o.end&mark == 0 {
		o.end |= mark
		return false
	}
	i := p.open + 1
	for range o.count {
		n := &p.nodes[i]
		if n.keyLen == key.keyLen && string(p.src[n.key:n.key+uint32(n.keyLen)]) == string(name) {
			return true
		}
		i = n.next
	}
	return false
}

func (p *parser) repeatedInCrowd() bool {
	o := p.nodes[p.open]
	seen := make(map[string]struct{}, o.count)
	d := &Doc{src: p.src, nodes: p.nodes}
	i := p.open + 1
	for range o.count {
		k := Value{d, i}.Key()
		if _, ok := seen[k]; ok {
			return true
		}
		seen[k] = struct{}{}
		i = p.nodes[i].next
	}
	return false
}
