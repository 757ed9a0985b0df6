package record

import (
	"context"

	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/person"
)

// Export opens a person whole, for the operator's export command and for nothing
// that a request can reach: the person's own view, with what clinicians marked as
// harmful too, since an export must be complete. It is a line in their journal with
// the reason, written before the content is the caller's to use, and it changes
// nothing.
func (d *Door) Export(ctx context.Context, reason string, subject person.ID, work func(View) error) error {
	if reason == "" {
		return fault.New(fault.Invalid, "Say why the record is exported.")
	}
	o := &opening{door: d, subject: int64(subject), why: consent.Administration, now: d.clock.Now()}
	o.who = consent.Actor{Account: "export", Name: reason, Role: "operator"}
	o.seen, o.lens.whole, o.what = map[id.Entry]bool{}, true, "export"
	err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
		o.wholes, err = d.gather(ctx, tx, o.subject)
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range o.wholes {
		for _, x := range w.entries {
			if !x.gone {
				o.seen[x.ID] = true
			}
		}
	}
	if err := d.keep(ctx, o, nil); err != nil {
		return err
	}
	return o.run(work)
}
