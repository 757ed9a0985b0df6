package web

import (
	"context"
	"slices"
	"strings"

	"onestory/internal/consent"
	"onestory/internal/record"
	"onestory/internal/sharing"
)

// said puts one thing said into a sentence.
func (a *ask) said(v record.View, x sharing.Said, who func(consent.Party) string) said {
	id := "web.rule.share"
	switch {
	case x.Refuse && x.Purpose == consent.Emergency:
		id = "web.rule.seal"
	case x.Refuse:
		id = "web.rule.refuse"
	case x.Purpose == consent.Planning:
		id = "web.rule.planning"
	}
	what := a.topics(x.Topics, x.All)
	if x.Entry != 0 {
		what = a.say("web.rule.entry")
	}
	out := said{Said: x, Who: who(x.To), Sentence: a.say(id, "What", what, "Who", alone(who(x.To)))}
	switch {
	case x.State == sharing.Later:
		out.Until = a.say("web.rule.from", "Date", a.Date(x.From))
		if x.Until != 0 {
			out.Until += " " + a.say("web.rule.until", "Date", a.lastDay(x.Until))
		}
	case x.State == sharing.Ended:
		out.Until = a.say("web.rule.ended", "Date", a.Date(x.Until))
	case x.Until != 0:
		out.Until = a.say("web.rule.until", "Date", a.lastDay(x.Until))
	default:
		out.Until = a.say("web.rule.no-end")
	}
	if x.By == a.who.Account {
		out.By = a.say("web.rule.by-you", "Date", a.Date(x.From))
	} else {
		out.By = a.say("web.rule.by", "Who", alone(who(consent.Party{Level: consent.Individual, ID: x.By})), "Date", a.Date(x.From))
	}
	switch {
	case x.Quiet:
		out.Why = a.say("web.rule.quiet")
	case x.Member != "":
		out.Why = a.say("web.rule.joined")
		for _, m := range v.Members() {
			if m.ID == x.Member {
				out.Why = a.say("rule.joined", "Who", alone(m.Name), "Role", alone(a.memberRole(m.Role)), "Date", a.Date(m.From))
			}
		}
	}
	return out
}

// topics are the names of some topics, with commas between them.
func (a *ask) topics(codes []string, everything bool) string {
	if everything {
		return a.say("web.rule.everything")
	}
	var all []string
	for _, t := range sharing.Topics() {
		if slices.Contains(codes, t.Code) {
			all = append(all, a.say(t.Name))
		}
	}
	if all == nil {
		return a.say("web.rule.nothing")
	}
	return strings.Join(all, "; ")
}

// parties gives a name to whoever can be shared with: as the person knows them, else
// as the service does.
func (s *Site) parties(ctx context.Context, a *ask, v record.View) (func(consent.Party) string, error) {
	known := map[consent.Party]string{}
	organisations, err := s.Accounts.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range organisations {
		known[consent.Party{Level: consent.Organisation, ID: o.ID}] = o.Name
	}
	for _, m := range v.Members() {
		known[m.Party] = m.Name
	}
	return func(p consent.Party) string {
		name := known[p]
		switch {
		case name != "":
		case p.Level == consent.Sector:
			name = a.say("sector." + p.ID)
		case p.Level == consent.Individual:
			x, err := s.Accounts.Get(ctx, p.ID)
			if name = x.Name; err != nil {
				name = a.say("web.party.unknown")
			}
		default:
			name = a.say("web.party.team")
		}
		known[p] = name
		return name
	}, nil
}
