package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/db"
	"onestory/internal/fault"
	"onestory/internal/id"
)

// Service is the service of an id, ended ones too. It answers fault.NotFound when there
// is none.
func (d *Directory) Service(ctx context.Context, id string) (s Service, err error) {
	if !isUUID(id) {
		return s, fault.NotFound
	}
	return serviceOf(d.db.Row(ctx, `SELECT version, bytes FROM service WHERE id = $1`, id))
}

func serviceOf(row scanner) (s Service, err error) {
	var version int64
	var b []byte
	err = row.Scan(&version, &b)
	if errors.Is(err, db.NotFound) {
		return s, fault.NotFound
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("directory: reading a service: %w", err)
	}
	s.Version = version
	return s, nil
}

// ServicesOf lists the services that an organisation offers, ended ones too, by id.
func (d *Directory) ServicesOf(ctx context.Context, organisation string) (all []Service, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all = all[:0]
		for rows, err := range tx.Each(ctx, `SELECT version, bytes FROM service WHERE organisation = $1 ORDER BY id LIMIT 2000`, organisation) {
			if err != nil {
				return err
			}
			s, err := serviceOf(rows)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// AddServices takes in services that are not there yet, all or none, without asking
// whose they are: for filling an area. Those that are there stay as they are.
func (d *Directory) AddServices(ctx context.Context, by string, all []Service) error {
	for i := range all {
		if err := all[i].check(); err != nil {
			return fmt.Errorf("directory: service %d: %w", i, err)
		}
	}
	return d.db.Tx(ctx, func(tx *db.Tx) error {
		seq, err := next(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			b, err := json.Marshal(s)
			if err != nil {
				return err
			}
			n, err := tx.Exec(ctx, `
				INSERT INTO service (id, seq, version, organisation, bytes) VALUES ($1, $2, 1, $3, $4) ON CONFLICT (id) DO NOTHING`, s.ID, seq, s.Organisation, b)
			if err == nil && n > 0 {
				err = kept(ctx, tx, s.ID, 1, "", by, "added", b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// next is the number of a change. Its row is locked until the commit, so that changes
// show in the order of their numbers, and a finder that has one has all before it.
func next(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Row(ctx, `INSERT INTO service_head (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = service_head.n + 1 RETURNING n`).Scan(&n)
	return n, err
}

func kept(ctx context.Context, tx *db.Tx, service string, version int64, account, name, did string, b []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO service_past (service, version, at, by_account, by_name, did, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		service, version, int64(tx.At), account, name, did, b)
	return err
}

// errOthers is the answer about a service that the actor's organisation does not offer:
// there is no such thing to look after.
var errOthers = fault.NotFound

// SetService writes a service, as somebody of its organisation says: Version is what they
// had before them, 0 for a new one, whose id is made. Stale says that somebody else was
// faster. Urgent help is not written but waits for a second person; waits says so.
func (d *Directory) SetService(ctx context.Context, by consent.Actor, s Service) (_ Service, waits bool, err error) {
	if by.Organisation.ID == "" {
		return s, false, errOthers
	}
	did := "changed"
	if s.Version == 0 {
		s.ID, did = UUID("service", by.Account, fmt.Sprint(id.Random())), "added"
	}
	s.Organisation, s.OfferedBy = by.Organisation.ID, by.OrganisationName
	if err := s.check(); err != nil {
		return s, false, err
	}
	err = d.db.Tx(ctx, func(tx *db.Tx) error {
		waits, err = d.write(ctx, tx, by, s, did)
		return err
	})
	return s, waits, err
}

// write is one change. What was checked stays checked: who writes has looked at it.
func (d *Directory) write(ctx context.Context, tx *db.Tx, by consent.Actor, s Service, did string) (waits bool, err error) {
	s.Checked, s.CheckedBy = tx.At, by.OrganisationName
	old := s
	if s.Version > 0 {
		old, err = serviceOf(tx.Row(ctx, `SELECT version, bytes FROM service WHERE id = $1`, s.ID))
		switch {
		case err != nil:
			return false, err
		case old.Organisation != by.Organisation.ID:
			return false, errOthers
		case old.Version != s.Version:
			return false, fault.New(fault.Stale, "Somebody changed this service while you did. Go back, look at it again, and change what is still wrong.")
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	if did != "checked" && (s.Crisis() || old.Crisis()) {
		_, err = tx.Exec(ctx, `DELETE FROM service_waiting WHERE service = $1`, s.ID)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO service_waiting (service, version, at, by_account, by_name, bytes) VALUES ($1, $2, $3, $4, $5, $6)`,
				s.ID, s.Version, int64(tx.At), by.Account, by.Name, b)
		}
		return true, err
	}
	return false, d.put(ctx, tx, s, by.Account, by.Name, did, b)
}

func (d *Directory) put(ctx context.Context, tx *db.Tx, s Service, account, name, did string, b []byte) error {
	seq, err := next(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO service (id, seq, version, organisation, bytes) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, version = excluded.version, bytes = excluded.bytes`,
		s.ID, seq, s.Version+1, s.Organisation, b)
	if err != nil {
		return err
	}
	return kept(ctx, tx, s.ID, s.Version+1, account, name, did, b)
}

// CheckService says that somebody of its organisation made sure that all of it is right.
func (d *Directory) CheckService(ctx context.Context, by consent.Actor, id string) error {
	return d.db.Tx(ctx, func(tx *db.Tx) error {
		s, err := d.own(ctx, tx, by, id)
		if err == nil {
			_, err = d.write(ctx, tx, by, s, "checked")
		}
		return err
	})
}

// own is a service of the actor's organisation.
func (d *Directory) own(ctx context.Context, tx *db.Tx, by consent.Actor, id string) (Service, error) {
	if !isUUID(id) {
		return Service{}, fault.NotFound
	}
	s, err := serviceOf(tx.Row(ctx, `SELECT version, bytes FROM service WHERE id = $1`, id))
	if err == nil && (s.Organisation != by.Organisation.ID || by.Organisation.ID == "") {
		err = errOthers
	}
	return s, err
}

// UndoService puts back what a service was before its newest version, which version must
// be. That is a version of its own, so that it can be undone too. Urgent help waits.
func (d *Directory) UndoService(ctx context.Context, by consent.Actor, id string, version int64) (waits bool, err error) {
	err = d.db.Tx(ctx, func(tx *db.Tx) error {
		now, err := d.own(ctx, tx, by, id)
		if err != nil {
			return err
		}
		before, err := serviceOf(tx.Row(ctx, `SELECT version, bytes FROM service_past WHERE service = $1 AND version = $2`, id, version-1))
		if err != nil {
			return err
		}
		if now.Version != version {
			return fault.New(fault.Stale, "Somebody changed this service since. Look at it again.")
		}
		before.Version = now.Version
		waits, err = d.write(ctx, tx, by, before, "undone")
		return err
	})
	return waits, err
}

// An Edit is one version of a service.
type Edit struct {
	Version int64
	At      clock.Time
	By      string // who made it
	Did     string // added, changed, checked, undone or confirmed
	Service Service
}

// ServicePast lists the versions of a service, the newest first, at most 50.
func (d *Directory) ServicePast(ctx context.Context, id string) (all []Edit, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all = all[:0]
		for rows, err := range tx.Each(ctx, `
			SELECT version, at, by_name, did, bytes FROM service_past WHERE service = $1 ORDER BY version DESC LIMIT 50`, id) {
			if err != nil {
				return err
			}
			var e Edit
			var b []byte
			if err := rows.Scan(&e.Version, (*int64)(&e.At), &e.By, &e.Did, &b); err != nil {
				return err
			}
			if err := json.Unmarshal(b, &e.Service); err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	})
	return all, err
}

// A Pending is a change that waits for a second person.
type Pending struct {
	Service Service // as it is to be
	At      clock.Time
	Account string // who asked
	By      string
}

// PendingOf is what waits about a service; it answers fault.NotFound when nothing does.
func (d *Directory) PendingOf(ctx context.Context, id string) (p Pending, err error) {
	return pendingOf(d.db.Row(ctx, pendingSQL, id))
}

const pendingSQL = `SELECT version, at, by_account, by_name, bytes FROM service_waiting WHERE service = $1`

func pendingOf(row db.Row) (p Pending, err error) {
	var b []byte
	var version int64
	err = row.Scan(&version, (*int64)(&p.At), &p.Account, &p.By, &b)
	if errors.Is(err, db.NotFound) {
		return p, fault.NotFound
	}
	if err == nil {
		err = json.Unmarshal(b, &p.Service)
	}
	p.Service.Version = version
	return p, err
}

// PendingServices lists the ids of new services of an organisation's, and of its others,
// for which a change waits.
func (d *Directory) PendingServices(ctx context.Context, organisation string) (all []Pending, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all = all[:0]
		for rows, err := range tx.Each(ctx, `SELECT version, at, by_account, by_name, bytes FROM service_waiting ORDER BY at DESC LIMIT 2000`) {
			if err != nil {
				return err
			}
			var p Pending
			var b []byte
			var version int64
			if err := rows.Scan(&version, (*int64)(&p.At), &p.Account, &p.By, &b); err != nil {
				return err
			}
			if err := json.Unmarshal(b, &p.Service); err != nil {
				return err
			}
			if p.Service.Version = version; p.Service.Organisation == organisation {
				all = append(all, p)
			}
		}
		return nil
	})
	return all, err
}

// ConfirmService does what another person asked for.
func (d *Directory) ConfirmService(ctx context.Context, by consent.Actor, id string) error {
	return d.settled(ctx, by, id, func(tx *db.Tx, p Pending) error {
		if p.Account == by.Account {
			return fault.New(fault.Refused, "You asked for this yourself. Another administrator has to confirm it.")
		}
		if p.Service.Version > 0 {
			now, err := d.own(ctx, tx, by, id)
			if err != nil {
				return err
			}
			if now.Version != p.Service.Version {
				return fault.New(fault.Stale, "This service was changed after that was asked for. Take it back, and ask again.")
			}
		}
		p.Service.Checked = tx.At
		b, err := json.Marshal(p.Service)
		if err != nil {
			return err
		}
		return d.put(ctx, tx, p.Service, by.Account, p.By+", "+by.Name, "confirmed", b)
	})
}

// WithdrawService takes back what was asked for.
func (d *Directory) WithdrawService(ctx context.Context, by consent.Actor, id string) error {
	return d.settled(ctx, by, id, func(*db.Tx, Pending) error { return nil })
}

// settled ends the waiting, with work done first.
func (d *Directory) settled(ctx context.Context, by consent.Actor, id string, work func(*db.Tx, Pending) error) error {
	return d.db.Tx(ctx, func(tx *db.Tx) error {
		p, err := pendingOf(tx.Row(ctx, pendingSQL, id))
		if err == nil && (p.Service.Organisation != by.Organisation.ID || by.Organisation.ID == "") {
			err = errOthers
		}
		if err == nil {
			err = work(tx, p)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM service_waiting WHERE service = $1`, id)
		}
		return err
	})
}

// A Report is what somebody says is wrong. Nobody asked who they are.
type Report struct {
	ID, Service string
	At          clock.Time
	What        string // one of Wrongs
	Words       string // what they typed; nothing once it is answered
}

// Wrongs are what may be said to be wrong, in the order of the form.
func Wrongs() []string { return []string{"closed", "contact", "place", "times", "who", "else"} }

// How much of what is wrong with one service waits, and how long its words may be: one
// who floods a service is told that it is known.
const (
	mostReports = 200
	// MostSaid is how many letters somebody may write of what is wrong.
	MostSaid = 1000
)

// ReportService keeps what somebody says is wrong with a service.
func (d *Directory) ReportService(ctx context.Context, service, what, words string) error {
	if _, err := d.Service(ctx, service); err != nil {
		return err
	}
	var c fault.Check
	known := false
	for _, w := range Wrongs() {
		known = known || w == what
	}
	c.That(known, "what", "Choose what is wrong")
	c.That(what != "else" || strings.TrimSpace(words) != "", "words", "Write what is wrong")
	c.That(utf8.RuneCountInString(words) <= MostSaid, "words", "Use 1,000 letters or less")
	if err := c.Err(); err != nil {
		return err
	}
	key := UUID("report", fmt.Sprint(id.Random()), fmt.Sprint(id.Random()))
	return d.db.Tx(ctx, func(tx *db.Tx) error {
		var n int64
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM service_report WHERE service = $1 AND answered = 0`, service).Scan(&n); err != nil || n >= mostReports {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO service_report (id, service, at, what, words, answered, by_name) VALUES ($1, $2, $3, $4, $5, 0, '')`,
			key, service, int64(tx.At), what, words)
		return err
	})
}

// ServiceReports lists what is said to be wrong with the services of an organisation and
// has not been answered, the oldest first.
func (d *Directory) ServiceReports(ctx context.Context, organisation string) (all []Report, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all = all[:0]
		for rows, err := range tx.Each(ctx, `
			SELECT r.id, r.service, r.at, r.what, r.words FROM service s JOIN service_report r ON r.service = s.id
			WHERE s.organisation = $1 AND r.answered = 0 ORDER BY r.at, r.id LIMIT 1000`, organisation) {
			if err != nil {
				return err
			}
			var r Report
			if err := rows.Scan(&r.ID, &r.Service, (*int64)(&r.At), &r.What, &r.Words); err != nil {
				return err
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}

// AnswerReport says that a report was seen to. Its words are dropped: who wrote them may
// have said something about somebody.
func (d *Directory) AnswerReport(ctx context.Context, by consent.Actor, service, report string) error {
	return d.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := d.own(ctx, tx, by, service); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE service_report SET answered = $3, by_name = $4, words = '' WHERE id = $1 AND service = $2 AND answered = 0`,
			report, service, int64(tx.At), by.Name)
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		return err
	})
}
