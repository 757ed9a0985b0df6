package fhirapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
)

// A told is an answer that is about the asking, not about what was asked: it has a
// status of its own and words for whoever wrote the program.
type told struct {
	status   int
	code     string // of FHIR's issue-type
	say      string
	problems []fault.Problem
	headers  [][2]string
}

func answered(status int, code, say string) *told { return &told{status: status, code: code, say: say} }

// Error is the text for the log.
func (t *told) Error() string { return "fhirapi: answered " + strconv.Itoa(t.status) + " " + t.code }

func (t *told) header(name, value string) { t.headers = append(t.headers, [2]string{name, value}) }

// refuse makes problems with the parameters of a request into one answer, nil when
// there are none.
func refuse(problems []fault.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &told{status: http.StatusBadRequest, code: "invalid", say: problems[0].Say, problems: problems}
}

// tell is the one place where an error becomes an answer.
func (s *API) tell(w http.ResponseWriter, a *ask, err error) {
	t := new(told)
	kind, known := fault.Of(err)
	switch {
	case errors.As(err, &t):
	case kind == fault.NotFound, kind == fault.Withheld: // deliberately the same
		t = answered(http.StatusNotFound, "not-found", "There is no such thing here, or it is not shared with you.")
	case kind == fault.Invalid:
		t = &told{status: http.StatusBadRequest, code: "invalid", say: fault.Say(err), problems: fault.Problems(err)}
		if a.r.Method != http.MethodGet && a.r.Method != http.MethodHead && a.at.shape != typeSearch && a.at.shape != compartmentAsk {
			t.status = http.StatusUnprocessableEntity
		}
	case kind == fault.Stale:
		t = answered(http.StatusPreconditionFailed, "conflict", fault.Say(err))
		if a.etag != "" {
			t.header("ETag", a.etag)
		}
	case kind == fault.Refused:
		t = answered(http.StatusForbidden, "forbidden", fault.Say(err))
	case errors.Is(err, context.Canceled):
		return // nobody is there to read it
	default:
		t = s.failed(a, err, known)
	}
	if t.status == http.StatusUnauthorized {
		t.header("WWW-Authenticate", `Bearer realm="onestory"`)
	}
	for _, h := range t.headers {
		w.Header().Set(h[0], h[1])
	}
	s.write(w, a, &reply{status: t.status, body: t.outcome()})
}

// failed is what somebody hears when it is our fault.
func (s *API) failed(a *ask, err error, known bool) *told {
	if known { // Busy
		t := answered(http.StatusServiceUnavailable, "transient", fault.Say(err))
		if t.say == "" {
			t.say = "There is no answer now. Try again in a moment."
		}
		t.header("Retry-After", "5")
		return t
	}
	ref := reference()
	s.Log.Error("fhirapi: a request could not be answered", "reference", ref, "route", a.r.Pattern, "error", err)
	return answered(http.StatusInternalServerError, "exception", "Something went wrong on our side. Try again, and quote "+ref+" if you ask for help.")
}

// outcome is an OperationOutcome with an issue for each thing to put right.
func (t *told) outcome() []byte {
	b := fhir.New("OperationOutcome")
	problems := t.problems
	if len(problems) == 0 {
		problems = []fault.Problem{{Say: t.say}}
	}
	for _, p := range problems {
		issue := fhir.Obj{"severity", "error", "code", t.code, "details", fhir.Obj{"text", p.Say}}
		switch {
		case p.Path == "":
		case p.Path[0] >= 'A' && p.Path[0] <= 'Z':
			issue = append(issue, "expression", fhir.List{p.Path})
		default: // a parameter or a header, as R4 names those
			issue = append(issue, "location", fhir.List{"http." + p.Path})
		}
		b.Add("issue", issue)
	}
	return b.Bytes()
}

// wellDone is an OperationOutcome that says so.
func wellDone(say string) []byte {
	return fhir.New("OperationOutcome").
		Add("issue", fhir.Obj{"severity", "information", "code", "informational", "details", fhir.Obj{"text", say}}).Bytes()
}

// mayHide is said of every view that is not the person's own, whatever it shows.
const mayHide = "Some information may not be shown"

// masked reports whether what is shown for a purpose is less than the whole, by the
// purpose alone: who looks cannot tell from it whether anything is hidden.
func masked(why consent.Purpose) bool { return why != consent.Own }
