package main

import (
	"syscall"
	"unsafe"
)

func ioctl(fd uintptr, request uintptr, flags *uint32) syscall.Errno {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(flags)))
	return errno
}
