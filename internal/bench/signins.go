package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onestory/internal/account"
	"onestory/internal/app"
)

// signOrigin is where browsers reach the house whose ways in are measured.
const signOrigin = "http://localhost"

// A caller is a browser somewhere on the network, with its cookies.
type caller struct {
	handler http.Handler
	from    string
	cookies map[string]string
}

// ask sends a form, or asks for a page when there is none.
func (c *caller) ask(path string, form url.Values) *httptest.ResponseRecorder {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, signOrigin+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "10.1.2.3:4711"
	r.Header.Set("X-Forwarded-For", c.from)
	if form != nil {
		r.Header.Set("Origin", signOrigin)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, k := range w.Result().Cookies() {
		c.cookies[k.Name] = k.Value
	}
	return w
}

// put asks for a challenge, and answers its ticket and what is asked.
func (c *caller) put(path string) (ticket string, options []byte, err error) {
	w := c.ask(path, url.Values{})
	var x struct {
		Ticket  string
		Options json.RawMessage
	}
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil {
		return "", nil, fmt.Errorf("%s answers %d: %w", path, w.Code, err)
	}
	return x.Ticket, x.Options, nil
}

// signins measures a sign-in by passkey, and what readers feel of very many wrong ones.
func (b *bench) signins(ctx context.Context, dir string) error {
	if !b.wants("signin") {
		return nil
	}
	data := filepath.Join(dir, "signin")
	people := b.pick(400, 100)
	if err := makeArea(ctx, data, people, people); err != nil {
		return err
	}
	h, err := app.Open(ctx, app.Config{Data: data})
	if err != nil {
		return err
	}
	handler := h.Handler(h.Pages(app.Edge{Demo: true, Origin: signOrigin, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}))
	from := func(at string) *caller { return &caller{handler, at, map[string]string{}} }
	var readers []*caller
	all, err := h.Accounts.All(ctx)
	for _, x := range all {
		if err != nil || len(readers) == 100 || !strings.HasPrefix(x.ID, "resident-") || x.Suspended {
			continue
		}
		c := from("198.51.100.7")
		c.cookies["onestory"], err = h.Accounts.Begin(ctx, x.ID, account.How{Strong: true})
		readers = append(readers, c)
	}
	if err == nil {
		err = b.passkeys(ctx, h, from, readers[0])
	}
	if err == nil {
		err = b.wrongSignins(from, readers)
	}
	return errors.Join(err, h.Close())
}

// passkeys measures a whole sign-in by passkey: what is asked, what is answered, and the
// session. The counterpart checks one signature and commits four rows: the challenge
// there and gone, the passkey's use, the session.
func (b *bench) passkeys(ctx context.Context, h *app.House, from func(string) *caller, owner *caller) error {
	device, err := newAuthenticator(signOrigin)
	if err != nil {
		return err
	}
	ticket, options, err := owner.put("/account/passkeys/offer")
	if err != nil {
		return err
	}
	made, err := device.make(options)
	if err != nil {
		return err
	}
	if w := owner.ask("/account/passkeys", url.Values{"ticket": {ticket}, "answer": {string(made)}, "name": {"Phone"}}); w.Code != http.StatusSeeOther {
		return fmt.Errorf("the passkey is not kept: %d", w.Code)
	}
	rows, err := newRows(ctx, h.DB)
	if err != nil {
		return err
	}
	what := make([]byte, 32)
	signed, err := ecdsa.SignASN1(rand.Reader, device.key, what)
	if err != nil {
		return err
	}
	n, busy := b.pick(500, 60), time.Duration(0)
	s, err := inTurns(n, func() error { return nil },
		func(int) (time.Duration, error) {
			c := from("198.51.100.8")
			before := processor()
			defer func() { busy += processor() - before }()
			began := time.Now()
			ticket, options, err := c.put("/sign-in/passkey/ask")
			if err != nil {
				return 0, err
			}
			took := time.Since(began)
			answer, err := device.enter(options) // the device's time is not the server's
			if err != nil {
				return 0, err
			}
			began = time.Now()
			if w := c.ask("/sign-in/passkey", url.Values{"ticket": {ticket}, "answer": {string(answer)}}); w.Code != http.StatusSeeOther {
				return 0, fmt.Errorf("the passkey does not open: %d", w.Code)
			}
			return took + time.Since(began), nil
		},
		timed(func(int) error {
			for range 4 {
				if err := rows.insert(ctx, 420); err != nil {
					return err
				}
			}
			if !ecdsa.VerifyASN1(&device.key.PublicKey, what, signed) {
				return errors.New("bench: the signature does not hold")
			}
			return nil
		}))
	if err != nil {
		return err
	}
	b.add(figure{
		Name: "signin: with a passkey", On: "SQLite", Unit: "ms", P50: s[0].at(.5) / 1000, P95: s[0].at(.95) / 1000, P99: s[0].at(.99) / 1000,
		Raw: "check one signature and commit four rows", RawP50: s[1].at(.5) / 1000, RawP99: s[1].at(.99) / 1000, Ratio: s[0].at(.5) / s[1].at(.5),
		CPU: float64(busy.Microseconds()) / float64(n+n/10), Goal: "p95 30 ms", Ceiling: "p95 30 ms", Met: judge(s[0].at(.95)/1000, 30, 30),
	})
	return nil
}

// wrongSignins measures a page of residents, twenty a second, while nobody else is there
// and while a thousand wrong sign-ins arrive each second: a third of them passkeys of the
// wrong key, a third codes on paper, a third codes by e-mail, five from each of ever new
// places, so that no limit of a place or an account turns them away early.
func (b *bench) wrongSignins(from func(string) *caller, readers []*caller) error {
	long := time.Duration(b.pick(20, 4)) * time.Second
	quiet, err := steadily(readers, long)
	if err != nil {
		return err
	}
	stop, tries := make(chan struct{}), flood(from, 1000)
	var sent atomic.Int64
	var all sync.WaitGroup
	errs := make(chan error, 1)
	all.Go(func() {
		if err := tries(stop, &sent); err != nil {
			errs <- err
		}
	})
	time.Sleep(time.Second)
	before, began := sent.Load(), time.Now()
	flooded, err := steadily(readers, long)
	often := float64(sent.Load()-before) / time.Since(began).Seconds()
	close(stop)
	all.Wait()
	select {
	case more := <-errs:
		err = errors.Join(err, more)
	default:
	}
	if err != nil {
		return err
	}
	b.add(figure{Name: "signin: wrong ones answered", On: "SQLite", Unit: "/s", P50: often})
	b.add(figure{
		Name: "signin: home, while 1000 wrong ones a second arrive", On: "SQLite", Unit: "ms", P50: flooded.at(.5) / 1000, P95: flooded.at(.95) / 1000, P99: flooded.at(.99) / 1000,
		Raw: "the same with nobody else there", RawP50: quiet.at(.5) / 1000, RawP99: quiet.at(.99) / 1000, Ratio: flooded.at(.5) / quiet.at(.5),
		Goal: "p99 100 ms", Ceiling: "p99 100 ms", Met: judge(flooded.at(.99)/1000, 100, 100),
	})
	return nil
}

// steadily asks for the home of one reader after another, twenty a second, whether or not
// the last has been answered.
func steadily(readers []*caller, long time.Duration) (sample, error) {
	n := int(long / (50 * time.Millisecond))
	took, codes := make(sample, n), make([]int, n)
	var all sync.WaitGroup
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		c := *readers[i%len(readers)]
		c.cookies = map[string]string{"onestory": c.cookies["onestory"]}
		all.Go(func() {
			began := time.Now()
			codes[i] = c.ask("/me", nil).Code
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	for _, code := range codes {
		if code != http.StatusOK {
			return nil, fmt.Errorf("a reader is answered %d", code)
		}
	}
	return took, nil
}

// flood sends so many wrong sign-ins a second, whether or not those before are answered,
// and counts those that were answered.
func flood(from func(string) *caller, often int) func(stop chan struct{}, answered *atomic.Int64) error {
	return func(stop chan struct{}, answered *atomic.Int64) error {
		device, err := newAuthenticator(signOrigin)
		if err != nil {
			return err
		}
		device.owner = make([]byte, 32)
		var all sync.WaitGroup
		defer all.Wait()
		const step = 10 * time.Millisecond
		tick := time.NewTicker(step)
		defer tick.Stop()
		mails := make([]*caller, 0, 64)
		for n := 0; ; {
			select {
			case <-stop:
				return nil
			case <-tick.C:
			}
			for range often * int(step) / int(time.Second) {
				n++
				place := from(fmt.Sprintf("2001:db8:%x:%x::1", n>>16, n&0xffff))
				switch n % 3 {
				case 0:
					all.Go(func() { wrongPasskey(place, *device); answered.Add(1) })
				case 1:
					all.Go(func() {
						place.ask("/sign-in/code", url.Values{"code": {fmt.Sprintf("%08d-%08d", n, n)}})
						answered.Add(1)
					})
				default:
					if len(mails) == 0 {
						place.ask("/sign-in/email", url.Values{"address": {fmt.Sprintf("her%d@example.org", n)}})
						for range 5 {
							mails = append(mails, &caller{place.handler, place.from, map[string]string{"onestory-code": place.cookies["onestory-code"]}})
						}
					}
					c := mails[len(mails)-1]
					mails = mails[:len(mails)-1]
					all.Go(func() { c.ask("/sign-in/email/code", url.Values{"code": {"12345678"}}); answered.Add(1) })
				}
			}
		}
	}
}

// wrongPasskey answers a challenge with a passkey that nobody here has.
func wrongPasskey(c *caller, device authenticator) {
	ticket, options, err := c.put("/sign-in/passkey/ask")
	if err != nil {
		return // it was turned away, which is an answer too
	}
	if answer, err := device.enter(options); err == nil {
		c.ask("/sign-in/passkey", url.Values{"ticket": {ticket}, "answer": {string(answer)}})
	}
}
