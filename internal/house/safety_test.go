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
	text, err := os.ReadFile(filepath.Join(root, "docs/safety/rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isTest(s.path) {
				there[f.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1)
	if len(names) < 30 {
		t.Fatalf("only %d tests are named: they are not being checked", len(names))
	}
	for _, name := range names {
		if !there[name] {
			t.Errorf("docs/safety/rules.md names %s, which is no test", name)
		}
	}
}
