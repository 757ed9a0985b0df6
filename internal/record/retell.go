package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"onestory/internal/db"
	"onestory/internal/fhir"
)

// A retelling tells a person's log again while it is verified, and holds what is kept
// beside the log against it: the snapshot, from which nearly all is shown, and the
// attachments. The chain does not cover those, and whoever changes them changes what
// people read without touching a line.
type retelling struct {
	door    *Door
	kept    *whole // the snapshot; nil when there is none, or it cannot be read
	f       *folding
	find    func(what, why string)
	stopped bool // a line cannot be told: others have found that already

	erased         bool           // a part is gone
	words, removed map[int64]bool // entries that have words in the log, and that were removed
}

func (d *Door) retell(ctx context.Context, tx *db.Tx, person int64, find func(what, why string)) *retelling {
	t := &retelling{door: d, find: find, f: newWhole(person).fold(&d.law), words: map[int64]bool{}, removed: map[int64]bool{}}
	t.f.spare = new(fhir.Doc)
	kept, err := d.snapshot(ctx, tx, person)
	switch {
	case err != nil && ctx.Err() == nil:
		find("changed", "the packed copy of this person cannot be read: delete it, and it is made again from the log")
	case err == nil && kept.seq > 0:
		t.kept = kept
	}
	return t
}

// add tells the next change.
func (t *retelling) add(c *change) {
	for _, p := range c.parts {
		switch {
		case p.commit != nil && p.kind != partResource:
			t.find("dropped", fmt.Sprintf("change %d has lost something that was said about sharing, the circle or links, which is never erased", c.seq))
		case p.commit != nil:
			t.erased = true
		case p.kind == partResource:
			r, err := decodeResource(p.content, plain)
			if err != nil {
				t.stopped = true
			} else if r.gone {
				t.removed[r.n] = true
			} else {
				t.words[r.n] = true
			}
		}
	}
	if t.stopped || t.f.add(c, 0) != nil {
		t.stopped = true
		return
	}
	if t.kept == nil || t.kept.seq != c.seq {
		return
	}
	told, err := t.f.done(t.door.packer)
	if err != nil {
		t.stopped = true
		return
	}
	if why := differs(t.kept, told, t.door.packer); why != "" {
		t.find("changed", "the packed copy of this person does not say what their log says: "+why+". Delete it, and it is made again from the log")
	}
	t.f = told.fold(&t.door.law)
	t.f.spare = new(fhir.Doc)
}

// end checks what only the whole log tells.
func (t *retelling) end(ctx context.Context, tx *db.Tx) error {
	if t.stopped {
		return nil
	}
	if t.kept != nil && t.kept.seq > t.f.w.seq {
		t.find("changed", "the packed copy of this person is of a longer log than there is")
	}
	if t.erased && !t.anErasure() {
		t.find("dropped", "words of an entry are gone that nobody erased")
	}
	for _, e := range t.f.w.entries {
		if e.gone || len(e.blobs) == 0 {
			continue
		}
		left, err := e.bytes(t.door.packer)
		if err == nil {
			_, err = fill(ctx, tx, t.f.w.person, left, e.blobs)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			t.find("changed", fmt.Sprintf("an attachment of change %d is not what was stored", e.Version))
		}
	}
	return nil
}

// anErasure reports whether some entry was removed and has no words left: erasing
// leaves it so.
func (t *retelling) anErasure() bool {
	for n := range t.removed {
		if !t.words[n] {
			return true
		}
	}
	return false
}

// differs says in what a snapshot is not what the log says, or "".
func differs(kept, told *whole, p *packer) string {
	switch {
	case kept.hash != told.hash:
		return "it is of another log"
	case !alike(kept.rules, told.rules):
		return "what was said about sharing"
	case !alike(kept.members, told.members):
		return "the circle"
	case !alike(kept.links, told.links):
		return "links to other records"
	case len(kept.entries) != len(told.entries):
		return "how many entries there are"
	}
	for i, a := range kept.entries {
		b := told.entries[i]
		switch {
		case a.ID != b.ID || a.gone != b.gone || a.Version != b.Version:
			return fmt.Sprintf("entry %d", i+1)
		case a.gone:
		case a.Kind != b.Kind || a.At != b.At || a.Source != b.Source || a.Author != b.Author || a.Updated != b.Updated ||
			a.foreign != b.foreign || a.refs != b.refs || a.ours != b.ours || !slices.Equal(a.blobs, b.blobs):
			return fmt.Sprintf("where entry %d is from", i+1)
		case a.set != b.set, kept.codes == told.codes && (a.own != b.own || a.Labels != b.Labels || a.Category != b.Category):
			return fmt.Sprintf("what entry %d is about", i+1)
		default:
			one, err := a.bytes(p)
			other, err2 := b.bytes(p)
			if err != nil || err2 != nil || !bytes.Equal(one, other) {
				return fmt.Sprintf("the words of entry %d", i+1)
			}
		}
	}
	return ""
}

func alike[T any](a, b []T) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	one, err := json.Marshal(a)
	other, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(one, other)
}
