package plan

import (
	"slices"

	"onestory/internal/fault"
	"onestory/internal/record"
)

var (
	errTheirs  = fault.New(fault.Refused, "These are the person's own words. Only they can change them, or whoever acts for them.")
	errAgree   = fault.New(fault.Refused, "Only the person can say whether they agree with their plan, or whoever acts for them.")
	errStands  = fault.New(fault.Refused, "What was said about a version of the plan stays as it was said. Say it anew.")
	errAnother = fault.New(fault.Refused, "A piece of the plan stays what it is. Write a new one.")
	errNoPiece = fault.New(fault.Invalid, "This is not a piece of a plan.")
	errSaid    = fault.New(fault.Refused, "Only whoever said how it is going can take it back. You can say how you see it.")
	errAsSaid  = fault.New(fault.Refused, "How it was going stays as it was said. Take it back, or say it anew.")
	errNoGoal  = fault.New(fault.Invalid, "Say which hope of the plan this is about.")
	errUnseen  = fault.New(fault.Invalid, "How a hope is going is seen with the plan: give it the plan's topic as its security label.")
	errFace    = fault.New(fault.Invalid, "Say how it is going: one of the five faces, or words.")
)

// Rule is the rule of the door for pieces of plans; everything else is for rest. It
// holds whichever edge a change comes through.
func Rule(rest func(record.Edit) error) func(record.Edit) error {
	return func(e record.Edit) error {
		was, is := tagged(e.Old.Doc), tagged(e.New.Doc)
		if was == "" && is == "" || e.Old.Source != "" {
			return rest(e)
		}
		theirs := e.Own || e.Who.For != 0
		if e.Old.Version != 0 && e.New.Doc != nil && was != is {
			return errAnother
		}
		code := is
		if e.New.Doc == nil {
			code = was
		}
		switch code {
		case firstTag:
			return nil // anybody in the circle says whom to ask first
		case answerTag:
			if e.Old.Version != 0 {
				return errStands
			}
			if !theirs {
				return errAgree
			}
			return nil
		case checkTag:
			return checkIn(e)
		case shownTag:
			return shown(e, theirs)
		case versionTag:
			if e.New.Doc == nil {
				return errStands
			}
			return nil
		}
		return words(e, PartOf(code), theirs)
	}
}

// words guards what is in the person's own words. Others may write down a goal that
// they were told, and how it goes; the words are the person's from then on.
func words(e record.Edit, part *Part, theirs bool) error {
	switch {
	case part == nil:
		return errNoPiece
	case !part.Theirs || theirs:
		return nil
	case part.Code != "goal", e.New.Doc == nil:
		return errTheirs
	case e.Old.Version != 0 && read(part, e.Old.Doc)["words"] != read(part, e.New.Doc)["words"]:
		return errTheirs
	}
	had := takenIn(e.Old.Doc)
	for _, key := range takenIn(e.New.Doc) {
		if !slices.Contains(had, key) {
			return errTheirs // what others wrote of their hopes they take in themselves
		}
	}
	return nil
}
