package dbtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// shared starts a cluster that ends when this process does: a keeper, which holds
// a pipe of ours, stops it and removes its files when the pipe closes.
func shared() (string, error) {
	c, err := Start()
	if err != nil {
		return "", err
	}
	keeper := exec.Command("sh", "-c", `read x; kill -INT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"`, "keeper", strconv.Itoa(c.pid), c.dir)
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if _, err := keeper.StdinPipe(); err != nil {
		return "", errors.Join(err, c.Stop())
	}
	if err := keeper.Start(); err != nil {
		return "", errors.Join(err, c.Stop())
	}
	return c.URL, nil
}

// A Cluster is a PostgreSQL server that can be thrown away.
type Cluster struct {
	URL string // what db.Open takes
	dir string
	cmd *exec.Cmd
	pid int
}

// Start makes a cluster in a temporary folder and starts it, on a socket and a
// free port of the loopback. It runs as the user postgres when we are root, since
// PostgreSQL refuses root.
func Start() (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "onestory-pg-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	as, err := unprivileged(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "onestory", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	port, err := free()
	if err != nil {
		return nil, err
	}
	c.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=256MB", "-c", "max_connections=300", "-c", "max_wal_size=2GB")
	c.cmd.SysProcAttr, c.cmd.Dir = as, dir
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c.pid = c.cmd.Process.Pid
	c.URL = fmt.Sprintf("postgres://onestory@127.0.0.1:%d/postgres?sslmode=disable", port)
	for range 300 {
		conn, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(port)))
		if err == nil {
			return c, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("PostgreSQL did not start within 15 seconds"), c.Stop())
}

// Stop stops the server and removes its files.
func (c *Cluster) Stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGINT)
	_ = c.cmd.Wait() // it says that it was interrupted
	return os.RemoveAll(c.dir)
}

// binaries finds the folder with initdb and postgres.
func binaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	if len(found) == 0 {
		return "", errors.New("there are no PostgreSQL server binaries on this machine (Debian: apt-get install postgresql)")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to the user postgres and says how to run as them.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
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

// free is a port of the loopback that nobody listens on.
func free() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
