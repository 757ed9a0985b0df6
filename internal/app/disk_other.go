//go:build !(linux || darwin || freebsd)

package app

import "errors"

// free is not known on this system.
func free(string) (left, of uint64, err error) { return 0, 0, errors.ErrUnsupported }
