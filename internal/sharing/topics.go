package sharing

import "onestory/internal/consent"

// A Topic is something that people can share or refuse, as they speak of it.
type Topic struct {
	Code      string         // in forms and links; the name of the label it stands for
	Labels    consent.Labels // what is shared or refused with it
	Name      string         // id of its name in the catalogue
	Hint      string         // id of the one line that says what it takes in
	Sensitive bool           // people often keep it to themselves: pages put it apart
}

// Topics are all that can be shared or refused, in the order of the page. What a
// clinician marks as told by others or as harmful to read is not the person's to
// share, and not among them.
func Topics() []Topic {
	var all []Topic
	add := func(sensitive bool, labels ...consent.Labels) {
		for _, l := range labels {
			code := l.String()
			all = append(all, Topic{code, l, "topic." + code, "topic." + code + ".hint", sensitive})
		}
	}
	add(false, consent.General, consent.Plan, consent.AboutMe, consent.Medicines, consent.Dates,
		consent.SocialCare, consent.Contacts, consent.Wishes, consent.CarersOwn)
	add(true, consent.HomeEntry, consent.MentalHealth, consent.SexualHealth, consent.SubstanceUse,
		consent.Abuse, consent.Safeguarding, consent.Gender, consent.Genetics, consent.Adoption)
	return all
}

// labelsOf are the labels of topics, and whether all of them are known.
func labelsOf(codes []string) (all consent.Labels, known bool) {
	known = true
	for _, code := range codes {
		found := false
		for _, t := range Topics() {
			if t.Code == code {
				all, found = all|t.Labels, true
			}
		}
		known = known && found
	}
	return all, known
}

// TopicsOf are the codes of the topics that a set of labels takes in, in the order
// of the page. Of everything, they are all.
func TopicsOf(l consent.Labels) (codes []string) {
	for _, t := range Topics() {
		if l&t.Labels == t.Labels {
			codes = append(codes, t.Code)
		}
	}
	return codes
}
