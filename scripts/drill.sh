#!/usr/bin/env bash
# The restore drill: an area is lost and comes back on an empty folder. It backs up a
# server that is being used, restores elsewhere, and compares. Needs bin/onestory and
# curl. PEOPLE=1000 makes a larger one.
set -euo pipefail
cd "$(dirname "$0")/.."
people=${PEOPLE:-150} port=${PORT:-18095}
work=$(mktemp -d) server='' crowd=''
finish() {
  status=$?
  for p in $crowd $server; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
failed=0 passed=0
check() { # check WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then passed=$((passed + 1)); printf 'ok      %s\n' "$what"; else failed=$((failed + 1)); printf 'FAILED  %s\n' "$what"; fi
}
say() { printf '        %s\n' "$*"; }

site=http://127.0.0.1:$port
serve() { # serve FOLDER
  bin/onestory demo --quiet --data "$1" --people "$people" --listen "127.0.0.1:$port" 2>"$work/server.log" &
  server=$!
  for _ in $(seq 300); do curl -sf "$site/readyz" >/dev/null && return; sleep 0.2; done
  cat "$work/server.log"
  return 1
}
stop() { kill "$server"; wait "$server" || true; server=''; }
enter() { curl -sf -o /dev/null -c "$work/$1" -H "Origin: $site" -d "who=$1" "$site/demo/sign-in"; }
status() { curl -s -o "$work/page" -w '%{http_code}' -b "$work/$1" "$site$2"; }
use() { while :; do status amina /me/record >/dev/null; status priya /people >/dev/null; done; }
everybody() { bin/onestory export --quiet --data "$1" --all | sort | sha256sum; }

serve "$work/lost"
enter amina
enter priya
check 'the server answers' test "$(status priya /people)" = 200
use &
crowd=$!
began=$(date +%s%N)
bin/onestory backup --quiet --data "$work/lost" --to "$work/one.backup" >"$work/said"
say "backed up in $((($(date +%s%N) - began) / 1000000)) ms: $(head -1 "$work/said" | sed "s|$work/||")"
kill "$crowd"; wait "$crowd" 2>/dev/null || true; crowd=''
check 'the backup is for its owner alone' test "$(stat -c %a "$work/one.backup")" = 600

# After the backup a person refuses something. It must hold after the restore.
check 'somebody opts out after the backup' test "$(curl -s -o /dev/null -w '%{http_code}' -b "$work/amina" -H "Origin: $site" -d want=out "$site/me/choices/shared-record")" = 303
stop

cp "$work/one.backup" "$work/bad.backup"
printf 'x' | dd of="$work/bad.backup" bs=1 seek=1000 conv=notrunc status=none
check 'a changed backup is refused' bash -c "! bin/onestory restore --quiet --data '$work/bad' --keys '$work/lost/keys' --ledger '$work/lost/ledger.jsonl' --from '$work/bad.backup' 2>/dev/null"

began=$(date +%s%N)
bin/onestory restore --json --quiet --data "$work/back" --keys "$work/lost/keys" --ledger "$work/lost/ledger.jsonl" --from "$work/one.backup" >"$work/restored.json"
say "restored in $((($(date +%s%N) - began) / 1000000)) ms: $(grep -o '"again":[0-9]*,"epoch":[0-9]*,"lines":[0-9]*,"findings":[0-9]*' "$work/restored.json")"
check 'what was refused since is said again' grep -qE '"again":[1-9]' "$work/restored.json"
check 'the journal is as it was' bash -c "bin/onestory verify --quiet --data '$work/back' >/dev/null"
check 'everybody is there, with every entry' test "$(everybody "$work/lost")" = "$(everybody "$work/back")"

serve "$work/back"
check 'the restored server is ready' test "$(curl -s -o /dev/null -w '%{http_code}' "$site/readyz")" = 200
check 'old sessions have ended' test "$(status amina /me)" = 401
enter amina
check 'people sign in again' test "$(status amina /me)" = 200
status amina /me/choices/shared-record >/dev/null
check 'the opt-out holds' grep -q 'value="in"' "$work/page"
stop
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
