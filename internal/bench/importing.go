package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onestory/internal/db"
	"onestory/internal/demo"
	"onestory/internal/directory"
	"onestory/internal/fhir"
	"onestory/internal/importer"
)

// An imported is what one import came to.
type imported struct {
	Resources int
	Seconds   float64
	CPU       float64 // seconds of processor time
	Peak      int64   // bytes of memory
	Disk      int64   // bytes of the database
}

// imports measures the importer in a process of its own, whose memory is then its
// own too, beside writing the same resources down as they are.
func (b *bench) imports(ctx context.Context, dir string) error {
	if !b.wants("import") {
		return nil
	}
	made := filepath.Join(dir, "bundles")
	if err := bundles(made, b.pick(300, 50)); err != nil {
		return err
	}
	if err := b.importFrom(ctx, dir, "made", made); err != nil {
		return err
	}
	if given := os.Getenv("ONESTORY_FHIR_DIR"); given != "" {
		return b.importFrom(ctx, dir, "given", given)
	}
	return nil
}

func (b *bench) importFrom(ctx context.Context, dir, what, from string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var ours imported
	var raw float64
	var plain int64
	turns := b.pick(3, 1)
	for turn := range turns {
		out, err := exec.CommandContext(ctx, program, "--import-into", filepath.Join(dir, fmt.Sprintf("import-%s%d.db", what, turn)), from).Output()
		if err != nil {
			return fmt.Errorf("importing: %w", err)
		}
		var got imported
		if err := json.Unmarshal(out, &got); err != nil {
			return err
		}
		if turn == 0 || got.Seconds < ours.Seconds {
			ours.Seconds, ours.CPU = got.Seconds, got.CPU
		}
		ours.Resources, ours.Peak, ours.Disk = got.Resources, max(ours.Peak, got.Peak), got.Disk
		n, size, took, err := writtenDown(ctx, filepath.Join(dir, fmt.Sprintf("raw-%s%d.db", what, turn)), from)
		if err != nil {
			return err
		}
		raw, plain = max(raw, float64(n)/took.Seconds()), size
	}
	rate := float64(ours.Resources) / ours.Seconds
	b.add(figure{
		Name: "import, " + what + " files", On: "SQLite", Unit: "resources/s", P50: rate, Raw: "insert each as compact JSON, a transaction for each file",
		RawP50: raw, Ratio: rate / raw, CPU: ours.CPU * 1e6 / float64(ours.Resources), Goal: "10000/s", Ceiling: "10000/s", Met: judge(-rate, -10_000, -10_000),
	})
	b.add(figure{Name: "import, " + what + " files: peak memory", On: "SQLite", Unit: "MB", P50: float64(ours.Peak) / 1e6, Goal: "300 MB", Ceiling: "300 MB", Met: judge(float64(ours.Peak), 300e6, 300e6)})
	ratio := float64(ours.Disk) / float64(plain)
	b.add(figure{
		Name: "import, " + what + " files: disk", On: "SQLite", Unit: "MB", P50: float64(ours.Disk) / 1e6, Raw: "the resources as compact JSON", RawP50: float64(plain) / 1e6,
		Ratio: ratio, Goal: "0.5x", Ceiling: "0.5x", Met: judge(ratio, 0.5, 0.5),
	})
	return nil
}

// bundles writes the files of an area of people who do not exist.
func bundles(dir string, people int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	n := 0
	for b := range demo.Area(1, people, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.json", n)), b.JSON, 0o600); err != nil {
			return err
		}
		n++
	}
	return nil
}

// importInto is the process that imports: it prints an imported as JSON.
func importInto(ctx context.Context, where string, paths []string) error {
	w, err := newWorld(ctx, where, 64<<20)
	if err != nil {
		return err
	}
	dir := directory.New(w.db, w.keys, make([]byte, 32))
	busy, began := processor(), time.Now()
	counts, err := importer.Import(ctx, w.door, dir, w.spec, importer.Options{}, paths...)
	took := time.Since(began)
	busy = processor() - busy
	if err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	size, err := os.Stat(where)
	if err != nil {
		return err
	}
	if counts.Total.Refused > 0 || counts.FilesRefused > 0 {
		fmt.Fprintf(os.Stderr, "import refused %d resources and %d files\n", counts.Total.Refused, counts.FilesRefused)
	}
	return json.NewEncoder(os.Stdout).Encode(imported{
		Resources: counts.Total.New + counts.Total.Changed + counts.Total.Unchanged,
		Seconds:   took.Seconds(), CPU: busy.Seconds(), Peak: peak(), Disk: size.Size(),
	})
}

// peak is the most memory that this process has had, in bytes; 0 where that is not told.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	text, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kB, _ := strconv.ParseInt(text, 10, 64)
	return kB << 10
}

// writtenDown puts every resource of the files into a table as it is, and says how
// many there are, how many bytes, and how long it took, with the parsing.
func writtenDown(ctx context.Context, where, from string) (n int, size int64, took time.Duration, err error) {
	d, err := db.Open(ctx, where, db.Options{})
	if err != nil {
		return 0, 0, 0, err
	}
	defer d.Close()
	if _, err := newRows(ctx, d); err != nil {
		return 0, 0, 0, err
	}
	files, err := filepath.Glob(filepath.Join(from, "*.json"))
	if err != nil {
		return 0, 0, 0, err
	}
	began := time.Now()
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return 0, 0, 0, err
		}
		var all [][]any
		_, err = fhir.EachEntry(bytes.NewReader(b), fhir.Limits{Bytes: 64 << 20, Nodes: 8 << 20}, func(_ int, raw []byte) error {
			var e struct{ Resource json.RawMessage }
			if err := json.Unmarshal(raw, &e); err != nil {
				return err
			}
			var out bytes.Buffer
			if err := json.Compact(&out, e.Resource); err != nil {
				return err
			}
			n++
			size += int64(out.Len())
			all = append(all, []any{n, out.Bytes()})
			return nil
		})
		if err != nil {
			return 0, 0, 0, err
		}
		err = d.Tx(ctx, func(tx *db.Tx) error {
			return tx.ExecMany(ctx, `INSERT INTO bench_row (id, bytes) VALUES ($1, $2)`, all)
		})
		if err != nil {
			return 0, 0, 0, err
		}
	}
	return n, size, time.Since(began), nil
}
