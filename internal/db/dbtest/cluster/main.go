// Command cluster runs a command with a throw-away PostgreSQL beside it:
//
//	go run ./internal/db/dbtest/cluster -- go test ./...
//
// The command finds its URL in ONESTORY_TEST_POSTGRES, so that all packages'
// tests share one server. It is stopped when the command ends.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"onestory/internal/db/dbtest"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "Say which command to run: cluster -- COMMAND ...")
		os.Exit(2)
	}
	os.Exit(run(args))
}

func run(args []string) int {
	server, stop, err := dbtest.StartCluster()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	c := exec.Command(args[0], args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), "ONESTORY_TEST_POSTGRES="+server)
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
