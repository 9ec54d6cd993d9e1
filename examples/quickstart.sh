#!/bin/sh
# What objectstore is for, in a minute and with no server: builds the objstore command, then moves files and events through a plain folder.
#
#   sh examples/quickstart.sh           works in a new folder under TMPDIR (or /tmp)
#   sh examples/quickstart.sh FOLDER    works in FOLDER, which must be new or empty
#
# Installs what is missing (cmake/bootstrap.sh), builds into build/release, and leaves the folder so that you can look.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release

case ${1:-} in
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  '') folder=$(mktemp -d "${TMPDIR:-/tmp}/objectstore-quickstart.XXXXXX") ;;
  *)
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    [ -z "$(ls -A "$folder")" ] || { echo "quickstart: $folder is not empty" >&2; exit 2; }
    ;;
esac

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
# show COMMAND...: prints the command as one would type it, then runs it. What it prints may be redirected, the command is shown all the same.
exec 3>&1
show() {
  {
    printf '$'
    for word in "$@"; do
      case $word in
        '' | *[!A-Za-z0-9_./:=,+@%-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
      esac
    done
    printf '\n'
  } >&3
  "$@"
}
fail() { echo "quickstart: $*" >&2; exit 1; }

say 'Building the objstore command (the first time takes a minute or two)'
sh "$root/cmake/bootstrap.sh" build
log=$folder/build.log
{
  if [ ! -f "$build/CMakeCache.txt" ]; then
    launcher=
    if command -v ccache >/dev/null; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
    # The tests need more packages than the command does.
    (cd "$root" && cmake --preset release $launcher -DOBJECTSTORE_BUILD_TESTS=OFF)
  fi
  cmake --build "$build" -j "$(nproc 2>/dev/null || echo 2)" --target objectstore_cli
} >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "the build failed; all of it is in $log"; }
rm -f "$log"
PATH=$build:$PATH
show objstore --version

# Nothing of your own configuration takes part.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL S3_ENDPOINT AWS_SESSION_TOKEN AWS_CA_BUNDLE 2>/dev/null || true
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null

cd "$folder"
say 'The store is a folder here. With https://... or http://127.0.0.1:9000 in its place, all that follows is the same.'
export AWS_ENDPOINT_URL_S3="file:$folder/store"
echo "\$ export AWS_ENDPOINT_URL_S3=$AWS_ENDPOINT_URL_S3"

say 'Two buckets.'
show objstore mb s3://media s3://events

say 'A file goes in, with a note attached, only if nobody has the key yet; and comes back the same.'
cp "$root/LICENSE" license.txt
show objstore put --meta owner=quickstart --if-none-match '*' license.txt s3://media/2026/docs/
show objstore get s3://media/2026/docs/license.txt copy.txt
show cmp license.txt copy.txt
echo '(the same, byte for byte)'

say 'What is there: one level, then everything stored with one object.'
show objstore ls s3://media/2026/
show objstore stat s3://media/2026/docs/license.txt

say '1,000 events of four kinds, one JSON object a line.'
awk 'BEGIN {
  split("OrderPlaced OrderPaid OrderShipped OrderReturned", kind, " "); split("acme globex", company, " ")
  for (n = 0; n < 1000; n++)
    printf "{\"company\":\"%s\",\"type\":\"%s\",\"occurred_at\":\"2026-11-21T%02d:%02d:%02dZ\",\"order\":{\"id\":%d,\"total\":%d.%02d}}\n",
      company[n % 2 + 1], kind[int(n / 2) % 4 + 1], 8 + n / 3600, n / 60 % 60, n % 60, 1000 + int(n / 8), 5 + n % 90, n % 100
}' >events.ndjson
show head -n 2 events.ndjson

say 'Each payload is stored first, under a key that holds its metadata; then a small pointer to it goes out (here into a file; it could be a webhook).'
template='{company}/orders/{entity}/v{version:int}/{event}/{timestamp}.json'
show objstore -q event receive --ndjson --template "$template" --field entity=order --field version=1 --field-from company=/company \
  --field-from event=/type --field-from timestamp=/occurred_at --emit file:pointers.ndjson s3://events events.ndjson >printed.ndjson
echo "pointers emitted: $(wc -l <pointers.ndjson)"
[ "$(wc -l <pointers.ndjson)" -eq 1000 ] || fail 'that should have been 1000'
show objstore ls s3://events/acme/orders/order/v1/

say 'Weeks later somebody needs those of one kind again: list a prefix, emit its pointers once more. No payload is read.'
show objstore event replay --template "$template" --emit file:replayed.ndjson s3://events/acme/orders/order/v1/OrderPaid/
show head -n 3 replayed.ndjson
key=$(sed -n '1s/.*"key":"\([^"]*\)".*/\1/p' replayed.ndjson)
say 'A pointer leads to its payload.'
show objstore cat "s3://events/$key"
echo

say 'A link that works without credentials for 15 minutes. Making one needs no server, only a key (this one is the example of the AWS documentation).'
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
show objstore --endpoint https://s3.example.com --region eu-central-1 presign --expires 15m s3://media/2026/docs/license.txt

say 'The folder stays, so that you can look: objects are ordinary files.'
find store/media store/events -name '*.txt' -o -name '*T08:00:0*.json' | sort | head -n 5
echo "all of it: $folder"
echo "remove it: rm -r $folder"
