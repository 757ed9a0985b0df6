package record

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onestory/internal/consent"
)

// A small file system is full in the middle of a line. What is written once there is
// room again must still be readable, or the house would not start.
func TestALineThatTheLedgerHadNoRoomForLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a full disk needs the right to mount one: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	l, err := openLedger(filepath.Join(dir, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	refusal := func(id string) []*change {
		return []*change{{person: 1, seq: 1, parts: []part{jsonPart(partRule, consent.Rule{ID: id, Refuse: true})}}}
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 8<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	noted := 0
	for ; noted < 1000; noted++ {
		if err = l.note(refusal("before" + strings.Repeat(".", noted%7))); err != nil {
			break
		}
	}
	if err == nil || noted == 0 {
		t.Fatalf("the disk was never full, or always: %d lines", noted)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := l.note(refusal("after")); err != nil {
		t.Fatal(err)
	}
	lines, err := l.lines()
	if err != nil || len(lines) != noted+1 {
		t.Errorf("%d lines are there, not %d: %v", len(lines), noted+1, err)
	}
}
