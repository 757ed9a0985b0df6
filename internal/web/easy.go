package web

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"onestory/internal/plan"
	"onestory/internal/web/ui"
)

// easy.go is the plan as easy read: large words, a picture beside each heading, one idea
// to a line. What somebody wrote stays as they wrote it.

// easyRead is the size that is asked for when the plan is to be easy to read.
const easyRead = "easy"

type easyPage struct {
	ui.Page
	Made  string
	Parts []easyPart
}

// An easyPart is one heading, its picture, and what stands under it.
type easyPart struct {
	Code, Title, Symbol string
	Items               []easyItem
}

// An easyItem is one thing under a heading, line by line.
type easyItem []easyLine

// An easyLine is one line. Some are ours, and some are what somebody said, idea by idea.
type easyLine struct {
	Text string
	Said []string
	Bold bool
}

func ours(text string) easyLine         { return easyLine{Text: text} }
func bold(text string) easyLine         { return easyLine{Text: text, Bold: true} }
func theirs(words string) easyLine      { return easyLine{Said: ideas(tidy(words))} }
func (p *easyPart) add(all ...easyLine) { p.Items = append(p.Items, all) }

// easyHeadings are what is printed of a plan, in the order in which it is read: a heading,
// its picture, and the parts under it.
var easyHeadings = [...]struct {
	Code, Symbol string
	Parts        []string
}{
	{"matters", "heart", []string{"important"}},
	{"talk", "talk", []string{"communicate"}},
	{"please", "please", []string{"please"}},
	{"good", "star", []string{"strengths"}},
	{"hard", "steps", []string{"need"}},
	{"want", "flag", []string{"goal"}},
	{"who", "done", []string{"action"}},
	{"worse", "danger", []string{"worse"}},
	{"call", "call", []string{"people"}},
	{"wishes", "home", []string{"wishes"}},
	{"more", "more", []string{"other"}},
}

// easyPlan is GET …/plan/print?size=easy: a page, and what is on paper when it is printed.
func (s *Site) easyPlan(w http.ResponseWriter, r *http.Request, a *ask) error {
	all, err := s.planOf(r, a, "print")
	if err != nil {
		return err
	}
	p := easyPage{Made: a.Date(a.now), Parts: a.easyParts(&all)}
	p.Page = s.page(r, a, a.hers("plan.title", "Name", alone(a.subject.Name)))
	p.Page.Back = a.planBack("/plan")
	return show(w, r, http.StatusOK, easyView(p, a))
}

// planPrintAt is where the plan is printed in a size.
func (a *ask) planPrintAt(size string) string { return a.at("/plan/print") + sep(a) + "size=" + size }

func (a *ask) easyParts(p *planPage) (parts []easyPart) {
	for _, h := range easyHeadings {
		one := easyPart{Code: h.Code, Title: a.say("easy." + h.Code), Symbol: h.Symbol}
		if h.Code == "call" {
			a.easyCalls(p, &one)
		}
		for _, code := range h.Parts {
			a.easyPieces(p, code, &one)
		}
		if len(one.Items) > 0 {
			parts = append(parts, one)
		}
	}
	return append(parts, a.easyState(p))
}

// easyPieces are the pieces of a part, with what others sent to keep somebody safe.
func (a *ask) easyPieces(p *planPage, code string, one *easyPart) {
	all := p.Of(code)
	for _, x := range all {
		if s := x.Said["status"]; s != "cancelled" && s != "completed" {
			one.add(a.easyPiece(x)...)
		}
	}
	if told, ok := p.Told[code]; ok && len(all) == 0 {
		one.add(theirs(told.Words), ours(a.toldAt(told)))
	}
	for _, x := range p.ShownUnder(code) {
		one.add(ours(a.shownIn(x)))
	}
	for _, x := range p.besideIn(code) {
		if a.printedBeside(x) {
			lines := a.easyPiece(plan.Piece{Part: x.Part, Said: x.Said})
			if x.Not {
				lines = slices.Insert(lines, 0, bold(a.say("planin.not")))
			}
			if when := a.besideWhen(x); when != "" {
				lines = append(lines, ours(colon(a.say("planin.when"))+" "+when))
			}
			one.add(append(lines, ours(a.sentBy(x)))...)
		}
	}
}

// printedBeside reports whether something that was sent is printed: of all else the paper
// says how much there is.
func (a *ask) printedBeside(x plan.Received) bool {
	return x.Part.Code == "worse" && x.Said["status"] != "completed"
}

// easyPiece is one piece, line by line. An action says who will do what by when.
func (a *ask) easyPiece(x plan.Piece) (lines []easyLine) {
	head := headOf(x.Part)
	if x.Part.Code == "action" {
		switch name := tidy(x.Said["name"]); {
		case x.Said["who"] == plan.ThePerson:
			lines = append(lines, bold(a.hers("easy.will.me", "Name", alone(a.subject.Name))))
		case name != "":
			lines = append(lines, bold(a.say("easy.will", "Name", alone(name))))
		default:
			lines = append(lines, bold(a.say("easy.will.nobody")))
		}
	}
	if x.Part.Code == "worse" {
		lines = append(lines, bold(a.say("easy.if")))
	}
	if head != "" {
		lines = append(lines, theirs(x.Said[head]))
	}
	for _, q := range x.Part.Asks {
		said := tidy(x.Said[q.Code])
		switch {
		case said == "" || q.Code == head || q.Code == "helped":
		case q.As == plan.Day && q.Code == "when":
			lines = append(lines, ours(a.say("easy.by", "Date", a.day(said))))
		case q.As == plan.Day:
			lines = append(lines, ours(colon(a.asked(x.Part, q.Code))+" "+a.day(said)))
		case q.As == plan.Words, q.As == plan.Line:
			lines = append(lines, bold(a.easyAsked(x.Part, q.Code)), theirs(said))
		}
	}
	return lines
}

// easyAsked is what a question is called here: more shortly where it must be read in a hurry.
func (a *ask) easyAsked(x *plan.Part, question string) string {
	if x.Code == "worse" && slices.Contains([]string{"signs", "do", "call"}, question) {
		return a.say("easy.worse." + question)
	}
	return colon(a.asked(x, question))
}

// easyCalls are whom anybody may call.
func (a *ask) easyCalls(p *planPage, one *easyPart) {
	one.add(ours(a.say("easy.999")))
	one.add(ours(a.say("easy.111")))
	if phone := p.Help.Phone; phone != "" {
		one.add(ours(a.say("easy.team", "Phone", alone(phone))))
	}
}

// easyState is how the plan stands, what the person said of it in their own words, and how
// much of what others sent is not on the page.
func (a *ask) easyState(p *planPage) easyPart {
	one := easyPart{Code: "state", Title: a.say("plan.sheet.state"), Symbol: "paper"}
	if p.Version == nil {
		one.add(ours(p.State))
	} else {
		one.add(ours(a.say("easy.made", "Name", alone(p.Version.By), "Date", a.Date(p.Version.At))))
		if x := p.Answer(); x != nil {
			one.add(ours(a.say("plan.said."+x.Say, "Who", alone(x.By), "Date", a.Date(x.At))))
		} else {
			one.add(ours(a.hers("plan.said.nothing", "Name", alone(a.subject.Name))))
		}
		if p.Note != "" {
			one.add(bold(a.say("easy.note", "Name", alone(p.NoteBy))), theirs(p.Note))
		}
		if p.Changed != "" {
			one.add(ours(p.Changed))
		}
	}
	left := 0
	for _, x := range p.Beside {
		if !a.printedBeside(x) && x.Said["status"] != "completed" {
			left++
		}
	}
	if left > 0 {
		one.add(ours(a.N("planin.left", left, nil)))
	}
	return one
}

// ideas breaks words where a sentence ends, and nowhere else: every word stays, and where
// it was. A short word that begins large, such as Dr, ends none.
func ideas(words string) (all []string) {
	for _, line := range strings.Split(words, "\n") {
		begin := 0
		for i, r := range line {
			next, _ := utf8.DecodeRuneInString(strings.TrimLeft(line[i:], " "))
			if r == ' ' && i > begin && ends(line[begin:i]) && !unicode.IsLower(next) {
				all = append(all, strings.TrimSpace(line[begin:i]))
				begin = i
			}
		}
		if rest := strings.TrimSpace(line[begin:]); rest != "" {
			all = append(all, rest)
		}
	}
	return all
}

// ends reports whether a sentence ends where some words do.
func ends(words string) bool {
	if strings.HasSuffix(words, "!") || strings.HasSuffix(words, "?") || strings.HasSuffix(words, "؟") {
		return true
	}
	before, dot := strings.CutSuffix(words, ".")
	last := before[strings.LastIndexByte(before, ' ')+1:]
	first, _ := utf8.DecodeRuneInString(last)
	short := utf8.RuneCountInString(last) <= 3 && unicode.IsUpper(first)
	return dot && last != "" && !short && !strings.Contains(last, ".")
}
