#!/bin/sh
# Kills, power cuts and full disks, with the PostgreSQL of this machine. Arguments go
# on to the program: sh scripts/faults.sh --kills 500 kill
set -eu
cd "$(dirname "$0")/.."
mkdir -p bin
go build -o bin/faults ./internal/faults
exec bin/faults "$@"
