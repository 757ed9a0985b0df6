package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"onestory/internal/account"
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/directory"
)

// services.go makes what people of the area can turn to. Like everything here it comes
// from a seed; nothing of it exists.

// helpers are organisations that only offer services: nobody of the cast works there.
var helpers = []account.Organisation{
	{ID: "hearthside", Name: "Hearthside Carers", Sector: consent.Voluntary},
	{ID: "open-larder", Name: "The Open Larder", Sector: consent.Voluntary},
	{ID: "plain-advice", Name: "Plain Advice", Sector: consent.Voluntary},
	{ID: "tern-house", Name: "Tern House Hospice", Sector: consent.Voluntary},
	{ID: "stillwater", Name: "Stillwater Talking Therapies", Sector: consent.NHS},
	{ID: "linnet", Name: "Linnet Home Care", Sector: consent.Private},
	{ID: "easy-rider", Name: "Easy Going Community Transport", Sector: consent.Voluntary},
	{ID: "harbour-line", Name: "The Harbour Line", Sector: consent.NHS},
	{ID: "new-leaf", Name: "Turning Leaf Recovery", Sector: consent.Voluntary},
	{ID: "front-door", Name: "Front Door Housing Help", Sector: consent.Voluntary},
}

// offered is one sort of service, as each borough has it. In the words, %s is the borough.
type offered struct {
	org     string // "council" and "practice" are the borough's own
	name    string
	summary string
	more    string
	needs   []string
	who     string
	not     string
	ages    [2]int
	when    string
	cost    string // "" is free
	venue   string // what the place is called, with %s its town; "" when it has none
	places  int    // at most
	home    bool
	phone   bool
	self    bool
	carers  bool
	young   bool
}

var everywhere = []offered{
	{"practice", "Practice pharmacist, %s", "A pharmacist looks at all your medicines with you", "Bring what you take, also what you bought. You get a list of it afterwards.",
		[]string{"medicines"}, "People on the practice's list who take four or more medicines", "Emergencies: call 999", [2]int{16, 0}, "Monday to Friday, 9am to 5pm", "", "Surgery, %s", 1, false, true, true, false, false},
	{"riverside", "Falls and balance clinic, %s", "Find out why you fall, and get steadier", "A nurse and a physiotherapist see you for an hour. They look at your eyes, feet, medicines and home. Then there is a class once a week for 12 weeks.",
		[]string{"falls", "nursing", "activity"}, "People aged 65 and over who fell in the last year, or are afraid to", "People who cannot stand at all: ask for physiotherapy at home", [2]int{65, 0}, "Tuesday and Thursday, 10am to 3pm", "", "%s Health Centre", 2, true, false, false, false, false},
	{"good-company", "Befriending, %s", "A volunteer visits or rings you once a week", "You meet twice with one of us there. Then it is up to the two of you.",
		[]string{"company"}, "Adults who are often alone", "Help with washing or medicines", [2]int{18, 0}, "When it suits you both", "", "", 0, true, true, true, false, false},
	{"hearthside", "Carers' centre, %s", "Advice, breaks and company for people who look after someone", "A carers' assessment, a card for emergencies, somebody to sit with whom you care for, and a group on Wednesdays.",
		[]string{"carers", "advice", "money", "company"}, "Anybody who looks after a relative or friend, unpaid", "", [2]int{18, 0}, "Monday to Friday, 10am to 4pm. Wednesday until 8pm", "", "Carers' Centre, %s", 1, true, true, true, true, false},
	{"hearthside", "Young carers, %s", "A club and somebody to talk to, for young people who look after someone", "Once a week after school. We also talk to your school, if you want.",
		[]string{"carers", "young", "activity"}, "Young people who look after someone in their family", "", [2]int{8, 18}, "Thursday, 4pm to 7pm", "", "Youth Centre, %s", 1, false, true, true, true, true},
	{"open-larder", "Food bank, %s", "Food for three days, today", "You can choose what you take. Nobody asks for papers the first time. There is tea, and somebody for advice about money.",
		[]string{"food", "money"}, "Anybody who has not enough to eat", "", [2]int{0, 0}, "Monday, Wednesday and Friday, 11am to 2pm", "", "St Bride's Hall, %s", 2, false, false, true, false, false},
	{"stillwater", "Talking therapies, %s", "Help with worry, low mood and sleep", "First a talk of 45 minutes. Then a course, one to one or in a group, by phone, online or face to face.",
		[]string{"mind"}, "Adults who feel low or anxious", "When you cannot keep yourself safe: call the Harbour Line", [2]int{18, 0}, "Monday to Friday, 8am to 8pm", "", "%s Therapy Rooms", 1, false, true, true, false, false},
	{"council", "Help at home after hospital, %s", "Up to six weeks of help to do things for yourself again", "Staff visit up to four times a day. Most people need less help at the end.",
		[]string{"home-care"}, "Adults who were in hospital or had a fall", "People who need a nurse all day", [2]int{18, 0}, "Every day, 7am to 10pm", "", "", 0, true, false, false, false, false},
	{"council", "Adult social care, %s", "Ask for help with daily life, or for a carer's assessment", "Tell us what is hard. We answer within five working days, and on the same day when somebody is not safe.",
		[]string{"home-care", "disability", "carers", "safe", "housing"}, "Adults who live in the borough", "", [2]int{18, 0}, "Monday to Friday, 9am to 5pm. At night for emergencies", "We talk about what you can pay. Advice is free", "Civic Centre, %s", 1, true, true, true, false, false},
	{"willow", "Home care, %s", "Care workers come to your home, from half an hour a week to live-in care", "Washing, dressing, meals and company. The same few people come.",
		[]string{"home-care", "memory"}, "Adults who want help at home", "Nursing: a district nurse does that", [2]int{18, 0}, "Every day, all day", "From £26 an hour. The council may pay", "", 0, true, false, true, false, false},
	{"council", "Day centre, %s", "Lunch, company and things to do, with a way to get there", "Singing, gardening, a hairdresser and a bath. Our minibus can bring you.",
		[]string{"company", "activity", "memory", "food"}, "Older people, and people who live with dementia", "", [2]int{60, 0}, "Monday to Friday, 10am to 3pm", "£9 a day with lunch", "%s Day Centre", 1, false, false, true, true, false},
	{"plain-advice", "Advice, %s", "Free advice on benefits, debt, housing and your rights", "Bring your letters. We help with forms, and go with you if it comes to a hearing.",
		[]string{"advice", "money", "housing"}, "Anybody who lives in the borough", "Business matters", [2]int{0, 0}, "Monday to Thursday, 10am to 4pm", "", "%s Library", 2, false, true, true, false, false},
	{"lamplight", "Link workers, %s", "Somebody who finds out with you what would help", "You meet a few times, where you like. It may be a walking group, help with bills, or a course.",
		[]string{"company", "activity", "advice", "mind"}, "Adults", "", [2]int{18, 0}, "Monday to Friday, 9am to 5pm", "", "", 0, true, true, true, false, false},
	{"kettle", "Lunch club, %s", "A hot lunch and company", "Two courses and tea. Come early, there is always a table for one more.",
		[]string{"company", "food"}, "People aged 60 and over", "", [2]int{60, 0}, "Tuesday, midday to 2:30pm", "£4", "Methodist Hall, %s", 2, false, false, true, false, false},
}

// single are services that the area has once. Where they are is a place in boroughs.
var single = []struct {
	offered
	borough int
}{
	{offered{"harbour-line", "The Harbour Line", "Call when you cannot cope, day or night", "A mental health nurse answers. They can send somebody to you.", []string{"crisis", "mind", "safe"}, "Anybody of any age, and those who worry about somebody", "", [2]int{0, 0}, "Every day, all day and all night", "", "", 0, false, true, true, false, false}, 0},
	{offered{"plane-tree", "Urgent line for today, Acton", "Call the surgery when it cannot wait until tomorrow", "A nurse rings back within an hour.", []string{"crisis", "nursing"}, "People on the list of Plane Tree Surgery", "Danger to life: call 999", [2]int{0, 0}, "Monday to Friday, 8am to 6:30pm", "", "Plane Tree Surgery", 1, false, true, true, false, false}, 1},
	{offered{"plane-tree", "Walking group, Acton", "A slow walk in the park, with tea after it", "About a mile. A nurse walks along.", []string{"activity", "company", "falls"}, "Adults who would like to move a little more", "", [2]int{18, 0}, "Friday, 11am", "", "Acton Park gate", 1, false, false, true, false, false}, 1},
	{offered{"tern-house", "Tern House Hospice", "Care for people with an illness that cannot be cured, and for their families", "A ward, a day centre, nurses who come to your home, and somebody to talk to afterwards.", []string{"end-of-life", "nursing", "carers"}, "Adults with a serious illness", "", [2]int{18, 0}, "Every day, all day and all night", "", "Tern House", 1, true, true, false, false, false}, 3},
	{offered{"tern-house", "Hospice at home, south", "Nurses who come day and night in the last weeks", "They also show families what to do.", []string{"end-of-life", "nursing"}, "Adults in the last weeks of life", "", [2]int{18, 0}, "Every day, all day and all night", "", "", 0, true, true, false, false, false}, 2},
	{offered{"tern-house", "After somebody died", "A group and single talks for people who grieve", "It does not matter where or how they died.", []string{"company", "mind", "end-of-life"}, "Adults", "", [2]int{18, 0}, "Wednesday, 6pm to 8pm", "", "Tern House", 1, false, true, true, false, false}, 3},
	{offered{"easy-rider", "Dial a lift", "A driver takes you to the doctor, the shops or a friend", "Ring by midday the day before. Wheelchairs are welcome.", []string{"transport"}, "People who cannot use a bus", "Emergencies", [2]int{18, 0}, "Monday to Saturday, 8am to 6pm", "£3 each way", "", 0, true, false, true, false, false}, 0},
	{offered{"easy-rider", "Learn to travel", "Somebody goes with you until you know the way", "By bus or tube, as often as it takes.", []string{"transport", "disability"}, "People with a learning disability, and people who lost confidence", "", [2]int{14, 0}, "When it suits you", "", "", 0, true, false, true, false, true}, 5},
	{offered{"linnet", "Linnet night care", "Somebody stays at night, awake or asleep", "So that the family can sleep.", []string{"home-care", "carers"}, "Adults who need somebody at night", "", [2]int{18, 0}, "Every night, 9pm to 7am", "From £140 a night", "", 0, true, false, true, true, false}, 4},
	{offered{"linnet", "Linnet dementia care", "Care workers who know dementia well", "The same two people come.", []string{"home-care", "memory"}, "People who live with dementia", "", [2]int{18, 0}, "Every day, 7am to 10pm", "From £29 an hour", "", 0, true, false, true, false, false}, 3},
	{offered{"haven", "Haven Lane Supported Living", "A flat of your own, with help when you want it", "Eight flats, and staff day and night.", []string{"housing", "disability"}, "Adults with a learning disability", "", [2]int{18, 0}, "Every day, all day", "The council pays for most people", "Haven Lane", 1, false, false, false, false, false}, 5},
	{offered{"marigold", "Marigold Sexual Health Clinic", "Tests, contraception and advice, in confidence", "You need not give your own name.", []string{"sexual-health", "safe"}, "Anybody aged 13 and over", "", [2]int{13, 0}, "Monday to Saturday, 9am to 7pm", "", "Marigold Clinic", 1, false, true, true, false, true}, 6},
	{offered{"new-leaf", "Turning Leaf", "Drink less, stop drugs, or help somebody who should", "Groups, single talks and medicines.", []string{"drink-drugs"}, "Adults, and their families", "", [2]int{18, 0}, "Monday to Friday, 9am to 6pm", "", "Turning Leaf House", 2, false, true, true, false, false}, 7},
	{offered{"new-leaf", "Young people and drugs", "Somebody to talk to, where you like", "School and parents are told only what you want.", []string{"drink-drugs", "young"}, "Young people", "", [2]int{11, 24}, "After school, and on Saturday", "", "", 0, true, true, true, false, true}, 5},
	{offered{"front-door", "Front Door", "Help when you may lose your home, or have", "We call the landlord and the council with you.", []string{"housing", "advice"}, "Anybody", "", [2]int{16, 0}, "Monday to Friday, 9am to 4pm", "", "Front Door", 2, false, true, true, false, false}, 7},
	{offered{"front-door", "Handyman", "Grab rails, key safes and small repairs", "Most things are done within two weeks.", []string{"housing", "falls"}, "People aged 60 and over, and disabled people", "Gas and roofs", [2]int{0, 0}, "Monday to Friday, 8am to 4pm", "Work is free. You pay for what is put in", "", 0, true, false, true, false, false}, 1},
	{offered{"riverside", "Foot clinic", "Care for feet that are at risk", "Most people who come have diabetes.", []string{"nursing"}, "Adults whose feet have no feeling, or sores", "Cutting nails", [2]int{18, 0}, "Monday to Friday, 9am to 4pm", "", "%s Health Centre", 3, false, false, false, false, false}, 1},
}

// fillDirectory adds the services of the area, and who offers them.
func (a *area) fillDirectory(ctx context.Context, parts *Parts) error {
	if parts.Directory == nil {
		return nil
	}
	for _, o := range helpers {
		if err := parts.Accounts.AddOrganisation(ctx, o); err != nil {
			return fmt.Errorf("demo: adding %s: %w", o.ID, err)
		}
	}
	if err := parts.Directory.AddServices(ctx, "The demonstration area", Services(parts.Seed, parts.Today)); err != nil {
		return fmt.Errorf("demo: adding services: %w", err)
	}
	return nil
}

// Services are those of the area, the same for the same seed and day.
func Services(seed uint64, today time.Time) (all []directory.Service) {
	r := rand.New(rand.NewPCG(seed, 0x5e41ce5))
	for b := range boroughs {
		for _, o := range everywhere {
			all = append(all, o.in(r, b, today))
		}
	}
	for _, o := range single {
		s := o.in(r, o.borough, today)
		if !slices.Contains([]string{"plane-tree", "haven"}, o.org) {
			s.Boroughs = nil // of the whole area
		}
		all = append(all, s)
	}
	// Each state that there is, at the same places always.
	all[3].Alert = "Closed on 24 and 25 December."
	all[19].Status, all[19].Alert = directory.Closed, "The hall has no heating. We open again when it is mended."
	all[40].Status = directory.Defunct
	all[12].Checked = clock.At(today.AddDate(0, -9, 0))
	all[26].Checked, all[26].CheckedBy = 0, ""
	return all
}

func (o *offered) in(r *rand.Rand, b int, today time.Time) directory.Service {
	here := &boroughs[b]
	org := o.organisation(here)
	name := strings.ReplaceAll(o.name, "%s", here.name)
	s := directory.Service{
		ID: directory.UUID("demo", o.org, o.name, here.name), Organisation: org.ID, OfferedBy: org.Name,
		Name: name, Summary: o.summary + ".", Description: o.more, Needs: o.needs, Status: directory.Active,
		HomeVisits: o.home, ByPhone: o.phone, Boroughs: []string{here.name}, When: o.when, WhoFor: o.who, NotFor: o.not,
		MinAge: o.ages[0], MaxAge: o.ages[1], Cost: o.cost, Free: o.cost == "", SelfRefer: o.self, Carers: o.carers, Young: o.young,
		Phone:   fmt.Sprintf("020 7946 0%03d", 200+r.IntN(700)),
		Email:   "hello@" + org.ID + ".example.org",
		Web:     "https://" + org.ID + ".example.org",
		Checked: clock.At(today.AddDate(0, 0, -3-r.IntN(150))), CheckedBy: org.Name,
		Referral: directory.Referral{Address: "referrals@" + org.ID + ".example.org", Shown: r.IntN(3) == 0},
	}
	at := r.Perm(len(here.town) / 2)
	for n := range min(o.places, len(at)) {
		town, out := here.town[2*at[n]], here.town[2*at[n]+1]
		if slices.ContainsFunc(s.Places, func(p directory.Place) bool { return p.Town == town }) {
			continue
		}
		s.Places = append(s.Places, directory.Place{
			Name: strings.ReplaceAll(o.venue, "%s", town), Address: fmt.Sprintf("%d %s %s", 1+r.IntN(140), pick(r, streets), pick(r, ways)),
			Town: town, Postcode: fmt.Sprintf("%s 9Z%c", out, "ABDEFGHJLNPQRSTUWXYZ"[r.IntN(20)]), StepFree: r.IntN(5) > 0,
		})
	}
	for _, x := range directory.Accesses() {
		if (x == "step-free" && len(s.Places) > 0 && s.Places[0].StepFree) || x == "interpreter" && r.IntN(3) > 0 || x != "step-free" && x != "interpreter" && r.IntN(5) == 0 {
			s.Access = append(s.Access, x)
		}
	}
	s.Languages = []string{"English"}
	for _, l := range []string{"Arabic", "Gujarati", "Polish", "Punjabi", "Somali", "Urdu", "Tamil", "Portuguese", "Farsi"} {
		if r.IntN(5) == 0 {
			s.Languages = append(s.Languages, l)
		}
	}
	switch r.IntN(6) {
	case 0:
		s.Capacity, s.Weeks = directory.Waiting, 1+r.IntN(18)
	case 1:
		s.Capacity = directory.Unknown
	case 2:
		if s.Capacity = directory.Full; s.Crisis() {
			s.Capacity = directory.Open
		}
	default:
		s.Capacity = directory.Open
	}
	return s
}

// organisation is who offers it, in a borough.
func (o *offered) organisation(in *borough) account.Organisation {
	of := func(x organisation) account.Organisation {
		return account.Organisation{ID: x.id, Name: x.name, Sector: x.sector}
	}
	switch o.org {
	case "council":
		return of(organisations[in.council])
	case "practice":
		return of(organisations[in.practice])
	}
	for _, x := range organisations {
		if x.id == o.org {
			return of(x)
		}
	}
	for _, x := range helpers {
		if x.ID == o.org {
			return x
		}
	}
	panic("demo: a service of nobody: " + o.org)
}
