#!/bin/sh
# Runs a command with an S3 server: sh tests/support/minio.sh ctest --test-dir build/dev
#
# Starts MinIO on 127.0.0.1, at a free port, on a temporary folder, and hands it to the command as OBJECTSTORE_TEST_S3 (the endpoint),
# OBJECTSTORE_TEST_ACCESS_KEY and OBJECTSTORE_TEST_SECRET_KEY; stops it and removes the folder however the command ends. Where OBJECTSTORE_TEST_S3 is
# set already, that server is used as it is. Where there is no MinIO, the command runs without a server (and its tests skip), unless CI=true.
set -u

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo 'usage: sh tests/support/minio.sh COMMAND [ARGUMENT...]' >&2; exit 2; }

say() { printf 'minio: %s\n' "$*" >&2; }

if [ -n "${OBJECTSTORE_TEST_S3:-}" ]; then
  say "using the server at $OBJECTSTORE_TEST_S3"
  exec "$@"
fi
if ! minio=$(sh "$here/../../cmake/bootstrap.sh" minio); then
  say '*** no minio here: tests against S3 will be SKIPPED (sh cmake/bootstrap.sh test installs it) ***'
  [ "${CI:-}" != true ] || exit 1
  exec "$@"
fi

server=
folder=$(mktemp -d "${TMPDIR:-/tmp}/objectstore-s3.XXXXXX") || exit 1
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
access_key=test$(random_hex 8)
secret_key=$(random_hex 20)
# Dies with this script even when that is killed the hard way.
leash=
! setpriv --pdeathsig TERM true 2>/dev/null || leash='setpriv --pdeathsig TERM'

# start PORT: true when a MinIO that knows our key answers there.
start() {
  # shellcheck disable=SC2086  # leash is a command or nothing
  env HOME="$folder" MINIO_ROOT_USER="$access_key" MINIO_ROOT_PASSWORD="$secret_key" MINIO_BROWSER=off MINIO_UPDATE=off \
    MINIO_KMS_SECRET_KEY="objectstore-tests:$(head -c 32 /dev/urandom | base64)" \
    $leash "$minio" server "$folder/data" --address "127.0.0.1:$1" --certs-dir "$folder/certs" </dev/null >"$folder/log" 2>&1 &
  server=$!
  tries=0
  while [ "$tries" -lt 300 ] && kill -0 "$server" 2>/dev/null; do
    # A signed request: no other server would answer it with 200.
    if printf 'user = "%s:%s"\n' "$access_key" "$secret_key" |
      curl -q -fsS -K - --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
        "http://127.0.0.1:$1/" >/dev/null 2>&1; then
      return 0
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
  return 1
}

for attempt in 1 2 3 4 5; do
  port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
  ! start "$port" || break
done
if [ -z "$server" ]; then
  say "*** MinIO ($minio) did not start; its last words:"
  tail -n 20 "$folder/log" >&2
  exit 1
fi

say "serving at http://127.0.0.1:$port"
OBJECTSTORE_TEST_S3=http://127.0.0.1:$port OBJECTSTORE_TEST_ACCESS_KEY=$access_key OBJECTSTORE_TEST_SECRET_KEY=$secret_key "$@"
status=$?
if [ "$status" -ne 0 ] && ! kill -0 "$server" 2>/dev/null; then
  say '*** MinIO ended before the command did; its last words:'
  tail -n 20 "$folder/log" >&2
fi
exit "$status"
