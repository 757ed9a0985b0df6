package record

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/person"
)

// Sought is whom somebody looks for: an NHS number, or a family name and a given
// name with the whole birth date.
type Sought struct {
	NHS           person.NHS
	Given, Family string
	Born          person.Date
}

// Traced is somebody who was found, in the few words that tell people apart. It opens
// nothing.
type Traced struct {
	Name, Born, Gender string
	Mine               person.ID  // set when they are in one's circle, and can be opened
	Asked              clock.Time // when one asked to join, where there is no answer yet; or 0
	Ticket             string     // for Ask and Withdraw, from this account, for ticketLasts
}

const (
	ticketLasts = 15 * time.Minute
	mostTraced  = 4 // more than so many of one name and birth date are nobody
)

// Trace finds people outside one's circles: exact matches only. Each who is found has
// a line in their journal that says so; somebody who does not want to be found, or is
// marked as protected at any source, is not, and sees that they were looked for. A
// search for somebody who is not there costs the same, and answers nobody.
//
// Refused says that the role does not look for people; Invalid that more must be said.
func (d *Door) Trace(ctx context.Context, who consent.Actor, s Sought) (all []Traced, err error) {
	if consent.ReachOf(who.Role, consent.Finding).Nothing() {
		return nil, fault.New(fault.Refused, "Your role does not look for people.")
	}
	var c fault.Check
	if s.NHS == 0 {
		c.That(strings.TrimSpace(s.Family) != "", "family", "Enter the family name")
		c.That(strings.TrimSpace(s.Given) != "", "given", "Enter the first name")
		c.That(s.Born.Whole(), "born", "Enter the whole date of birth")
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	ids, err := d.sought(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		ids = []int64{id.Random()} // nobody: opened and journalled like anybody
	}
	told := map[int64]bool{} // the logs of people who were told of already
	for _, p := range ids {
		if told[p] {
			continue
		}
		o, found, err := d.trace(ctx, who, p, s)
		if err != nil {
			return nil, err
		}
		for _, w := range o.wholes {
			told[w.person] = true
		}
		if found != nil {
			all = append(all, *found)
		}
	}
	return all, nil
}

// sought lists whose words agree with what was asked. Whether they truly do is for
// whoever opens them.
func (d *Door) sought(ctx context.Context, s Sought) (ids []int64, err error) {
	keys := person.Keys(person.Facts{NHS: s.NHS, Born: s.Born, Names: person.Names{Family: s.Family}})
	if len(keys) == 0 {
		return nil, nil
	}
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		for rows, err := range tx.Each(ctx, `SELECT person FROM term WHERE hmac = $1 ORDER BY person LIMIT 200`, d.hash("term", keys[0])) {
			if err != nil {
				return err
			}
			var p int64
			if err := rows.Scan(&p); err != nil {
				return err
			}
			ids = append(ids, p)
		}
		return nil
	})
	if err != nil || s.NHS != 0 {
		return ids, err
	}
	// A family name and a birth date are more than one person's now and then. Only
	// who has the given name too may be told that somebody looked for them.
	ids, err = d.named(ctx, ids, s)
	if len(ids) > mostTraced {
		return nil, fault.New(fault.Invalid, "More than one person has this name and date of birth. Look for them by NHS number.")
	}
	return ids, err
}

// named keeps those who have the whole name.
func (d *Door) named(ctx context.Context, ids []int64, s Sought) (kept []int64, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		for _, p := range ids {
			have, err := d.facts(ctx, tx, p)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(have, s.is) {
				kept = append(kept, p)
			}
		}
		return nil
	})
	return kept, err
}

// is reports whether somebody is whom one looks for, to the letter but for case,
// accents and spaces. Of several given names the first is enough.
func (s Sought) is(f person.Facts) bool {
	if s.NHS != 0 && s.NHS != f.NHS {
		return false
	}
	if s.Born.Whole() && s.Born != f.Born {
		return false
	}
	if s.NHS != 0 {
		return true
	}
	given, want := person.Fold(f.Names.Given), person.Fold(s.Given)
	first, _, _ := strings.Cut(given, " ")
	return person.Fold(f.Names.Family) == person.Fold(s.Family) && (given == want || first == want)
}

// trace opens one of those sought, and tells them that somebody looked.
func (d *Door) trace(ctx context.Context, who consent.Actor, p int64, s Sought) (*opening, *Traced, error) {
	o, err := d.open(ctx, who, consent.Finding, p)
	if err != nil {
		return nil, nil, err
	}
	o.what = "trace"
	found, outcome, err := o.traced(s)
	if err != nil {
		return nil, nil, err
	}
	if err := d.looks.append(ctx, o.line(outcome)); err != nil || outcome != nil {
		return o, nil, err
	}
	return o, found, nil
}

// traced tells the least of somebody, or the answer that nobody is there.
func (o *opening) traced(s Sought) (found *Traced, outcome, failure error) {
	for _, w := range o.wholes {
		for _, x := range w.entries {
			if x.Kind != "Patient" || x.gone {
				continue
			}
			doc, err := x.parsed(o.door.packer)
			if err != nil {
				return nil, nil, err
			}
			if f := FactsOf(doc); found == nil && s.is(f) {
				o.seen[x.ID] = true
				found = &Traced{Name: PatientName(doc), Born: f.Born.String(), Gender: f.Gender}
			}
		}
	}
	switch hidden, err := o.hidden(); {
	case err != nil:
		return nil, nil, err
	case found == nil:
		return nil, fault.NotFound, nil
	case hidden:
		return nil, fault.Withheld, nil
	}
	found.Ticket = o.door.ticket(o.who.Account, o.subject, o.now.Add(ticketLasts))
	if o.among(consent.Care) {
		found.Mine = person.ID(o.subject)
	}
	for _, m := range o.asks() {
		if m.By == o.who.Account {
			found.Asked = m.From
		}
	}
	return found, nil, nil
}

// hidden reports whether somebody is not to be found by this actor: they said so, or a
// source marks them as restricted (v3-Confidentiality R or V, as the national
// demographics service does for people at risk).
func (o *opening) hidden() (bool, error) {
	if !consent.Findable(o.rules(), o.who, o.now) {
		return true, nil
	}
	for _, w := range o.wholes {
		for _, x := range w.entries {
			if x.Kind != "Patient" || x.gone {
				continue
			}
			doc, err := x.parsed(o.door.packer)
			if err != nil {
				return true, err
			}
			for c := range doc.At("meta.security") {
				if code := c.Get("code").Str(); code == "R" || code == "V" {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// ticket is a word that says, to us alone, that this account found this person.
func (d *Door) ticket(account string, p int64, until clock.Time) string {
	end := strconv.FormatInt(int64(until), 36)
	mac := d.hash("ticket", account+"\x00"+strconv.FormatInt(p, 36)+"\x00"+end)
	return d.Text(person.ID(p)) + "." + end + "." + base64.RawURLEncoding.EncodeToString(mac)
}

// found is whom a ticket is about. One that is another's, made up or too old is
// NotFound.
func (d *Door) found(account, ticket string) (int64, error) {
	text, rest, _ := strings.Cut(ticket, ".")
	end, _, _ := strings.Cut(rest, ".")
	p, err := d.ID(text)
	if err != nil {
		return 0, fault.NotFound
	}
	until, err := strconv.ParseInt(end, 36, 64)
	if err != nil || clock.Time(until) <= d.clock.Now() {
		return 0, fault.NotFound
	}
	if !hmac.Equal([]byte(ticket), []byte(d.ticket(account, int64(p), clock.Time(until)))) {
		return 0, fault.NotFound
	}
	return int64(p), nil
}
