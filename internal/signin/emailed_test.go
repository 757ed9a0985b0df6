package signin

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/fault"
	"onestory/internal/mail"
	"onestory/internal/outbox"
)

// A letterbox takes the mail of a test.
type letterbox struct {
	*Ways
	t    *testing.T
	tick func(time.Duration)
	mu   sync.Mutex
	got  []mail.Message
	fail error
}

func eachMail(t *testing.T, body func(t *testing.T, b *letterbox, tick func(time.Duration))) {
	each(t, func(t *testing.T, w *Ways, tick func(time.Duration)) {
		b := &letterbox{Ways: w, t: t, tick: tick}
		w.CarryMail(func(_ context.Context, m mail.Message) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.got = append(b.got, m)
			return b.fail
		}, nil)
		body(t, b, tick)
	})
}

// post does what waits in the outbox and answers the messages that came of it.
func (b *letterbox) post() []mail.Message {
	b.t.Helper()
	b.got = nil
	for range 2 { // what is passed on becomes letters
		if _, err := outbox.Drain(b.t.Context(), b.db, b.Handlers()); err != nil && b.fail == nil {
			b.t.Error(err)
		}
	}
	return b.got
}

var eight = regexp.MustCompile(`[0-9]{8}`)

func (b *letterbox) code() string {
	b.t.Helper()
	all := b.post()
	if len(all) != 1 {
		b.t.Fatalf("%d messages, not one", len(all))
	}
	return eight.FindString(all[0].Text)
}

// reach gives an account an address.
func (b *letterbox) reach(id, address string, c Contact) string {
	b.t.Helper()
	b.tick(time.Second) // addresses are told in the order in which they came
	ctx := b.t.Context()
	ticket, err := b.AskContact(ctx, id, address, "en")
	if err != nil {
		b.t.Fatal(err)
	}
	c.ID, err = b.AddContact(ctx, id, ticket, b.code(), "en")
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.SetContact(ctx, id, c, true); err != nil {
		b.t.Fatal(err)
	}
	b.post()
	return c.ID
}

func (b *letterbox) told() (to []string) {
	for _, m := range b.post() {
		to = append(to, m.To)
	}
	return to
}

func is(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}

func TestACodeByEMailSignsInOnceWhereItWasAskedFor(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		b.reach("amina", "Amina@Example.org", Contact{Safe: true, Enters: true})
		ticket, err := b.AskCode(ctx, " AMINA@example.org", "en")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.ProveEmailed(ctx, ticket, ""); !errors.Is(err, fault.Refused) {
			t.Error("before it was sent:", err)
		}
		code := b.code()
		other, err := b.AskCode(ctx, "marcus@example.org", "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []struct{ ticket, code string }{{other, code}, {"", code}, {ticket, "00000000"}, {ticket, code[:7]}} {
			if who, err := b.ProveEmailed(ctx, wrong.ticket, wrong.code); who != "" || !errors.Is(err, ErrCode) {
				t.Errorf("%+v proves %q: %v", wrong, who, err)
			}
		}
		var in atomic.Int64
		var all sync.WaitGroup
		for range 20 { // one try of five is left besides the right one
			all.Go(func() {
				if who, err := b.ProveEmailed(ctx, ticket, code[:4]+" "+code[4:]); err == nil && who == "amina" {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d came in", in.Load())
		}
		ticket, err = b.AskCode(ctx, "amina@example.org", "en")
		if err != nil {
			t.Fatal(err)
		}
		code = b.code()
		tick(10 * time.Minute)
		if _, err := b.ProveEmailed(ctx, ticket, code); !errors.Is(err, ErrCode) {
			t.Error("ten minutes later:", err)
		}
	})
}

func TestFiftyGuessesAtOnceAreFiveAndAnAddressIsAskedForSixTimesAnHour(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		b.reach("amina", "amina@example.org", Contact{Safe: true, Enters: true})
		tick(time.Hour + time.Minute)
		ticket, err := b.AskCode(ctx, "amina@example.org", "en")
		if err != nil {
			t.Fatal(err)
		}
		code := b.code()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for {
					_, err := b.ProveEmailed(ctx, ticket, "12")
					if errors.Is(err, fault.Busy) {
						continue // the machine is at so many already
					}
					if !errors.Is(err, ErrCode) {
						t.Error(err)
					}
					return
				}
			})
		}
		all.Wait()
		var tries int
		if err := b.db.Row(ctx, `SELECT tries FROM attempt WHERE ticket = $1`, hash(ticket)).Scan(&tries); tries != 5 || err != nil {
			t.Errorf("%d guesses were looked at: %v", tries, err)
		}
		if _, err := b.ProveEmailed(ctx, ticket, code); !errors.Is(err, ErrCode) {
			t.Error("the sixth try, which is right:", err)
		}
		// Nobody can tell from the answer that others asked; but no more is sent.
		for n := 2; n <= 9; n++ {
			if _, err := b.AskCode(ctx, "amina@example.org", "en"); err != nil {
				t.Errorf("the %dth: %v", n, err)
			}
			if got := len(b.post()); n <= 6 && got != 1 || n > 6 && got != 0 {
				t.Errorf("the %dth sent %d", n, got)
			}
		}
		if err := b.AskBack(ctx, "amina@example.org", "en"); err != nil || len(b.post()) != 0 {
			t.Error("a link besides was sent:", err)
		}
		for n := range 7 {
			if _, err := b.AskContact(ctx, "marcus", "amina@example.org", "en"); errors.Is(err, fault.Refused) != (n == 6) {
				t.Errorf("proved %d times: %v", n+1, err)
			}
		}
		b.post()
		tick(time.Hour + time.Minute)
		if _, err := b.AskCode(ctx, "amina@example.org", "en"); err != nil || len(b.post()) != 1 {
			t.Error("an hour later:", err)
		}
	})
}

func TestNoCodeGoesWhereItMayNotOrToWhoWorksHere(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		id := b.reach("amina", "amina@example.org", Contact{Safe: true})
		asks := func(what string, want ...string) {
			t.Helper()
			tick(time.Hour + time.Minute)
			if _, err := b.AskCode(ctx, "amina@example.org", "en"); err != nil {
				t.Fatal(err)
			}
			is(t, what, b.told(), want...)
		}
		set := func(c Contact) {
			t.Helper()
			c.ID = id
			if err := b.SetContact(ctx, "amina", c, true); err != nil {
				t.Fatal(err)
			}
		}
		asks("not for signing in")
		set(Contact{Safe: true, Enters: true})
		asks("for signing in", "amina@example.org")
		set(Contact{Enters: true})
		asks("not safe")
		set(Contact{Safe: true, Enters: true})
		b.reach("amina", "work@example.org", Contact{Safe: true, Alone: true})
		asks("only the other is safe")
		set(Contact{Safe: true, Alone: true, Enters: true})
		asks("only this is safe", "amina@example.org")
		if err := b.accounts.Put(ctx, account.Account{ID: "amina", Name: "amina", Role: "resident", Suspended: true}); err != nil {
			t.Fatal(err)
		}
		asks("suspended")
		if err := b.accounts.Put(ctx, account.Account{ID: "amina", Name: "amina", Role: "nurse"}); err != nil {
			t.Fatal(err)
		}
		asks("works here")
		if _, err := b.AskContact(ctx, "amina", "a@example.org", "en"); !errors.Is(err, fault.Refused) {
			t.Error("a nurse adds an address:", err)
		}
		// Two of a family may be written to at one address; one signs in with it.
		second := b.reach("marcus", "amina@example.org", Contact{Safe: true})
		if err := b.SetContact(ctx, "marcus", Contact{ID: second, Safe: true, Enters: true}, false); !errors.Is(err, fault.Refused) {
			t.Error("two sign in with one address:", err)
		}
	})
}

func TestEverySafeAddressIsToldAndNoOther(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		old := b.reach("amina", "old@example.org", Contact{Safe: true})
		ticket, err := b.AskContact(ctx, "amina", "new@example.org", "en")
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := b.AddContact(ctx, "amina", ticket, b.code(), "en")
		if err != nil {
			t.Fatal(err)
		}
		is(t, "a new address", b.told(), "old@example.org")
		if err := b.Tell(ctx, "amina", Something); err != nil {
			t.Fatal(err)
		}
		// What was said about an address holds from the moment it was said.
		if err := b.SetContact(ctx, "amina", Contact{ID: old}, false); err != nil {
			t.Fatal(err)
		}
		is(t, "something new", b.told(), "new@example.org")
		for range 2 { // the second time there is nothing new
			if err := b.Bind(ctx, "amina", "nhs-login", "s"); err != nil {
				t.Fatal(err)
			}
		}
		is(t, "a service was added", b.told(), "new@example.org")
		if err := b.Unbind(ctx, "amina", "nhs-login", true); err != nil {
			t.Fatal(err)
		}
		is(t, "a service was removed", b.told(), "new@example.org")
		if err := b.SetContact(ctx, "amina", Contact{ID: fresh, Safe: true, Discreet: true}, false); err != nil {
			t.Fatal(err)
		}
		if err := b.Tell(ctx, "amina", PasskeyMade); err != nil {
			t.Fatal(err)
		}
		if got := b.post(); len(got) != 1 || strings.Contains(got[0].Text+got[0].Subject, "onestory") || strings.Contains(got[0].Text, "passkey") {
			t.Errorf("where others may read it: %+v", got)
		}
		if err := b.RemoveContact(ctx, "amina", old, false); err != nil {
			t.Fatal(err)
		}
		is(t, "removed, and not safe", b.told(), "new@example.org")
		if err := b.RemoveContact(ctx, "amina", fresh, false); err != nil {
			t.Fatal(err)
		}
		is(t, "removed, and safe", b.told(), "new@example.org")
		if err := b.Tell(ctx, "amina", Something); err != nil {
			t.Fatal(err)
		}
		is(t, "no address", b.told())
		if err := b.RemoveContact(ctx, "marcus", fresh, false); !errors.Is(err, fault.NotFound) {
			t.Error("somebody else's:", err)
		}
	})
}

func TestANoticeIsPassedOnOnceHoweverOftenItIsTried(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		b.reach("amina", "amina@example.org", Contact{Safe: true})
		// Two loans in one month are one reminder, each year.
		x, err := b.accounts.Get(ctx, "amina")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := b.Lent(ctx, x.Person); err != nil {
				t.Fatal(err)
			}
		}
		is(t, "two loans", b.told(), "amina@example.org", "amina@example.org")
		for range 3 {
			tick(364 * 24 * time.Hour)
			is(t, "before the day", b.told())
			tick(2 * 24 * time.Hour)
			is(t, "on the day", b.told(), "amina@example.org")
		}
		row := outbox.Row{Seq: 7, Topic: topicNotice, Payload: []byte(`{"Account":"amina","What":"something"}`)}
		for range 3 { // the server stopped before it noted that it was done
			if err := b.sendNotice(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
		is(t, "tried three times", b.told(), "amina@example.org")
		// One that was not taken is tried again under the same key; one never taken is dropped.
		if err := b.Tell(ctx, "amina", Something); err != nil {
			t.Fatal(err)
		}
		b.fail = errors.New("not now")
		first := b.post()
		tick(time.Minute)
		b.fail = mail.ErrNever
		again := b.post()
		tick(time.Hour)
		if third := b.post(); len(first) != 1 || len(again) != 1 || first[0].Key != again[0].Key || len(third) != 0 {
			t.Error(first, again, third)
		}
	})
}

func TestGettingBackInTakesADayAndCanBeStopped(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		b.reach("amina", "amina@example.org", Contact{Safe: true, Enters: true})
		b.reach("amina", "other@example.org", Contact{Safe: true})
		links := regexp.MustCompile(`https://onestory\.example/recover/(?:link|stop)/(\S+)`)
		link := func(address string) string {
			t.Helper()
			if err := b.AskBack(ctx, address, "en"); err != nil {
				t.Fatal(err)
			}
			all := b.post()
			if len(all) != 1 {
				t.Fatalf("%+v", all)
			}
			return links.FindStringSubmatch(all[0].Text)[1]
		}
		begin := func() (holder, stop string) {
			t.Helper()
			tick(2 * time.Hour)
			used := link("amina@example.org")
			holder, err := b.Recover(ctx, used)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Recover(ctx, used); !errors.Is(err, fault.NotFound) {
				t.Error("a link worked twice:", err)
			}
			all := b.post()
			if len(all) != 2 || all[1].To != "other@example.org" {
				t.Fatalf("who was told: %+v", all)
			}
			return holder, links.FindStringSubmatch(all[1].Text)[1]
		}
		over := func(what, holder string) {
			t.Helper()
			tick(25 * time.Hour)
			if _, err := b.Recovered(ctx, holder); !errors.Is(err, fault.NotFound) {
				t.Error(what, err)
			}
		}
		if err := b.AskBack(ctx, "nobody@example.org", "en"); err != nil {
			t.Fatal(err)
		}
		is(t, "an address of nobody", b.told())
		old := link("amina@example.org")
		tick(15 * time.Minute)
		if _, err := b.Recover(ctx, old); !errors.Is(err, fault.NotFound) {
			t.Error("fifteen minutes later:", err)
		}

		holder, stop := begin()
		if err := b.StopRecovery(ctx, stop); err != nil {
			t.Fatal(err)
		}
		over("stopped by the link:", holder)
		holder, _ = begin()
		if err := b.StopRecovery(ctx, holder); err != nil {
			t.Fatal(err)
		}
		over("stopped by whoever began:", holder)
		holder, _ = begin()
		if err := b.StopRecovering(ctx, "amina"); err != nil {
			t.Fatal(err)
		}
		over("stopped when signed in:", holder)

		holder, _ = begin()
		if _, err := b.Recovered(ctx, holder); !errors.Is(err, fault.NotFound) {
			t.Error("at once:", err)
		}
		// Nor does a code by e-mail come in meanwhile, and a second link gains nothing.
		if _, err := b.AskCode(ctx, "amina@example.org", "en"); err != nil {
			t.Fatal(err)
		}
		is(t, "a code meanwhile", b.told())
		tick(23 * time.Hour)
		second, err := b.Recover(ctx, link("other@example.org"))
		if err != nil {
			t.Fatal(err)
		}
		is(t, "who is told again", b.told())
		if r, err := b.Recovery(ctx, second); err != nil || r.Open || r.Opens.Sub(b.clock.Now()) > time.Hour {
			t.Error(r, err)
		}
		if _, err := b.Recovery(ctx, holder); !errors.Is(err, fault.NotFound) {
			t.Error("the first browser still holds it:", err)
		}
		tick(time.Hour)
		if who, err := b.Recovered(ctx, second); who != "amina" || err != nil {
			t.Error(who, err)
		}
		is(t, "who hears that they are in", b.told(), "amina@example.org", "other@example.org")
		over("twice:", second)

		holder, _ = begin()
		tick(9 * 24 * time.Hour)
		if _, err := b.Recovered(ctx, holder); !errors.Is(err, fault.NotFound) {
			t.Error("nine days later:", err)
		}
	})
}

func TestAFloodWaitsForLittleRoomAndIsToldThatItIsBusy(t *testing.T) {
	t.Parallel()
	s := newSlow()
	for range cap(s.room) {
		s.room <- struct{}{}
	}
	ctx, stop := context.WithTimeout(t.Context(), slowWait+time.Minute)
	defer stop()
	if _, err := s.hash(ctx, "1", make([]byte, 16)); !errors.Is(err, fault.Busy) {
		t.Error(err)
	}
}

func TestParentAndChildAreToldOnTheDayWhenAParentSeesLess(t *testing.T) {
	eachMail(t, func(t *testing.T, b *letterbox, tick func(time.Duration)) {
		ctx := t.Context()
		b.reach("amina", "amina@example.org", Contact{Safe: true})
		b.reach("marcus", "marcus@example.org", Contact{Safe: true})
		b.post()
		now := b.clock.Now()
		// Marcus is the child, whose record is the eighth; no birthday is today.
		if err := b.Grows(ctx, "amina", 8, []clock.Time{now.Add(24 * time.Hour), now.Add(72 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		for day, want := range []int{0, 2, 0, 2, 0} {
			all := b.post()
			if len(all) != want {
				t.Errorf("on day %d there are %d letters, not %d", day, len(all), want)
			}
			for _, m := range all {
				if strings.Contains(m.Subject+m.Text, "marcus") || !strings.Contains(m.Text, "grown older") {
					t.Errorf("it says %q", m.Text)
				}
			}
			tick(24*time.Hour + time.Second)
		}
	})
}
