package fhir

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"onestory/internal/fault"
)

// A trouble is a reason why a document cannot be read.
type trouble uint8

const (
	fine trouble = iota
	unfinished
	manyNodes
	deep
	badValue
	trailing
	noComma
	noName
	noColon
	longName
	repeated
	badEscape
	control
	notUTF8
)

func tooLarge(l Limits) error {
	return fault.New(fault.Invalid, "The document is too large. Send at most "+strconv.Itoa(l.Bytes)+" bytes.")
}

// explain turns a trouble into an answer that names the line, the column and
// the member. It never repeats what the document says.
func (p *parser) explain(why trouble, l Limits) error {
	var say string
	switch why {
	case unfinished:
		say = "The JSON ends too early. Send the whole document"
		if len(bytes.TrimSpace(p.src)) == 0 {
			return fault.New(fault.Invalid, "The document is empty. Send a resource as JSON.")
		}
	case manyNodes:
		say = "The document has more than " + strconv.Itoa(l.Nodes) + " values. Send it in parts"
	case deep:
		say = "Objects and lists are nested more than " + strconv.Itoa(l.Depth) + " deep. Make the document flatter"
	case badValue:
		say = "A JSON value is expected: a string in quotes, a number, true, false, null, an object or a list"
		if p.pos == 0 && bytes.HasPrefix(p.src, []byte("\xEF\xBB\xBF")) {
			say = "The document begins with a byte order mark. Send UTF-8 without one"
		}
	case trailing:
		say = "Something follows the end of the document. Send one document at a time"
	case noComma:
		say = "A comma or the matching closing bracket is expected"
	case noName:
		say = "The name of a member, in double quotes, is expected"
	case noColon:
		say = "A colon is expected after the name of a member"
	case longName:
		say = "The name of a member is too long"
	case repeated:
		say = "An object has the same member twice. Send each member once"
	case badEscape:
		say = "A backslash in a string begins something that JSON does not know, or half a surrogate pair"
	case control:
		say = "A string holds a control character. Write it as an escape such as \\n"
	case notUTF8:
		say = "The document is not valid UTF-8. Send it as UTF-8"
	}
	line := 1 + bytes.Count(p.src[:p.pos], []byte{'\n'})
	column := 1 + utf8.RuneCount(p.src[bytes.LastIndexByte(p.src[:p.pos], '\n')+1:p.pos])
	say += " (line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column) + ")."
	return &fault.Error{Kind: fault.Invalid, Say: say, Problems: []fault.Problem{{Path: p.place(), Say: say}}}
}

// place is the path of the innermost container that is still open.
func (p *parser) place() string {
	var chain []uint32
	for i := p.open; i != none; i = p.nodes[i].next {
		chain = append(chain, i)
	}
	var path []byte
	for k := len(chain) - 1; k >= 0; k-- {
		n := p.nodes[chain[k]]
		if k < len(chain)-1 {
			parent := p.nodes[chain[k+1]]
			if parent.kind == Array {
				path = append(path, '[')
				path = strconv.AppendUint(path, uint64(parent.count-1), 10)
				path = append(path, ']')
				continue
			}
		}
		if n.keyLen > 0 {
			if len(path) > 0 {
				path = append(path, '.')
			}
			path = append(path, sayable(p.src[n.key:n.key+uint32(n.keyLen)])...)
		}
	}
	return string(path)
}

// sayable is a member's name if it looks like one of FHIR's, and otherwise a
// question mark: anything else might be a person's words.
func sayable(name []byte) []byte {
	if len(name) == 0 || len(name) > 64 {
		return []byte("?")
	}
	for i, c := range name {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 && c != '_' || c != '_' && (c < '0' || c > '9')) {
			return []byte("?")
		}
	}
	return name
}
