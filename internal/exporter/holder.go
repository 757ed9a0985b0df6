package exporter

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// inMemory is how much of an export waits in memory; more goes to a temporary file.
const inMemory = 4 << 20

// A holder keeps what is written until it may leave.
type holder struct {
	temp string
	buf  bytes.Buffer
	file *os.File
}

// Write keeps p.
func (h *holder) Write(p []byte) (int, error) {
	if h.buf.Len()+len(p) <= inMemory {
		return h.buf.Write(p)
	}
	if err := h.spill(); err != nil {
		return 0, err
	}
	return h.buf.Write(p)
}

// spill moves what is in memory to the file, which has no name.
func (h *holder) spill() error {
	if h.file == nil {
		f, err := os.CreateTemp(h.temp, "onestory-export-")
		if err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
		os.Remove(f.Name())
		h.file = f
	}
	if _, err := h.buf.WriteTo(h.file); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

// reset forgets everything.
func (h *holder) reset() error {
	h.buf.Reset()
	if h.file == nil {
		return nil
	}
	if err := h.file.Truncate(0); err != nil {
		return err
	}
	_, err := h.file.Seek(0, io.SeekStart)
	return err
}

// copyTo lets everything leave.
func (h *holder) copyTo(w io.Writer) error {
	if h.file != nil {
		if _, err := h.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(w, h.file); err != nil {
			return err
		}
	}
	_, err := h.buf.WriteTo(w)
	return err
}

func (h *holder) close() {
	if h.file != nil {
		h.file.Close()
	}
}
