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
		{"everyone is exported", []string{"export", place, "--all"}, 0, "Zyzzyvaquokka"},
		{"one person needs their id", []string{"export", place, "--person=nonsense"}, 2, "no person"},
		{"the doctor finds it well", []string{"doctor", place}, 0, "sqlite"},
		{"an account is added", []string{"user", "add", place, "nia", "--name=Nia Jones", "--role=nurse", "--organisation=trust", "--organisation-name=Trust", "--sector=nhs"}, 0, ""},
		{"an unknown role lists the roles", []string{"user", "add", place, "x", "--name=X", "--role=king"}, 1, "nurse"},
		{"a link is made for an account", []string{"user", "link", place, "nia"}, 0, "/sign-in/"},
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
