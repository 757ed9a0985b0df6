//go:build linux || darwin || freebsd

package app

import "syscall"

// free is how many bytes there are for us on the disk of a folder, and how many it
// has in all.
func free(dir string) (left, of uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
