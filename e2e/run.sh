#!/bin/sh
# Checks every page in a browser: first that the rules can fail, then each part in
# each of its states, then the pages of the demonstration that pages.json lists, and
# the journeys of journeys.txt.
set -eu
cd "$(dirname "$0")"

work=$(mktemp -d)
started=
finish() {
  status=$?
  # Each must have ended before its files go: a server still writes while it stops.
  for p in $started; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done
  rm -rf "$work" || true
  exit "$status"
}
trap finish EXIT

# answers URL: waits for a server, a minute at most.
answers() {
  node -e '
    const end = Date.now() + 60000
    const ask = () => fetch(process.argv[1]).then((r) => process.exit(r.status < 500 ? 0 : 1), () => Date.now() < end ? setTimeout(ask, 200) : process.exit(1))
    ask()' "$1"
}

demonstrate() {
  ../bin/onestory demo --data "$work/data" --people 200 --listen 127.0.0.1:18091 >"$work/demo.log" 2>&1 &
  started="$started $!"
  answers http://127.0.0.1:18091/ || { cat "$work/demo.log"; exit 1; }
}

if [ "${1:-}" = pictures ]; then
  demonstrate
  node pictures.mjs --base http://127.0.0.1:18091
  exit
fi

echo "The rules, on planted faults:"
node check.mjs --self-test
node journeys.mjs --self-test

echo "Each part, in each of its states:"
(cd .. && go build -o "$work/showcase" ./e2e/showcase)
"$work/showcase" -address 127.0.0.1:18090 2>"$work/showcase.log" &
started="$started $!"
answers http://127.0.0.1:18090/
node check.mjs --base http://127.0.0.1:18090 --pages showcase/pages.json --quick --spare order,sentence,grade,undecided,html

if [ ! -f pages.json ]; then
  echo "pages.json is missing: no page of the demonstration was opened" >&2
  exit 1
fi
echo "The demonstration:"
demonstrate
node check.mjs --base http://127.0.0.1:18091 --pages pages.json

echo "What people come to do:"
node journeys.mjs --base http://127.0.0.1:18091
echo "Passkeys:"
node passkey.mjs --base http://localhost:18091
echo "Away for too long:"
node idle.mjs --base http://127.0.0.1:18091
echo "What people write, in a browser:"
node vectors.mjs --self-test
node vectors.mjs --base http://127.0.0.1:18091
