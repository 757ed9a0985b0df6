package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A disk is an ext4 file system in a file, mounted through a loop device.
type disk struct{ image, dir string }

// newDisk makes a disk of so many megabytes. A nil disk comes with the reason why
// there can be none here.
func newDisk(base, name string, megabytes int64) (d *disk, why string, err error) {
	if os.Getuid() != 0 {
		return nil, "mounting a file system needs root", nil
	}
	for _, p := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(p); err != nil {
			return nil, p + " is not on this machine (Debian: apt-get install e2fsprogs mount)", nil
		}
	}
	d = &disk{filepath.Join(base, name+".ext4"), filepath.Join(base, name)}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, "", err
	}
	if err := errors.Join(f.Truncate(megabytes<<20), f.Close(), os.MkdirAll(d.dir, 0o755)); err != nil {
		return nil, "", err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", d.image).CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("mkfs.ext4: %w: %s", err, out)
	}
	if err := d.mount(); err != nil {
		return nil, "this machine does not let a file be mounted: " + err.Error(), os.Remove(d.image)
	}
	return d, "", os.Chmod(d.dir, 0o755)
}

func (d *disk) mount() error {
	out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}

// Ext4's request to shut a mounted file system down at once, and what it takes so
// that neither data nor the log are flushed first (linux/fs/ext4/ext4.h).
const (
	ioctlShutdown = 0x8004587d // _IOR('X', 125, __u32)
	noLogFlush    = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// cut takes the power away: from now on nothing reaches the disk.
func (d *disk) cut() error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := uint32(noLogFlush)
	if errno := ioctl(f.Fd(), ioctlShutdown, &flags); errno != 0 {
		return fmt.Errorf("cutting the power: %w", errno)
	}
	return nil
}

// remount brings the power back: what the kernel still held in memory is forgotten.
func (d *disk) remount() error {
	if err := d.unmount(); err != nil {
		return err
	}
	return d.mount()
}

func (d *disk) unmount() (err error) {
	for range 200 { // processes that were killed may not have let go yet
		var out []byte
		if out, err = exec.Command("umount", d.dir).CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("umount: %w: %s", err, out)
		time.Sleep(25 * time.Millisecond)
	}
	return err
}

func (d *disk) remove() {
	_ = d.unmount() // what is left over goes with the machine
	os.Remove(d.image)
}

// fill takes all the room that is left, and answers the file that has it.
func (d *disk) fill() (string, error) {
	f, err := os.OpenFile(filepath.Join(d.dir, "filler"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for size := 1 << 20; size >= 512; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return "", fmt.Errorf("the disk did not fill up: %w", err)
	}
	_ = f.Sync() // full is full
	return f.Name(), nil
}
