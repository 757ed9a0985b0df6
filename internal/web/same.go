package web

import (
	"slices"
	"strings"

	"onestory/internal/fhir"
)

// This file finds what several sources say of one thing: shown once, with all who
// say it, and where they differ each stands beside the others. Which is right is not
// for a page to decide.

// A difference is something that sources do not say alike.
type difference struct {
	Key  string // id of what it is about
	Says []saying
}

// A saying is one of the things said, and all who say it.
type saying struct {
	Line line   // what, or
	Date string // a FHIR date
	By   []fact
}

// united makes one of facts from several sources that are of one thing. The order
// stays: each stands where the first of it stood.
func united(all []fact) (some []fact) {
	for _, g := range things(all) {
		switch g[0].Topic {
		case "results", "immunisations":
			some = append(some, moments(g)...)
		case "allergies", "conditions", "medicines":
			some = append(some, standing(g)...)
		default:
			some = append(some, g...)
		}
	}
	return some
}

// things groups facts that are of one thing: that bear one code or one name.
func things(all []fact) (groups [][]fact) {
	at := map[string]int{} // where the group of a key is
	for _, f := range all {
		i := len(groups)
		keys := f.keys()
		for _, k := range keys {
			if j, ok := at[k]; ok && j < i {
				i = j
			}
		}
		if i == len(groups) {
			groups = append(groups, nil)
		}
		// A fact that bears the keys of two groups makes one of them.
		for _, k := range keys {
			if j, ok := at[k]; ok && j != i {
				groups[i] = append(groups[i], groups[j]...)
				groups[j] = nil
				for other, where := range at {
					if where == j {
						at[other] = i
					}
				}
			}
			at[k] = i
		}
		groups[i] = append(groups[i], f)
	}
	return slices.DeleteFunc(groups, func(g []fact) bool { return len(g) == 0 })
}

// keys are what two facts have in common that are of one thing; none for a fact that
// has nothing to be known by.
func (f *fact) keys() (keys []string) {
	if f.What == "" || f.None || f.Mistake {
		return nil
	}
	more := ""
	switch f.Topic {
	case "results":
		if f.Result == "" || f.On == "" {
			return nil
		}
		return []string{f.Series + "|" + day(f.On) + "|" + fhir.Fold(f.What+"|"+f.Result)}
	case "immunisations":
		if f.On == "" {
			return nil
		}
		more = "|" + day(f.On)
	}
	for _, c := range f.Codes {
		keys = append(keys, c+more)
	}
	return append(keys, "|"+fhir.Fold(f.What)+more)
}

func day(date string) string { return date[:min(len(date), 10)] }

// moments makes one of a moment that several sources tell of. What one source tells
// twice happened twice.
func moments(g []fact) (some []fact) {
	for _, f := range g {
		i := slices.IndexFunc(some, func(x fact) bool { return !x.from(f.Source) })
		if i < 0 {
			some = append(some, f)
			continue
		}
		some[i].join(f)
	}
	return some
}

// from reports whether a source is among those that say it.
func (f *fact) from(source string) bool {
	return f.Source == source || slices.ContainsFunc(f.Same, func(x fact) bool { return x.Source == source })
}

// join adds what another entry says of the same.
func (f *fact) join(x fact) {
	f.Same = append(f.Same, x)
	if x.Source != f.Source && !slices.Contains(f.Also, x.Source) {
		f.Also = append(f.Also, x.Source)
	}
}

// standing makes one of what is so by several sources, when each says one thing of
// it. Where one of them says two things, such as two doses in a day, only what is
// said in the same words is one. What is over by one source and not by another
// stands with it; all else that is over comes after.
func standing(g []fact) (some []fact) {
	var so, over []fact
	for _, f := range g {
		if f.Over {
			over = append(over, f)
		} else {
			so = append(so, f)
		}
	}
	one := merge(so)
	if singly(one) {
		lead := one[0]
		for _, f := range one[1:] {
			same := f.Same
			f.Same, f.Also = nil, nil
			lead.join(f)
			for _, x := range same {
				lead.join(x)
			}
		}
		over = slices.DeleteFunc(over, func(f fact) bool {
			if lead.from(f.Source) || !denies(f.Status) {
				return false
			}
			lead.join(f)
			return true
		})
		lead.Differ = differences(append([]fact{lead}, lead.Same...))
		one = []fact{lead}
	}
	return append(one, merge(over)...)
}

// singly reports whether there is something, and no source says two things.
func singly(all []fact) bool {
	for i, f := range all {
		for _, x := range all[:i] {
			if x.from(f.Source) || slices.ContainsFunc(f.Same, func(y fact) bool { return x.from(y.Source) }) {
				return false
			}
		}
	}
	return len(all) > 0
}

// denies reports whether a status says that something is not so which others say is.
// A course of medicine that is finished does not: there may be another.
func denies(status string) bool {
	switch status {
	case "refuted", "inactive", "resolved", "remission", "stopped", "not-taken", "on-hold", "cancelled":
		return true
	}
	return false
}

// merge makes one of what is said in the same words, by whichever source.
func merge(all []fact) (some []fact) {
	at := map[string]int{}
	for _, f := range all {
		key := f.gist()
		words := fhir.Fold(strings.Join([]string{f.What, key.Value, f.Status, f.Began, f.Sure}, "|"))
		i, seen := at[words]
		if !seen || f.What == "" {
			at[words] = len(some)
			some = append(some, f)
			continue
		}
		some[i].join(f)
	}
	return some
}

// differences are what those who say something of one thing do not say alike. Who is
// silent does not differ.
func differences(all []fact) (some []difference) {
	compare := func(key string, of func(*fact) (saying, string)) {
		d := difference{Key: key}
		var words []string
		for i := range all {
			s, as := of(&all[i])
			if as == "" {
				continue
			}
			j := slices.IndexFunc(words, func(w string) bool { return alike(key, w, as) })
			if j < 0 {
				j = len(words)
				words = append(words, as)
				d.Says = append(d.Says, s)
			}
			d.Says[j].By = append(d.Says[j].By, all[i])
		}
		if len(d.Says) > 1 {
			some = append(some, d)
		}
	}
	compare("web.line.name", func(f *fact) (saying, string) { return saying{Line: line{Value: f.What}}, fhir.Fold(f.What) })
	compare("web.line.dose", func(f *fact) (saying, string) {
		l := f.lineOf("web.line.dose", "web.line.often")
		return saying{Line: l}, fhir.Fold(l.Value + l.Words)
	})
	compare("web.fact.status", func(f *fact) (saying, string) {
		if f.Status == "unknown" {
			return saying{}, ""
		}
		return saying{Line: line{Words: "web.status." + f.Status}}, f.Status
	})
	compare("web.line.began", func(f *fact) (saying, string) { return saying{Date: f.Began}, f.Began })
	compare("web.line.severity", func(f *fact) (saying, string) {
		l := f.lineOf("web.line.severity")
		return saying{Line: l}, fhir.Fold(l.Value + l.Words)
	})
	compare("web.line.danger", func(f *fact) (saying, string) {
		return saying{Line: line{Words: "web.danger." + f.Danger}}, f.Danger
	})
	compare("web.line.sure", func(f *fact) (saying, string) {
		return saying{Line: line{Words: "web.status." + f.Sure}}, f.Sure
	})
	return some
}

// alike reports whether two say the same. A year and a day in it do.
func alike(key, a, b string) bool {
	if key == "web.line.began" {
		a, b = day(a), day(b)
		return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
	}
	return a == b
}

// lineOf is the first line of any of some kinds; the zero line when there is none.
func (f *fact) lineOf(keys ...string) line {
	for _, l := range f.Lines {
		if slices.Contains(keys, l.Key) {
			return l
		}
	}
	return line{}
}
