package web

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestPlacesAreWhereOurOwnProxiesSaw(t *testing.T) {
	t.Parallel()
	s := &Site{Parts: Parts{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, c := range []struct{ says, at, way, want string }{
		{"straight to us", "192.0.2.7:1", "", "192.0.2.7/32"},
		{"straight to us, saying that it came from elsewhere", "192.0.2.7:1", "203.0.113.9", "192.0.2.7/32"},
		{"by our proxy", "10.0.0.1:1", "203.0.113.9", "203.0.113.9/32"},
		{"by two of ours", "10.0.0.1:1", "203.0.113.9, 10.9.9.9", "203.0.113.9/32"},
		{"by ours, having said that it came from elsewhere", "10.0.0.1:1", "198.51.100.1, 203.0.113.9", "203.0.113.9/32"},
		{"having said that it came from us", "10.0.0.1:1", "10.0.0.3, 203.0.113.9", "203.0.113.9/32"},
		{"nonsense before it", "10.0.0.1:1", "x, 203.0.113.9", "203.0.113.9/32"},
		{"nonsense at the end", "10.0.0.1:1", "203.0.113.9, x", "10.0.0.1/32"},
		{"one household", "[fd00::1]:1", "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"},
		{"an IPv4 address in the form of an IPv6 one", "[::ffff:10.0.0.1]:1", "::ffff:203.0.113.9", "203.0.113.9/32"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.at
		if c.way != "" {
			r.Header.Set("X-Forwarded-For", c.way)
		}
		if got := s.from(r).String(); got != c.want {
			t.Errorf("%s: %s, not %s", c.says, got, c.want)
		}
	}
}

func TestPlacesAreCountedApartAndBeginAnew(t *testing.T) {
	t.Parallel()
	l := newPlaces(2, time.Minute)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	l.now = func() time.Time { return now }
	one, other := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	for _, c := range []struct {
		from netip.Prefix
		well bool
	}{{one, true}, {one, true}, {one, false}, {other, true}, {one, false}} {
		if err := l.take(c.from); (err == nil) != c.well {
			t.Error(c, err)
		}
	}
	now = now.Add(time.Minute)
	if err := l.take(one); err != nil {
		t.Error("a minute later:", err)
	}
}
