package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A sample is a number of measured times.
type sample []time.Duration

// at is the time below which this part of the sample lies, in microseconds.
func (s sample) at(part float64) float64 {
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	i := min(int(part*float64(len(s))), len(s)-1)
	return float64(s[i].Nanoseconds()) / 1000
}

// timed measures one call.
func timed(what func(i int) error) func(int) (time.Duration, error) {
	return func(i int) (time.Duration, error) {
		began := time.Now()
		err := what(i)
		return time.Since(began), err
	}
}

// inTurns measures several things n times each, in turns, and runs between after
// each, unmeasured, so that all begin alike. The first tenth warms up and does not
// count.
func inTurns(n int, between func() error, what ...func(i int) (time.Duration, error)) ([]sample, error) {
	all := make([]sample, len(what))
	runtime.GC()
	for i := range n + n/10 {
		for j, f := range what {
			took, err := f(i)
			if err != nil {
				return nil, err
			}
			if err := between(); err != nil {
				return nil, err
			}
			if i >= n/10 {
				all[j] = append(all[j], took)
			}
		}
	}
	return all, nil
}

// A rate is how often something was done in a second, and how many microseconds of
// this process's processor time it took each time.
type rate struct{ often, cpu float64 }

// rates runs several things by many goroutines, each for a while, in turns.
func rates(rounds, writers int, each time.Duration, what ...func(writer, i int) error) ([]rate, error) {
	done := make([]int64, len(what))
	spent := make([]time.Duration, len(what))
	used := make([]time.Duration, len(what))
	next := make([]int, writers)
	for round := range rounds + 1 {
		for j, f := range what {
			before := processor()
			n, took, err := together(writers, each, next, f)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first warms up
				done[j] += n
				spent[j] += took
				used[j] += processor() - before
			}
		}
	}
	all := make([]rate, len(what))
	for j := range what {
		all[j] = rate{float64(done[j]) / spent[j].Seconds(), float64(used[j].Microseconds()) / float64(done[j])}
	}
	return all, nil
}

// processor is how long this process has kept a processor busy.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func together(writers int, each time.Duration, next []int, f func(writer, i int) error) (int64, time.Duration, error) {
	var n atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	began := time.Now()
	for w := range writers {
		wg.Go(func() {
			for time.Since(began) < each {
				if err := f(w, next[w]); err != nil {
					errs <- err
					return
				}
				next[w]++
				n.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	select {
	case err := <-errs:
		return 0, 0, err
	default:
		return n.Load(), took, nil
	}
}
