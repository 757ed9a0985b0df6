package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"onestory/internal/app"
)

// A listener serves a house until it is told to stop.
type listener struct {
	*app.House
	address string
	figures string        // where /metrics is; "" or off: nowhere
	drain   time.Duration // between not being ready and taking no more requests
}

// From being told to stop to the end no more than 20 seconds pass: these two, and what
// the house needs to close.
const (
	longestDrain = 5 * time.Second
	longestEnd   = 12 * time.Second
)

// serve answers until ctx ends. From then on the house is not ready, which sends new
// requests elsewhere; what comes all the same is answered, until the drain is over;
// and what was begun by then is finished.
func (l listener) serve(ctx context.Context, handler http.Handler) error {
	main, err := net.Listen("tcp", l.address)
	if err != nil {
		return fmt.Errorf("cannot listen on --listen %s: %w", l.address, err)
	}
	figures, err := l.figure()
	if err != nil {
		return errors.Join(err, main.Close())
	}
	server := app.Server(l.Limited(handler))
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		l.Stop()
		time.Sleep(l.drain)
		end, cancel := context.WithTimeout(context.Background(), longestEnd)
		defer cancel()
		err := server.Shutdown(end)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.Join(errors.New("requests were still under way after 12 seconds, and were cut"), server.Close())
		}
		stopped <- errors.Join(err, figures.Close())
	}()
	if err := server.Serve(main); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, figures.Close())
	}
	return <-stopped
}

// figure serves the figures on an address of their own, which answers until the end.
func (l listener) figure() (*http.Server, error) {
	server := app.Server(l.MetricsHandler())
	if l.figures == "" || l.figures == "off" {
		return server, nil
	}
	at, err := net.Listen("tcp", l.figures)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on --metrics %s: give another address, or off: %w", l.figures, err)
	}
	go func() { _ = server.Serve(at) }() // it ends with the program, and never ends it
	return server, nil
}
