package fhirapi

import (
	"net/http"

	"onestory/internal/fault"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/record"
)

// errNothing is told like anything that is not there.
var errNothing error = fault.NotFound

// read is one resource as it is now.
func (s *API) read(a *ask) (*reply, error) {
	if a.rule.access == public {
		return s.readPublic(a)
	}
	e, err := s.Door.EntryID(a.at.id)
	if err != nil {
		return s.toPatient(a)
	}
	if e.Person == 0 {
		return nil, errNothing
	}
	q, err := s.parse(a, a.at.typ)
	if err != nil {
		return nil, err
	}
	return s.readEntry(a, e, q)
}

func (s *API) readEntry(a *ask, e id.Entry, q *results) (out *reply, err error) {
	err = s.open(a, person.ID(e.Person), func(v record.View) error {
		v.Doing("fhir read")
		x, err := s.get(a, v, e)
		if err != nil {
			return err
		}
		out, err = s.resource(a, v, x, s.narrowed(s.seen(a, x.Kind), x.Kind, q))
		return err
	})
	return out, err
}

// resource is an answer with one entry.
func (s *API) resource(a *ask, v record.View, x record.Entry, l look) (*reply, error) {
	d, err := s.whole(a, v, x)
	if err != nil {
		return nil, err
	}
	version, at := s.stamp(x.Header)
	b := make([]byte, 0, len(d.Bytes())+320)
	return &reply{status: http.StatusOK, etag: etag(version), modified: at, body: l.append(b, d, version, at)}, nil
}

func etag(version string) string { return `W/"` + version + `"` }

// toPatient leads from a person's own id, which pages use, to a Patient that a source
// sent of them.
func (s *API) toPatient(a *ask) (*reply, error) {
	whom, err := s.Door.ID(a.at.id)
	if err != nil || a.at.typ != "Patient" {
		return nil, errNothing
	}
	to := ""
	err = s.open(a, whom, func(v record.View) error {
		v.Doing("fhir read")
		v.Headers(func(h record.Header) {
			if to == "" && h.Kind == "Patient" {
				to = s.Door.EntryText(h.ID)
			}
		})
		if to == "" {
			return errNothing
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &reply{
		status: http.StatusTemporaryRedirect, location: a.base + "/Patient/" + to,
		body: wellDone("This person's record has Patients from several sources. The first of them is at the address given."),
	}, nil
}
