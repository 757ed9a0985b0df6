package record

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/person"
)

// A Turn is what has become of what an open page shows.
type Turn string

const (
	AsWas Turn = ""     // the page would be the same
	More  Turn = "more" // something is new or was changed, and nothing went
	Less  Turn = "less" // something that was shown is not shown any more
	Gone  Turn = "gone" // to this actor there is no such person, or no longer
)

// Stamp stands for everything that the view shows: two views of the same actor with
// the same stamp show the same. It tells nothing else, least of all what is hidden.
func (v View) Stamp() string {
	if v.o.over {
		return ""
	}
	return v.o.stamp(v.o.shown())
}

// shown are the entries that the lens shows, with their versions.
func (o *opening) shown() map[id.Entry]int64 {
	all := map[id.Entry]int64{}
	for _, w := range o.wholes {
		for _, x := range w.entries {
			if o.lens.Shows(&x.Header) {
				all[x.ID] = x.Version
			}
		}
	}
	return all
}

// stamp hashes what is shown, with who is in the circle as far as the actor knows. To
// the person themselves what they said about sharing belongs to it too.
func (o *opening) stamp(shown map[id.Entry]int64) string {
	if o.refused != nil {
		return ""
	}
	text := appendString(appendString(nil, o.who.Account), string(o.why))
	text = appendInt(text, o.who.Version)
	text = appendInt(text, o.subject)
	order := slices.SortedFunc(maps.Keys(shown), func(a, b id.Entry) int {
		if a.Person != b.Person {
			return int(min(max(a.Person-b.Person, -1), 1))
		}
		return int(min(max(a.N-b.N, -1), 1))
	})
	for _, e := range order {
		text = binary.BigEndian.AppendUint64(text, uint64(e.Person))
		text = binary.BigEndian.AppendUint64(text, uint64(e.N))
		text = binary.BigEndian.AppendUint64(text, uint64(shown[e]))
	}
	for _, m := range (View{o}).Members() {
		text = appendInt(appendString(text, m.ID), int64(m.Until))
	}
	if o.own {
		for _, w := range o.wholes {
			text = appendInt(text, w.seq)
		}
	}
	return hex.EncodeToString(o.door.hash("live", string(text)))
}

// A Watch is one open page: it says, as often as it is asked, whether what was shown
// would still be shown. It answers no content, so it leaves no line in the journal:
// the page that it watches has one.
type Watch struct {
	door    *Door
	who     consent.Actor
	why     consent.Purpose
	subject person.ID

	stamp string             // of what the page shows
	shown map[id.Entry]int64 // what that is; nil before the first answer
	seen  lately
}

// lately is what an answer was made from: while it is the same, so is the answer.
type lately struct {
	wholes   []*whole
	withheld consent.Labels
	named    map[int64]bool
	among    int // how many of the circle the actor knows of
	refused  bool
}

func (a *lately) same(b *lately) bool {
	return slices.Equal(a.wholes, b.wholes) && a.withheld == b.withheld && a.among == b.among && a.refused == b.refused &&
		maps.Equal(a.named, b.named)
}

// Watch begins to watch a page that this actor opened for a purpose, whose view had
// this stamp. It is not for use by several goroutines.
func (d *Door) Watch(who consent.Actor, why consent.Purpose, subject person.ID, stamp string) *Watch {
	return &Watch{door: d, who: who, why: why, subject: subject, stamp: stamp}
}

// Look judges the actor again, as they and the record are now, on whichever server
// they were changed. An answer other than AsWas is given once: what comes after is
// held against the page as it would be by then. Where the first answer does not find
// what the stamp stood for, it is Less. After Gone there is nothing to watch.
func (w *Watch) Look(ctx context.Context) (Turn, error) {
	o, err := w.door.open(ctx, w.who, w.why, int64(w.subject))
	if errors.Is(err, fault.Refused) {
		return Gone, nil // the account is not what it was
	}
	if err != nil {
		return AsWas, err
	}
	now := lately{
		wholes: o.wholes, withheld: o.lens.answer.Withheld, named: o.lens.named, refused: o.refused != nil,
	}
	if now.refused {
		return Gone, nil
	}
	now.among = len(View{o}.Members())
	if w.shown != nil && now.same(&w.seen) {
		return AsWas, nil
	}
	w.seen = now
	shown := o.shown()
	stamp, before := o.stamp(shown), w.shown
	w.shown = shown
	if stamp == w.stamp {
		return AsWas, nil
	}
	w.stamp = stamp
	if before == nil {
		return Less, nil
	}
	for e := range before {
		if _, still := shown[e]; !still {
			return Less, nil
		}
	}
	return More, nil
}
