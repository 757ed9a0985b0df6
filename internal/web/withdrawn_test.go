package web_test

import (
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Two hundred readers are at what Leila was lent when Amina takes it back. Whoever asks
// after that, asks in vain: there is no page for her any more.
func TestAWithdrawnLoanIsRefusedInTheNextRequestOfTwoHundred(t *testing.T) {
	each(t, func(w *world) {
		const readers, again = 200, 3
		amina, leila := w.as("amina"), w.as("leila")
		page := "/for/" + w.address
		var before, between, after atomic.Int64
		var ready, done sync.WaitGroup
		over := make(chan struct{})
		ready.Add(readers)
		for range readers {
			done.Go(func() {
				if leila.do("GET", page, nil).Code == 200 {
					before.Add(1)
				}
				ready.Done()
				for {
					select {
					case <-over:
						for range again {
							if leila.do("GET", page, nil).Code == 404 {
								after.Add(1)
							}
						}
						return
					default:
						leila.do("GET", page, nil)
						between.Add(1)
					}
				}
			})
		}
		ready.Wait()
		amina.posts("/me/circle/m2/stop", url.Values{"how": {"loud"}}, 303)
		close(over)
		done.Wait()
		if before.Load() != readers || after.Load() != readers*again {
			t.Errorf("%d of %d could read before, and %d of %d requests were refused after", before.Load(), readers, after.Load(), readers*again)
		}
		t.Logf("%d requests were made meanwhile", between.Load())
	})
}
