package db

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// A Dump says what is in a copy of a database: it begins the copy.
type Dump struct {
	Version int64   `json:"version"` // of the tables, as the migrations number them
	Kind    string  `json:"kind"`    // sqlite or postgres, for words only
	At      int64   `json:"at"`      // the instant of the snapshot, in microseconds
	Tables  []Table `json:"tables"`
}

// A Table is one table of a copy.
type Table struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
	Rows    int64    `json:"rows"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, bytes, int, bool or float
}

// ErrDump says that a copy cannot be read: it was cut short, or is none.
var ErrDump = errors.New("db: this is no whole copy of a database")

// Rows is how many rows a table has in the copy.
func (all Dump) Rows(table string) (n int64) {
	for _, t := range all.Tables {
		if t.Name == table {
			n += t.Rows
		}
	}
	return n
}

const dumpFormat = "onestory copy 1\n"

// Dump writes every table as one snapshot has it, while others go on reading and
// writing. Fill reads it back, into either kind of database. progress hears how many
// rows are written, and of how many; it may be nil.
func (d *DB) Dump(ctx context.Context, to io.Writer, progress func(done, total int64)) (Dump, error) {
	var all Dump
	w := bufio.NewWriterSize(to, 1<<20)
	err := d.Read(ctx, func(tx *Tx) (err error) {
		if all, err = d.inventory(ctx, tx); err != nil {
			return err
		}
		if _, err := w.WriteString(dumpFormat); err != nil {
			return err
		}
		if err := json.NewEncoder(w).Encode(all); err != nil {
			return err
		}
		var done, total int64
		for _, t := range all.Tables {
			total += t.Rows
		}
		for _, t := range all.Tables {
			n, err := t.dump(ctx, tx, w, func() {
				if done++; progress != nil && done%1000 == 0 {
					progress(done, total)
				}
			})
			if err != nil {
				return fmt.Errorf("copying the table %s: %w", t.Name, err)
			}
			if n != t.Rows {
				return fmt.Errorf("copying the table %s: %d rows where %d were counted", t.Name, n, t.Rows)
			}
		}
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	return all, err
}

// inventory lists the tables with their columns and how many rows each has.
func (d *DB) inventory(ctx context.Context, tx *Tx) (all Dump, err error) {
	all = Dump{Kind: d.kind, At: int64(d.clock.Now())}
	if err := tx.Row(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&all.Version); err != nil {
		return all, err
	}
	for rows, err := range tx.Each(ctx, d.engine.catalogue()) {
		if err != nil {
			return all, err
		}
		var table, name, declared string
		if err := rows.Scan(&table, &name, &declared); err != nil {
			return all, err
		}
		if table == "schema_version" {
			continue // the migrations write it
		}
		kind, err := kindOf(declared)
		if err != nil {
			return all, fmt.Errorf("column %s of %s: %w", name, table, err)
		}
		if n := len(all.Tables); n == 0 || all.Tables[n-1].Name != table {
			all.Tables = append(all.Tables, Table{Name: table})
		}
		t := &all.Tables[len(all.Tables)-1]
		t.Columns = append(t.Columns, column{name, kind})
	}
	for i := range all.Tables {
		t := &all.Tables[i]
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM `+t.Name).Scan(&t.Rows); err != nil {
			return all, err
		}
	}
	return all, nil
}

// kindOf is what a declared type holds, in the words that migrations use and those
// that PostgreSQL answers.
func kindOf(declared string) (string, error) {
	switch strings.ToLower(declared) {
	case "text":
		return "text", nil
	case "bytea":
		return "bytes", nil
	case "bigint", "integer":
		return "int", nil
	case "boolean":
		return "bool", nil
	case "double precision":
		return "float", nil
	}
	return "", fmt.Errorf("a copy has no type %q", declared)
}

func (t Table) names() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// places are somewhere to read one row into.
func (t Table) places() []any {
	into := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Type {
		case "text":
			into[i] = new(string)
		case "bytes":
			into[i] = new([]byte)
		case "int":
			into[i] = new(int64)
		case "bool":
			into[i] = new(bool)
		default:
			into[i] = new(float64)
		}
	}
	return into
}

// dump writes the rows, each after a 1, and a 0 at the end.
func (t Table) dump(ctx context.Context, tx *Tx, w *bufio.Writer, wrote func()) (n int64, err error) {
	into := t.places()
	var b []byte
	for rows, err := range tx.Each(ctx, `SELECT `+t.names()+` FROM `+t.Name) {
		if err != nil {
			return n, err
		}
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		b = append(b[:0], 1)
		for _, v := range into {
			switch v := v.(type) {
			case *string:
				b = append(binary.AppendUvarint(b, uint64(len(*v))), *v...)
			case *[]byte:
				b = append(binary.AppendUvarint(b, uint64(len(*v))), *v...)
			case *int64:
				b = binary.AppendVarint(b, *v)
			case *bool:
				if *v {
					b = append(b, 1)
				} else {
					b = append(b, 0)
				}
			case *float64:
				b = binary.BigEndian.AppendUint64(b, math.Float64bits(*v))
			}
		}
		if _, err := w.Write(b); err != nil {
			return n, err
		}
		n++
		wrote()
	}
	return n, w.WriteByte(0)
}

// largest is the longest value that a copy may have in one place, in bytes. More is
// taken for damage.
const largest = 1 << 30

// How many rows, and about how many bytes, are put in with one Tx.
const (
	togetherRows  = 2000
	togetherBytes = 8 << 20
)

// ReadDump reads the beginning of a copy, which says what is in it. What is left of r
// is for Fill.
func ReadDump(r *bufio.Reader) (all Dump, err error) {
	format := make([]byte, len(dumpFormat))
	if _, err := io.ReadFull(r, format); err != nil || string(format) != dumpFormat {
		return all, ErrDump
	}
	line, err := r.ReadBytes('\n')
	if err != nil {
		return all, ErrDump
	}
	if err := json.Unmarshal(line, &all); err != nil {
		return all, ErrDump
	}
	return all, nil
}

// Fill puts the tables of a copy into a database that has the same version of the
// tables and nothing in them: see Options.Version. What is there already is refused.
// It is one transaction, with what finish does at its end, which may be nil: all of it
// is there, or nothing.
func (d *DB) Fill(ctx context.Context, all Dump, r *bufio.Reader, progress func(done, total int64), finish func(*Tx) error) error {
	begun := false
	err := d.Tx(ctx, func(tx *Tx) error {
		if begun {
			return errors.New("db: others were at the database that was being filled: start again with an empty one")
		}
		begun = true
		have, err := d.inventory(ctx, tx)
		if err != nil {
			return err
		}
		if err := all.fits(have); err != nil {
			return err
		}
		if err := all.fill(ctx, tx, r, progress); err != nil || finish == nil {
			return err
		}
		return finish(tx)
	})
	if err != nil {
		return err
	}
	return d.Checkpoint(ctx)
}

func (all Dump) fill(ctx context.Context, tx *Tx, r *bufio.Reader, progress func(done, total int64)) error {
	var done, total int64
	for _, t := range all.Tables {
		total += t.Rows
	}
	for _, t := range all.Tables {
		for left, more := t.Rows, true; more; {
			rows, on, err := t.read(r, left)
			if err != nil {
				return err
			}
			if err := tx.ExecMany(ctx, t.insert(), rows); err != nil {
				return fmt.Errorf("filling the table %s: %w", t.Name, err)
			}
			var one int // what was queued goes out with a question, and is not held any longer
			if err := tx.Row(ctx, `SELECT 1`).Scan(&one); err != nil {
				return fmt.Errorf("filling the table %s: %w", t.Name, err)
			}
			more = on
			if left -= int64(len(rows)); !more && left != 0 {
				return ErrDump
			}
			if done += int64(len(rows)); progress != nil {
				progress(done, total)
			}
		}
	}
	return nil
}

// fits says in plain words why a copy cannot go into a database.
func (all Dump) fits(have Dump) error {
	if all.Version != have.Version {
		return fmt.Errorf("the copy is of version %d of the tables, and the database has version %d", all.Version, have.Version)
	}
	there := map[string]string{}
	for _, t := range have.Tables {
		there[t.Name] = t.names()
		if t.Rows > 0 {
			return fmt.Errorf("the database is not empty: there is something in %s. Name an empty one", t.Name)
		}
	}
	for _, t := range all.Tables {
		if there[t.Name] != t.names() {
			return fmt.Errorf("%w: its table %s is not as this program knows it", ErrDump, t.Name)
		}
	}
	return nil
}

func (t Table) insert() string {
	places := make([]string, len(t.Columns))
	for i := range t.Columns {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return `INSERT INTO ` + t.Name + ` (` + t.names() + `) VALUES (` + strings.Join(places, ", ") + `)`
}

// read reads some rows; more says that the table goes on.
func (t Table) read(r *bufio.Reader, left int64) (rows [][]any, more bool, err error) {
	for size := 0; len(rows) < togetherRows && size < togetherBytes; {
		switch b, err := r.ReadByte(); {
		case err != nil || b > 1:
			return nil, false, ErrDump
		case b == 0:
			return rows, false, nil
		case int64(len(rows)) == left:
			return nil, false, ErrDump
		}
		row := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			var n int
			if row[i], n, err = c.read(r); err != nil {
				return nil, false, ErrDump
			}
			size += n
		}
		rows = append(rows, row)
	}
	return rows, true, nil
}

func (c column) read(r *bufio.Reader) (v any, size int, err error) {
	switch c.Type {
	case "int":
		n, err := binary.ReadVarint(r)
		return n, 8, err
	case "bool":
		b, err := r.ReadByte()
		return b == 1, 1, err
	case "float":
		b := make([]byte, 8)
		_, err := io.ReadFull(r, b)
		return math.Float64frombits(binary.BigEndian.Uint64(b)), 8, err
	case "text", "bytes":
		n, err := binary.ReadUvarint(r)
		if err != nil || n > largest {
			return nil, 0, ErrDump
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, 0, err
		}
		if c.Type == "text" {
			return string(b), int(n), nil
		}
		return b, int(n), nil
	}
	return nil, 0, ErrDump
}
