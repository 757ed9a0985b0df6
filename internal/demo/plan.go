package demo

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/id"
	"onestory/internal/person"
	"onestory/internal/plan"
	"onestory/internal/record"
	"onestory/internal/text"
)

// A planned is one piece of a plan as the demonstration writes it.
type planned struct {
	part  string
	said  map[string]string
	under int // which piece of the same list it hangs under, from 1; 0: none
	who   string
}

// aminasPlan is Amina's plan, in her words: seven headings about her, what goes well,
// two needs, three hopes, six actions, and what to do if something happens.
func (s *saying) aminasPlan() []planned {
	about := func(part, words, helped string) planned {
		return planned{part: part, said: map[string]string{"words": words, "helped": helped}}
	}
	by := func(days int) string { return s.a.today.AddDate(0, 0, days).Format(dayOnly) }
	const leila = "Leila, my daughter"
	return []planned{
		about("important", "I have heart failure and diabetes. I speak Arabic. My prayers, my garden, and my family at the table on Fridays. I want to stay in my own home.", leila),
		about("people", "Leila, my daughter, first: 07700 900102. Samira next door has a key: 07700 900117. Please do not ring my brother.", ""),
		about("communicate", "Arabic first, with an interpreter. Speak slowly, and to me. I read large print. When I am in pain I go quiet.", leila),
		about("wellness", "On a good day I walk in the garden and cook. On a bad day I sleep in the chair. If my ankles swell, it is getting worse. Tea and a prayer calm me.", ""),
		about("please", "Please take your shoes off at the door. Please wash your hands. Please do not move my box of medicines. Please do not call me darling.", ""),
		about("support", "I wash by myself, with somebody near. I need help on the stairs. I fast in Ramadan: talk to me early about my tablets.", ""),
		about("worth", "I taught mathematics in Aleppo for thirty years. I can still do sums faster than you. I love roses and old films.", ""),
		{part: "strengths", said: map[string]string{"words": "I weigh myself every morning and I know what it means. Leila and Samira are near. I cook for everybody when I can."}},
		{part: "need", said: map[string]string{"words": "I get out of breath on the stairs and in the street.", "matters": "high"}},                                        // 9
		{part: "need", said: map[string]string{"words": "The days are long when Leila is at work.", "matters": "medium"}},                                                  // 10
		{part: "goal", under: 9, said: map[string]string{"words": "To sleep upstairs in my own bed.", "matters": "high", "how": "I sleep there every night for a month."}}, // 11
		{part: "goal", under: 9, said: map[string]string{"words": "To walk to the mosque on Fridays, with one rest.", "matters": "high"}},                                  // 12
		{part: "goal", under: 10, said: map[string]string{"words": "To have somebody to speak Arabic with.", "matters": "medium"}},                                         // 13
		{part: "action", under: 11, who: "Social worker", said: map[string]string{"words": "Ask for a second rail on the stairs.", "when": by(14), "sure": "fairly"}},
		{part: "action", under: 11, who: "Home care", said: map[string]string{"words": "Be near when I go upstairs in the evening.", "when": by(7), "sure": "very"}},
		{part: "action", under: 12, who: "District nurse", said: map[string]string{"words": "Look at my ankles and my weight chart each week.", "when": by(5), "sure": "very"}},
		{part: "action", under: 12, who: plan.ThePerson, said: map[string]string{"words": "Walk to the corner and back, every day but Sunday.", "when": by(28), "sure": "fairly"}},
		{part: "action", under: 13, who: "Befriender", said: map[string]string{"words": "Come for tea on Tuesdays.", "when": by(8), "sure": "very"}},
		{part: "action", under: 13, who: "carer", said: map[string]string{"words": "Find out when the women meet at the mosque.", "when": by(21), "sure": "not-very"}},
		{part: "worse", said: map[string]string{
			"words": "If I get more out of breath", "signs": "I sleep in the chair. My ankles swell. My weight goes up by 2 kg in 3 days.",
			"do": "Sit me up. Weigh me. Ring the nurses the same day.", "call": "District nurses, 020 7946 0112. At night 111.",
			"cope": "An open window, and somebody who stays.", "medicines": "The water tablet is in the box in the kitchen.", "review": by(90)}},
		{part: "worse", said: map[string]string{
			"words": "If Leila cannot come", "do": "Samira sits with me. Home care adds a visit at midday.",
			"call": "Samira next door, 07700 900117. Then Willow Gate Home Care, 020 7946 0119.", "review": by(120)}},
	}
}

// A goingOn is how a hope of aminasPlan is going, as somebody said it some days ago.
type goingOn struct {
	who   string
	why   consent.Purpose
	hope  int // its place in the plan, from 1
	ago   int // days
	face  string
	words string
}

// checkIns are how Amina's hopes went over the last months, as she and two of those who
// work for her saw it: residents, her daughter too, may have no account yet.
var checkIns = []goingOn{
	{"amina", consent.Own, 11, 98, "badly", "I slept in the chair all week."},
	{"amina", consent.Own, 11, 70, "so-so", ""},
	{"tom", consent.Care, 11, 55, "so-so", "One rail is not enough. I asked for a second."},
	{"amina", consent.Own, 11, 41, "very-badly", "My ankles were up again."},
	{"sam", consent.Care, 11, 24, "so-so", "She went up twice this week, with one of us behind her."},
	{"amina", consent.Own, 11, 11, "well", "Three nights in my own bed!"},
	{"amina", consent.Own, 12, 63, "badly", "Not one Friday this month."},
	{"amina", consent.Own, 12, 10, "so-so", "To the corner and back. The mosque is still far."},
}

// planOf has Amina write her plan, her social worker lay it before her, and Amina answer.
// Then she and others say how her hopes are going: each as themselves, and each once, also
// when it is all begun again.
func (a *area) planOf(ctx context.Context, parts *Parts, s *saying, pieces []planned, whose person.ID) error {
	made := make([]id.Entry, len(pieces)+4+len(checkIns))
	for i := range made {
		made[i] = id.Entry{Person: int64(whose), N: s.ids.Int64N(1<<62) + 1}
	}
	type step struct {
		who   string
		why   consent.Purpose
		doing string
		do    func(record.View, *plan.Plan, string) error
	}
	write := step{"amina", consent.Own, "plan", func(v record.View, p *plan.Plan, whom string) error {
		if p.Version != nil {
			return nil
		}
		return s.write(v, p, parts.Door.EntryText, pieces, made, whom, "Amina Yusuf")
	}}
	first := step{"amina", consent.Own, "plan", func(v record.View, _ *plan.Plan, whom string) error {
		now, err := plan.AskFirst(v)
		if err != nil || now.Who != "" {
			return err
		}
		for _, m := range v.Members() {
			if m.Party == individual("tom") {
				return plan.SetFirst(v, parts.Door.EntryText, made[len(made)-1], whom, english("circle.first.title"), m.ID, "")
			}
		}
		return nil
	}}
	picture := step{"amina", consent.Own, "plan", func(v record.View, p *plan.Plan, whom string) error {
		if len(p.Shown) > 0 {
			return nil
		}
		ready, err := plan.Put{
			Part: plan.PartOf("important"), Words: "My roses in May", File: garden(), New: made[len(made)-2], Whom: whom,
			Call: func(what string) string {
				if what == "important" {
					return english("plan." + what)
				}
				return english("media." + what)
			},
		}.Check()
		if err != nil {
			return err
		}
		return ready.Show(v, parts.Door.EntryText)
	}}
	steps := []step{
		write, write, write, // hopes hang under needs that are there, and actions under hopes
		picture,
		first,
		{"tom", consent.Care, "plan-version", func(v record.View, p *plan.Plan, whom string) error {
			if p.Version != nil {
				return nil
			}
			return plan.Lay(v, parts.Door.EntryText, made[len(pieces)], whom, english("plan.title"))
		}},
		{"amina", consent.Own, "plan-answer", func(v record.View, p *plan.Plan, whom string) error {
			if len(p.Answers) > 0 || p.Version.N > 1 {
				return nil
			}
			return plan.Reply(v, parts.Door.EntryText, made[len(pieces)+1], whom, plan.Answer{Version: 1, Say: plan.WithANote, Note: "Not on Fridays at midday: I am at the mosque."})
		}},
	}
	for i, c := range checkIns {
		steps = append(steps, step{c.who, c.why, "plan", func(v record.View, p *plan.Plan, whom string) error {
			text, n := parts.Door.EntryText, made[len(pieces)+2+i]
			if slices.ContainsFunc(p.CheckIns, func(x plan.CheckIn) bool { return x.Text == text(n) }) {
				return nil
			}
			at := clock.At(a.today.AddDate(0, 0, -c.ago).Add(18 * time.Hour))
			x := plan.CheckIn{Goal: text(made[c.hope-1]), Face: c.face, Words: c.words, At: at}
			return plan.Say(v, text, n, whom, x, func(question string) string {
				return english("checkin." + cmp.Or(question, "title"))
			})
		}})
	}
	for _, x := range steps {
		who, err := parts.Accounts.As(ctx, x.who)
		if err != nil {
			return err
		}
		err = parts.Door.With(ctx, who, x.why, whose, func(v record.View) error {
			v.Doing(x.doing)
			p, err := plan.Read(v, parts.Door.EntryText)
			if err != nil {
				return err
			}
			return x.do(v, p, parts.Door.Text(whose))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deesPlan is Dee's plan, in her words: what matters, one hope, who does what, and what to
// do when she has a fit.
func (s *saying) deesPlan() []planned {
	by := func(days int) string { return s.a.today.AddDate(0, 0, days).Format(dayOnly) }
	return []planned{
		{part: "important", said: map[string]string{"words": "My cat Biscuit. My job at the garden centre. My sister Megan."}},
		{part: "goal", said: map[string]string{"words": "I want to take the bus to work by myself.", "matters": "high"}}, // 2
		{part: "action", under: 2, who: "Support at home", said: map[string]string{"words": "Come on the bus with me on Mondays.", "when": by(14), "sure": "very"}},
		{part: "action", under: 2, who: plan.ThePerson, said: map[string]string{"words": "Learn where the bus stops.", "when": by(28), "sure": "fairly"}},
		{part: "worse", said: map[string]string{
			"words": "I have a fit", "do": "Stay with me. Put something soft under my head. Ring 999 if it goes on for 5 minutes.",
			"call": "My sister Megan, 07700 900118."}},
	}
}

// deesPlanOf has Dee write her plan. Nobody has laid it before her to
// agree yet. What is there already is left as it is.
func (a *area) deesPlanOf(ctx context.Context, parts *Parts, s *saying, whose person.ID) error {
	pieces := s.deesPlan()
	made := make([]id.Entry, len(pieces))
	for i := range made {
		made[i] = id.Entry{Person: int64(whose), N: s.ids.Int64N(1<<62) + 1}
	}
	who, err := parts.Accounts.As(ctx, "dee")
	for range 3 { // hopes first, and then what is done for them
		if err != nil {
			return err
		}
		err = parts.Door.With(ctx, who, consent.Own, whose, func(v record.View) error {
			v.Doing("plan")
			p, err := plan.Read(v, parts.Door.EntryText)
			if err != nil || p.Version != nil {
				return err
			}
			return s.write(v, p, parts.Door.EntryText, pieces, made, parts.Door.Text(whose), "Dee Hughes")
		})
	}
	return err
}

// write writes down, as the page for each does, the pieces that are not there and hang
// under none or one that is.
func (s *saying) write(v record.View, p *plan.Plan, name plan.Text, pieces []planned, made []id.Entry, whom, self string) error {
	for i, x := range pieces {
		if p.Has(name(made[i])) || x.under != 0 && !p.Has(name(made[x.under-1])) {
			continue
		}
		part, said := plan.PartOf(x.part), maps.Clone(x.said)
		if x.under != 0 {
			said["under"] = name(made[x.under-1])
		}
		who := ""
		if x.who != "" {
			said["who"], who = x.who, self
			for _, m := range s.joins {
				if m.Role == x.who {
					said["who"], who = m.ID, m.Name
				}
			}
		}
		theirs, err := plan.Write(v, name, plan.Writing{
			Piece: plan.Piece{Part: part, Said: said}, New: made[i], Whom: whom, Name: who,
			Call: func(question string) string {
				switch {
				case question == "":
					return english("plan." + part.Code)
				case part.About():
					return english("plan.about." + question)
				}
				return english("plan." + part.Code + "." + question)
			},
		})
		if err != nil || theirs != nil {
			return err
		}
	}
	return nil
}

// english is a message in English, which is what the demonstration is in.
func english(id string) string { return text.For("", "").T(id, nil) }
