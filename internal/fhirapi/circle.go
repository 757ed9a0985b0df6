package fhirapi

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/record"
)

// circle.go tells programs who is around a person: a CareTeam of the circle, and a
// RelatedPerson for each who acts for them. They are the circle itself, laid out anew
// for each reader from what that reader may know of it, and never kept: what is not
// stored cannot say something else than the consent that it stands for (ADR 27).

// reflected reports whether an entry is of the circle. No entry of a log has a version
// below one.
func reflected(h record.Header) bool { return h.Version < 0 }

// circleOf are the entries of a type that stand for the circle, as a view has it.
func (s *API) circleOf(a *ask, v record.View, kind string) (all []record.Entry) {
	reach := consent.ReachOf(a.who.Role, a.why)
	if kind != "CareTeam" && kind != "RelatedPerson" || !reach.Has(kind, "") || reach.Mask(kind) != nil {
		return nil
	}
	var now []record.Member
	for _, m := range v.Members() {
		if m.From <= v.Now() && v.Now() < m.Until && (m.Review == 0 || v.Now() < m.Review) && m.Party != record.Lent(m.ID) {
			now = append(now, m)
		}
	}
	if kind == "CareTeam" {
		if len(now) > 0 {
			all = append(all, s.reflect(v, kind, "circle", 0, s.careTeam(v, now)))
		}
		return all
	}
	for _, m := range now {
		if m.Role == "carer" {
			all = append(all, s.reflect(v, kind, m.ID, m.From, s.relatedPerson(v, m)))
		}
	}
	return all
}

// reflect makes an entry of a document that is not kept. Its version stands for what it
// says, so that the same is the same and a change shows.
func (s *API) reflect(v record.View, kind, of string, since clock.Time, b *fhir.Builder) record.Entry {
	e := s.mirror(v, kind, of)
	d := b.Set("id", s.Door.EntryText(e)).Doc()
	h := sha256.Sum256(d.Bytes())
	return record.Entry{Header: record.Header{ID: e, Kind: kind, Version: -1 - int64(binary.BigEndian.Uint64(h[:])>>2), At: since}, Doc: d}
}

// mirror is the id of what stands for a member, or for the whole circle.
func (s *API) mirror(v record.View, kind, of string) id.Entry {
	h := sha256.Sum256([]byte("onestory circle " + kind + " " + of))
	return id.Entry{Person: int64(v.ID()), N: int64(binary.BigEndian.Uint64(h[:])>>1) | 1}
}

// relatedPerson is one who acts for the person: since when, until when, and on what basis.
func (s *API) relatedPerson(v record.View, m record.Member) *fhir.Builder {
	b := fhir.New("RelatedPerson").Set("active", true).Set("patient.reference", s.patientOf(v))
	if m.Relation != "" {
		b.Add("relationship", fhir.Obj{"text", m.Relation})
	}
	b.Add("relationship", basis(m.Basis))
	return b.Add("name", fhir.Obj{"text", m.Name}).Set("period", period(m))
}

// basis is on what somebody acts, coded where HL7's RoleCode has it.
func basis(of string) fhir.Obj {
	code, say := "", "acts with the person's consent"
	switch of {
	case consent.Attorney:
		code, say = "POWATT", "lasting power of attorney"
	case consent.Deputy:
		say = "deputy appointed by the Court of Protection"
	case consent.BestInterest:
		say = "acts in the person's best interests"
	case consent.Parental:
		code, say = "PRN", "parental responsibility"
	}
	if code == "" {
		return fhir.Obj{"text", say}
	}
	return fhir.Obj{"coding", fhir.List{fhir.Obj{"system", "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code", code}}, "text", say}
}

// careTeam is all of the circle that the reader may know of.
func (s *API) careTeam(v record.View, all []record.Member) *fhir.Builder {
	b := fhir.New("CareTeam").Set("status", "active").Set("name", "The circle").Set("subject.reference", s.patientOf(v))
	for _, m := range all {
		x := fhir.Obj{}
		if m.Role != "" {
			x = append(x, "role", fhir.List{fhir.Obj{"text", m.Role}})
		}
		member := fhir.Obj{"display", m.Name}
		if m.Role == "carer" {
			member = fhir.Obj{"reference", "RelatedPerson/" + s.Door.EntryText(s.mirror(v, "RelatedPerson", m.ID)), "display", m.Name}
		}
		b.Add("participant", append(x, "member", member, "period", period(m)))
	}
	return b
}

func period(m record.Member) fhir.Obj {
	p := fhir.Obj{"start", m.From.FHIR()}
	end := m.Until
	if m.Review != 0 {
		end = min(end, m.Review)
	}
	if end != clock.Never {
		p = append(p, "end", end.FHIR())
	}
	return p
}

// patientOf refers to the person: by the first Patient that is shown, or by their own id.
func (s *API) patientOf(v record.View) string {
	to := ""
	v.Headers(func(h record.Header) {
		if to == "" && h.Kind == "Patient" {
			to = s.Door.EntryText(h.ID)
		}
	})
	if to == "" {
		to = s.Door.EntryText(id.Entry{Person: int64(v.ID())})
	}
	return "Patient/" + to
}

// circleFits are those that a search picks.
func (s *API) circleFits(a *ask, q *results, v record.View) (all []record.Entry, err error) {
	found := s.circleOf(a, v, q.typ)
	if len(found) == 0 {
		return nil, nil
	}
	terms, _, err := s.Spec.ParseQuery(q.typ, s.termsFor(q, v), true)
	for _, e := range found {
		if err == nil && s.Spec.Match(e.Doc, terms) && q.fits(s, e.Header) {
			all = append(all, e)
		}
	}
	return all, err
}

// get is one entry of the type that an address names, of the log or of the circle.
func (s *API) get(a *ask, v record.View, e id.Entry) (record.Entry, error) {
	x, err := v.Get(e)
	if errors.Is(err, fault.NotFound) {
		for _, c := range s.circleOf(a, v, a.at.typ) {
			if c.ID == e {
				return c, nil
			}
		}
	}
	if err == nil && x.Kind != a.at.typ {
		return x, errNothing
	}
	return x, err
}
