package app

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"onestory/internal/account"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/signin"
)

// A Copy says what is in a backup.
type Copy struct {
	Program    string  `json:"program"`    // the version of the program that made it
	Keys       string  `json:"keys"`       // which keys it belongs to: a fingerprint, not the keys
	Checkpoint string  `json:"checkpoint"` // the last signed checkpoint of the journal, "" for none
	Tables     db.Dump `json:"tables"`
	Bytes      int64   `json:"bytes"` // of the file
}

// A backup is a zstd frame and, after it, a MAC of all before under a key made from
// the installation's: who has no keys can neither read ids in it nor change it unseen.
const macSize = sha256.Size

func (k *Keys) mac(use string) hash.Hash {
	key := hmac.New(sha256.New, k.Index)
	key.Write([]byte("backup " + use))
	return hmac.New(sha256.New, key.Sum(nil))
}

func (k *Keys) fingerprint() string { return hex.EncodeToString(k.mac("fingerprint").Sum(nil)[:8]) }

// Backup writes everything in the database into one file, as one snapshot has it,
// while servers go on; the keys are not in it. The file is readable by its owner
// alone, and there whole or not at all. What is there already is not replaced.
func Backup(ctx context.Context, c Config, to string, progress func(done, total int64)) (all Copy, err error) {
	keys, d, err := c.readOnly(ctx)
	if err != nil {
		return all, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	notes, err := (&House{Data: c.Data}).Notes()
	if err != nil {
		return all, err
	}
	all = Copy{Program: Version, Keys: keys.fingerprint()}
	if len(notes) > 0 {
		all.Checkpoint = notes[len(notes)-1]
	}
	all.Bytes, err = writeWhole(to, func(f io.Writer) error {
		mac := keys.mac("file")
		z, err := zstd.NewWriter(io.MultiWriter(f, mac), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			return err
		}
		if err := json.NewEncoder(z).Encode(all); err != nil {
			return err
		}
		if all.Tables, err = d.Dump(ctx, z, progress); err != nil {
			return errors.Join(err, z.Close())
		}
		if err := z.Close(); err != nil {
			return err
		}
		_, err = f.Write(mac.Sum(nil))
		return err
	})
	return all, err
}

// readOnly opens keys and database without making or changing anything.
func (c Config) readOnly(ctx context.Context) (*Keys, *db.DB, error) {
	keys, err := haveKeys(c.KeysFolder())
	if err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, c.where(), db.Options{ReadOnly: true})
	return keys, d, err
}

// haveKeys opens the keys of an installation that has some, and makes none.
func haveKeys(dir string) (*Keys, error) {
	for _, name := range []string{"id.a.key", "index.key", "journal.key"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Cause: err, Say: "There are no whole keys in " + dir + ". Put the copy of the keys there, or name its folder with --keys."}
		}
	}
	return OpenKeys(dir)
}

// writeWhole writes a new file that is there whole, or not at all.
func writeWhole(path string, write func(io.Writer) error) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".onestory-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(w), w.Flush(), f.Sync()); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename, it replaces nothing
		return 0, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return 0, err
	}
	return info.Size(), syncDir(filepath.Dir(path))
}

// A Restoring says what to restore, and with what.
type Restoring struct {
	From          string // the backup
	Keys          string // a folder with the keys; "": they are in place already
	Ledger        string // the ledger of the installation that was lost; "": it is in place already
	WithoutLedger bool   // there is none: what was refused since the backup is forgotten
}

// A Restored says what a restore did.
type Restored struct {
	Copy     Copy  `json:"copy"`
	Again    int   `json:"again"` // refusals, ends, unlinkings and erasings said again from the ledger
	Epoch    int64 `json:"epoch"` // of the journal from now on
	Lost     int64 `json:"lost"`  // lines that had been signed after the backup, and are gone
	Lines    int   `json:"lines"` // of the journal, checked
	Findings int   `json:"findings"`
}

// Restore fills an empty place from a backup, and says again what the ledger holds, so
// that the first request meets what people last refused. Everybody signs in anew. It
// checks the file before anything is written, and the journal after.
func Restore(ctx context.Context, c Config, r Restoring, progress func(done, total int64)) (out Restored, err error) {
	if err := r.prepare(c); err != nil {
		return out, err
	}
	keys, err := haveKeys(c.KeysFolder())
	if err != nil {
		return out, err
	}
	f, err := os.Open(r.From)
	if err != nil {
		return out, err
	}
	defer f.Close()
	body, err := sound(f, keys)
	if err != nil {
		return out, err
	}
	z, err := zstd.NewReader(body)
	if err != nil {
		return out, err
	}
	defer z.Close()
	in := bufio.NewReaderSize(z, 1<<20)
	line, err := in.ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &out.Copy) != nil {
		return out, errNoBackup
	}
	if out.Copy.Tables, err = db.ReadDump(in); err != nil {
		return out, err
	}
	if out.Epoch, out.Lost, err = c.fill(ctx, out.Copy.Tables, in, progress); err != nil {
		return out, err
	}
	return out, c.settle(ctx, &out)
}

var errNoBackup = fault.New(fault.Invalid, "This file is no backup of Onestory, or only a part of one. Take another copy of it.")

// prepare puts keys and ledger in place, and refuses a place that has data.
func (r Restoring) prepare(c Config) error {
	if c.Database == "" {
		if _, err := os.Stat(c.where()); err == nil {
			return fault.New(fault.Invalid, "There is a database in "+c.Data+" already. Restore into an empty folder.")
		}
	}
	if err := errors.Join(os.MkdirAll(c.Data, 0o700), os.MkdirAll(c.KeysFolder(), 0o700)); err != nil {
		return err
	}
	if r.Keys != "" {
		if err := CopyKeys(r.Keys, c.KeysFolder()); err != nil {
			return err
		}
	}
	ledger := c.LedgerFile()
	if r.Ledger != "" {
		if err := copyFile(r.Ledger, ledger); err != nil {
			return fmt.Errorf("the ledger: %w", err)
		}
	}
	if _, err := os.Stat(ledger); err != nil && !r.WithoutLedger {
		return fault.New(fault.Invalid, "Say where the ledger is, with --ledger: it has what people refused since the backup. If it is lost, say --without-ledger, and tell people that they must say it again.")
	}
	return nil
}

// CopyKeys copies the keys of an installation to another folder. What is there
// already is not replaced.
func CopyKeys(from, to string) error {
	if _, err := haveKeys(from); err != nil {
		return err
	}
	names, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, n := range names {
		if err := copyFile(filepath.Join(from, n.Name()), filepath.Join(to, n.Name())); err != nil {
			return fmt.Errorf("copying the keys: %w", err)
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = writeWhole(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	return err
}

// sound checks the MAC of a backup, and answers its body.
func sound(f *os.File, keys *Keys) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size() - macSize
	if size <= 0 {
		return nil, errNoBackup
	}
	mac := keys.mac("file")
	if _, err := io.Copy(mac, io.NewSectionReader(f, 0, size)); err != nil {
		return nil, err
	}
	want := make([]byte, macSize)
	if _, err := f.ReadAt(want, size); err != nil {
		return nil, err
	}
	if !hmac.Equal(mac.Sum(nil), want) {
		return nil, fault.New(fault.Invalid, "This backup is damaged, was changed, or belongs to other keys. Nothing was restored. Take another copy of it, and check the keys.")
	}
	return io.NewSectionReader(f, 0, size), nil
}

// fill puts the tables in place, at the version that they have, ends all sessions and
// begins the next epoch of the journal: all of it, or nothing. A file has another name
// until it is whole, so that no server starts on a part of one.
func (c Config) fill(ctx context.Context, tables db.Dump, in *bufio.Reader, progress func(done, total int64)) (epoch, lost int64, err error) {
	where, file := c.where(), c.Database == ""
	if file {
		where += ".restoring"
		removeDatabase(where) // of a restore that was interrupted
	}
	before, lost, err := c.setAside(tables.Rows(journalTable))
	if err != nil {
		return 0, 0, err
	}
	d, err := db.Open(ctx, where, db.Options{Version: tables.Version})
	if err != nil {
		return 0, 0, err
	}
	err = d.Fill(ctx, tables, in, progress, func(tx *db.Tx) (err error) {
		epoch, err = nextEpoch(ctx, tx, before)
		err = errors.Join(err, account.EndAll(ctx, tx))
		if slices.ContainsFunc(tables.Tables, func(t db.Table) bool { return t.Name == "recovery" }) { // as from then on
			err = errors.Join(err, signin.EndAll(ctx, tx))
		}
		return err
	})
	err = errors.Join(err, d.Close())
	switch {
	case err != nil && file:
		removeDatabase(where)
	case err == nil && file:
		err = errors.Join(os.Rename(where, c.where()), syncDir(c.Data))
	}
	return epoch, lost, err
}

func removeDatabase(path string) {
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end) // what cannot be removed cannot be filled either
	}
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// settle opens what was restored, which says the ledger again, and checks it.
func (c Config) settle(ctx context.Context, out *Restored) (err error) {
	c.Quiet = true
	h, err := Open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	out.Again = h.Replayed
	if err := h.Settle(ctx); err != nil {
		return err
	}
	notes, err := h.Notes()
	if err != nil {
		return err
	}
	if out.Copy.Checkpoint != "" {
		notes = append(notes, out.Copy.Checkpoint)
	}
	found, err := h.Door.Verify(ctx, h.Signer.Key(), notes)
	out.Lines, out.Findings = found.Lines, len(found.Findings)
	if err == nil && out.Findings > 0 {
		err = fmt.Errorf("the journal that was restored is not as it was, in %d places: onestory verify names them", out.Findings)
	}
	return err
}
