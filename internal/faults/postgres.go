package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// A server is a PostgreSQL that can be killed and started again. Package dbtest has
// one for tests; this one's files lie where they are told to.
type server struct {
	bin      string
	dir      string // of its files
	settings []string
	as       *syscall.SysProcAttr
	cmd      *exec.Cmd
	gone     chan struct{} // closed when cmd has ended
}

// newServer makes a cluster in a folder of dir and starts it. A nil server comes
// with the reason why there can be none.
func newServer(dir, name string, settings ...string) (s *server, why string, err error) {
	s = &server{dir: filepath.Join(dir, "pg"+name), settings: settings}
	if s.bin = programs(); s.bin == "" {
		return nil, "there is no PostgreSQL server on this machine; install it (Debian: apt-get install postgresql)", nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, "", err
	}
	if s.as, err = unprivileged(s.dir); err != nil {
		return nil, "", err
	}
	c := exec.Command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	c.SysProcAttr, c.Dir = s.as, s.dir
	c.Env = append(os.Environ(), "LC_ALL=C")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	// What a fault is to hit comes after this.
	if out, err := exec.Command("sync", "-f", s.dir).CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("sync: %w: %s", err, out)
	}
	return s, "", s.start(context.Background())
}

// start starts the server and waits until it has recovered.
func (s *server) start(ctx context.Context) error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=80",
		"-c", "shared_buffers=32MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "jit=off"}
	for _, set := range s.settings {
		args = append(args, "-c", set)
	}
	log, err := os.CreateTemp("", "onestory-pg-*.log") // not on the file system that is broken
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	var last error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), args...)
		s.cmd.SysProcAttr, s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.as, "/", log, log
		if err := s.cmd.Start(); err != nil {
			return err
		}
		s.gone = make(chan struct{})
		go func(c *exec.Cmd, gone chan struct{}) { _ = c.Wait(); close(gone) }(s.cmd, s.gone)
		if last = s.answers(ctx); last == nil {
			return nil
		}
		// A process of the one before may still be about to end.
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	return fmt.Errorf("PostgreSQL does not start: %w: %s", last, said)
}

// answers waits until the server takes connections, or is gone.
func (s *server) answers(ctx context.Context) (err error) {
	for range 3000 {
		var c *pgx.Conn
		if c, err = pgx.Connect(ctx, s.url("public")); err == nil {
			return c.Close(ctx)
		}
		select {
		case <-s.gone:
			return errors.New("it ended")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return err
}

func (s *server) url(schema string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {s.dir}, "search_path": {schema}}.Encode()}
	return u.String()
}

// schema makes a place for a house.
func (s *server) schema(ctx context.Context, name string) (string, error) {
	c, err := pgx.Connect(ctx, s.url("public"))
	if err != nil {
		return "", err
	}
	_, err = c.Exec(ctx, "CREATE SCHEMA "+name)
	return s.url(name), errors.Join(err, c.Close(ctx))
}

// kill ends the server and all its processes as SIGKILL does.
func (s *server) kill() {
	pid := s.cmd.Process.Pid
	children := childrenOf(pid)
	_ = s.cmd.Process.Kill() // it may have ended by itself
	for _, c := range append(children, childrenOf(pid)...) {
		_ = syscall.Kill(c, syscall.SIGKILL)
	}
	<-s.gone
}

// revive starts the server if it has stopped, and reports whether it had.
func (s *server) revive(ctx context.Context) (again bool, err error) {
	if s.answers(ctx) == nil {
		return false, nil
	}
	return true, s.start(ctx)
}

func (s *server) remove() {
	s.kill()
	os.RemoveAll(s.dir)
}

func childrenOf(pid int) (all []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if w := strings.Fields(rest); len(w) > 1 && w[1] == strconv.Itoa(pid) {
			if n, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// programs is the folder of the server's programs, the newest if there are more.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	newest, at := 0, ""
	for _, name := range found {
		dir := filepath.Dir(name)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil && v > newest {
			newest, at = v, dir
		}
	}
	if at != "" {
		return at
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	return ""
}

// unprivileged gives dir to the user postgres when we are root, whom PostgreSQL refuses.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}
