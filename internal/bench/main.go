// Command bench measures what the design promises, each figure beside a raw
// counterpart: the least that any program would have to do for the same.
//
//	go run ./internal/bench            all figures, a few minutes
//	go run ./internal/bench --quick    less of each, under a minute
//	go run ./internal/bench --json     for a program to read
//	go run ./internal/bench open       only figures whose name begins with a word given
//
// A figure and its counterpart run in turns (A B A B) in the same run, so that a
// slow machine slows both. Goals and ceilings are about the ratio wherever there is
// one. Nothing is asserted: whoever reads the table judges.
//
// Databases are made in a temporary folder, of the disk that TMPDIR names, and on a
// throw-away PostgreSQL or the one in ONESTORY_TEST_POSTGRES. Files for the import
// are those of the folder ONESTORY_FHIR_DIR, or else made by package demo.
//
// It owns no tables, and is the one program that may name others' in SQL.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"
)

func main() {
	log.SetFlags(0)
	testing.Init() // for testing.Benchmark
	quick := flag.Bool("quick", false, "less of each, under a minute")
	asJSON := flag.Bool("json", false, "print JSON")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	child := flag.String("import-into", "", "used by the import figure itself")
	flag.Parse()
	// Whoever is told to stop cleans up first: the folders, and the throw-away cluster.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if *child != "" {
		if err := importInto(ctx, *child, flag.Args()); err != nil {
			log.Fatal(err)
		}
		return
	}
	b := &bench{quick: *quick, only: flag.Args()}
	if err := b.all(ctx); err != nil {
		if ctx.Err() != nil {
			log.Fatal("Stopped before the end; nothing is left behind.")
		}
		log.Fatal(err)
	}
	if *asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(map[string]any{"machine": machine(), "figures": b.figures}); err != nil {
			log.Fatal(err)
		}
		return
	}
	fmt.Println(machine())
	b.print(os.Stdout)
}

// machine is one line about where this ran.
func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d cores, %s", time.Now().Format("2 January 2006"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

// A bench is one run: what was asked for and what came out.
type bench struct {
	quick   bool
	only    []string
	figures []figure
}

// A figure is one line of the table.
type figure struct {
	Name    string  `json:"name"`
	On      string  `json:"on"`            // which database, or ""
	Unit    string  `json:"unit"`          // of the numbers that follow
	P50     float64 `json:"p50"`           // ours; for rates the only number
	P95     float64 `json:"p95,omitempty"` // ours, of pages
	P99     float64 `json:"p99,omitempty"` // ours
	Raw     string  `json:"raw,omitempty"` // what the counterpart does
	RawP50  float64 `json:"rawP50,omitempty"`
	RawP99  float64 `json:"rawP99,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`  // ours to the counterpart, of the medians
	CPU     float64 `json:"cpu,omitempty"`    // of rates: processor microseconds of this process for each
	RawCPU  float64 `json:"rawCPU,omitempty"` // the same of the counterpart
	Goal    string  `json:"goal,omitempty"`
	Ceiling string  `json:"ceiling,omitempty"`
	Met     string  `json:"met,omitempty"` // "goal", "ceiling" or "over"
}

func (b *bench) add(f figure) {
	b.figures = append(b.figures, f)
	fmt.Fprintf(os.Stderr, "%-44s %-9s %10s %s\n", f.Name, f.On, number(f.P50), f.Unit)
}

// wants reports whether a figure was asked for.
func (b *bench) wants(name string) bool {
	for _, o := range b.only {
		if strings.HasPrefix(name, o) {
			return true
		}
	}
	return len(b.only) == 0
}

// pick is full, or less in a quick run.
func (b *bench) pick(full, quick int) int {
	if b.quick {
		return quick
	}
	return full
}

// judge says whether a number keeps to a goal and a ceiling, below which it is to be.
func judge(is, goal, ceiling float64) string {
	switch {
	case is <= goal:
		return "goal"
	case is <= ceiling:
		return "ceiling"
	}
	return "over"
}

func (b *bench) print(w io.Writer) {
	rows := [][]string{{"figure", "on", "unit", "p50", "p95", "p99", "raw p50", "raw p99", "ratio", "cpu us", "raw cpu us", "goal", "ceiling", "met", "raw counterpart"}}
	for _, f := range b.figures {
		rows = append(rows, []string{
			f.Name, f.On, f.Unit, number(f.P50), number(f.P95), number(f.P99), number(f.RawP50), number(f.RawP99), number(f.Ratio), number(f.CPU), number(f.RawCPU), f.Goal, f.Ceiling, f.Met, f.Raw,
		})
	}
	wide := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			wide[i] = max(wide[i], len(c))
		}
	}
	line := func(r []string, pad string) {
		for i, c := range r {
			fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(pad, wide[i]-len(c)))
		}
		fmt.Fprintln(w, "|")
	}
	line(rows[0], " ")
	line(make([]string, len(wide)), "-")
	for _, r := range rows[1:] {
		line(r, " ")
	}
}

func number(x float64) string {
	switch {
	case x == 0:
		return ""
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
