package demo

import (
	"fmt"
	"strings"
	"time"

	"onestory/internal/fhir"
)

// sheaves is everything that every source knows about one person, the practice first.
func (a *area) sheaves(p *resident) (all []*sheaf) {
	add := func(s *sheaf) *sheaf {
		if s != nil {
			all = append(all, s)
		}
		return s
	}
	if p.listed {
		add(a.list(p))
		return all
	}
	practice := add(a.practice(p))
	hospital := add(a.hospital(p))
	nursing := add(a.nursing(p))
	council := add(a.support(p))
	add(a.visiting(p))
	add(a.lunch(p))
	switch p.who {
	case "amina":
		a.aminas(practice, hospital, nursing, council)
	case "leila":
		leilas(practice)
	case "marcus":
		marcuses(practice)
	case "dee":
		add(a.haven(p))
		dees(practice)
	case "rita":
		add(a.marigold(p))
		ritas(practice)
	}
	return all
}

// ago is a working moment so many days before today.
func (s *sheaf) ago(days int) time.Time { return s.at(s.today.AddDate(0, 0, -days)) }

// aboutMe writes down what somebody says of themselves, under the seven headings of
// the national standard that they have filled in.
func (s *sheaf) aboutMe(at time.Time, helped string, said ...string) {
	b, _ := s.about("QuestionnaireResponse", "subject", at)
	b.Add("meta.security", fhir.Obj{"system", topicURL, "code", "about-me"}).
		Set("status", "completed").Set("authored", at.Format(instant)).Set("author", fhir.Obj{"reference", s.patient})
	if helped != "" {
		b.Set("source", fhir.Obj{"reference", s.patient, "display", helped})
	}
	for i := 0; i+1 < len(said); i += 2 {
		b.Add("item", fhir.Obj{"linkId", said[i], "text", headings[said[i]], "answer", fhir.List{fhir.Obj{"valueString", said[i+1]}}})
	}
}

var headings = map[string]string{
	"important":   "What is most important to me",
	"people":      "People who are important to me",
	"communicate": "How I communicate and how to communicate with me",
	"wellness":    "My wellness",
	"do-and-dont": "Please do and please do not",
	"support":     "How and when to support me",
	"also":        "Also worth knowing about me",
}

// flag writes down something that everybody who may see it must know at once.
func (s *sheaf) flag(about, kind, words string, at time.Time, author string) {
	b, _ := s.about("Flag", "subject", at)
	category := fhir.Obj{"text", kind}
	if about != "" {
		category = topic(about, kind)
	}
	b.Set("status", "active").Add("category", category).Set("code", fhir.Obj{"text", words}).
		Set("period", fhir.Obj{"start", at.Format(dayOnly)}).Set("author", by(author))
}

// goal writes down what somebody wants to be able to do.
func (s *sheaf) goal(words string, at time.Time, who fhir.Obj) {
	b, _ := s.about("Goal", "subject", at)
	b.Set("lifecycleStatus", "active").Set("achievementStatus", fixed("goal-achievement", "in-progress")).
		Set("description", fhir.Obj{"text", words}).Set("startDate", at.Format(dayOnly)).Set("expressedBy", who)
}

func (a *area) aminas(practice, hospital, nursing, council *sheaf) {
	gp := practice.p.gp
	// The hospital has an allergy that the practice never had: she says that it was an
	// upset stomach, and has had the medicine since without harm.
	h := hospital.p.hospital().staff[0]
	hospital.allergy("91936005", "Allergy to penicillin", "J01C", "Nausea; the account is unclear", "unable-to-assess", "unconfirmed", a.today.AddDate(-3, 0, -18), h).
		Add("note", fhir.Obj{"authorString", h, "time", hospital.ago(3*365 + 18).Format(instant), "text", "Taken down in the emergency department through a relative. Not confirmed with the practice."})
	practice.short(medicine{text: "Amoxicillin 500mg capsules", atc: "J01CA04", dose: "Take ONE capsule THREE times a day for 5 days", times: 3, each: "1", unit: "capsule"},
		"Dental infection", practice.ago(640), gp)

	practice.flag("", "Accessible information", "Letters in large print (18 point). Arabic interpreter for every appointment; family are not to interpret.", practice.ago(900), gp)
	practice.relative("Samira Haddad", "neighbour", "07700 900117")
	practice.aboutMe(practice.ago(50), "Written with Leila Yusuf, daughter",
		"important", "My prayers, my garden and my family around the table on Fridays. I want to stay in my own home.",
		"people", "Leila, my daughter. Samira next door has a key. Please do not ring my brother.",
		"communicate", "Arabic first. Speak slowly, to me and not over my head. I read large print.",
		"do-and-dont", "Please take your shoes off at the door. Please do not move my medicines box.",
		"support", "I fast in Ramadan: talk to me early about my tablets.")
	hospital.encounter("IMP", "Inpatient stay, 6 days", "Breathlessness: heart failure", hospital.ago(110), 6*24*60, h)
	hospital.letter("Discharge summary", "Discharge summary: six days in hospital with heart failure",
		dischargeLetter(hospital, hospital.ago(110)), hospital.ago(103), h)
	hospital.booked(12, 30, "Heart failure clinic, with an Arabic interpreter", h, hospital.source+", outpatients")

	// What a good look at all sources finds: nobody who prescribes has seen this.
	nursing.stated("Ibuprofen 200mg tablets", medicine{atc: "M01AE01", dose: "Takes TWO now and then for her knees, sometimes every day", needful: true}, nursing.ago(17), "Ruth Amoah, district nurse",
		"Bought at the chemist, not prescribed. With heart failure, ramipril and a water tablet this is not safe: asked her to stop, and to ring the surgery.")

	plan := nursing.carePlan("", "Heart failure: what we watch together", "Agreed with Amina at home, with an interpreter.", a.today.AddDate(0, 0, -95), nursing.p.name.call()+" with Ruth Amoah, district nurse", []string{
		"Weigh every morning and write it on the chart by the kettle",
		"Ring the nurses if the weight goes up by 2 kg in 3 days",
		"Water tablet in the morning, so that the afternoons are free",
	})
	plan.Set("status", "active")
	nursing.goal("Walk to the mosque on Fridays without stopping more than once", nursing.ago(95), fhir.Obj{"reference", nursing.patient})
	nursing.goal("Stay in my own home", nursing.ago(95), fhir.Obj{"reference", nursing.patient})

	instead := council.carePlan("", "If Leila cannot come", "What is to happen when her daughter is ill or away.", a.today.AddDate(0, 0, -70), council.p.council().staff[0], []string{
		"Willow Gate Home Care adds a midday visit: ring them first",
		"Samira Haddad next door has a key and will sit with her",
	})
	instead.Add("category", fhir.Obj{"text", "Contingency plan"})
	practice.carePlan("wishes", "Where I want to be cared for", "Talked about with Amina and an interpreter; she may change her mind at any time.", a.today.AddDate(0, 0, -48), gp, []string{
		"At home, not in hospital, unless she says otherwise at the time",
		"The imam of her mosque to be called, and Leila with him",
	})
}

// dischargeLetter is a long letter, as they are: longer than what a record keeps in
// one piece.
func dischargeLetter(s *sheaf, admitted time.Time) string {
	var b strings.Builder
	p := s.p
	fmt.Fprintf(&b, "%s\nDischarge summary\n\nTo: %s, %s\nAbout: %s, born %s\nAdmitted %s, for six days.\n\n", s.source, p.gp, p.practice().name, p.name.call(),
		p.born.Format("2 January 2006"), admitted.Format("2 January 2006"))
	b.WriteString("Why she came in\nBreathless for a week, worse lying down, with swollen ankles. She had taken her water tablet every other day, because on the days with it she cannot go out.\n\n")
	b.WriteString("What we found\nHeart failure with fluid on the lungs. No infection. Blood pressure 124/70. NT-proBNP raised. Kidney function as before.\n\n")
	days := []string{
		"Started furosemide into a vein twice a day. Oxygen through the nose at 2 litres a minute. Weighed on the ward scales each morning before breakfast. The interpreter came at 11 and again for the evening round.",
		"Breathing easier. Two pillows instead of four. Passed 2.4 litres more than she drank. Potassium 4.1. The heart failure nurse explained with the interpreter why the water tablet matters every day; agreed that it can be taken later on days when she goes out.",
		"Off oxygen, 95% breathing air. Walked to the bathroom with one person beside her. Weight down 2.1 kg since she came. Physiotherapist: safe on the flat with a frame, needs someone on the stairs.",
		"Changed to furosemide tablets. Bisoprolol increased slowly. Blood sugar between 7 and 11 before meals. The dietitian talked about salt in bread and pickles. She asked that her daughter be told of the new tablets, which was done the same afternoon.",
		"Occupational therapist and the council spoke by telephone about rails and a second visit each day. She wants to be at home by Friday. She managed the stairs twice with a rail and one person.",
		"Medically ready. Tablets given in a blister pack with large print in Arabic. The district nurses will weigh her in two days and repeat the blood test in a week.",
	}
	for i, day := range days {
		fmt.Fprintf(&b, "Day %d, %s\n", i+1, admitted.AddDate(0, 0, i).Format("Monday 2 January"))
		b.WriteString(day + "\n")
		for n, round := range []string{"Night", "Morning", "Midday", "Evening"} {
			at := 60 - i*2 + n
			fmt.Fprintf(&b, "%s round: pulse %d regular, blood pressure %d/%d, breathing rate %d, oxygen saturation %d%%, temperature 36.%d. Ankles: swelling to %s. Pain none. Drank what was on the chart. Slept %s. Call bell in reach, spectacles and hearing checked, large-print menu given, skin of heels and lower back looked at and sound.\n",
				round, 88-at%5-i*2, 128-i-n, 74-n, 22-i, 92+min(5, i)+n%2, 4+n%3, []string{"the knee", "mid-shin", "mid-shin", "the ankle", "the ankle", "a trace"}[i], []string{"well", "on and off"}[n%2])
		}
		b.WriteString("\n")
	}
	b.WriteString("Medicines when she left\n- Furosemide 40 mg in the morning, every day\n- Bisoprolol 3.75 mg in the morning\n- Ramipril 2.5 mg once a day\n- Dapagliflozin 10 mg once a day\n- Metformin as before\n- Atorvastatin 20 mg at night\n\n")
	b.WriteString("Allergies\nPenicillin is on our list, unconfirmed. She says that it was an upset stomach. Please look into this.\n\n")
	b.WriteString("What we ask of you\nPlease repeat kidney function and potassium in one week, and review her with the heart failure nurses within two weeks. Please consider increasing bisoprolol to 5 mg if her pulse stays over 60.\n")
	return b.String()
}

func leilas(practice *sheaf) {
	practice.flag("carers-own", "Carer", "Looks after her mother, about 25 hours a week. Has asked for a carer's assessment.", practice.ago(160), practice.p.gp)
}

func marcuses(practice *sheaf) {
	gp := practice.p.gp
	practice.condition(snomed, "28835009", "Retinitis pigmentosa", practice.today.AddDate(-26, 0, -3), gp, "problem-list-item")
	practice.flag("", "Accessible information", "Uses a screen reader. Send letters by email as text, not as pictures. Offer an arm, do not take his.", practice.ago(1200), gp)
	practice.aboutMe(practice.ago(120), "",
		"important", "Doing things with people, not having them done for me. Jazz on Thursdays.",
		"communicate", "I use a screen reader. Say who you are when you come into the room.",
		"do-and-dont", "Please do tell me what is on the form. Please do not speak to whoever is with me instead.")
}

func dees(practice *sheaf) {
	practice.encounter("AMB", "Learning disability annual health check", "Annual health check", practice.ago(75), 40, practice.p.practice().staff[2])
	practice.flag("", "Accessible information", "Easy read for every letter. Double appointments, first or last of the day.", practice.ago(1000), practice.p.gp)
}

// haven is what those who support Dee where she lives know.
func (a *area) haven(p *resident) *sheaf {
	org := &organisations[havenLiving]
	s := newSheaf(org, 6, p, a.today)
	s.patientAs(p.name, p.home, p.gp)
	s.aboutMe(s.ago(30), "Written with Kelly Brandt, support worker",
		"important", "My cat Biscuit. My job at the garden centre. My sister Megan.",
		"communicate", "Use short words. Show me pictures. Give me time to think.",
		"wellness", "When I am well I sing. When I go quiet, ask me if I am sad.",
		"do-and-dont", "Please knock. Please do not tidy my things.",
		"support", "If I have a fit, stay with me. Put something soft under my head. Ring 999 if it goes on for 5 minutes.")
	s.relative("Megan Hughes", "sister", "07700 900118")
	s.carePlan("social-care", "My support", "What Kelly and the others help with.", a.today.AddDate(0, 0, -140), org.staff[0], []string{
		"Help with money on Mondays", "Cooking together, four evenings a week", "The bus to the garden centre, until Dee can do it alone",
	})
	s.goal("Take the bus to work by myself", s.ago(140), fhir.Obj{"reference", s.patient})
	b, _ := s.observation("survey", "", "Seizures this month", s.ago(9), org.staff[0])
	b.Set("valueInteger", 0)
	return s
}

// marigold is a clinic whose name alone would tell: all that it sends is about sexual
// health, its own description of the person too.
func (a *area) marigold(p *resident) *sheaf {
	org := &organisations[clinic]
	s := newSheaf(org, 7, p, a.today)
	s.patientAs(p.name, p.home, "")
	s.encounter("AMB", "Clinic visit", "Contraception", s.ago(210), 25, org.staff[0])
	b, _ := s.about("Procedure", "subject", s.ago(210))
	b.Set("status", "completed").Set("code", concept(snomed, "169553002", "Contraceptive implant inserted")).
		Set("performedDateTime", s.ago(210).Format(dayOnly)).Add("performer", fhir.Obj{"actor", by(org.staff[0])})
	o, _ := s.observation("laboratory", "56888-1", "HIV 1 and 2 antigen and antibody", s.ago(208), org.staff[0])
	o.Set("valueString", "Not detected")
	s.letter("Note", "Safe contact", "Text from a withheld number only, on Tuesdays between 10 and 12. No letters to the home address. No voicemail.\n", s.ago(210), org.staff[1])
	for _, e := range s.sheets {
		e.b.Add("meta.security", fhir.Obj{"system", topicURL, "code", "sexual-health"})
	}
	return s
}

func ritas(practice *sheaf) {
	gp := practice.p.gp
	practice.condition(snomed, "706893006", "Victim of intimate partner abuse", practice.today.AddDate(0, 0, -260), gp, "problem-list-item")
	c, _ := practice.about("Communication", "subject", practice.ago(255))
	c.Set("status", "completed").Add("category", topic("abuse", "Safe contact")).Set("sent", practice.ago(255).Format(instant)).
		Set("sender", by(gp)).
		Add("payload", fhir.Obj{"contentString", "Rita asks that nobody rings the home number or leaves a message. Ask about it only when she is alone. Speak of it as the asthma review."})
	practice.flag("home-entry", "Getting in", "Do not call at the home without arranging it with her first, at the surgery.", practice.ago(255), gp)
	practice.relative("Nasreen Iqbal", "sister", "07700 900119")
}
