package person

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"onestory/internal/fault"
)

// NHS is an NHS number of England, Wales or the Isle of Man. Zero is none.
type NHS int64

// The range that is never given to anybody, for people who do not exist.
const (
	synthetic     NHS = 999_000_0000
	syntheticLast NHS = 999_999_9999
)

// ParseNHS reads an NHS number: ten digits, of which the last checks the others.
// Spaces and hyphens between them do not matter. Any other text is fault.Invalid,
// with a sentence that says what to put right and does not repeat the number.
//
// The check (NHS Data Dictionary, "NHS number"): the first nine digits times 10 to
// 2, added up, and the rest of dividing by 11 taken from 11, is the tenth; 11
// stands for 0, and a number for which it is 10 is never given out.
func ParseNHS(text string) (NHS, error) {
	var n NHS
	count, sum := 0, 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			count++
			sum += int(r-'0') * (11 - count)
			if count > 10 {
				return 0, fault.New(fault.Invalid, "NHS number must be 10 digits")
			}
			n = n*10 + NHS(r-'0')
		case !unicode.IsSpace(r) && r != '-':
			return 0, fault.New(fault.Invalid, "NHS number must only include numbers and spaces")
		}
	}
	switch {
	case count == 0:
		return 0, fault.New(fault.Invalid, "Enter an NHS number")
	case count != 10:
		return 0, fault.New(fault.Invalid, "NHS number must be 10 digits")
	case sum%11 != 0 || n == 0: // the tenth digit has weight 1, so that all ten come to nothing
		return 0, fault.New(fault.Invalid, "Check the NHS number. One or more of its digits are wrong")
	}
	return n, nil
}

// Digits is the number as ten digits, as it is stored and exchanged.
func (n NHS) Digits() string { return fmt.Sprintf("%010d", int64(n)) }

// String is the number as people read it, in groups of 3, 3 and 4; of none it is "".
func (n NHS) String() string {
	if n == 0 {
		return ""
	}
	d := n.Digits()
	return strings.Join([]string{d[:3], d[3:6], d[6:]}, " ")
}

// LogValue keeps the number out of logs.
func (n NHS) LogValue() slog.Value { return slog.StringValue("NHS number") }

// Synthetic reports whether the number is one of those that nobody is ever given
// (999 000 0000 to 999 999 9999): a person who does not exist.
func (n NHS) Synthetic() bool { return n >= synthetic && n <= syntheticLast }
