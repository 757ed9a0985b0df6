package id

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func keys(t *testing.T, letter byte, fill byte) *Keys {
	t.Helper()
	k, err := NewKeys(letter, bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnIDOpensToWhatWasSealed(t *testing.T) {
	t.Parallel()
	k := keys(t, 'a', 1)
	rapid.Check(t, func(t *rapid.T) {
		e := Entry{rapid.Int64Min(0).Draw(t, "person"), rapid.Int64Min(0).Draw(t, "n")}
		text := k.Text(e)
		if back, err := k.Parse(text); err != nil || back != e || len(text) != Len {
			t.Fatalf("%v came back as %v: %v", e, back, err)
		}
	})
}

func TestAnIDThatWasMadeUpOrChangedIsRefused(t *testing.T) {
	t.Parallel()
	k := keys(t, 'a', 1)
	text := k.Text(Entry{1, 2})
	for i := range text {
		for _, c := range "0z!" {
			if forged := text[:i] + string(c) + text[i+1:]; forged != text {
				if _, err := k.Parse(forged); !errors.Is(err, ErrForged) {
					t.Errorf("with another character at %d it opened", i)
				}
			}
		}
	}
	for says, forged := range map[string]string{
		"nothing": "", "too short": text[:52], "too long": text + "0", "capitals": strings.ToUpper(text), "a line break": text[:52] + "\n",
		"another installation's": keys(t, 'a', 2).Text(Entry{1, 2}),
	} {
		if _, err := k.Parse(forged); !errors.Is(err, ErrForged) {
			t.Errorf("%s opened", says)
		}
	}
}

func TestAnOldKeyStillOpensItsIDs(t *testing.T) {
	t.Parallel()
	old := keys(t, 'a', 1).Text(Entry{1, 2})
	k := keys(t, 'b', 2)
	if err := k.Add('a', bytes.Repeat([]byte{1}, 32)); err != nil {
		t.Fatal(err)
	}
	if e, err := k.Parse(old); err != nil || e != (Entry{1, 2}) {
		t.Errorf("%v: %v", e, err)
	}
	if text := k.Text(Entry{1, 2}); text[0] != 'b' || text == old {
		t.Errorf("new ids are sealed with the old key: %s", text)
	}
	if err := k.Add('a', bytes.Repeat([]byte{3}, 32)); err == nil {
		t.Error("two keys have one letter")
	}
}

// What ids look like can never change: they are in other systems.
func TestTheFormOfIDsIsFrozen(t *testing.T) {
	t.Parallel()
	if got := keys(t, 'a', 7).Text(Entry{123456789, 987654321}); got != frozen {
		t.Errorf("an id is now %s", got)
	}
}

const frozen = "amdmwf3mcrnv92wtenwks01xn6f76cajy3nkkjy8pq45gr7mnajk0"
