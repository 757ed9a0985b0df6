package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// A places lets each place on the network do something so many times within a while,
// at the cost of one look-up however many there are. It counts on this server alone.
type places struct {
	most   int
	within time.Duration
	now    func() time.Time

	mu    sync.Mutex
	until time.Time // then all begin anew
	done  map[netip.Prefix]int
}

// mostPlaces are counted one by one; what comes beyond shares one count.
const mostPlaces = 100_000

func newPlaces(most int, within time.Duration) *places {
	return &places{most: most, within: within, now: time.Now, done: map[netip.Prefix]int{}}
}

// take counts one more, or answers tooMany.
func (l *places) take(from netip.Prefix) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); !now.Before(l.until) {
		l.until = now.Add(l.within)
		clear(l.done)
	}
	if _, known := l.done[from]; !known && len(l.done) >= mostPlaces {
		from = netip.Prefix{}
	}
	if l.done[from] >= l.most {
		return &tooMany{l.until}
	}
	l.done[from]++
	return nil
}

// from is the place on the network that a request comes from: one IPv4 address, or the
// network of an IPv6 one, of which a household has many. Where the request came through
// our own proxies, it is the last that they wrote down which is none of them: what stands
// before that, anybody may have written.
func (s *Site) from(r *http.Request) netip.Prefix {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	at, _ := netip.ParseAddr(host)
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	way := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(way) - 1; i >= 0 && ours(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(way[i]))
		if err != nil {
			break
		}
		at = before
	}
	at = at.Unmap().WithZone("")
	bits := 64
	if at.Is4() {
		bits = 32
	}
	p, _ := at.Prefix(bits)
	return p
}
