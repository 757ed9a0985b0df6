// Package directory keeps what is about nobody: organisations, staff, places,
// products and definitions, as each source tells of them; and the services that people
// can find.
//
// It promises that a source speaks for itself alone. What one source says of an
// organisation is an entry of its own, so that no file can rename an organisation
// that another source told of. Older news never replaces newer. An entry's number
// is worked out from source, type and id there, so that a reference can be written
// before what it leads to has come. Nothing here is behind the door, and so
// nothing here may speak of a person: callers see to that.
//
// Of a service it promises that whoever changes it belongs to the organisation that
// offers it, that every version before is kept and can be put back, and that urgent
// help is changed by two people. Searching reads memory, which follows the database: a
// change on any server is found by the next search on every server.
//
// This package owns the tables:
//
//	listed             (n, source, kind, foreign_id, name, updated, origin, refs, bytes)   the entries
//	listed_identifier  (source, kind, identifier, n)                                       for finding them by identifier
//	service_head       (id, n)                                                             how many changes to services there have been
//	service            (id, seq, version, organisation, bytes)                             the services as they are
//	service_past       (service, version, at, by_account, by_name, did, bytes)             every version of them, and who made it
//	service_waiting    (service, version, at, by_account, by_name, bytes)                  changes that wait for a second person
//	service_report     (id, service, at, what, words, answered, by_name)                   what people say is wrong
package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
)

// A Directory is the public entries of one database. Make it with New. Safe for
// concurrent use.
type Directory struct {
	db    *db.DB
	keys  *id.Keys
	index []byte

	mu    sync.Mutex
	names map[int64]string // of entries looked up of late

	found finder
}

// New returns the directory in a database. index is the secret under which numbers
// are worked out, 32 bytes; it must never change.
func New(d *db.DB, keys *id.Keys, index []byte) *Directory {
	return &Directory{db: d, keys: keys, index: index, names: map[int64]string{}}
}

// A Listing is one public resource as a source sent it.
type Listing struct {
	Foreign string     // its id at the source
	Doc     *fhir.Doc  // as it was sent
	Updated clock.Time // when the source last changed it
	Refs    []Ref      // what its references become
	Began   string     // how they were written there; see Listed.Began
}

// A Ref is a reference in a listing that is to lead to another entry here.
type Ref struct {
	Value fhir.Value // the string to be replaced
	Text  string     // what to write, such as Organization/…
}

// A Fate is what became of a listing.
type Fate string

// The fates, in the words that package record has for them too.
const (
	Added     Fate = "new"
	Changed   Fate = "changed"
	Unchanged Fate = "unchanged"
)

// A Listed is an entry of the directory.
type Listed struct {
	ID      string // the outer form, 53 characters
	Source  string
	Kind    string // the FHIR type
	Foreign string // its id at the source
	Name    string // what it is called; "" when it has no name
	Updated clock.Time
	Began   string    // how its references to other entries were written at the source
	Doc     *fhir.Doc // with our ids and references, otherwise as sent
}

// number is which entry an id of a source names.
func (d *Directory) number(source, kind, foreign string) int64 {
	m := hmac.New(sha256.New, d.index)
	fmt.Fprintf(m, "listed\x00%s\x00%s\x00%s", source, kind, foreign)
	n := int64(binary.BigEndian.Uint64(m.Sum(nil)) >> 1)
	return max(n, 1)
}

// ID is the outer form of the id that an entry of a source has here, whether it
// has come yet or not.
func (d *Directory) ID(source, kind, foreign string) string {
	return d.keys.Text(id.Entry{N: d.number(source, kind, foreign)})
}

// Ref is the reference to an entry of a source, whether it has come yet or not,
// such as Organization/….
func (d *Directory) Ref(source, kind, foreign string) string {
	return kind + "/" + d.ID(source, kind, foreign)
}

// open reads the number in an id or in a reference with a type before it.
func (d *Directory) open(text string) (int64, bool) {
	e, err := d.keys.Parse(text[strings.LastIndexByte(text, '/')+1:])
	return e.N, err == nil && e.Person == 0 && e.N != 0
}

const columns = `n, source, kind, foreign_id, name, updated, refs, bytes`

// Get returns the entry with an id, or to which a reference such as Organization/…
// leads. It answers fault.NotFound when there is none.
func (d *Directory) Get(ctx context.Context, text string) (Listed, error) {
	n, ok := d.open(text)
	if !ok {
		return Listed{}, fault.NotFound
	}
	return d.scan(d.db.Row(ctx, `SELECT `+columns+` FROM listed WHERE n = $1`, n))
}

// Find returns the entry that a source has under a type and an id of its own. It
// answers fault.NotFound when the source has sent none.
func (d *Directory) Find(ctx context.Context, source, kind, foreign string) (Listed, error) {
	return d.scan(d.db.Row(ctx, `SELECT `+columns+` FROM listed WHERE n = $1`, d.number(source, kind, foreign)))
}

type scanner interface{ Scan(dest ...any) error }

func (d *Directory) scan(row scanner) (l Listed, err error) {
	var n int64
	var json []byte
	err = row.Scan(&n, &l.Source, &l.Kind, &l.Foreign, &l.Name, (*int64)(&l.Updated), &l.Began, &json)
	if errors.Is(err, db.NotFound) {
		return l, fault.NotFound
	}
	if err != nil {
		return l, fmt.Errorf("directory: reading an entry: %w", err)
	}
	l.ID, l.Doc = d.keys.Text(id.Entry{N: n}), new(fhir.Doc)
	if err := fhir.Parse(json, l.Doc); err != nil {
		return l, fmt.Errorf("directory: a stored entry cannot be read: %w", err)
	}
	return l, nil
}

// cached is how many names are remembered before they are all forgotten.
const cached = 10000

// Name is what the entry is called to which an id or a reference leads; "" when
// there is none, or it has no name, or it cannot be read now.
func (d *Directory) Name(ctx context.Context, text string) string {
	n, ok := d.open(text)
	if !ok {
		return ""
	}
	d.mu.Lock()
	name, known := d.names[n]
	d.mu.Unlock()
	if known {
		return name
	}
	if err := d.db.Row(ctx, `SELECT name FROM listed WHERE n = $1`, n).Scan(&name); err != nil {
		return "" // not remembered: it may come
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.names) >= cached {
		clear(d.names)
	}
	d.names[n] = name
	return name
}

// ByIdentifier lists the ids at the source of the entries of a type that have an
// identifier, as a search writes it: system|value, |value, or value for any system.
func (d *Directory) ByIdentifier(ctx context.Context, source, kind, token string) (foreign []string, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		foreign = foreign[:0]
		for rows, err := range tx.Each(ctx, `
			SELECT l.foreign_id FROM listed_identifier i JOIN listed l ON l.n = i.n
			WHERE i.source = $1 AND i.kind = $2 AND i.identifier = $3 ORDER BY l.foreign_id`, source, kind, token) {
			if err != nil {
				return err
			}
			var f string
			if err := rows.Scan(&f); err != nil {
				return err
			}
			foreign = append(foreign, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("directory: looking for an identifier: %w", err)
	}
	return foreign, nil
}

// Each calls yield with every entry, of one source and one type when these are not
// "", ordered by nothing that means anything. It holds few of them at a time.
func (d *Directory) Each(ctx context.Context, source, kind string, yield func(Listed) error) error {
	for last := int64(0); ; {
		var page []Listed
		from := last
		err := d.db.Read(ctx, func(tx *db.Tx) error {
			page, last = page[:0], from
			for rows, err := range tx.Each(ctx, `
				SELECT `+columns+` FROM listed
				WHERE n > $1 AND ($2 = '' OR source = $2) AND ($3 = '' OR kind = $3) ORDER BY n LIMIT 200`, from, source, kind) {
				if err != nil {
					return err
				}
				l, err := d.scan(rows)
				if err != nil {
					return err
				}
				page = append(page, l)
				last, _ = d.open(l.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, l := range page {
			if err := yield(l); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			return nil
		}
	}
}
