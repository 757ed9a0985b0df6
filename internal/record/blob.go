package record

import (
	"context"
	"crypto/sha256"
	"fmt"

	"onestory/internal/db"
	"onestory/internal/fhir"
)

// What is large is kept beside the log, so that opening a person does not read it.
const (
	blobMin   = 8 << 10   // a string longer than this goes there
	blobPiece = 192 << 10 // and is kept in pieces of this many bytes
)

// A blobRow is one piece of a blob.
type blobRow struct {
	person int64
	sha256 [32]byte
	n      int
	bytes  []byte
}

// cut takes the long strings out of a compact document, leaving empty ones. at says
// where in what is left each belongs; the pieces are its JSON, without the quotes. With
// only, no member of another name is taken out.
func cut(person int64, b []byte, only string) (left []byte, at []blobAt, rows []blobRow) {
	d := new(fhir.Doc)
	if fhir.Parse(b, d) != nil {
		return b, nil, nil
	}
	done := 0
	longStrings(d.Root(), "", only, func(start, end int) {
		left = append(left, b[done:start]...)
		text := b[start:end]
		sum := sha256.Sum256(text)
		at = append(at, blobAt{at: len(left), sha256: sum, size: len(text)})
		for n := 0; n*blobPiece < len(text); n++ {
			rows = append(rows, blobRow{person, sum, n, text[n*blobPiece : min((n+1)*blobPiece, len(text))]})
		}
		done = end
	})
	if at == nil {
		return b, nil, nil
	}
	return append(left, b[done:]...), at, rows
}

// longStrings calls found with the place of each long string, inside its quotes, in order:
// of v, which is a member of that name.
func longStrings(v fhir.Value, member, only string, found func(start, end int)) {
	switch v.Kind() {
	case fhir.Object:
		for name, v := range v.All() {
			longStrings(v, name, only, found)
		}
	case fhir.Array:
		for item := range v.Elems() {
			longStrings(item, member, only, found)
		}
	case fhir.String:
		if raw := v.Raw(); len(raw) > blobMin && (only == "" || only == member) {
			found(v.Offset()+1, v.Offset()+len(raw)-1)
		}
	}
}

func writeBlobs(ctx context.Context, tx *db.Tx, rows []blobRow) error {
	for _, r := range rows {
		_, err := tx.Exec(ctx, `
			INSERT INTO blob (person, sha256, n, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			r.person, r.sha256[:], r.n, r.bytes)
		if err != nil {
			return err
		}
	}
	return nil
}

// Full returns an entry's document with everything that is large put back, as the
// view shows it. Where nothing is large, or something was taken out of it for this
// actor, it is the document that Get gave.
func (v View) Full(ctx context.Context, e Entry) ([]byte, error) {
	x := v.o.at(e.ID)
	if x == nil || len(x.blobs) == 0 {
		return e.Doc.Bytes(), nil
	}
	whole, err := x.bytes(v.o.door.packer)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = v.o.door.db.Read(ctx, func(tx *db.Tx) error {
		out, err = fill(ctx, tx, e.ID.Person, whole, x.blobs)
		return err
	})
	if err != nil {
		return nil, err
	}
	d, err := reparse(out)
	if err != nil {
		return nil, err
	}
	if edits := v.o.mask(x, d); len(edits) > 0 {
		out = fhir.Splice(nil, d, edits)
	}
	return out, nil
}

// fill puts blobs back where they belong.
func fill(ctx context.Context, tx *db.Tx, person int64, left []byte, at []blobAt) (out []byte, err error) {
	done := 0
	for _, b := range at {
		out = append(out, left[done:b.at]...)
		done = b.at
		from := len(out)
		for n := 0; n*blobPiece < b.size; n++ {
			var piece []byte
			err := tx.Row(ctx, `SELECT bytes FROM blob WHERE person = $1 AND sha256 = $2 AND n = $3`, person, b.sha256[:], n).Scan(&piece)
			if err != nil {
				return nil, fmt.Errorf("record: a piece of an attachment: %w", err)
			}
			out = append(out, piece...)
		}
		if sha256.Sum256(out[from:]) != b.sha256 {
			return nil, fmt.Errorf("record: an attachment is not what was stored")
		}
	}
	return append(out, left[done:]...), nil
}
