package record

import (
	"context"
	"errors"
	"strings"

	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
)

// FactsOf reads from a Patient what helps to find out who they are. An NHS number
// that breaks the rule is none; one counts as verified only when the source says
// that it was traced.
func FactsOf(d *fhir.Doc) person.Facts {
	f := person.Facts{
		Gender:   d.Text("gender"),
		Postcode: d.Text("address.postalCode"),
		Names:    person.Names{Family: d.Text("name.family"), Text: d.Text("name.text")},
	}
	f.Born, _ = person.ParseDate(d.Text("birthDate"))
	f.Died, _ = person.ParseDate(first(d.Text("deceasedDateTime"), 10))
	var given []string
	for n := range d.At("name") {
		for g := range n.Get("given").Elems() {
			given = append(given, g.Str())
		}
		break
	}
	f.Names.Given = strings.Join(given, " ")
	for i := range d.At("identifier") {
		if i.Get("system").Str() != NHSSystem {
			continue
		}
		n, err := person.ParseNHS(i.Get("value").Str())
		if err != nil {
			continue
		}
		f.NHS = n
		for x := range i.At("extension") {
			for c := range x.Get("valueCodeableConcept").Codes("coding") {
				// UK Core, NHSNumberVerificationStatus: 01 and its newer name.
				f.NHSVerified = f.NHSVerified || c.Code == "01" || c.Code == "number-present-and-verified"
			}
		}
		break
	}
	return f
}

func first(s string, n int) string { return s[:min(n, len(s))] }

// An identified newcomer is a person, old or new, and what is to be written so
// that they are found again.
type identified struct {
	person int64
	fresh  bool // new: nothing of theirs is there yet
	claims []claim
	terms  [][]byte
	maybe  []candidate
}

// A claim is what can be only one person's.
type claim struct {
	kind string
	hmac []byte
}

// A candidate is another record that may be the same person's.
type candidate struct {
	other int64
	score int
	why   string
}

// identify finds out who a newcomer is. It decides for Same alone; what is only
// likely is for a person to decide.
func (d *Door) identify(ctx context.Context, tx *db.Tx, source string, n *Newcomer) (*identified, error) {
	alias := claim{"alias", d.hash("alias", source+"\x00"+n.Foreign)}
	known, err := d.claimed(ctx, tx, alias)
	if err != nil {
		return nil, err
	}
	who := &identified{person: known}
	if known == 0 {
		if !n.Known {
			return nil, fault.New(fault.Invalid, "An entry is about a person who is not described here, and was not sent before. Send their Patient with it.")
		}
		who.claims = append(who.claims, alias)
		if who.person, err = d.byNumber(ctx, tx, n.Facts); err != nil {
			return nil, err
		}
	}
	if who.person == 0 {
		who.person, who.fresh = id.Random(), true
	}
	if !n.Known {
		return who, nil
	}
	if known != 0 {
		if err := d.sameAsBefore(ctx, tx, known, n.Facts); err != nil {
			return nil, err
		}
	}
	return who, d.place(ctx, tx, who, n.Facts)
}

// sameAsBefore refuses somebody who comes under the id of a person whom the source
// sent before, and is plainly another: two of verified NHS number, birth date and
// family name are others. Two senders under one name, or a number used twice, would otherwise mix two
// people's records.
func (d *Door) sameAsBefore(ctx context.Context, tx *db.Tx, known int64, f person.Facts) error {
	have, err := d.facts(ctx, tx, known)
	if err != nil {
		return err
	}
	for _, h := range have {
		if others(h, f) < 2 {
			return nil
		}
	}
	if len(have) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "This describes somebody else under the id of a person who was sent before: two of NHS number, birth date and family name are others. Give each sender a source name of its own.")
}

// others counts what tells two people apart who should be one.
func others(a, b person.Facts) (n int) {
	for _, w := range person.Match(a, b).Why {
		switch w {
		case person.BornDiffers, person.FamilyDiffers:
			n++
		case person.NumberDiffers:
			if a.NHSVerified && b.NHSVerified {
				n++
			}
		}
	}
	return n
}

// claimed is the person who has a claim, or 0.
func (d *Door) claimed(ctx context.Context, tx *db.Tx, c claim) (person int64, err error) {
	err = tx.Row(ctx, `SELECT person FROM claim WHERE kind = $1 AND hmac = $2`, c.kind, c.hmac).Scan(&person)
	if errors.Is(err, db.NotFound) {
		return 0, nil
	}
	return person, err
}

// byNumber is the person with that verified NHS number and that birth date, or 0.
func (d *Door) byNumber(ctx context.Context, tx *db.Tx, f person.Facts) (int64, error) {
	if f.NHS == 0 || !f.NHSVerified {
		return 0, nil
	}
	other, err := d.claimed(ctx, tx, d.nhsClaim(f.NHS))
	if err != nil || other == 0 {
		return 0, err
	}
	have, err := d.facts(ctx, tx, other)
	if err != nil {
		return 0, err
	}
	for _, h := range have {
		if person.Match(h, f).Finding == person.Same {
			return other, nil
		}
	}
	return 0, nil
}

func (d *Door) nhsClaim(n person.NHS) claim { return claim{"nhs", d.hash("nhs", n.Digits())} }

// facts are what each source says of a person.
func (d *Door) facts(ctx context.Context, tx *db.Tx, p int64) (all []person.Facts, err error) {
	w, err := d.load(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	for _, e := range w.entries {
		if e.Kind != "Patient" || e.gone {
			continue
		}
		doc, err := e.parsed(d.packer)
		if err != nil {
			return nil, err
		}
		all = append(all, FactsOf(doc))
	}
	return all, nil
}

// place works out under which words the person is to be found, and who else may be
// the same.
func (d *Door) place(ctx context.Context, tx *db.Tx, who *identified, f person.Facts) error {
	if f.NHS != 0 && f.NHSVerified {
		c := d.nhsClaim(f.NHS)
		if other, err := d.claimed(ctx, tx, c); err != nil {
			return err
		} else if other == 0 {
			who.claims = append(who.claims, c)
		}
	}
	others := map[int64]bool{}
	for _, k := range person.Keys(f) {
		h := d.hash("term", k)
		who.terms = append(who.terms, h)
		if !who.fresh {
			continue
		}
		for rows, err := range tx.Each(ctx, `SELECT person FROM term WHERE hmac = $1 ORDER BY person LIMIT 20`, h) {
			if err != nil {
				return err
			}
			var p int64
			if err := rows.Scan(&p); err != nil {
				return err
			}
			others[p] = true
		}
	}
	for p := range others {
		have, err := d.facts(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, h := range have {
			if v := person.Match(h, f); v.Finding != person.Different {
				who.maybe = append(who.maybe, candidate{p, v.Score, likenesses(v)})
				break
			}
		}
	}
	return nil
}

func likenesses(v person.Verdict) string {
	words := make([]string, len(v.Why))
	for i, w := range v.Why {
		words[i] = string(w)
	}
	return strings.Join(words, " ")
}

// write puts claims first: db.Taken says that somebody else was quicker to make
// out who this is.
func (w *identified) write(ctx context.Context, tx *db.Tx) error {
	for _, c := range w.claims {
		if _, err := tx.Exec(ctx, `INSERT INTO claim (kind, hmac, person) VALUES ($1, $2, $3)`, c.kind, c.hmac, w.person); err != nil {
			return err
		}
	}
	for _, t := range w.terms {
		if _, err := tx.Exec(ctx, `INSERT INTO term (hmac, person) VALUES ($1, $2) ON CONFLICT DO NOTHING`, t, w.person); err != nil {
			return err
		}
	}
	for _, c := range w.maybe {
		_, err := tx.Exec(ctx, `
			INSERT INTO candidate (person, other, score, why, at, answer) VALUES ($1, $2, $3, $4, $5, '')
			ON CONFLICT DO NOTHING`, w.person, c.other, c.score, c.why, tx.At)
		if err != nil {
			return err
		}
	}
	return nil
}
