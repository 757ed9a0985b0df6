//go:build !linux

package main

import "syscall"

// ioctl is Linux's here: elsewhere there is no ext4 to cut.
func ioctl(uintptr, uintptr, *uint32) syscall.Errno { return syscall.ENOSYS }
