package signin

import (
	"context"
	"encoding/json"
	"slices"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/outbox"
	"onestory/internal/person"
	"onestory/internal/record"
)

// The outbox's topics for work that nobody answers: what is said on the day after an
// answer was due, and that there was one.
const (
	topicSilent   = "silent"
	topicAnswered = "answered"
)

// mostReminded is how many of a team are written to about one piece of work.
const mostReminded = 20

// A Silence is what is needed to write to people when a piece of work has no answer.
// What they get says nothing of the work, or of whom it is about.
type Silence struct {
	Work         string    // its id in addresses
	Asker        string    // the account of whoever asked
	Person       person.ID // whoever has this record as their own hears it too
	Doer         consent.Party
	Organisation string // whose the doer is
	Invited      string // the account made for an organisation that has nobody here, or ""
}

// Unanswered leaves word for the day after an answer was due.
func Unanswered(x Silence, due clock.Time) (record.Telling, error) {
	b, err := json.Marshal(x)
	return record.Telling{Topic: topicSilent, Payload: b, Due: due}, err
}

// Answered takes it back: whoever was asked has answered.
func Answered(work string) record.Telling {
	return record.Telling{Topic: topicAnswered, Payload: []byte(work)}
}

func answerKey(work string) string { return "answered " + work }

// noteAnswer keeps that there was an answer for as long as silence may be asked about.
func (w *Ways) noteAnswer(ctx context.Context, r outbox.Row) error {
	return w.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO told (what, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, answerKey(string(r.Payload)), tx.At)
		return err
	})
}

// sendSilence writes to whoever asked and whose the record is that nobody answered, and
// once more to whoever was asked; unless there was an answer.
func (w *Ways) sendSilence(ctx context.Context, r outbox.Row) error {
	var x Silence
	if err := json.Unmarshal(r.Payload, &x); err != nil {
		return err
	}
	askers, err := w.accounts.Of(ctx, x.Person)
	if err != nil {
		return err
	}
	askers = append(askers, x.Asker)
	slices.Sort(askers)
	askers = slices.Compact(askers)
	doers, err := w.accounts.Staff(ctx, x.Organisation)
	if err != nil {
		return err
	}
	doers = slices.DeleteFunc(doers, func(a account.Account) bool {
		return a.Suspended || a.Role == consent.Invited && a.ID != x.Invited ||
			a.Role != consent.Invited && x.Doer.Level == consent.Team && a.Team != x.Doer.ID
	})
	doers = doers[:min(len(doers), mostReminded)]
	seqs := make([]int64, len(askers)+len(doers))
	for i := range seqs {
		seqs[i] = newSeq()
	}
	return w.once(ctx, r, func(tx *db.Tx) error {
		var answered int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM told WHERE what = $1`, answerKey(x.Work)).Scan(&answered); err != nil || answered > 0 {
			return err
		}
		for i, id := range askers {
			if err := w.tell(ctx, tx, id, Silent, seqs[i], ""); err != nil {
				return err
			}
		}
		for i, a := range doers {
			notice := Something
			if a.Role == consent.Invited {
				notice = Asked
			}
			if err := w.tell(ctx, tx, a.ID, notice, seqs[len(askers)+i], ""); err != nil {
				return err
			}
		}
		return nil
	})
}
