package chain_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onestory/internal/chain"
	"onestory/internal/clock"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
)

var ctx = context.Background()

// said is a source: what people said, a row each.
type said struct{}

const saidTable = `CREATE TABLE said (subject BIGINT NOT NULL, ref BIGINT NOT NULL, words TEXT NOT NULL, done BOOLEAN NOT NULL, PRIMARY KEY (subject, ref))`

func hashOf(subject, ref int64, words string) chain.Hash {
	head := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(subject)), uint64(ref))
	return chain.Link(chain.Hash{}, head, []chain.Hash{chain.Commit([16]byte{1}, []byte(words))})
}

func (said) Unsequenced(ctx context.Context, tx *db.Tx, limit int) (all []chain.Line, err error) {
	rows, err := tx.Query(ctx, `SELECT subject, ref, words FROM said WHERE NOT done ORDER BY subject, ref LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		l := chain.Line{Kind: 's'}
		var words string
		if err := rows.Scan(&l.Subject, &l.Ref, &words); err != nil {
			return nil, err
		}
		l.Hash = hashOf(l.Subject, l.Ref, words)
		all = append(all, l)
	}
	return all, rows.Err()
}

func (said) Sequenced(ctx context.Context, tx *db.Tx, lines []chain.Line) error {
	var rows [][]any
	for _, l := range lines {
		rows = append(rows, []any{true, l.Subject, l.Ref})
	}
	return tx.ExecMany(ctx, `UPDATE said SET done = $1 WHERE subject = $2 AND ref = $3`, rows)
}

func recompute(ctx context.Context, tx *db.Tx, leaves []chain.Leaf) ([]*chain.Hash, error) {
	out := make([]*chain.Hash, len(leaves))
	for i, l := range leaves {
		var words string
		err := tx.Row(ctx, `SELECT words FROM said WHERE subject = $1 AND ref = $2`, l.Subject, l.Ref).Scan(&words)
		if errors.Is(err, db.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		h := hashOf(l.Subject, l.Ref, words)
		out[i] = &h
	}
	return out, nil
}

func exec(t testing.TB, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Tx(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql, args...); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func say(t testing.TB, d *db.DB, subject, ref int64) {
	t.Helper()
	exec(t, d, `INSERT INTO said (subject, ref, words, done) VALUES ($1, $2, $3, $4)`, subject, ref, "a line", false)
}

func signer(t testing.TB) *chain.Signer {
	t.Helper()
	s, err := chain.OpenSigner(filepath.Join(t.TempDir(), "key"), "onestory.test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var journal = chain.Log{Stream: "journal"}

func verify(t testing.TB, d *db.DB, key string, notes ...string) (r chain.Report) {
	t.Helper()
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		r, err = journal.Verify(ctx, tx, recompute, key, notes)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// These values are in every database there is.
func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	salt := chain.Salt([16]byte{1, 2, 3}, 1)
	part := chain.Commit(salt, []byte("what matters"))
	line := chain.Link(chain.Hash{9}, []byte("head"), []chain.Hash{part, part})
	leaf := chain.Leaf{Subject: 7, J: 2, N: 5, Kind: 'c', Writer: 3, Ref: 4, Hash: line}
	for _, h := range []struct {
		what string
		got  chain.Hash
		want string
	}{
		{"part", part, "HN6GXa4dir+P0u2vxSUYMfo+KXVwidp8chuFAhsUNu0="},
		{"line", line, "T9rlK+VdOGHrrkgM+K5EDcks+frHTPsxTo/TsAZPNFw="},
		{"leaf", leaf.Record(), "rW8SPlR5yvw0pG+jGg9+YnY+lZ7BQV+ZE9wwUsrcmY0="},
	} {
		if h.got.String() != h.want {
			t.Errorf("the hash of a %s is now %s, and was %s", h.what, h.got, h.want)
		}
	}
}

func TestNothingElseHasTheSameHash(t *testing.T) {
	t.Parallel()
	seen := map[chain.Hash]string{}
	for what, h := range map[string]chain.Hash{
		"a line":                     chain.Link(chain.Hash{}, []byte("ab"), []chain.Hash{{1}}),
		"with a part in its head":    chain.Link(chain.Hash{}, append([]byte("ab"), make([]byte, 32)...), nil),
		"with another part":          chain.Link(chain.Hash{}, []byte("ab"), []chain.Hash{{2}}),
		"with two parts":             chain.Link(chain.Hash{}, []byte("ab"), []chain.Hash{{1}, {1}}),
		"after another line":         chain.Link(chain.Hash{1}, []byte("ab"), []chain.Hash{{1}}),
		"a part":                     chain.Commit([16]byte{}, []byte("ab")),
		"a part under another salt":  chain.Commit([16]byte{1}, []byte("ab")),
		"a part that holds its salt": chain.Commit([16]byte{}, append(make([]byte, 16), "ab"...)),
	} {
		if other, taken := seen[h]; taken {
			t.Errorf("%s and %s have one hash", what, other)
		}
		seen[h] = what
	}
	if chain.Salt([16]byte{1}, 0) == chain.Salt([16]byte{1}, 1) {
		t.Error("two parts have one salt")
	}
}

func TestTheTreeIsTheOneThatOthersKnow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var stored []tlog.Hash
		theirs := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, _ error) {
			for _, i := range at {
				out = append(out, stored[i])
			}
			return out, nil
		})
		for size := int64(0); size < 40; {
			err := d.Tx(ctx, func(tx *db.Tx) error {
				var lines []chain.Line
				for i := range size%5 + 1 {
					lines = append(lines, chain.Line{Subject: i % 3, Ref: size, Writer: i, Hash: chain.Hash{byte(size + i)}})
				}
				leaves, err := journal.Append(ctx, tx, lines)
				if err != nil {
					return err
				}
				for _, l := range leaves {
					more, err := tlog.StoredHashesForRecordHash(size, tlog.Hash(l.Record()), theirs)
					if err != nil {
						return err
					}
					stored = append(stored, more...)
					if size++; l.N != size-1 {
						t.Errorf("leaf %d has number %d", size-1, l.N)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want := must[tlog.Hash](t)(tlog.TreeHash(size, theirs))
			err = d.Read(ctx, func(tx *db.Tx) error {
				root, err := journal.Root(ctx, tx, size)
				if root != chain.Hash(want) {
					t.Errorf("the root of %d is %v", size, root)
				}
				if err != nil || size < 3 {
					return err
				}
				old, err := journal.Root(ctx, tx, size-2)
				if err != nil {
					return err
				}
				grown, err := journal.ProveTree(ctx, tx, size-2, size)
				if err != nil || grown.Check(old, root) != nil || grown.Check(root, old) == nil {
					t.Errorf("growth to %d: %v, %v", size, err, grown.Check(old, root))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestAPersonCanProveTheirLinesOffline(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, saidTable)
		s := signer(t)
		seq := chain.New(d, said{}, chain.Options{Stream: "journal", Signer: s, Limit: 7})
		for i := range int64(20) {
			say(t, d, i%3, i)
		}
		for must[int](t)(seq.RunOnce(ctx)) > 0 {
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
			leaves, err := journal.Of(ctx, tx, 1, 1, 1)
			if err == nil {
				_, err = journal.Prove(ctx, tx, leaves[0])
			}
			return err
		})
		if !errors.Is(err, chain.ErrUncovered) {
			t.Errorf("a proof without a checkpoint: %v", err)
		}
		note := must[string](t)(seq.Checkpoint(ctx))
		if again := must[string](t)(seq.Checkpoint(ctx)); again != "" {
			t.Error("signed twice without anything new")
		}
		if c, err := chain.VerifyCheckpoint(note, s.Key()); err != nil || c.Size != 20 || c.Epoch != 1 || c.Stream != "journal" {
			t.Errorf("the checkpoint is %+v, %v", c, err)
		}
		if _, err := chain.VerifyCheckpoint(note, signer(t).Key()); err == nil {
			t.Error("another's key accepted the checkpoint")
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			leaves, err := journal.Of(ctx, tx, 1, 1, 100)
			if err != nil {
				return err
			}
			for i, l := range leaves {
				if l.J != int64(i)+1 || l.Ref != int64(3*i+1) {
					t.Errorf("line %d of the person is %+v", i+1, l)
				}
				p, err := journal.Prove(ctx, tx, l)
				if err != nil {
					return err
				}
				var read chain.Proof
				if err := json.Unmarshal(must[[]byte](t)(json.Marshal(p)), &read); err != nil {
					return err
				}
				if _, err := read.Verify(s.Key()); err != nil {
					t.Error(err)
				}
				read.Leaf.J++
				if _, err := read.Verify(s.Key()); err == nil {
					t.Error("a line with another number is accepted")
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTwoServersNumberEachLineOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		s := signer(t)
		var servers []*db.DB
		for range 2 {
			servers = append(servers, dbtest.Open(t, where, db.Options{}))
		}
		exec(t, servers[0], saidTable)
		var all sync.WaitGroup
		var running []*chain.Sequencer
		for _, d := range servers {
			running = append(running, chain.Start(d, said{}, chain.Options{Stream: "journal", Signer: s, Every: time.Millisecond, Sign: 5 * time.Millisecond, Limit: 10,
				Report: func(err error) {
					if !errors.Is(err, db.Taken) {
						t.Error(err)
					}
				}}))
			all.Go(func() { // without the lease, they collide
				for range 30 {
					err := d.Tx(ctx, func(tx *db.Tx) error {
						lines, err := said{}.Unsequenced(ctx, tx, 3)
						if err != nil {
							return err
						}
						if _, err := journal.Append(ctx, tx, lines); err != nil {
							return err
						}
						return said{}.Sequenced(ctx, tx, lines)
					})
					if err != nil && !errors.Is(err, db.Taken) && !errors.Is(err, db.Again) {
						t.Error(err)
					}
				}
			})
		}
		for i := range int64(300) {
			say(t, servers[i%2], i%7, i)
			running[i%2].Kick()
		}
		all.Wait()
		for _, r := range running { // the second takes over what the first gave up
			if err := r.Close(ctx); err != nil {
				t.Error(err)
			}
		}
		r := verify(t, servers[1], s.Key())
		if r.Size != 300 || len(r.Findings) != 0 || r.Covered != 300 {
			t.Errorf("%d lines, %d covered, %v", r.Size, r.Covered, r.Findings)
		}
		var numbered, gaps int64
		servers[0].Row(ctx, `SELECT COUNT(*) FROM said WHERE done`).Scan(&numbered)
		servers[0].Row(ctx, `SELECT COUNT(*) FROM (SELECT subject FROM leaf GROUP BY subject HAVING MAX(j) <> COUNT(*)) AS g`).Scan(&gaps)
		if numbered != 300 || gaps != 0 {
			t.Errorf("%d lines are numbered; %d people's numbers have gaps", numbered, gaps)
		}
	})
}

func TestAnotherServerTakesOverWhenTheLeaseEnds(t *testing.T) {
	t.Parallel()
	dbtest.EachPlace(t, func(t *testing.T, where string) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		c := clock.Fake(func() time.Time { return now })
		first := dbtest.Open(t, where, db.Options{Clock: c})
		second := dbtest.Open(t, where, db.Options{Clock: c})
		exec(t, first, saidTable)
		a := chain.New(first, said{}, chain.Options{Stream: "journal"})
		b := chain.New(second, said{}, chain.Options{Stream: "journal"})
		for i, step := range []struct {
			what string
			wait time.Duration
			by   *chain.Sequencer
			want int
		}{
			{"the first works", 0, a, 1},
			{"the second stands by", time.Second, b, 0},
			{"the first goes on", time.Second, a, 1},
			{"the second stands by still", 9 * time.Second, b, 0},
			{"the first is gone: the second takes over", 2 * time.Second, b, 2},
			{"the first is back, and stands by", 0, a, 0},
		} {
			now = now.Add(step.wait)
			say(t, first, 1, int64(i))
			n := must[int](t)(step.by.RunOnce(ctx))
			if (n == 0) != (step.want == 0) {
				t.Errorf("%s: it numbered %d", step.what, n)
			}
		}
	})
}

func TestSignsOnlyWhatContinuesWhatWasSigned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, saidTable)
		s, file := signer(t), filepath.Join(t.TempDir(), "checkpoints")
		o := chain.Options{Stream: "journal", Signer: s, File: file, Witnesses: []chain.Witness{chain.DirWitness(t.TempDir(), s.Key())}}
		for i := range int64(4) {
			say(t, d, 1, i)
			seq := chain.New(d, said{}, o)
			must[int](t)(seq.RunOnce(ctx))
			if note := must[string](t)(seq.Checkpoint(ctx)); note == "" {
				t.Error("nothing was signed")
			}
			if err := seq.Close(ctx); err != nil {
				t.Error(err)
			}
			// A loss of power cuts the next one short.
			f := must[*os.File](t)(os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0))
			f.WriteString("\nonestory.test/journal\n17\n")
			f.Close()
		}
		notes := chain.SplitNotes(string(must[[]byte](t)(os.ReadFile(file))))
		if len(notes) != 4 {
			t.Fatalf("the file has %d checkpoints, not 4", len(notes))
		}
		if r := verify(t, d, s.Key(), notes...); len(r.Findings) != 0 || r.Covered != 4 {
			t.Errorf("covered %d, %v", r.Covered, r.Findings)
		}

		// Restored from when there were two lines, it goes another way.
		for _, sql := range []string{`DELETE FROM leaf WHERE n >= 2`, `DELETE FROM node WHERE i >= 3`, `DELETE FROM checkpoint WHERE size > 2`, `DELETE FROM said WHERE ref >= 2`} {
			exec(t, d, sql)
		}
		if r := verify(t, d, s.Key(), notes...); len(r.Findings) != 1 || r.Findings[0].What != chain.Cut || r.Findings[0].N != 2 || r.Findings[0].To != 3 {
			t.Errorf("after the restore: %+v", r.Findings)
		}
		for i := range int64(3) {
			say(t, d, 2, 10+i)
		}
		seq := chain.New(d, said{}, o)
		must[int](t)(seq.RunOnce(ctx))
		if _, err := seq.Checkpoint(ctx); !errors.Is(err, chain.ErrForked) {
			t.Errorf("a fork was signed: %v", err)
		}
		r := verify(t, d, s.Key(), notes...)
		if len(r.Findings) == 0 || r.Findings[0].What != chain.Changed || r.Findings[0].N != 2 {
			t.Errorf("a forked tree against a witness: %+v", r.Findings)
		}
		o.Epoch = 2
		if _, err := chain.New(d, said{}, o).Checkpoint(ctx); err != nil {
			t.Errorf("a new epoch: %v", err)
		}
	})
}

func FuzzVerifyCheckpoint(f *testing.F) {
	s := signer(f)
	good := must[string](f)(s.Sign(chain.Checkpoint{Stream: "journal", Epoch: 1, Size: 3, At: 1}))
	f.Add(good)
	f.Add(good + "\n" + good)
	f.Add(strings.Replace(good, "3", "03", 1))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := chain.VerifyCheckpoint(text, s.Key())
		if err == nil {
			if again := must[string](t)(s.Sign(c)); again != text {
				t.Errorf("accepted, but written in another way: %q", text)
			}
		}
		for _, n := range chain.SplitNotes(text + "\n" + good) {
			if n != good {
				if _, err := chain.VerifyCheckpoint(n, s.Key()); err == nil {
					t.Errorf("a note out of %q", text)
				}
			}
		}
	})
}
