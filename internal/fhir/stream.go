package fhir

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onestory/internal/fault"
)

// EachEntry reads a Bundle of any size and calls each with the bytes of every
// element of its entry list, in order. It keeps one entry in memory at a time:
// limits bound one entry, not the whole. The bytes are the caller's only until
// each returns. Members may come in any order.
//
// It returns the Bundle's other members as a document without entries, and
// stops at the first error, its own or that of each. Errors of kind Invalid name
// the entry. JSON within an entry is checked by parsing it, before each is called.
func EachEntry(r io.Reader, limits Limits, each func(i int, entry []byte) error) (*Doc, error) {
	s := stream{r: bufio.NewReaderSize(r, 1<<16), limit: limits.filled().Bytes}
	meta := []byte{'{'}
	n := 0
	err := s.object(func(name []byte) error {
		if string(name) != `"entry"` {
			value, err := s.value()
			if err != nil {
				return err
			}
			if len(meta) > 1 {
				meta = append(meta, ',')
			}
			if len(meta)+len(name)+len(value) > s.limit {
				return s.wrong("The Bundle says more about itself than can be read. Make it smaller")
			}
			meta = append(append(append(meta, name...), ':'), value...)
			return nil
		}
		var d Doc
		return s.list(func() error {
			entry, err := s.value()
			if err == nil {
				err = limits.Parse(entry, &d)
			}
			if err == nil {
				err = each(n, entry)
			}
			if err != nil {
				return within("Bundle.entry["+strconv.Itoa(n)+"]", err)
			}
			n++
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	d := new(Doc)
	if err := limits.Parse(append(meta, '}'), d); err != nil {
		return nil, within("Bundle", err)
	}
	if d.Type() != "Bundle" {
		return nil, fault.New(fault.Invalid, "Send a Bundle: its resourceType is not Bundle.")
	}
	return d, nil
}

// within puts an entry's place before the problems of an error about it.
func within(path string, err error) error {
	f, ok := err.(*fault.Error)
	if !ok {
		return err
	}
	moved := *f
	moved.Problems = nil
	for _, p := range f.Problems {
		p.Path = strings.TrimSuffix(path+"."+p.Path, ".")
		moved.Problems = append(moved.Problems, p)
	}
	if len(moved.Problems) == 0 {
		moved.Problems = []fault.Problem{{Path: path, Say: f.Say}}
	}
	return &moved
}

// A stream cuts JSON into values without understanding them; whoever gets a
// value parses it.
type stream struct {
	r     *bufio.Reader
	buf   []byte
	limit int
	at    int64
}

func (s *stream) wrong(say string) error {
	return fault.New(fault.Invalid, say+" (byte "+strconv.FormatInt(s.at, 10)+").")
}

// take is the next byte that is not whitespace, taken.
func (s *stream) take() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		s.at++
		switch c {
		case ' ', '\n', '\r', '\t':
		default:
			return c, nil
		}
	}
}

// next is take where the end would be too early.
func (s *stream) next() (byte, error) {
	c, err := s.take()
	return c, s.early(err)
}

func (s *stream) early(err error) error {
	switch err {
	case nil:
		return nil
	case io.EOF:
		return s.wrong("The JSON ends too early. Send the whole Bundle")
	}
	return fmt.Errorf("reading a Bundle: %w", err)
}

func (s *stream) back() {
	if s.r.UnreadByte() == nil {
		s.at--
	}
}

func (s *stream) expect(want byte, say string) error {
	c, err := s.next()
	if err == nil && c != want {
		return s.wrong(say)
	}
	return err
}

// object reads the one object of the stream, calling member after each name and colon.
func (s *stream) object(member func(name []byte) error) error {
	if err := s.expect('{', "Send a Bundle: a JSON object"); err != nil {
		return err
	}
	entries := false
	err := s.items('}', func() error {
		quoted, err := s.value()
		if err != nil {
			return err
		}
		if len(quoted) < 2 || quoted[0] != '"' {
			return s.wrong("The name of a member, in double quotes, is expected")
		}
		name := bytes.Clone(quoted)
		if string(name) == `"entry"` {
			if entries {
				return s.wrong("The Bundle has its entries twice. Send them in one list")
			}
			entries = true
		}
		if err := s.expect(':', "A colon is expected after the name of a member"); err != nil {
			return err
		}
		return member(name)
	})
	if err != nil {
		return err
	}
	switch _, err := s.take(); err {
	case io.EOF:
		return nil
	case nil:
		return s.wrong("Something follows the end of the Bundle. Send one at a time")
	default:
		return fmt.Errorf("reading a Bundle: %w", err)
	}
}

func (s *stream) list(element func() error) error {
	if err := s.expect('[', "Send the entries of a Bundle as a list, in square brackets"); err != nil {
		return err
	}
	return s.items(']', element)
}

// items calls one for each item up to the closing bracket.
func (s *stream) items(closing byte, one func() error) error {
	c, err := s.next()
	if err != nil || c == closing {
		return err
	}
	s.back()
	for {
		if err := one(); err != nil {
			return err
		}
		switch c, err = s.next(); {
		case err != nil:
			return err
		case c == closing:
			return nil
		case c != ',':
			return s.wrong("A comma or the matching closing bracket is expected")
		}
	}
}

// value reads one value into the buffer. It only counts brackets and minds
// strings: what it cuts out is parsed by others.
func (s *stream) value() ([]byte, error) {
	s.buf = s.buf[:0]
	c, err := s.next()
	if err != nil {
		return nil, err
	}
	s.back()
	depth, quoted, slash := 0, false, false
	plain := c != '"' && c != '{' && c != '['
	for {
		if c, err = s.r.ReadByte(); err != nil {
			return nil, s.early(err)
		}
		s.at++
		if plain && (c == ',' || c == '}' || c == ']' || c == ':' || c <= ' ') {
			s.back()
			return s.buf, nil
		}
		if s.buf = append(s.buf, c); len(s.buf) > s.limit {
			return nil, s.wrong("One entry is larger than " + strconv.Itoa(s.limit) + " bytes. Make it smaller")
		}
		switch {
		case slash:
			slash = false
		case quoted:
			slash, quoted = c == '\\', c != '"'
			if !quoted && depth == 0 {
				return s.buf, nil
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return s.buf, nil
			}
		}
	}
}
