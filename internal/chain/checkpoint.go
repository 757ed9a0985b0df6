package chain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"onestory/internal/clock"
)

// A Checkpoint says how many lines a stream had at an instant, and the root of
// the tree over them. An epoch ends when a database is restored: what the tree
// had beyond the restored part is gone then, and is known to be.
type Checkpoint struct {
	Stream string
	Epoch  int64
	Size   int64
	Root   Hash
	At     clock.Time
}

const instant = "2006-01-02T15:04:05.000000Z"

// text is the form of https://c2sp.org/tlog-checkpoint: origin, size and root,
// then lines of our own.
func (c Checkpoint) text(name string) string {
	return fmt.Sprintf("%s/%s\n%d\n%s\nepoch %d\nat %s\n", name, c.Stream, c.Size, c.Root, c.Epoch, c.At.Std().Format(instant))
}

// Sign writes the checkpoint as a signed note.
func (s *Signer) Sign(c Checkpoint) (string, error) {
	b, err := note.Sign(&note.Note{Text: c.text(s.s.Name())}, s.s)
	return string(b), err
}

// VerifyCheckpoint checks the signature of a note and reads the checkpoint.
func VerifyCheckpoint(text, key string) (Checkpoint, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return Checkpoint{}, errors.New("chain: this is not the key of a verifier")
	}
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("chain: not a checkpoint signed with this key: %w", err)
	}
	c, err := parseCheckpoint(n.Text, v.Name())
	if err != nil {
		return c, fmt.Errorf("chain: not a checkpoint of ours: %w", err)
	}
	return c, nil
}

func parseCheckpoint(text, name string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return c, errors.New("it has not five lines")
	}
	var of bool
	if c.Stream, of = strings.CutPrefix(lines[0], name+"/"); !of || c.Stream == "" {
		return c, errors.New("the origin is not that of the key")
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, errors.New("the size is no number")
	}
	if err = c.Root.UnmarshalText([]byte(lines[2])); err != nil {
		return c, err
	}
	epoch, _ := strings.CutPrefix(lines[3], "epoch ")
	if c.Epoch, err = strconv.ParseInt(epoch, 10, 64); err != nil {
		return c, errors.New("the epoch is no number")
	}
	at, _ := strings.CutPrefix(lines[4], "at ")
	t, err := time.Parse(instant, at)
	if err != nil {
		return c, errors.New("the time is none")
	}
	c.At = clock.At(t)
	if c.text(name) != text { // one checkpoint has one text
		return c, errors.New("it is written in another way")
	}
	return c, nil
}

// How many lines come before the signatures: five of text and an empty one.
const linesBefore = 6

// SplitNotes parts a file of signed notes, with empty lines between them. What a
// loss of power cut short is left out.
func SplitNotes(file string) (notes []string) {
	var before []string
	var signed string
	end := func() {
		if signed != "" && len(before) >= linesBefore {
			notes = append(notes, strings.Join(before[len(before)-linesBefore:], "")+signed)
		}
		before, signed = nil, ""
	}
	for line := range strings.Lines(file) {
		whole := strings.HasSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "—") && whole:
			signed += line
		case signed != "":
			end()
			fallthrough
		default:
			before = append(before, line)
		}
	}
	end()
	return notes
}

// A Witness takes a signed checkpoint to where the database's owner cannot change it.
type Witness func(note string) error

// FileWitness appends checkpoints to a file, synced before it returns.
func FileWitness(path string) Witness {
	return func(note string) error {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		s, err := f.Stat()
		if err == nil && s.Size() > 0 {
			note = "\n" + note // also ends what a loss of power cut short
		}
		if err == nil {
			_, err = f.WriteString(note)
		}
		return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
	}
}

// DirWitness writes each checkpoint to a file of its own in a folder: one that
// another machine collects, for instance.
func DirWitness(dir string, key string) Witness {
	return func(note string) error {
		c, err := VerifyCheckpoint(note, key)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%d-%012d.checkpoint", c.Stream, c.Epoch, c.Size)
		if err := WriteNew(filepath.Join(dir, name), []byte(note)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		return nil
	}
}
