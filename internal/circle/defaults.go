package circle

import "onestory/internal/consent"

// HomeCare is the way of those who come to the home to help, whatever their sector.
const HomeCare = "home-care"

// Defaults say what joining shares, by the way somebody comes: their sector, or
// [HomeCare]. An area may have its own.
type Defaults map[string]consent.Labels

// For is what joining that way shares, and whether there is such a way.
func (d Defaults) For(way string) (consent.Labels, bool) {
	l, ok := d[way]
	return l, ok
}

// together is what everybody who works on one plan needs, health and social care
// alike.
const together = consent.Plan | consent.AboutMe | consent.Dates | consent.Contacts | consent.Wishes

// Usual is what joining shares where an area says nothing else. Health and social
// care stand alike: each has what its own work is made of, and both have the plan.
// What people often keep to themselves is in none of them: mental and sexual health,
// alcohol and drugs, safeguarding, abuse, gender, genes, adoption, and the way into
// the home, save for those who have to get in. To share any of it is for the person
// to say.
func Usual() Defaults {
	return Defaults{
		consent.NHS:       together | consent.General | consent.Medicines,
		consent.Council:   together | consent.SocialCare,
		consent.Voluntary: consent.Plan | consent.AboutMe | consent.Dates,
		consent.Private:   consent.Plan | consent.AboutMe | consent.Dates,
		HomeCare: consent.Plan | consent.AboutMe | consent.Dates | consent.Contacts |
			consent.Medicines | consent.SocialCare | consent.HomeEntry,
	}
}
