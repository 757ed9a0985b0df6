package record

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/person"
)

// Together opens several people to one actor for one purpose, as With opens one: each
// through a lens of their own, each with a line in their journal. The lines are on
// disk in one commit when it returns, and content may leave then, not before.
//
// work has the place of the person in subjects, runs for several of them at once, and
// changes nothing. answers has, in the same places, what With would have answered.
// err is a failure of ours: nothing may be shown of anybody then.
func (d *Door) Together(ctx context.Context, who consent.Actor, why consent.Purpose, subjects []person.ID, work func(i int, v View) error) (answers []error, err error) {
	answers = make([]error, len(subjects))
	lines := make([]*look, len(subjects))
	failures := make([]error, len(subjects))
	places := make(chan int)
	var wait sync.WaitGroup
	for range min(len(subjects), 2*runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range places {
				lines[i], answers[i], failures[i] = d.glance(ctx, who, why, int64(subjects[i]), func(v View) error { return work(i, v) })
			}
		})
	}
	for i := range subjects {
		places <- i
	}
	close(places)
	wait.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	if len(lines) == 0 {
		return answers, nil
	}
	return answers, d.looks.append(ctx, lines...)
}

// glance opens one of several, and leaves the line of the journal to be kept.
func (d *Door) glance(ctx context.Context, who consent.Actor, why consent.Purpose, subject int64, work func(View) error) (line *look, answer, failure error) {
	if why == consent.Carer {
		who.For = subject
	}
	o, err := d.open(ctx, who, why, subject)
	if err != nil {
		return nil, nil, err
	}
	// A panic in a goroutine of ours would end the server, with everybody's requests.
	defer func() {
		if p := recover(); p != nil {
			line, answer, failure = nil, nil, fmt.Errorf("record: work on several people panicked: %v", p)
		}
	}()
	answer = o.run(work)
	if _, answered := fault.Of(answer); answer != nil && !answered {
		return nil, nil, answer
	}
	if len(o.edits) > 0 {
		return nil, nil, errors.New("record: work on several people together changes nothing")
	}
	return o.line(answer), answer, nil
}
