package script

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"onestory/internal/app"
)

// What is kept from nearly everybody stands in the database and in its backup, and
// nowhere else that the server writes: not in the figures, the log, the answer to a
// fault, the folder for temporary files, nor in what others take away. The backup is its
// owner's alone, and has no key in it. On SQLite, where all of it is files.
func TestWhatIsSecretStandsInTheDatabaseAndItsBackupAlone(t *testing.T) {
	out := t.TempDir() // before TMPDIR changes, so that the data is not among the temporary files
	temporary := filepath.Join(out, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	w := makeWorld(t, "", true)
	for _, who := range wanderers {
		v := w.visitor(t, who)
		for _, path := range []string{"/me", "/me/record", "/me/access", "/me/download", "/me/journal", "/people", "/people/find", "/fhir/Patient"} {
			if names := w.spilled(who, v.ask(get(path)).Body.String()); names != nil {
				t.Errorf("%s has the words of %v at %s", who, names, path)
			}
		}
	}
	secret := w.secrets[0]
	faulty := httptest.NewRecorder()
	w.house.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret.word) })).
		ServeHTTP(faulty, httptest.NewRequest(http.MethodGet, "http://"+host+"/me/"+secret.word, nil))
	if text := faulty.Body.String(); faulty.Code != http.StatusInternalServerError || w.spilled("", text) != nil {
		t.Errorf("a fault answers %d: %s", faulty.Code, text)
	}
	for name, text := range map[string]string{"the log": w.log.String(), "the figures": figures(w)} {
		if names := w.spilled("", text); names != nil || handed.MatchString(text) {
			t.Errorf("%s: the words of %v, or a name of somebody: %s", name, names, handed.FindString(text))
		}
	}

	file := filepath.Join(out, "one.backup")
	if _, err := app.Backup(t.Context(), app.Config{Data: w.house.Data}, file, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	inside := opened(t, file)
	if !bytes.Contains(inside, []byte("amina")) {
		t.Error("nobody is in the backup: this finds nothing")
	}
	keys, err := filepath.Glob(filepath.Join(w.house.Keys.Dir, "*"))
	if err != nil || len(keys) < 3 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, path := range keys {
		key, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(inside, bytes.TrimSpace(key)) {
			t.Errorf("%s is in the backup", filepath.Base(path))
		}
	}
	if bytes.Contains(inside, w.house.Keys.Index) {
		t.Error("the key for finding people is in the backup")
	}
	err = filepath.WalkDir(temporary, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		t.Errorf("%s is left among the temporary files", e.Name())
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// figures is what /metrics says.
func figures(w *world) string {
	rec := httptest.NewRecorder()
	w.house.MetricsHandler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

// opened is a backup, decompressed, without its seal.
func opened(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(bytes.NewReader(b[:len(b)-32]))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	inside, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(inside, []byte("onestory copy")) {
		t.Fatal("the backup cannot be opened: ", err)
	}
	return inside
}
