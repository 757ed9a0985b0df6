package lending

import (
	"regexp"
	"testing"
	"time"

	"onestory/internal/clock"
	"onestory/internal/record"
)

func TestACodeIsTheSameHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		code := NewCode()
		if !regexp.MustCompile(`^[2-9A-HJKMNP-TV-Z]{4}(-[2-9A-HJKMNP-TV-Z]{4}){2}$`).MatchString(code) || seen[code] {
			t.Fatalf("%s is no good code, or came twice", code)
		}
		seen[code] = true
	}
	for _, typed := range []string{"7kqf2mxa94td", " 7KQF-2MXA-94TD.", "7kqf 2mxa 94td", "7KQF–2MXA–94TD"} {
		if Fold(typed) != "7KQF2MXA94TD" {
			t.Errorf("%q is %q", typed, Fold(typed))
		}
	}
}

func TestALoanIsThoughtAboutEachYear(t *testing.T) {
	t.Parallel()
	day := func(s string) clock.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return clock.At(d)
	}
	m := record.Member{ID: "m", Role: "carer", From: day("2024-12-20")}
	for now, want := range map[string]bool{
		"2024-12-21": false, "2025-12-19": false, "2025-12-20": true, "2026-01-10": true, "2026-01-18": false, "2026-12-25": true,
	} {
		if Due(m, day(now)) != want {
			t.Errorf("on %s it is due: %v", now, !want)
		}
	}
	m.Party = record.Lent("m")
	if Due(m, day("2025-12-21")) {
		t.Error("a place that nobody took up is due")
	}
}

func TestEverythingLeavesOutWhatIsPrivate(t *testing.T) {
	t.Parallel()
	for _, s := range Scopes() {
		if Private(s.Labels) || s.Labels == 0 && s.Code != Choose {
			t.Errorf("%s has %v", s.Code, s.Labels)
		}
	}
	if ScopeOf("nonsense").Labels != 0 {
		t.Error("a scope that is none")
	}
}
