package directory

import (
	"crypto/sha256"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"onestory/internal/clock"
	"onestory/internal/fault"
)

// A Service is something that people can turn to: what it is, where it happens, for
// whom, and how to reach it. Words are in the language of whoever offers it. Field names
// and states follow Open Referral UK 3.0; what that lacks is ours (see OpenReferral).
type Service struct {
	ID           string // a UUID
	Organisation string // the account's organisation that offers it, and looks after what is said here
	OfferedBy    string // what people call that

	Name        string
	Summary     string   // a sentence
	Description string   // more of them
	Needs       []string // ids of Needs: what it is an answer to
	Status      Status
	Alert       string // something to know today; "" is nothing

	Places     []Place  // where it happens, which is not where its office is
	HomeVisits bool     // it comes to people
	ByPhone    bool     // it is had by telephone
	Online     bool     // or in a browser
	Boroughs   []string // whom it serves without a place: names of boroughs; none is all

	When       string // opening times in words
	WhoFor     string
	NotFor     string
	MinAge     int    // in years; 0: from birth
	MaxAge     int    // 0: no end
	Cost       string // in words
	Free       bool
	Access     []Access
	AccessSays string // and in words
	Languages  []string
	SelfRefer  bool // people may come without being sent
	Carers     bool // it is for carers
	Young      bool // it is for people under 25

	Capacity Capacity
	Weeks    int // how many to wait, about, when Waiting

	Phone, Email, Web string
	Referral          Referral

	Checked   clock.Time // when somebody last made sure that this is right; 0: never
	CheckedBy string     // the organisation that did

	Version int64 `json:"-"` // how often it was written, from 1
}

// A Place is where a service happens.
type Place struct {
	Name     string // such as Acton Library; "" is the street alone
	Address  string // the street
	Town     string
	Postcode string // from which how far it is is reckoned
	StepFree bool
}

// A Referral says where an offer to a service goes.
type Referral struct {
	Address string // its registered e-mail address for referrals; "": none, and nothing can be sent
	Shown   bool   // whether the public may see it
}

// A Status is whether a service is there.
type Status string

// The states, in the standard's words.
const (
	Active   Status = "active"
	Closed   Status = "temporarily closed"
	Defunct  Status = "defunct" // ended for good
	Inactive Status = "inactive"
)

// A Capacity is whether a service takes people.
type Capacity string

// The capacities. Unknown is said as such.
const (
	Unknown Capacity = ""
	Open    Capacity = "open"
	Waiting Capacity = "waiting"
	Full    Capacity = "full"
)

// An Access is something that makes a service possible for somebody.
type Access string

// What may be said of access, in the order of the page.
var accesses = []Access{"step-free", "accessible-toilet", "parking", "hearing-loop", "bsl", "interpreter", "easy-read", "quiet-space", "guide-dogs"}

// Accesses lists what may be said of access, in the order of pages.
func Accesses() []Access { return slices.Clone(accesses) }

// Crisis reports whether it is urgent help, which two people change.
func (s *Service) Crisis() bool { return slices.Contains(s.Needs, "crisis") }

// There reports whether people can go to it now or again.
func (s *Service) There() bool { return s.Status == Active || s.Status == Closed }

// staleAfter is when what was checked has to be checked again: six months, about.
const staleAfter = 183 * 24 * 3600 * 1e6

// Stale reports whether nobody has made sure for six months that this is right.
func (s *Service) Stale(now clock.Time) bool { return s.Checked == 0 || now-s.Checked > staleAfter }

// An Offer says where to send an offer of work to a service.
type Offer struct {
	Organisation string // whose people answer it here
	Address      string // the registered address that a link goes to; "": there is none
}

// Offer is where an offer to the service goes. With neither an account nor an address
// there, the other party cannot be told, and it must not be sent.
func (s *Service) Offer() Offer { return Offer{s.Organisation, s.Referral.Address} }

// Public is what anybody may see of it.
func (s Service) Public() Service {
	if !s.Referral.Shown {
		s.Referral = Referral{}
	}
	return s
}

// Of is the UUID of a part of a service, such as its second phone: always the same.
func (s *Service) Of(part string, n int) string { return UUID(s.ID, part, fmt.Sprint(n)) }

// UUID is the id that some words have, always the same one.
func UUID(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8: of our own making
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// isUUID keeps out of the database what cannot be the id of a service.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

// check says what has to be put right. Paths are those of the form on pages.
func (s *Service) check() error {
	var c fault.Check
	for _, f := range []struct {
		path, value, say string
		most             int
	}{
		{"name", s.Name, "Enter what the service is called, in 150 letters or less", 150},
		{"summary", s.Summary, "Enter what it does in a sentence, in 300 letters or less", 300},
	} {
		c.That(strings.TrimSpace(f.value) != "" && utf8.RuneCountInString(f.value) <= f.most, f.path, f.say)
	}
	for path, value := range map[string]string{
		"description": s.Description, "when": s.When, "who": s.WhoFor, "not": s.NotFor, "cost": s.Cost, "access-says": s.AccessSays, "alert": s.Alert,
	} {
		c.That(utf8.RuneCountInString(value) <= 4000, path, "Use 4,000 letters or less")
	}
	c.That(len(s.Needs) > 0, "needs", "Choose what the service helps with")
	for _, n := range s.Needs {
		c.That(NeedOf(n).ID != "", "needs", "Choose what the service helps with")
	}
	c.That(s.Status == Active || s.Status == Closed || s.Status == Defunct || s.Status == Inactive, "status", "Choose whether the service is open")
	c.That(s.Capacity == Unknown || s.Capacity == Open || s.Capacity == Waiting || s.Capacity == Full, "capacity", "Choose whether it takes people now")
	c.That(s.Weeks >= 0 && s.Weeks <= 520, "weeks", "Enter a number of weeks from 0 to 520")
	c.That(s.MinAge >= 0 && s.MinAge <= 120, "min-age", "Enter an age from 0 to 120")
	c.That(s.MaxAge >= 0 && s.MaxAge <= 120 && (s.MaxAge == 0 || s.MaxAge >= s.MinAge), "max-age", "Enter an age that is not below the first one, or leave it empty")
	c.That(len(s.Places) <= 60, "places", "Enter 60 places or less")
	for _, p := range s.Places {
		out, in, ok := ParsePostcode(p.Postcode)
		c.That(ok && in != "", "places", "Write each place on a line of its own: name, street, town, postcode")
		_ = out
	}
	c.That(len(s.Places) > 0 || s.HomeVisits || s.ByPhone || s.Online, "places", "Enter where it happens, or choose that it visits people or is had by phone or online")
	c.That(s.Phone != "" || s.Email != "" || s.Web != "", "phone", "Enter a phone number, an email address or a web page")
	c.That(s.Phone == "" || isPhone(s.Phone), "phone", "Enter a phone number, such as 020 7946 0101")
	c.That(s.Email == "" || isEmail(s.Email), "email", "Enter an email address, such as help@example.org")
	c.That(s.Referral.Address == "" || isEmail(s.Referral.Address), "referral", "Enter an email address, such as help@example.org")
	c.That(s.Web == "" || isWeb(s.Web), "web", "Enter an address that begins with https://")
	for _, a := range s.Access {
		c.That(slices.Contains(accesses, a), "access", "Choose from the list")
	}
	c.That(len(s.Languages) <= 40, "languages", "Enter 40 languages or less")
	return c.Err()
}

func isPhone(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case !strings.ContainsRune(" +()-", r):
			return false
		}
	}
	return n >= 3 && n <= 15
}

func isEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && len(s) <= 254 && strings.Contains(host, ".") && !strings.ContainsAny(s, " <>\"\n,;:?&%") && !strings.Contains(host, "@")
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 500
}

// miles is how far two points lie apart, as the crow flies.
func miles(lat, lon, lat2, lon2 float64) float64 {
	const earth, rad = 3958.8, math.Pi / 180
	x := (lon2 - lon) * rad * math.Cos((lat+lat2)/2*rad)
	y := (lat2 - lat) * rad
	return earth * math.Hypot(x, y)
}

// Now is the present instant by the directory's clock.
func (d *Directory) Now() clock.Time { return d.db.Now() }
