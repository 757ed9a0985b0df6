package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"onestory/internal/account"
	"onestory/internal/consent"
	"onestory/internal/directory"
	"onestory/internal/fault"
	"onestory/internal/record"
)

// reach.go finds how to reach those around a person, from what is public about the
// organisation that they work for, and from nothing else: never somebody's own address.

// A reach is for whom somebody works, and how to reach them there.
type reach struct {
	Sector string // one of consent's; "" for family and friends
	For    string // the organisation, where the name does not say it
	Lines  []reachLine
	More   string // where what the organisation offers is found, when it cannot be told which is meant
}

// A reachLine is one way to reach them.
type reachLine struct{ Service, Href, Phone, When string }

// mostLines are the services whose telephone is shown; of more, it cannot be told which
// is meant, and a page to look at is better than a wrong number.
const mostLines = 2

// reaches answers how to reach members of one circle.
func (s *Site) reaches(ctx context.Context) (func(record.Member) (reach, error), error) {
	all, err := s.Accounts.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	organisations := map[string]account.Organisation{}
	for _, o := range all {
		organisations[o.ID] = o
	}
	return func(m record.Member) (x reach, err error) {
		which, team, err := s.worksFor(ctx, m)
		o, known := organisations[which]
		if err != nil || !known {
			return reach{}, err
		}
		x.Sector = o.Sector
		if o.Name != m.Name {
			x.For = o.Name
		}
		if s.Services == nil {
			return x, nil
		}
		services, err := s.Services.ServicesOf(ctx, o.ID)
		var more bool
		if x.Lines, more = linesOf(services, m.Name+" "+team); more {
			x.More = "/services?q=" + url.QueryEscape(o.Name)
		}
		return x, err
	}, nil
}

// worksFor is the organisation that a member is of, and the name of their team.
func (s *Site) worksFor(ctx context.Context, m record.Member) (organisation, team string, err error) {
	which := m.Party.ID
	switch m.Party.Level {
	case consent.Organisation:
		return which, "", nil
	case consent.Individual:
		x, err := s.Accounts.Get(ctx, which)
		if which = x.Team; err != nil || which == "" {
			return x.Organisation, "", ifThere(err)
		}
		organisation = x.Organisation
	case consent.Team:
	default:
		return "", "", nil
	}
	t, err := s.Accounts.Team(ctx, which)
	return cmp.Or(organisation, t.Organisation), t.Name, ifThere(err)
}

// ifThere takes it as no error that there is nothing.
func ifThere(err error) error {
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// linesOf are the services that somebody of that name most likely works in: those whose
// name and places share most words with it. The name of a borough alone is not enough.
// more says that it cannot be told which, and that there are some to look at.
func linesOf(all []directory.Service, name string) (lines []reachLine, more bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(x directory.Service) bool { return x.Status != directory.Active || x.Phone == "" })
	var best []directory.Service
	most := 0
	for _, x := range all {
		n := wordsShared(x, name)
		if n > most {
			best, most = nil, n
		}
		if n == most && n > 0 {
			best = append(best, x)
		}
	}
	if len(all) == 1 {
		best = all
	}
	if len(best) > mostLines {
		return nil, true
	}
	for _, x := range best {
		lines = append(lines, reachLine{x.Name, "/services/" + x.ID, x.Phone, x.When})
	}
	return lines, len(best) == 0 && len(all) > 0
}

// wordsShared counts the words of a service that are in a name; those of a borough decide only
// between two that are alike otherwise.
func wordsShared(x directory.Service, name string) (n int) {
	in, where := wordsOf(name), wordsOf(strings.Join(directory.Boroughs(), " "))
	said := x.Name
	for _, p := range x.Places {
		said += " " + p.Name
	}
	near := 0
	for i, w := range wordsOf(said) {
		switch {
		case !slices.Contains(in, w) || slices.Contains(wordsOf(said)[:i], w):
		case slices.Contains(where, w):
			near = 1
		default:
			n += 2
		}
	}
	if n == 0 {
		return 0
	}
	return n + near
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" ,.()'’-", r) })
}
