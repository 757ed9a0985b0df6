package db

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// away says Again of an error of the connection to the server, which has stopped or
// is out of reach: the pool makes new connections when it is back. Whether a commit
// under way went through is not known then; it did whole or not at all.
func away(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || pgconn.SafeToRetry(err) {
		return &failure{word: Again, text: "postgres: no connection", cause: err}
	}
	return err
}
