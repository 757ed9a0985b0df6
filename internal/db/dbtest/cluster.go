package dbtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

var errNoPrograms = errors.New("dbtest: there is no PostgreSQL server on this machine: install it, or set ONESTORY_TEST_POSTGRES to a URL")

// It syncs as a real one does, and is small.
const settings = `
listen_addresses = ''
max_connections = 300
shared_buffers = 64MB
fsync = on
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 30min
max_locks_per_transaction = 256
jit = off
`

// StartCluster starts a throw-away PostgreSQL on a unix socket and returns its
// URL. It is stopped and removed by stop, or when this process ends, however it ends.
func StartCluster() (server string, stop func(), err error) {
	bin, err := programs()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "onestory-pg-")
	if err != nil {
		return "", nil, err
	}
	attr, err := asPostgres(dir)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) error {
		c := exec.Command(filepath.Join(bin, name), args...)
		c.Dir, c.SysProcAttr = dir, attr
		c.Env = append(os.Environ(), "LC_ALL=C")
		var said bytes.Buffer
		if name == "initdb" { // pg_ctl's server would keep the pipe open
			c.Stdout, c.Stderr = &said, &said
		}
		if err := c.Run(); err != nil {
			return fmt.Errorf("dbtest: %s: %w: %s", name, err, said.Bytes())
		}
		return nil
	}
	if err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"); err != nil {
		return "", nil, err
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", nil, err
	}
	fmt.Fprintf(conf, "%sunix_socket_directories = '%s'\n", settings, dir)
	if err := conf.Close(); err != nil {
		return "", nil, err
	}
	stop, err = watch(bin, dir, attr)
	if err != nil {
		return "", nil, err
	}
	if err := run("pg_ctl", "start", "-w", "-D", data, "-l", filepath.Join(dir, "log")); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		stop()
		return "", nil, fmt.Errorf("%w: %s", err, log)
	}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return u.String(), stop, nil
}

// watch starts a shell that waits for the end of its input, which comes when
// this process ends, and then stops the cluster and removes it.
func watch(bin, dir string, attr *syscall.SysProcAttr) (stop func(), err error) {
	c := exec.Command("/bin/sh", "-c", `read x; "$0"/pg_ctl stop -m immediate -D "$1"/data; rm -rf "$1"`, bin, dir)
	own := *attr
	own.Setsid = true // an interrupt from the keyboard is not for it
	c.Dir, c.SysProcAttr = "/", &own
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return func() {
		io.Closer(in).Close()
		c.Wait()
		os.RemoveAll(dir) // what it may not remove itself, in a folder that is not its own
	}, nil
}

// programs is the folder of PostgreSQL's server programs, the newest if there are more.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	newest, at := 0, ""
	for _, f := range found {
		dir := filepath.Dir(f)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil && v > newest {
			newest, at = v, dir
		}
	}
	if at != "" {
		return at, nil
	}
	p, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNoPrograms
	}
	return filepath.Dir(p), nil
}

// asPostgres makes root's programs run as the user postgres, for the server
// refuses to run as root, and gives dir to that user.
func asPostgres(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("dbtest: tests run as root need a user postgres for the server: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
