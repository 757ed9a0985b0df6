package directory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/fhir"
)

// Keep takes in what one source sent, all or nothing. The fates are in the order of
// the listings: what is there already as it was sent, or newer, stays.
func (d *Directory) Keep(ctx context.Context, source string, all []Listing) ([]Fate, error) {
	rows := make([]row, len(all))
	for i, l := range all {
		rows[i] = d.row(source, l)
	}
	fates := make([]Fate, len(all))
	err := d.db.Tx(ctx, func(tx *db.Tx) error {
		for i := range rows {
			fate, err := rows[i].keep(ctx, tx)
			if err != nil {
				return err
			}
			fates[i] = fate
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("directory: keeping entries: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, f := range fates {
		if f != Unchanged {
			delete(d.names, rows[i].n)
		}
	}
	return fates, nil
}

// A row is a listing as it is kept.
type row struct {
	n                           int64
	source, kind, foreign, name string
	updated                     clock.Time
	origin                      []byte
	began                       string
	json                        []byte
	identifiers                 []string
}

func (d *Directory) row(source string, l Listing) row {
	kind := l.Doc.Type()
	n := d.number(source, kind, l.Foreign)
	sum := sha256.Sum256(fhir.Compact(nil, l.Doc.Bytes()))
	edits := make([]fhir.Edit, 0, len(l.Refs)+1)
	edits = append(edits, fhir.Set(l.Doc.Root(), "id", fhir.AppendString(nil, d.ID(source, kind, l.Foreign))))
	for _, r := range l.Refs {
		edits = append(edits, fhir.Replace(r.Value, fhir.AppendString(nil, r.Text)))
	}
	return row{
		n: n, source: source, kind: kind, foreign: l.Foreign, name: NameOf(l.Doc), updated: l.Updated,
		origin: sum[:16], began: l.Began, json: fhir.Compact(nil, fhir.Splice(nil, l.Doc, edits)),
		identifiers: Tokens(l.Doc),
	}
}

func (r *row) keep(ctx context.Context, tx *db.Tx) (Fate, error) {
	var origin []byte
	var updated int64
	err := tx.Row(ctx, `SELECT origin, updated FROM listed WHERE n = $1`, r.n).Scan(&origin, &updated)
	fate := Changed
	switch {
	case errors.Is(err, db.NotFound):
		fate = Added
		_, err = tx.Exec(ctx, `
			INSERT INTO listed (n, source, kind, foreign_id, name, updated, origin, refs, bytes)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			r.n, r.source, r.kind, r.foreign, r.name, int64(r.updated), r.origin, r.began, r.json)
	case err != nil:
	case bytes.Equal(origin, r.origin) || int64(r.updated) < updated:
		return Unchanged, nil
	default:
		_, err = tx.Exec(ctx, `
			UPDATE listed SET name = $2, updated = $3, origin = $4, refs = $5, bytes = $6 WHERE n = $1`,
			r.n, r.name, int64(r.updated), r.origin, r.began, r.json)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM listed_identifier WHERE n = $1`, r.n)
		}
	}
	if err != nil {
		return "", err
	}
	var of [][]any
	for _, token := range r.identifiers {
		of = append(of, []any{r.source, r.kind, token, r.n})
	}
	return fate, tx.ExecMany(ctx, `
		INSERT INTO listed_identifier (source, kind, identifier, n) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, of)
}

// Tokens are the ways in which a search by identifier may name a resource:
// system|value or |value, and value alone, for each of its identifiers.
func Tokens(d *fhir.Doc) (all []string) {
	for i := range d.At("identifier") {
		if value := strings.Clone(i.Get("value").Str()); value != "" {
			all = append(all, i.Get("system").Str()+"|"+value, value)
		}
	}
	return all
}

// NameOf is what a public resource is called: its title or name, and "" for one
// that has neither. A person's name is the whole as they write it, or its parts.
func NameOf(d *fhir.Doc) string {
	for _, path := range [...]string{"title", "name", "code.text", "code.coding.display"} {
		v := d.Root().Get(path)
		if path == "name" && (v.Kind() == fhir.Array || v.Kind() == fhir.Object) {
			return humanName(v)
		}
		if s := d.Text(path); s != "" {
			return strings.Clone(s)
		}
	}
	return ""
}

// humanName prefers the usual name, and never reformats one that is given whole.
func humanName(list fhir.Value) string {
	var best fhir.Value
	for n := range list.Elems() {
		use := n.Get("use").Str()
		if !best.Exists() && use != "old" && use != "maiden" || use == "usual" {
			best = n
		}
	}
	if t := best.Get("text").Str(); t != "" {
		return strings.Clone(t)
	}
	var words []string
	for _, part := range [...]string{"prefix", "given", "family"} {
		for w := range best.Get(part).Elems() {
			words = append(words, w.Str())
		}
	}
	return strings.Join(words, " ")
}
