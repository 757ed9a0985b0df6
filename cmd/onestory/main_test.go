package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCommandAnswersInWordsAndExitStatus(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "one.json")
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"1","name":[{"text":"Zyzzyvaquokka"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(data, "broken.json")
	if err := os.WriteFile(broken, []byte(`{"resourceType":"Patient","name":[{"text":"Zyzzyvaquokka"`), 0o600); err != nil {
		t.Fatal(err)
	}
	place, report := "--data="+filepath.Join(data, "d"), "--report="+filepath.Join(data, "report")
	for _, c := range []struct {
		says string
		args []string
		exit int
		want string
	}{
		{"help names the commands", []string{"--help"}, 0, "import"},
		{"every command has help", []string{"verify", "--help"}, 0, "checkpoint"},
		{"an unknown flag is wrong usage", []string{"serve", "--nonsense"}, 2, "unknown flag"},
		{"a mistyped command is wrong usage", []string{"improt"}, 2, "improt"},
		{"the version is told", []string{"version"}, 0, "onestory"},
		{"a server for the network needs its public address", []string{"serve", "--listen=0.0.0.0:1", place}, 2, "--public-url"},
		{"a public address is https", []string{"serve", "--public-url=http://x", place}, 2, "https://"},
		{"a demo for the network must be meant", []string{"demo", "--listen=0.0.0.0:1", place}, 2, "--anywhere"},
		{"completion is a script", []string{"completion", "bash"}, 0, "complete -o default"},
		{"a doctor without data says where it looked", []string{"doctor", place}, 2, "--data"},
		{"a file is taken in", []string{"import", place, report, "--source=practice", file}, 0, "Patient"},
		{"again changes nothing", []string{"import", place, report, "--source=practice", "--json", file}, 0, `"unchanged":1`},
		{"a broken file is refused with its reason", []string{"import", place, report, "--source=practice", broken}, 1, "refused"},
		{"a real database is no demo", []string{"demo", place, "--listen=127.0.0.1:1"}, 2, "real"},
		{"into a demo only when said", []string{"import", place, report, "--into-demo", file}, 2, "real"},
		{"a journal that was not tampered with is well", []string{"verify", place}, 0, "0 not as they were"},
		{"an identity needs its account", []string{"user", "identity", "nobody", "--provider=cis2", "--subject=1", place}, 1, "no such account"},
		{"everyone is exported", []string{"export", place, "--all"}, 0, "Zyzzyvaquokka"},
		{"one person needs their id", []string{"export", place, "--person=nonsense"}, 2, "no person"},
		{"the tables are up to date", []string{"migrate", "--check", place}, 0, "up to date"},
		{"a migration without data says where it looked", []string{"migrate", "--data=" + filepath.Join(data, "none")}, 2, "--data"},
		{"the doctor finds it well", []string{"doctor", place}, 0, "SQLite 3."},
		{"the doctor reads every line if asked", []string{"doctor", place, "--thorough"}, 0, "every line is what it was"},
		{"the doctor names a setting that will not do", []string{"doctor", place, "--public-url=http://x"}, 1, "bad   settings   --public-url must be"},
		{"the doctor speaks JSON", []string{"doctor", place, "--json"}, 0, `"answer":"ok"`},
		{"a setting out of bounds names itself and what it may be", []string{"serve", place, "--drain=1h"}, 2, "--drain 1h0m0s must be from 0s to 5s"},
		{"an address of no use names its flag", []string{"serve", "--data=" + filepath.Join(data, "s"), "--metrics=nonsense", "--listen=127.0.0.1:0"}, 1, "--metrics nonsense"},
		{"an account is added", []string{"user", "add", place, "nia", "--name=Nia Jones", "--role=nurse", "--organisation=trust", "--organisation-name=Trust", "--sector=nhs"}, 0, ""},
		{"an unknown role lists the roles", []string{"user", "add", place, "x", "--name=X", "--role=king"}, 1, "nurse"},
		{"a link is made for an account", []string{"user", "link", place, "nia"}, 0, "/sign-in/link/"},
		{"an account has a further role", []string{"user", "post", place, "nia", "--role=care-coordinator", "--organisation=trust"}, 0, "number 1"},
		{"which the list says", []string{"user", "list", place}, 0, "and 1: care-coordinator trust"},
		{"and which ends", []string{"user", "post", place, "nia", "--end=1"}, 0, ""},
		{"accounts are listed", []string{"user", "list", place}, 0, "Nia Jones"},
		{"nobody waits to be told apart", []string{"person", "pairs", place}, 0, "0 to decide"},
	} {
		var out bytes.Buffer
		// Only an export may say a word of what is in a record.
		if c.args[0] != "export" {
			defer func() {
				if strings.Contains(out.String(), "Zyzzyvaquokka") {
					t.Errorf("%s: tells what is in a record", c.says)
				}
			}()
		}
		if exit := run(c.args, &out, &out); exit != c.exit || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: exit %d, said %q", c.says, exit, out.String())
		}
	}
}

// The doctor says of each thing that is wrong what it is, and what to do.
func TestTheDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		spoil func(t *testing.T, data string) error
		want  string
	}{
		"a key that others can read": {func(_ *testing.T, d string) error { return os.Chmod(filepath.Join(d, "keys/index.key"), 0o644) }, "chmod 600"},
		"a key that is gone":         {func(_ *testing.T, d string) error { return os.Remove(filepath.Join(d, "keys/id.a.key")) }, "put back the copy of the keys"},
		"a ledger that is gone":      {func(_ *testing.T, d string) error { return os.Remove(filepath.Join(d, "ledger.jsonl")) }, "put it back before the server starts"},
		"a database that is none": {func(_ *testing.T, d string) error {
			return os.WriteFile(filepath.Join(d, "onestory.db"), []byte("no"), 0o600)
		}, "bad   database"},
		"checkpoints of another journal": {otherCheckpoints, "bad   journal"},
	} {
		data := filepath.Join(t.TempDir(), "d")
		var out bytes.Buffer
		if exit := run([]string{"user", "list", "--data=" + data}, &out, &out); exit != 0 {
			t.Fatal(out.String())
		}
		if err := c.spoil(t, data); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if exit := run([]string{"doctor", "--data=" + data}, &out, &out); exit != 1 || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: exit %d, said %s", says, exit, out.String())
		}
	}
}

// otherCheckpoints puts the checkpoints of a demo beside an empty journal.
func otherCheckpoints(t *testing.T, data string) error {
	other := t.TempDir()
	var out bytes.Buffer
	file := filepath.Join(other, "one.json")
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"1","name":[{"text":"Zyzzyvaquokka"}]}`), 0o600); err != nil {
		return err
	}
	if exit := run([]string{"import", "--data=" + other, "--report=" + filepath.Join(other, "report"), "--source=practice", file}, &out, &out); exit != 0 {
		t.Fatal(out.String())
	}
	return os.Rename(filepath.Join(other, "checkpoints.txt"), filepath.Join(data, "checkpoints.txt"))
}
