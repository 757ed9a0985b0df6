package web

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"onestory/internal/consent"
	"onestory/internal/person"
	"onestory/internal/record"
)

func listedAs(name, born, next string) opened {
	return opened{Subject: record.Subject{Name: name, Born: born}, Next: next, folded: person.Fold(name), sortsAs: person.Fold(name)}
}

func namesOf(all []opened) string {
	var names []string
	for _, o := range all {
		names = append(names, o.Subject.Name)
	}
	return strings.Join(names, ", ")
}

func TestANameIsFoundByItsBeginningOrWithOneSlip(t *testing.T) {
	t.Parallel()
	all := []opened{listedAs("Amina Yusuf", "", ""), listedAs("Zoë Ó Brien", "", ""), listedAs("Ann Lee", "", "")}
	for typed, want := range map[string]string{
		"yus": "Amina Yusuf", "AMINA yusuf": "Amina Yusuf", "Yusuff": "Amina Yusuf", "ysuuf": "Amina Yusuf", "Yuduf": "Amina Yusuf",
		"zoe": "Zoë Ó Brien", "lea": "", "Amina Brien": "", "ysfu": "", "  ": "", "an": "Ann Lee",
	} {
		if got := namesOf(likeName(all, typed)); got != want {
			t.Errorf("%q finds %q, not %q", typed, got, want)
		}
	}
}

func TestWhoLacksWhatIsSortedByComesLastEitherWay(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"": "C, A, B", "-next": "A, C, B", "name": "A, B, C", "-name": "C, B, A", "age": "B, A, C", "-age": "A, B, C", "nonsense": "C, A, B",
	} {
		all := []opened{listedAs("B", "1980-01-01", ""), listedAs("A", "1950-01-01", "2027-02-01"), listedAs("C", "", "2027-01-01")}
		slices.SortStableFunc(all, orderOf(code).compare)
		if got := namesOf(all); got != want {
			t.Errorf("by %q: %s, not %s", code, got, want)
		}
	}
}

func TestAPersonWithLinkedRecordsStandsOnce(t *testing.T) {
	t.Parallel()
	row := func(whom int64, logs ...int64) opened {
		o := opened{whom: person.ID(whom), logs: map[int64]bool{whom: true}}
		for _, l := range logs {
			o.logs[l] = true
		}
		return o
	}
	if got := len(fold([]opened{row(1, 2), row(2, 1), row(3), row(4, 3)})); got != 2 {
		t.Errorf("%d rows, not 2", got)
	}
}

func TestTooManyTriesAreRefusedForAWhileAndRaiseOneAlarm(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	at := time.Unix(1_800_000_000, 0)
	l := newLimiter("tries", 3, 10*time.Minute, slog.New(slog.NewTextHandler(&log, nil)))
	l.now = func() time.Time { return at }
	jo := consent.Actor{Account: "jo.marsh", Name: "Jo Marsh", Role: "paramedic"}
	for i := range 6 {
		if err := l.take(jo); (err != nil) != (i >= 3) {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	if err := l.take(consent.Actor{Account: "tom"}); err != nil {
		t.Error("another account is refused:", err)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(strings.ToLower(log.String()), "marsh") {
		t.Errorf("the alarm: %s", log.String())
	}
	at = at.Add(10 * time.Minute)
	if err := l.take(jo); err != nil {
		t.Error("after the while:", err)
	}
}
