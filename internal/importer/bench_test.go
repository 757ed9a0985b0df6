package importer_test

import (
	"os"
	"path/filepath"
	"testing"

	"onestory/internal/db"
	"onestory/internal/db/dbtest"
	"onestory/internal/importer"
)

// BenchmarkImport imports the folder ONESTORY_FHIR_DIR into a fresh SQLite file.
func BenchmarkImport(b *testing.B) {
	folder := os.Getenv("ONESTORY_FHIR_DIR")
	if folder == "" {
		b.Skip("set ONESTORY_FHIR_DIR to a folder of FHIR Bundles to run this")
	}
	n := 0
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, dbtest.Open(b, filepath.Join(b.TempDir(), "one.db"), db.Options{}))
		b.StartTimer()
		c, err := importer.Import(ctx, w.door, w.dir, w.spec, importer.Options{}, folder)
		if err != nil {
			b.Fatal(err)
		}
		n += c.Total.Read
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "resources/s")
}
