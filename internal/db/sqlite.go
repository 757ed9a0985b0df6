package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"onestory/internal/clock"
)

// lite is a DB on an SQLite file.
type lite struct {
	path    string
	clock   *clock.Clock
	group   int
	write   *liteConn // nil when opened for reading only
	readers chan *liteConn
	all     int

	jobs   chan *job
	quit   chan struct{} // closed by close
	over   chan struct{} // closed when the writer has ended
	closed sync.Once
	idle   sync.WaitGroup // the writer and the keeper
	wrote  atomic.Bool    // something since the keeper last looked
}

// Settings of every connection. The write-ahead log is synced at each commit
// (FULL), and what is deleted is overwritten where that costs nothing.
var litePragmas = []string{
	"busy_timeout = 10000", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF",
	"secure_delete = FAST", "temp_store = MEMORY", "cache_size = -16000", "mmap_size = 1073741824",
}

func openSQLite(ctx context.Context, path string, o Options) (*lite, error) {
	l := &lite{path: path, clock: o.Clock, group: o.Group, all: o.Readers, jobs: make(chan *job, 1024), quit: make(chan struct{}), over: make(chan struct{})}
	if l.group <= 0 {
		l.group = 128
	}
	if l.all <= 0 {
		l.all = 4
	}
	l.readers = make(chan *liteConn, l.all)
	if err := l.start(ctx, o); err != nil {
		l.shut()
		return nil, fmt.Errorf("opening the database file: %w", err)
	}
	if l.write != nil {
		l.idle.Add(2)
		go l.writer()
		go l.keeper()
	}
	return l, nil
}

func (l *lite) start(ctx context.Context, o Options) error {
	if o.ReadOnly {
		if _, err := os.Stat(l.path); err != nil {
			return err
		}
	} else {
		if err := makeFile(l.path); err != nil {
			return err
		}
		// The page size counts only before the file has a page; the packed people of
		// small records leave less of a small page empty. A commit that finds
		// a long log moves it into the file itself; usually the keeper has.
		pragmas := append([]string{"page_size = 2048", "busy_timeout = 10000", "journal_mode = WAL"}, litePragmas...)
		w, err := openConn(l.path, append(pragmas, "wal_autocheckpoint = 16000", "journal_size_limit = 67108864")...)
		if err != nil {
			return err
		}
		l.write = w
		if err := migrateSQLite(ctx, w, o.Version, l.clock.Now()); err != nil {
			return err
		}
	}
	for range l.all {
		r, err := openConn(l.path, append(litePragmas[:len(litePragmas):len(litePragmas)], "query_only = ON")...)
		if err != nil {
			return err
		}
		l.readers <- r
	}
	if o.ReadOnly {
		r := <-l.readers
		defer func() { l.readers <- r }()
		return checkVersion(ctx, r)
	}
	return nil
}

// shut closes the connections there are. Nobody uses them any more.
func (l *lite) shut() error {
	var errs []error
	for {
		select {
		case r := <-l.readers:
			errs = append(errs, r.close())
			continue
		default:
		}
		break
	}
	if l.write != nil {
		errs = append(errs, l.write.close())
	}
	return errors.Join(errs...)
}

func (l *lite) close() error {
	err := Closed
	l.closed.Do(func() {
		close(l.quit)
		l.idle.Wait()
		held := make([]*liteConn, 0, l.all)
		for range l.all {
			held = append(held, <-l.readers) // waits for those that read
		}
		for _, r := range held {
			l.readers <- r
		}
		err = nil
		if l.write != nil {
			err = l.write.run("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)")
		}
		err = errors.Join(err, l.shut())
	})
	return err
}

func (l *lite) reader(ctx context.Context) (*liteConn, error) {
	select {
	case <-l.quit:
		return nil, Closed
	default:
	}
	select {
	case r := <-l.readers:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.quit:
		return nil, Closed
	}
}

func (l *lite) row(ctx context.Context, sql string, args []any) Row {
	r, err := l.reader(ctx)
	if err != nil {
		return Row{err: err}
	}
	defer func() { l.readers <- r }()
	return r.row(ctx, sql, args)
}

func (l *lite) read(ctx context.Context, fn func(*Tx) error) error {
	r, err := l.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { l.readers <- r }()
	if _, err := r.exec(ctx, "BEGIN", nil); err != nil {
		return err
	}
	tx := &Tx{At: l.clock.Now(), s: r, reading: true}
	ended := false
	finish := func(err error) error {
		ended = true
		err = tx.end(err)
		if _, end := r.exec(context.Background(), "COMMIT", nil); err == nil {
			err = end
		}
		return err
	}
	defer func() {
		if !ended { // fn panicked, or ended its goroutine
			finish(nil)
		}
	}()
	return finish(fn(tx))
}

func (l *lite) durable(ctx context.Context) error {
	var level int
	if err := l.row(ctx, "PRAGMA synchronous", nil).Scan(&level); err != nil {
		return err
	}
	if level < 2 {
		return errors.New("the database file is not synced at each commit: remove the setting that lowers synchronous below FULL")
	}
	return nil
}

func (l *lite) size(ctx context.Context) (int64, error) {
	var n int64
	for _, end := range []string{"", "-wal"} {
		if s, err := os.Stat(l.path + end); err == nil {
			n += s.Size()
		}
	}
	return n, ctx.Err()
}

func (l *lite) checkpoint(context.Context) error {
	c, err := openConn(l.path, litePragmas...)
	if err != nil {
		return err
	}
	return errors.Join(c.run("PRAGMA wal_checkpoint(TRUNCATE)"), c.close())
}

// keeper moves the log into the file while nobody waits for it, and lets SQLite
// look after its statistics.
func (l *lite) keeper() {
	defer l.idle.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var c *liteConn
	for n := 1; ; n++ {
		select {
		case <-l.quit:
			if c != nil {
				c.close()
			}
			return
		case <-tick.C:
		}
		if !l.wrote.Swap(false) {
			continue
		}
		if c == nil {
			var err error
			if c, err = openConn(l.path, append(litePragmas[:len(litePragmas):len(litePragmas)], "analysis_limit = 400")...); err != nil {
				c = nil
				continue
			}
		}
		// What fails here is tried again in a second, and by the writer when the log is long.
		_ = c.run("PRAGMA wal_checkpoint(PASSIVE)")
		if n%3600 == 0 {
			_ = c.run("PRAGMA optimize")
		}
	}
}

func (l *lite) catalogue() string {
	return `SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, p.cid`
}
