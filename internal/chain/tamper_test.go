package chain_test

import (
	"errors"
	"slices"
	"testing"

	"onestory/internal/chain"
	"onestory/internal/db"
	"onestory/internal/db/dbtest"
)

var errUndo = errors.New("undo it")

func TestTamperingIsToldLineByLine(t *testing.T) {
	t.Parallel()
	type found struct {
		what       string
		subject, j int64
		n, to      int64
	}
	cases := []struct {
		name string
		do   []string
		want []found
	}{
		{"nothing", nil, nil},
		{"words are changed", []string{`UPDATE said SET words = 'other' WHERE ref = 5`}, []found{{chain.Changed, 2, 2, 5, 5}}},
		{"two people's words are changed", []string{`UPDATE said SET words = 'other' WHERE ref IN (5, 6)`},
			[]found{{chain.Changed, 2, 2, 5, 5}, {chain.Changed, 0, 3, 6, 6}}},
		{"a number is changed", []string{`UPDATE leaf SET j = 77 WHERE n = 5`}, []found{{chain.Changed, 2, 77, 5, 5}}},
		{"a line is given to somebody else", []string{`UPDATE leaf SET subject = 9 WHERE n = 4`}, []found{{chain.Dropped, 0, 0, 4, 4}}},
		{"a row is dropped", []string{`DELETE FROM said WHERE ref = 5`}, []found{{chain.Dropped, 2, 2, 5, 5}}},
		{"a row and its number are dropped", []string{`DELETE FROM said WHERE ref = 5`, `DELETE FROM leaf WHERE n = 5`}, []found{{chain.Dropped, 0, 0, 5, 5}}},
		{"dropped, and the gap closed", []string{`DELETE FROM leaf WHERE n = 5`, `UPDATE leaf SET n = n + 100 WHERE n > 5`, `UPDATE leaf SET n = n - 101 WHERE n > 100`},
			[]found{{chain.Dropped, 0, 0, 5, 5}}},
		{"two lines change places", []string{`UPDATE leaf SET n = 99 WHERE n = 3`, `UPDATE leaf SET n = 3 WHERE n = 7`, `UPDATE leaf SET n = 7 WHERE n = 99`},
			[]found{{chain.Reordered, 1, 3, 3, 3}, {chain.Reordered, 0, 2, 7, 7}}},
		{"two lines of one person change numbers", []string{`UPDATE leaf SET j = 99 WHERE n = 0`, `UPDATE leaf SET j = 1 WHERE n = 3`, `UPDATE leaf SET j = 2 WHERE n = 99`, `UPDATE leaf SET j = 2 WHERE j = 99`},
			[]found{{chain.Reordered, 0, 2, 0, 0}, {chain.Reordered, 0, 1, 3, 3}}},
		{"a line is inserted, and the rest makes room", []string{`UPDATE leaf SET n = n + 100 WHERE n >= 5`, `UPDATE leaf SET n = n - 99 WHERE n >= 100`,
			`INSERT INTO said (subject, ref, words, done) VALUES (8, 50, 'new', TRUE)`,
			`INSERT INTO leaf (stream, subject, j, n, kind, writer, ref, hash) SELECT stream, 8, 1, 5, kind, writer, 50, hash FROM leaf WHERE n = 0`},
			[]found{{chain.Inserted, 8, 1, 5, 5}}},
		{"a line is added at the end without the tree", []string{`INSERT INTO said (subject, ref, words, done) VALUES (8, 50, 'new', TRUE)`,
			`INSERT INTO leaf (stream, subject, j, n, kind, writer, ref, hash) SELECT stream, 8, 1, 12, kind, writer, 50, hash FROM leaf WHERE n = 0`},
			[]found{{chain.Inserted, 8, 1, 12, 12}}},
		{"the end is cut from the lines", []string{`DELETE FROM leaf WHERE n >= 9`, `DELETE FROM said WHERE ref >= 9`}, []found{{chain.Cut, 0, 0, 9, 11}}},
		{"the end is cut from lines and tree", []string{`DELETE FROM leaf WHERE n >= 8`, `DELETE FROM said WHERE ref >= 8`, `DELETE FROM node WHERE i >= 15`}, []found{{chain.Cut, 0, 0, 8, 9}}},
		{"a parent in the tree is changed", []string{`UPDATE node SET hash = (SELECT hash FROM node WHERE i = 0) WHERE i = 2`}, []found{{chain.Changed, 0, 0, 1, 1}}},
		{"a record in the tree is dropped", []string{`DELETE FROM node WHERE i = 4`}, []found{{chain.Inserted, 0, 2, 3, 3}}},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := signer(t)
		exec(t, d, saidTable)
		seq := chain.New(d, said{}, chain.Options{Stream: "journal", Signer: s})
		for ref := range int64(12) {
			say(t, d, ref%3, ref)
			must[int](t)(seq.RunOnce(ctx))
			if ref == 4 || ref == 9 {
				must[string](t)(seq.Checkpoint(ctx))
			}
		}
		if r := verify(t, d, s.Key()); r.Covered != 10 || r.Size != 12 || len(r.Agree) != 2 {
			t.Fatalf("before: %+v", r)
		}
		for _, c := range cases {
			var got []found
			err := d.Tx(ctx, func(tx *db.Tx) error {
				for _, sql := range c.do {
					if _, err := tx.Exec(ctx, sql); err != nil {
						return err
					}
				}
				r, err := journal.Verify(ctx, tx, recompute, s.Key(), nil)
				if err != nil {
					return err
				}
				for _, f := range r.Findings {
					got = append(got, found{f.What, f.Subject, f.J, f.N, f.To})
				}
				return errUndo
			})
			if err != errUndo {
				t.Fatalf("%s: %v", c.name, err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s:\n got %v\nwant %v", c.name, got, c.want)
			}
		}
	})
}

// Who can write every table rewrites lines and tree alike, with this very code.
func TestARewrittenTreeIsNotTheSignedOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := signer(t)
		exec(t, d, saidTable)
		o := chain.Options{Stream: "journal", Signer: s}
		seq := chain.New(d, said{}, o)
		var notes []string
		for ref := range int64(12) {
			say(t, d, ref%3, ref)
			must[int](t)(seq.RunOnce(ctx))
			if ref == 4 || ref == 9 {
				notes = append(notes, must[string](t)(seq.Checkpoint(ctx)))
			}
		}
		for _, sql := range []string{`UPDATE said SET words = 'other' WHERE ref = 7`, `UPDATE said SET done = FALSE`, `DELETE FROM leaf`, `DELETE FROM node`} {
			exec(t, d, sql)
		}
		err := d.Tx(ctx, func(tx *db.Tx) error {
			var lines []chain.Line
			for ref := range int64(12) {
				words := "a line"
				if ref == 7 {
					words = "other"
				}
				lines = append(lines, chain.Line{Subject: ref % 3, Kind: 's', Ref: ref, Hash: hashOf(ref%3, ref, words)})
			}
			_, err := journal.Append(ctx, tx, lines)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string, r chain.Report) {
			t.Helper()
			if len(r.Findings) != 1 || r.Findings[0].What != chain.Changed || r.Findings[0].N != 5 || r.Findings[0].To != 9 || r.Covered != 5 {
				t.Errorf("%s: %+v", what, r)
			}
		}
		check("with checkpoints in the database", verify(t, d, s.Key()))
		exec(t, d, `DELETE FROM checkpoint`)
		check("with those that were kept outside", verify(t, d, s.Key(), notes...))
		if r := verify(t, d, s.Key()); len(r.Findings) != 0 || r.Covered != 0 {
			t.Errorf("without any, nothing can be said: %+v", r)
		}
	})
}
