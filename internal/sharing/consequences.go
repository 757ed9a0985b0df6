package sharing

import (
	"slices"

	"onestory/internal/consent"
)

// consequences are the topics that mean something of their own when they are closed or opened: what it
// may mean is then.<how>.<topic> in the catalogue.
func consequences(how string) []string {
	switch how {
	case "seal":
		return []string{"general", "medicines", "plan", "contacts", "wishes", "home-entry", "mental-health", "substance-use"}
	case "refuse":
		return []string{"general", "medicines", "dates", "social-care", "contacts", "home-entry", "safeguarding"}
	}
	return []string{"home-entry"}
}

// Consequences are what may follow from something said about sharing, topic by
// topic: the ids of sentences in the catalogue. They are for the person who is about
// to say it, before they do.
func Consequences(s Sharing) (ids []string) {
	how := "share"
	switch {
	case s.Refuse && s.Purpose == consent.Emergency:
		how = "seal"
	case s.Refuse:
		how = "refuse"
	}
	if s.Purpose == consent.Planning {
		return nil
	}
	sensitive := false
	for _, t := range Topics() {
		if !slices.Contains(s.Topics, t.Code) {
			continue
		}
		sensitive = sensitive || t.Sensitive
		if slices.Contains(consequences(how), t.Code) {
			ids = append(ids, "then."+how+"."+t.Code)
		}
	}
	if sensitive && !s.Refuse {
		ids = append(ids, "then.share.sensitive")
	}
	return ids
}
