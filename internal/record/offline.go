package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"onestory/internal/chain"
)

// An Offline is what checking a downloaded journal found.
type Offline struct {
	Lines     int      // of the journal, in the file
	Uncovered int      // the last so many no checkpoint covers yet
	Findings  []string // sentences that name the place
}

// longestLine bounds a line of a downloaded journal, in bytes.
const longestLine = 4 << 20

// CheckJournal checks a downloaded journal without any database. key is the
// verifier's; "" takes the one in the file, which then only shows that the file
// agrees with itself. trusted are checkpoints from elsewhere: one of the same size
// must have the same root.
func CheckJournal(r io.Reader, key string, trusted []string) (o Offline, err error) {
	c := checking{key: key, roots: map[int64]chain.Hash{}}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), longestLine)
	for n := 1; in.Scan(); n++ {
		var l journalLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			c.find("line %d of the file cannot be read: it was changed or cut", n)
			continue
		}
		if n == 1 {
			if l.Journal == "" {
				return o, fmt.Errorf("this is not a downloaded journal: its first line does not say so")
			}
			if c.key == "" {
				c.key = l.Key
			}
			for _, t := range trusted {
				at, err := chain.VerifyCheckpoint(t, c.key)
				if err != nil {
					return o, fmt.Errorf("the checkpoint given was not signed with this key: %w", err)
				}
				c.roots[at.Size] = at.Root
			}
			continue
		}
		c.line(n, &l)
	}
	if err := in.Err(); err != nil {
		return o, err
	}
	if !c.ended {
		c.find("the file was cut after line %d of the journal", c.j)
	}
	c.o.Lines = c.lines
	return c.o, nil
}

// checking is how far a file has been checked.
type checking struct {
	o     Offline
	key   string
	roots map[int64]chain.Hash
	who   int64 // whose lines these are; a linked record begins again at 1
	j     int64 // the last number
	lines int
	ended bool
}

func (c *checking) find(format string, args ...any) {
	c.o.Findings = append(c.o.Findings, fmt.Sprintf(format, args...))
}

func (c *checking) line(n int, l *journalLine) {
	switch {
	case c.ended:
		c.find("line %d of the file comes after the end: it was inserted", n)
		return
	case l.Row == nil:
		c.ended = true
		if l.End != c.lines {
			c.find("the file says that it has %d lines and has %d: some were cut or inserted", l.End, c.lines)
		}
		return
	}
	c.lines++
	if l.Leaf == nil {
		c.o.Uncovered++
		return
	}
	c.order(l)
	if l.Row.link() != l.Leaf.Hash || l.Row.Person != l.Leaf.Subject {
		c.find("line %d of the journal was changed", l.J)
		return
	}
	if l.Proof == nil {
		c.o.Uncovered++
		return
	}
	at, err := l.Proof.Verify(c.key)
	switch {
	case err != nil || l.Proof.Leaf != *l.Leaf:
		c.find("line %d of the journal is not in the signed tree: it was changed or inserted", l.J)
	case c.roots[at.Size] != chain.Hash{} && c.roots[at.Size] != at.Root:
		c.find("line %d of the journal is in another tree than the checkpoint given", l.J)
	}
}

// order checks that numbers go on one by one.
func (c *checking) order(l *journalLine) {
	if l.Leaf.Subject != c.who {
		c.who, c.j = l.Leaf.Subject, 0
	}
	switch {
	case l.J != l.Leaf.J:
		c.find("line %d of the journal has another number in the tree", l.J)
	case l.J <= c.j:
		c.find("line %d of the journal comes after line %d: lines were reordered or inserted", l.J, c.j)
	case l.J > c.j+1:
		c.find("lines %d to %d of the journal were dropped", c.j+1, l.J-1)
	}
	c.j = max(c.j, l.J)
}
