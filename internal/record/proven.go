package record

import (
	"context"

	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// Proven is the person of a verified NHS number and birth date, of which somebody has
// proved that both are theirs. Born is a whole date. NotFound when there is nobody, and
// when the two do not agree. It opens no record.
func (d *Door) Proven(ctx context.Context, nhs, born string) (subject person.ID, err error) {
	f, err := provenFacts(nhs, born)
	if err != nil {
		return 0, err
	}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		p, err := d.byNumber(ctx, tx, f)
		subject = person.ID(p)
		return err
	})
	if err == nil && subject == 0 {
		err = fault.NotFound
	}
	return subject, err
}

// Proves reports whether the person has that verified NHS number and that birth date,
// said by whichever source, in their record or one that is linked to it.
func (d *Door) Proves(ctx context.Context, subject person.ID, nhs, born string) (yes bool, err error) {
	f, err := provenFacts(nhs, born)
	if err != nil {
		return false, nil
	}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all, err := d.gather(ctx, tx, int64(subject))
		if err != nil {
			return err
		}
		for _, w := range all {
			have, err := d.facts(ctx, tx, w.person)
			if err != nil {
				return err
			}
			for _, h := range have {
				yes = yes || person.Match(h, f).Finding == person.Same
			}
		}
		return nil
	})
	return yes, err
}

func provenFacts(nhs, born string) (person.Facts, error) {
	f := person.Facts{NHSVerified: true}
	var err error
	if f.NHS, err = person.ParseNHS(nhs); err != nil {
		return f, fault.NotFound
	}
	if f.Born, err = person.ParseDate(born); err != nil {
		return f, fault.NotFound
	}
	return f, nil
}
