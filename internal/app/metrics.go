package app

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"onestory/internal/chain"
	"onestory/internal/db"
	"onestory/internal/outbox"
	"onestory/internal/record"
)

// Metrics are figures about the house for Prometheus. A label is a pattern of a route,
// a method or a status: nothing that anybody sent, and nothing about people.
type metrics struct {
	all   *prometheus.Registry
	took  *prometheus.HistogramVec
	bytes *prometheus.CounterVec
	open  prometheus.Gauge
	panic prometheus.Counter
	guess prometheus.Counter
}

func newMetrics(h *House) *metrics {
	m := &metrics{
		all: prometheus.NewRegistry(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onestory_request_seconds", Help: "How long requests took, by the pattern of their route.",
			Buckets: []float64{.002, .005, .01, .03, .06, .1, .3, 1, 3, 10},
		}, []string{"route", "method", "status"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "onestory_response_bytes_total", Help: "Bytes of content that were sent."}, []string{"route"}),
		open:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "onestory_requests_open", Help: "Requests under way."}),
		panic: prometheus.NewCounter(prometheus.CounterOpts{Name: "onestory_panics_total", Help: "Requests that ended in a fault of the program."}),
		guess: prometheus.NewCounter(prometheus.CounterOpts{Name: "onestory_guessing_total", Help: "Sessions and programs that asked for so many things that are not there that they were shut out for a while."}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "onestory_build_info", Help: "Which version this is.", ConstLabels: prometheus.Labels{"version": Version}})
	build.Set(1)
	m.all.MustRegister(m.took, m.bytes, m.open, m.panic, m.guess, build, &inside{h},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// done counts a request.
func (m *metrics) done(route, method string, status int, bytes int64, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.took.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
	m.bytes.WithLabelValues(route).Add(float64(bytes))
}

// MetricsHandler answers /metrics, and nothing else. It belongs on an address that
// only those reach who run the server.
func (h *House) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics.all, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
	return mux
}

// inside asks the house when the figures are asked for.
type inside struct{ h *House }

func described(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

var (
	descReady    = described("onestory_ready", "1 when the server is ready, as /readyz says.")
	descLines    = described("onestory_journal_lines", "Lines of the journal that have their number: changes and looks.")
	descSigned   = described("onestory_journal_signed_lines", "Lines of the journal under a signed checkpoint.")
	descSignedAt = described("onestory_journal_checkpoint_timestamp_seconds", "When the last checkpoint was signed.")
	descBehind   = described("onestory_journal_behind_seconds", "How long lines of the journal have been waiting for their number.")
	descEpoch    = described("onestory_journal_epoch", "1, and one more for each restore.")
	descOutbox   = described("onestory_outbox_rows", "What is still to be done outside the database.")
	descTries    = described("onestory_outbox_tries", "How often the most stubborn of it was tried.")
	descBusy     = described("onestory_database_busy", "SQLite: writes that wait. PostgreSQL: connections in use.")
	descLimit    = described("onestory_database_busy_limit", "How large onestory_database_busy can be.")
	descSize     = described("onestory_database_bytes", "What the database takes on disk.")
	descRoom     = described("onestory_disk_free_bytes", "What is left on the disk of the data.")
	descLooks    = described("onestory_looks_total", "Lines of the journal that say what was shown.")
	descRefusals = described("onestory_refusals_total", "Lines of the journal that say that nothing was shown.")
	descChanges  = described("onestory_changes_total", "Changes that people made. Imports are not counted.")
	descHits     = described("onestory_cache_hits_total", "Persons who were opened from the cache.")
	descMisses   = described("onestory_cache_misses_total", "Persons who were opened from the database.")
)

// Describe implements prometheus.Collector.
func (i *inside) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descReady, descLines, descSigned, descSignedAt, descBehind, descEpoch, descOutbox, descTries, descBusy, descLimit, descSize, descRoom,
		descLooks, descRefusals, descChanges, descHits, descMisses} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What cannot be asked now is left out, and
// onestory_ready says why to look.
func (i *inside) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	h := i.h
	is := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	for d, n := range i.counts() {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	ready := 0.0
	if h.Health(ctx).Ready {
		ready = 1
	}
	is(descReady, ready)
	taken, of := h.DB.Busy()
	is(descBusy, float64(taken))
	is(descLimit, float64(of))
	if n, err := h.DB.Size(ctx); err == nil {
		is(descSize, float64(n))
	}
	if left, _, err := free(h.Data); err == nil {
		is(descRoom, float64(left))
	}
	if rows, tries, err := outbox.Waiting(ctx, h.DB); err == nil {
		is(descOutbox, float64(rows))
		is(descTries, float64(tries))
	}
	i.journal(ctx, is)
}

// counts are what went through the door: five numbers, without a label.
func (i *inside) counts() map[*prometheus.Desc]int64 {
	s := i.h.Door.Stats()
	return map[*prometheus.Desc]int64{descLooks: s.Looks, descRefusals: s.Refusals, descChanges: s.Changes, descHits: s.Hits, descMisses: s.Misses}
}

func (i *inside) journal(ctx context.Context, is func(*prometheus.Desc, float64)) {
	h := i.h
	if since, err := h.waiting(ctx); err == nil {
		is(descBehind, since.Seconds())
	}
	var lines int64
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		lines, err = chain.Log{Stream: record.Stream}.Size(ctx, tx)
		return err
	})
	if err == nil {
		is(descLines, float64(lines))
	}
	if c, err := h.LastCheckpoint(); err == nil && c.Size > 0 {
		is(descSigned, float64(c.Size))
		is(descSignedAt, float64(c.At.Std().Unix()))
		is(descEpoch, float64(c.Epoch))
	}
}
