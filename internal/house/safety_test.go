package house

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestTheSafetyRulesNameTestsThatAreThere(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isTest(s.path) {
				there[f.Name.Name] = true
			}
		}
	}
	for file, least := range map[string]int{"rules.md": 30, "checks.md": 40} {
		text, err := os.ReadFile(filepath.Join(root, "docs/safety", file))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1)
		if len(names) < least {
			t.Fatalf("%s names only %d tests: they are not being checked", file, len(names))
		}
		for _, name := range names {
			if !there[name] {
				t.Errorf("docs/safety/%s names %s, which is no test", file, name)
			}
		}
	}
}
