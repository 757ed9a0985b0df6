package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
)

// An Arrival is what one source sent about some people, to be kept together or
// not at all. It is taken in below the lens, and nothing of the record comes back
// but counts.
type Arrival struct {
	Source string // who sent it; the same name for all that they send
	People []Newcomer
	Items  []Item
}

// A Newcomer is a person whom an arrival speaks of, as the source knows them.
type Newcomer struct {
	Foreign string       // the id of their Patient at the source
	Facts   person.Facts // for finding out who they are; only read when Known
	Known   bool         // whether the arrival itself describes them
}

// An Item is one resource of an arrival, validated.
type Item struct {
	Person  int        // which of the arrival's People it is about
	Foreign string     // its id at the source
	Doc     *fhir.Doc  // as it was sent
	Updated clock.Time // when the source last changed it
	Refs    []Ref      // what its references become
	Began   string     // what those to entries began with, such as "urn:uuid:"
}

// A Ref is a reference in an item that is to lead to something here.
type Ref struct {
	Value fhir.Value // the string to be replaced
	Item  int        // the item of the same arrival that it leads to, or -1
	Type  string     // otherwise the type of an entry that came earlier,
	ID    string     // and its id at the source
	Text  string     // or what to write, when not ""
}

// A Fate is what became of an item.
type Fate string

const (
	New       Fate = "new"       // it was not there before
	Changed   Fate = "changed"   // it replaced what was there
	Unchanged Fate = "unchanged" // it says what is there already, or something older, or something corrected here
)

// Receive takes an arrival in: one change for each person it speaks of, in one
// transaction. The fates are those of the items, in order; people are whom the
// newcomers turned out to be.
//
// A newcomer is somebody known when the source sent them before, or when a
// verified NHS number and the birth date agree. Otherwise they are somebody new,
// and whoever they may be is listed for a person to decide.
func (d *Door) Receive(ctx context.Context, a Arrival) (fates []Fate, people []person.ID, err error) {
	for range tries {
		r := receiving{door: d, a: &a, fates: make([]Fate, len(a.Items))}
		if err = r.prepare(ctx); err != nil {
			return nil, nil, err
		}
		err = d.db.Tx(ctx, func(tx *db.Tx) error { return r.write(ctx, tx) })
		switch {
		case err == nil:
			return r.fates, r.settle(), nil
		case !errors.Is(err, db.Taken) && !errors.Is(err, errOvertaken):
			return nil, nil, unsaved(err)
		}
		for _, who := range r.people {
			d.cache.drop(who.whole.person)
		}
	}
	return nil, nil, unsaved(err)
}

// A receiving is one try at taking an arrival in.
type receiving struct {
	door   *Door
	a      *Arrival
	fates  []Fate
	people []*known
	blobs  []blobRow

	compact, spliced []byte // used again for each item
	doc              fhir.Doc
}

// known is a newcomer who has been recognised, or made out to be new.
type known struct {
	*identified
	whole  *whole
	change *change
	pack   *pack
	next   *whole
}

// prepare does everything that needs no transaction: who they are, what is new,
// and the packed bytes.
func (r *receiving) prepare(ctx context.Context) error {
	d := r.door
	byPerson := map[int64]*known{}
	err := d.db.Read(ctx, func(tx *db.Tx) error {
		for i := range r.a.People {
			who, err := d.identify(ctx, tx, r.a.Source, &r.a.People[i])
			if err != nil {
				return err
			}
			r.within(who, i)
			k := byPerson[who.person]
			if k == nil { // two newcomers of one file may be one person
				k = &known{identified: who, whole: newWhole(who.person)}
				if !who.fresh {
					if k.whole, err = d.load(ctx, tx, who.person); err != nil {
						return err
					}
				}
				byPerson[who.person] = k
			} else {
				k.claims = append(k.claims, who.claims...)
			}
			r.people = append(r.people, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.a.Items {
		if err := r.item(i); err != nil {
			return err
		}
	}
	for _, k := range byPerson {
		if err := r.seal(k); err != nil {
			return err
		}
	}
	return nil
}

// within recognises a newcomer among those before them in one file, whom the database does
// not know yet: by a verified number and who else they are, as [Door.identify] does. A
// number is claimed once, whoever is meant.
func (r *receiving) within(who *identified, i int) {
	n := &r.a.People[i]
	if !n.Known || n.Facts.NHS == 0 || !n.Facts.NHSVerified {
		return
	}
	for j := range r.people {
		m := &r.a.People[j]
		if !m.Known || m.Facts.NHS != n.Facts.NHS || !m.Facts.NHSVerified {
			continue
		}
		who.claims = slices.DeleteFunc(who.claims, func(c claim) bool { return c.kind == "nhs" })
		if who.fresh && person.Match(m.Facts, n.Facts).Finding == person.Same {
			who.person, who.fresh = r.people[j].person, r.people[j].fresh
			return
		}
	}
}

// number is the entry that an id of a source names in a person's log. It is worked
// out, not looked up, so a reference may come before what it leads to.
func (d *Door) number(person int64, source, kind, foreign string) int64 {
	k := d.keyed()
	defer d.macs.Put(k)
	k.in = strconv.AppendInt(append(k.in, "alias\x00"...), person, 10)
	for _, s := range [...]string{source, kind, foreign} {
		k.in = append(append(k.in, 0), s...)
	}
	n := int64(binary.BigEndian.Uint64(k.sum()) >> 1)
	return max(n, 1)
}

// item decides what becomes of one item, and adds it to its person's change.
func (r *receiving) item(i int) error {
	it := &r.a.Items[i]
	k := r.people[it.Person]
	kind := it.Doc.Type()
	n := r.door.number(k.person, r.a.Source, kind, it.Foreign)
	r.compact = fhir.Compact(r.compact[:0], it.Doc.Bytes())
	sum := sha256.Sum256(r.compact)
	x := resource{
		n: n, kind: kind, source: r.a.Source, foreign: it.Foreign, updated: it.Updated,
		origin: [8]byte(sum[:8]), refs: it.Began,
	}
	if at, there := k.whole.at[n]; there {
		old := k.whole.entries[at]
		if old.origin == x.origin || old.ours || it.Updated < old.Updated {
			r.fates[i] = Unchanged
			return nil
		}
		r.fates[i] = Changed
	} else {
		r.fates[i] = New
	}
	var err error
	if x.json, err = r.ours(it, k, n); err != nil {
		return err
	}
	if len(x.json) >= blobMin {
		x.json, x.blobs = r.cut(k.person, bytes.Clone(x.json)) // what is cut out stays until it is written
	}
	if k.change == nil {
		who := jsonPart(0, Who{Account: "import:" + r.a.Source, Name: r.a.Source})
		k.change = &change{
			person: k.person, seq: k.whole.seq + 1, at: r.door.clock.Now(),
			actor: string(who.content), purpose: consent.Administration, prev: k.whole.hash,
		}
	}
	k.change.parts = append(k.change.parts, x.encode())
	return nil
}

// ours is the item with our id and our references, and every other byte as sent. It
// is good until the next item.
func (r *receiving) ours(it *Item, k *known, n int64) ([]byte, error) {
	keys := r.door.keys
	edits := make([]fhir.Edit, 0, len(it.Refs)+1)
	edits = append(edits, fhir.Set(it.Doc.Root(), "id", quoted(keys, id.Entry{Person: k.person, N: n}, "")))
	for _, ref := range it.Refs {
		switch {
		case ref.Text != "":
			edits = append(edits, fhir.Replace(ref.Value, fhir.AppendString(nil, ref.Text)))
		case ref.Item >= 0:
			to := &r.a.Items[ref.Item]
			whose := r.people[to.Person]
			if to.Doc.Type() != "Patient" && whose.person != k.person && !sameLinked(whose.whole, k.whole) {
				return nil, fault.New(fault.Invalid, "An entry about one person leads to an entry about another. Send each person's entries with their own.")
			}
			e := id.Entry{Person: whose.person, N: r.door.number(whose.person, r.a.Source, to.Doc.Type(), to.Foreign)}
			edits = append(edits, fhir.Replace(ref.Value, quoted(keys, e, to.Doc.Type())))
		default:
			e := id.Entry{Person: k.person, N: r.door.number(k.person, r.a.Source, ref.Type, ref.ID)}
			if _, there := k.whole.at[e.N]; there {
				edits = append(edits, fhir.Replace(ref.Value, quoted(keys, e, ref.Type)))
			} // else it stays as it was sent, and leads nowhere
		}
	}
	r.spliced = fhir.Splice(r.spliced[:0], it.Doc, edits)
	r.compact = fhir.Compact(r.compact[:0], r.spliced)
	return r.compact, nil
}

func sameLinked(a, b *whole) bool {
	for _, n := range a.links {
		if n == b.person {
			return true
		}
	}
	return false
}

// quoted is an id as JSON, with its type before it when that is not "".
func quoted(keys *id.Keys, e id.Entry, kind string) []byte {
	b := append(make([]byte, 0, 80), '"')
	if kind != "" {
		b = append(append(b, kind...), '/')
	}
	return append(keys.Append(b, e), '"')
}

// seal finishes one person's change and packs the person with it.
func (r *receiving) seal(k *known) (err error) {
	if k.change == nil {
		return nil
	}
	k.change.seal()
	f := k.whole.fold(&r.door.law)
	f.spare = &r.doc
	if err := f.add(k.change, tailBytes); err != nil {
		return err
	}
	if k.next, err = f.done(r.door.packer); err != nil {
		return err
	}
	k.pack, err = r.door.prepare(k.next)
	return err
}

// write puts everything of the arrival on disk. Claims come first: nobody is
// created twice.
func (r *receiving) write(ctx context.Context, tx *db.Tx) error {
	done := map[*known]bool{}
	for _, k := range r.people {
		if done[k] {
			continue
		}
		done[k] = true
		if err := k.identified.write(ctx, tx); err != nil {
			return err
		}
		if k.change == nil {
			continue
		}
		if err := r.door.insert(ctx, tx, k.whole, k.change); err != nil {
			return err
		}
		if err := k.pack.write(ctx, tx); err != nil {
			return err
		}
	}
	return writeBlobs(ctx, tx, r.blobs)
}

// settle puts the people as they are now into the cache and names them.
func (r *receiving) settle() []person.ID {
	ids := make([]person.ID, len(r.people))
	for i, k := range r.people {
		ids[i] = person.ID(k.person)
		if k.pack != nil {
			r.door.cache.put(k.pack.whole)
		}
	}
	return ids
}

// cut takes what is large out of a document; see blob.go.
func (r *receiving) cut(person int64, b []byte) ([]byte, []blobAt) {
	out, at, rows := cut(person, b, "")
	r.blobs = append(r.blobs, rows...)
	return out, at
}
