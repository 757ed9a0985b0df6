package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// rows are the storeys of the house. A package imports only from lower ones, and
// no neighbour. A package is in the row of the longest name that it begins with.
var rows = []string{
	"fault id clock",
	"text",
	"db fhir media",
	"chain outbox openid mail",
	"person consent",
	"record account directory",
	"circle sharing importer exporter signin retold",
	"lending plan task",
	"demo",
	"web fhirapi",
	"app",
	"house script bench faults",
}

// row returns where a package of internal/ stands, and the name it stands under.
func row(path string) (int, string) {
	name, _, _ := strings.Cut(path, "/")
	for i, r := range rows {
		for member := range strings.FieldsSeq(r) {
			if member == name {
				return i, name
			}
		}
	}
	return -1, name
}

// A source is one Go file of the module.
type source struct {
	path string // from the root
	dir  string
	file *ast.File
	text string
	set  *token.FileSet
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		all = append(all, source{rel, filepath.Dir(rel), f, string(text), set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found: these rules are not being checked", len(all))
	}
	return all
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.go") }

func TestPackagesImportOnlyFromLowerRows(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		from, ok := strings.CutPrefix(s.dir, "internal/")
		if !ok || isTest(s.path) {
			continue
		}
		here, mine := row(from)
		if here < 0 {
			t.Errorf("%s: package %s stands in no row of the house", s.path, from)
		}
		for _, i := range s.file.Imports {
			to, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "onestory/internal/")
			if !ok {
				continue
			}
			there, theirs := row(to)
			if theirs != mine && there >= here {
				t.Errorf("%s: %s imports %s, which is not below it", s.path, from, to)
			}
		}
	}
}

func TestEveryPackageAndExportedNameHasASentence(t *testing.T) {
	t.Parallel()
	packages := map[string][]*ast.File{}
	var set *token.FileSet
	for _, s := range sources(t) {
		if isTest(s.path) || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		packages[s.dir] = append(packages[s.dir], s.file)
		set = s.set
	}
	for dir, files := range packages {
		p, err := doc.NewFromFiles(set, files, "onestory/"+dir)
		if err != nil {
			t.Fatal(err)
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the package's doc must begin with %q and say what it is for", dir, want)
		}
		for _, name := range undocumented(p) {
			t.Errorf("%s: %s has no sentence", dir, name)
		}
	}
}

func undocumented(p *doc.Package) (names []string) {
	need := func(name, said string) {
		if said == "" && ast.IsExported(name) {
			names = append(names, name)
		}
	}
	for _, f := range p.Funcs {
		need(f.Name, f.Doc)
	}
	for _, t := range p.Types {
		need(t.Name, t.Doc)
		for _, m := range append(t.Methods, t.Funcs...) {
			need(m.Name, m.Doc)
		}
	}
	return names
}

var tables = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TABLE IF NOT EXISTS)\s+([a-z_]+)\b`)

// statement finds SQL among string literals by the verbs it begins with.
var statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|CREATE|ALTER|DROP)\b`)

// forbidden are the words that only one of the databases speaks, or that hide what
// is read.
var forbidden = regexp.MustCompile(`(?i)\bnow\(\)|\bilike\b|::|\bjsonb?_|\brandom\(\)|\bautoincrement\b|\?|select \*|\bcurrent_timestamp\b`)

// literals joins the texts of an expression that is put together with +, with a
// blank for what is no literal.
func literals(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return strings.Trim(e.Value, "`\"")
		}
	case *ast.BinaryExpr:
		return literals(e.X) + literals(e.Y)
	}
	return " "
}

// statements yields every SQL text of the module with where it stands.
func statements(t *testing.T, yield func(s source, sql string)) {
	n := 0
	for _, s := range sources(t) {
		if isTest(s.path) || strings.HasPrefix(s.dir, "internal/house") {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			e, ok := node.(ast.Expr)
			if !ok {
				return true
			}
			sql := literals(e)
			if !statement.MatchString(sql) {
				return true
			}
			n++
			yield(s, sql)
			return false // its pieces are no statements of their own
		})
	}
	if n < 20 {
		t.Fatalf("only %d statements found: these rules are not being checked", n)
	}
}

// columns are those that the body of a CREATE TABLE declares, in their order.
func columns(body string) (names []string) {
	for l := range strings.Lines(body) {
		name, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
		if rest != "" && name == strings.ToLower(name) && !strings.HasPrefix(name, "-") {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryTableHasOneOwnerWhichSaysItsColumnsAndOnlyTheOwnerNamesIt(t *testing.T) {
	t.Parallel()
	owner, said := map[string]string{}, map[string]string{}
	line := regexp.MustCompile(`(?m)^\t([a-z_]+) +\(([a-z0-9_, ]+)\)`)
	for _, s := range sources(t) {
		if s.file.Doc == nil || !strings.Contains(s.file.Doc.Text(), "owns the table") {
			continue
		}
		_, listed, _ := strings.Cut(s.file.Doc.Text(), "owns the table")
		for _, m := range line.FindAllStringSubmatch(listed, -1) {
			if other, taken := owner[m[1]]; taken && other != s.dir {
				t.Errorf("table %s is owned by %s and %s", m[1], other, s.dir)
			}
			owner[m[1]], said[m[1]] = s.dir, m[2]
		}
	}
	created := regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+) \((.*?)\n\)`)
	files, err := filepath.Glob(filepath.Join(root, "internal/db/migrations/*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations found", err)
	}
	added := regexp.MustCompile(`ALTER TABLE ([a-z_]+) ADD COLUMN ([a-z_]+)`)
	has := map[string][]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range created.FindAllStringSubmatch(string(text), -1) {
			if owner[m[1]] == "" {
				t.Errorf("%s makes the table %s, which no package's doc owns", filepath.Base(f), m[1])
			}
			has[m[1]] = columns(m[2])
		}
		for _, m := range added.FindAllStringSubmatch(string(text), -1) {
			has[m[1]] = append(has[m[1]], m[2])
		}
	}
	for table, is := range has {
		if is := strings.Join(is, ", "); is != said[table] {
			t.Errorf("the table %s has the columns %s; %s says %s", table, is, owner[table], said[table])
		}
	}
	statements(t, func(s source, sql string) {
		for _, m := range tables.FindAllStringSubmatch(sql, -1) {
			if own, known := owner[m[1]]; known && own != s.dir && s.dir != "internal/bench" && s.dir != "internal/faults" {
				t.Errorf("%s: names the table %s, which %s owns", s.path, m[1], own)
			}
		}
	})
}

func TestOnlySQLThatBothDatabasesSpeak(t *testing.T) {
	t.Parallel()
	own := regexp.MustCompile(`^internal/db(/|$)`) // what differs lives there
	statements(t, func(s source, sql string) {
		if bad := forbidden.FindString(sql); bad != "" && !own.MatchString(s.dir) {
			t.Errorf("%s: %q is not in the portable subset", s.path, bad)
		}
	})
	files, _ := filepath.Glob(filepath.Join(root, "internal/db/migrations/*.sql"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			if bad := forbidden.FindString(l); bad != "" && !strings.HasPrefix(l, "--") {
				t.Errorf("%s: %q is not in the portable subset", filepath.Base(f), bad)
			}
		}
	}
}

// loops finds a reach for what only the door may hold.
var loops = regexp.MustCompile(`record\.Whole|\bwhole\.entries\b|\.wholes\b`)

func TestNobodyLoopsOverAPersonsEntriesOutsideTheDoor(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.dir != "internal/record" && s.dir != "internal/house" && loops.MatchString(s.text) {
			t.Errorf("%s: reaches for entries beside the lens", s.path)
		}
	}
}

func TestIdentityIsNeverHiddenInAContextAndNothingRunsAtImport(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if isTest(s.path) {
			continue
		}
		// How long a request may read says nothing of who asks, or why.
		if strings.Contains(s.text, "context.WithValue(") && s.path != "internal/db/budget.go" {
			t.Errorf("%s: who and why are arguments, not context values", s.path)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: has an init function", s.path)
			}
		}
	}
}

func TestStyleSheetsUseLogicalProperties(t *testing.T) {
	t.Parallel()
	physical := regexp.MustCompile(`(?m)^\s*(?:(?:margin|padding|border)-(?:left|right)|left|right|text-align:\s*(?:left|right)|float:\s*(?:left|right))\b`)
	n := 0
	err := filepath.WalkDir(filepath.Join(root, "internal/web/assets"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "built") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".scss") {
			return nil
		}
		n++
		text, err := os.ReadFile(path)
		if bad := physical.FindString(string(text)); bad != "" {
			t.Errorf("%s: %q is a physical property; use its logical one", path, strings.TrimSpace(bad))
		}
		return err
	})
	if err != nil || n == 0 {
		t.Fatal("no style sheets of ours found", err)
	}
}
