package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this test program be the command, as a process of its own.
func TestMain(m *testing.M) {
	if args := os.Getenv("ONESTORY_TEST_COMMAND"); args != "" {
		os.Exit(run(strings.Split(args, "\n"), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// A server that is told to stop under load says so at once, and answers whatever was
// begun before those who ask went elsewhere.
func TestAServerThatStopsFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	address := unused(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	server := exec.Command(self)
	server.Stderr = &said
	server.Env = append(os.Environ(), "ONESTORY_TEST_COMMAND="+strings.Join([]string{
		"serve", "--data=" + t.TempDir(), "--listen=" + address, "--metrics=off", "--drain=1s"}, "\n"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Process.Kill()
	site := "http://" + address
	if !eventually(func() bool { return status(site+"/readyz") == http.StatusOK }) {
		t.Fatal("it never was ready: ", said.String())
	}

	var asked, failed atomic.Int64
	elsewhere, leave := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for elsewhere.Err() == nil {
				asked.Add(1)
				if status(site+"/sign-in") != http.StatusOK {
					failed.Add(1)
				}
			}
		})
	}
	if !eventually(func() bool { return asked.Load() > 50 }) {
		t.Fatal("there is no load")
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !eventually(func() bool { return status(site+"/readyz") == http.StatusServiceUnavailable }) {
		t.Error("it did not say that it stops")
	}
	leave()
	crowd.Wait()
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), asked.Load())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v: %s", err, said.String())
		}
	case <-time.After(20 * time.Second):
		t.Error("it did not end within 20 seconds")
	}
}

// status asks as a balancer does, with a connection for each request; 0 is no answer.
func status(url string) int {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	r, err := c.Get(url)
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return 0
	}
	return r.StatusCode
}

func eventually(is func() bool) bool {
	for range 600 {
		if is() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
