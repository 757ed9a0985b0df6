package web

import (
	"time"

	"onestory/internal/clock"
	"onestory/internal/record"
	"onestory/internal/signin"
	"onestory/internal/task"
)

// morning is when word goes out that nobody answered, after the last day for it.
const morning = 24*time.Hour + 8*time.Hour

// askTells is who is written to about a piece of work: whoever has nobody here at once,
// and everybody whom it concerns if there is no answer in time.
func (s *Site) askTells(a *ask, x task.Asking, to workFor, invited string) (all []record.Telling, err error) {
	if invited != "" {
		all = append(all, record.Telling{Topic: signin.TopicAsked, Payload: []byte(invited)})
	}
	last, err := time.ParseInLocation(time.DateOnly, x.AnswerBy, time.UTC)
	if err != nil {
		return nil, err
	}
	silent, err := signin.Unanswered(signin.Silence{
		Work: s.Door.EntryText(x.ID), Asker: a.who.Account, Person: a.whom, Doer: x.Doer, Organisation: to.of, Invited: invited,
	}, clock.At(last.Add(morning)))
	return append(all, silent), err
}
